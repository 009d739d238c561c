// What the parts of the backward kernel share (backward.c).
#ifndef SNNC_EMIT_BACKWARD_H
#define SNNC_EMIT_BACKWARD_H

#include "emit/kernel/tile.h"

typedef struct Backward {
    Kernel *k;
    LLVMValueRef run;
    const Scope *shared;        // parameters that all neurons share
    LLVMValueRef *weights, *gradients; // [incoming projections] arrays, or NULL
    LLVMValueRef wants_times;   // i1: arrival_gradient is there
    const Parameter **learned;  // of the population
    unsigned n_learned;
    LLVMValueRef *totals;       // [n_learned] slots: sums over neurons, f64
    LLVMValueRef states;        // scratch memory
    LLVMValueRef n_listed, n_returned; // slots, i64
    LLVMValueRef is_awake;      // slot, i1: some adjoint may not be 0 any more
    LLVMValueRef interval;      // at hand
    Scope *event;               // its scalars
    LLVMValueRef start;         // and start states
} Backward;

typedef struct BackTile {
    const Backward *b;
    Tile t;
    LLVMValueRef *sums;         // [learned * count] slots of doubles
} BackTile;

BackTile back_tile(const Backward *b, const Scope *within, unsigned count,
                   LLVMValueRef first);
// Sums of the population's own parameters, in and out of scratch memory.
void back_load_sums(const BackTile *bt);
void back_store_sums(const BackTile *bt);
// Adds to them, in the lanes of `mask` (NULL: all).
void back_accumulate(const BackTile *bt, unsigned v, Scope *scope,
                     const Gradients *gradients, LLVMValueRef mask);
// A scope with vector v's adjoints.
Scope *back_lambda_scope(const BackTile *bt, unsigned v);

// backward_arrivals.c: the interval's arrivals, from the last to the first;
// `resident` is the only vector, or NULL: a tile after the other.
void back_undo_arrivals(const Backward *b, const BackTile *resident);

#endif
