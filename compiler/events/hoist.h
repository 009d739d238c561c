// Hoisting: replaces in expressions what is the same for all neurons by symbols
// whose values are computed once per interval.
#ifndef SNNC_EVENTS_HOIST_H
#define SNNC_EVENTS_HOIST_H

#include "events/plan.h"

// Whether a symbol differs from neuron to neuron (a state, a per-neuron
// parameter); all others are the same for all.
typedef bool (*IsLane)(const void *context, const Expr *symbol);

typedef struct Hoist {
    ExprPool *pool;
    Arena *arena;
    const Expr *interval;   // only what depends on it is hoisted; NULL: all
    IsLane is_lane;
    const void *context;
    EventScalars *out;      // equal expressions share one symbol
} Hoist;

const Expr *hoist(const Hoist *h, const Expr *e);

#endif
