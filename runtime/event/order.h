// The order of spikes that a kernel made as it went through time: those of one
// interval lie together, in any order among themselves.
#ifndef SNN_EVENT_ORDER_H
#define SNN_EVENT_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ORDER_MARGIN = 16 };

typedef struct Unordered {
    const double *times;      // s, no NaN
    const uint32_t *neurons;
    size_t n;
    const double *cuts;       // ends of intervals, s, rising
    size_t n_cuts;
} Unordered;

// origins[k]: which spike is the k-th by (time, neuron, place). Of `times`
// ORDER_MARGIN more can be read. False, with `origins` in any state, where the
// intervals overlap, or so many of one lie close together that another way of
// ordering is better.
bool order_by_intervals(const Unordered *spikes, uint32_t *origins);

#endif
