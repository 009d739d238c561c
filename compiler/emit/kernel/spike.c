// Spikes between kernel and runtime (spike.h).
#include "emit/kernel/spike.h"

#include "emit/compat.h"
#include "emit/kernel/tape.h"

static LLVMValueRef first_neuron(const Kernel *k, LLVMValueRef vector)
{
    return LLVMBuildMul(k->e->b, vector, ir_i64(k->e, k->lanes), "");
}

static LLVMValueRef neuron_of(const Kernel *k, LLVMValueRef vector,
                              LLVMValueRef lane)
{
    LLVMBuilderRef b = k->e->b;
    if (!kernel_is_list(k, vector))
        return LLVMBuildAdd(b, first_neuron(k, vector), lane, "");
    LLVMValueRef neuron = LLVMBuildExtractElement(b, vector, lane, "");
    return LLVMBuildZExt(b, neuron, k->e->i64, "");
}

// Lanes of one register; LLVM makes little of more.
static bool lanes_compress(const Kernel *k)
{
    return k->e->target->has_compress && k->lanes <= k->wide;
}

// ---- forward ---------------------------------------------------------------

static void append(const Kernel *k, LLVMValueRef run, LLVMValueRef neuron,
                   LLVMValueRef time)
{
    Emit *e = k->e;
    LLVMValueRef count = ir_run_get(e, run, RUN_spike_count);
    ir_store(e, time,
             ir_at(e, e->f64, ir_run_get(e, run, RUN_spike_time), count));
    ir_store(e, LLVMBuildTrunc(e->b, neuron, e->i32, ""),
             ir_at(e, e->i32, ir_run_get(e, run, RUN_spike_neuron), count));
    ir_run_set(e, run, RUN_spike_count,
               LLVMBuildAdd(e->b, count, ir_i64(e, 1), ""));
}

void spike_record_at(const Kernel *k, LLVMValueRef run, LLVMValueRef vector,
                     LLVMValueRef bits, LLVMValueRef times)
{
    Emit *e = k->e;
    LLVMValueRef lanes = ir_slot(e, k->doubles, "times");
    LLVMValueRef rest = ir_slot(e, e->i64, "rest");
    ir_store(e, times, lanes);
    ir_store(e, bits, rest);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef left = ir_load(e, e->i64, rest);
    ir_while_test(e, &loop, LLVMBuildICmp(e->b, LLVMIntNE, left,
                                          ir_i64(e, 0), ""));
    LLVMValueRef lane = ir_lowest_bit(e, left);
    ir_store(e, ir_clear_lowest(e, left), rest);
    append(k, run, neuron_of(k, vector, lane),
           ir_load(e, e->f64, ir_at(e, e->f64, lanes, lane)));
    ir_while_end(e, &loop);
}

// Without a branch: what lies behind the spikes is overwritten by later ones.
static void record_at_once(const Kernel *k, LLVMValueRef run,
                           LLVMValueRef vector, LLVMValueRef bits,
                           LLVMValueRef start, LLVMValueRef time)
{
    Emit *e = k->e;
    LLVMValueRef mask = kernel_mask_of_bits(k, bits), neurons = vector;
    LLVMValueRef count = ir_run_get(e, run, RUN_spike_count);
    if (!kernel_is_list(k, vector))
        neurons = LLVMBuildAdd(
            e->b, vmath_lane_numbers(e->i32, k->lanes),
            kernel_splat(k, LLVMBuildTrunc(e->b, first_neuron(k, vector),
                                           e->i32, "")), "");
    LLVMValueRef at = LLVMBuildFAdd(
        e->b, vmath_splat(e->b, start, k->lanes),
        kernel_widen(k, vmath_compress(e->vmath, e->b, time, mask)), "");
    at = vmath_min(e->vmath, e->b, at,
                   vmath_const(k->doubles, e->model->duration));
    ir_store_loose(e, at, ir_at(e, e->f64,
                                ir_run_get(e, run, RUN_spike_time), count));
    LLVMSetAlignment(
        LLVMBuildStore(e->b, vmath_compress(e->vmath, e->b, neurons, mask),
                       ir_at(e, e->i32, ir_run_get(e, run, RUN_spike_neuron),
                             count)), 4);
    ir_run_set(e, run, RUN_spike_count,
               LLVMBuildAdd(e->b, count, vmath_popcount(e->vmath, e->b, mask),
                            ""));
}

