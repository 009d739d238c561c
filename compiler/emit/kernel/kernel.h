// Kernels: what the functions that run one population have in common. A kernel
// goes through the intervals between arrivals; in each it sweeps over vectors
// of neurons, and neurons that may spike are gathered into batches for the slow
// path. `plan` says what to compute, this header how the scratch memory and the
// tape are laid out.
//
// Scratch: fixed parts (KernelPart); then rows of event scalars (h first) of
// n_intervals + wide reals; then, if states are traced,
// [interval][state][padded] reals.
//
// Tape: steps, then a header for each batch and interval with spikes. A step
// holds the states before the reset, the time since the last step, which lanes
// spiked, which of them at once (not by crossing), and the number of its first
// spike. Backward reads headers from the end.
#ifndef SNNC_EMIT_KERNEL_H
#define SNNC_EMIT_KERNEL_H

#include "emit/ir.h"
#include "emit/scope.h"

typedef struct Kernel {
    Emit *e;
    const LayerPlan *plan;
    const Derived *derived;
    const char *name;          // of the population
    unsigned lanes, n;         // n states
    unsigned padded;           // neurons, with the padding of the last vector
    unsigned wide;             // lanes of event scalars, over intervals
    LLVMTypeRef vector, ints, mask, doubles; // lanes x real, i32, i1, f64
    unsigned vector_bytes, step_bytes, header_bytes, returned_bytes;
    LLVMValueRef slow_forward, slow_backward;
    struct Numeric *pieces;    // event loop without a closed form
} Kernel;

Kernel kernel_new(Emit *e, const LayerPlan *plan);
// For code over something else than the population's neurons.
void kernel_set_lanes(Kernel *k, unsigned lanes);
const char *kernel_symbol(const Kernel *k, const char *what);

// ---- scratch and tape layout -----------------------------------------------

uint64_t kernel_scratch_fixed(const Kernel *k);
uint64_t kernel_scratch_interval(const Kernel *k);
// Of parameter rows: whole cache lines, and whole vectors of every layer.
unsigned kernel_stride(const Emit *e, uint32_t columns);

// Fixed parts of the scratch memory, in order.
typedef enum {
    PART_PEAKS,     // observed maxima: a row for each PeakField
    PART_STATES,    // [state][padded]: states, or adjoints, between intervals
    PART_START,     // likewise: at the interval's start, unless they are traced
    PART_LIST,      // neurons for the slow path
    PART_RETURNED,  // batches that went the slow way back, and their adjoints
    PART_SUMS,      // f64: gradients of the population's own parameters by
                    // neuron, whose terms may cancel
    PART_STAMPS,    // interval + 1 of a neuron's last slow way back
    PART_SCALARS,   // event scalars, and all that depends on the arrivals
} KernelPart;
LLVMValueRef kernel_part(const Kernel *k, LLVMValueRef run, KernelPart part);
// The row of PART_SUMS of a learned parameter: doubles, `padded` of them.
LLVMValueRef kernel_sums(const Kernel *k, LLVMValueRef run,
                         const Parameter *parameter);

// A batch on its slow way back: adjoints at the interval's start, neurons,
// their count (i64).
LLVMValueRef kernel_returned(const Kernel *k, LLVMValueRef run,
                             LLVMValueRef index);
LLVMValueRef kernel_returned_neurons(const Kernel *k, LLVMValueRef returned);
LLVMValueRef kernel_returned_count(const Kernel *k, LLVMValueRef returned);

typedef enum { PEAK_BEST, PEAK_TIME, PEAK_SLOPE, PEAK_INTERVAL, PEAK_STEP,
               PEAK_FIELDS } PeakField;
// Row of a field of the only observed maximum.
LLVMValueRef kernel_peaks(const Kernel *k, LLVMValueRef run, PeakField field);
LLVMTypeRef kernel_peak_type(const Kernel *k, PeakField field);
// &row[vector * lanes]
LLVMValueRef kernel_peak(const Kernel *k, LLVMValueRef run, PeakField field,
                         LLVMValueRef vector);

