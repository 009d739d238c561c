// The optimiser: one pass over parameters, gradients and states, in vectors.
// What is the same for all elements (a schedule, a bias correction) is computed
// once, in f64. Consecutive rows to which the same gradient arrays contribute
// are one run, so that narrow rows cost no more than wide ones. How many arrays
// these are is known before a run's loop over vectors: none, one and two have a
// loop each, and the rule is simplified for none.
#include "emit/functions.h"
#include "events/hoist.h"
#include "snn/abi.h"

enum { ARG_ROWS, ARG_COLUMNS, ARG_STRIDE, ARG_PARAMETER, ARG_STATES,
       ARG_GRADIENTS, ARG_TOUCHED, ARG_HYPERS, ARG_SCALE, ARG_FACTS,
       ARG_SILENCE, ARG_COUNT };

// Bytes ahead: what another worker wrote is asked for early, and once for both
// reading and writing.
enum { GRADIENTS_MAX = 32, GRADIENTS_UNROLLED = 2, FETCHED_AHEAD = 512 };

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
    LLVMValueRef arrays, n_arrays; // slots: the run's gradients, how many
    EventScalars uniform;
    const Expr **next;          // [n_states + 1] hoisted; the parameter last
    const Expr **next_alone;    // the same where the gradient is 0
    Scope *scope;               // uniform values, as reals
    // The run at hand:
    LLVMValueRef base, extent;  // its first element, how many
    int n_gradients;            // or -1: n_arrays
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
    ExprPool *pool = e->model->pool;
    const Optimizer *optimizer = o->optimizer;
    size_t n = optimizer->n_states;
    const Expr *none = expr_const(pool, 0);
    Hoist h = {pool, e->arena, NULL, is_element, optimizer, &o->uniform};
    o->next = ARENA_ARRAY(e->arena, const Expr *, n + 1);
    o->next_alone = ARENA_ARRAY(e->arena, const Expr *, n + 1);
    for (size_t k = 0; k <= n; k++) {
        const Expr *next = k < n ? optimizer->next_states[k]
                                 : optimizer->next_parameter;
        o->next[k] = hoist(&h, next);
        o->next_alone[k] = hoist(
            &h, expr_substitute(pool, next, &optimizer->gradient, &none, 1));
    }
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

// What the k-th of the run's gradient arrays holds at `index`, which becomes 0.
static LLVMValueRef take_one(const Optimizing *o, LLVMValueRef k,
                             LLVMValueRef index)
{
    Emit *e = o->e;
    LLVMValueRef array = ir_load(e, e->pointer,
                                 ir_at(e, e->pointer, o->arrays, k));
    LLVMValueRef at = ir_at(e, e->real, array, index);
    ir_prefetch(e, ir_byte_offset(e, at, ir_i64(e, FETCHED_AHEAD)), true);
    LLVMValueRef part = ir_load_loose(e, o->vector, at);
    ir_store_loose(e, vmath_const(o->vector, 0), at);
    return part;
}

static LLVMValueRef take_all(const Optimizing *o, LLVMValueRef index)
{
    Emit *e = o->e;
    LLVMValueRef sum = ir_slot(e, o->vector, "g");
    ir_store(e, vmath_const(o->vector, 0), sum);
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                ir_load(e, e->i64, o->n_arrays));
    LLVMValueRef part = take_one(o, loop.index, index);
    ir_store(e, LLVMBuildFAdd(e->b, ir_load(e, o->vector, sum), part, ""), sum);
    ir_loop_end(e, &loop);
    return ir_load(e, o->vector, sum);
}

// scale * sum of the run's gradients, which become 0; in their order.
static LLVMValueRef take_gradient(const Optimizing *o, LLVMValueRef index)
{
    Emit *e = o->e;
    LLVMValueRef sum;
    if (o->n_gradients < 0) {
        sum = take_all(o, index);
    } else {
        sum = take_one(o, ir_i64(e, 0), index);
        for (int k = 1; k < o->n_gradients; k++)
            sum = LLVMBuildFAdd(e->b, sum, take_one(o, ir_i64(e, k), index),
                                "");
    }
    LLVMValueRef scale = as_real(o, LLVMGetParam(o->f, ARG_SCALE));
    return LLVMBuildFMul(e->b, sum, vmath_splat(e->b, scale, o->lanes), "");
}

