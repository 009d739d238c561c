// The event loop, backward: the log in reverse (loop.h).
#include "event/loop.h"

#include "core/real.h"
#include "topology/topology.h"

static LoopError failed(int32_t status, uint32_t layer)
{
    return (LoopError){status, layer};
}

// Where the gradient of a spike's time adds up; NULL: nobody asks.
static double *spike_gradient(const Loop *loop, uint32_t layer, uint32_t spike)
{
    LayerState *state = &loop->states[layer];
    if (state->layer->is_input)
        return state->input_gradient ? &state->input_gradient[spike] : NULL;
    bool own = layer >= loop->first && layer < loop->end;
    uint32_t number = own ? spike : state->spikes.origins[spike];
    return &state->run.spike_gradient[number];
}

// The array that a projection's delays add to; NULL: they are not learned.
static void *delay_gradients(const Loop *loop, const SnnProjection *p)
{
    return p->delay_parameter == SNN_NONE
               ? NULL
               : loop->states[p->target].run.gradients[p->delay_parameter];
}

// A delay moves all arrivals that it delays.
static void add_to_delay(const Loop *loop, const LoopEvent *event,
                         const SnnTouch *touch)
{
    const Flight *flight = &event->flight;
    const SnnProjection *p = &loop->module->projections[flight->projection];
    const WiringRows *rows = wiring_rows(loop->wiring, flight->projection);
    uint32_t size = loop->module->real_size;
    void *gradients = delay_gradients(loop, p);
    if (!gradients)
        return;
    const uint32_t *element =
        rows ? rows->element + rows->first[flight->neuron] + flight->place
             : NULL;
    for (uint32_t k = 0; rows && k < event->count; k++)
        real_add(gradients, size, element[k], touch->time_gradients[k]);
    if (p->delay_per == SNN_PER_SOURCE)
        real_add(gradients, size, flight->neuron, touch->time_gradient);
    else if (!rows)
        loop->delay_gradients[flight->projection] += touch->time_gradient;
}

static LoopError undo_arrivals(const Loop *loop, const LoopEvent *event)
{
    const Flight *flight = &event->flight;
    const SnnProjection *p = &loop->module->projections[flight->projection];
    LayerState *target = &loop->states[p->target];
    SnnTouch touch;
    loop_fill_touch(loop, event, &touch);
    loop_fetch_records(loop, p->target, &touch);
    if (wiring_rows(loop->wiring, flight->projection) &&
        delay_gradients(loop, p))
        touch.time_gradients = loop->run_gradients;
    int32_t status =
        target->layer->handlers->unreceive[p->port](&target->run, &touch);
    double *gradient = spike_gradient(loop, p->source, flight->spike);
    if (gradient)
        *gradient += touch.time_gradient;
    add_to_delay(loop, event, &touch);
    return failed(status, p->target);
}

// A spike, or the end of a refractory period.
static bool is_own_event(const LoopEvent *event)
{
    return event->flight.projection >= LOOP_WAKE;
}

static LoopError undo_spike(const Loop *loop, const LoopEvent *event)
{
    uint32_t layer = event->flight.place;
    LayerState *state = &loop->states[layer];
    uint32_t neuron = event->flight.neuron;
    SnnTouch touch = {.time = event->flight.time, .count = 1,
                      .neurons = &neuron, .first_spike = event->flight.spike};
    const SnnHandlers *handlers = state->layer->handlers;
    bool wakes = event->flight.projection == LOOP_WAKE;
    return failed((wakes ? handlers->unwake : handlers->unfire)(&state->run,
                                                                &touch), layer);
}

static void start_delays(Loop *loop)
{
    for (uint32_t k = 0; k < loop->module->n_projections; k++)
        loop->delay_gradients[k] = 0;
}

static void finish_delays(const Loop *loop)
{
    for (uint32_t k = 0; k < loop->module->n_projections; k++) {
        const SnnProjection *p = &loop->module->projections[k];
        if (loop->delay_gradients[k] != 0)
            real_add(delay_gradients(loop, p), loop->module->real_size, 0,
                     loop->delay_gradients[k]);
    }
}

LoopError loop_backward(Loop *loop)
{
    LoopError error = {SNN_OK, 0};
    start_delays(loop);
    for (uint32_t l = loop->first; l < loop->end && error.status == SNN_OK; l++)
        error = failed(loop->states[l].layer->handlers->start_back(
                           &loop->states[l].run), l);
    const LoopEvent *log = loop->log.data;
    for (size_t k = loop->log_count; k-- > 0 && error.status == SNN_OK;)
        error = is_own_event(&log[k])
                    ? undo_spike(loop, &log[k])
                    : undo_arrivals(loop, &log[k]);
    for (uint32_t l = loop->first; l < loop->end && error.status == SNN_OK; l++)
        error = failed(loop->states[l].layer->handlers->finish_back(
                           &loop->states[l].run), l);
    finish_delays(loop);
    return error;
}

void loop_mark(const Loop *loop, uint8_t *const *flags)
{
    const LoopEvent *log = loop->log.data;
    for (size_t k = 0; k < loop->log_count; k++) {
        const Flight *flight = &log[k].flight;
        if (is_own_event(&log[k]) || flight->place > 0)
            continue; // a row's first run marks all of it
        const SnnProjection *p = &loop->module->projections[flight->projection];
        if (flags[p->parameter])
            topology_mark(loop->module, flight->projection, flight->neuron,
                          flags[p->parameter]);
        if (wiring_rows(loop->wiring, flight->projection) &&
            flags[p->delay_parameter])
            wiring_mark(loop->wiring, flight->projection, flight->neuron,
                        flags[p->delay_parameter]);
    }
}
