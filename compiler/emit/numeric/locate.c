// Places inside of a step: where the guard first rises to 0, and where an
// observed function is greatest. Every trial is a Runge-Kutta step of its own
// from the step's start, so that the state found is that of the shortened step.
//
// A step is short against what it resolves: between ends that both lie below 0
// the function is taken to be concave where its slope falls through 0. Tangents
// then bound it from above, and the place of the maximum is closed in on until
// the bound is below 0 or the function is not.
#include "emit/numeric/numeric.h"

#include <float.h>
#include <math.h>

enum { MAX_CLOSINGS = 60, NEWTON_ONLY = 8, MAX_TRIALS = 120,
       INTERPOLATIONS = 8 };

typedef struct Search {
    Numeric *n;
    LLVMValueRef run, vector, start; // start: memory of the step's states
    Scope *parameters;
    const Expr *value, *slope;       // a function that rises, and its slope
    LLVMValueRef length, at;         // memory of the trial
    LLVMValueRef low, high;          // slots: lanes; value < 0 at low
    LLVMValueRef point, count;       // slots: the next trial; trials so far
} Search;

static Search search_new(Numeric *n, LLVMValueRef function, const Expr *value,
                         const Expr *slope)
{
    Kernel *k = &n->k;
    Emit *e = k->e;
    Search s = {.n = n, .value = value, .slope = slope,
                .run = LLVMGetParam(function, 0),
                .vector = LLVMGetParam(function, 1),
                .start = LLVMGetParam(function, 2)};
    s.parameters = kernel_scope(k, s.run, s.vector);
    s.length = numeric_row(n, "trial", 1);
    s.at = numeric_row(n, "at", k->n);
    s.low = ir_slot(e, k->vector, "low");
    s.high = ir_slot(e, k->vector, "high");
    s.point = ir_slot(e, k->vector, "point");
    s.count = ir_slot(e, e->i64, "count");
    return s;
}

static NumericPoint probe(const Search *s, LLVMValueRef memory)
{
    LLVMValueRef x[NUMERIC_STATES];
    kernel_load_row(&s->n->k, memory, x);
    NumericPoint p = numeric_probe(s->n, s->parameters, s->value, s->slope, x);
    return p;
}

static NumericPoint try_length(const Search *s, LLVMValueRef h)
{
    Emit *e = s->n->k.e;
    LLVMValueRef args[] = {s->run, s->vector, s->start, s->length, s->at};
    ir_store_loose(e, h, s->length);
    ir_call(e, s->n->reach, args, 5);
    return probe(s, s->at);
}

static LLVMValueRef load(const Search *s, LLVMValueRef slot)
{
    return ir_load(s->n->k.e, s->n->k.vector, slot);
}

static void store_where(const Search *s, LLVMValueRef mask, LLVMValueRef value,
                        LLVMValueRef slot)
{
    ir_store(s->n->k.e, kernel_select(&s->n->k, mask, value, load(s, slot)),
             slot);
}

static LLVMValueRef compare(const Search *s, LLVMRealPredicate predicate,
                            LLVMValueRef a, LLVMValueRef b)
{
    return LLVMBuildFCmp(s->n->k.e->b, predicate, a, b, "");
}

static LLVMValueRef both(const Search *s, LLVMValueRef a, LLVMValueRef b)
{
    return LLVMBuildAnd(s->n->k.e->b, a, b, "");
}

static LLVMValueRef middle(const Search *s, LLVMValueRef a, LLVMValueRef b)
{
    Emit *e = s->n->k.e;
    return LLVMBuildFMul(e->b, LLVMBuildFAdd(e->b, a, b, ""),
                         vmath_const(s->n->k.vector, 0.5), "");
}

// A few units in the last place of x.
static LLVMValueRef resolution(const Search *s, LLVMValueRef x)
{
    Emit *e = s->n->k.e;
    double unit = e->real == e->f64 ? DBL_EPSILON : FLT_EPSILON;
    return LLVMBuildFMul(e->b, x, vmath_const(s->n->k.vector, 2 * unit), "");
}

