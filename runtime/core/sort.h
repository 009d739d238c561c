// Sorting events by (time, neuron, index): a total order, the same everywhere.
#ifndef SNN_CORE_SORT_H
#define SNN_CORE_SORT_H

#include <stddef.h>
#include <stdint.h>

typedef struct SortKey {
    uint64_t time;   // sort_time_bits
    uint32_t neuron;
    uint32_t index;
} SortKey;

// Bits of a time >= 0 that order as the times do.
uint64_t sort_time_bits(double time);

// Sorts `keys` using n keys of `spare`; returns whichever of the two holds the
// result.
SortKey *sort_keys(SortKey *keys, SortKey *spare, size_t n);

#endif
