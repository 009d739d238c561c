// check-gradient: the exact gradient against difference quotients of the loss,
// for a random choice of numbers of each learned parameter. Quotients count
// only where no event changes places: central ones when neither side does,
// else those of the one side that is smooth.
#include "cli/commands.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "cli/event_order.h"
#include "cli/failure.h"
#include "io/json.h"
#include "cli/session.h"
#include "core/random.h"

enum { CHOICES_TRIED = 200 };
static const double step_ratio = 4; // between the two step sizes

// How far to trust quotients in a precision.
typedef struct Precision {
    double step;             // relative to the parameter's size
    double tolerance;        // relative to the parameter's largest gradient
    double noise;            // of the loss, relative
} Precision;

static const Precision single = {4e-3, 2e-2, 64 * FLT_EPSILON};
static const Precision twofold = {2e-5, 1e-6, 64 * DBL_EPSILON};

// The loss of all samples and a fingerprint of the order of their events.
typedef struct Loss {
    double value;
    uint64_t order;
} Loss;

typedef struct Check {
    Session session;
    const Precision *precision;
    Worker worker;
    Gradients gradients;
    double **sums;           // [n_parameters][elements]: the exact gradient
    uint32_t n_samples;
    Loss base;               // at the parameters as they are
    uint32_t n_checked, n_bad, n_skipped;
    double largest_error;    // relative, of those that count
} Check;

// A number of a parameter, its place and its two neighbours as the precision
// rounds them, and the losses there.
typedef struct Stencil {
    double low, middle, high;
    Loss below, at, above;
} Stencil;

typedef enum { SIDE_BOTH, SIDE_BELOW, SIDE_ABOVE, SIDE_NONE } Side;

typedef struct Quotient {
    double value, step;
} Quotient;

static void fetch(Check *check, uint32_t sample)
{
    if (!stimulus_fetch(&check->worker.stimulus, &check->session.train,
                        sample))
        fail("not enough memory");
}

static Loss forward(Check *check, uint32_t sample, bool wants_gradient)
{
    RunError error = {.sample = sample};
    Totals totals = {0};
    SampleResult result;
    fetch(check, sample);
    if (!worker_forward(&check->worker, sample,
                        stimuli_label(&check->session.train, sample),
                        check->session.trainer.hypers.values, wants_gradient,
                        &totals, &result, &error.network))
        session_fail(&check->session, &error, "training");
    return (Loss){result.loss, event_order_of(&check->worker.network)};
}

static Loss total_loss(Check *check)
{
    Loss sum = {0, 0};
    if (!trainer_update(&check->session.trainer))
        fail("not enough memory");
    for (uint32_t i = 0; i < check->n_samples; i++) {
        Loss one = forward(check, i, false);
        sum.value += one.value;
        sum.order = sum.order * 31 + one.order;
    }
    return sum;
}

static void take_gradient(Check *check)
{
    for (uint32_t i = 0; i < check->n_samples; i++) {
        RunError error = {.sample = i};
        if (!isfinite(forward(check, i, true).value))
            continue;
        gradients_clear(&check->gradients);
        if (!worker_backward(&check->worker, &check->gradients,
                             check->session.trainer.hypers.values,
                             &error.network))
            session_fail(&check->session, &error, "training");
        gradients_add_to(&check->gradients, check->sums);
    }
}

static void open_check(Check *check, const SnnModule *module,
                       const Options *options)
{
    session_open(&check->session, module, options);
    session_read_data(&check->session);
    uint64_t n = options_number(options, OPTION_SAMPLES, 4);
    if (check->session.train.n_samples == 0)
        fail("the data have no training samples");
    check->n_samples = n < check->session.train.n_samples
                           ? (uint32_t)n
                           : check->session.train.n_samples;
    check->precision = module->real_size == 4 ? &single : &twofold;
    check->sums = calloc(module->n_parameters + 1, sizeof(double *));
    if (!check->sums || !gradients_new(&check->gradients, module) ||
        !worker_new(&check->worker, module, &check->session.trainer.wiring,
                    check->session.trainer.parameters.values, false))
        fail("not enough memory");
    for (uint32_t k = 0; k < module->n_parameters; k++)
        check->sums[k] =
            calloc(parameter_count(&module->parameters[k]), sizeof(double));
}

