// What the numeric kernels of a population share (numeric.h).
#include "emit/numeric/numeric.h"

LLVMValueRef *numeric_each_peak(Numeric *n,
                                LLVMValueRef (*emit)(Numeric *, size_t))
{
    size_t count = n->k.plan->n_peaks;
    LLVMValueRef *made = ARENA_ARRAY(n->k.e->arena, LLVMValueRef, count + 1);
    for (size_t p = 0; p < count; p++)
        made[p] = emit(n, p);
    return made;
}

LLVMValueRef numeric_function(Numeric *n, const char *what, LLVMTypeRef result,
                              unsigned parameters, int word)
{
    Emit *e = n->k.e;
    LLVMTypeRef types[9];
    for (unsigned i = 0; i < parameters; i++)
        types[i] = i == 1 && n->takes_lists ? n->k.ints
                   : i == 1 || (int)i == word ? e->i64 : e->pointer;
    return ir_function_begin(e, kernel_symbol(&n->k, what), result, types,
                             parameters, false);
}

LLVMValueRef numeric_row(Numeric *n, const char *name, unsigned count)
{
    return ir_slot(n->k.e, LLVMArrayType2(n->k.vector, count ? count : 1),
                   name);
}

Scope *numeric_scope(Numeric *n, const Scope *parameters,
                     const LLVMValueRef *states)
{
    Scope *scope = scope_open(n->k.e, parameters, n->k.e->real, n->k.lanes);
    kernel_bind_row(scope, n->k.derived->states, states, n->k.n);
    return scope;
}

NumericPoint numeric_probe(Numeric *n, const Scope *parameters,
                           const Expr *value, const Expr *slope,
                           LLVMValueRef *states)
{
    Scope *scope = numeric_scope(n, parameters, states);
    NumericPoint p = {scope_lanes(scope, value), scope_lanes(scope, slope)};
    return p;
}

LLVMValueRef numeric_bound(Numeric *n, NumericPoint start, NumericPoint end,
                           LLVMValueRef length)
{
    Emit *e = n->k.e;
    LLVMValueRef top = LLVMBuildFSub(
        e->b, LLVMBuildFSub(e->b, end.value, start.value, ""),
        LLVMBuildFMul(e->b, end.slope, length, ""), "");
    LLVMValueRef turn = LLVMBuildFSub(e->b, start.slope, end.slope, "");
    LLVMValueRef h = LLVMBuildFDiv(e->b, top, turn, "");
    return vmath_fma(e->vmath, e->b, start.slope, h, start.value);
}

// int32 (run): all vectors, one after the other.
static LLVMValueRef emit_all(Numeric *n, const char *name, LLVMValueRef one,
                             bool forward)
{
    Emit *e = n->k.e;
    LLVMTypeRef types[] = {e->pointer};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(&n->k, name), e->i32,
                                       types, 1, false);
    LLVMValueRef run = LLVMGetParam(f, 0);
    if (forward) {
        ir_run_set(e, run, RUN_tape_used, ir_i64(e, 0));
        ir_run_set(e, run, RUN_spike_count, ir_i64(e, 0));
        ir_run_set(e, run, RUN_n_grazing, ir_i64(e, 0));
        ir_run_set(e, run, RUN_n_steps, ir_i64(e, 0));
    }
    kernel_each_vector(&n->k, run, one, forward);
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
    return f;
}

void numeric_emit(Emit *e, const LayerPlan *plan, LLVMValueRef *out_forward,
                  LLVMValueRef *out_backward)
{
    Numeric n = {.k = kernel_new(e, plan)};
    numeric_emit_reach(&n);
    if (plan->population->system->guard)
        numeric_emit_cross(&n);
    numeric_emit_peaks(&n);
    LLVMValueRef forward = numeric_emit_forward(&n);
    *out_forward = emit_all(&n, "forward", forward, true);
    numeric_emit_pull(&n);
    numeric_emit_retreat(&n);
    LLVMValueRef backward = numeric_emit_backward(&n);
    *out_backward = emit_all(&n, "backward", backward, false);
}
