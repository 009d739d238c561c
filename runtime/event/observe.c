// Observables of spikes, computed here, and of states, computed by kernels; and
// their gradients. Spikes of a neuron are taken in the order of their times.
#include "event/observe.h"

#include <math.h>
#include <string.h>

bool observer_new(Observer *observer, const SnnModule *module)
{
    *observer = (Observer){
        .module = module,
        .spike = memory_array(module->n_observed_values, sizeof(int64_t)),
    };
    return observer->spike != NULL;
}

void observer_free(Observer *observer)
{
    memory_free(observer->spike);
    buffer_free(&observer->first);
    buffer_free(&observer->order);
    *observer = (Observer){0};
}

// ---- spikes by neuron ------------------------------------------------------

// Spikes of neuron j: order[first[j]] .. order[first[j + 1] - 1], places in the
// sorted list.
typedef struct ByNeuron {
    const SpikeList *spikes;
    uint32_t *first, *order;
} ByNeuron;

static bool sort_by_neuron(Observer *observer, const LayerState *state,
                           ByNeuron *by)
{
    const SpikeList *spikes = &state->spikes;
    size_t size = state->layer->size;
    if (!buffer_reserve(&observer->first, (size + 2) * sizeof(uint32_t)) ||
        !buffer_reserve(&observer->order, spikes->count * sizeof(uint32_t)))
        return false;
    *by = (ByNeuron){spikes, observer->first.data, observer->order.data};
    memset(by->first, 0, (size + 2) * sizeof(uint32_t));
    for (size_t k = 0; k < spikes->count; k++)
        by->first[spikes->neurons[k] + 2]++;
    for (size_t j = 2; j < size + 2; j++)
        by->first[j] += by->first[j - 1];
    for (size_t k = 0; k < spikes->count; k++)
        by->order[by->first[spikes->neurons[k] + 1]++] = (uint32_t)k;
    return true;
}

static int64_t origin_of(const SpikeList *spikes, size_t spike)
{
    return spikes->origins ? spikes->origins[spike] : (int64_t)spike;
}

// ---- single spikes, counts -------------------------------------------------

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
        first[neuron] = origin_of(&state->spikes, k);
    }
}

static void collect_nth(const ByNeuron *by, uint32_t nth, uint32_t size,
                        double *values, int64_t *spike)
{
    for (uint32_t j = 0; j < size; j++) {
        bool has = by->first[j + 1] - by->first[j] >= nth;
        uint32_t k = has ? by->order[by->first[j] + nth - 1] : 0;
        values[j] = has ? by->spikes->times[k] : INFINITY;
        spike[j] = has ? origin_of(by->spikes, k) : -1;
    }
}

static void collect_count(const LayerState *state, double *values)
{
    memset(values, 0, state->layer->size * sizeof *values);
    for (size_t k = 0; k < state->spikes.count; k++)
        values[state->spikes.neurons[k]] += 1;
}

// ---- sums ------------------------------------------------------------------

// Calls the term of each spike (other == spike) or each ordered pair.
typedef void Visit(void *context, uint32_t neuron, uint32_t spike,
                   uint32_t other, const double *term);

static void visit_neuron(const Observer *observer, const SnnObservable *o,
                         const ByNeuron *by, uint32_t neuron, Visit *visit,
                         void *context)
{
    bool is_pair = o->kind == SNN_PAIR_SUM;
    uint32_t begin = by->first[neuron], end = by->first[neuron + 1];
    for (uint32_t a = begin; a < end; a++)
        for (uint32_t b = is_pair ? begin : a; b < (is_pair ? end : a + 1);
             b++) {
            uint32_t spike = by->order[a], other = by->order[b];
            double term[3];
            o->term(by->spikes->times[spike], by->spikes->times[other],
                    neuron, observer->label, observer->hypers, term);
            visit(context, neuron, spike, other, term);
        }
}