void spike_record(const Kernel *k, LLVMValueRef run, LLVMValueRef vector,
                  LLVMValueRef bits, LLVMValueRef start, LLVMValueRef time)
{
    Emit *e = k->e;
    if (lanes_compress(k)) {
        record_at_once(k, run, vector, bits, start, time);
        return;
    }
    LLVMValueRef at = LLVMBuildFAdd(
        e->b, vmath_splat(e->b, start, k->lanes), kernel_widen(k, time), "");
    LLVMValueRef last = vmath_const(k->doubles, e->model->duration);
    spike_record_at(k, run, vector, bits,
                    vmath_min(e->vmath, e->b, at, last));
}

void spike_reset(const Kernel *k, const Scope *parameters,
                 const LLVMValueRef *x, LLVMValueRef mask, LLVMValueRef *out)
{
    const State *states = k->plan->population->system->states;
    Scope *scope = scope_open(k->e, parameters, k->e->real, k->lanes);
    kernel_bind_row(scope, k->derived->states, x, k->n);
    for (unsigned i = 0; i < k->n; i++)
        out[i] = kernel_select(k, mask, scope_lanes(scope, states[i].reset),
                               x[i]);
}

void spike_stop_if(const Kernel *k, LLVMValueRef run, LLVMValueRef vector,
                   LLVMValueRef condition, LLVMValueRef bits,
                   LLVMValueRef time, int32_t status)
{
    Emit *e = k->e;
    IrIf stop = ir_if_rarely(e, condition);
    ir_run_set(e, run, RUN_error_neuron,
               neuron_of(k, vector, ir_lowest_bit(e, bits)));
    ir_run_set(e, run, RUN_error_time, time);
    ir_return_if(e, LLVMConstInt(e->i1, 1, false), ir_i32(e, status));
    ir_if_end(e, &stop);
}

void spike_write_observed(const Kernel *k, LLVMValueRef run,
                          LLVMValueRef vector, unsigned index,
                          LLVMValueRef value)
{
    Emit *e = k->e;
    LLVMValueRef buffer = ir_slot(e, k->vector, "observed");
    ir_store(e, value, buffer);
    LLVMValueRef base = first_neuron(k, vector);
    int64_t size = k->plan->population->size;
    LLVMValueRef left = LLVMBuildSub(e->b, ir_i64(e, size), base, "");
    LLVMValueRef fits = LLVMBuildICmp(e->b, LLVMIntSLT, left,
                                      ir_i64(e, k->lanes), "");
    LLVMValueRef n = LLVMBuildSelect(e->b, fits, left, ir_i64(e, k->lanes), "");
    LLVMValueRef out = ir_at(e, e->f64, ir_run_get(e, run, RUN_observed),
                             LLVMBuildAdd(e->b, base,
                                          ir_i64(e, index * size), ""));
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), n);
    LLVMValueRef lane =
        ir_load(e, e->real, ir_at(e, e->real, buffer, loop.index));
    if (e->real != e->f64)
        lane = LLVMBuildFPExt(e->b, lane, e->f64, "");
    ir_store(e, lane, ir_at(e, e->f64, out, loop.index));
    ir_loop_end(e, &loop);
}

// ---- backward --------------------------------------------------------------

static LLVMValueRef gradients_at_once(const Kernel *k, LLVMValueRef run,
                                      LLVMValueRef bits, LLVMValueRef first)
{
    Emit *e = k->e;
    LLVMTypeRef type = k->doubles;
    LLVMValueRef at = ir_at(e, e->f64,
                            ir_run_get(e, run, RUN_spike_gradient), first);
    LLVMValueRef args[] = {at, kernel_mask_of_bits(k, bits),
                           vmath_const(type, 0)};
    return kernel_narrow(k, compat_intrinsic(e->module, e->b,
                                             "llvm.masked.expandload", &type,
                                             1, args, 3));
}

