// Order of events: sorting, merging projections, ties, the end of the sample,
// and gradients on their way back.
#include "../unit.h"

#include <stdlib.h>
#include "event/arrivals.h"
#include "event/observe.h"
#include "event/order.h"
#include "core/sort.h"

static int compare(const void *a, const void *b)
{
    const SortKey *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->neuron != y->neuron)
        return x->neuron < y->neuron ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static void test_sort(void)
{
    for (size_t n = 0; n < 1200; n += 7) {
        int steps = n % 2 ? 20 : 100000;
        SortKey *keys = calloc(n + 1, sizeof *keys);
        SortKey *spare = calloc(n + 1, sizeof *spare);
        SortKey *expected = calloc(n + 1, sizeof *expected);
        for (size_t k = 0; k < n; k++)
            keys[k] = expected[k] =
                (SortKey){sort_time_bits((rand() % steps) * 1e-3),
                          (uint32_t)(rand() % 5), (uint32_t)k};
        qsort(expected, n, sizeof *expected, compare);
        SortKey *sorted = sort_keys(keys, spare, n);
        CHECK(memcmp(sorted, expected, n * sizeof *sorted) == 0);
        free(keys);
        free(spare);
        free(expected);
    }
    CHECK(sort_time_bits(-0.0) == sort_time_bits(0.0));
    CHECK(sort_time_bits(1e-3) < sort_time_bits(2e-3));
}

// Spikes of intervals 1 long, some at their ends, with ties.
static size_t draw_intervals(double *times, uint32_t *neurons, size_t most,
                             int steps)
{
    size_t n = 0;
    for (int interval = 0; interval < 20; interval++)
        for (size_t k = (size_t)rand() % (most + 1); k > 0; k--, n++) {
            times[n] = interval + (double)(rand() % (steps + 1)) / steps;
            neurons[n] = (uint32_t)(rand() % 5);
        }
    return n;
}

static void test_order(void)
{
    enum { MOST = 8000 };
    static double cuts[19], times[MOST];
    static uint32_t neurons[MOST], origins[MOST];
    static SortKey keys[MOST], spare[MOST];
    int n_good = 0;
    for (int k = 0; k < 19; k++)
        cuts[k] = k + 1;
    for (int round = 0; round < 200; round++) {
        size_t n = draw_intervals(times, neurons, (size_t)round * 2,
                                  round % 2 ? 16 : 10000);
        for (size_t k = 0; k < n; k++)
            keys[k] = (SortKey){sort_time_bits(times[k]), neurons[k],
                                (uint32_t)k};
        Unordered spikes = {times, neurons, n, cuts, 19};
        bool good = order_by_intervals(&spikes, origins);
        n_good += good;
        const SortKey *sorted = sort_keys(keys, spare, n);
        for (size_t k = 0; good && k < n; k++)
            CHECK(origins[k] == sorted[k].index);
    }
    CHECK(n_good > 80);
    Unordered many = {times, neurons, 100, cuts, 0};
    for (size_t k = 0; k < 100; k++)
        times[k] = (double)k / 100;
    CHECK(order_by_intervals(&many, origins) && origins[99] == 99);
    times[50] = 0;
    CHECK(order_by_intervals(&many, origins) && origins[1] == 50);
    for (size_t k = 0; k < 99; k++)
        times[k] = 0;
    neurons[98] = 0;
    CHECK(!order_by_intervals(&many, origins));
}

// Two inputs, a population with two projections, an observable of each kind.
static const uint32_t incoming[] = {1, 0};
static const SnnLayer layers[] = {
    {.name = "a", .size = 3, .is_input = 1},
    {.name = "b", .size = 2, .is_input = 1},
    {.name = "c", .size = 4, .n_projections = 2, .n_observed = 1,
     .projections = incoming},
};
static const SnnProjection projections[] = {
    {"a_c", 0, 2, 0, 0, NULL, NULL, SNN_NONE, 0, 0},
    {"b_c", 1, 2, 1, 0, NULL, NULL, SNN_NONE, 0, 0},
};
// time^2 + 10 neuron + label
static void square(double time, double other, double neuron, double label,
                   const double *hypers, double *out)
{
    (void)other, (void)hypers;
    out[0] = time * time + 10 * neuron + label;
    out[1] = 2 * time;
    out[2] = 0;
}

