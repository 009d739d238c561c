// The optimiser: one pass over parameters, gradients and states, in vectors.
// What is the same for all elements (a schedule, a bias correction) is computed
// once, in f64.
#include "emit/functions.h"
#include "events/hoist.h"

enum { ARG_N, ARG_PARAMETER, ARG_STATES, ARG_GRADIENTS, ARG_N_GRADIENTS,
       ARG_HYPERS, ARG_SCALE, ARG_FACTS, ARG_SILENCE, ARG_COLUMNS,
       ARG_STRIDE, ARG_COUNT };

typedef struct Optimizing {
    Emit *e;
    const Optimizer *optimizer;
    LLVMValueRef f;
    unsigned lanes;
    LLVMTypeRef vector;
    bool reads_silence;
    LLVMValueRef n_kept;        // slot: values that were not finite
    LLVMValueRef low, high;     // bounds, in all lanes
    LLVMValueRef *states;       // [n_states] arrays
    EventScalars uniform;
    const Expr **next;          // [n_states + 1] hoisted; the parameter last
    Scope *scope;               // uniform values, as reals
} Optimizing;

static bool is_element(const void *context, const Expr *symbol)
{
    const Optimizer *optimizer = context;
    bool element = symbol == optimizer->parameter
                   || symbol == optimizer->gradient
                   || symbol == optimizer->silence;
    for (size_t k = 0; k < optimizer->n_states; k++)
        element |= symbol == optimizer->states[k].symbol;
    return element;
}

static LLVMValueRef fact(const Optimizing *o, Fact which)
{
    Emit *e = o->e;
    LLVMValueRef facts = LLVMGetParam(o->f, ARG_FACTS);
    return ir_load(e, e->f64, ir_at(e, e->f64, facts, ir_i64(e, which)));
}

static LLVMValueRef as_real(const Optimizing *o, LLVMValueRef v)
{
    return o->e->real == o->e->f64
               ? v
               : LLVMBuildFPTrunc(o->e->b, v, o->e->real, "");
}

static void hoist_uniform(Optimizing *o)
{
    Emit *e = o->e;
    const Optimizer *optimizer = o->optimizer;
    Hoist h = {e->model->pool, e->arena, NULL, is_element, optimizer,
               &o->uniform};
    o->next = ARENA_ARRAY(e->arena, const Expr *, optimizer->n_states + 1);
    for (size_t k = 0; k < optimizer->n_states; k++)
        o->next[k] = hoist(&h, optimizer->next_states[k]);
    o->next[optimizer->n_states] = hoist(&h, optimizer->next_parameter);
}

static void emit_uniform(Optimizing *o)
{
    Emit *e = o->e;
    Scope *exact = scope_open(e, NULL, e->f64, 1);
    emit_bind_hypers(e, exact, LLVMGetParam(o->f, ARG_HYPERS));
    for (size_t k = 0; k < N_FACTS; k++)
        scope_bind(exact, o->optimizer->facts[k], fact(o, (Fact)k));
    o->scope = scope_open(e, NULL, e->real, o->lanes);
    for (size_t k = 0; k < o->uniform.count; k++) {
        LLVMValueRef v = scope_number(exact, o->uniform.scalars[k]);
        scope_bind(o->scope, o->uniform.symbols[k], as_real(o, v));
    }
}

// scale * sum of the gradient arrays at `index`, which become 0 there.
static LLVMValueRef take_gradient(const Optimizing *o, LLVMValueRef index)
{
    Emit *e = o->e;
    LLVMValueRef sum = ir_slot(e, o->vector, "g");
    ir_store(e, vmath_const(o->vector, 0), sum);
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                LLVMGetParam(o->f, ARG_N_GRADIENTS));
    LLVMValueRef arrays = LLVMGetParam(o->f, ARG_GRADIENTS);
    LLVMValueRef array = ir_load(e, e->pointer,
                                 ir_at(e, e->pointer, arrays, loop.index));
    LLVMValueRef at = ir_at(e, e->real, array, index);
    LLVMValueRef part = ir_load_loose(e, o->vector, at);
    ir_store_loose(e, vmath_const(o->vector, 0), at);
    ir_store(e, LLVMBuildFAdd(e->b, ir_load(e, o->vector, sum), part, ""), sum);
    ir_loop_end(e, &loop);
    LLVMValueRef scale = as_real(o, LLVMGetParam(o->f, ARG_SCALE));
    return LLVMBuildFMul(e->b, ir_load(e, o->vector, sum),
                         vmath_splat(e->b, scale, o->lanes), "");
}

// Counts the lanes of `bad` that are elements and not padding.
static void count_kept(const Optimizing *o, LLVMValueRef bad,
                       LLVMValueRef index)
{
    Emit *e = o->e;
    LLVMBuilderRef b = e->b;
    IrIf any = ir_if_rarely(e, vmath_any(e->vmath, b, bad));
    LLVMValueRef column =
        LLVMBuildURem(b, index, LLVMGetParam(o->f, ARG_STRIDE), "");
    LLVMValueRef left =
        LLVMBuildSub(b, LLVMGetParam(o->f, ARG_COLUMNS), column, "");
    LLVMValueRef is_padding =
        LLVMBuildICmp(b, LLVMIntSLT, left, ir_i64(e, 0), "");
    left = LLVMBuildSelect(b, is_padding, ir_i64(e, 0), left, "");
    LLVMValueRef real = vmath_first_lanes(e->vmath, b, left, o->lanes);
    LLVMValueRef count = vmath_popcount(e->vmath, b,
                                        LLVMBuildAnd(b, bad, real, ""));
    ir_store(e, LLVMBuildAdd(b, ir_load(e, e->i64, o->n_kept), count, ""),
             o->n_kept);
    ir_if_end(e, &any);
}

