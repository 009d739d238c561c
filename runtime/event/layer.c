// Buffers of one population and what generated code calls to grow them.
#include "event/layer.h"

#include <string.h>
#include "core/sort.h"
#include "event/order.h"
#include "solve/pairdd.h"

enum { SPIKES_FIRST = 256, TAPE_FIRST = 16384 };

#define N_BUFFERS 19

static void list_buffers(LayerState *s, Buffer *out[N_BUFFERS])
{
    Buffer *all[N_BUFFERS] = {
        &s->group_time, &s->group_first, &s->row, &s->projection, &s->spike,
        &s->arrival_gradient, &s->scratch, &s->tape, &s->spike_time,
        &s->spike_neuron, &s->spike_gradient, &s->sorted_times,
        &s->sorted_neurons, &s->sorted_origins, &s->input_gradients,
        &s->observed, &s->observed_gradient, &s->keys, &s->spare,
    };
    memcpy(out, all, sizeof all);
}

int32_t snn_rt_grow_tape(SnnLayerRun *run, int64_t need)
{
    LayerState *state = (LayerState *)run;
    if (need < 0 || !buffer_reserve(&state->tape, (size_t)need))
        return SNN_NO_MEMORY;
    run->tape = state->tape.data;
    run->tape_capacity = (int64_t)state->tape.capacity;
    return SNN_OK;
}

int32_t snn_rt_grow_spikes(SnnLayerRun *run, int64_t need)
{
    LayerState *state = (LayerState *)run;
    size_t n = (size_t)need;
    size_t grown = (size_t)run->spike_capacity * 3 / 2;
    if (need < 0 || need > UINT32_MAX)
        return SNN_NO_MEMORY;
    if (n > (size_t)run->spike_capacity && n < grown)
        n = grown;
    if (!buffer_reserve(&state->spike_time,
                        (n + ORDER_MARGIN) * sizeof(double)) ||
        !buffer_reserve(&state->spike_neuron, n * sizeof(uint32_t)))
        return SNN_NO_MEMORY;
    run->spike_time = state->spike_time.data;
    run->spike_neuron = state->spike_neuron.data;
    size_t by_time = state->spike_time.capacity / sizeof(double) -
                     ORDER_MARGIN;
    size_t by_neuron = state->spike_neuron.capacity / sizeof(uint32_t);
    run->spike_capacity = (int64_t)(by_time < by_neuron ? by_time : by_neuron);
    return SNN_OK;
}

double snn_rt_pairdd(const double *nodes, int32_t n_pairs, int32_t n_reals)
{
    return pairdd(nodes, n_pairs, n_reals);
}

double snn_rt_pairdd_times(double base, const double *nodes, int32_t n_pairs,
                           int32_t n_reals)
{
    return pairdd_times(base, nodes, n_pairs, n_reals);
}

static bool reserve_observed(LayerState *state)
{
    size_t n = (size_t)state->layer->n_observed * state->layer->size;
    if (!buffer_reserve(&state->observed, n * sizeof(double)) ||
        !buffer_reserve(&state->observed_gradient, n * sizeof(double)))
        return false;
    state->run.observed = state->observed.data;
    state->run.observed_gradient = state->observed_gradient.data;
    return true;
}

static bool learns_delay(const SnnModule *module, const SnnProjection *p)
{
    return p->delay_parameter != SNN_NONE &&
           module->parameters[p->delay_parameter].learned;
}

// The event loop sends spikes by itself.
static bool new_streams(LayerState *state, const SnnModule *module)
{
    uint32_t n = state->layer->handlers ? 0 : state->layer->n_projections;
    state->streams = memory_array(n, sizeof(Stream));
    if (!state->streams)
        return false;
    for (uint32_t p = 0; p < n; p++)
        if (!stream_new(&state->streams[p], module,
                        state->layer->projections[p]))
            return false;
    return true;
}

bool layer_new(LayerState *state, const SnnModule *module,
               const Wiring *wiring, uint32_t which)
{
    *state = (LayerState){.layer = &module->layers[which]};
    const SnnLayer *layer = state->layer;
    for (uint32_t p = 0; p < layer->n_projections; p++) {
        const SnnProjection *from =
            &module->projections[layer->projections[p]];
        if (!module->layers[from->source].is_input ||
            learns_delay(module, from))
            state->wants_arrival_gradient = true;
    }
    if (layer->is_input)
        return true;
    if (!new_streams(state, module) ||
        !slices_new(&state->slices, module, layer, wiring))
        return false;
    return reserve_observed(state) &&
           snn_rt_grow_tape(&state->run, TAPE_FIRST) == SNN_OK &&
           snn_rt_grow_spikes(&state->run, SPIKES_FIRST) == SNN_OK;
}

static uint32_t stream_count(const LayerState *state)
{
    return state->streams && !state->layer->handlers
               ? state->layer->n_projections : 0;
}

void layer_free(LayerState *state)
{
    Buffer *buffers[N_BUFFERS];
    list_buffers(state, buffers);
    for (int k = 0; k < N_BUFFERS; k++)
        buffer_free(buffers[k]);
    for (uint32_t p = 0; p < stream_count(state); p++)
        stream_free(&state->streams[p]);
    memory_free(state->streams);
    slices_free(&state->slices);
}