// time^2 other
static void product(double time, double other, double neuron, double label,
                    const double *hypers, double *out)
{
    (void)neuron, (void)label, (void)hypers;
    out[0] = time * time * other;
    out[1] = 2 * time * other;
    out[2] = time * time;
}

enum { N_VALUES = 24 };

static const SnnObservable observables[] = {
    {SNN_NTH_SPIKE, 2, 1, 0, NULL},   {SNN_SPIKE_COUNT, 2, 0, 4, NULL},
    {SNN_STATE, 2, 0, 8, NULL},       {SNN_NTH_SPIKE, 2, 2, 12, NULL},
    {SNN_SPIKE_SUM, 2, 0, 16, square}, {SNN_PAIR_SUM, 2, 0, 20, product},
};
static const SnnModule module = {
    .duration = 10, .n_layers = 3, .n_projections = 2, .n_observables = 6,
    .n_observed_values = N_VALUES, .layers = layers, .projections = projections,
    .observables = observables,
};

static const double times_a[] = {1, 1, 3, 10}, times_b[] = {0, 1, 3, 12};
static const uint32_t neurons_a[] = {0, 2, 1, 0}, neurons_b[] = {1, 0, 1, 1};

static void open_layers(LayerState *states)
{
    for (uint32_t l = 0; l < 3; l++)
        CHECK(layer_new(&states[l], &module, NULL, l));
    states[0].spikes = (SpikeList){times_a, neurons_a, NULL, 4};
    states[1].spikes = (SpikeList){times_b, neurons_b, NULL, 4};
}

static void close_layers(LayerState *states)
{
    for (uint32_t l = 0; l < 3; l++)
        layer_free(&states[l]);
}

// (time, projection in the layer's list, source neuron); nothing at or after
// the duration.
static void test_merge(void)
{
    static const uint32_t projection[] = {0, 0, 1, 1, 0, 1};
    static const uint32_t row[] = {1, 0, 0, 2, 1, 1};
    static const double group[] = {0, 1, 3};
    static const uint32_t first[] = {0, 1, 4, 6};
    LayerState states[3];
    open_layers(states);
    CHECK(arrivals_build(states, &module, 2));
    const SnnLayerRun *run = &states[2].run;
    CHECK(states[2].n_arrivals == 6);
    CHECK(run->n_groups == 3);
    CHECK(memcmp(run->arrival_projection, projection, sizeof projection) == 0);
    CHECK(memcmp(run->arrival_row, row, sizeof row) == 0);
    CHECK(memcmp(run->group_time, group, sizeof group) == 0);
    CHECK(memcmp(run->group_first, first, sizeof first) == 0);
    close_layers(states);
}

static void test_return(void)
{
    LayerState states[3];
    double to_a[4] = {0}, to_b[4] = {0};
    open_layers(states);
    states[0].input_gradient = to_a;
    states[1].input_gradient = to_b;
    states[2].wants_arrival_gradient = true;
    CHECK(arrivals_build(states, &module, 2));
    CHECK(layer_begin_backward(&states[2]));
    for (int k = 0; k < 6; k++)
        states[2].run.arrival_gradient[k] = k + 1;
    arrivals_return_gradient(states, &module, 2);
    CHECK(to_b[0] == 1 && to_b[1] == 2 && to_b[2] == 5 && to_b[3] == 0);
    CHECK(to_a[0] == 3 && to_a[1] == 4 && to_a[2] == 6 && to_a[3] == 0);
    close_layers(states);
}

static void put_spike(SnnLayerRun *run, double time, uint32_t neuron)
{
    CHECK(run->spike_count < run->spike_capacity ||
          snn_rt_grow_spikes(run, run->spike_count + 1) == SNN_OK);
    run->spike_time[run->spike_count] = time;
    run->spike_neuron[run->spike_count++] = neuron;
}