// Counts the lanes of `bad` that are elements and not padding; `at` is the
// first one's place in the run.
static void count_kept(const Optimizing *o, LLVMValueRef bad, LLVMValueRef at)
{
    Emit *e = o->e;
    LLVMBuilderRef b = e->b;
    IrIf any = ir_if_rarely(e, vmath_any(e->vmath, b, bad));
    LLVMValueRef column =
        LLVMBuildSRem(b, at, LLVMGetParam(o->f, ARG_STRIDE), "");
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
                            LLVMValueRef last, LLVMValueRef place)
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
    count_kept(o, LLVMBuildNot(b, good, ""), place);
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
    o->arrays = ir_slot(e, LLVMArrayType2(e->pointer, GRADIENTS_MAX), "arrays");
    o->n_arrays = ir_slot(e, e->i64, "n");
}

static LLVMValueRef state_at(const Optimizing *o, size_t k, LLVMValueRef index)
{
    return ir_at(o->e, o->e->real, o->states[k], index);
}

// The vector at a place of the run; where silence is read, a run is one row.
static void step_vector(const Optimizing *o, LLVMValueRef place)
{
    Emit *e = o->e;
    const Optimizer *optimizer = o->optimizer;
    size_t n = optimizer->n_states;
    const Expr **rule = o->n_gradients == 0 ? o->next_alone : o->next;
    LLVMValueRef *next = ARENA_ARRAY(e->arena, LLVMValueRef, n + 1);
    LLVMValueRef index = LLVMBuildAdd(e->b, o->base, place, "");
    LLVMValueRef at = ir_at(e, e->real, LLVMGetParam(o->f, ARG_PARAMETER),
                            index);
    Scope *scope = scope_open(e, o->scope, e->real, o->lanes);
    ir_prefetch(e, ir_byte_offset(e, at, ir_i64(e, FETCHED_AHEAD)), true);
    LLVMValueRef last = ir_load_loose(e, o->vector, at);
    if (o->n_gradients != 0)
        scope_bind(scope, optimizer->gradient, take_gradient(o, place));
    scope_bind(scope, optimizer->parameter, last);
    if (o->reads_silence)
        scope_bind(scope, optimizer->silence,
                   ir_load_loose(e, o->vector,
                                 ir_at(e, e->real,
                                       LLVMGetParam(o->f, ARG_SILENCE),
                                       place)));
    for (size_t k = 0; k < n; k++)
        scope_bind(scope, optimizer->states[k].symbol,
                   ir_load_loose(e, o->vector, state_at(o, k, index)));
    for (size_t k = 0; k <= n; k++)
        next[k] = scope_lanes(scope, rule[k]);
    for (size_t k = 0; k < n; k++)
        ir_store_loose(e, next[k], state_at(o, k, index));
    ir_store_loose(e, bounded(o, next[n], last, place), at);
}

static void step_vectors(Optimizing *o, int n_gradients)
{
    Emit *e = o->e;
    LLVMValueRef lanes = ir_i64(e, o->lanes);
    o->n_gradients = n_gradients;
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                LLVMBuildSDiv(e->b, o->extent, lanes, ""));
    step_vector(o, LLVMBuildMul(e->b, loop.index, lanes, ""));
    ir_loop_end(e, &loop);
}

// The run's arrays of those that its bits name, from their first element on.
static void list_arrays(const Optimizing *o, LLVMValueRef bits)
{
    Emit *e = o->e;
    LLVMBuilderRef b = e->b;
    LLVMValueRef rest = ir_slot(e, e->i64, "rest"), zero = ir_i64(e, 0);
    ir_store(e, zero, o->n_arrays);
    ir_store(e, bits, rest);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef left = ir_load(e, e->i64, rest);
    ir_while_test(e, &loop, LLVMBuildICmp(b, LLVMIntNE, left, zero, ""));
    LLVMValueRef which = ir_lowest_bit(e, left);
    LLVMValueRef array = ir_load(e, e->pointer, ir_at(
        e, e->pointer, LLVMGetParam(o->f, ARG_GRADIENTS), which));
    LLVMValueRef n = ir_load(e, e->i64, o->n_arrays);
    ir_store(e, ir_at(e, e->real, array, o->base),
             ir_at(e, e->pointer, o->arrays, n));
    ir_store(e, LLVMBuildAdd(b, n, ir_i64(e, 1), ""), o->n_arrays);
    ir_store(e, ir_clear_lowest(e, left), rest);
    ir_while_end(e, &loop);
}

