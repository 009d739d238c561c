// Merging spikes into arrivals, and handing gradients back.
#include "event/arrivals.h"

#include <math.h>
#include <string.h>
#include "core/real.h"

static const SnnProjection *projection_of(const SnnModule *module,
                                          const LayerState *state,
                                          uint32_t projection)
{
    return &module->projections[state->layer->projections[projection]];
}

static void append(LayerState *state, uint32_t projection,
                   const SpikeList *spikes, size_t spike, double time)
{
    SnnLayerRun *run = &state->run;
    size_t k = state->n_arrivals++;
    if (run->n_groups == 0 || run->group_time[run->n_groups - 1] != time) {
        run->group_first[run->n_groups] = (uint32_t)k;
        run->group_time[run->n_groups++] = time;
    }
    run->arrival_row[k] = spikes->neurons[spike];
    run->arrival_projection[k] = projection;
    state->arrival_spike[k] = (uint32_t)spike;
}

// The projection whose next arrival comes first; the earlier one at a tie.
static int64_t earliest(const LayerState *state)
{
    int64_t best = -1;
    double least = INFINITY;
    for (uint32_t p = 0; p < state->layer->n_projections; p++)
        if (state->streams[p].time < least) {
            least = state->streams[p].time;
            best = p;
        }
    return best;
}

// All of one stream that needs no merging, whose spikes come as they are.
static void take_all(LayerState *state, const Stream *stream)
{
    SnnLayerRun *run = &state->run;
    const SpikeList *spikes = stream->spikes;
    size_t n = stream_shifted(stream), groups = 0;
    double before = NAN;
    for (size_t k = 0; k < n; k++) {
        double time = spikes->times[k] + stream->shift;
        groups += !(time == before);
        run->group_time[groups - 1] = time;
        run->group_first[groups] = (uint32_t)k + 1;
        before = time;
    }
    for (size_t k = state->n_counted; k < n; k++) {
        state->arrival_spike[k] = (uint32_t)k;
        run->arrival_projection[k] = 0;
    }
    if (n > state->n_counted)
        state->n_counted = n;
    run->arrival_row = (uint32_t *)spikes->neurons;
    run->group_first[0] = 0;
    run->n_groups = (int64_t)groups;
    state->n_arrivals = n;
}

static bool begin(LayerState *states, const SnnModule *module,
                  LayerState *state)
{
    size_t most = 0;
    for (uint32_t p = 0; p < state->layer->n_projections; p++) {
        const SnnProjection *from = projection_of(module, state, p);
        const SpikeList *spikes = &states[from->source].spikes;
        most += spikes->count;
        if (!stream_begin(&state->streams[p], spikes, state->run.parameters))
            return false;
    }
    return most < UINT32_MAX && layer_reserve_arrivals(state, most);
}

bool arrivals_build(LayerState *states, const SnnModule *module,
                    uint32_t which)
{
    LayerState *state = &states[which];
    if (!begin(states, module, state))
        return false;
    if (state->layer->n_projections == 1 &&
        !stream_merges(&state->streams[0])) {
        take_all(state, &state->streams[0]);
        return true;
    }
    state->n_arrivals = 0;
    state->n_counted = 0;
    state->run.n_groups = 0;
    for (int64_t p; (p = earliest(state)) >= 0;) {
        Stream *stream = &state->streams[p];
        append(state, (uint32_t)p, stream->spikes, stream->next, stream->time);
        stream_step(stream);
    }
    state->run.group_first[state->run.n_groups] = (uint32_t)state->n_arrivals;
    return true;
}

// ---- backward --------------------------------------------------------------

// Of one projection, to its source; in the order of the arrivals.
static void return_to_spikes(LayerState *states, const SnnModule *module,
                             LayerState *state, uint32_t projection)
{
    LayerState *source =
        &states[projection_of(module, state, projection)->source];
    const uint32_t *origins = source->layer->is_input
                                  ? NULL : source->spikes.origins;
    double *target = source->layer->is_input ? source->input_gradient
                                             : source->run.spike_gradient;
    bool only = state->layer->n_projections == 1;
    for (size_t k = 0; target && k < state->n_arrivals; k++) {
        uint32_t spike = state->arrival_spike[k];
        if (!only && state->run.arrival_projection[k] != projection)
            continue;
        target[origins ? origins[spike] : spike] +=
            state->run.arrival_gradient[k];
    }
}

// A delay moves all arrivals that it delays; those of single synapses are the
// slices' (event/slices/spread.c).
static void return_to_delay(const SnnModule *module, LayerState *state,
                            uint32_t projection)
{
    const SnnProjection *p = projection_of(module, state, projection);
    const SnnLayerRun *run = &state->run;
    void *gradients = p->delay_parameter == SNN_NONE
                          ? NULL : run->gradients[p->delay_parameter];
    bool by_source = p->delay_per == SNN_PER_SOURCE;
    double sum = 0;
    if (!gradients || (!by_source && p->delay_per != SNN_PER_PROJECTION))
        return;
    for (size_t k = 0; k < state->n_arrivals; k++) {
        if (run->arrival_projection[k] != projection)
            continue;
        if (by_source)
            real_add(gradients, module->real_size, run->arrival_row[k],
                     run->arrival_gradient[k]);
        else
            sum += run->arrival_gradient[k];
    }
    if (!by_source)
        real_add(gradients, module->real_size, 0, sum);
}

void arrivals_return_gradient(LayerState *states, const SnnModule *module,
                              uint32_t which)
{
    LayerState *state = &states[which];
    if (!state->run.arrival_gradient)
        return;
    for (uint32_t p = 0; p < state->layer->n_projections; p++) {
        return_to_spikes(states, module, state, p);
        return_to_delay(module, state, p);
    }
}
