// Pieces of free motion for the event loop's handlers (emit/loop), for lists of
// neurons:
//
//     travel      the states a time later
//     foresee     when the guard first rises to 0, if nothing comes before
//     travel_back the adjoint of travel
//
// Nothing of the steps is kept in between: travel_back makes them once more, a
// page of them at a time, from the states and the control at the piece's start.
// They are the same ones: where a potential runs away, an adjoint along others
// would be as far off as the two runs are apart, many times.
#include "emit/kernel/spike.h"
#include "emit/numeric/numeric.h"
#include "snn/abi.h"

enum { PAGE = 32, ENDLESS = 1 << 20 };

// A list of neurons under way; all but `parameters` and the start are memory or
// slots.
typedef struct Walk {
    Numeric *n;
    LLVMValueRef run, neurons;
    Scope *parameters;
    LLVMValueRef x, end, length;          // memory
    LLVMValueRef size[NUMERIC_STATES], h; // slots
    LLVMValueRef left, gone, rounds;      // slots
    LLVMValueRef beyond;                  // lanes: steps are chosen as if the
                                          // way went on so far
} Walk;

// What a round does in each lane.
typedef struct Try {
    LLVMValueRef tried, norm, kept;
    LLVMValueRef x[NUMERIC_STATES], end[NUMERIC_STATES];
    Scope *first, *last;
} Try;

static LLVMValueRef load(const Walk *w, LLVMValueRef slot)
{
    return ir_load(w->n->k.e, w->n->k.vector, slot);
}

static LLVMValueRef row(const Walk *w, LLVMValueRef memory, unsigned i)
{
    Emit *e = w->n->k.e;
    return ir_at(e, w->n->k.vector, memory, ir_i64(e, i));
}

static LLVMValueRef absolute(const Walk *w, LLVMValueRef x)
{
    return vmath_abs(w->n->k.e->vmath, w->n->k.e->b, x);
}

static LLVMValueRef both(const Walk *w, LLVMValueRef a, LLVMValueRef b)
{
    return LLVMBuildAnd(w->n->k.e->b, a, b, "");
}

static LLVMValueRef compare(const Walk *w, LLVMRealPredicate predicate,
                            LLVMValueRef a, LLVMValueRef b)
{
    return LLVMBuildFCmp(w->n->k.e->b, predicate, a, b, "");
}

static LLVMValueRef is_positive(const Walk *w, LLVMValueRef x)
{
    return compare(w, LLVMRealOGT, x, kernel_zero(&w->n->k));
}

// ---- a walk ----------------------------------------------------------------

// From the parameters run, neurons, states, lengths, control of `function`:
// control holds the step to try and the sizes of the states.
static Walk walk_new(Numeric *n, LLVMValueRef function)
{
    Kernel *k = &n->k;
    Emit *e = k->e;
    Walk w = {.n = n, .run = LLVMGetParam(function, 0),
              .neurons = LLVMGetParam(function, 1)};
    w.parameters = kernel_scope(k, w.run, w.neurons);
    w.x = numeric_row(n, "x", k->n);
    w.end = numeric_row(n, "end", k->n);
    w.length = numeric_row(n, "length", 1);
    w.beyond = kernel_zero(k);
    w.h = ir_slot(e, k->vector, "h");
    w.left = ir_slot(e, k->vector, "left");
    w.gone = ir_slot(e, k->vector, "gone");
    w.rounds = ir_slot(e, e->i64, "rounds");
    for (unsigned i = 0; i < k->n; i++)
        w.size[i] = ir_slot(e, k->vector, "size");
    return w;
}

static void walk_begin(const Walk *w, LLVMValueRef function)
{
    const Kernel *k = &w->n->k;
    Emit *e = k->e;
    LLVMValueRef control = LLVMGetParam(function, 4), x[NUMERIC_STATES];
    kernel_load_row(k, LLVMGetParam(function, 2), x);
    kernel_store_row(k, w->x, x);
    ir_store(e, ir_load_loose(e, k->vector, LLVMGetParam(function, 3)),
             w->left);
    ir_store(e, kernel_zero(k), w->gone);
    ir_store(e, ir_i64(e, 0), w->rounds);
    ir_store(e, ir_load_loose(e, k->vector, control), w->h);
    for (unsigned i = 0; i < k->n; i++) {
        LLVMValueRef size = ir_load_loose(e, k->vector,
                                          row(w, control, 1 + i));
        ir_store(e, vmath_max(e->vmath, e->b, size, absolute(w, x[i])),
                 w->size[i]);
    }
}