// Counts a trial; true while there are fewer than `most` and any lane is open.
static LLVMValueRef goes_on(const Search *s, LLVMValueRef open, int most)
{
    Emit *e = s->n->k.e;
    LLVMValueRef count = ir_load(e, e->i64, s->count);
    ir_store(e, LLVMBuildAdd(e->b, count, ir_i64(e, 1), ""), s->count);
    LLVMValueRef few = LLVMBuildICmp(e->b, LLVMIntSLT, count, ir_i64(e, most),
                                     "");
    return LLVMBuildAnd(e->b, few, vmath_any(e->vmath, e->b, open), "");
}

// Every second trial behind the first few bisects: then the bracket shrinks
// whatever the function does.
static LLVMValueRef must_bisect(const Search *s)
{
    Emit *e = s->n->k.e;
    LLVMValueRef count = ir_load(e, e->i64, s->count);
    LLVMValueRef odd = LLVMBuildTrunc(e->b, count, e->i1, "");
    LLVMValueRef late = LLVMBuildICmp(e->b, LLVMIntSGT, count,
                                      ir_i64(e, NEWTON_ONLY), "");
    return kernel_splat(&s->n->k, LLVMBuildAnd(e->b, odd, late, ""));
}

// ---- Newton's method in a bracket ------------------------------------------

static LLVMValueRef step_to(const Search *s, LLVMValueRef point, NumericPoint p)
{
    Emit *e = s->n->k.e;
    return LLVMBuildFSub(e->b, point,
                         LLVMBuildFDiv(e->b, p.value, p.slope, ""), "");
}

static LLVMValueRef within(const Search *s, LLVMValueRef x)
{
    return both(s, compare(s, LLVMRealOGT, x, load(s, s->low)),
                compare(s, LLVMRealOLT, x, load(s, s->high)));
}

// One trial in the open lanes; the lanes that stay open.
static LLVMValueRef trial(const Search *s, LLVMValueRef open)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef point = load(s, s->point);
    NumericPoint p = try_length(s, point);
    LLVMValueRef below = compare(s, LLVMRealOLT, p.value, kernel_zero(k));
    store_where(s, both(s, open, below), point, s->low);
    store_where(s, both(s, open, LLVMBuildNot(e->b, below, "")), point,
                s->high);
    LLVMValueRef low = load(s, s->low), high = load(s, s->high);
    LLVMValueRef newton = step_to(s, point, p);
    LLVMValueRef good = both(s, within(s, newton),
                             LLVMBuildNot(e->b, must_bisect(s), ""));
    LLVMValueRef move = vmath_abs(e->vmath, e->b,
                                  LLVMBuildFSub(e->b, newton, point, ""));
    LLVMValueRef fine = resolution(s, point);
    // Newton's step squares its error, which is then below that of the states.
    LLVMValueRef little = LLVMBuildFMul(e->b, point, vmath_const(
        k->vector, 0.01 * sqrt(k->plan->step_tolerance)), "");
    LLVMValueRef settled = compare(s, LLVMRealOLE, move, fine);
    LLVMValueRef enough = both(s, good, compare(s, LLVMRealOLE, move, little));
    // A settled point may be an end of the bracket, which its step is not
    // within: it stays, and the bracket's middle is as far off as ever.
    LLVMValueRef next = kernel_select(
        k, good, newton,
        kernel_select(k, settled, point, middle(s, low, high)));
    LLVMValueRef exact = compare(s, LLVMRealOEQ, p.value, kernel_zero(k));
    next = kernel_select(k, exact, point, next);
    LLVMValueRef closed = compare(s, LLVMRealOLE,
                                  LLVMBuildFSub(e->b, high, low, ""), fine);
    LLVMValueRef done = LLVMBuildOr(e->b, settled, closed, "");
    done = LLVMBuildOr(e->b, LLVMBuildOr(e->b, done, exact, ""), enough, "");
    store_where(s, open, next, s->point);
    return both(s, open, LLVMBuildNot(e->b, done, ""));
}

