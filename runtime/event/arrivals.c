// Merging spikes into arrivals, and handing gradients back.
#include "event/arrivals.h"

#include <math.h>
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
    state->n_arrivals = 0;
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

static void return_to_spikes(LayerState *states, const SnnModule *module,
                             LayerState *state)
{
    for (size_t k = 0; k < state->n_arrivals; k++) {
        uint32_t projection = state->run.arrival_projection[k];
        LayerState *source =
            &states[projection_of(module, state, projection)->source];
        double gradient = state->run.arrival_gradient[k];
        uint32_t spike = state->arrival_spike[k];
        if (source->layer->is_input) {
            if (source->input_gradient)
                source->input_gradient[spike] += gradient;
        } else {
            uint32_t origin = source->spikes.origins[spike];
            source->run.spike_gradient[origin] += gradient;
        }
    }
}

// A delay moves all arrivals that it delays.
static void return_to_delay(const SnnModule *module, LayerState *state,
                            uint32_t projection)
{
    const SnnProjection *p = projection_of(module, state, projection);
    const SnnLayerRun *run = &state->run;
    void *gradients = p->delay_parameter == SNN_NONE
                          ? NULL : run->gradients[p->delay_parameter];
    bool by_source = p->delay_per == SNN_PER_SOURCE;
    double sum = 0;
    if (!gradients)
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
    return_to_spikes(states, module, state);
    for (uint32_t p = 0; p < state->layer->n_projections; p++)
        return_to_delay(module, state, p);
}