static void step_by_number(Optimizing *o, int number)
{
    Emit *e = o->e;
    if (number > GRADIENTS_UNROLLED) {
        step_vectors(o, -1);
        return;
    }
    LLVMValueRef n = ir_load(e, e->i64, o->n_arrays);
    IrIf this = ir_if_begin(e, LLVMBuildICmp(e->b, LLVMIntEQ, n,
                                             ir_i64(e, number), ""));
    step_vectors(o, number);
    ir_else(e, &this);
    step_by_number(o, number + 1);
    ir_if_end(e, &this);
}

static LLVMValueRef bits_of(const Optimizing *o, LLVMValueRef row)
{
    Emit *e = o->e;
    LLVMValueRef touched = LLVMGetParam(o->f, ARG_TOUCHED);
    return ir_load(e, e->i32, ir_at(e, e->i32, touched, row));
}

// Moves `end` on from the row behind the run's first to the run's end.
static void find_end(const Optimizing *o, LLVMValueRef bits, LLVMValueRef end)
{
    Emit *e = o->e;
    LLVMBuilderRef b = e->b;
    LLVMValueRef rows = LLVMGetParam(o->f, ARG_ROWS);
    LLVMValueRef last = LLVMBuildSub(b, rows, ir_i64(e, 1), "");
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef row = ir_load(e, e->i64, end);
    LLVMValueRef is_row = LLVMBuildICmp(b, LLVMIntSLT, row, rows, "");
    LLVMValueRef inside = LLVMBuildSelect(b, is_row, row, last, "");
    LLVMValueRef is_same =
        LLVMBuildICmp(b, LLVMIntEQ, bits_of(o, inside), bits, "");
    ir_while_test(e, &loop, LLVMBuildAnd(b, is_row, is_same, ""));
    ir_store(e, LLVMBuildAdd(b, row, ir_i64(e, 1), ""), end);
    ir_while_end(e, &loop);
}

static void step_run(Optimizing *o, LLVMValueRef first, LLVMValueRef end,
                     LLVMValueRef bits)
{
    Emit *e = o->e;
    LLVMBuilderRef b = e->b;
    LLVMValueRef rests = LLVMConstInt(e->i32, SNN_ROW_RESTS, false);
    LLVMValueRef stride = LLVMGetParam(o->f, ARG_STRIDE);
    IrIf works = ir_if_begin(e, LLVMBuildICmp(b, LLVMIntNE, bits, rests, ""));
    o->base = LLVMBuildMul(b, first, stride, "");
    o->extent = LLVMBuildMul(b, LLVMBuildSub(b, end, first, ""), stride, "");
    list_arrays(o, LLVMBuildZExt(b, bits, e->i64, ""));
    step_by_number(o, 0);
    ir_if_end(e, &works);
}

static void step_rows(Optimizing *o)
{
    Emit *e = o->e;
    LLVMBuilderRef b = e->b;
    LLVMValueRef end = ir_slot(e, e->i64, "end");
    ir_store(e, ir_i64(e, 0), end);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef first = ir_load(e, e->i64, end);
    ir_while_test(e, &loop, LLVMBuildICmp(b, LLVMIntSLT, first,
                                          LLVMGetParam(o->f, ARG_ROWS), ""));
    LLVMValueRef bits = bits_of(o, first);
    ir_store(e, LLVMBuildAdd(b, first, ir_i64(e, 1), ""), end);
    if (!o->reads_silence)
        find_end(o, bits, end);
    step_run(o, first, ir_load(e, e->i64, end), bits);
    ir_while_end(e, &loop);
}

LLVMValueRef emit_optimize(Emit *e, const Optimizer *optimizer)
{
    LLVMTypeRef types[ARG_COUNT] = {
        e->i64, e->i64, e->i64, e->pointer, e->pointer, e->pointer,
        e->pointer, e->pointer, e->f64, e->pointer, e->pointer,
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
    step_rows(&o);
    LLVMBuildRet(e->b, ir_load(e, e->i64, o.n_kept));
    ir_function_end(e);
    return o.f;
}
