// The losses of the last layer, at full precision.
#include <stdlib.h>
#include "truth.h"

// log sum exp over the marked entries, minus the label's entry.
static void cross_entropy(const mpfr_t *scores, const bool *marked, size_t n,
                          size_t label, mpfr_t out)
{
    mpfr_t sum, term;
    mpfr_inits2(TRUTH_BITS, sum, term, (mpfr_ptr)0);
    mpfr_set_zero(sum, 1);
    for (size_t k = 0; k < n; k++) {
        if (!marked[k])
            continue;
        mpfr_sub(term, scores[k], scores[label], ROUND);
        mpfr_exp(term, term, ROUND);
        mpfr_add(sum, sum, term, ROUND);
    }
    mpfr_log(out, sum, ROUND);
    mpfr_clears(sum, term, (mpfr_ptr)0);
}

static mpfr_t *reals_new(size_t n)
{
    mpfr_t *reals = calloc(n, sizeof *reals);
    for (size_t k = 0; k < n; k++)
        mpfr_init2(reals[k], TRUTH_BITS);
    return reals;
}

static void reals_free(mpfr_t *reals, size_t n)
{
    for (size_t k = 0; k < n; k++)
        mpfr_clear(reals[k]);
    free(reals);
}

// -log softmax(-t / tau0)[label] + alpha (exp(t[label] / tau1) - 1); 0 when the
// label's neuron is silent; other silent neurons take no part.
static void first_spike(const Network *network, const Train *trains, size_t n,
                        size_t label, mpfr_t out)
{
    mpfr_set_zero(out, 1);
    if (trains[label].count == 0)
        return;
    mpfr_t *scores = reals_new(n);
    bool *marked = calloc(n, sizeof *marked);
    for (size_t k = 0; k < n; k++) {
        marked[k] = trains[k].count > 0;
        if (!marked[k])
            continue;
        mpfr_div(scores[k], trains[k].times[0], network->tau0, ROUND);
        mpfr_neg(scores[k], scores[k], ROUND);
    }
    cross_entropy(scores, marked, n, label, out);
    mpfr_div(scores[0], trains[label].times[0], network->tau1, ROUND);
    mpfr_expm1(scores[0], scores[0], ROUND);
    mpfr_mul(scores[0], scores[0], network->alpha, ROUND);
    mpfr_add(out, out, scores[0], ROUND);
    reals_free(scores, n);
    free(marked);
}

// -log softmax(max(0, max_t v))[label].
static void voltage_maximum(const mpfr_t *maxima, size_t n, size_t label,
                            mpfr_t out)
{
    mpfr_t *scores = reals_new(n);
    bool *marked = calloc(n, sizeof *marked);
    for (size_t k = 0; k < n; k++) {
        marked[k] = true;
        if (mpfr_sgn(maxima[k]) > 0)
            mpfr_set(scores[k], maxima[k], ROUND);
        else
            mpfr_set_zero(scores[k], 1);
    }
    cross_entropy(scores, marked, n, label, out);
    reals_free(scores, n);
    free(marked);
}

// Sum over the neurons that spike of (t / tau0)^2.
static void spike_time(const Network *network, const Train *trains, size_t n,
                       mpfr_t out)
{
    mpfr_t term;
    mpfr_init2(term, TRUTH_BITS);
    mpfr_set_zero(out, 1);
    for (size_t k = 0; k < n; k++) {
        if (trains[k].count == 0)
            continue;
        mpfr_div(term, trains[k].times[0], network->tau0, ROUND);
        mpfr_sqr(term, term, ROUND);
        mpfr_add(out, out, term, ROUND);
    }
    mpfr_clear(term);
}

void loss_value(const Network *network, const Run *run, int label, mpfr_t out)
{
    int last = network->n_layers - 1;
    size_t n = network->layers[last].size;
    switch (network->loss) {
    case LOSS_FIRST_SPIKE:
        first_spike(network, run->trains[last], n, (size_t)label, out);
        break;
    case LOSS_VOLTAGE_MAXIMUM:
        voltage_maximum(run->maxima[last], n, (size_t)label, out);
        break;
    case LOSS_SPIKE_TIME:
        spike_time(network, run->trains[last], n, out);
        break;
    }
}
