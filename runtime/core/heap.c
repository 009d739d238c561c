// A heap with places and lower bounds (heap.h).
#include "core/heap.h"

enum { BELOW = 4, // entries below one
       SHIFT = 3  // before the first: entry 1 begins a cache line
};

bool heap_new(Heap *heap, const double *keys, uint32_t n)
{
    *heap = (Heap){
        .keys = keys,
        .n = n,
        .memory = memory_array((size_t)n + SHIFT, sizeof(HeapEntry)),
        .slots = memory_array(n, sizeof(HeapSlot)),
    };
    if (!heap->memory || !heap->slots)
        return false;
    heap->entries = heap->memory + SHIFT;
    for (uint32_t k = 0; k < n; k++)
        heap->slots[k].place = HEAP_NOWHERE;
    return true;
}

void heap_free(Heap *heap)
{
    memory_free(heap->memory);
    memory_free(heap->slots);
    *heap = (Heap){0};
}

void heap_clear(Heap *heap)
{
    for (uint32_t k = 0; k < heap->count; k++)
        heap->slots[heap->entries[k].item].place = HEAP_NOWHERE;
    heap->count = 0;
}

static bool is_before(HeapEntry a, HeapEntry b)
{
    return a.bound < b.bound || (a.bound == b.bound && a.item < b.item);
}

static void put(Heap *heap, uint32_t place, HeapEntry entry)
{
    heap->entries[place] = entry;
    heap->slots[entry.item] = (HeapSlot){entry.bound, place, 0};
}

static void sift_up(Heap *heap, uint32_t place, HeapEntry entry)
{
    while (place > 0) {
        uint32_t above = (place - 1) / BELOW;
        if (!is_before(entry, heap->entries[above]))
            break;
        put(heap, place, heap->entries[above]);
        place = above;
    }
    put(heap, place, entry);
}

// The first of those below a place, or `count` without any.
static uint32_t first_below(const Heap *heap, uint32_t place)
{
    uint32_t begin = BELOW * place + 1, best = begin;
    if (begin >= heap->count)
        return heap->count;
    uint32_t end = begin + BELOW < heap->count ? begin + BELOW : heap->count;
    for (uint32_t k = begin + 1; k < end; k++)
        if (is_before(heap->entries[k], heap->entries[best]))
            best = k;
    return best;
}

static void sift_down(Heap *heap, uint32_t place, HeapEntry entry)
{
    for (;;) {
        uint32_t below = first_below(heap, place);
        if (below >= heap->count || !is_before(heap->entries[below], entry))
            break;
        put(heap, place, heap->entries[below]);
        place = below;
    }
    put(heap, place, entry);
}

static void remove_top(Heap *heap)
{
    HeapEntry last = heap->entries[--heap->count];
    heap->slots[heap->entries[0].item].place = HEAP_NOWHERE;
    if (heap->count > 0)
        sift_down(heap, 0, last);
}

void heap_correct(Heap *heap)
{
    uint32_t item = heap->entries[0].item;
    double key = heap->keys[item];
    if (key < INFINITY)
        sift_down(heap, 0, (HeapEntry){key, item, 0});
    else
        remove_top(heap);
}

void heap_update(Heap *heap, uint32_t item)
{
    double key = heap->keys[item];
    HeapSlot slot = heap->slots[item];
    HeapEntry entry = {key, item, 0};
    if (slot.place == HEAP_NOWHERE) {
        if (key < INFINITY)
            sift_up(heap, heap->count++, entry);
    } else if (key < slot.bound) {
        sift_up(heap, slot.place, entry);
    }
}

uint32_t heap_second(const Heap *heap)
{
    return heap->entries[first_below(heap, 0)].item;
}
