// Central differences at 512 bits. Steps of 1e-20 and 1e-22 of a quantity's
// scale leave a truncation error far below a double's precision; the two must
// agree, and so must the one-sided quotients, or the loss has a kink there.
#include <math.h>
#include <stdlib.h>
#include "truth.h"

enum { N_STEPS = 2 };
// Below this a gradient is rounding noise: what it is of has decayed to nothing.
static const double nothing = 1e-60;
static const char *const steps[N_STEPS] = {"1e-20", "1e-22"};

typedef struct Differ {
    Network *network;
    Run *base;          // [n_samples]
    mpfr_t *base_loss;  // [n_samples]
    Run scratch;
    mpfr_t h, sum, term, up, down;
    double *value;      // of the array at hand, and how far it is in doubt
    double *doubt;
    size_t n, capacity;
    double worst;
    FILE *out;
} Differ;

// The numbers that move together, and what has to run again.
typedef struct Change {
    mpfr_ptr *numbers;
    size_t n_numbers;
    int layer, neuron;  // as run_from
    int sample;         // -1: all
} Change;

static void loss_of_change(Differ *d, const Change *change, int s, mpfr_t out)
{
    const Sample *sample = &d->network->samples[s];
    run_copy(&d->scratch, &d->base[s], d->network);
    run_from(&d->scratch, d->network, sample, change->layer, change->neuron,
             NULL);
    loss_value(d->network, &d->scratch, sample->label, out);
}

// Sum over samples of the loss with the numbers moved by h, minus that without.
static void moved_loss(Differ *d, const Change *change, mpfr_t out)
{
    mpfr_t kept;
    mpfr_init2(kept, TRUTH_BITS);
    mpfr_set(kept, change->numbers[0], ROUND); // all are equal
    for (size_t k = 0; k < change->n_numbers; k++)
        mpfr_add(change->numbers[k], kept, d->h, ROUND);
    mpfr_set_zero(d->sum, 1);
    for (size_t s = 0; s < d->network->n_samples; s++) {
        if (change->sample >= 0 && (size_t)change->sample != s)
            continue;
        loss_of_change(d, change, (int)s, d->term);
        mpfr_sub(d->term, d->term, d->base_loss[s], ROUND);
        mpfr_add(d->sum, d->sum, d->term, ROUND);
    }
    for (size_t k = 0; k < change->n_numbers; k++)
        mpfr_set(change->numbers[k], kept, ROUND);
    mpfr_set(out, d->sum, ROUND);
    mpfr_clear(kept);
}

// One quotient; the one-sided ones' disagreement goes to *out_kink.
static double quotient(Differ *d, const Change *change, const char *step,
                       const mpfr_t scale, double *out_kink)
{
    mpfr_set_str(d->h, step, 10, ROUND);
    mpfr_mul(d->h, d->h, scale, ROUND);
    moved_loss(d, change, d->up);
    mpfr_neg(d->h, d->h, ROUND);
    moved_loss(d, change, d->down);
    mpfr_neg(d->h, d->h, ROUND);
    mpfr_sub(d->term, d->up, d->down, ROUND);
    mpfr_div(d->term, d->term, d->h, ROUND);
    mpfr_div_ui(d->term, d->term, 2, ROUND);
    double central = mpfr_get_d(d->term, ROUND);
    mpfr_add(d->term, d->up, d->down, ROUND);
    mpfr_div(d->term, d->term, d->h, ROUND);
    *out_kink = fabs(mpfr_get_d(d->term, ROUND));
    return central;
}

static void element(Differ *d, const Change *change, const mpfr_t scale)
{
    double q[N_STEPS], kink[N_STEPS];
    for (int k = 0; k < N_STEPS; k++)
        q[k] = quotient(d, change, steps[k], scale, &kink[k]);
    if (d->n == d->capacity) {
        d->capacity = d->capacity ? 2 * d->capacity : 64;
        d->value = realloc(d->value, d->capacity * sizeof *d->value);
        d->doubt = realloc(d->doubt, d->capacity * sizeof *d->doubt);
    }
    d->value[d->n] = q[1];
    d->doubt[d->n++] = fmax(fabs(q[1] - q[0]), kink[1]);
}

// A number's own size, or 1.
static void scale_of(mpfr_t out, const mpfr_t number)
{
    if (mpfr_zero_p(number))
        mpfr_set_ui(out, 1, ROUND);
    else
        mpfr_abs(out, number, ROUND);
}

static void array_begin(Differ *d)
{
    d->n = 0;
}

