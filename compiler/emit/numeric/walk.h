// A list of neurons on its way through a piece of free motion, in rounds of one
// attempted step for each lane: what the functions of piece.c and survey.c are
// made of.
#ifndef SNNC_EMIT_NUMERIC_WALK_H
#define SNNC_EMIT_NUMERIC_WALK_H

#include "emit/numeric/numeric.h"

// A list of neurons under way; all but `parameters` and the start are memory or
// slots.
typedef struct Walk {
    Numeric *n;
    LLVMValueRef run, neurons;
    Scope *parameters;
    LLVMValueRef x, end, length;          // memory
    LLVMValueRef size[NUMERIC_STATES], h; // slots
    LLVMValueRef left, gone, rounds;      // slots
    LLVMValueRef beyond;                  // lanes: steps are chosen as if the
                                          // way went on so far
} Walk;

// What a round does in each lane.
typedef struct Try {
    LLVMValueRef tried, norm, kept;
    LLVMValueRef x[NUMERIC_STATES], end[NUMERIC_STATES];
    Scope *first, *last;
} Try;

// Small words.
LLVMValueRef walk_load(const Walk *w, LLVMValueRef slot);
LLVMValueRef walk_row(const Walk *w, LLVMValueRef memory, unsigned i);
LLVMValueRef walk_both(const Walk *w, LLVMValueRef a, LLVMValueRef b);
LLVMValueRef walk_compare(const Walk *w, LLVMRealPredicate predicate,
                          LLVMValueRef a, LLVMValueRef b);
LLVMValueRef walk_is_positive(const Walk *w, LLVMValueRef x);

// From the parameters run, neurons, states, lengths, control of `function`:
// control holds the step to try and the sizes of the states.
Walk walk_new(Numeric *n, LLVMValueRef function);
void walk_begin(const Walk *w, LLVMValueRef function);
void walk_keep_control(const Walk *w, LLVMValueRef control);

// Rounds while a lane has a way to go; each is a try, a move, a count, which
// returns from the function where the walk makes no way.
IrWhile walk_loop(const Walk *w);
Try walk_try(const Walk *w);
void walk_move(const Walk *w, const Try *t);
void walk_count(const Walk *w);
void walk_return(Emit *e);  // the function's end, with SNN_OK

#endif
