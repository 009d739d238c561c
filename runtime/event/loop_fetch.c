// What the loop will need soon is fetched into the caches (loop.h). Nothing
// here changes what happens.
#include "event/loop.h"

// A row whose neurons are worth the trouble, from `begin` on.
typedef struct Row {
    uint32_t layer;              // of its targets
    const uint32_t *target;
    uint32_t count;
} Row;

enum { LONGEST = 256, LINE_WORDS = 16 };

static void fetch_neurons(const Loop *loop, Row row)
{
    size_t bytes = loop->module->layers[row.layer].record_bytes;
    const SnnLayerRun *run = &loop->states[row.layer].run;
    const HeapSlot *slots =
        loop->heap.slots + loop->base[row.layer - loop->first];
    for (uint32_t k = 0; k < row.count; k++) {
        uint32_t neuron = row.target[k];
        __builtin_prefetch(run->scratch + neuron * bytes, 1);
        __builtin_prefetch(&run->next_time[neuron], 1);
        __builtin_prefetch(&slots[neuron], 1);
    }
}

static void fetch_targets(Row row)
{
    for (uint32_t k = 0; k < row.count; k += LINE_WORDS)
        __builtin_prefetch(row.target + k);
}

// The row of a source over a projection from `place` on; empty where the
// layer keeps no records.
static Row row_of(const Loop *loop, uint32_t projection, uint32_t neuron,
                  uint32_t place)
{
    const SnnProjection *p = &loop->module->projections[projection];
    const WiringRows *rows = wiring_rows(loop->wiring, projection);
    const SnnSynapses *s = p->synapses;
    Row row = {p->target, NULL, 0};
    if (!s || loop->module->layers[p->target].record_bytes == 0)
        return row;
    const uint32_t *first = rows ? rows->first : s->first;
    const uint32_t *target = rows ? rows->target : s->target;
    uint32_t n = first[neuron + 1] - first[neuron] - place;
    row.target = target + first[neuron] + place;
    row.count = n < LONGEST ? n : LONGEST;
    return row;
}

static const LoopSource *source_of(const Loop *loop, uint32_t global,
                                   uint32_t *out_neuron)
{
    uint32_t layer = loop->first;
    while (layer + 1 < loop->end &&
           loop->base[layer + 1 - loop->first] <= global)
        layer++;
    *out_neuron = global - loop->base[layer - loop->first];
    return &loop->sources[layer - loop->first];
}

// Whether a spike arrives when it is sent.
static bool is_at_once(const Loop *loop, uint32_t projection)
{
    const SnnProjection *p = &loop->module->projections[projection];
    return p->delay == 0 && p->delay_parameter == SNN_NONE;
}

static void fetch_spike(const Loop *loop, uint32_t global, bool only_rows)
{
    uint32_t neuron;
    const LoopSource *source = source_of(loop, global, &neuron);
    for (uint32_t k = 0; k < source->n_projections; k++) {
        uint32_t projection = source->projections[k];
        if (!is_at_once(loop, projection))
            continue;
        Row row = row_of(loop, projection, neuron, 0);
        if (only_rows)
            fetch_targets(row);
        else
            fetch_neurons(loop, row);
    }
}

void loop_fetch_next(Loop *loop)
{
    const Flight *flight = queue_second(&loop->queue);
    double spike = heap_least(&loop->heap);
    if (flight && flight->time <= spike)
        fetch_neurons(loop, row_of(loop, flight->projection, flight->neuron,
                                   flight->place));
    else if (spike < INFINITY)
        fetch_spike(loop, heap_first(&loop->heap), false);
    if (loop->heap.count > 1)
        fetch_spike(loop, heap_second(&loop->heap), true);
}

void loop_fetch_records(const Loop *loop, uint32_t layer,
                        const SnnTouch *touch)
{
    size_t bytes = loop->module->layers[layer].record_bytes;
    const unsigned char *records = loop->states[layer].run.scratch;
    for (int64_t k = 0; bytes && touch->neurons && k < touch->count; k++)
        __builtin_prefetch(records + touch->neurons[k] * bytes, 1);
}
