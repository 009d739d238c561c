// The tape of a kernel (layout: kernel.h): what forward leaves for backward.
#ifndef SNNC_EMIT_TAPE_H
#define SNNC_EMIT_TAPE_H

#include "emit/kernel/batch.h"

typedef struct TapeStep {
    LLVMValueRef *states;       // [n] just before the reset
    LLVMValueRef time;          // lanes: since the step before, s
    LLVMValueRef spiked, at_once; // lanes as bits, i64
    LLVMValueRef first_spike;   // its number in the run (read only)
    LLVMValueRef woken;         // lanes whose refractory period ended, as bits;
                                // only where there is one
} TapeStep;

// Both return from the function with a status when memory is short.
void tape_push_step(Kernel *k, LLVMValueRef run, const TapeStep *step);
void tape_push_header(Kernel *k, LLVMValueRef run, LLVMValueRef interval,
                      const Batch *batch, LLVMValueRef left,
                      LLVMValueRef steps);

// The last header on the tape: whether it is of this interval (i1).
LLVMValueRef tape_is_top(const Kernel *k, LLVMValueRef run,
                         LLVMValueRef interval);
// Its fields; only when tape_is_top. The batch's neurons are copied to memory
// that outlives the header.
typedef struct TapeHeader {
    LLVMValueRef left;          // lanes: what is left of the interval, s
    LLVMValueRef steps, count;  // i64
} TapeHeader;
TapeHeader tape_read_header(const Kernel *k, LLVMValueRef run,
                            LLVMValueRef neurons);
void tape_drop_header(const Kernel *k, LLVMValueRef run);

// The last step on the tape: read it; remove it.
TapeStep tape_read_step(const Kernel *k, LLVMValueRef run,
                        LLVMValueRef *states);
void tape_drop_step(const Kernel *k, LLVMValueRef run);

// Room for `bytes` more at the end of the tape, for `spikes` more spikes: where
// the bytes go. The last `bytes` of the tape; taken off it.
LLVMValueRef tape_open(Kernel *k, LLVMValueRef run, unsigned bytes,
                       unsigned spikes);
LLVMValueRef tape_last(const Kernel *k, LLVMValueRef run, unsigned bytes);
void tape_drop(const Kernel *k, LLVMValueRef run, unsigned bytes);

// A bare word at the end of the tape: put there; taken off.
void tape_push_word(Kernel *k, LLVMValueRef run, LLVMValueRef word);
LLVMValueRef tape_take_word(const Kernel *k, LLVMValueRef run);

#endif
