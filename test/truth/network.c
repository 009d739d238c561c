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

static size_t count_arrivals(const Run *run, const Layer *layer, size_t j)
{
    size_t n = 0;
    for (size_t p = 0; p < layer->n_projections; p++) {
        const Projection *projection = &layer->projections[p];
        const Train *trains = run->trains[projection->source];
        for (size_t k = 0; k < projection->n_synapses; k++)
            if (projection->synapses[k].target == j)
                n += trains[projection->synapses[k].source].count;
    }
    return n;
}

// One synapse's arrivals before the duration.
static void add_arrivals(const Projection *projection, const Synapse *synapse,
                         const Train *train, const mpfr_t duration,
                         Arrival *arrivals, size_t *n)
{
    for (size_t k = 0; k < train->count; k++) {
        Arrival *arrival = &arrivals[*n];
        mpfr_init2(arrival->time, TRUTH_BITS);
        mpfr_set(arrival->time, train->times[k], ROUND);
        if (synapse->delay >= 0)
            mpfr_add(arrival->time, arrival->time,
                     projection->delays[synapse->delay], ROUND);
        // borrowed: a struct copy of an mpfr_t shares its digits
        arrival->weight[0] = projection->weights[synapse->weight][0];
        arrival->port = projection->port;
        if (mpfr_less_p(arrival->time, duration))
            ++*n;
        else
            mpfr_clear(arrival->time);
    }
}

// What arrives at neuron j, sorted.
static Arrival *gather(const Run *run, const Network *network, int l, size_t j,
                       size_t *out_n)
{
    const Layer *layer = &network->layers[l];
    Arrival *arrivals = calloc(count_arrivals(run, layer, j) + 1,
                               sizeof *arrivals);
    *out_n = 0;
    for (size_t p = 0; p < layer->n_projections; p++) {
        const Projection *projection = &layer->projections[p];
        for (size_t k = 0; k < projection->n_synapses; k++) {
            const Synapse *synapse = &projection->synapses[k];
            if (synapse->target == j)
                add_arrivals(projection, synapse,
                             &run->trains[projection->source][synapse->source],
                             network->duration, arrivals, out_n);
        }
    }
    qsort(arrivals, *out_n, sizeof *arrivals, by_time);
    return arrivals;
}

static void run_neuron(Run *run, const Network *network, int l, size_t j,
                       Margin *margin)
{
    size_t n;
    Arrival *arrivals = gather(run, network, l, j, &n);
    neuron_run(&network->layers[l].neurons[j], arrivals, n, network->duration,
               &run->trains[l][j], run->maxima[l][j], margin);
    for (size_t k = 0; k < n; k++)
        mpfr_clear(arrivals[k].time);
    free(arrivals);
}

// ---- ways back -----------------------------------------------------------------

enum { MAX_ROUNDS = 4000, SETTLED_BITS = 400 };

// Neurons whose arrivals have changed since they ran.
typedef struct Stale {
    bool *of[TRUTH_MAX_LAYERS];
    bool any;
} Stale;

static void mark_all(Stale *stale, const Network *network, int l)
{
    for (size_t j = 0; j < network->layers[l].size; j++)
        stale->of[l][j] = true;
    stale->any = true;
}

static void mark_targets(Stale *stale, const Network *network, int source,
                         size_t neuron)
{
    for (int l = 1; l < network->n_layers; l++) {
        const Layer *layer = &network->layers[l];
        for (size_t p = 0; p < layer->n_projections; p++) {
            const Projection *projection = &layer->projections[p];
            for (size_t k = 0; k < projection->n_synapses; k++)
                if (projection->source == source &&
                    projection->synapses[k].source == neuron) {
                    stale->of[l][projection->synapses[k].target] = true;
                    stale->any = true;
                }
        }
    }
}

static bool is_settled(const Train *a, const Train *b)
{
    bool same = a->count == b->count;
    mpfr_t difference;
    mpfr_init2(difference, TRUTH_BITS);
    for (size_t k = 0; same && k < a->count; k++) {
        mpfr_sub(difference, a->times[k], b->times[k], ROUND);
        same = mpfr_zero_p(difference) ||
               mpfr_get_exp(difference) < -SETTLED_BITS;
    }
    mpfr_clear(difference);
    return same;
}

static void run_stale(Run *run, const Network *network, Stale *stale, int l,
                      size_t j)
{
    Train before = {0};
    train_copy(&before, &run->trains[l][j]);
    stale->of[l][j] = false;
    run_neuron(run, network, l, j, NULL);
    if (!is_settled(&before, &run->trains[l][j]))
        mark_targets(stale, network, l, j);
    train_clear(&before);
}

static void settle(Run *run, const Network *network, Stale *stale)
{
    for (int round = 0; stale->any; round++) {
        if (round == MAX_ROUNDS) {
            fprintf(stderr, "truth: the spikes do not settle\n");
            exit(3);
        }
        stale->any = false;
        for (int l = 1; l < network->n_layers; l++)
            for (size_t j = 0; j < network->layers[l].size; j++)
                if (stale->of[l][j])
                    run_stale(run, network, stale, l, j);
    }
}

static void run_with_ways_back(Run *run, const Network *network,
                               const Sample *sample, int first, int neuron,
                               Margin *margin)
{
    Stale stale = {{0}, true};
    for (int l = 0; l < network->n_layers; l++)
        stale.of[l] = calloc(network->layers[l].size, sizeof(bool));
    if (first == 0)
        run_input(run, network, sample);
    if (first > 0 && neuron >= 0)
        stale.of[first][neuron] = true;
    else
        for (int l = first > 0 ? first : 1; l < network->n_layers; l++)
            if (l == first || first == 0)
                mark_all(&stale, network, l);
    settle(run, network, &stale);
    for (int l = 1; margin && l < network->n_layers; l++)
        for (size_t j = 0; j < network->layers[l].size; j++)
            run_neuron(run, network, l, j, margin);
    for (int l = 0; l < network->n_layers; l++)
        free(stale.of[l]);
}

void run_from(Run *run, const Network *network, const Sample *sample, int first,
              int neuron, Margin *margin)
{
    if (network->has_ways_back) {
        run_with_ways_back(run, network, sample, first, neuron, margin);
        return;
    }
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
