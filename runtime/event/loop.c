// The event loop, forward (loop.h).
#include "event/loop.h"

#include <math.h>
#include "core/real.h"

// A neuron's spikes in a sample, and rounds at one instant: more have no end.
enum { ENDLESS = 1 << 20 };

static const SnnLayer *layer_of(const Loop *loop, uint32_t layer)
{
    return &loop->module->layers[layer];
}

static uint32_t global_of(const Loop *loop, uint32_t layer, uint32_t neuron)
{
    return loop->base[layer - loop->first] + neuron;
}

static LoopError fail(const Loop *loop, int32_t status, uint32_t layer,
                      int64_t neuron)
{
    SnnLayerRun *run = &loop->states[layer].run;
    run->error_neuron = neuron;
    run->error_time = loop->now;
    return (LoopError){status, layer};
}

static const LoopError fine = {SNN_OK, 0};

// ---- the log ---------------------------------------------------------------

static LoopEvent *log_event(Loop *loop, Flight flight, uint32_t count)
{
    size_t need = (loop->log_count + 1) * sizeof(LoopEvent);
    if (!buffer_reserve(&loop->log, need))
        return NULL;
    LoopEvent *event = (LoopEvent *)loop->log.data + loop->log_count++;
    *event = (LoopEvent){flight, count, 0};
    return event;
}

// ---- predictions -----------------------------------------------------------

static LoopError predict(Loop *loop, uint32_t layer, const uint32_t *neurons,
                         uint32_t count)
{
    const SnnHandlers *handlers = layer_of(loop, layer)->handlers;
    SnnTouch touch = {.time = loop->now, .count = count,
                      .neurons = (uint32_t *)neurons};
    if (!handlers->predict)
        return fine;
    int32_t status = handlers->predict(&loop->states[layer].run, &touch);
    if (status != SNN_OK)
        return fail(loop, status, layer, -1);
    uint32_t base = global_of(loop, layer, 0);
    for (uint32_t k = 0; k < count; k++)
        heap_update(&loop->heap, base + (neurons ? neurons[k] : k));
    return fine;
}

// ---- a spike ---------------------------------------------------------------

static uint32_t layer_of_global(const Loop *loop, uint32_t global)
{
    uint32_t low = 0, high = loop->end - loop->first;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (loop->base[middle] <= global)
            low = middle;
        else
            high = middle;
    }
    return loop->first + low;
}

static LoopError fire(Loop *loop)
{
    uint32_t global = heap_first(&loop->heap);
    uint32_t layer = layer_of_global(loop, global);
    uint32_t neuron = global - global_of(loop, layer, 0);
    SnnTouch touch = {.time = loop->now, .count = 1, .neurons = &neuron};
    if (++loop->n_spikes[global] > ENDLESS)
        return fail(loop, SNN_RUNAWAY, layer, neuron);
    int32_t status = layer_of(loop, layer)->handlers->fire(
        &loop->states[layer].run, &touch);
    if (status != SNN_OK)
        return fail(loop, status, layer, neuron);
    uint32_t spike = (uint32_t)touch.first_spike;
    Flight event = {loop->now, LOOP_SPIKE, neuron, spike, layer};
    const LoopSource *source = &loop->sources[layer - loop->first];
    if (!log_event(loop, event, 1) ||
        !loop_send(loop, source, loop->now, neuron, spike))
        return fail(loop, SNN_NO_MEMORY, layer, neuron);
    return predict(loop, layer, &neuron, 1);
}

// ---- the end of a refractory period -----------------------------------------

static bool wakes(const Loop *loop, uint32_t global)
{
    uint32_t layer = layer_of_global(loop, global);
    return layer_of(loop, layer)->handlers->wake && loop->next_wakes[global];
}

static LoopError wake(Loop *loop)
{
    uint32_t global = heap_first(&loop->heap);
    uint32_t layer = layer_of_global(loop, global);
    uint32_t neuron = global - global_of(loop, layer, 0);
    SnnTouch touch = {.time = loop->now, .count = 1, .neurons = &neuron};
    int32_t status = layer_of(loop, layer)->handlers->wake(
        &loop->states[layer].run, &touch);
    Flight event = {loop->now, LOOP_WAKE, neuron, 0, layer};
    if (status == SNN_OK && !log_event(loop, event, 1))
        status = SNN_NO_MEMORY;
    return status == SNN_OK ? predict(loop, layer, &neuron, 1)
                            : fail(loop, status, layer, neuron);
}

// ---- a round of arrivals ---------------------------------------------------

// Several lists of one round become one, without repetition.
static void list_own(Loop *loop, uint32_t layer, const uint32_t *list,
                     uint32_t count)
{
    LoopTouched *touched = &loop->touched[layer - loop->first];
    uint32_t base = global_of(loop, layer, 0);
    for (uint32_t k = 0; k < count; k++) {
        if (loop->round_of[base + list[k]] == loop->round)
            continue;
        loop->round_of[base + list[k]] = loop->round;
        touched->own[touched->count++] = list[k];
    }
}

