// Observed maxima in a piece of free motion (walk.h). The piece is gone through
// by the steps of travel; an inner maximum lies in a step or between two.
// What the ends of the piece say is the caller's: they move with its events.
#include "emit/numeric/walk.h"

typedef struct Survey {
    Walk w;
    size_t peak;
    LLVMValueRef best, time;   // memory: the greatest value so far, and when
    LLVMValueRef lengths, at;  // memory of a maximum within a step
} Survey;

static NumericPoint point(const Survey *s, Scope *scope)
{
    const DerivedObservable *o =
        s->w.n->k.plan->peaks[s->peak].observable;
    NumericPoint p = {scope_lanes(scope, o->value),
                      scope_lanes(scope, o->slope)};
    return p;
}

static LLVMValueRef best_of(const Survey *s)
{
    return ir_load_loose(s->w.n->k.e, s->w.n->k.vector, s->best);
}

// The value a time h into the step, where it is the greatest so far.
static void offer(const Survey *s, LLVMValueRef lanes, LLVMValueRef value,
                  LLVMValueRef h)
{
    const Kernel *k = &s->w.n->k;
    Emit *e = k->e;
    LLVMValueRef best = best_of(s);
    LLVMValueRef better = walk_both(
        &s->w, lanes, walk_compare(&s->w, LLVMRealOGT, value, best));
    LLVMValueRef time = LLVMBuildFAdd(e->b, walk_load(&s->w, s->w.gone), h, "");
    LLVMValueRef old = ir_load_loose(e, k->vector, s->time);
    ir_store_loose(e, kernel_select(k, better, value, best), s->best);
    ir_store_loose(e, kernel_select(k, better, time, old), s->time);
}

// Where the slope falls through 0 and tangents do not exclude it.
static void survey_inside(const Survey *s, const Try *t, NumericPoint start,
                          NumericPoint end)
{
    const Walk *w = &s->w;
    const Kernel *k = &w->n->k;
    Emit *e = k->e;
    LLVMValueRef falls = walk_compare(w, LLVMRealOLT, end.slope,
                                      kernel_zero(k));
    LLVMValueRef bound = numeric_bound(w->n, start, end, t->tried);
    LLVMValueRef higher = walk_compare(w, LLVMRealOGT, bound, best_of(s));
    LLVMValueRef lanes = walk_both(
        w, walk_both(w, t->kept, walk_is_positive(w, start.slope)),
        walk_both(w, falls, higher));
    IrIf any = ir_if_rarely(e, vmath_any(e->vmath, e->b, lanes));
    LLVMValueRef bits = vmath_bitmask(e->vmath, e->b, lanes);
    LLVMValueRef search[] = {w->run, w->neurons, w->x, w->length, bits, w->end,
                             s->lengths};
    ir_call(e, w->n->peaks[s->peak], search, 7);
    LLVMValueRef reach[] = {w->run, w->neurons, w->x, s->lengths, s->at};
    ir_call(e, w->n->reach, reach, 5);
    LLVMValueRef x[NUMERIC_STATES];
    kernel_load_row(k, s->at, x);
    NumericPoint top = point(s, numeric_scope(w->n, w->parameters, x));
    offer(s, lanes, top.value, ir_load_loose(e, k->vector, s->lengths));
    ir_if_end(e, &any);
}

static void survey_step(const Survey *s, const Try *t)
{
    const Walk *w = &s->w;
    NumericPoint start = point(s, t->first), end = point(s, t->last);
    survey_inside(s, t, start, end);
    LLVMValueRef goes_on = walk_compare(w, LLVMRealOLT, t->tried,
                                        walk_load(w, w->left));
    offer(s, walk_both(w, t->kept, goes_on), end.value, t->tried);
}

// run, neurons, states, lengths, control (kept), lengths beyond, best and its
// time in and out
static LLVMValueRef emit_survey(Numeric *n, size_t peak)
{
    Emit *e = n->k.e;
    const char *name = arena_printf(e->arena, "survey%zu", peak);
    LLVMValueRef f = numeric_function(n, name, e->i32, 8, -1);
    Survey s = {.w = walk_new(n, f), .peak = peak, .best = LLVMGetParam(f, 6),
                .time = LLVMGetParam(f, 7)};
    s.w.beyond = ir_load_loose(e, n->k.vector, LLVMGetParam(f, 5));
    s.lengths = numeric_row(n, "peak", 1);
    s.at = numeric_row(n, "top", n->k.n);
    walk_begin(&s.w, f);
    IrWhile loop = walk_loop(&s.w);
    Try t = walk_try(&s.w);
    survey_step(&s, &t);
    walk_move(&s.w, &t);
    walk_count(&s.w);
    ir_while_end(e, &loop);
    walk_return(e);
    return f;
}

void numeric_emit_surveys(Numeric *n)
{
    n->surveys = numeric_each_peak(n, emit_survey);
}
