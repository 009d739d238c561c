// Layers after layers, the loss, and reading a network.
#include "ode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void run_new(Run *run, const Network *network)
{
    for (int l = 0; l < network->n_layers; l++) {
        size_t size = network->layers[l].size;
        run->trains[l] = calloc(size, sizeof *run->trains[l]);
        run->ends[l] = calloc(size, sizeof *run->ends[l]);
    }
}

void run_copy(Run *to, const Run *from, const Network *network)
{
    for (int l = 0; l < network->n_layers; l++)
        for (size_t j = 0; j < network->layers[l].size; j++) {
            train_copy(&to->trains[l][j], &from->trains[l][j]);
            memcpy(to->ends[l][j], from->ends[l][j], sizeof from->ends[l][j]);
        }
}

static int by_time(const void *a, const void *b)
{
    Real x = ((const Arrival *)a)->time, y = ((const Arrival *)b)->time;
    return x < y ? -1 : x > y;
}

static void run_neuron(Run *run, const Network *network, int l, size_t j,
                       Margin *margin)
{
    const Layer *layer = &network->layers[l];
    size_t n = 0, capacity = 64;
    Arrival *arrivals = malloc(capacity * sizeof *arrivals);
    for (size_t k = 0; k < layer->n_projections; k++) {
        const Projection *from = &layer->projections[k];
        for (size_t i = 0; i < network->layers[from->source].size; i++) {
            const Train *train = &run->trains[from->source][i];
            for (size_t s = 0; s < train->count; s++) {
                if (n == capacity) {
                    capacity *= 2;
                    arrivals = realloc(arrivals, capacity * sizeof *arrivals);
                }
                arrivals[n++] = (Arrival){train->times[s],
                                          from->weights[i * layer->size + j],
                                          from->port};
            }
        }
    }
    qsort(arrivals, n, sizeof *arrivals, by_time);
    Real p[ODE_QUANTITIES];
    for (size_t q = 0; q < layer->n_quantities; q++) {
        const Quantity *quantity = &layer->quantities[q];
        p[quantity->index] = quantity->values[quantity->per_neuron ? j : 0];
    }
    neuron_run(layer->kind, p, arrivals, n, network->duration,
               &run->trains[l][j], run->ends[l][j], margin);
    free(arrivals);
}

void run_from(Run *run, const Network *network, const Sample *sample, int first,
              int neuron, Margin *margin)
{
    for (size_t c = 0; first == 0 && c < network->layers[0].size; c++) {
        run->trains[0][c].count = 0;
        for (size_t k = 0; k < sample->n_spikes; k++)
            if (sample->channels[k] == (int)c)
                train_push(&run->trains[0][c], sample->times[k]);
    }
    for (int l = first > 0 ? first : 1; l < network->n_layers; l++)
        for (size_t j = 0; j < network->layers[l].size; j++)
            if (l != first || neuron < 0 || neuron == (int)j)
                run_neuron(run, network, l, j, margin);
}

Real run_loss(const Run *run, const Network *network)
{
    int last = network->n_layers - 1;
    Real sum = 0;
    for (size_t j = 0; j < network->layers[last].size; j++) {
        const Train *train = &run->trains[last][j];
        Real x = run->ends[last][j][0];
        if (network->loss == LOSS_SPIKE_TIME)
            x = train->count ? train->times[0] : INFINITY;
        x /= network->scale;
        sum += x * x;
    }
    return sum;
}

// ---- reading -------------------------------------------------------------------

static void fail(const char *what)
{
    fprintf(stderr, "bad network: %s\n", what);
    exit(2);
}

static Real read_real(void)
{
    double value;
    if (scanf("%lf", &value) != 1)
        fail("a number");
    return value;
}

static Real *read_reals(size_t n)
{
    Real *values = malloc(n * sizeof *values);
    for (size_t k = 0; k < n; k++)
        values[k] = read_real();
    return values;
}

static void read_quantity(Layer *layer, Quantity *q)
{
    char name[32], per[16], learned[16];
    if (scanf(" quantity %31s %15s %15s", name, per, learned) != 3)
        fail("a quantity");
    q->index = kind_quantity(layer->kind, name);
    if (q->index < 0)
        fail(name);
    q->per_neuron = strcmp(per, "neuron") == 0;
    q->learned = strcmp(learned, "learned") == 0;
    q->values = read_reals(q->per_neuron ? layer->size : 1);
}

static void read_layer(Network *network, int l)
{
    Layer *layer = &network->layers[l];
    char kind[32];
    if (scanf(" layer %31s %zu %31s %zu %zu", layer->name, &layer->size, kind,
              &layer->n_quantities, &layer->n_projections) != 5)
        fail("a layer");
    layer->kind = kind_find(kind);
    if (l > 0 && !layer->kind)
        fail(kind);
    for (size_t q = 0; q < layer->n_quantities; q++)
        read_quantity(layer, &layer->quantities[q]);
    for (size_t k = 0; k < layer->n_projections; k++) {
        Projection *from = &layer->projections[k];
        if (scanf(" projection %63s %d %d learned", from->name, &from->source,
                  &from->port) != 3)
            fail("a projection");
        from->weights = read_reals(network->layers[from->source].size
                                   * layer->size);
    }
}

static void read_sample(Sample *sample)
{
    if (scanf(" sample %d %zu", &sample->label, &sample->n_spikes) != 2)
        fail("a sample");
    sample->times = malloc((sample->n_spikes + 1) * sizeof *sample->times);
    sample->channels = malloc((sample->n_spikes + 1)
                              * sizeof *sample->channels);
    for (size_t k = 0; k < sample->n_spikes; k++) {
        sample->times[k] = read_real();
        if (scanf("%d", &sample->channels[k]) != 1)
            fail("a channel");
    }
}

void network_read(Network *network)
{
    char loss[32];
    double duration, scale;
    if (scanf(" network %lf %d %31s %lf", &duration, &network->n_layers, loss,
              &scale) != 4)
        fail("its head");
    network->duration = duration;
    network->scale = scale;
    network->loss = strcmp(loss, "final_square") == 0 ? LOSS_FINAL
                                                     : LOSS_SPIKE_TIME;
    if (network->n_layers > ODE_LAYERS)
        fail("too many layers");
    for (int l = 0; l < network->n_layers; l++)
        read_layer(network, l);
    if (scanf(" samples %zu", &network->n_samples) != 1)
        fail("samples");
    network->samples = calloc(network->n_samples, sizeof *network->samples);
    for (size_t s = 0; s < network->n_samples; s++)
        read_sample(&network->samples[s]);
}
