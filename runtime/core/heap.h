// The earliest of many times: a heap of the items 0..n-1 by key, four below
// each, with the place of each, so that a key can change. Items whose key is
// infinite are not in it. Of equal keys the lower item goes first.
//
// An item whose key grows keeps its place: what the heap holds is a lower bound
// of the key, which is put right when the item comes to the top. A key that
// grows again and again, or grows and shrinks, costs nothing in between.
#ifndef SNN_CORE_HEAP_H
#define SNN_CORE_HEAP_H

#include <math.h>
#include <stdint.h>
#include "core/memory.h"

typedef struct HeapEntry {
    double bound;         // of the item's key
    uint32_t item;
    uint32_t reserved;
} HeapEntry;

// Of an item: its entry's place, or HEAP_NOWHERE, and bound.
typedef struct HeapSlot {
    double bound;
    uint32_t place;
    uint32_t reserved;
} HeapSlot;

typedef struct Heap {
    const double *keys;   // [n], the owner's; heap_update after a change
    HeapEntry *memory;    // the four below one share a cache line
    HeapEntry *entries;   // [count]
    HeapSlot *slots;      // [n]
    uint32_t count, n;
} Heap;

#define HEAP_NOWHERE UINT32_MAX
enum { HEAP_ITEM_BYTES = sizeof(HeapEntry) + sizeof(HeapSlot) };

// False: no memory.
bool heap_new(Heap *heap, const double *keys, uint32_t n);
void heap_free(Heap *heap);
// Empty, whatever the keys are.
void heap_clear(Heap *heap);
// The key of an item has changed, or not.
void heap_update(Heap *heap, uint32_t item);
// Gives the top's entry its key and the place that is due to it.
void heap_correct(Heap *heap);

// The least key, infinite when empty.
static inline double heap_least(Heap *heap)
{
    while (heap->count > 0 &&
           heap->entries[0].bound != heap->keys[heap->entries[0].item])
        heap_correct(heap);
    return heap->count > 0 ? heap->entries[0].bound : INFINITY;
}

// The item that has it: after heap_least, when that is finite.
static inline uint32_t heap_first(const Heap *heap)
{
    return heap->entries[0].item;
}

// The item behind it, by what is known of the others; of at least two.
uint32_t heap_second(const Heap *heap);

#endif
