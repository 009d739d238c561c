// Building rows and keeping them in order (wiring.h).
#include "event/wiring.h"

#include "core/real.h"
#include "core/sort.h"

bool wiring_spreads(const SnnProjection *projection)
{
    return projection->delay_parameter != SNN_NONE &&
           projection->delay_per != SNN_PER_PROJECTION &&
           projection->delay_per != SNN_PER_SOURCE;
}

const WiringRows *wiring_rows(const Wiring *wiring, uint32_t projection)
{
    const WiringRows *rows = &wiring->rows[projection];
    return rows->first ? rows : NULL;
}

// ---- building --------------------------------------------------------------

static bool new_rows(WiringRows *rows, uint32_t n_sources, uint64_t n)
{
    rows->n_sources = n_sources;
    rows->first = memory_array((size_t)n_sources + 1, sizeof(uint32_t));
    rows->target = memory_array(n, sizeof(uint32_t));
    rows->weight = memory_array(n, sizeof(uint32_t));
    rows->element = memory_array(n, sizeof(uint32_t));
    rows->delay = memory_array(n, sizeof(double));
    return n < UINT32_MAX && rows->first && rows->target && rows->weight &&
           rows->element && rows->delay;
}

// Row i of a table: delays per synapse are numbered as weights per synapse are.
static void fill_from_table(WiringRows *rows, const SnnModule *module,
                            const SnnProjection *p, uint32_t i)
{
    const SnnSynapses *s = p->synapses;
    const SnnParameter *delay = &module->parameters[p->delay_parameter];
    bool renumbers = s->weight && module->parameters[p->parameter].shape ==
                                      SNN_FLAT_SYNAPSES;
    for (uint32_t k = s->first[i]; k < s->first[i + 1]; k++) {
        uint32_t j = s->target[k];
        rows->target[k] = j;
        rows->weight[k] = s->weight ? s->weight[k] : k;
        rows->element[k] = p->delay_per == SNN_PER_TARGET ? j
                           : delay->shape == SNN_DENSE ? i * delay->stride + j
                           : renumbers                 ? s->weight[k]
                                                       : k;
    }
}

static void fill_dense(WiringRows *rows, const SnnModule *module,
                       const SnnProjection *p, uint32_t i)
{
    uint32_t weight = i * module->parameters[p->parameter].stride;
    uint32_t delay = p->delay_per == SNN_PER_TARGET
                         ? 0
                         : i * module->parameters[p->delay_parameter].stride;
    uint32_t first = rows->first[i], n = rows->first[i + 1] - first;
    for (uint32_t j = 0; j < n; j++) {
        rows->target[first + j] = j;
        rows->weight[first + j] = weight + j;
        rows->element[first + j] = delay + j;
    }
}

// By target, whatever the delays are.
static void fill_row(WiringRows *rows, const SnnModule *module,
                     const SnnProjection *p, uint32_t i)
{
    if (p->synapses)
        fill_from_table(rows, module, p, i);
    else
        fill_dense(rows, module, p, i);
}

static bool build(WiringRows *rows, const SnnModule *module,
                  const SnnProjection *p)
{
    uint32_t n = module->layers[p->source].size;
    uint64_t m = module->layers[p->target].size;
    if (!new_rows(rows, n, p->synapses ? p->synapses->n_synapses : n * m))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        rows->first[i + 1] = p->synapses ? p->synapses->first[i + 1]
                                         : (uint32_t)((i + 1) * m);
        fill_row(rows, module, p, i);
    }
    return true;
}

bool wiring_new(Wiring *wiring, const SnnModule *module)
{
    *wiring = (Wiring){.module = module};
    wiring->rows = memory_array(module->n_projections, sizeof(WiringRows));
    if (!wiring->rows)
        return false;
    for (uint32_t k = 0; k < module->n_projections; k++) {
        const SnnProjection *p = &module->projections[k];
        if (wiring_spreads(p) && !build(&wiring->rows[k], module, p))
            return false;
    }
    return true;
}

void wiring_free(Wiring *wiring)
{
    uint32_t n = wiring->rows ? wiring->module->n_projections : 0;
    for (uint32_t k = 0; k < n; k++) {
        WiringRows *rows = &wiring->rows[k];
        memory_free(rows->first);
        memory_free(rows->target);
        memory_free(rows->weight);
        memory_free(rows->element);
        memory_free(rows->delay);
    }
    memory_free(wiring->rows);
    buffer_free(&wiring->keys);
    buffer_free(&wiring->spare);
    *wiring = (Wiring){0};
}