// The function is below 0 at `low` and not at `high`, in the lanes of `found`:
// where it rises to 0, from the trial at `point` on.
static LLVMValueRef rise(const Search *s, LLVMValueRef found)
{
    Emit *e = s->n->k.e;
    LLVMValueRef open = ir_slot(e, s->n->k.mask, "open");
    ir_store(e, found, open);
    ir_store(e, ir_i64(e, 0), s->count);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef lanes = ir_load(e, s->n->k.mask, open);
    ir_while_test(e, &loop, goes_on(s, lanes, MAX_TRIALS));
    ir_store(e, trial(s, lanes), open);
    ir_while_end(e, &loop);
    return load(s, s->point);
}

// The first trial: Newton's from the upper end, else the secant's.
static void first_point(const Search *s, LLVMValueRef low_value,
                        NumericPoint end)
{
    Emit *e = s->n->k.e;
    LLVMValueRef low = load(s, s->low), high = load(s, s->high);
    LLVMValueRef newton = step_to(s, high, end);
    LLVMValueRef part = LLVMBuildFDiv(
        e->b, low_value, LLVMBuildFSub(e->b, low_value, end.value, ""), "");
    LLVMValueRef secant = vmath_fma(
        e->vmath, e->b, LLVMBuildFSub(e->b, high, low, ""), part, low);
    LLVMValueRef point = kernel_select(&s->n->k, within(s, newton), newton,
                                       secant);
    ir_store(e, point, s->point);
}

// A better first trial where the function is not below 0 at the step's end: its
// zero along the states within the step, which cost no flow.
static void interpolate(const Search *s, LLVMValueRef length,
                        LLVMValueRef end_row)
{
    Numeric *n = s->n;
    const Kernel *k = &n->k;
    Emit *e = k->e;
    LLVMValueRef end[NUMERIC_STATES], zero = kernel_zero(k);
    NumericStep step = {.n = n, .parameters = s->parameters, .h = length};
    kernel_load_row(k, s->start, step.x);
    kernel_load_row(k, end_row, end);
    numeric_flow(n, numeric_scope(n, s->parameters, step.x), step.rate[0]);
    LLVMValueRef again[NUMERIC_STATES];
    numeric_step(&step, again);
    Scope *last = numeric_scope(n, s->parameters, end);
    numeric_flow(n, last, step.rate[TABLEAU_STAGES]);
    NumericSpan *span = numeric_step_span(&step, end);
    LLVMValueRef low = ir_slot(e, k->vector, "a"), high = ir_slot(e, k->vector,
                                                                  "b");
    LLVMValueRef point = ir_slot(e, k->vector, "theta");
    ir_store(e, zero, low);
    ir_store(e, vmath_const(k->vector, 1), high);
    ir_store(e, LLVMBuildFDiv(e->b, load(s, s->point), length, ""), point);
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), ir_i64(e, INTERPOLATIONS));
    LLVMValueRef theta = load(s, point), x[NUMERIC_STATES];
    numeric_span_at(n, span, theta, x);
    NumericPoint p = numeric_probe(n, s->parameters, s->value, s->slope, x);
    LLVMValueRef below = compare(s, LLVMRealOLT, p.value, zero);
    store_where(s, below, theta, low);
    store_where(s, LLVMBuildNot(e->b, below, ""), theta, high);
    LLVMValueRef a = load(s, low), b = load(s, high);
    LLVMValueRef newton = LLVMBuildFSub(
        e->b, theta,
        LLVMBuildFDiv(e->b, p.value, LLVMBuildFMul(e->b, p.slope, length, ""),
                      ""), "");
    LLVMValueRef inside = both(s, compare(s, LLVMRealOGT, newton, a),
                               compare(s, LLVMRealOLT, newton, b));
    ir_store(e, kernel_select(k, inside, newton, middle(s, a, b)), point);
    ir_loop_end(e, &loop);
    LLVMValueRef end_value = probe(s, end_row).value;
    LLVMValueRef rises = compare(s, LLVMRealOGE, end_value, zero);
    LLVMValueRef there = LLVMBuildFMul(e->b, load(s, point), length, "");
    LLVMValueRef good = both(s, both(s, rises, within(s, there)),
                             compare(s, LLVMRealOGT, length, zero));
    store_where(s, good, there, s->point);
}