static void walk_keep_control(const Walk *w, LLVMValueRef control)
{
    const Kernel *k = &w->n->k;
    ir_store_loose(k->e, load(w, w->h), control);
    for (unsigned i = 0; i < k->n; i++)
        ir_store_loose(k->e, load(w, w->size[i]), row(w, control, 1 + i));
}

// How errors are measured: as in a sweep.
static void measure(const Walk *w, const Try *t, LLVMValueRef *out)
{
    const Kernel *k = &w->n->k;
    Emit *e = k->e;
    for (unsigned i = 0; i < k->n; i++) {
        LLVMValueRef driven = kernel_zero(k);
        for (unsigned j = 0; j < k->n; j++) {
            const Expr *rate = k->derived->flow.jacobian[i * k->n + j];
            if (j != i && !expr_is_const(rate, 0))
                driven = vmath_fma(
                    e->vmath, e->b, absolute(w, scope_lanes(t->first, rate)),
                    load(w, w->size[j]), driven);
        }
        out[i] = vmath_fma(e->vmath, e->b, driven, t->tried,
                           load(w, w->size[i]));
    }
}

static Try walk_try(const Walk *w)
{
    Numeric *n = w->n;
    const Kernel *k = &n->k;
    Emit *e = k->e;
    Try t;
    LLVMValueRef error[NUMERIC_STATES], sizes[NUMERIC_STATES];
    LLVMValueRef left = load(w, w->left);
    LLVMValueRef ahead = LLVMBuildFAdd(e->b, left, w->beyond, "");
    t.tried = vmath_min(e->vmath, e->b,
                        numeric_length(n, load(w, w->h), ahead), left);
    NumericStep step = {.n = n, .parameters = w->parameters, .h = t.tried};
    kernel_load_row(k, w->x, t.x);
    kernel_load_row(k, w->x, step.x);
    t.first = numeric_scope(n, w->parameters, t.x);
    numeric_flow(n, t.first, step.rate[0]);
    numeric_step(&step, t.end);
    t.last = numeric_scope(n, w->parameters, t.end);
    numeric_flow(n, t.last, step.rate[TABLEAU_STAGES]);
    numeric_step_error(&step, error);
    measure(w, &t, sizes);
    t.norm = numeric_norm(n, error, t.end, sizes);
    t.kept = both(w, compare(w, LLVMRealOLE, t.norm, vmath_const(k->vector, 1)),
                  is_positive(w, t.tried));
    kernel_store_row(k, w->end, t.end);
    ir_store_loose(e, t.tried, w->length);
    return t;
}

static void walk_move(const Walk *w, const Try *t)
{
    const Kernel *k = &w->n->k;
    Emit *e = k->e;
    LLVMValueRef x[NUMERIC_STATES], zero = kernel_zero(k);
    LLVMValueRef length = kernel_select(k, t->kept, t->tried, zero);
    for (unsigned i = 0; i < k->n; i++) {
        x[i] = kernel_select(k, t->kept, t->end[i], t->x[i]);
        ir_store(e, vmath_max(e->vmath, e->b, absolute(w, x[i]),
                              load(w, w->size[i])), w->size[i]);
    }
    kernel_store_row(k, w->x, x);
    ir_store(e, LLVMBuildFSub(e->b, load(w, w->left), length, ""), w->left);
    ir_store(e, LLVMBuildFAdd(e->b, load(w, w->gone), length, ""), w->gone);
    ir_store(e, numeric_next_length(w->n, load(w, w->h), t->tried, t->norm,
                                    t->kept), w->h);
}

// Returns from the function where the walk makes no way.
static void walk_count(const Walk *w)
{
    const Kernel *k = &w->n->k;
    Emit *e = k->e;
    LLVMValueRef rounds = LLVMBuildAdd(e->b, ir_load(e, e->i64, w->rounds),
                                       ir_i64(e, 1), "");
    ir_store(e, rounds, w->rounds);
    LLVMValueRef open = vmath_bitmask(e->vmath, e->b,
                                      is_positive(w, load(w, w->left)));
    LLVMValueRef lost = LLVMBuildAnd(
        e->b, LLVMBuildICmp(e->b, LLVMIntSGE, rounds, ir_i64(e, ENDLESS), ""),
        LLVMBuildICmp(e->b, LLVMIntNE, open, ir_i64(e, 0), ""), "");
    spike_stop_if(k, w->run, w->neurons, lost, open,
                  LLVMConstReal(e->f64, e->model->duration), SNN_NO_STEP);
}

