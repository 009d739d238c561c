// Layers of neurons over one sample: gathers what arrives at each neuron and
// runs it. A change in one layer, or one neuron, costs only what lies behind it.
#include <stdlib.h>
#include "truth.h"

void run_init(Run *run, const Network *network)
{
    *run = (Run){0};
    for (int l = 0; l < network->n_layers; l++) {
        size_t size = network->layers[l].size;
        run->trains[l] = calloc(size, sizeof(Train));
        run->maxima[l] = calloc(size, sizeof(mpfr_t));
        for (size_t j = 0; j < size; j++) {
            mpfr_init2(run->maxima[l][j], TRUTH_BITS);
            mpfr_set_zero(run->maxima[l][j], 1);
        }
    }
}

void run_clear(Run *run, const Network *network)
{
    for (int l = 0; l < network->n_layers; l++) {
        for (size_t j = 0; j < network->layers[l].size; j++) {
            train_clear(&run->trains[l][j]);
            mpfr_clear(run->maxima[l][j]);
        }
        free(run->trains[l]);
        free(run->maxima[l]);
    }
}

void run_copy(Run *to, const Run *from, const Network *network)
{
    for (int l = 0; l < network->n_layers; l++)
        for (size_t j = 0; j < network->layers[l].size; j++) {
            train_copy(&to->trains[l][j], &from->trains[l][j]);
            mpfr_set(to->maxima[l][j], from->maxima[l][j], ROUND);
        }
}

static void run_input(Run *run, const Network *network, const Sample *sample)
{
    for (size_t i = 0; i < network->layers[0].size; i++)
        run->trains[0][i].count = 0;
    for (size_t k = 0; k < sample->n_spikes; k++)
        train_push(&run->trains[0][sample->channels[k]], sample->times[k]);
}

static int by_time(const void *a, const void *b)
{
    return mpfr_cmp(((const Arrival *)a)->time, ((const Arrival *)b)->time);
}

static size_t count_arrivals(const Run *run, const Network *network,
                             const Layer *layer)
{
    size_t n = 0;
    for (size_t p = 0; p < layer->n_projections; p++) {
        int source = layer->projections[p].source;
        for (size_t i = 0; i < network->layers[source].size; i++)
            n += run->trains[source][i].count;
    }
    return n;
}

// What arrives at neuron j, sorted. Times and weights are borrowed bit by bit
// (a struct copy of an mpfr_t shares its digits); nothing here is cleared.
static Arrival *gather(const Run *run, const Network *network, int l, size_t j,
                       size_t *out_n)
{
    const Layer *layer = &network->layers[l];
    Arrival *arrivals = calloc(count_arrivals(run, network, layer) + 1,
                               sizeof *arrivals);
    size_t n = 0;
    for (size_t p = 0; p < layer->n_projections; p++) {
        const Projection *projection = &layer->projections[p];
        size_t n_sources = network->layers[projection->source].size;
        for (size_t i = 0; i < n_sources; i++) {
            const Train *train = &run->trains[projection->source][i];
            for (size_t k = 0; k < train->count; k++, n++) {
                arrivals[n].time[0] = train->times[k][0];
                arrivals[n].weight[0] =
                    projection->weights[i * layer->size + j][0];
                arrivals[n].port = projection->port;
            }
        }
    }
    qsort(arrivals, n, sizeof *arrivals, by_time);
    *out_n = n;
    return arrivals;
}

static void run_neuron(Run *run, const Network *network, int l, size_t j,
                       Margin *margin)
{
    size_t n;
    Arrival *arrivals = gather(run, network, l, j, &n);
    neuron_run(&network->layers[l].neurons[j], arrivals, n, network->duration,
               &run->trains[l][j], run->maxima[l][j], margin);
    free(arrivals);
}

void run_from(Run *run, const Network *network, const Sample *sample, int first,
              int neuron, Margin *margin)
{
    for (int l = first; l < network->n_layers; l++) {
        if (l == 0) {
            run_input(run, network, sample);
            continue;
        }
        for (size_t j = 0; j < network->layers[l].size; j++)
            if (l > first || neuron < 0 || (size_t)neuron == j)
                run_neuron(run, network, l, j, margin);
    }
}
