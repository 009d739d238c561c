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
#include "emit/numeric/walk.h"

enum { PAGE = 32 };

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
    walk_return(e);
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
    LLVMValueRef turns = walk_both(w, walk_is_positive(w, a.slope),
                              walk_compare(w, LLVMRealOLT, b.slope, zero));
    LLVMValueRef bound = numeric_bound(w->n, a, b, t->tried);
    LLVMValueRef peaks = walk_both(
        w, turns, walk_compare(w, LLVMRealOGE, bound, zero));
    LLVMValueRef risen = walk_compare(w, LLVMRealOGE, b.value, zero);
    return walk_both(w, t->kept, LLVMBuildOr(e->b, risen, peaks, ""));
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
    LLVMValueRef hit = walk_both(w, may, kernel_mask_of_bits(
        k, ir_call(e, w->n->cross, args, 6)));
    LLVMValueRef time = LLVMBuildFAdd(
        e->b, walk_load(w, w->gone), ir_load_loose(e, k->vector, lengths), "");
    ir_store_loose(e, kernel_select(k, hit, time, ir_load_loose(
        e, k->vector, out)), out);
    ir_store(e, kernel_select(k, hit, kernel_zero(k), walk_load(w, w->left)),
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
    LLVMValueRef before = walk_load(&w, w.left);
    find(&w, &t, out);
    LLVMValueRef goes_on = walk_compare(
        &w, LLVMRealOEQ, walk_load(&w, w.left), before);
    t.kept = walk_both(&w, t.kept, goes_on);
    walk_move(&w, &t);
    walk_count(&w);
    ir_while_end(e, &loop);
    walk_return(e);
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
    kernel_store_row(k, walk_row(w, to, 1), t->x);
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
    LLVMValueRef args[] = {w->run, w->neurons, walk_row(w, at, 1), at,
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
    walk_return(e);
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
    numeric_emit_peaks(n);
    numeric_emit_surveys(n);
    return n;
}