static IrWhile walk_loop(const Walk *w)
{
    Emit *e = w->n->k.e;
    IrWhile loop = ir_while_begin(e);
    ir_while_test(e, &loop, vmath_any(e->vmath, e->b,
                                      is_positive(w, load(w, w->left))));
    return loop;
}

static void end_function(Emit *e)
{
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
}

// ---- there -----------------------------------------------------------------

// run, neurons, states, lengths, control in and out, out states, lengths
// beyond: with those that foresee looked at, steps are its own up to the spike.
static void emit_travel(Numeric *n)
{
    Emit *e = n->k.e;
    LLVMValueRef f = numeric_function(n, "travel", e->i32, 7, -1);
    n->travel = f;
    Walk w = walk_new(n, f);
    w.beyond = ir_load_loose(e, n->k.vector, LLVMGetParam(f, 6));
    walk_begin(&w, f);
    IrWhile loop = walk_loop(&w);
    Try t = walk_try(&w);
    walk_move(&w, &t);
    walk_count(&w);
    ir_while_end(e, &loop);
    walk_keep_control(&w, LLVMGetParam(f, 4));
    LLVMValueRef x[NUMERIC_STATES];
    kernel_load_row(&n->k, w.x, x);
    kernel_store_row(&n->k, LLVMGetParam(f, 5), x);
    end_function(e);
}

// ---- the next spike --------------------------------------------------------

// Lanes whose guard may rise to 0 within the step.
static LLVMValueRef may_rise(const Walk *w, const Try *t)
{
    const Kernel *k = &w->n->k;
    Emit *e = k->e;
    const Expr *guard = k->plan->population->system->guard;
    const Expr *slope = k->derived->spike.slope;
    LLVMValueRef zero = kernel_zero(k);
    NumericPoint a = {scope_lanes(t->first, guard),
                      scope_lanes(t->first, slope)};
    NumericPoint b = {scope_lanes(t->last, guard), scope_lanes(t->last, slope)};
    LLVMValueRef turns = both(w, is_positive(w, a.slope),
                              compare(w, LLVMRealOLT, b.slope, zero));
    LLVMValueRef bound = numeric_bound(w->n, a, b, t->tried);
    LLVMValueRef peaks = both(w, turns, compare(w, LLVMRealOGE, bound, zero));
    LLVMValueRef risen = compare(w, LLVMRealOGE, b.value, zero);
    return both(w, t->kept, LLVMBuildOr(e->b, risen, peaks, ""));
}

// The lanes that cross: their time in `out`, and no way left.
static void find(const Walk *w, const Try *t, LLVMValueRef out)
{
    const Kernel *k = &w->n->k;
    Emit *e = k->e;
    LLVMValueRef may = may_rise(w, t);
    IrIf any = ir_if_rarely(e, vmath_any(e->vmath, e->b, may));
    LLVMValueRef lengths = numeric_row(w->n, "crossing", 1);
    LLVMValueRef args[] = {w->run, w->neurons, w->x, w->length, w->end,
                           lengths};
    LLVMValueRef hit = both(w, may, kernel_mask_of_bits(
        k, ir_call(e, w->n->cross, args, 6)));
    LLVMValueRef time = LLVMBuildFAdd(
        e->b, load(w, w->gone), ir_load_loose(e, k->vector, lengths), "");
    ir_store_loose(e, kernel_select(k, hit, time, ir_load_loose(
        e, k->vector, out)), out);
    ir_store(e, kernel_select(k, hit, kernel_zero(k), load(w, w->left)),
             w->left);
    ir_if_end(e, &any);
}

// run, neurons, states, lengths, control, out times (infinite: none)
static void emit_foresee(Numeric *n)
{
    const Kernel *k = &n->k;
    Emit *e = k->e;
    LLVMValueRef f = numeric_function(n, "foresee", e->i32, 6, -1);
    n->foresee = f;
    LLVMValueRef out = LLVMGetParam(f, 5);
    Walk w = walk_new(n, f);
    walk_begin(&w, f);
    ir_store_loose(e, vmath_const(k->vector, __builtin_inf()), out);
    IrWhile loop = walk_loop(&w);
    Try t = walk_try(&w);
    LLVMValueRef before = load(&w, w.left);
    find(&w, &t, out);
    LLVMValueRef goes_on = compare(&w, LLVMRealOEQ, load(&w, w.left), before);
    t.kept = both(&w, t.kept, goes_on);
    walk_move(&w, &t);
    walk_count(&w);
    ir_while_end(e, &loop);
    end_function(e);
}

// ---- and back --------------------------------------------------------------

