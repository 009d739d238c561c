// Event scalars: for all intervals of a sample at once, in vectors over
// intervals, everything that is the same for all neurons of the population.
#include "emit/kernel/kernel.h"

static LLVMValueRef scalar_row(const Kernel *k, LLVMValueRef base,
                               LLVMValueRef stride, unsigned row,
                               LLVMValueRef at)
{
    Emit *e = k->e;
    LLVMValueRef index = LLVMBuildAdd(
        e->b, LLVMBuildMul(e->b, stride, ir_i64(e, row), ""), at, "");
    return ir_at(e, e->real, base, index);
}

static void store_length(const Kernel *k, LLVMValueRef run, LLVMValueRef base,
                         LLVMValueRef interval)
{
    Emit *e = k->e;
    ir_store(e, kernel_length(k, run, interval),
             ir_at(e, e->real, base, interval));
}

// Those between two groups in vectors, which spill over into what follows; then
// the first and the last one, and zeros behind.
static void store_lengths(const Kernel *k, LLVMValueRef run, LLVMValueRef base)
{
    Emit *e = k->e;
    LLVMBuilderRef b = e->b;
    LLVMValueRef groups = ir_run_get(e, run, RUN_n_groups);
    LLVMValueRef times = ir_run_get(e, run, RUN_group_time);
    LLVMValueRef lanes = ir_i64(e, k->lanes), one = ir_i64(e, 1);
    LLVMValueRef more = LLVMBuildAdd(b, groups, ir_i64(e, k->lanes - 2), "");
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                LLVMBuildSDiv(b, more, lanes, ""));
    LLVMValueRef at = LLVMBuildMul(b, loop.index, lanes, "");
    LLVMValueRef next = LLVMBuildAdd(b, at, one, "");
    LLVMValueRef start = ir_load_loose(e, k->doubles,
                                       ir_at(e, e->f64, times, at));
    LLVMValueRef end = ir_load_loose(e, k->doubles,
                                     ir_at(e, e->f64, times, next));
    ir_store_loose(e, kernel_narrow(k, LLVMBuildFSub(b, end, start, "")),
                   ir_at(e, e->real, base, next));
    ir_loop_end(e, &loop);
    store_length(k, run, base, ir_i64(e, 0));
    store_length(k, run, base, groups);
    LLVMValueRef behind = LLVMBuildAdd(b, groups, one, "");
    ir_store_loose(e, kernel_zero(k), ir_at(e, e->real, base, behind));
}

static void store_all(const Kernel *k, Scope *scope,
                      const EventScalars *scalars, unsigned first,
                      LLVMValueRef base, LLVMValueRef stride, LLVMValueRef at)
{
    for (size_t i = 0; i < scalars->count; i++)
        ir_store_loose(k->e, scope_lanes(scope, scalars->scalars[i]),
                       scalar_row(k, base, stride, first + (unsigned)i, at));
}

LLVMValueRef kernel_emit_prepare(Kernel *of)
{
    Kernel wide = *of, *k = &wide;
    Emit *e = k->e;
    kernel_set_lanes(k, k->wide);
    LLVMTypeRef types[] = {e->pointer};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, "prepare"), e->none,
                                       types, 1, false);
    LLVMValueRef run = LLVMGetParam(f, 0);
    LLVMValueRef base = kernel_scalars(of, run);
    LLVMValueRef stride = kernel_scalar_stride(k, run);
    store_lengths(k, run, base);
    Scope *shared = kernel_shared_scope(k, run);
    LLVMValueRef lanes = ir_i64(e, k->lanes);
    LLVMValueRef rows = LLVMBuildSDiv(e->b, stride, lanes, "");
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), rows);
    LLVMValueRef at = LLVMBuildMul(e->b, loop.index, lanes, "");
    Scope *scope = scope_open(e, shared, e->real, k->lanes);
    scope_bind(scope, k->derived->interval,
               ir_load_loose(e, k->vector, ir_at(e, e->real, base, at)));
    unsigned behind = 1 + (unsigned)k->plan->forward.count;
    store_all(k, scope, &k->plan->forward, 1, base, stride, at);
    store_all(k, scope, &k->plan->backward, behind, base, stride, at);
    ir_loop_end(e, &loop);
    LLVMBuildRetVoid(e->b);
    ir_function_end(e);
    return f;
}