size_t layer_bytes(const LayerState *state)
{
    Buffer *buffers[N_BUFFERS];
    size_t bytes = 0;
    list_buffers((LayerState *)state, buffers);
    for (int k = 0; k < N_BUFFERS; k++)
        bytes += buffers[k]->capacity;
    for (uint32_t p = 0; p < stream_count(state); p++)
        bytes += stream_bytes(&state->streams[p]);
    return bytes + slices_bytes(&state->slices);
}

bool layer_reserve_arrivals(LayerState *state, size_t n)
{
    if (!buffer_reserve(&state->group_time,
                        (n + SNN_TIMES_MARGIN) * sizeof(double)) ||
        !buffer_reserve(&state->group_first, (n + 1) * sizeof(uint32_t)) ||
        !buffer_reserve(&state->row, n * sizeof(uint32_t)) ||
        !buffer_reserve(&state->projection, n * sizeof(uint32_t)) ||
        !buffer_reserve(&state->spike, n * sizeof(uint32_t)))
        return false;
    state->run.group_time = state->group_time.data;
    state->run.group_first = state->group_first.data;
    state->run.arrival_row = state->row.data;
    state->run.arrival_projection = state->projection.data;
    state->arrival_spike = state->spike.data;
    return true;
}

bool layer_begin_forward(LayerState *state)
{
    SnnLayerRun *run = &state->run;
    size_t scratch =
        state->layer->scratch_fixed +
        (size_t)(run->n_groups + 1) * state->layer->scratch_interval;
    if (!buffer_reserve(&state->scratch, scratch))
        return false;
    run->scratch = state->scratch.data;
    run->tape_used = 0;
    run->spike_count = 0;
    run->error_neuron = -1;
    run->error_time = 0;
    run->n_grazing = 0;
    run->n_steps = 0;
    return true;
}

bool layer_begin_backward(LayerState *state)
{
    SnnLayerRun *run = &state->run;
    size_t spikes = (size_t)run->spike_count * sizeof(double);
    size_t arrivals = state->n_arrivals * sizeof(double);
    if (!buffer_reserve(&state->spike_gradient, spikes))
        return false;
    run->spike_gradient = state->spike_gradient.data;
    memset(run->spike_gradient, 0, spikes);
    memset(run->observed_gradient, 0,
           sizeof(double) * state->layer->n_observed * state->layer->size);
    run->arrival_gradient = NULL;
    if (!state->wants_arrival_gradient)
        return true;
    if (!buffer_reserve(&state->arrival_gradient, arrivals))
        return false;
    run->arrival_gradient = state->arrival_gradient.data;
    memset(run->arrival_gradient, 0, arrivals);
    return true;
}

// ---- the order of spikes ----------------------------------------------------

static bool reserve_sorted(LayerState *state, size_t n)
{
    return buffer_reserve(&state->sorted_times, n * sizeof(double)) &&
           buffer_reserve(&state->sorted_neurons, n * sizeof(uint32_t)) &&
           buffer_reserve(&state->sorted_origins, n * sizeof(uint32_t));
}

// The first spike outside 0..duration, or -1.
static int64_t find_bad(const SnnLayerRun *run, double duration)
{
    bool good = true;
    for (int64_t k = 0; k < run->spike_count; k++)
        good &= run->spike_time[k] >= 0 && run->spike_time[k] <= duration;
    for (int64_t k = 0; !good && k < run->spike_count; k++)
        if (!(run->spike_time[k] >= 0 && run->spike_time[k] <= duration))
            return k;
    return -1;
}

static bool sort_origins(LayerState *state, size_t n, uint32_t *origins)
{
    const SnnLayerRun *run = &state->run;
    if (!buffer_reserve(&state->keys, n * sizeof(SortKey)) ||
        !buffer_reserve(&state->spare, n * sizeof(SortKey)))
        return false;
    SortKey *keys = state->keys.data;
    for (size_t k = 0; k < n; k++)
        keys[k] = (SortKey){sort_time_bits(run->spike_time[k]),
                            run->spike_neuron[k], (uint32_t)k};
    keys = sort_keys(keys, state->spare.data, n);
    for (size_t k = 0; k < n; k++)
        origins[k] = keys[k].index;
    return true;
}

bool layer_sort_spikes(LayerState *state, double duration, int64_t *out_bad)
{
    const SnnLayerRun *run = &state->run;
    size_t n = (size_t)run->spike_count;
    int64_t bad = find_bad(run, duration);
    *out_bad = bad < 0 ? -1 : (int64_t)run->spike_neuron[bad];
    if (!reserve_sorted(state, n))
        return false;
    double *times = state->sorted_times.data;
    uint32_t *neurons = state->sorted_neurons.data;
    uint32_t *origins = state->sorted_origins.data;
    Unordered spikes = {run->spike_time, run->spike_neuron, n,
                        run->group_time, (size_t)run->n_groups};
    if (!order_by_intervals(&spikes, origins) &&
        !sort_origins(state, n, origins))
        return false;
    for (size_t k = 0; k < n; k++) {
        times[k] = run->spike_time[origins[k]];
        neurons[k] = run->spike_neuron[origins[k]];
    }
    state->spikes = (SpikeList){times, neurons, origins, n};
    return true;
}