// The steps from `first` (a slot) on are kept in `page`: lengths (0 where none
// was made) and states.
static void keep_step(const Walk *w, const Try *t, LLVMValueRef first,
                      LLVMValueRef page)
{
    const Kernel *k = &w->n->k;
    Emit *e = k->e;
    LLVMValueRef place = LLVMBuildSub(e->b, ir_load(e, e->i64, w->rounds),
                                      ir_load(e, e->i64, first), "");
    LLVMValueRef here = LLVMBuildICmp(e->b, LLVMIntULT, place,
                                      ir_i64(e, PAGE), "");
    IrIf wanted = ir_if_begin(e, here);
    LLVMValueRef to = ir_at(e, k->vector, page, LLVMBuildMul(
        e->b, place, ir_i64(e, 1 + k->n), ""));
    ir_store_loose(e, kernel_select(k, t->kept, t->tried, kernel_zero(k)), to);
    kernel_store_row(k, row(w, to, 1), t->x);
    ir_if_end(e, &wanted);
}

static void walk_again(const Walk *w, LLVMValueRef f, LLVMValueRef first,
                       LLVMValueRef page)
{
    Emit *e = w->n->k.e;
    walk_begin(w, f);
    IrWhile loop = walk_loop(w);
    Try t = walk_try(w);
    keep_step(w, &t, first, page);
    walk_move(w, &t);
    walk_count(w);
    ir_while_end(e, &loop);
}

// The rounds first, ..., end - 1 taken back.
static void retreat_page(const Walk *w, LLVMValueRef f, LLVMValueRef first,
                         LLVMValueRef end, LLVMValueRef page)
{
    const Kernel *k = &w->n->k;
    Emit *e = k->e;
    LLVMValueRef count = LLVMBuildSub(e->b, end, first, "");
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), count);
    LLVMValueRef place = LLVMBuildSub(
        e->b, LLVMBuildSub(e->b, count, ir_i64(e, 1), ""), loop.index, "");
    LLVMValueRef at = ir_at(e, k->vector, page, LLVMBuildMul(
        e->b, place, ir_i64(e, 1 + k->n), ""));
    LLVMValueRef args[] = {w->run, w->neurons, row(w, at, 1), at,
                           LLVMGetParam(f, 5), LLVMGetParam(f, 7),
                           LLVMGetParam(f, 6)};
    ir_call(e, w->n->retreat, args, 7);
    ir_loop_end(e, &loop);
}

// run, neurons, states, lengths, control (kept), adjoint in and out, its
// control in and out, sums of the flow's gradients, lengths beyond
static void emit_travel_back(Numeric *n)
{
    const Kernel *k = &n->k;
    Emit *e = k->e;
    LLVMValueRef f = numeric_function(n, "travel_back", e->i32, 9, -1);
    n->travel_back = f;
    Walk w = walk_new(n, f);
    w.beyond = ir_load_loose(e, k->vector, LLVMGetParam(f, 8));
    LLVMValueRef page = numeric_row(n, "page", PAGE * (1 + k->n));
    LLVMValueRef first = ir_slot(e, e->i64, "first");
    LLVMValueRef end = ir_slot(e, e->i64, "end");
    ir_store(e, ir_i64(e, 0), first);
    walk_again(&w, f, first, page);
    ir_store(e, ir_load(e, e->i64, w.rounds), end);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef left = ir_load(e, e->i64, end), none = ir_i64(e, 0);
    ir_while_test(e, &loop, LLVMBuildICmp(e->b, LLVMIntSGT, left, none, ""));
    LLVMValueRef last = LLVMBuildSub(e->b, left, ir_i64(e, 1), "");
    LLVMValueRef begin = LLVMBuildSub(
        e->b, last, LLVMBuildURem(e->b, last, ir_i64(e, PAGE), ""), "");
    IrIf other = ir_if_rarely(e, LLVMBuildICmp(
        e->b, LLVMIntNE, begin, ir_load(e, e->i64, first), ""));
    ir_store(e, begin, first);
    walk_again(&w, f, first, page);
    ir_if_end(e, &other);
    retreat_page(&w, f, begin, left, page);
    ir_store(e, begin, end);
    ir_while_end(e, &loop);
    end_function(e);
}

Numeric *numeric_emit_pieces(Kernel *k)
{
    Numeric *n = ARENA_NEW(k->e->arena, Numeric);
    n->k = *k;
    n->takes_lists = true;
    numeric_emit_reach(n);
    if (k->plan->population->system->guard)
        numeric_emit_cross(n);
    numeric_emit_pull(n);
    numeric_emit_retreat(n);
    emit_travel(n);
    if (k->plan->population->system->guard)
        emit_foresee(n);
    emit_travel_back(n);
    return n;
}