static void test_observe(void)
{
    LayerState states[3];
    double values[N_VALUES], gradient[N_VALUES] = {7, 8, 9, 10, 1, 1,
                                                   1, 1, 1, 2,  3, 4};
    int64_t bad;
    Observer observer;
    CHECK(observer_new(&observer, &module));
    open_layers(states);
    SnnLayerRun *run = &states[2].run;
    put_spike(run, 4, 3);
    put_spike(run, 2, 1);
    put_spike(run, 4, 0);
    put_spike(run, 3, 1);
    for (int j = 0; j < 4; j++)
        run->observed[j] = 100 + j;
    CHECK(layer_sort_spikes(&states[2], 10, &bad) && bad == -1);
    CHECK(states[2].spikes.neurons[2] == 0 && states[2].spikes.origins[2] == 2);
    CHECK(observe_collect(&observer, states, values));
    CHECK(values[0] == 4 && values[1] == 2 && values[2] == INFINITY);
    CHECK(values[4] == 1 && values[5] == 2 && values[6] == 0);
    CHECK(values[8] == 100 && values[11] == 103);
    CHECK(layer_begin_backward(&states[2]));
    CHECK(observe_return_gradient(&observer, states, gradient));
    CHECK(run->spike_gradient[0] == 10 && run->spike_gradient[1] == 8);
    CHECK(run->spike_gradient[2] == 7 && run->spike_gradient[3] == 0);
    CHECK(run->observed_gradient[3] == 4);
    put_spike(run, 11, 2);
    CHECK(layer_sort_spikes(&states[2], 10, &bad) && bad == 2);
    observer_free(&observer);
    close_layers(states);
}

// Neuron 1 spikes at 2 and 3, neuron 3 at 4.
static void test_observe_sums(void)
{
    LayerState states[3];
    double values[N_VALUES], gradient[N_VALUES] = {0};
    int64_t bad;
    Observer observer;
    CHECK(observer_new(&observer, &module));
    observer.label = 0.5;
    open_layers(states);
    SnnLayerRun *run = &states[2].run;
    put_spike(run, 4, 3);
    put_spike(run, 3, 1);
    put_spike(run, 2, 1);
    CHECK(layer_sort_spikes(&states[2], 10, &bad));
    CHECK(observe_collect(&observer, states, values));
    CHECK(values[12] == INFINITY && values[13] == 3 && values[15] == INFINITY);
    CHECK(values[16] == 0 && values[17] == 34 && values[19] == 46.5);
    CHECK(values[20] == 0 && values[21] == 8 + 27 + 12 + 18);
    CHECK(values[23] == 64);
    CHECK(layer_begin_backward(&states[2]));
    gradient[13] = 1000, gradient[15] = 5;
    gradient[17] = 100, gradient[21] = 1;
    CHECK(observe_return_gradient(&observer, states, gradient));
    CHECK(run->spike_gradient[0] == 0);
    // d/d3 (3^3 + 3^2 2 + 2^2 3) = 27 + 12 + 4, d/d2 = 12 + 9 + 12
    CHECK(run->spike_gradient[1] == 1000 + 600 + 43);
    CHECK(run->spike_gradient[2] == 400 + 33);
    observer_free(&observer);
    close_layers(states);
}

static void test_growth(void)
{
    LayerState states[3];
    open_layers(states);
    SnnLayerRun *run = &states[2].run;
    for (int k = 0; k < 5000; k++)
        put_spike(run, k, (uint32_t)k % 4);
    CHECK(run->spike_time[4999] == 4999 && run->spike_time[0] == 0);
    run->tape[5] = 42;
    CHECK(snn_rt_grow_tape(run, 1 << 20) == SNN_OK);
    CHECK(run->tape_capacity >= 1 << 20 && run->tape[5] == 42);
    CHECK(snn_rt_grow_spikes(run, -1) == SNN_NO_MEMORY);
    close_layers(states);
}

int main(void)
{
    test_sort();
    test_order();
    test_merge();
    test_return();
    test_observe();
    test_observe_sums();
    test_growth();
    return unit_report();
}
