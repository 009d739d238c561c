// Slices of arrivals that one spike sends one after the other (slices.h): all
// synaptic events of a sample, sorted by (time, projection, source neuron).
#include "event/slices/slices.h"

#include <string.h>
#include "core/sort.h"

struct SpreadEvent {
    uint32_t arrival;           // of the run: the spike, over its projection
    uint32_t target;
    uint32_t weight, delay;     // elements of their parameters' arrays
    uint32_t at;                // its place in the slices
};

static const SnnProjection *projection_of(const Slices *slices,
                                          const SnnLayerRun *run,
                                          uint32_t arrival)
{
    uint32_t which = run->arrival_projection[arrival];
    return &slices->module->projections[slices->layer->projections[which]];
}

static const WiringRows *rows_of(const Slices *slices, const SnnLayerRun *run,
                                 uint32_t arrival)
{
    uint32_t which = run->arrival_projection[arrival];
    return wiring_rows(slices->wiring, slices->layer->projections[which]);
}

bool slices_spread(const Slices *slices)
{
    const SnnLayer *layer = slices->layer;
    for (uint32_t k = 0; k < layer->n_projections; k++)
        if (wiring_rows(slices->wiring, layer->projections[k]))
            return true;
    return false;
}

// ---- events ----------------------------------------------------------------

// Sources of the projections before.
static uint32_t first_source(const Slices *slices, uint32_t which)
{
    uint32_t first = 0;
    for (uint32_t k = 0; k < which; k++) {
        uint32_t index = slices->layer->projections[k];
        uint32_t source = slices->module->projections[index].source;
        first += slices->module->layers[source].size;
    }
    return first;
}

static void add_event(Slices *slices, const SpreadEvent *event, double time,
                      uint32_t source)
{
    SpreadEvent *events = slices->events.data;
    SortKey *keys = slices->keys.data;
    size_t e = slices->n_events;
    if (!(time < slices->module->duration))
        return;
    events[e] = *event;
    keys[e] = (SortKey){sort_time_bits(time), source, (uint32_t)e};
    slices->n_events++;
}

static void list_spread(Slices *slices, const SnnLayerRun *run,
                        uint32_t arrival, double time, uint32_t source)
{
    const WiringRows *rows = rows_of(slices, run, arrival);
    uint32_t row = run->arrival_row[arrival];
    for (uint32_t k = rows->first[row]; k < rows->first[row + 1]; k++) {
        SpreadEvent event = {arrival, rows->target[k], rows->weight[k],
                             rows->element[k], 0};
        add_event(slices, &event, time + rows->delay[k], source);
    }
}

static void list_together(Slices *slices, const SnnLayerRun *run,
                          uint32_t arrival, double time, uint32_t source)
{
    SliceRow row = slices_row(slices, run, arrival);
    for (uint32_t k = 0; k < row.count; k++) {
        size_t weight = row.weight ? row.weight[k] : row.first + k;
        SpreadEvent event = {arrival, row.target ? row.target[k] : k,
                             (uint32_t)weight, SNN_NONE, 0};
        add_event(slices, &event, time, source);
    }
}

static void list_arrival(Slices *slices, const SnnLayerRun *run,
                         uint32_t arrival, double time)
{
    uint32_t which = run->arrival_projection[arrival];
    uint32_t source = first_source(slices, which) + run->arrival_row[arrival];
    if (rows_of(slices, run, arrival))
        list_spread(slices, run, arrival, time, source);
    else
        list_together(slices, run, arrival, time, source);
}

static bool reserve(Slices *slices, const SnnLayerRun *run, size_t n_arrivals)
{
    size_t n = 0;
    for (size_t a = 0; a < n_arrivals; a++)
        n += slices_row(slices, run, a).count;
    return n < UINT32_MAX &&
           buffer_reserve(&slices->events, n * sizeof(SpreadEvent)) &&
           buffer_reserve(&slices->keys, n * sizeof(SortKey)) &&
           buffer_reserve(&slices->spare, n * sizeof(SortKey));
}

bool slices_list_spread(Slices *slices, const SnnLayerRun *run,
                        size_t n_arrivals)
{
    if (!reserve(slices, run, n_arrivals))
        return false;
    slices->n_events = 0;
    for (int64_t g = 0; g < run->n_groups; g++)
        for (uint32_t a = run->group_first[g]; a < run->group_first[g + 1]; a++)
            list_arrival(slices, run, a, run->group_time[g]);
    const SpreadEvent *events = slices->events.data;
    memset(slices->count, 0, slices->layer->size * sizeof(uint32_t));
    for (size_t e = 0; e < slices->n_events; e++)
        slices->count[events[e].target]++;
    return true;
}

// ---- places ----------------------------------------------------------------

static void put_event(Slices *slices, const SnnLayerRun *run,
                      SpreadEvent *event, uint64_t time_bits)
{
    const SnnProjection *p = projection_of(slices, run, event->arrival);
    uint32_t at = slices->next[event->target];
    slices->next[event->target] = at + slices->lanes;
    event->at = at;
    memcpy(&run->slice_time[at], &time_bits, sizeof time_bits);
    slices_copy(run->slice_weight, at, run->parameters[p->parameter],
                event->weight, slices->module->real_size);
    if (run->slice_port)
        run->slice_port[at] = p->port;
}

void slices_put_spread(Slices *slices, const SnnLayerRun *run)
{
    SpreadEvent *events = slices->events.data;
    const SortKey *keys =
        sort_keys(slices->keys.data, slices->spare.data, slices->n_events);
    for (size_t k = 0; k < slices->n_events; k++)
        put_event(slices, run, &events[keys[k].index], keys[k].time);
}

static void take_event(const Slices *slices, const SnnLayerRun *run,
                       const SpreadEvent *event)
{
    const SnnProjection *p = projection_of(slices, run, event->arrival);
    uint32_t real_size = slices->module->real_size;
    void *weights = run->gradients[p->parameter], *delays = NULL;
    if (event->delay != SNN_NONE)
        delays = run->gradients[p->delay_parameter];
    if (weights)
        slices_add(weights, event->weight, run->slice_weight_gradient,
                   event->at, real_size);
    if (!run->arrival_gradient)
        return;
    run->arrival_gradient[event->arrival] +=
        slices_get(run->slice_time_gradient, event->at, real_size);
    if (delays)
        slices_add(delays, event->delay, run->slice_time_gradient, event->at,
                   real_size);
}

void slices_return_spread(Slices *slices, SnnLayerRun *run)
{
    const SpreadEvent *events = slices->events.data;
    for (size_t e = slices->n_events; e-- > 0;)
        take_event(slices, run, &events[e]);
}