static void close_check(Check *check)
{
    for (uint32_t k = 0; k < check->session.module->n_parameters; k++)
        free(check->sums[k]);
    free(check->sums);
    gradients_free(&check->gradients);
    worker_free(&check->worker);
    session_close(&check->session);
}

static double largest(const double *values, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(values[i]));
    return most;
}

// A typical magnitude of the parameter: its root mean square.
static double size_of(const Parameters *parameters, uint32_t which)
{
    size_t n = parameter_count(&parameters->module->parameters[which]);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double value = parameters_get(parameters, which, i);
        sum += value * value / (double)n;
    }
    return sum > 0 ? sqrt(sum) : 1;
}

// Beyond the bounds there is no model: no order of events is that one's.
static Loss loss_at(Check *check, uint32_t which, size_t index, double value,
                    double *out_rounded)
{
    Parameters *parameters = &check->session.trainer.parameters;
    const SnnParameter *p = &check->session.module->parameters[which];
    parameters_set(parameters, which, index, value);
    *out_rounded = parameters_get(parameters, which, index);
    if (*out_rounded < p->low || *out_rounded > p->high)
        return (Loss){check->base.value, ~check->base.order};
    return total_loss(check);
}

static Stencil take_stencil(Check *check, uint32_t which, size_t index,
                            double step, Loss base)
{
    Parameters *parameters = &check->session.trainer.parameters;
    Stencil s = {.middle = parameters_get(parameters, which, index),
                 .at = base};
    s.above = loss_at(check, which, index, s.middle + step, &s.high);
    s.below = loss_at(check, which, index, s.middle - step, &s.low);
    parameters_set(parameters, which, index, s.middle);
    return s;
}

static Side smooth_side(const Stencil *wide, const Stencil *narrow)
{
    bool is_below = wide->below.order == wide->at.order &&
                    narrow->below.order == narrow->at.order;
    bool is_above = wide->above.order == wide->at.order &&
                    narrow->above.order == narrow->at.order;
    if (is_below && is_above)
        return SIDE_BOTH;
    return is_below ? SIDE_BELOW : is_above ? SIDE_ABOVE : SIDE_NONE;
}

static Quotient quotient(const Stencil *s, Side side)
{
    double low = side == SIDE_ABOVE ? s->middle : s->low;
    double high = side == SIDE_BELOW ? s->middle : s->high;
    double below = side == SIDE_ABOVE ? s->at.value : s->below.value;
    double above = side == SIDE_BELOW ? s->at.value : s->above.value;
    return (Quotient){(above - below) / (high - low), (high - low) / 2};
}

// Truncation falls with the square of the step, on one side with the step:
// what is left of it after extrapolation is bounded by what the smaller step
// changed.
static const char *judge(Check *check, double exact, double scale,
                         Quotient wide, Quotient narrow, Side side)
{
    const Precision *p = check->precision;
    double gain = side == SIDE_BOTH ? step_ratio * step_ratio : step_ratio;
    double best = (gain * narrow.value - wide.value) / (gain - 1);
    double error = fabs(exact - best);
    double allowed = p->tolerance * fmax(scale, fabs(exact)) +
                     2 * fabs(narrow.value - wide.value) +
                     p->noise * (fabs(check->base.value) + 1) / narrow.step;
    if (side == SIDE_NONE || !isfinite(best)) {
        check->n_skipped++;
        return "the order of events changes";
    }
    check->n_checked++;
    if (scale > 0)
        check->largest_error = fmax(check->largest_error, error / scale);
    if (error <= allowed)
        return "agrees";
    check->n_bad++;
    return "DISAGREES";
}