// Base of the event scalars, and their row stride in reals (i64).
LLVMValueRef kernel_scalars(const Kernel *k, LLVMValueRef run);
LLVMValueRef kernel_scalar_stride(const Kernel *k, LLVMValueRef run);
// One of them; row 0 holds the intervals' lengths.
LLVMValueRef kernel_scalar(const Kernel *k, LLVMValueRef run, unsigned row,
                           LLVMValueRef interval);
// States at the interval's start, behind its arrivals: rows of `padded` reals.
LLVMValueRef kernel_start_states(const Kernel *k, LLVMValueRef run,
                                 LLVMValueRef interval);

// The interval's start time (s, double) and length (real).
LLVMValueRef kernel_start(const Kernel *k, LLVMValueRef run,
                          LLVMValueRef interval);
LLVMValueRef kernel_length(const Kernel *k, LLVMValueRef run,
                           LLVMValueRef interval);

// ---- scopes ----------------------------------------------------------------

// Here and in crossing.h a vector is the number of one (i64), or a list: lanes
// of neuron numbers (i32).
bool kernel_is_list(const Kernel *k, LLVMValueRef vector);
// Lanes of ((scalar *)base)[neurons].
LLVMValueRef kernel_gather(const Kernel *k, LLVMTypeRef scalar,
                           LLVMValueRef base, LLVMValueRef neurons);

// Parameters of the population bound: shared ones as scalars, the others as the
// vector's lanes. The shared ones may be bound once, for many vectors.
Scope *kernel_scope(const Kernel *k, LLVMValueRef run, LLVMValueRef vector);
Scope *kernel_shared_scope(const Kernel *k, LLVMValueRef run);
Scope *kernel_scope_within(const Kernel *k, LLVMValueRef run,
                           const Scope *shared, LLVMValueRef vector);
void kernel_bind_row(Scope *scope, const Expr *const *symbols,
                     const LLVMValueRef *values, size_t n);
LLVMValueRef kernel_parameter(const Kernel *k, LLVMValueRef run, RunField array,
                              const Parameter *parameter);
// Adds lanes to the gradient of a parameter of the population.
void kernel_add_gradient(const Kernel *k, LLVMValueRef run, LLVMValueRef vector,
                         const Parameter *parameter, LLVMValueRef value);

// ---- vectors in memory -----------------------------------------------------

// values[k] = ((vector *)base)[k]
void kernel_load_row(const Kernel *k, LLVMValueRef base, LLVMValueRef *values);
void kernel_store_row(const Kernel *k, LLVMValueRef base,
                      const LLVMValueRef *values);
// Lanes as doubles, and back.
LLVMValueRef kernel_widen(const Kernel *k, LLVMValueRef value);
LLVMValueRef kernel_narrow(const Kernel *k, LLVMValueRef value);
LLVMValueRef kernel_splat(const Kernel *k, LLVMValueRef scalar);
LLVMValueRef kernel_zero(const Kernel *k);
LLVMValueRef kernel_select(const Kernel *k, LLVMValueRef mask, LLVMValueRef a,
                           LLVMValueRef b);
// Lanes that are neurons and not padding.
LLVMValueRef kernel_valid(const Kernel *k, LLVMValueRef vector);
LLVMValueRef kernel_mask_of_bits(const Kernel *k, LLVMValueRef bits);
// Lanes of observed_gradient[index][...]; padding gives 0.
LLVMValueRef kernel_observed_gradient(const Kernel *k, LLVMValueRef run,
                                      unsigned index, LLVMValueRef vector);

// Calls `one`, int32 (run, i64 vector), for all vectors in turn, forward or
// from the last one; the function being built returns what is not SNN_OK.
void kernel_each_vector(const Kernel *k, LLVMValueRef run, LLVMValueRef one,
                        bool forward);

// ---- parts, each a file ----------------------------------------------------

void kernel_emit_slow_forward(Kernel *k);    // spike_forward.c
void kernel_emit_slow_backward(Kernel *k);   // spike_backward.c
LLVMValueRef kernel_emit_forward(Kernel *k); // forward.c: int32 (run)
LLVMValueRef kernel_emit_backward(Kernel *k);// backward.c: int32 (run)
LLVMValueRef kernel_emit_prepare(Kernel *k); // prepare.c: void (run)

#endif
