// What the standard library computes, in numbers: a model is parsed and
// checked, and its loss, schedules, optimiser, encoder and initial values are
// evaluated.
#include <stdlib.h>
#include <unistd.h>

#include "sema/sema.h"
#include "syntax/parse.h"
#include "unit.h"

static const char text[] =
    "import \"neurons/lif\"\n"
    "import \"losses/first_spike_cross_entropy\"\n"
    "import \"optimizers/adam\"\n"
    "import \"optimizers/schedules\"\n"
    "import \"encoders/latency\"\n"
    "import \"encoders/dropout\"\n"
    "import \"initializers/normal\"\n"
    "import \"datasets/mnist\"\n"
    "model m {\n"
    "    duration 60 ms\n"
    "    input x[784]\n"
    "    layer out[3] : lif(tau_mem = 6.4 ms)\n"
    "    connect x -> out : dense { weight ~ scaled_normal(3, 0.5) }\n"
    "    loss first_spike_cross_entropy(out, label)\n"
    "    predict argmin first_spike(out)\n"
    "    data mnist encoded by pixel_latency transformed by dropout\n"
    "    train { optimizer adam(rate = exponential_decay(5e-3, hold = 1)) }\n"
    "}\n";

enum { N = 3, MAX_SYMBOLS = 16 };

// ---- the model -------------------------------------------------------------

static const char *write_model(Arena *arena)
{
    char *path = arena_strdup(arena, "/tmp/sema_test_XXXXXX");
    int file = mkstemp(path);
    CHECK(file >= 0);
    CHECK(write(file, text, sizeof text - 1) == sizeof text - 1);
    close(file);
    return path;
}

static Model *check_model(Arena *arena)
{
    static const char *const include_dirs[] = {"../../stdlib"};
    Diags *diags = diags_new(arena);
    Interner *names = interner_new();
    const char *path = write_model(arena);
    ParseContext parsing = {.arena = arena, .names = names, .diags = diags,
                            .include_dirs = (const char **)include_dirs,
                            .n_include_dirs = 1};
    SemaInput input = {.arena = arena, .names = names, .diags = diags,
                       .pool = expr_pool_new(arena),
                       .files = parse_program(&parsing, path)};
    unlink(path);
    Model *model = input.files ? sema_check(&input) : NULL;
    diags_print(diags, stdout, false);
    return model;
}

// ---- numbers ---------------------------------------------------------------

typedef struct Numbers {
    const Expr *symbols[MAX_SYMBOLS];
    double values[MAX_SYMBOLS];
    size_t count;
} Numbers;

static void give(Numbers *numbers, const Expr *symbol, double value)
{
    numbers->symbols[numbers->count] = symbol;
    numbers->values[numbers->count++] = value;
}

static double number(const Numbers *numbers, const Expr *e)
{
    return expr_eval(e, numbers->symbols, numbers->values, numbers->count);
}

// Hyperparameters at a step of an epoch.
static Numbers hypers_at(const Model *model, double step, double epoch)
{
    Numbers time = {0}, hypers = {0};
    give(&time, model->step, step);
    give(&time, model->epoch, epoch);
    for (size_t i = 0; i < model->n_hypers; i++)
        give(&hypers, model->hypers[i].symbol,
             number(&time, model->hypers[i].value));
    return hypers;
}

static double hyper(const Model *model, const char *name, double epoch)
{
    Numbers hypers = hypers_at(model, 1, epoch);
    for (size_t i = 0; i < model->n_hypers; i++)
        if (!strcmp(model->hypers[i].name, name))
            return hypers.values[i];
    return NAN;
}

// ---- the loss --------------------------------------------------------------

static void evaluate_loss(const Model *model, const Expr *e,
                          const double *times, double label, double *out)
{
    Numbers hypers = hypers_at(model, 1, 0);
    const Expr *symbols[MAX_SYMBOLS + 2];
    const double *values[MAX_SYMBOLS + 2];
    size_t n = 0;
    for (; n < hypers.count; n++) {
        symbols[n] = hypers.symbols[n];
        values[n] = &hypers.values[n];
    }
    symbols[n] = model->label, values[n++] = &label;
    symbols[n] = model->observables[0]->symbol, values[n++] = times;
    expr_eval_vector(e, symbols, values, n, N, out);
}

// -log softmax(-t / tau0)[0] + alpha (exp(t[0] / tau1) - 1); silent neurons
// drop out, a silent label makes it 0.
static double reference(const double *t)
{
    if (!isfinite(t[0]))
        return 0;
    double sum = 0;
    for (int k = 0; k < N; k++)
        sum += exp((t[0] - t[k]) / 0.5e-3);
    return log(sum) + 3e-3 * (exp(t[0] / 6.4e-3) - 1);
}

static void reference_gradient(const double *t, double *out)
{
    double sum = 0;
    for (int k = 0; k < N; k++)
        sum += exp((t[0] - t[k]) / 0.5e-3);
    for (int k = 0; k < N; k++) {
        double p = exp((t[0] - t[k]) / 0.5e-3) / sum;
        out[k] = isfinite(t[0]) ? ((k == 0) - p) / 0.5e-3 : 0;
    }
    if (isfinite(t[0]))
        out[0] += 3e-3 / 6.4e-3 * exp(t[0] / 6.4e-3);
}