static void check_one(Check *check, uint32_t which, size_t index,
                      bool is_quiet)
{
    const SnnParameter *p = &check->session.module->parameters[which];
    const Parameters *parameters = &check->session.trainer.parameters;
    double step = check->precision->step * size_of(parameters, which);
    double scale = largest(check->sums[which], parameter_count(p));
    double exact = check->sums[which][index];
    Stencil wide = take_stencil(check, which, index, step, check->base);
    Stencil narrow =
        take_stencil(check, which, index, step / step_ratio, check->base);
    Side side = smooth_side(&wide, &narrow);
    Quotient far = quotient(&wide, side), near = quotient(&narrow, side);
    const char *verdict = judge(check, exact, scale, far, near, side);
    if (!is_quiet)
        printf("%-24s %8zu  %16.9g  %16.9g  %16.9g  %s\n", p->name, index,
               exact, far.value, near.value, verdict);
}

// A random place not yet chosen, preferably where the gradient is not zero.
static size_t choose(const Check *check, uint32_t which, uint32_t number,
                     bool *is_chosen)
{
    size_t n = parameter_count(&check->session.module->parameters[which]);
    size_t index = 0;
    for (uint32_t attempt = 0; attempt < CHOICES_TRIED; attempt++) {
        RandomPlace place = {check->session.trainer.progress.seed,
                             RANDOM_CHOICE, which, number, attempt};
        index = (size_t)random_below(place, n);
        if (check->sums[which][index] != 0 && !is_chosen[index])
            break;
    }
    while (is_chosen[index])
        index = (index + 1) % n;
    is_chosen[index] = true;
    return index;
}

static void check_parameter(Check *check, uint32_t which,
                            uint32_t n_components, bool is_quiet)
{
    size_t n = parameter_count(&check->session.module->parameters[which]);
    bool *is_chosen = calloc(n, sizeof *is_chosen);
    if (!is_chosen)
        fail("not enough memory");
    for (uint32_t c = 0; c < n_components && c < n; c++)
        check_one(check, which,
                  n <= n_components ? c : choose(check, which, c, is_chosen),
                  is_quiet);
    free(is_chosen);
}

static void print_result(const Check *check, const Options *options)
{
    if (!options_has(options, OPTION_QUIET))
        printf("%u agree, %u disagree, %u skipped because the order of "
               "events changes; largest error %.2g of the parameter's "
               "largest gradient\n",
               check->n_checked - check->n_bad, check->n_bad,
               check->n_skipped, check->largest_error);
    if (!options_has(options, OPTION_JSON))
        return;
    SnnJson json;
    snn_io_json_begin(&json, stdout);
    snn_io_json_object(&json);
    snn_io_json_put_integer(&json, "checked", check->n_checked);
    snn_io_json_put_integer(&json, "bad", check->n_bad);
    snn_io_json_put_integer(&json, "skipped", check->n_skipped);
    snn_io_json_put_number(&json, "largest_error", check->largest_error);
    snn_io_json_close(&json);
    snn_io_json_end(&json, NULL);
}

int command_check_gradient(const SnnModule *module, const Options *options)
{
    Check check = {0};
    bool is_quiet = options_has(options, OPTION_QUIET);
    uint32_t n = (uint32_t)options_number(options, OPTION_COMPONENTS, 5);
    open_check(&check, module, options);
    check.base = total_loss(&check);
    take_gradient(&check);
    if (!is_quiet)
        printf("%-24s %8s  %16s  %16s  %16s\n", "parameter", "index",
               "exact", "quotient", "smaller step");
    for (uint32_t k = 0; k < module->n_parameters; k++)
        if (module->parameters[k].learned)
            check_parameter(&check, k, n, is_quiet);
    print_result(&check, options);
    bool is_bad = check.n_bad > 0;
    close_check(&check);
    return is_bad ? EXIT_CHECK_FAILED : EXIT_FINE;
}