// ---- a peak above 0 --------------------------------------------------------

typedef struct Closing {
    LLVMValueRef low_value, low_slope, high_value, high_slope; // slots
    LLVMValueRef inside, found; // slots: masks
} Closing;

static NumericPoint point_of(const Search *s, LLVMValueRef value,
                             LLVMValueRef slope)
{
    NumericPoint p = {load(s, value), load(s, slope)};
    return p;
}

// Lanes whose function may be 0 or more between low and high.
static LLVMValueRef may_rise(const Search *s, const Closing *c)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef zero = kernel_zero(k);
    NumericPoint low = point_of(s, c->low_value, c->low_slope);
    NumericPoint high = point_of(s, c->high_value, c->high_slope);
    LLVMValueRef length = LLVMBuildFSub(e->b, load(s, s->high),
                                        load(s, s->low), "");
    LLVMValueRef bound = numeric_bound(s->n, low, high, length);
    LLVMValueRef turns = both(s, compare(s, LLVMRealOGT, low.slope, zero),
                              compare(s, LLVMRealOLT, high.slope, zero));
    LLVMValueRef below = both(s, compare(s, LLVMRealOLT, low.value, zero),
                              compare(s, LLVMRealOLT, high.value, zero));
    LLVMValueRef wide = compare(s, LLVMRealOGT, length,
                                resolution(s, load(s, s->high)));
    return both(s, both(s, turns, below),
                both(s, wide, compare(s, LLVMRealOGE, bound, zero)));
}

static void close_in(const Search *s, const Closing *c)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef inside = ir_load(e, k->mask, c->inside);
    LLVMValueRef low = load(s, s->low), high = load(s, s->high);
    LLVMValueRef rising = load(s, c->low_slope);
    LLVMValueRef part = LLVMBuildFDiv(
        e->b, rising,
        LLVMBuildFSub(e->b, rising, load(s, c->high_slope), ""), "");
    LLVMValueRef secant = vmath_fma(
        e->vmath, e->b, LLVMBuildFSub(e->b, high, low, ""), part, low);
    LLVMValueRef point = kernel_select(k, must_bisect(s), middle(s, low, high),
                                       secant);
    NumericPoint p = try_length(s, point);
    LLVMValueRef zero = kernel_zero(k);
    LLVMValueRef risen = both(s, inside,
                              compare(s, LLVMRealOGE, p.value, zero));
    LLVMValueRef before = both(s, compare(s, LLVMRealOGT, p.slope, zero),
                               compare(s, LLVMRealOLT, p.value, zero));
    LLVMValueRef raise = both(s, inside, before);
    LLVMValueRef lower = both(s, inside, LLVMBuildNot(e->b, before, ""));
    store_where(s, raise, point, s->low);
    store_where(s, raise, p.value, c->low_value);
    store_where(s, raise, p.slope, c->low_slope);
    store_where(s, lower, point, s->high);
    store_where(s, lower, p.value, c->high_value);
    store_where(s, lower, p.slope, c->high_slope);
    LLVMValueRef found = ir_load(e, k->mask, c->found);
    ir_store(e, LLVMBuildOr(e->b, found, risen, ""), c->found);
    ir_store(e, both(s, inside, may_rise(s, c)), c->inside);
}