static void test_loss(const Model *model)
{
    static const double times[][N] = {
        {20e-3, 20.1e-3, 22e-3}, {20e-3, INFINITY, 20.5e-3},
        {20e-3, INFINITY, INFINITY}, {INFINITY, 20e-3, 21e-3},
        {INFINITY, INFINITY, INFINITY}, {59e-3, 58e-3, 1e-3}};
    const Expr *one = expr_const(model->pool, 1), *gradient;
    const Expr *seen = model->observables[0]->symbol;
    expr_vjp(model->pool, &model->loss, &one, 1, &seen, 1, &gradient);
    CHECK(model->n_observables == 1);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        double loss, found[N], expected[N];
        evaluate_loss(model, model->loss, times[i], 0, &loss);
        CHECK_NEAR(loss, reference(times[i]), 1e-12);
        evaluate_loss(model, gradient, times[i], 0, found);
        reference_gradient(times[i], expected);
        for (int k = 0; k < N; k++)
            CHECK_NEAR(found[k], expected[k], 1e-9);
    }
}

// ---- the rest --------------------------------------------------------------

static void test_schedule(const Model *model)
{
    CHECK(hyper(model, "optimizer.rate", 0) == 5e-3);
    CHECK(hyper(model, "optimizer.rate", 1) == 5e-3);
    CHECK_NEAR(hyper(model, "optimizer.rate", 2), 5e-3 * 0.95, 1e-14);
    CHECK_NEAR(hyper(model, "optimizer.rate", 99), 5e-3 * pow(0.95, 98), 1e-13);
    CHECK(hyper(model, "loss.tau1", 0) == 6.4e-3);
    CHECK(hyper(model, "dropout.p", 0) == 0.2);
}

// Two steps of Adam against its definition.
static void test_optimizer(const Model *model)
{
    const Optimizer *o = model->optimizers[0];
    double m = 0, s = 0, p = 0.3, states[2] = {0, 0}, parameter = 0.3;
    for (int step = 1; step <= 2; step++) {
        double grad = step == 1 ? 0.7 : -0.2;
        Numbers n = hypers_at(model, step, 0);
        give(&n, model->step, step);
        give(&n, model->epoch, 0);
        give(&n, o->gradient, grad);
        give(&n, o->parameter, parameter);
        for (int k = 0; k < 2; k++)
            give(&n, o->states[k].symbol, states[k]);
        parameter = number(&n, o->next_parameter);
        for (int k = 0; k < 2; k++)
            states[k] = number(&n, o->next_states[k]);
        m = 0.9 * m + 0.1 * grad;
        s = 0.999 * s + 0.001 * grad * grad;
        p -= 5e-3 * (m / (1 - pow(0.9, step))) /
             (sqrt(s / (1 - pow(0.999, step))) + 1e-8);
        CHECK_NEAR(parameter, p, 1e-14);
        CHECK_NEAR(states[0], m, 1e-14);
        CHECK_NEAR(states[1], s, 1e-12);
    }
}

static void test_data(const Model *model)
{
    const Encoder *encoder = model->data->encoder;
    for (int value = 0; value < 256; value += 51) {
        Numbers n = {0};
        give(&n, encoder->value, value);
        give(&n, encoder->channel, 3);
        CHECK((number(&n, encoder->spikes[0].when) != 0) == (value > 1));
        CHECK_NEAR(number(&n, encoder->spikes[0].at) + 1,
                   (1 - value / 255.0) * 20e-3 + 1, 1e-15);
    }
    const Transform *dropout = &model->data->transforms[0];
    CHECK(dropout->n_draws == 1 && !dropout->draws[0].is_gaussian);
    for (int k = 0; k < 2; k++) {
        Numbers n = hypers_at(model, 1, 0);
        give(&n, dropout->draws[0].symbol, k ? 0.21 : 0.19);
        CHECK(number(&n, dropout->keep) == k);
    }
}

static void test_initial(const Model *model)
{
    const Parameter *w = model->parameters[0];
    Numbers n = {0};
    CHECK(w->initial.n_draws == 1 && w->initial.draws[0].is_gaussian);
    CHECK(w->initial.fan_in != NULL && w->initial.fan_out == NULL);
    give(&n, w->initial.draws[0].symbol, -2);
    give(&n, w->initial.fan_in, 784);
    CHECK_NEAR(number(&n, w->initial.value), (3 - 2 * 0.5) / 28, 1e-14);
    CHECK(model->populations[1]->system->states[0].flow->op != EXPR_CONST);
}

int main(void)
{
    Arena *arena = arena_new();
    Model *model = check_model(arena);
    CHECK(model != NULL);
    if (model) {
        model_verify(model);
        test_loss(model);
        test_schedule(model);
        test_optimizer(model);
        test_data(model);
        test_initial(model);
    }
    arena_free(arena);
    return unit_report();
}
