// Tile: a few vectors of neurons whose states stay in registers while a
// sample's arrivals pass by; shared by the forward and the backward kernel.
#ifndef SNNC_EMIT_TILE_H
#define SNNC_EMIT_TILE_H

#include "emit/kernel/kernel.h"

enum { MAX_STATES = DERIVED_STATES_MAX };

typedef struct Tile {
    Kernel *k;
    unsigned count;             // vectors
    LLVMValueRef run, first;    // first vector, i64
    LLVMValueRef scalars, stride;
    LLVMValueRef *weights;      // [n incoming projections] arrays
    LLVMValueRef buffers, masks;// memory for the slow path
    Scope **scopes;             // [count] parameters
    LLVMValueRef (*x)[MAX_STATES]; // [count] slots: states, or adjoints
    LLVMValueRef (*peaks)[PEAK_FIELDS]; // [count] slots of observed maxima
} Tile;

// The index-th projection into the population, or NULL.
const Projection *tile_incoming(const Kernel *k, size_t index);

// Begins int32 <population>.<name><count>(run, first vector).
Tile tile_begin(Kernel *k, const char *name, unsigned count);
void tile_call(Emit *e, LLVMValueRef tile, LLVMValueRef run,
               LLVMValueRef first);

LLVMValueRef tile_vector(const Tile *t, unsigned v);
// Memory of vector v for the slow path: a row of n vectors.
LLVMValueRef tile_buffer(const Tile *t, LLVMValueRef v);
// Binds event scalars, rows first, first + 1, ..., of an interval.
void tile_bind_scalars(const Tile *t, Scope *scope,
                       const EventScalars *scalars, size_t first,
                       LLVMValueRef interval);
// The observed maximum so far, between slots and scratch memory.
void tile_move_peaks(const Tile *t, unsigned v, bool to_memory);
// ((uint32_t *)base)[index] as i64
LLVMValueRef tile_load_word(Emit *e, LLVMValueRef base, LLVMValueRef index);

#endif
