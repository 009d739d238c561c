// Zeros along the flow, emitted for a vector of neurons (crossing.c).
#ifndef SNNC_EMIT_CROSSING_H
#define SNNC_EMIT_CROSSING_H

#include "emit/kernel/kernel.h"

typedef struct CrossingInput {
    LLVMValueRef run, vector;
    const LLVMValueRef *states;     // [n] at the start
    const LLVMValueRef *end_states; // [n] at the end
    LLVMValueRef end;               // lanes: length of the interval, s
    LLVMValueRef active;            // mask: lanes to search
    LLVMValueRef decay;             // what is left of LayerPlan.decay at the
                                    // end; NULL: to be computed
    LLVMValueRef level;             // lanes: what points are of interest to
                                    // reach; of crossings NULL: 0
} CrossingInput;

// found: the guard reaches 0 from below at `time` in [0, end]; at_once: it was
// not below 0 at the start (then time is 0). decay: LayerPlan.decay at `time`,
// NULL without one.
typedef struct Crossing {
    LLVMValueRef found, at_once, time, decay;
} Crossing;

Crossing crossing_emit_first(Kernel *k, const CrossingInput *in);

// Emits `visit` at each zero of the plan's functional[0] in the interval, in
// order. A point may be repeated or 0 where there is no zero.
typedef void CrossingVisit(void *data, LLVMValueRef point);
void crossing_emit_points(Kernel *k, const CrossingInput *in,
                          const ZeroPlan *plan, const char *tag,
                          CrossingVisit *visit, void *data);

#endif
