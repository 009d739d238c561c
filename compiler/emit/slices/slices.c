// What the kernels over slices share (slices.h).
#include "emit/slices/slices.h"

#include "emit/compat.h"

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

// Whose steps it goes through: its own, or its place's.
static LLVMValueRef find_list(Slice *s)
{
    const Kernel *k = s->k;
    LLVMBuilderRef b = k->e->b;
    if (k->plan->channels == 0)
        return s->number;
    LLVMValueRef each = ir_i64(k->e, k->plan->channels / k->lanes);
    LLVMValueRef place = LLVMBuildUDiv(b, s->number, each, "");
    LLVMValueRef before = LLVMBuildMul(b, place, each, "");
    s->channel = LLVMBuildMul(b, LLVMBuildSub(b, s->number, before, ""),
                              ir_i64(k->e, k->lanes), "");
    return place;
}

Slice slice_begin(Kernel *k, const char *name)
{
    Emit *e = k->e;
    LLVMTypeRef types[] = {e->pointer, e->i64};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, name), e->i32, types,
                                       2, false);
    Slice s = {.k = k, .run = LLVMGetParam(f, 0), .number = LLVMGetParam(f, 1)};
    s.lane = LLVMBuildMul(e->b, s.number, ir_i64(e, k->lanes), "");
    LLVMValueRef list = find_list(&s);
    s.first = word_at(&s, RUN_slice_first, list);
    s.end = word_at(&s, RUN_slice_first,
                    LLVMBuildAdd(e->b, list, ir_i64(e, 1), ""));
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

LLVMValueRef slice_own(const Slice *s, RunField field, LLVMTypeRef scalar,
                       LLVMValueRef step)
{
    Emit *e = s->k->e;
    LLVMValueRef index = LLVMBuildMul(e->b, step, ir_i64(e, s->k->lanes), "");
    return ir_at(e, scalar, ir_run_get(e, s->run, field), index);
}

static LLVMValueRef get_own(const Slice *s, RunField field, LLVMTypeRef scalar,
                            LLVMValueRef step)
{
    Emit *e = s->k->e;
    return ir_load_loose(e, ir_vector(e, scalar, s->k->lanes),
                         slice_own(s, field, scalar, step));
}

LLVMValueRef slice_time(const Slice *s, LLVMValueRef step)
{
    Emit *e = s->k->e;
    if (s->k->plan->channels == 0)
        return get_own(s, RUN_slice_time, e->f64, step);
    LLVMValueRef times = ir_run_get(e, s->run, RUN_slice_time);
    return vmath_splat(e->b, ir_load(e, e->f64, ir_at(e, e->f64, times, step)),
                       s->k->lanes);
}

LLVMValueRef slice_duration(const Slice *s)
{
    return vmath_const(s->k->doubles, s->k->e->model->duration);
}

LLVMValueRef slice_arrivals(const Slice *s, LLVMValueRef time)
{
    if (s->k->plan->channels > 0)
        return s->valid;
    return LLVMBuildFCmp(s->k->e->b, LLVMRealOLT, time, slice_duration(s), "");
}

LLVMValueRef slice_of_port(const Slice *s, LLVMValueRef mask,
                           LLVMValueRef step, unsigned port)
{
    const Kernel *k = s->k;
    Emit *e = k->e;
    if (k->plan->population->system->n_ports == 1)
        return mask;
    LLVMValueRef this = ir_i32(e, (int32_t)port), ports;
    if (k->plan->channels > 0) {
        ports = ir_load(e, e->i32, ir_at(
            e, e->i32, ir_run_get(e, s->run, RUN_slice_port), step));
        return LLVMBuildSelect(
            e->b, LLVMBuildICmp(e->b, LLVMIntEQ, ports, this, ""), mask,
            LLVMConstNull(k->mask), "");
    }
    ports = get_own(s, RUN_slice_port, e->i32, step);
    return LLVMBuildAnd(e->b, mask,
                        LLVMBuildICmp(e->b, LLVMIntEQ, ports,
                                      kernel_splat(k, this), ""), "");
}

// ---- weights ---------------------------------------------------------------

static unsigned count_projections(const Kernel *k)
{
    const Model *model = k->e->model;
    unsigned n = 0;
    for (size_t i = 0; i < model->n_projections; i++)
        n += model->projections[i]->target == k->plan->population;
    return n;
}

SlicePlaces slice_places(const Slice *s, RunField arrays, LLVMValueRef step)
{
    const Kernel *k = s->k;
    Emit *e = k->e;
    LLVMValueRef which = ir_i64(e, 0), channel = s->channel;
    if (count_projections(k) > 1)
        which = word_at(s, RUN_slice_projection, step);
    LLVMValueRef at = ir_at(e, e->pointer, ir_run_get(e, s->run, arrays),
                            which);
    LLVMValueRef row = word_at(s, RUN_slice_row, step);
    if (k->plan->strides) {
        LLVMValueRef stride = word_at(s, RUN_slice_stride, step);
        row = vmath_splat(e->b, row, k->lanes);
        channel = LLVMBuildMul(
            e->b, LLVMBuildAdd(e->b, vmath_splat(e->b, channel, k->lanes),
                               vmath_lane_numbers(e->i64, k->lanes), ""),
            vmath_splat(e->b, stride, k->lanes), "");
    }
    return (SlicePlaces){ir_load(e, e->pointer, at),
                         LLVMBuildAdd(e->b, row, channel, "")};
}

LLVMValueRef slice_load(const Slice *s, SlicePlaces places)
{
    const Kernel *k = s->k;
    Emit *e = k->e;
    if (k->plan->strides)
        return kernel_gather(k, e->real, places.array, places.index);
    return ir_load_loose(e, k->vector,
                         ir_at(e, e->real, places.array, places.index));
}

void slice_store(const Slice *s, SlicePlaces places, LLVMValueRef value)
{
    Emit *e = s->k->e;
    LLVMValueRef at = ir_at(e, e->real, places.array, places.index);
    if (s->k->plan->strides)
        compat_masked_scatter(e->module, e->b, value, at, e->real_size,
                              s->valid);
    else
        ir_store_loose(e, value, at);
}

LLVMValueRef slice_weights(const Slice *s, LLVMValueRef step)
{
    if (s->k->plan->channels == 0)
        return get_own(s, RUN_slice_weight, s->k->e->real, step);
    return slice_load(s, slice_places(s, RUN_slice_weights, step));
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