// `next` between the bounds; where that is not a finite number, `last`, and
// counted.
static LLVMValueRef bounded(const Optimizing *o, LLVMValueRef next,
                            LLVMValueRef last, LLVMValueRef index)
{
    Emit *e = o->e;
    LLVMBuilderRef b = e->b;
    LLVMValueRef v = vmath_max(e->vmath, b, o->low, next);
    v = vmath_min(e->vmath, b, o->high, v);
    LLVMValueRef is_number = LLVMBuildFCmp(b, LLVMRealORD, next, next, "");
    LLVMValueRef is_finite = LLVMBuildFCmp(
        b, LLVMRealOLT, vmath_abs(e->vmath, b, v),
        vmath_const(o->vector, __builtin_inf()), "");
    LLVMValueRef good = LLVMBuildAnd(b, is_number, is_finite, "");
    count_kept(o, LLVMBuildNot(b, good, ""), index);
    return LLVMBuildSelect(b, good, v, last, "");
}

// What no element changes, ahead of the loop over them.
static void load_arguments(Optimizing *o)
{
    Emit *e = o->e;
    size_t n = o->optimizer->n_states;
    LLVMValueRef states = LLVMGetParam(o->f, ARG_STATES);
    LLVMValueRef low = as_real(o, fact(o, FACT_LOW));
    LLVMValueRef high = as_real(o, fact(o, FACT_HIGH));
    o->low = vmath_splat(e->b, low, o->lanes);
    o->high = vmath_splat(e->b, high, o->lanes);
    o->states = ARENA_ARRAY(e->arena, LLVMValueRef, n + 1);
    for (size_t k = 0; k < n; k++)
        o->states[k] = ir_load(e, e->pointer, ir_at(
            e, e->pointer, states, ir_i64(e, (int64_t)k)));
}

static LLVMValueRef state_at(const Optimizing *o, size_t k, LLVMValueRef index)
{
    return ir_at(o->e, o->e->real, o->states[k], index);
}

static void step_vector(const Optimizing *o, LLVMValueRef index)
{
    Emit *e = o->e;
    const Optimizer *optimizer = o->optimizer;
    size_t n = optimizer->n_states;
    LLVMValueRef *next = ARENA_ARRAY(e->arena, LLVMValueRef, n + 1);
    LLVMValueRef at = ir_at(e, e->real, LLVMGetParam(o->f, ARG_PARAMETER),
                            index);
    Scope *scope = scope_open(e, o->scope, e->real, o->lanes);
    LLVMValueRef last = ir_load_loose(e, o->vector, at);
    scope_bind(scope, optimizer->gradient, take_gradient(o, index));
    scope_bind(scope, optimizer->parameter, last);
    if (o->reads_silence)
        scope_bind(scope, optimizer->silence,
                   ir_load_loose(e, o->vector,
                                 ir_at(e, e->real,
                                       LLVMGetParam(o->f, ARG_SILENCE),
                                       index)));
    for (size_t k = 0; k < n; k++)
        scope_bind(scope, optimizer->states[k].symbol,
                   ir_load_loose(e, o->vector, state_at(o, k, index)));
    for (size_t k = 0; k <= n; k++)
        next[k] = scope_lanes(scope, o->next[k]);
    for (size_t k = 0; k < n; k++)
        ir_store_loose(e, next[k], state_at(o, k, index));
    ir_store_loose(e, bounded(o, next[n], last, index), at);
}

LLVMValueRef emit_optimize(Emit *e, const Optimizer *optimizer)
{
    LLVMTypeRef types[ARG_COUNT] = {
        e->i64, e->pointer, e->pointer, e->pointer, e->i64, e->pointer,
        e->f64, e->pointer, e->pointer, e->i64, e->i64,
    };
    Optimizing o = {.e = e, .optimizer = optimizer,
                    .reads_silence =
                        optimizer_reads(optimizer, optimizer->silence)};
    o.f = ir_function_begin(e, "optimize", e->i64, types, ARG_COUNT, false);
    o.n_kept = ir_slot(e, e->i64, "kept");
    ir_store(e, ir_i64(e, 0), o.n_kept);
    o.lanes = e->real_size == 8 ? e->target->lanes_f64 : e->target->lanes_f32;
    o.vector = ir_vector(e, e->real, o.lanes);
    hoist_uniform(&o);
    emit_uniform(&o);
    load_arguments(&o);
    LLVMValueRef count = LLVMBuildSDiv(e->b, LLVMGetParam(o.f, ARG_N),
                                       ir_i64(e, o.lanes), "");
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), count);
    step_vector(&o, LLVMBuildMul(e->b, loop.index, ir_i64(e, o.lanes), ""));
    ir_loop_end(e, &loop);
    LLVMBuildRet(e->b, ir_load(e, e->i64, o.n_kept));
    ir_function_end(e);
    return o.f;
}
