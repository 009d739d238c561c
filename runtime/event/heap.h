// The earliest of many times: a binary heap of the items 0..n-1 by key, with
// the place of each, so that a key can change. Items whose key is infinite are
// not in it. Of equal keys the lower item goes first.
#ifndef SNN_EVENT_HEAP_H
#define SNN_EVENT_HEAP_H

#include <stdint.h>
#include "core/memory.h"

typedef struct Heap {
    const double *keys;   // [n], the owner's; heap_update after a change
    uint32_t *items;      // [count]
    uint32_t *places;     // [n] in items, or HEAP_NOWHERE
    uint32_t count, n;
} Heap;

enum { HEAP_NOWHERE = -1 };

// False: no memory.
bool heap_new(Heap *heap, const double *keys, uint32_t n);
void heap_free(Heap *heap);
// Empty, whatever the keys are.
void heap_clear(Heap *heap);
// The key of an item has changed, or not.
void heap_update(Heap *heap, uint32_t item);

static inline double heap_least(const Heap *heap)
{
    return heap->count > 0 ? heap->keys[heap->items[0]] : __builtin_inf();
}

#endif
