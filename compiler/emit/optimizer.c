// The optimiser: one pass over parameters, gradients and states, in vectors.
// What is the same for all elements (a schedule, a bias correction) is computed
// once, in f64.
#include "emit/functions.h"
#include "events/hoist.h"

enum { ARG_N, ARG_PARAMETER, ARG_STATES, ARG_GRADIENTS, ARG_N_GRADIENTS,
       ARG_HYPERS, ARG_SCALE, ARG_STEP, ARG_EPOCH, ARG_LOW, ARG_HIGH,
       ARG_COUNT };

typedef struct Optimizing {
    Emit *e;
    const Optimizer *optimizer;
    LLVMValueRef f;
    unsigned lanes;
    LLVMTypeRef vector;
    EventScalars uniform;
    const Expr **next;          // [n_states + 1] hoisted; the parameter last
    Scope *scope;               // uniform values, as reals
} Optimizing;

static bool is_element(const void *context, const Expr *symbol)
{
    const Optimizer *optimizer = context;
    bool element = symbol == optimizer->parameter
                   || symbol == optimizer->gradient;
    for (size_t k = 0; k < optimizer->n_states; k++)
        element |= symbol == optimizer->states[k].symbol;
    return element;
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
    scope_bind(exact, e->model->step, LLVMGetParam(o->f, ARG_STEP));
    scope_bind(exact, e->model->epoch, LLVMGetParam(o->f, ARG_EPOCH));
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

static LLVMValueRef bounded(const Optimizing *o, LLVMValueRef v)
{
    Emit *e = o->e;
    LLVMValueRef low = as_real(o, LLVMGetParam(o->f, ARG_LOW));
    LLVMValueRef high = as_real(o, LLVMGetParam(o->f, ARG_HIGH));
    v = vmath_max(e->vmath, e->b, vmath_splat(e->b, low, o->lanes), v);
    return vmath_min(e->vmath, e->b, vmath_splat(e->b, high, o->lanes), v);
}

static LLVMValueRef state_at(const Optimizing *o, size_t k, LLVMValueRef index)
{
    Emit *e = o->e;
    LLVMValueRef states = LLVMGetParam(o->f, ARG_STATES);
    LLVMValueRef array = ir_load(
        e, e->pointer, ir_at(e, e->pointer, states, ir_i64(e, (int64_t)k)));
    return ir_at(e, e->real, array, index);
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
    scope_bind(scope, optimizer->gradient, take_gradient(o, index));
    scope_bind(scope, optimizer->parameter, ir_load_loose(e, o->vector, at));
    for (size_t k = 0; k < n; k++)
        scope_bind(scope, optimizer->states[k].symbol,
                   ir_load_loose(e, o->vector, state_at(o, k, index)));
    for (size_t k = 0; k <= n; k++)
        next[k] = scope_lanes(scope, o->next[k]);
    for (size_t k = 0; k < n; k++)
        ir_store_loose(e, next[k], state_at(o, k, index));
    ir_store_loose(e, bounded(o, next[n]), at);
}

LLVMValueRef emit_optimize(Emit *e)
{
    if (!e->model->optimizer)
        return NULL;
    LLVMTypeRef types[ARG_COUNT] = {
        e->i64, e->pointer, e->pointer, e->pointer, e->i64, e->pointer,
        e->f64, e->f64, e->f64, e->f64, e->f64,
    };
    Optimizing o = {.e = e, .optimizer = e->model->optimizer};
    o.f = ir_function_begin(e, "optimize", e->none, types, ARG_COUNT, false);
    o.lanes = e->real_size == 8 ? e->target->lanes_f64 : e->target->lanes_f32;
    o.vector = ir_vector(e, e->real, o.lanes);
    hoist_uniform(&o);
    emit_uniform(&o);
    LLVMValueRef count = LLVMBuildSDiv(e->b, LLVMGetParam(o.f, ARG_N),
                                       ir_i64(e, o.lanes), "");
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), count);
    step_vector(&o, LLVMBuildMul(e->b, loop.index, ir_i64(e, o.lanes), ""));
    ir_loop_end(e, &loop);
    LLVMBuildRetVoid(e->b);
    ir_function_end(e);
    return o.f;
}