static void visit_all(const Observer *observer, const SnnObservable *o,
                      const ByNeuron *by, Visit *visit, void *context)
{
    for (uint32_t j = 0; j < observer->module->layers[o->layer].size; j++)
        visit_neuron(observer, o, by, j, visit, context);
}

static void add_value(void *context, uint32_t neuron, uint32_t spike,
                      uint32_t other, const double *term)
{
    double *values = context;
    (void)spike, (void)other;
    values[neuron] += term[0];
}

typedef struct Returning {
    const SpikeList *spikes;
    const double *gradient;
    double *target;
} Returning;

static void add_gradient(void *context, uint32_t neuron, uint32_t spike,
                         uint32_t other, const double *term)
{
    const Returning *r = context;
    double g = r->gradient[neuron];
    r->target[origin_of(r->spikes, spike)] += g * term[1];
    r->target[origin_of(r->spikes, other)] += g * term[2];
}

// ---- forward ---------------------------------------------------------------

static bool collect_one(Observer *observer, const SnnObservable *o,
                        const LayerState *state, double *values)
{
    uint32_t size = state->layer->size;
    int64_t *spike = observer->spike + o->offset;
    ByNeuron by;
    if (o->kind == SNN_STATE)
        memcpy(values, state->run.observed + (size_t)o->index * size,
               size * sizeof *values);
    else if (o->kind == SNN_SPIKE_COUNT)
        collect_count(state, values);
    else if (o->kind == SNN_NTH_SPIKE && o->index == 1)
        collect_first(state, values, spike);
    else if (!sort_by_neuron(observer, state, &by))
        return false;
    else if (o->kind == SNN_NTH_SPIKE)
        collect_nth(&by, o->index, size, values, spike);
    else {
        memset(values, 0, size * sizeof *values);
        visit_all(observer, o, &by, add_value, values);
    }
    return true;
}

bool observe_collect(Observer *observer, const LayerState *states,
                     double *values)
{
    const SnnModule *module = observer->module;
    for (uint32_t k = 0; k < module->n_observables; k++) {
        const SnnObservable *o = &module->observables[k];
        if (!collect_one(observer, o, &states[o->layer], values + o->offset))
            return false;
    }
    return true;
}

// ---- backward --------------------------------------------------------------

static void return_nth(double *target, const double *gradient,
                       const int64_t *spike, uint32_t size)
{
    for (uint32_t j = 0; j < size; j++)
        if (spike[j] >= 0)
            target[spike[j]] += gradient[j];
}

static bool return_sum(Observer *observer, const SnnObservable *o,
                       const LayerState *state, double *target,
                       const double *gradient)
{
    ByNeuron by;
    if (!sort_by_neuron(observer, state, &by))
        return false;
    Returning returning = {by.spikes, gradient, target};
    visit_all(observer, o, &by, add_gradient, &returning);
    return true;
}

static void return_state(const SnnObservable *o, LayerState *state,
                         const double *gradient)
{
    uint32_t size = state->layer->size;
    double *target = state->run.observed_gradient + (size_t)o->index * size;
    for (uint32_t j = 0; j < size; j++)
        target[j] += gradient[j];
}

bool observe_return_gradient(Observer *observer, LayerState *states,
                             const double *gradient)
{
    const SnnModule *module = observer->module;
    for (uint32_t k = 0; k < module->n_observables; k++) {
        const SnnObservable *o = &module->observables[k];
        LayerState *state = &states[o->layer];
        const double *g = gradient + o->offset;
        double *target = state->layer->is_input ? state->input_gradient
                                                : state->run.spike_gradient;
        if (o->kind == SNN_STATE)
            return_state(o, state, g);
        else if (!target || o->kind == SNN_SPIKE_COUNT)
            continue;
        else if (o->kind == SNN_NTH_SPIKE)
            return_nth(target, g, observer->spike + o->offset,
                       state->layer->size);
        else if (!return_sum(observer, o, state, target, g))
            return false;
    }
    return true;
}
