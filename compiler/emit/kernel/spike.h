// Spikes and what else a kernel hands to the runtime and takes back from it,
// for the lanes of one vector or list: the same for every solver.
#ifndef SNNC_EMIT_SPIKE_H
#define SNNC_EMIT_SPIKE_H

#include "emit/kernel/kernel.h"

// Appends a spike for each lane of `bits`, at start (f64, s) + time (lanes), or
// at the sample's end where rounding led beyond. There is room for them
// (tape_push_step).
void spike_record(const Kernel *k, LLVMValueRef run, LLVMValueRef vector,
                  LLVMValueRef bits, LLVMValueRef start, LLVMValueRef time);
// The same at times of the lanes' own (f64, s), within the sample.
void spike_record_at(const Kernel *k, LLVMValueRef run, LLVMValueRef vector,
                     LLVMValueRef bits, LLVMValueRef times);
// out[i]: x[i] after the reset in the lanes of `mask`, else x[i].
void spike_reset(const Kernel *k, const Scope *parameters,
                 const LLVMValueRef *x, LLVMValueRef mask, LLVMValueRef *out);
// Where `condition` holds, the function returns `status` of the first lane of
// `bits`, at `time` (f64, s).
void spike_stop_if(const Kernel *k, LLVMValueRef run, LLVMValueRef vector,
                   LLVMValueRef condition, LLVMValueRef bits,
                   LLVMValueRef time, int32_t status);

// run.spike_gradient of spikes first, first + 1, ... in the lanes of `bits`.
LLVMValueRef spike_gradient_lanes(const Kernel *k, LLVMValueRef run,
                                  LLVMValueRef bits, LLVMValueRef first);
// Where total / slope is not finite (a grazing spike), the jump is left out and
// counted.
LLVMValueRef spike_finite_shift(const Kernel *k, LLVMValueRef run,
                                LLVMValueRef shift, LLVMValueRef spiked);
// arrival_gradient[first, or last, arrival of group] += sum of the lanes, if
// anybody asks and there is such a group.
void spike_credit_arrival(const Kernel *k, LLVMValueRef run, LLVMValueRef group,
                          LLVMValueRef lanes, bool last);

// run.observed[index] of the vector's neurons.
void spike_write_observed(const Kernel *k, LLVMValueRef run,
                          LLVMValueRef vector, unsigned index,
                          LLVMValueRef value);

#endif