LLVMValueRef spike_gradient_lanes(const Kernel *k, LLVMValueRef run,
                                  LLVMValueRef bits, LLVMValueRef first)
{
    Emit *e = k->e;
    if (lanes_compress(k))
        return gradients_at_once(k, run, bits, first);
    LLVMValueRef lanes = ir_slot(e, k->vector, "dt");
    LLVMValueRef rest = ir_slot(e, e->i64, "rest");
    LLVMValueRef next = ir_slot(e, e->i64, "next");
    LLVMValueRef gradients = ir_run_get(e, run, RUN_spike_gradient);
    ir_store(e, kernel_zero(k), lanes);
    ir_store(e, bits, rest);
    ir_store(e, first, next);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef left = ir_load(e, e->i64, rest);
    ir_while_test(e, &loop, LLVMBuildICmp(e->b, LLVMIntNE, left,
                                          ir_i64(e, 0), ""));
    LLVMValueRef index = ir_load(e, e->i64, next);
    LLVMValueRef value = ir_load(e, e->f64, ir_at(e, e->f64, gradients, index));
    if (e->real != e->f64)
        value = LLVMBuildFPTrunc(e->b, value, e->real, "");
    ir_store(e, value, ir_at(e, e->real, lanes, ir_lowest_bit(e, left)));
    ir_store(e, ir_clear_lowest(e, left), rest);
    ir_store(e, LLVMBuildAdd(e->b, index, ir_i64(e, 1), ""), next);
    ir_while_end(e, &loop);
    return ir_load(e, k->vector, lanes);
}

LLVMValueRef spike_finite_shift(const Kernel *k, LLVMValueRef run,
                                LLVMValueRef shift, LLVMValueRef spiked)
{
    Emit *e = k->e;
    LLVMValueRef difference = LLVMBuildFSub(e->b, shift, shift, "");
    LLVMValueRef finite = LLVMBuildFCmp(e->b, LLVMRealOEQ, difference,
                                        kernel_zero(k), "");
    LLVMValueRef bad = LLVMBuildAnd(e->b, spiked,
                                    LLVMBuildNot(e->b, finite, ""), "");
    LLVMValueRef count = ir_run_get(e, run, RUN_n_grazing);
    ir_run_set(e, run, RUN_n_grazing,
               LLVMBuildAdd(e->b, count,
                            vmath_popcount(e->vmath, e->b, bad), ""));
    return kernel_select(k, finite, shift, kernel_zero(k));
}

static LLVMValueRef is_group(const Kernel *k, LLVMValueRef run,
                             LLVMValueRef group)
{
    Emit *e = k->e;
    LLVMValueRef groups = ir_run_get(e, run, RUN_n_groups);
    return LLVMBuildAnd(
        e->b, LLVMBuildICmp(e->b, LLVMIntSGE, group, ir_i64(e, 0), ""),
        LLVMBuildICmp(e->b, LLVMIntSLT, group, groups, ""), "");
}

void spike_credit_arrival(const Kernel *k, LLVMValueRef run, LLVMValueRef group,
                          LLVMValueRef lanes, bool last)
{
    Emit *e = k->e;
    LLVMValueRef array = ir_run_get(e, run, RUN_arrival_gradient);
    LLVMValueRef wanted = LLVMBuildIsNotNull(e->b, array, "");
    IrIf some = ir_if_begin(
        e, LLVMBuildAnd(e->b, wanted, is_group(k, run, group), ""));
    LLVMValueRef first = ir_run_get(e, run, RUN_group_first);
    LLVMValueRef slot = LLVMBuildAdd(e->b, group, ir_i64(e, last ? 1 : 0), "");
    LLVMValueRef index = LLVMBuildZExt(
        e->b, ir_load(e, e->i32, ir_at(e, e->i32, first, slot)), e->i64, "");
    if (last)
        index = LLVMBuildSub(e->b, index, ir_i64(e, 1), "");
    LLVMValueRef at = ir_at(e, e->f64, array, index);
    LLVMValueRef value = vmath_sum_lanes(e->vmath, e->b, lanes);
    if (e->real != e->f64)
        value = LLVMBuildFPExt(e->b, value, e->f64, "");
    ir_store(e, LLVMBuildFAdd(e->b, ir_load(e, e->f64, at), value, ""), at);
    ir_if_end(e, &some);
}