static Closing closing_new(const Search *s, NumericPoint start,
                           NumericPoint end)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    Closing c = {ir_slot(e, k->vector, "a"), ir_slot(e, k->vector, "a_slope"),
                 ir_slot(e, k->vector, "b"), ir_slot(e, k->vector, "b_slope"),
                 ir_slot(e, k->mask, "inside"), ir_slot(e, k->mask, "found")};
    ir_store(e, start.value, c.low_value);
    ir_store(e, start.slope, c.low_slope);
    ir_store(e, end.value, c.high_value);
    ir_store(e, end.slope, c.high_slope);
    LLVMValueRef zero = kernel_zero(k);
    ir_store(e, both(s, compare(s, LLVMRealOLT, start.value, zero),
                     compare(s, LLVMRealOGE, end.value, zero)), c.found);
    ir_store(e, may_rise(s, &c), c.inside);
    return c;
}

static void close_in_all(const Search *s, const Closing *c)
{
    Emit *e = s->n->k.e;
    ir_store(e, ir_i64(e, 0), s->count);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef inside = ir_load(e, s->n->k.mask, c->inside);
    ir_while_test(e, &loop, goes_on(s, inside, MAX_CLOSINGS));
    close_in(s, c);
    ir_while_end(e, &loop);
}

// ---- functions -------------------------------------------------------------

static void bracket(const Search *s, LLVMValueRef function)
{
    const Kernel *k = &s->n->k;
    ir_store(k->e, kernel_zero(k), s->low);
    ir_store(k->e, ir_load_loose(k->e, k->vector, LLVMGetParam(function, 3)),
             s->high);
}

void numeric_emit_cross(Numeric *n)
{
    const Kernel *k = &n->k;
    Emit *e = k->e;
    LLVMValueRef f = numeric_function(n, "cross", e->i64, 6, -1);
    n->cross = f;
    Search s = search_new(n, f, k->plan->population->system->guard,
                          k->derived->spike.slope);
    bracket(&s, f);
    Closing c = closing_new(&s, probe(&s, s.start),
                            probe(&s, LLVMGetParam(f, 4)));
    close_in_all(&s, &c);
    LLVMValueRef found = ir_load(e, k->mask, c.found);
    first_point(&s, load(&s, c.low_value),
                point_of(&s, c.high_value, c.high_slope));
    interpolate(&s, ir_load_loose(e, k->vector, LLVMGetParam(f, 3)),
                LLVMGetParam(f, 4));
    ir_store_loose(e, rise(&s, found), LLVMGetParam(f, 5));
    LLVMBuildRet(e->b, vmath_bitmask(e->vmath, e->b, found));
    ir_function_end(e);
}

// The slope falls from above 0 to below 0: its negative rises.
static LLVMValueRef emit_peak(Numeric *n, size_t index)
{
    const Kernel *k = &n->k;
    Emit *e = k->e;
    ExprPool *pool = e->model->pool;
    const PeakPlan *peak = &k->plan->peaks[index];
    const char *name = arena_printf(e->arena, "peak%zu", index);
    LLVMValueRef f = numeric_function(n, name, e->none, 7, 4);
    Search s = search_new(n, f, expr_neg(pool, peak->observable->slope),
                          expr_neg(pool, peak->curvature));
    bracket(&s, f);
    NumericPoint start = probe(&s, s.start);
    first_point(&s, start.value, probe(&s, LLVMGetParam(f, 5)));
    LLVMValueRef lanes = kernel_mask_of_bits(k, LLVMGetParam(f, 4));
    ir_store_loose(e, rise(&s, lanes), LLVMGetParam(f, 6));
    LLVMBuildRetVoid(e->b);
    ir_function_end(e);
    return f;
}

void numeric_emit_peaks(Numeric *n)
{
    n->peaks = numeric_each_peak(n, emit_peak);
}