size_t wiring_bytes(const Wiring *wiring)
{
    size_t bytes = wiring->keys.capacity + wiring->spare.capacity;
    size_t each = sizeof(double) + 3 * sizeof(uint32_t);
    for (uint32_t k = 0; k < wiring->module->n_projections; k++) {
        const WiringRows *rows = &wiring->rows[k];
        if (rows->first)
            bytes += rows->first[rows->n_sources] * each +
                     (rows->n_sources + 1) * sizeof(uint32_t);
    }
    return bytes;
}

// ---- order -----------------------------------------------------------------

// By delay, then target, then number of the synapse.
static bool follows(const WiringRows *rows, uint32_t k)
{
    if (rows->delay[k] != rows->delay[k - 1])
        return rows->delay[k] > rows->delay[k - 1];
    if (rows->target[k] != rows->target[k - 1])
        return rows->target[k] > rows->target[k - 1];
    if (rows->element[k] != rows->element[k - 1])
        return rows->element[k] > rows->element[k - 1];
    return rows->weight[k] >= rows->weight[k - 1];
}

static bool is_in_order(const WiringRows *rows, uint32_t first, uint32_t end)
{
    for (uint32_t k = first + 1; k < end; k++)
        if (!follows(rows, k))
            return false;
    return true;
}

// Three lists in the order of the keys, by way of a row's worth of memory.
static void permute(uint32_t *list, const SortKey *keys, uint32_t n,
                    uint32_t *memory)
{
    for (uint32_t k = 0; k < n; k++)
        memory[k] = list[keys[k].index];
    for (uint32_t k = 0; k < n; k++)
        list[k] = memory[k];
}

static void read_row(const Wiring *wiring, WiringRows *rows, uint32_t first,
                     uint32_t end, const void *delays)
{
    for (uint32_t k = first; k < end; k++)
        rows->delay[k] = real_get(delays, wiring->module->real_size,
                                  rows->element[k]);
}

// From the order by target, so that what came before leaves no trace.
static bool sort_row(Wiring *wiring, WiringRows *rows, uint32_t first,
                     uint32_t n)
{
    size_t bytes = n * sizeof(SortKey);
    if (!buffer_reserve(&wiring->keys, bytes) ||
        !buffer_reserve(&wiring->spare, bytes))
        return false;
    SortKey *keys = wiring->keys.data, *spare = wiring->spare.data;
    for (uint32_t k = 0; k < n; k++)
        keys[k] = (SortKey){sort_time_bits(rows->delay[first + k]),
                            rows->target[first + k], k};
    SortKey *sorted = sort_keys(keys, spare, n);
    uint32_t *memory = (uint32_t *)(sorted == keys ? spare : keys);
    permute(rows->target + first, sorted, n, memory);
    permute(rows->weight + first, sorted, n, memory);
    permute(rows->element + first, sorted, n, memory);
    return true;
}

// Slices sort all of a sample's synaptic events by themselves.
static bool goes_event_by_event(const Wiring *wiring, uint32_t projection)
{
    uint32_t target = wiring->module->projections[projection].target;
    return wiring->module->layers[target].handlers != NULL;
}

static bool update(Wiring *wiring, uint32_t projection, const void *delays)
{
    WiringRows *rows = &wiring->rows[projection];
    bool needs_order = goes_event_by_event(wiring, projection);
    for (uint32_t i = 0; i < rows->n_sources; i++) {
        uint32_t first = rows->first[i], end = rows->first[i + 1];
        read_row(wiring, rows, first, end, delays);
        if (!needs_order || is_in_order(rows, first, end))
            continue;
        fill_row(rows, wiring->module, &wiring->module->projections[projection],
                 i);
        read_row(wiring, rows, first, end, delays);
        if (!sort_row(wiring, rows, first, end - first))
            return false;
        read_row(wiring, rows, first, end, delays);
    }
    rows->is_sorted = true;
    return true;
}

bool wiring_update(Wiring *wiring, void *const *parameters)
{
    const SnnModule *module = wiring->module;
    for (uint32_t k = 0; k < module->n_projections; k++) {
        WiringRows *rows = &wiring->rows[k];
        uint32_t parameter = module->projections[k].delay_parameter;
        if (!rows->first ||
            (rows->is_sorted && !module->parameters[parameter].learned))
            continue;
        if (!update(wiring, k, parameters[parameter]))
            return false;
    }
    return true;
}

void wiring_mark(const Wiring *wiring, uint32_t projection, uint32_t source,
                 uint8_t *touched)
{
    const SnnModule *module = wiring->module;
    const WiringRows *rows = &wiring->rows[projection];
    uint32_t parameter = module->projections[projection].delay_parameter;
    uint32_t stride = module->parameters[parameter].stride;
    for (uint32_t k = rows->first[source]; k < rows->first[source + 1]; k++)
        touched[rows->element[k] / stride] = 1;
}
