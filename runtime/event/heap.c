// A binary heap with places (heap.h).
#include "event/heap.h"

#include <math.h>

static const uint32_t nowhere = (uint32_t)HEAP_NOWHERE;

bool heap_new(Heap *heap, const double *keys, uint32_t n)
{
    *heap = (Heap){
        .keys = keys,
        .n = n,
        .items = memory_array(n, sizeof(uint32_t)),
        .places = memory_array(n, sizeof(uint32_t)),
    };
    if (!heap->items || !heap->places)
        return false;
    for (uint32_t k = 0; k < n; k++)
        heap->places[k] = nowhere;
    return true;
}

void heap_free(Heap *heap)
{
    memory_free(heap->items);
    memory_free(heap->places);
    *heap = (Heap){0};
}

void heap_clear(Heap *heap)
{
    for (uint32_t k = 0; k < heap->count; k++)
        heap->places[heap->items[k]] = nowhere;
    heap->count = 0;
}

static bool is_before(const Heap *heap, uint32_t a, uint32_t b)
{
    double at_a = heap->keys[a], at_b = heap->keys[b];
    return at_a < at_b || (at_a == at_b && a < b);
}

static void put(Heap *heap, uint32_t place, uint32_t item)
{
    heap->items[place] = item;
    heap->places[item] = place;
}

static void sift_up(Heap *heap, uint32_t place, uint32_t item)
{
    while (place > 0) {
        uint32_t above = (place - 1) / 2;
        if (!is_before(heap, item, heap->items[above]))
            break;
        put(heap, place, heap->items[above]);
        place = above;
    }
    put(heap, place, item);
}

static void sift_down(Heap *heap, uint32_t place, uint32_t item)
{
    for (;;) {
        uint32_t below = 2 * place + 1;
        if (below >= heap->count)
            break;
        if (below + 1 < heap->count &&
            is_before(heap, heap->items[below + 1], heap->items[below]))
            below++;
        if (!is_before(heap, heap->items[below], item))
            break;
        put(heap, place, heap->items[below]);
        place = below;
    }
    put(heap, place, item);
}

// From where it lies, or from `place`, to where it belongs.
static void settle(Heap *heap, uint32_t place, uint32_t item)
{
    if (place > 0 && is_before(heap, item, heap->items[(place - 1) / 2]))
        sift_up(heap, place, item);
    else
        sift_down(heap, place, item);
}

static void remove_at(Heap *heap, uint32_t place)
{
    uint32_t last = heap->items[--heap->count];
    heap->places[heap->items[place]] = nowhere;
    if (place < heap->count)
        settle(heap, place, last);
}

void heap_update(Heap *heap, uint32_t item)
{
    uint32_t place = heap->places[item];
    bool is_in = place != nowhere;
    if (isinf(heap->keys[item])) {
        if (is_in)
            remove_at(heap, place);
    } else if (is_in) {
        settle(heap, place, item);
    } else {
        sift_up(heap, heap->count++, item);
    }
}
