// Batch: neurons of one population, from anywhere in it, that take the slow
// path together; the first `count` lanes are in use. In a population of one
// vector the only batch is that vector, in its own order.
#ifndef SNNC_EMIT_BATCH_H
#define SNNC_EMIT_BATCH_H

#include "emit/kernel/kernel.h"

typedef struct Batch {
    LLVMValueRef run;
    LLVMValueRef neurons;       // uint32_t[lanes]; not read with one vector
    LLVMValueRef count;         // i64
    LLVMValueRef valid;         // mask: the lanes in use
    LLVMValueRef vector;        // as kernel.h has it; unused lanes are neuron 0
} Batch;

Batch batch_make(const Kernel *k, LLVMValueRef run, LLVMValueRef neurons,
                 LLVMValueRef count);
// The neuron in a lane, i64.
LLVMValueRef batch_neuron(const Kernel *k, const Batch *batch,
                          LLVMValueRef lane);

// array[neuron] in each lane in use, `otherwise` elsewhere. `type` is a vector
// of the array's elements over the lanes.
LLVMValueRef batch_load(const Kernel *k, const Batch *batch, LLVMTypeRef type,
                        LLVMValueRef array, LLVMValueRef otherwise);

// arrays[i][neuron] = values[i] for the lanes in use.
void batch_store(const Kernel *k, const Batch *batch,
                 const LLVMValueRef *arrays, const LLVMValueRef *values,
                 unsigned n);

// States (or adjoints) in rows of `padded` reals.
void batch_load_states(const Kernel *k, const Batch *batch, LLVMValueRef rows,
                       LLVMValueRef *x);
void batch_store_states(const Kernel *k, const Batch *batch, LLVMValueRef rows,
                        const LLVMValueRef *x);

// Appends to `list` the neurons whose bits are set, *n_listed becoming their
// number; bit 0 is lane 0 of vector `first`, padding is left out.
void batch_list(const Kernel *k, LLVMValueRef list, LLVMValueRef n_listed,
                LLVMValueRef first, LLVMValueRef word);
// The same for the lanes of vector first + v that are set, none of which is
// padding, without a branch, on targets that have EmitTarget.has_compress.
void batch_list_lanes(const Kernel *k, LLVMValueRef list,
                      LLVMValueRef n_listed, LLVMValueRef first, unsigned v,
                      LLVMValueRef mask);
// Code for each batch of a list of n: its neurons and their count.
typedef void BatchVisit(void *context, LLVMValueRef neurons,
                        LLVMValueRef count);
void batch_each(const Kernel *k, LLVMValueRef list, LLVMValueRef n,
                BatchVisit *visit, void *context);
// Copies the lanes' numbers.
void batch_copy_neurons(const Kernel *k, LLVMValueRef from, LLVMValueRef to);

// Adds the lanes in use to the sums of a parameter of the population.
void batch_add_gradient(const Kernel *k, const Batch *batch,
                        const Parameter *parameter, LLVMValueRef value);
// observed_gradient[index][neuron]
LLVMValueRef batch_observed_gradient(const Kernel *k, const Batch *batch,
                                     unsigned index);

#endif
