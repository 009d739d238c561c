// Conditions that say, without a transcendental function per neuron, whether a
// zero of a sequence (model/derive.h) may lie in an interval, from its values
// at both ends. They may err on the side of "yes" only.
#ifndef SNNC_EVENTS_CONDITIONS_H
#define SNNC_EVENTS_CONDITIONS_H

#include "model/derive.h"

// A sequence at both ends of the interval; its functionals after a time h, of
// the states at the start.
typedef struct ZeroPlan {
    const ZeroSequence *zeros;
    const Expr **moved;        // [zeros->n]
    const Expr **decay;        // the same, of LayerPlan.decay; or NULL
    const Expr *top_inside;    // functional[0] has a maximum in the interval
                               // and is not below 0 there; or NULL
    const Expr *concave;       // where decay[0] is concave; with top_inside
    const Expr *later;         // with pairs: the guard, or the value whose
                               // slope functional[0] is, stays below it from
                               // h on
} ZeroPlan;

typedef struct Ends {
    ExprPool *pool;
    Arena *arena;
    const Expr **start, **end; // symbols of the states at both ends
    size_t n;
    const Expr *interval;
} Ends;

// The value of e, an expression of start states, at the interval's end.
const Expr *at_end(const Ends *ends, const Expr *e);

// functional[0] reaches 0 from below somewhere in the interval, or is not below
// 0 at its start.
const Expr *may_cross(const Ends *ends, const ZeroPlan *plan);

// `value`, whose slope is functional[0], has an inner maximum above `best`.
const Expr *may_peak(const Ends *ends, const ZeroPlan *plan,
                     const Expr *value, const Expr *best);

#endif
