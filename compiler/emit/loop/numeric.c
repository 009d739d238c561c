// Pieces of neurons whose flow has no closed form (loop.h): rows of memory for
// the functions of emit/numeric/piece.c, and what they leave.
#include "emit/numeric/numeric.h"

#include "emit/loop/loop.h"

// Of the duration: the first step that is tried, there and back.
static const double first_step = 1.0 / 256;

bool loop_is_numeric(const Loop *l)
{
    return l->k->derived->numeric;
}

static LLVMValueRef memory(const Loop *l, const char *name, unsigned count)
{
    return ir_slot(l->k->e, LLVMArrayType2(l->k->vector, count ? count : 1),
                   name);
}

static LLVMValueRef at_row(const Loop *l, LLVMValueRef rows, unsigned i)
{
    return ir_at(l->k->e, l->k->vector, rows, ir_i64(l->k->e, i));
}

void loop_start_control(const Loop *l, LoopField field,
                        const LLVMValueRef *sizes)
{
    const Kernel *k = l->k;
    VMath *m = k->e->vmath;
    loop_put(l, field, 0, vmath_const(k->vector,
                                      first_step * k->e->model->duration));
    for (unsigned i = 0; i < k->n; i++)
        loop_put(l, field, 1 + i, vmath_abs(m, k->e->b, sizes[i]));
}

unsigned loop_control_rows(const Kernel *k)
{
    return k->derived->numeric ? 1 + k->n : 0;
}

void loop_record_control(const Loop *l, unsigned row)
{
    for (unsigned i = 0; i < loop_control_rows(l->k); i++)
        loop_record_put(l, row + i, loop_get(l, LOOP_CONTROL, i));
}

void loop_restore_control(const Loop *l, unsigned row)
{
    for (unsigned i = 0; i < loop_control_rows(l->k); i++)
        loop_put(l, LOOP_CONTROL, i, loop_record_get(l, row + i));
}

static LLVMValueRef control_of(const Loop *l, LoopField field)
{
    LLVMValueRef rows = memory(l, "control", 1 + l->k->n);
    for (unsigned i = 0; i < 1 + l->k->n; i++)
        ir_store_loose(l->k->e, loop_get(l, field, i), at_row(l, rows, i));
    return rows;
}

static void keep_control(const Loop *l, LoopField field, LLVMValueRef rows)
{
    for (unsigned i = 0; i < 1 + l->k->n; i++)
        loop_put(l, field, i, ir_load_loose(l->k->e, l->k->vector,
                                            at_row(l, rows, i)));
}

// The lanes' neurons; those behind the population's end are its last.
static LLVMValueRef neurons_of(const Loop *l)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    if (kernel_is_list(k, l->vector))
        return l->vector;
    LLVMValueRef first = kernel_splat(k, LLVMBuildTrunc(e->b, l->at, e->i32,
                                                        ""));
    LLVMValueRef number = LLVMBuildAdd(
        e->b, first, vmath_lane_numbers(e->i32, k->lanes), "");
    LLVMValueRef last = kernel_splat(
        k, ir_i32(e, (int32_t)k->plan->population->size - 1));
    return LLVMBuildSelect(e->b, LLVMBuildICmp(e->b, LLVMIntULT, number, last,
                                               ""), number, last, "");
}

static LLVMValueRef states_of(const Loop *l, const LLVMValueRef *x)
{
    LLVMValueRef rows = memory(l, "states", l->k->n);
    kernel_store_row(l->k, rows, x);
    return rows;
}

// Lanes without a neuron make no way.
static LLVMValueRef length_of(const Loop *l, LLVMValueRef h)
{
    LLVMValueRef row = memory(l, "length", 1);
    ir_store_loose(l->k->e, kernel_select(l->k, l->mask, h, kernel_zero(l->k)),
                   row);
    return row;
}

static void call(const Loop *l, LLVMValueRef function, LLVMValueRef *args,
                 unsigned n)
{
    Emit *e = l->k->e;
    LLVMValueRef status = ir_call(e, function, args, n);
    ir_return_if(e, LLVMBuildICmp(e->b, LLVMIntNE, status, ir_i32(e, 0), ""),
                 status);
}

