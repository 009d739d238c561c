// First spikes, spike counts and state observables, and their gradients.
#include "event/observe.h"

#include <math.h>
#include <string.h>

static void collect_first(const LayerState *state, double *values,
                          int64_t *first)
{
    for (uint32_t j = 0; j < state->layer->size; j++) {
        values[j] = INFINITY;
        first[j] = -1;
    }
    for (size_t k = 0; k < state->spikes.count; k++) {
        uint32_t neuron = state->spikes.neurons[k];
        if (first[neuron] >= 0)
            continue;
        values[neuron] = state->spikes.times[k];
        first[neuron] = state->spikes.origins ? state->spikes.origins[k]
                                              : (int64_t)k;
    }
}

static void collect_count(const LayerState *state, double *values)
{
    memset(values, 0, state->layer->size * sizeof *values);
    for (size_t k = 0; k < state->spikes.count; k++)
        values[state->spikes.neurons[k]] += 1;
}

void observe_collect(const LayerState *states, const SnnModule *module,
                     double *values, int64_t *first_spike)
{
    for (uint32_t k = 0; k < module->n_observables; k++) {
        const SnnObservable *o = &module->observables[k];
        const LayerState *state = &states[o->layer];
        uint32_t size = state->layer->size;
        if (o->kind == SNN_FIRST_SPIKE)
            collect_first(state, values + o->offset, first_spike + o->offset);
        else if (o->kind == SNN_SPIKE_COUNT)
            collect_count(state, values + o->offset);
        else
            memcpy(values + o->offset,
                   state->run.observed + (size_t)o->index * size,
                   size * sizeof *values);
    }
}

static void return_first(LayerState *state, const double *gradient,
                         const int64_t *first)
{
    double *target = state->layer->is_input ? state->input_gradient
                                            : state->run.spike_gradient;
    for (uint32_t j = 0; target && j < state->layer->size; j++)
        if (first[j] >= 0)
            target[first[j]] += gradient[j];
}

void observe_return_gradient(LayerState *states, const SnnModule *module,
                             const double *gradient,
                             const int64_t *first_spike)
{
    for (uint32_t k = 0; k < module->n_observables; k++) {
        const SnnObservable *o = &module->observables[k];
        LayerState *state = &states[o->layer];
        uint32_t size = state->layer->size;
        if (o->kind == SNN_FIRST_SPIKE)
            return_first(state, gradient + o->offset, first_spike + o->offset);
        if (o->kind != SNN_STATE)
            continue;
        double *target =
            state->run.observed_gradient + (size_t)o->index * size;
        for (uint32_t j = 0; j < size; j++)
            target[j] += gradient[o->offset + j];
    }
}
