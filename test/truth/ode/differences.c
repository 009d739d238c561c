// Gradients: central differences with steps h, h/2 and h/4, extrapolated twice.
// What the last extrapolation changed is the doubt; where it is large, shorter
// steps are tried.
#include "ode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const Real relative_steps[] = {1e-5Q, 1e-7Q, 1e-10Q};
static const Real good_doubt = 1e-14Q;

typedef struct Place {
    Real *value, scale;
    int layer, neuron;      // what depends on it first; neuron -1: all
    int sample;             // of an input time; -1: all samples
} Place;

typedef struct Differences {
    Network *network;
    Run *base, scratch;     // base: one for each sample
    Real worst;
} Differences;

static Real total_loss(Differences *d, const Place *place)
{
    Real sum = 0;
    for (size_t s = 0; s < d->network->n_samples; s++) {
        if (place->sample >= 0 && place->sample != (int)s)
            continue;
        run_copy(&d->scratch, &d->base[s], d->network);
        run_from(&d->scratch, d->network, &d->network->samples[s],
                 place->layer, place->neuron, NULL);
        sum += run_loss(&d->scratch, d->network);
    }
    return sum;
}

static Real central(Differences *d, const Place *place, Real h)
{
    Real middle = *place->value;
    *place->value = middle + h;
    Real above = total_loss(d, place), high = *place->value;
    *place->value = middle - h;
    Real below = total_loss(d, place), low = *place->value;
    *place->value = middle;
    return (above - below) / (high - low);
}

static Real derivative(Differences *d, const Place *place, Real h, Real *doubt)
{
    Real one[3];
    for (int k = 0; k < 3; k++, h /= 2)
        one[k] = central(d, place, h);
    Real first = (4 * one[1] - one[0]) / 3, second = (4 * one[2] - one[1]) / 3;
    *doubt = fabsq(second - first);
    return (16 * second - first) / 15;
}

// All derivatives of an array; the largest doubt, in parts of the largest.
static Real derive_all(Differences *d, const Place *places, size_t n,
                       Real step, Real *values)
{
    Real largest = 0, doubt = 0;
    for (size_t k = 0; k < n; k++) {
        Real unsure;
        values[k] = derivative(d, &places[k], step * places[k].scale, &unsure);
        largest = fmaxq(largest, fabsq(values[k]));
        doubt = fmaxq(doubt, unsure);
    }
    return largest > 0 ? doubt / largest : 0;
}

static void print_all(Differences *d, const char *name, const Place *places,
                      size_t n)
{
    Real *best = calloc(n, sizeof *best), *values = calloc(n, sizeof *values);
    Real doubt = INFINITY;
    for (size_t s = 0; s < 3 && doubt > good_doubt; s++) {
        Real now = derive_all(d, places, n, relative_steps[s], values);
        if (now < doubt) {
            doubt = now;
            memcpy(best, values, n * sizeof *best);
        }
    }
    printf("grad %s %zu", name, n);
    for (size_t k = 0; k < n; k++)
        printf(" %.17g", (double)best[k]);
    printf("\n");
    d->worst = fmaxq(d->worst, doubt);
    free(best);
    free(values);
}

static Real scale_of(const Real *values, size_t n)
{
    Real sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += fabsq(values[k]) / (Real)n;
    return sum > 0 ? sum : 1;
}

static void layer_gradients(Differences *d, int l)
{
    Layer *layer = &d->network->layers[l];
    char name[128];
    for (size_t q = 0; q < layer->n_quantities; q++) {
        Quantity *quantity = &layer->quantities[q];
        size_t n = quantity->per_neuron ? layer->size : 1;
        Place *places = calloc(n, sizeof *places);
        for (size_t j = 0; j < n; j++)
            places[j] = (Place){&quantity->values[j],
                                scale_of(quantity->values, n), l,
                                quantity->per_neuron ? (int)j : -1, -1};
        snprintf(name, sizeof name, "%s.%s", layer->name,
                 layer->kind->quantities[quantity->index]);
        if (quantity->learned)
            print_all(d, name, places, n);
        free(places);
    }
    for (size_t k = 0; k < layer->n_projections; k++) {
        Projection *from = &layer->projections[k];
        size_t n = d->network->layers[from->source].size * layer->size;
        Place *places = calloc(n, sizeof *places);
        for (size_t w = 0; w < n; w++)
            places[w] = (Place){&from->weights[w], scale_of(from->weights, n),
                                l, (int)(w % layer->size), -1};
        snprintf(name, sizeof name, "%s.weight", from->name);
        print_all(d, name, places, n);
        free(places);
    }
}

static void time_gradients(Differences *d)
{
    Network *network = d->network;
    size_t n = 0;
    for (size_t s = 0; s < network->n_samples; s++)
        n += network->samples[s].n_spikes;
    Place *places = calloc(n, sizeof *places);
    for (size_t s = 0, at = 0; s < network->n_samples; s++)
        for (size_t k = 0; k < network->samples[s].n_spikes; k++)
            places[at++] = (Place){&network->samples[s].times[k], 0.01Q, 0, -1,
                                   (int)s};
    print_all(d, "input_times", places, n);
    free(places);
}

void differences_print(Network *network, Run *base)
{
    Differences d = {.network = network, .base = base};
    run_new(&d.scratch, network);
    for (int l = 1; l < network->n_layers; l++)
        layer_gradients(&d, l);
    time_gradients(&d);
    printf("doubt %.3e\n", (double)d.worst);
}