static void array_end(Differ *d, const char *name)
{
    double largest = 0;
    for (size_t k = 0; k < d->n; k++)
        largest = fmax(largest, fabs(d->value[k]));
    fprintf(d->out, "grad %s %zu", name, d->n);
    for (size_t k = 0; k < d->n; k++) {
        if (largest < nothing) {
            fputs(" 0", d->out);
            continue;
        }
        fprintf(d->out, " %.17g", d->value[k]);
        if (d->doubt[k] > d->worst * largest)
            d->worst = d->doubt[k] / largest;
    }
    fputc('\n', d->out);
}

static void difference_quantity(Differ *d, int l, const LayerQuantity *q)
{
    Layer *layer = &d->network->layers[l];
    mpfr_ptr *numbers = calloc(layer->size, sizeof *numbers);
    mpfr_t scale;
    mpfr_init2(scale, TRUTH_BITS);
    char name[80];
    snprintf(name, sizeof name, "%s.%s", layer->name, quantity_name(q->quantity));
    for (size_t j = 0; j < layer->size; j++)
        numbers[j] = layer->neurons[j].quantity[q->quantity];
    array_begin(d);
    for (size_t j = 0; j < (q->per_neuron ? layer->size : 1); j++) {
        Change change = {&numbers[j], q->per_neuron ? 1 : layer->size, l,
                         q->per_neuron ? (int)j : -1, -1};
        scale_of(scale, numbers[j]);
        element(d, &change, scale);
    }
    array_end(d, name);
    mpfr_clear(scale);
    free(numbers);
}

// Weights or delays: scale 0 is each number's own size.
static void difference_reals(Differ *d, int l, const Projection *projection,
                             const char *what, mpfr_t *reals, size_t n,
                             double size)
{
    const Layer *layer = &d->network->layers[l];
    mpfr_t scale;
    mpfr_init2(scale, TRUTH_BITS);
    char name[128];
    snprintf(name, sizeof name, "%s.%s", projection->name, what);
    array_begin(d);
    for (size_t k = 0; k < n; k++) {
        mpfr_ptr number = reals[k];
        int neuron = projection->is_dense ? (int)(k % layer->size) : -1;
        Change change = {&number, 1, l, neuron, -1};
        mpfr_set_d(scale, size, ROUND);
        if (size == 0)
            scale_of(scale, number);
        element(d, &change, scale);
    }
    array_end(d, name);
    mpfr_clear(scale);
}

static void difference_projection(Differ *d, int l, const Projection *p)
{
    if (p->learned)
        difference_reals(d, l, p, "weight", p->weights, p->n_weights, 0);
    if (p->delays_learned)
        difference_reals(d, l, p, "delay", p->delays, p->n_delays, 1e-3);
}

static void difference_inputs(Differ *d)
{
    mpfr_t scale;
    mpfr_init2(scale, TRUTH_BITS);
    mpfr_set_d(scale, 1e-3, ROUND);
    array_begin(d);
    for (size_t s = 0; s < d->network->n_samples; s++)
        for (size_t k = 0; k < d->network->samples[s].n_spikes; k++) {
            mpfr_ptr number = d->network->samples[s].times[k];
            Change change = {&number, 1, 0, -1, (int)s};
            element(d, &change, scale);
        }
    array_end(d, "input_times");
    mpfr_clear(scale);
}

static void differ_init(Differ *d)
{
    mpfr_inits2(TRUTH_BITS, d->h, d->sum, d->term, d->up, d->down, (mpfr_ptr)0);
    run_init(&d->scratch, d->network);
    d->base_loss = calloc(d->network->n_samples, sizeof *d->base_loss);
    for (size_t s = 0; s < d->network->n_samples; s++) {
        mpfr_init2(d->base_loss[s], TRUTH_BITS);
        loss_value(d->network, &d->base[s], d->network->samples[s].label,
                   d->base_loss[s]);
    }
}

static void differ_clear(Differ *d)
{
    mpfr_clears(d->h, d->sum, d->term, d->up, d->down, (mpfr_ptr)0);
    run_clear(&d->scratch, d->network);
    for (size_t s = 0; s < d->network->n_samples; s++)
        mpfr_clear(d->base_loss[s]);
    free(d->base_loss);
    free(d->value);
    free(d->doubt);
}

double differences_print(Network *network, Run *base, FILE *out)
{
    Differ d = {.network = network, .base = base, .out = out};
    differ_init(&d);
    for (int l = 1; l < network->n_layers; l++) {
        const Layer *layer = &network->layers[l];
        for (size_t k = 0; k < layer->n_quantities; k++)
            if (layer->quantities[k].learned)
                difference_quantity(&d, l, &layer->quantities[k]);
        for (size_t p = 0; p < layer->n_projections; p++)
            difference_projection(&d, l, &layer->projections[p]);
    }
    difference_inputs(&d);
    differ_clear(&d);
    return d.worst;
}
