// The tape of a kernel (layout: kernel.h): what forward leaves for backward.
#ifndef SNNC_EMIT_TAPE_H
#define SNNC_EMIT_TAPE_H

#include "emit/kernel/kernel.h"

typedef struct TapeStep {
    LLVMValueRef *states;       // [n] just before the reset
    LLVMValueRef time;          // lanes: since the step before, s
    LLVMValueRef spiked, at_once; // lanes as bits, i64
    LLVMValueRef first_spike;   // its number in the run (read only)
} TapeStep;

// Both return from the function with a status when memory is short.
void tape_push_step(Kernel *k, LLVMValueRef run, const TapeStep *step);
void tape_push_header(Kernel *k, LLVMValueRef run, LLVMValueRef interval,
                      LLVMValueRef vector, LLVMValueRef left,
                      LLVMValueRef steps);

// The last header on the tape: whether it is of this interval and vector (i1).
LLVMValueRef tape_is_top(const Kernel *k, LLVMValueRef run,
                         LLVMValueRef interval, LLVMValueRef vector);
// Its fields; only when tape_is_top.
LLVMValueRef tape_top_left(const Kernel *k, LLVMValueRef run);
LLVMValueRef tape_top_steps(const Kernel *k, LLVMValueRef run);
void tape_drop_header(const Kernel *k, LLVMValueRef run);

// The last step on the tape: read it; remove it.
TapeStep tape_read_step(const Kernel *k, LLVMValueRef run,
                        LLVMValueRef *states);
void tape_drop_step(const Kernel *k, LLVMValueRef run);

LLVMValueRef tape_lowest_bit(Emit *e, LLVMValueRef bits);
LLVMValueRef tape_clear_lowest(Emit *e, LLVMValueRef bits);

#endif
