// Memory of an event loop (loop.h).
#include "event/loop.h"

// Handlers may store whole vectors: at most 64 neurons.
enum { PADDING = 64 };

static bool is_own(const Loop *loop, uint32_t layer)
{
    return layer >= loop->first && layer < loop->end;
}

static bool enters(const Loop *loop, uint32_t projection, uint32_t source)
{
    const SnnProjection *p = &loop->module->projections[projection];
    return p->source == source && is_own(loop, p->target);
}

static void add_source(Loop *loop, uint32_t layer, uint32_t **memory)
{
    LoopSource *source = &loop->sources[loop->n_sources];
    *source = (LoopSource){.layer = layer, .projections = *memory};
    for (uint32_t k = 0; k < loop->module->n_projections; k++)
        if (enters(loop, k, layer))
            (*memory)[source->n_projections++] = k;
    *memory += source->n_projections;
    if (source->n_projections > 0 || is_own(loop, layer))
        loop->n_sources++;
}

static void list_sources(Loop *loop)
{
    uint32_t *memory = loop->projections;
    for (uint32_t l = loop->first; l < loop->end; l++)
        add_source(loop, l, &memory);
    for (uint32_t l = 0; l < loop->first; l++)
        add_source(loop, l, &memory);
}

static bool number_neurons(Loop *loop)
{
    uint64_t n = 0;
    for (uint32_t l = loop->first; l < loop->end; l++) {
        loop->base[l - loop->first] = (uint32_t)n;
        n += (loop->module->layers[l].size + PADDING - 1) / PADDING * PADDING;
        if (n > INT32_MAX)
            return false;
    }
    loop->n_neurons = (uint32_t)n;
    return true;
}

static bool new_touched(Loop *loop)
{
    for (uint32_t l = loop->first; l < loop->end; l++) {
        LoopTouched *touched = &loop->touched[l - loop->first];
        touched->own =
            memory_array(loop->module->layers[l].size, sizeof(uint32_t));
        if (!touched->own)
            return false;
    }
    return true;
}

static bool new_gradients(Loop *loop)
{
    uint32_t longest = 0;
    for (uint32_t k = 0; k < loop->module->n_projections; k++) {
        const WiringRows *rows = wiring_rows(loop->wiring, k);
        for (uint32_t i = 0; rows && i < rows->n_sources; i++)
            if (rows->first[i + 1] - rows->first[i] > longest)
                longest = rows->first[i + 1] - rows->first[i];
    }
    loop->run_gradients = memory_array(longest, sizeof(double));
    loop->delay_gradients =
        memory_array(loop->module->n_projections, sizeof(double));
    return loop->run_gradients && loop->delay_gradients;
}

bool loop_new(Loop *loop, const SnnModule *module, const Wiring *wiring,
              LayerState *states, uint32_t first)
{
    *loop = (Loop){.module = module, .wiring = wiring, .states = states,
                   .first = first, .end = first + 1};
    uint32_t block = module->layers[first].block;
    while (loop->end < module->n_layers &&
           module->layers[loop->end].block == block)
        loop->end++;
    uint32_t n_layers = loop->end - first;
    loop->base = memory_array(n_layers, sizeof(uint32_t));
    loop->touched = memory_array(n_layers, sizeof(LoopTouched));
    loop->sources = memory_array(loop->end, sizeof(LoopSource));
    loop->projections = memory_array(module->n_projections, sizeof(uint32_t));
    if (!loop->base || !loop->touched || !loop->sources ||
        !loop->projections || !number_neurons(loop))
        return false;
    list_sources(loop);
    loop->next_time = memory_array(loop->n_neurons, sizeof(double));
    loop->next_wakes = memory_array(loop->n_neurons, sizeof(uint32_t));
    loop->n_spikes = memory_array(loop->n_neurons, sizeof(uint32_t));
    loop->round_of = memory_array(loop->n_neurons, sizeof(uint32_t));
    return loop->next_time && loop->next_wakes && loop->n_spikes &&
           loop->round_of &&
           heap_new(&loop->heap, loop->next_time, loop->n_neurons) &&
           new_touched(loop) && new_gradients(loop);
}

void loop_free(Loop *loop)
{
    for (uint32_t l = loop->first; loop->touched && l < loop->end; l++)
        memory_free(loop->touched[l - loop->first].own);
    memory_free(loop->base);
    memory_free(loop->touched);
    memory_free(loop->sources);
    memory_free(loop->projections);
    memory_free(loop->next_time);
    memory_free(loop->next_wakes);
    memory_free(loop->n_spikes);
    memory_free(loop->round_of);
    memory_free(loop->run_gradients);
    memory_free(loop->delay_gradients);
    heap_free(&loop->heap);
    queue_free(&loop->queue);
    buffer_free(&loop->log);
    *loop = (Loop){0};
}

size_t loop_bytes(const Loop *loop)
{
    size_t each = sizeof(double) + 3 * sizeof(uint32_t) + HEAP_ITEM_BYTES;
    return loop->n_neurons * each + loop->queue.flights.capacity +
           loop->log.capacity;
}