static void add_touched(Loop *loop, uint32_t layer, const SnnTouch *touch)
{
    LoopTouched *touched = &loop->touched[layer - loop->first];
    uint32_t count = (uint32_t)touch->count;
    if (!touch->neurons || touched->all) {
        touched->all = true;
    } else if (!touched->list) {
        touched->list = touch->neurons;
        touched->count = count;
    } else {
        if (touched->list != touched->own) {
            const uint32_t *before = touched->list;
            uint32_t n = touched->count;
            touched->list = touched->own;
            touched->count = 0;
            list_own(loop, layer, before, n);
        }
        list_own(loop, layer, touch->neurons, count);
    }
}

// The first flight's arrivals at one instant, one run of them.
static LoopError receive(Loop *loop)
{
    Flight flight = *queue_first(&loop->queue);
    const SnnProjection *p = &loop->module->projections[flight.projection];
    const SnnLayer *target = layer_of(loop, p->target);
    const LoopEvent *event =
        log_event(loop, flight, loop_run_length(loop, &flight));
    SnnTouch touch;
    if (!event)
        return fail(loop, SNN_NO_MEMORY, p->target, -1);
    loop_fill_touch(loop, event, &touch);
    loop_fetch_next(loop);
    int32_t status = target->handlers->receive[p->port](
        &loop->states[p->target].run, &touch);
    if (status != SNN_OK)
        return fail(loop, status, p->target, -1);
    add_touched(loop, p->target, &touch);
    loop_go_on(loop, event->count);
    return fine;
}

static LoopError settle(Loop *loop, uint32_t layer)
{
    LoopTouched *touched = &loop->touched[layer - loop->first];
    uint32_t count = touched->all ? layer_of(loop, layer)->size
                                  : touched->count;
    const uint32_t *list = touched->all ? NULL : touched->list;
    touched->all = false;
    touched->list = NULL;
    touched->count = 0;
    return count > 0 ? predict(loop, layer, list, count) : fine;
}

static LoopError arrive(Loop *loop)
{
    loop->round++;
    while (queue_least(&loop->queue) == loop->now) {
        LoopError error = receive(loop);
        if (error.status != SNN_OK)
            return error;
    }
    for (uint32_t l = loop->first; l < loop->end; l++) {
        LoopError error = settle(loop, l);
        if (error.status != SNN_OK)
            return error;
    }
    if (++loop->rounds_here > ENDLESS)
        return fail(loop, SNN_RUNAWAY, loop->first, 0);
    return fine;
}

// ---- a sample --------------------------------------------------------------

static LoopError start(Loop *loop)
{
    heap_clear(&loop->heap);
    loop->queue.count = 0;
    loop->log_count = 0;
    loop->now = 0;
    loop->rounds_here = 0;
    for (uint32_t s = 0; s < loop->n_sources; s++)
        loop->sources[s].next = 0;
    for (uint32_t k = 0; k < loop->n_neurons; k++)
        loop->n_spikes[k] = 0;
    for (uint32_t l = loop->first; l < loop->end; l++) {
        LayerState *state = &loop->states[l];
        state->n_arrivals = 0;
        state->run.n_groups = 0;
        state->run.next_time = loop->next_time + global_of(loop, l, 0);
        state->run.next_wakes = loop->next_wakes + global_of(loop, l, 0);
        if (!layer_begin_forward(state))
            return fail(loop, SNN_NO_MEMORY, l, -1);
        int32_t status = state->layer->handlers->start(&state->run);
        if (status != SNN_OK)
            return fail(loop, status, l, -1);
        LoopError error = predict(loop, l, NULL, state->layer->size);
        if (error.status != SNN_OK)
            return error;
    }
    return fine;
}

static LoopError step(Loop *loop, double predicted, double arriving,
                      double sent, uint32_t source)
{
    double now = fmin(predicted, fmin(arriving, sent));
    if (now > loop->now)
        loop->rounds_here = 0;
    loop->now = now;
    if (sent == now)
        return loop_send_next(loop, source) ? fine
                                       : fail(loop, SNN_NO_MEMORY, loop->first,
                                              -1);
    if (predicted != now)
        return arrive(loop);
    return wakes(loop, heap_first(&loop->heap)) ? wake(loop) : fire(loop);
}

LoopError loop_forward(Loop *loop)
{
    LoopError error = start(loop);
    while (error.status == SNN_OK) {
        uint32_t source;
        double sent = loop_next_sent(loop, &source);
        double predicted = heap_least(&loop->heap);
        double arriving = queue_least(&loop->queue);
        if (isinf(sent) && isinf(predicted) && isinf(arriving))
            break;
        error = step(loop, predicted, arriving, sent, source);
    }
    for (uint32_t l = loop->first; l < loop->end && error.status == SNN_OK;
         l++) {
        int32_t status =
            layer_of(loop, l)->handlers->finish(&loop->states[l].run);
        if (status != SNN_OK)
            error = fail(loop, status, l, -1);
    }
    return error;
}