// What is left of the sample behind a time h.
static LLVMValueRef left_behind(const Loop *l, LLVMValueRef h)
{
    Emit *e = l->k->e;
    LLVMTypeRef wide = ir_vector(e, e->f64, l->k->lanes);
    LLVMValueRef all = loop_elapsed(l, vmath_const(wide, e->model->duration));
    return vmath_max(e->vmath, e->b, LLVMBuildFSub(e->b, all, h, ""),
                     kernel_zero(l->k));
}

// Where a way of `rest` behind h follows; the control at its end.
static LLVMValueRef travel(const Loop *l, const LLVMValueRef *x,
                           LLVMValueRef h, LLVMValueRef rest, LLVMValueRef *out)
{
    LLVMValueRef control = control_of(l, LOOP_CONTROL);
    LLVMValueRef end = memory(l, "end", l->k->n);
    LLVMValueRef args[] = {l->run, neurons_of(l), states_of(l, x),
                           length_of(l, h), control, end, length_of(l, rest)};
    call(l, l->k->pieces->travel, args, 7);
    kernel_load_row(l->k, end, out);
    return control;
}

void loop_travel(const Loop *l, const LLVMValueRef *x, LLVMValueRef h,
                 LLVMValueRef *out)
{
    keep_control(l, LOOP_CONTROL, travel(l, x, h, left_behind(l, h), out));
}

// Backward: what is left of the sample behind a part of the piece just taken
// back, of which `rest` follows.
static LLVMValueRef left_behind_part(const Loop *l, LLVMValueRef rest)
{
    LLVMValueRef behind = left_behind(l, kernel_zero(l->k));
    return LLVMBuildFAdd(l->k->e->b, behind, rest, "");
}

void loop_travel_part(const Loop *l, const LLVMValueRef *x, LLVMValueRef h,
                      LLVMValueRef rest, LLVMValueRef *out)
{
    travel(l, x, h, left_behind_part(l, rest), out);
}

void loop_survey(const Loop *l, unsigned peak, const LLVMValueRef *x,
                 LLVMValueRef h, LLVMValueRef *best, LLVMValueRef *time)
{
    Emit *e = l->k->e;
    LLVMValueRef tops = memory(l, "best", 1), times = memory(l, "time", 1);
    ir_store_loose(e, *best, tops);
    ir_store_loose(e, kernel_zero(l->k), times);
    LLVMValueRef args[] = {l->run, neurons_of(l), states_of(l, x),
                           length_of(l, h), control_of(l, LOOP_CONTROL),
                           length_of(l, left_behind(l, h)), tops, times};
    call(l, l->k->pieces->surveys[peak], args, 8);
    *best = ir_load_loose(e, l->k->vector, tops);
    *time = ir_load_loose(e, l->k->vector, times);
}

LLVMValueRef loop_foresee(const Loop *l, const LLVMValueRef *x, LLVMValueRef h)
{
    LLVMValueRef time = memory(l, "time", 1);
    LLVMValueRef args[] = {l->run, neurons_of(l), states_of(l, x),
                           length_of(l, h), control_of(l, LOOP_CONTROL), time};
    call(l, l->k->pieces->foresee, args, 6);
    return ir_load_loose(l->k->e, l->k->vector, time);
}

void loop_travel_back(const Loop *l, const LLVMValueRef *x, LLVMValueRef h,
                      LLVMValueRef rest, LLVMValueRef *lambda)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    const Gradients *flow = &k->derived->flow.pull_gradients;
    LLVMValueRef sums = memory(l, "sums", (unsigned)flow->count);
    for (unsigned g = 0; g < flow->count; g++)
        ir_store_loose(e, kernel_zero(k), at_row(l, sums, g));
    LLVMValueRef control = control_of(l, LOOP_BACK_CONTROL);
    LLVMValueRef adjoint = states_of(l, lambda);
    LLVMValueRef args[] = {l->run, neurons_of(l), states_of(l, x),
                           length_of(l, h), control_of(l, LOOP_CONTROL),
                           adjoint, control, sums,
                           length_of(l, left_behind_part(l, rest))};
    call(l, k->pieces->travel_back, args, 9);
    keep_control(l, LOOP_BACK_CONTROL, control);
    kernel_load_row(k, adjoint, lambda);
    for (unsigned g = 0; g < flow->count; g++)
        loop_add_gradient(l, flow->items[g].parameter,
                          ir_load_loose(e, k->vector, at_row(l, sums, g)));
}
