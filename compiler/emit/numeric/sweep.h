// One vector of neurons on its way through a sample, in rounds (forward.c), and
// what is observed of it (observe.c).
#ifndef SNNC_EMIT_NUMERIC_SWEEP_H
#define SNNC_EMIT_NUMERIC_SWEEP_H

#include "emit/numeric/numeric.h"

// What is known of a place besides its states: the end of a step that is kept
// is the start of the next.
typedef struct Look {
    LLVMValueRef rate[NUMERIC_STATES];
    LLVMValueRef driven[NUMERIC_STATES]; // how fast the sizes of the others
                                         // would move each state
    NumericPoint guard;
} Look;

typedef struct Sweep {
    Numeric *n;
    LLVMValueRef run, vector;
    Scope *parameters;
    LLVMValueRef x, end, step, at;         // memory: rows of vectors
    LLVMValueRef size[NUMERIC_STATES];     // slots: largest |state| so far
    Look here;                             // slots: at x
    LLVMValueRef h;                        // slot: the step to try next
    LLVMValueRef left, gone, rounds;       // slots, of the interval
    LLVMValueRef steps;                    // slot: all that were kept
    LLVMValueRef fresh;                    // slot: the guard is to be tested
    LLVMValueRef interval, start, length;  // index; f64 s; lanes
} Sweep;

// What a round does in each lane.
typedef struct Round {
    LLVMValueRef tried;         // length of the attempt
    Look end;                   // of the attempt
    LLVMValueRef norm;          // its error in tolerances
    LLVMValueRef kept;          // mask: it counts
    LLVMValueRef at_once, found, spiked; // masks
    LLVMValueRef woken;         // mask: a refractory period ends
    LLVMValueRef length;        // of the step in the end
} Round;

// Small words.
LLVMValueRef sweep_load(const Sweep *s, LLVMValueRef slot);
LLVMValueRef sweep_both(const Sweep *s, LLVMValueRef a, LLVMValueRef b);
LLVMValueRef sweep_is_positive(const Sweep *s, LLVMValueRef x);
LLVMValueRef sweep_greater(const Sweep *s, LLVMValueRef a, LLVMValueRef b);
Scope *sweep_scope_at(const Sweep *s, LLVMValueRef row);

// The maximum at the sample's start; what a round adds to it; so far.
void sweep_observe_start(const Sweep *s);
void sweep_observe(const Sweep *s, const Round *r);
LLVMValueRef sweep_best(const Sweep *s);

#endif
