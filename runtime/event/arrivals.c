// Merging spikes into arrivals, and handing gradients back.
#include "event/arrivals.h"

#include <string.h>

static const LayerState *source_of(const LayerState *states,
                                   const SnnModule *module,
                                   const SnnLayer *layer, uint32_t projection)
{
    uint32_t index = layer->projections[projection];
    return &states[module->projections[index].source];
}

// Spikes before the duration: a prefix, since they are sorted.
static size_t count_before(const SpikeList *spikes, double duration)
{
    size_t n = spikes->count;
    while (n > 0 && spikes->times[n - 1] >= duration)
        n--;
    return n;
}

static void append(LayerState *state, uint32_t projection,
                   const SpikeList *spikes, size_t spike)
{
    SnnLayerRun *run = &state->run;
    size_t k = state->n_arrivals++;
    double time = spikes->times[spike];
    if (run->n_groups == 0 || run->group_time[run->n_groups - 1] != time) {
        run->group_first[run->n_groups] = (uint32_t)k;
        run->group_time[run->n_groups++] = time;
    }
    run->arrival_row[k] = spikes->neurons[spike];
    run->arrival_projection[k] = projection;
    state->arrival_spike[k] = (uint32_t)spike;
}

// The projection whose next spike comes first; the earlier one at a tie.
static int64_t earliest(const LayerState *states, const SnnModule *module,
                        const LayerState *state, const size_t *next)
{
    const SnnLayer *layer = state->layer;
    int64_t best = -1;
    double best_time = module->duration;
    for (uint32_t p = 0; p < layer->n_projections; p++) {
        const SpikeList *spikes = &source_of(states, module, layer, p)->spikes;
        if (next[p] < spikes->count && spikes->times[next[p]] < best_time) {
            best = p;
            best_time = spikes->times[next[p]];
        }
    }
    return best;
}

static bool merge(LayerState *states, const SnnModule *module,
                  LayerState *state)
{
    const SnnLayer *layer = state->layer;
    size_t bytes = layer->n_projections * sizeof(size_t);
    if (!buffer_reserve(&state->keys, bytes))
        return false;
    size_t *next = state->keys.data; // free between two sorts
    memset(next, 0, bytes);
    for (;;) {
        int64_t p = earliest(states, module, state, next);
        if (p < 0)
            return true;
        const LayerState *source =
            source_of(states, module, layer, (uint32_t)p);
        append(state, (uint32_t)p, &source->spikes, next[p]++);
    }
}

bool arrivals_build(LayerState *states, const SnnModule *module,
                    uint32_t which)
{
    LayerState *state = &states[which];
    const SnnLayer *layer = state->layer;
    size_t most = 0;
    for (uint32_t p = 0; p < layer->n_projections; p++)
        most += source_of(states, module, layer, p)->spikes.count;
    if (most >= UINT32_MAX || !layer_reserve_arrivals(state, most))
        return false;
    state->n_arrivals = 0;
    state->run.n_groups = 0;
    if (layer->n_projections == 1) {
        const SpikeList *spikes = &source_of(states, module, layer, 0)->spikes;
        size_t n = count_before(spikes, module->duration);
        for (size_t k = 0; k < n; k++)
            append(state, 0, spikes, k);
    } else if (!merge(states, module, state)) {
        return false;
    }
    state->run.group_first[state->run.n_groups] = (uint32_t)state->n_arrivals;
    return true;
}

void arrivals_return_gradient(LayerState *states, const SnnModule *module,
                              uint32_t which)
{
    LayerState *state = &states[which];
    const SnnLayer *layer = state->layer;
    const double *gradient = state->run.arrival_gradient;
    if (!gradient)
        return;
    for (size_t k = 0; k < state->n_arrivals; k++) {
        uint32_t projection = state->run.arrival_projection[k];
        uint32_t index = layer->projections[projection];
        LayerState *source = &states[module->projections[index].source];
        uint32_t spike = state->arrival_spike[k];
        if (source->layer->is_input) {
            if (source->input_gradient)
                source->input_gradient[spike] += gradient[k];
        } else {
            uint32_t origin = source->spikes.origins[spike];
            source->run.spike_gradient[origin] += gradient[k];
        }
    }
}
