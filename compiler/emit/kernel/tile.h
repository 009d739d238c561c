// Tile: a few neighbouring vectors of neurons whose states are in registers
// while an event is applied to them; shared by the forward and the backward
// kernel. A population of one vector is resident: its tile stays in registers
// from the first event to the last.
#ifndef SNNC_EMIT_TILE_H
#define SNNC_EMIT_TILE_H

#include "emit/kernel/kernel.h"

enum { MAX_STATES = DERIVED_STATES_MAX };

typedef struct Tile {
    Kernel *k;
    unsigned count;             // vectors
    LLVMValueRef run, first;    // first vector, i64
    Scope **scopes;             // [count] parameters
    LLVMValueRef (*x)[MAX_STATES]; // [count] slots: states, or adjoints
    LLVMValueRef (*peaks)[PEAK_FIELDS]; // [count] slots of observed maxima
} Tile;

bool tile_is_resident(const Kernel *k);
// `within` has what all neurons share.
Tile tile_new(Kernel *k, LLVMValueRef run, const Scope *within, unsigned count,
              LLVMValueRef first);
LLVMValueRef tile_vector(const Tile *t, unsigned v);
// Lanes of vector v that are neurons; NULL where all of them surely are.
LLVMValueRef tile_valid(const Tile *t, unsigned v);

// The states of all vectors, from and to rows of `padded` reals.
void tile_load_states(const Tile *t, LLVMValueRef rows);
void tile_store_states(const Tile *t, LLVMValueRef rows);
// The observed maxima so far, between slots and scratch memory.
void tile_load_peaks(const Tile *t);
void tile_store_peaks(const Tile *t);

// Values of vector v's slots.
void tile_get(const Tile *t, unsigned v, LLVMValueRef *x);
void tile_set(const Tile *t, unsigned v, const LLVMValueRef *x);

// Code that visits all tiles of the population, in order.
typedef void TileVisit(void *context, unsigned count, LLVMValueRef first);
void tile_each(Kernel *k, TileVisit *visit, void *context);

// ---- what an event has to do with a tile -----------------------------------

// The index-th projection into the population, or NULL.
const Projection *tile_incoming(const Kernel *k, size_t index);
// Arrays of all incoming projections' weights (or gradients, NULL where not
// learned).
LLVMValueRef *tile_arrays(const Kernel *k, LLVMValueRef run, RunField field);
// &array[row][0] of an incoming projection.
LLVMValueRef tile_row(const Kernel *k, size_t projection, LLVMValueRef array,
                      LLVMValueRef row);
// ((uint32_t *)base)[index] as i64
LLVMValueRef tile_load_word(Emit *e, LLVMValueRef base, LLVMValueRef index);
// Code for arrival `at` for each projection that it may come by.
typedef void ArrivalVisit(void *context, size_t projection, LLVMValueRef row,
                          LLVMValueRef at);
void tile_each_origin(const Kernel *k, LLVMValueRef run, LLVMValueRef at,
                      ArrivalVisit *visit, void *context);
// First arrival of a group, i64; 0 before the first group.
LLVMValueRef tile_group_begin(const Kernel *k, LLVMValueRef run,
                              LLVMValueRef interval);
LLVMValueRef tile_group_end(const Kernel *k, LLVMValueRef run,
                            LLVMValueRef interval);
// Where LayerPlan.fetches_ahead: fetches what the arrivals of an interval
// touch, the rows of `arrays`, which are to be written or only read.
void tile_fetch(const Kernel *k, LLVMValueRef run, LLVMValueRef interval,
                LLVMValueRef *arrays, bool to_write);

// A scope with the event scalars in rows first, first + 1, ... of an interval.
Scope *tile_event_scope(const Kernel *k, LLVMValueRef run, const Scope *shared,
                        const EventScalars *scalars, size_t first,
                        LLVMValueRef interval);

#endif
