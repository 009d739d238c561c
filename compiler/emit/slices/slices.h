// Kernels over slices: each lane of a vector is a neuron that goes through
// arrivals of its own (runtime/event/slices), a step of all lanes at a time.
// What an event does to the lanes is the event loop's (emit/loop); between two
// arrivals a neuron spikes as often as its guard is crossed.
//
// Tape, of each slice in turn: for each step first a record for each round of
// spikes, and their number; then, where the adjoint needs them
// (loop_keeps_states), the states before the arrivals. Backward reads it from
// the end.
#ifndef SNNC_EMIT_SLICES_H
#define SNNC_EMIT_SLICES_H

#include "emit/loop/loop.h"

// One slice in a function under construction.
typedef struct Slice {
    Kernel *k;
    Loop l;
    LLVMValueRef run;
    LLVMValueRef number;        // i64
    LLVMValueRef lane;          // i64: number * lanes
    LLVMValueRef channel;       // i64: of its first lane, if channels share
    LLVMValueRef first, end;    // i64: steps
    LLVMValueRef valid;         // mask: lanes that are neurons
    LLVMValueRef ahead[DERIVED_STATES_MAX]; // slots: states at the next arrival
    LLVMValueRef rounds;        // slot, i64: of spikes in this step
} Slice;

// int32 (run)
LLVMValueRef slices_emit_forward(Kernel *k);  // forward.c
LLVMValueRef slices_emit_backward(Kernel *k); // backward.c

// ---- shared (slices.c) -----------------------------------------------------

// int32 name(run, number of the slice): begins it.
Slice slice_begin(Kernel *k, const char *name);
// int32 name(run): calls `one` for all slices, in order or in reverse.
LLVMValueRef slices_emit_all(Kernel *k, const char *name, LLVMValueRef one,
                             bool forward);
// Where a field holds a scalar for each lane of a step: the first one's place.
LLVMValueRef slice_own(const Slice *s, RunField field, LLVMTypeRef scalar,
                       LLVMValueRef step);
// Lanes of a step.
LLVMValueRef slice_time(const Slice *s, LLVMValueRef step); // f64
LLVMValueRef slice_weights(const Slice *s, LLVMValueRef step);
// Lanes to which something arrives at `time` (f64).
LLVMValueRef slice_arrivals(const Slice *s, LLVMValueRef time);
// Of these, lanes to whose port it arrives.
LLVMValueRef slice_of_port(const Slice *s, LLVMValueRef mask,
                           LLVMValueRef step, unsigned port);
LLVMValueRef slice_duration(const Slice *s); // f64 lanes

// Where channels share their arrivals: the places of a step's weights in the
// array of its projection, one of run->`arrays`.
typedef struct SlicePlaces {
    LLVMValueRef array;         // may be NULL at run time
    LLVMValueRef index;         // i64: of the first lane, or lanes (strides)
} SlicePlaces;
SlicePlaces slice_places(const Slice *s, RunField arrays, LLVMValueRef step);
LLVMValueRef slice_load(const Slice *s, SlicePlaces places);
void slice_store(const Slice *s, SlicePlaces places, LLVMValueRef value);

// A round of spikes on the tape: rows of reals (loop_record), times, and the
// words below.
typedef enum { SPIKES_BITS, SPIKES_FIRST, SPIKES_WORDS } SpikesWord;
unsigned slice_spikes_bytes(const Kernel *k);
LLVMValueRef slice_spikes_times(const Slice *s, LLVMValueRef record);
LLVMValueRef slice_spikes_word(const Slice *s, LLVMValueRef record,
                               SpikesWord word);
// The states before an arrival.
unsigned slice_states_bytes(const Kernel *k);

#endif
