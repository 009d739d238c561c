// Zeros of a sequence in one piece of an interval, emitted for a vector of
// neurons (zeros.c): what crossings and maxima are found with.
#ifndef SNNC_EMIT_ZEROS_H
#define SNNC_EMIT_ZEROS_H

#include "emit/kernel/kernel.h"

enum { ZEROS_LEVELS_MAX = DERIVED_STATES_MAX + 1 };

// Points of a search are times, or shares of LayerPlan.decay that are gone.
typedef struct Search {
    Kernel *k;
    bool in_decay;
    const ZeroPlan *plan;
    const ZeroSequence *zeros;  // the plan's
    const char *tag;
    LLVMValueRef run, vector;
    const LLVMValueRef *x;      // states at the start
    Scope *start;               // parameters, states
    LLVMValueRef from, end;     // the piece, or interval, as points
    LLVMValueRef middle;        // of the piece; NULL without pieces
    LLVMValueRef active;        // lanes that matter
} Search;

// What is left of the decay, or gone.
LLVMValueRef zeros_one_minus(const Kernel *k, LLVMValueRef x);
// Points that are shares of the decay from times, and back.
LLVMValueRef zeros_point_of(const Kernel *k, LLVMValueRef h);
LLVMValueRef zeros_time_of(const Kernel *k, LLVMValueRef point);
// functional[level] at a point; and the scope for expressions at one.
LLVMValueRef zeros_value_at(const Search *s, unsigned level,
                            LLVMValueRef point);
Scope *zeros_scope_at(const Search *s, LLVMValueRef point);

// All zeros of functional[level] in (from, end), in order: at most n - 1 -
// level points, whose number is the result; a point that is no zero repeats the
// one before it (or `from`).
unsigned zeros_emit_points(const Search *s, unsigned level,
                           LLVMValueRef *points);
// The zero of functional[level] in [low, high] in `active` lanes, low in
// others; rising: the value is below 0 at low.
LLVMValueRef zeros_emit_newton(const Search *s, unsigned level,
                               LLVMValueRef low, LLVMValueRef high,
                               LLVMValueRef rising, LLVMValueRef active);

#endif
