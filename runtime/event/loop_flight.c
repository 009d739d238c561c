// Spikes on their way in the event loop: when they arrive, and at which neurons
// (loop.h).
#include "event/loop.h"

#include <math.h>

static const SnnProjection *projection_of(const Loop *loop,
                                          const Flight *flight)
{
    return &loop->module->projections[flight->projection];
}

// ---- rows of synapses ------------------------------------------------------

static uint32_t row_length(const Loop *loop, const Flight *flight)
{
    const SnnProjection *p = projection_of(loop, flight);
    const WiringRows *rows = wiring_rows(loop->wiring, flight->projection);
    const uint32_t *first = rows          ? rows->first
                            : p->synapses ? p->synapses->first
                                          : NULL;
    return first ? first[flight->neuron + 1] - first[flight->neuron]
                 : loop->module->layers[p->target].size;
}

// How many of n targets until one repeats; they ascend.
static uint32_t count_different(const uint32_t *target, uint32_t n)
{
    uint32_t count = 1;
    while (count < n && target[count] > target[count - 1])
        count++;
    return count;
}

static double sent_at(const Loop *loop, const Flight *flight)
{
    uint32_t layer = projection_of(loop, flight)->source;
    const LayerState *state = &loop->states[layer];
    bool is_own = layer >= loop->first && layer < loop->end;
    return is_own ? state->run.spike_time[flight->spike]
                  : state->spikes.times[flight->spike];
}

uint32_t loop_run_length(const Loop *loop, const Flight *flight)
{
    const WiringRows *rows = wiring_rows(loop->wiring, flight->projection);
    const SnnSynapses *s = projection_of(loop, flight)->synapses;
    uint32_t n = row_length(loop, flight) - flight->place, count = 0;
    if (!rows)
        return !s || !s->has_repeats
                   ? n
                   : count_different(s->target + s->first[flight->neuron] +
                                         flight->place, n);
    size_t first = (size_t)rows->first[flight->neuron] + flight->place;
    double sent = sent_at(loop, flight);
    while (count < n && sent + rows->delay[first + count] == flight->time)
        count++;
    return count_different(rows->target + first, count);
}

void loop_fill_touch(const Loop *loop, const LoopEvent *event,
                     SnnTouch *out_touch)
{
    const Flight *flight = &event->flight;
    const SnnProjection *p = projection_of(loop, flight);
    const SnnLayerRun *run = &loop->states[p->target].run;
    const WiringRows *rows = wiring_rows(loop->wiring, flight->projection);
    const SnnSynapses *s = p->synapses;
    *out_touch = (SnnTouch){
        .time = flight->time,
        .count = event->count,
        .weights = run->parameters[p->parameter],
        .weight_gradients =
            run->gradients ? run->gradients[p->parameter] : NULL,
    };
    if (rows) {
        size_t first = (size_t)rows->first[flight->neuron] + flight->place;
        out_touch->neurons = rows->target + first;
        out_touch->weight = rows->weight + first;
    } else if (s) {
        size_t first = (size_t)s->first[flight->neuron] + flight->place;
        out_touch->neurons = s->target + first;
        out_touch->weight = s->weight ? s->weight + first : NULL;
        out_touch->first_weight = (int64_t)first;
    } else {
        size_t stride = loop->module->parameters[p->parameter].stride;
        out_touch->first_weight = (int64_t)(flight->neuron * stride);
    }
}

// ---- their way -------------------------------------------------------------

// Sets the time of the arrival at flight->place of a spike sent at `sent`.
// False: there is none, or none within the sample.
static bool aim(const Loop *loop, Flight *flight, double sent)
{
    const WiringRows *rows = wiring_rows(loop->wiring, flight->projection);
    const SnnProjection *p = projection_of(loop, flight);
    if (flight->place == row_length(loop, flight))
        return false;
    const void *delays =
        p->delay_parameter == SNN_NONE
            ? NULL
            : loop->states[p->target].run.parameters[p->delay_parameter];
    flight->time =
        sent + (rows ? rows->delay[rows->first[flight->neuron] + flight->place]
                     : stream_delay(loop->module, p, delays, flight->neuron));
    return flight->time < loop->module->duration;
}

bool loop_send(Loop *loop, const LoopSource *source, double time,
               uint32_t neuron, uint32_t spike)
{
    for (uint32_t k = 0; k < source->n_projections; k++) {
        Flight flight = {time, source->projections[k], neuron, spike, 0};
        if (aim(loop, &flight, time) && !queue_push(&loop->queue, flight))
            return false;
    }
    return true;
}

void loop_go_on(Loop *loop, uint32_t count)
{
    Flight flight = *queue_first(&loop->queue);
    flight.place += count;
    if (aim(loop, &flight, sent_at(loop, &flight)))
        queue_delay(&loop->queue, flight.time, flight.place);
    else
        queue_pop(&loop->queue);
}

double loop_next_sent(const Loop *loop, uint32_t *out_source)
{
    double least = loop->module->duration;
    *out_source = SNN_NONE;
    for (uint32_t s = loop->end - loop->first; s < loop->n_sources; s++) {
        const LoopSource *source = &loop->sources[s];
        const SpikeList *spikes = &loop->states[source->layer].spikes;
        if (source->next < spikes->count &&
            spikes->times[source->next] < least) {
            least = spikes->times[source->next];
            *out_source = s;
        }
    }
    return *out_source == SNN_NONE ? INFINITY : least;
}

bool loop_send_next(Loop *loop, uint32_t which)
{
    LoopSource *source = &loop->sources[which];
    const SpikeList *spikes = &loop->states[source->layer].spikes;
    size_t k = source->next++;
    return loop_send(loop, source, spikes->times[k], spikes->neurons[k],
                     (uint32_t)k);
}
