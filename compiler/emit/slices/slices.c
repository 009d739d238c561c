// What the kernels over slices share (slices.h).
#include "emit/slices/slices.h"

static LLVMValueRef word_at(const Slice *s, RunField field, LLVMValueRef index)
{
    Emit *e = s->k->e;
    LLVMValueRef at = ir_at(e, e->i32, ir_run_get(e, s->run, field), index);
    return LLVMBuildZExt(e->b, ir_load(e, e->i32, at), e->i64, "");
}

static void open_lanes(Slice *s)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    LLVMValueRef neurons = ir_at(
        e, e->i32, ir_run_get(e, s->run, RUN_slice_neuron), s->lane);
    LLVMValueRef left = LLVMBuildSub(
        e->b, ir_i64(e, k->plan->population->size), s->lane, "");
    s->valid = vmath_first_lanes(e->vmath, e->b, left, k->lanes);
    s->l = (Loop){.k = k, .run = s->run, .count = ir_i64(e, k->lanes),
                  .at = ir_i64(e, 0), .mask = s->valid};
    s->l.vector = ir_load_loose(e, k->ints, neurons);
    s->l.parameters = kernel_scope(k, s->run, s->l.vector);
    loop_open_slots(&s->l);
}

Slice slice_begin(Kernel *k, const char *name)
{
    Emit *e = k->e;
    LLVMTypeRef types[] = {e->pointer, e->i64};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, name), e->i32, types,
                                       2, false);
    Slice s = {.k = k, .run = LLVMGetParam(f, 0), .number = LLVMGetParam(f, 1)};
    s.lane = LLVMBuildMul(e->b, s.number, ir_i64(e, k->lanes), "");
    s.first = word_at(&s, RUN_slice_first, s.number);
    s.end = word_at(&s, RUN_slice_first,
                    LLVMBuildAdd(e->b, s.number, ir_i64(e, 1), ""));
    open_lanes(&s);
    return s;
}

LLVMValueRef slices_emit_all(Kernel *k, const char *name, LLVMValueRef one,
                             bool forward)
{
    Emit *e = k->e;
    LLVMTypeRef types[] = {e->pointer};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, name), e->i32, types,
                                       1, false);
    kernel_each_vector(k, LLVMGetParam(f, 0), one, forward);
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
    return f;
}

// ---- steps -----------------------------------------------------------------

LLVMValueRef slice_at(const Slice *s, RunField field, LLVMTypeRef scalar,
                      LLVMValueRef step)
{
    Emit *e = s->k->e;
    LLVMValueRef index = LLVMBuildMul(e->b, step, ir_i64(e, s->k->lanes), "");
    return ir_at(e, scalar, ir_run_get(e, s->run, field), index);
}

LLVMValueRef slice_get(const Slice *s, RunField field, LLVMTypeRef scalar,
                       LLVMValueRef step)
{
    Emit *e = s->k->e;
    return ir_load_loose(e, ir_vector(e, scalar, s->k->lanes),
                         slice_at(s, field, scalar, step));
}

LLVMValueRef slice_duration(const Slice *s)
{
    return vmath_const(s->k->doubles, s->k->e->model->duration);
}

LLVMValueRef slice_arrivals(const Slice *s, LLVMValueRef time)
{
    return LLVMBuildFCmp(s->k->e->b, LLVMRealOLT, time, slice_duration(s), "");
}

LLVMValueRef slice_of_port(const Slice *s, LLVMValueRef mask,
                           LLVMValueRef step, unsigned port)
{
    const Kernel *k = s->k;
    Emit *e = k->e;
    if (k->plan->population->system->n_ports == 1)
        return mask;
    LLVMValueRef ports = slice_get(s, RUN_slice_port, e->i32, step);
    LLVMValueRef this = kernel_splat(k, ir_i32(e, (int32_t)port));
    return LLVMBuildAnd(
        e->b, mask, LLVMBuildICmp(e->b, LLVMIntEQ, ports, this, ""), "");
}

// ---- the tape --------------------------------------------------------------

static unsigned rows_bytes(const Kernel *k)
{
    return (k->n + 1) * k->vector_bytes;
}

unsigned slice_spikes_bytes(const Kernel *k)
{
    return rows_bytes(k) + 8 * (k->lanes + SPIKES_WORDS);
}

LLVMValueRef slice_spikes_times(const Slice *s, LLVMValueRef record)
{
    return ir_byte_offset(s->k->e, record, ir_i64(s->k->e, rows_bytes(s->k)));
}

LLVMValueRef slice_spikes_word(const Slice *s, LLVMValueRef record,
                               SpikesWord word)
{
    const Kernel *k = s->k;
    return ir_byte_offset(k->e, record, ir_i64(
        k->e, (int64_t)rows_bytes(k) + 8 * ((int64_t)k->lanes + word)));
}

unsigned slice_states_bytes(const Kernel *k)
{
    return k->n * k->vector_bytes;
}
