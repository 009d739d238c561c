// Certified isolation of zeros along the flow, in vectors of neurons. The
// sequence of functionals (model/derive.h) is walked from its end: the last but
// one has at most one zero, in closed form; between neighbouring zeros of one
// level lies at most one of the level below, found by Newton's method inside a
// bracket that always shrinks.
#include "emit/kernel/crossing.h"

enum { MAX_LEVELS = DERIVED_STATES_MAX + 1, NEWTON_ONLY = 8,
       MAX_ITERATIONS = 200 };

// Points of a search are times, or shares of LayerPlan.decay that are gone.
typedef struct Search {
    Kernel *k;
    bool in_decay;
    const ZeroPlan *plan;
    const ZeroSequence *zeros;  // the plan's
    const char *tag;
    LLVMValueRef run, vector;
    const LLVMValueRef *x;      // states at the start
    Scope *start;               // parameters, states
    LLVMValueRef end;           // the interval's end, as a point
    LLVMValueRef active;        // lanes that matter
} Search;

static LLVMValueRef one_minus(const Kernel *k, LLVMValueRef x)
{
    return LLVMBuildFSub(k->e->b, vmath_const(k->vector, 1), x, "");
}

static Scope *scope_at(const Kernel *k, Scope *start, bool in_decay,
                       LLVMValueRef point)
{
    Scope *scope = scope_open(k->e, start, k->e->real, k->lanes);
    if (in_decay)
        scope_bind(scope, k->plan->decay, one_minus(k, point));
    else
        scope_bind(scope, k->derived->interval, point);
    return scope;
}

// functional[level] at a point
static LLVMValueRef value_at(const Search *s, unsigned level,
                             LLVMValueRef point)
{
    Scope *scope = scope_at(s->k, s->start, s->in_decay, point);
    return scope_lanes(scope, s->in_decay ? s->plan->decay[level]
                                          : s->plan->moved[level]);
}

// -expm1(-rate h) and its inverse.
static LLVMValueRef point_of(const Kernel *k, LLVMValueRef h)
{
    Emit *e = k->e;
    LLVMValueRef rate = vmath_const(k->vector, -k->plan->decay_rate);
    LLVMValueRef share = vmath_expm1(e->vmath, e->b,
                                     LLVMBuildFMul(e->b, h, rate, ""));
    return LLVMBuildFNeg(e->b, share, "");
}

static LLVMValueRef time_of(const Kernel *k, LLVMValueRef point)
{
    Emit *e = k->e;
    LLVMValueRef log = vmath_log1p(e->vmath, e->b,
                                   LLVMBuildFNeg(e->b, point, ""));
    return LLVMBuildFMul(e->b, log,
                         vmath_const(k->vector, -1 / k->plan->decay_rate), "");
}

// ---- the closed form of the last but one ------------------------------------

// q e^{-ah} + s (e^{-bh} - e^{-ah}) / (a - b) = 0 at
// h = -(q / s) log1p(z) / z with z = -q (a - b) / s.
static LLVMValueRef closed_form(const Search *s)
{
    Emit *e = s->k->e;
    LLVMBuilderRef b = e->b;
    const ZeroSequence *z = s->zeros;
    ExprPool *pool = e->model->pool;
    const Expr *gap = expr_sub(pool, z->rate[z->n - 2], z->rate[z->n - 1]);
    const Expr *ratio = expr_neg(
        pool, expr_div(pool, z->functional[z->n - 2], z->functional[z->n - 1]));
    Scope *scope = scope_open(e, s->start, e->real, s->k->lanes);
    LLVMValueRef r = scope_lanes(scope, ratio);
    LLVMValueRef argument = LLVMBuildFMul(b, r, scope_lanes(scope, gap), "");
    LLVMValueRef h = LLVMBuildFMul(
        b, r, vmath_log1prel(e->vmath, b, argument), "");
    if (s->in_decay)
        h = point_of(s->k, h);
    LLVMValueRef zero = kernel_zero(s->k);
    LLVMValueRef inside = LLVMBuildAnd(
        b, LLVMBuildFCmp(b, LLVMRealOGT, h, zero, ""),
        LLVMBuildFCmp(b, LLVMRealOLT, h, s->end, ""), "");
    return kernel_select(s->k, inside, h, zero);
}

// ---- Newton's method in a bracket -------------------------------------------

typedef struct Newton {
    const Kernel *k;
    bool in_decay;
    Scope *start;
    const Expr *value, *slope;  // of states and h, or decay
    LLVMValueRef low, high, h, rising; // slots; rising: value < 0 at low
    LLVMValueRef active, count; // slots
} Newton;

typedef struct ValueSlope {
    LLVMValueRef value, slope;
} ValueSlope;

static ValueSlope evaluate(const Newton *n, LLVMValueRef h)
{
    const Kernel *k = n->k;
    Scope *scope = scope_at(k, n->start, n->in_decay, h);
    return (ValueSlope){scope_lanes(scope, n->value),
                        scope_lanes(scope, n->slope)};
}

static LLVMValueRef bisection_due(const Newton *n, LLVMValueRef count)
{
    Emit *e = n->k->e;
    LLVMValueRef late = LLVMBuildICmp(e->b, LLVMIntSGT, count,
                                      ir_i64(e, NEWTON_ONLY), "");
    LLVMValueRef odd = LLVMBuildTrunc(e->b, count, e->i1, "");
    return LLVMBuildAnd(e->b, late, odd, "");
}

// A Newton step leaves an error of the order of its square: no further step is
// needed after one below the root of the precision. A bisection halves only.
static LLVMValueRef step_tolerance(const Kernel *k, LLVMValueRef bisect)
{
    bool is_double = k->e->real_size == 8;
    return kernel_select(
        k, bisect, vmath_const(k->vector, is_double ? 0x1p-52 : 0x1p-23),
        vmath_const(k->vector, is_double ? 0x1p-33 : 0x1p-15));
}

// Whether the zero lies above the point with this value. An exact 0 lies at the
// zero, or far above it, where the flow has underflowed.
static LLVMValueRef left_of_zero(const Newton *n, LLVMValueRef value)
{
    Emit *e = n->k->e;
    LLVMValueRef zero = kernel_zero(n->k);
    LLVMValueRef rising = ir_load(e, n->k->mask, n->rising);
    LLVMValueRef below = LLVMBuildFCmp(e->b, LLVMRealOLT, value, zero, "");
    LLVMValueRef above = LLVMBuildFCmp(e->b, LLVMRealOGT, value, zero, "");
    return LLVMBuildSelect(e->b, rising, below, above, "");
}

// One step: shrink the bracket, propose, fall back to its middle.
static void newton_step(const Newton *n, LLVMValueRef count)
{
    const Kernel *k = n->k;
    Emit *e = k->e;
    LLVMBuilderRef b = e->b;
    LLVMValueRef h = ir_load(e, k->vector, n->h);
    LLVMValueRef active = ir_load(e, k->mask, n->active);
    ValueSlope at = evaluate(n, h);
    LLVMValueRef value = at.value, slope = at.slope;
    LLVMValueRef left = left_of_zero(n, value);
    LLVMValueRef low = kernel_select(k, left, h, ir_load(e, k->vector, n->low));
    LLVMValueRef high = kernel_select(k, left, ir_load(e, k->vector, n->high),
                                      h);
    ir_store(e, low, n->low);
    ir_store(e, high, n->high);
    LLVMValueRef next = LLVMBuildFSub(
        b, h, LLVMBuildFDiv(b, value, slope, ""), "");
    LLVMValueRef middle = LLVMBuildFMul(
        b, LLVMBuildFAdd(b, low, high, ""), vmath_const(k->vector, 0.5), "");
    LLVMValueRef inside = LLVMBuildAnd(
        b, LLVMBuildFCmp(b, LLVMRealOGE, next, low, ""),
        LLVMBuildFCmp(b, LLVMRealOLE, next, high, ""), "");
    LLVMValueRef bisect = LLVMBuildOr(
        b, LLVMBuildNot(b, inside, ""),
        vmath_splat(b, bisection_due(n, count), k->lanes), "");
    next = kernel_select(k, bisect, middle, next);
    LLVMValueRef moved_by = vmath_abs(e->vmath, b,
                                      LLVMBuildFSub(b, next, h, ""));
    LLVMValueRef tolerance = LLVMBuildFMul(
        b, vmath_abs(e->vmath, b, next), step_tolerance(k, bisect), "");
    LLVMValueRef moving = LLVMBuildFCmp(b, LLVMRealOGT, moved_by, tolerance,
                                        "");
    LLVMValueRef open = LLVMBuildFCmp(b, LLVMRealOLT, low, high, "");
    ir_store(e, kernel_select(k, active, next, h), n->h);
    ir_store(e, LLVMBuildAnd(b, active, LLVMBuildAnd(b, moving, open, ""), ""),
             n->active);
}

static Newton newton_slots(const Kernel *k, Scope *start, const Search *s,
                           unsigned level)
{
    Emit *e = k->e;
    ExprPool *pool = e->model->pool;
    const Expr *f = s->in_decay ? s->plan->decay[level]
                                : s->plan->moved[level];
    const Expr *slope = s->in_decay
        ? expr_neg(pool, expr_diff(pool, f, k->plan->decay))
        : expr_sub(pool, s->plan->moved[level + 1],
                   expr_mul(pool, s->zeros->rate[level], f));
    Newton n = {k, s->in_decay, start, f, slope,
                ir_slot(e, k->vector, "low"), ir_slot(e, k->vector, "high"),
                ir_slot(e, k->vector, "h"), ir_slot(e, k->mask, "rising"),
                ir_slot(e, k->mask, "active"), ir_slot(e, e->i64, "count")};
    return n;
}

// The zero of the parabola through value and slope at low, the value at high:
// w = high - low, c = (g(high) - g - s w) / w^2, low - 2 g / (s +- sqrt(s^2 -
// 4 c g)). The caller's bracket catches a bad one.
static LLVMValueRef first_guess(const Newton *n, LLVMValueRef low,
                                LLVMValueRef high)
{
    const Kernel *k = n->k;
    Emit *e = k->e;
    LLVMBuilderRef b = e->b;
    ValueSlope at = evaluate(n, low);
    LLVMValueRef end = evaluate(n, high).value;
    LLVMValueRef w = LLVMBuildFSub(b, high, low, "");
    LLVMValueRef sw = LLVMBuildFMul(b, at.slope, w, "");
    LLVMValueRef cw = LLVMBuildFSub(
        b, LLVMBuildFSub(b, end, at.value, ""), sw, "");
    LLVMValueRef four = vmath_const(k->vector, 4);
    LLVMValueRef root = vmath_sqrt(e->vmath, b, LLVMBuildFSub(
        b, LLVMBuildFMul(b, sw, sw, ""),
        LLVMBuildFMul(b, four, LLVMBuildFMul(b, cw, at.value, ""), ""), ""));
    LLVMValueRef rising = ir_load(e, k->mask, n->rising);
    LLVMValueRef signed_root = kernel_select(k, rising, root,
                                             LLVMBuildFNeg(b, root, ""));
    LLVMValueRef fraction = LLVMBuildFDiv(
        b, LLVMBuildFMul(b, vmath_const(k->vector, -2), at.value, ""),
        LLVMBuildFAdd(b, sw, signed_root, ""), "");
    LLVMValueRef inside = LLVMBuildAnd(
        b, LLVMBuildFCmp(b, LLVMRealOGE, fraction, kernel_zero(k), ""),
        LLVMBuildFCmp(b, LLVMRealOLE, fraction, vmath_const(k->vector, 1), ""),
        "");
    fraction = kernel_select(k, inside, fraction, vmath_const(k->vector, 0.5));
    return LLVMBuildFAdd(b, low, LLVMBuildFMul(b, fraction, w, ""), "");
}

// vector newton(run, vector, low, high, rising, active, states...): the zero of
// functional[level] in [low, high]; low in lanes that are not active.
static LLVMValueRef newton_function(const Search *s, unsigned level)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    bool is_list = kernel_is_list(k, s->vector);
    const char *name = kernel_symbol(
        k, arena_printf(e->arena, "%s%u%s", s->tag, level,
                        is_list ? ".list" : ""));
    LLVMValueRef f = LLVMGetNamedFunction(e->module, name);
    if (f)
        return f;
    LLVMBasicBlockRef here = LLVMGetInsertBlock(e->b);
    LLVMValueRef caller = e->function;
    LLVMTypeRef types[6 + MAX_LEVELS] = {e->pointer, LLVMTypeOf(s->vector),
                                         k->vector, k->vector, k->mask,
                                         k->mask};
    LLVMValueRef x[MAX_LEVELS];
    for (unsigned i = 0; i < k->n; i++)
        types[6 + i] = k->vector;
    f = ir_function_begin(e, name, k->vector, types, 6 + k->n, false);
    Scope *start = kernel_scope(k, LLVMGetParam(f, 0), LLVMGetParam(f, 1));
    for (unsigned i = 0; i < k->n; i++)
        x[i] = LLVMGetParam(f, 6 + i);
    kernel_bind_row(start, k->derived->states, x, k->n);
    Newton n = newton_slots(k, start, s, level);
    LLVMValueRef low = LLVMGetParam(f, 2);
    ir_store(e, low, n.low);
    ir_store(e, LLVMGetParam(f, 3), n.high);
    ir_store(e, LLVMGetParam(f, 4), n.rising);
    LLVMValueRef guess = first_guess(&n, low, LLVMGetParam(f, 3));
    ir_store(e, kernel_select(k, LLVMGetParam(f, 5), guess, low), n.h);
    ir_store(e, LLVMGetParam(f, 5), n.active);
    ir_store(e, ir_i64(e, 0), n.count);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef count = ir_load(e, e->i64, n.count);
    LLVMValueRef any = vmath_any(e->vmath, e->b, ir_load(e, k->mask, n.active));
    LLVMValueRef more = LLVMBuildICmp(e->b, LLVMIntSLT, count,
                                      ir_i64(e, MAX_ITERATIONS), "");
    ir_while_test(e, &loop, LLVMBuildAnd(e->b, any, more, ""));
    newton_step(&n, count);
    ir_store(e, LLVMBuildAdd(e->b, count, ir_i64(e, 1), ""), n.count);
    ir_while_end(e, &loop);
    LLVMBuildRet(e->b, ir_load(e, k->vector, n.h));
    ir_function_end(e);
    e->function = caller;
    LLVMPositionBuilderAtEnd(e->b, here);
    return f;
}

static LLVMValueRef newton(const Search *s, unsigned level, LLVMValueRef low,
                           LLVMValueRef high, LLVMValueRef rising,
                           LLVMValueRef active)
{
    LLVMValueRef f = newton_function(s, level);
    LLVMValueRef args[6 + MAX_LEVELS] = {s->run, s->vector, low, high, rising,
                                         active};
    for (unsigned i = 0; i < s->k->n; i++)
        args[6 + i] = s->x[i];
    return ir_call(s->k->e, f, args, 6 + s->k->n);
}

// ---- levels -----------------------------------------------------------------

// Whether a functional with these values at the ends of an interval has a zero
// in it. A value that decays from above to 0 may have underflowed below it.
static LLVMValueRef changes_sign(const Search *s, LLVMValueRef at_low,
                                 LLVMValueRef at_high)
{
    LLVMBuilderRef b = s->k->e->b;
    LLVMValueRef zero = kernel_zero(s->k);
    LLVMValueRef crosses = LLVMBuildXor(
        b, LLVMBuildFCmp(b, LLVMRealOLT, at_low, zero, ""),
        LLVMBuildFCmp(b, LLVMRealOLT, at_high, zero, ""), "");
    LLVMValueRef decays = LLVMBuildAnd(
        b, LLVMBuildFCmp(b, LLVMRealOGT, at_low, zero, ""),
        LLVMBuildFCmp(b, LLVMRealOEQ, at_high, zero, ""), "");
    return LLVMBuildOr(b, crosses, decays, "");
}

// All zeros of functional[level] in (0, end), in order: n - 1 - level points;
// a point that is no zero repeats the one before it (or 0).
static unsigned zero_points(const Search *s, unsigned level,
                            LLVMValueRef *points)
{
    Emit *e = s->k->e;
    LLVMValueRef inner[MAX_LEVELS];
    if (level + 1 >= s->zeros->n)
        return 0;
    if (level + 2 == s->zeros->n) {
        points[0] = closed_form(s);
        return 1;
    }
    unsigned n = zero_points(s, level + 1, inner);
    LLVMValueRef low = kernel_zero(s->k), zero = low;
    LLVMValueRef at_low = value_at(s, level, low);
    for (unsigned i = 0; i <= n; i++) {
        LLVMValueRef high = i < n ? inner[i] : s->end;
        LLVMValueRef at_high = value_at(s, level, high);
        LLVMValueRef rising = LLVMBuildFCmp(e->b, LLVMRealOLT, at_low, zero,
                                            "");
        LLVMValueRef changes = changes_sign(s, at_low, at_high);
        points[i] = newton(s, level, low, high, rising,
                           LLVMBuildAnd(e->b, changes, s->active, ""));
        low = high;
        at_low = at_high;
    }
    return n + 1;
}

unsigned crossing_emit_points(Kernel *k, const CrossingInput *in,
                              const ZeroPlan *plan, const char *tag,
                              LLVMValueRef *points)
{
    Scope *start = scope_open(k->e, kernel_scope(k, in->run, in->vector),
                             k->e->real, k->lanes);
    kernel_bind_row(start, k->derived->states, in->states, k->n);
    Search s = {k, false, plan, plan->zeros, tag, in->run, in->vector,
                in->states, start, in->end, in->active};
    return zero_points(&s, 0, points);
}

// ---- the first zero of the guard --------------------------------------------

// In the lanes of `found` the guard reaches 0 from below at `point`.
typedef struct First {
    LLVMValueRef found, point;
} First;

// By isolation, in the lanes of `seeking`.
static First first_isolated(const Search *s, const LLVMValueRef *end_states,
                            LLVMValueRef seeking)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    LLVMBuilderRef b = e->b;
    const ZeroSequence *zeros = s->zeros;
    LLVMValueRef points[MAX_LEVELS], zero = kernel_zero(k);
    LLVMValueRef low = zero, high = zero, from = zero, found = NULL;
    unsigned n = zero_points(s, 1, points);
    Scope *last = scope_open(e, kernel_scope(k, s->run, s->vector), e->real,
                            k->lanes);
    kernel_bind_row(last, k->derived->states, end_states, k->n);
    for (unsigned i = 0; i <= n; i++) {
        LLVMValueRef to = i < n ? points[i] : s->end;
        LLVMValueRef value = i < n ? value_at(s, 0, to)
                                   : scope_lanes(last, zeros->functional[0]);
        LLVMValueRef here = LLVMBuildAnd(
            b, seeking, LLVMBuildFCmp(b, LLVMRealOGE, value, zero, ""), "");
        low = kernel_select(k, here, from, low);
        high = kernel_select(k, here, to, high);
        seeking = LLVMBuildAnd(b, seeking, LLVMBuildNot(b, here, ""), "");
        found = found ? LLVMBuildOr(b, found, here, "") : here;
        from = to;
    }
    LLVMValueRef root = zeros->n > 1 ? newton(s, 0, low, high, found, found)
                                     : low;
    return (First){found, root};
}

// Parabolas through value, slope and curvature of a function that is concave
// and below 0 at the start of the interval lead to its first zero without a
// bracket.
typedef struct Parabolas {
    const Search *s;
    const Expr *slope, *curvature; // by the point
    LLVMValueRef point, moving, count; // slots
} Parabolas;

// From f < 0 with slope g and curvature c: by -2 f / (g + sqrt(g^2 - 2 c f)).
static void parabola_step(const Parabolas *p)
{
    const Kernel *k = p->s->k;
    Emit *e = k->e;
    LLVMBuilderRef b = e->b;
    LLVMValueRef point = ir_load(e, k->vector, p->point);
    LLVMValueRef moving = ir_load(e, k->mask, p->moving);
    Scope *scope = scope_at(k, p->s->start, true, point);
    LLVMValueRef f2 = LLVMBuildFMul(
        b, scope_lanes(scope, p->s->plan->decay[0]),
        vmath_const(k->vector, -2), "");
    LLVMValueRef g = scope_lanes(scope, p->slope);
    LLVMValueRef square = vmath_fma(
        e->vmath, b, f2, scope_lanes(scope, p->curvature),
        LLVMBuildFMul(b, g, g, ""));
    LLVMValueRef root = vmath_sqrt(
        e->vmath, b, vmath_max(e->vmath, b, square, kernel_zero(k)));
    LLVMValueRef by = LLVMBuildFDiv(b, f2, LLVMBuildFAdd(b, g, root, ""), "");
    LLVMValueRef next = LLVMBuildFAdd(b, point, by, "");
    LLVMValueRef tolerance = LLVMBuildFMul(
        b, next, vmath_const(k->vector, e->real_size == 8 ? 0x1p-20
                                                          : 0x1p-10), "");
    // Also where nothing is a number any more.
    LLVMValueRef far = LLVMBuildFCmp(b, LLVMRealUGT,
                                     vmath_abs(e->vmath, b, by), tolerance, "");
    ir_store(e, kernel_select(k, moving, next, point), p->point);
    ir_store(e, LLVMBuildAnd(b, moving, far, ""), p->moving);
}

enum { PARABOLAS = 7 };

// `out` holds the lanes that came to rest at a rising zero in the interval.
static First first_concave(const Search *s, LLVMValueRef seeking)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    ExprPool *pool = e->model->pool;
    const Expr *slope = expr_diff(pool, s->plan->decay[0], k->plan->decay);
    Parabolas p = {s, expr_neg(pool, slope),
                   expr_diff(pool, slope, k->plan->decay),
                   ir_slot(e, k->vector, "point"),
                   ir_slot(e, k->mask, "moving"), ir_slot(e, e->i64, "count")};
    LLVMValueRef zero = kernel_zero(k), steps = ir_i64(e, PARABOLAS);
    LLVMValueRef concave = LLVMBuildAnd(
        e->b, seeking, scope_mask(s->start, s->plan->concave), "");
    ir_store(e, zero, p.point);
    ir_store(e, concave, p.moving);
    ir_store(e, ir_i64(e, 0), p.count);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef count = ir_load(e, e->i64, p.count);
    LLVMValueRef moving = ir_load(e, k->mask, p.moving);
    LLVMValueRef more = LLVMBuildICmp(e->b, LLVMIntSLT, count, steps, "");
    ir_while_test(e, &loop, LLVMBuildAnd(
        e->b, vmath_any(e->vmath, e->b, moving), more, ""));
    parabola_step(&p);
    ir_store(e, LLVMBuildAdd(e->b, count, ir_i64(e, 1), ""), p.count);
    ir_while_end(e, &loop);
    LLVMValueRef point = ir_load(e, k->vector, p.point);
    LLVMValueRef rests = LLVMBuildAnd(
        e->b, concave, LLVMBuildNot(e->b, ir_load(e, k->mask, p.moving), ""),
        "");
    LLVMValueRef rises = LLVMBuildFCmp(
        e->b, LLVMRealOGT,
        scope_lanes(scope_at(k, s->start, true, point), p.slope), zero, "");
    LLVMValueRef ahead = LLVMBuildFCmp(e->b, LLVMRealOGE, point, zero, "");
    return (First){
        LLVMBuildAnd(e->b, rests, LLVMBuildAnd(e->b, rises, ahead, ""), ""),
        vmath_min(e->vmath, e->b, point, s->end)};
}

// The lanes that parabolas do not settle are isolated: hardly ever any.
static First first_zero(const Search *s, const LLVMValueRef *end_states,
                        LLVMValueRef seeking)
{
    const Kernel *k = s->k;
    Emit *e = k->e;
    if (!s->plan->concave)
        return first_isolated(s, end_states, seeking);
    First quick = first_concave(s, seeking);
    LLVMValueRef found = ir_slot(e, k->mask, "found");
    LLVMValueRef point = ir_slot(e, k->vector, "zero");
    ir_store(e, quick.found, found);
    ir_store(e, quick.point, point);
    LLVMValueRef open = LLVMBuildAnd(
        e->b, seeking, LLVMBuildNot(e->b, quick.found, ""), "");
    IrIf some = ir_if_rarely(e, vmath_any(e->vmath, e->b, open));
    First careful = first_isolated(s, end_states, open);
    ir_store(e, LLVMBuildOr(e->b, quick.found, careful.found, ""), found);
    ir_store(e, kernel_select(k, careful.found, careful.point, quick.point),
             point);
    ir_if_end(e, &some);
    return (First){ir_load(e, k->mask, found), ir_load(e, k->vector, point)};
}

Crossing crossing_emit_first(Kernel *k, const CrossingInput *in)
{
    Emit *e = k->e;
    LLVMBuilderRef b = e->b;
    const ZeroSequence *zeros = &k->derived->crossing;
    Scope *start = scope_open(e, kernel_scope(k, in->run, in->vector), e->real,
                             k->lanes);
    kernel_bind_row(start, k->derived->states, in->states, k->n);
    Search s = {k, k->plan->crossing.decay != NULL, &k->plan->crossing, zeros,
                "root", in->run, in->vector, in->states, start, in->end,
                in->active};
    if (s.in_decay)
        s.end = in->decay ? one_minus(k, in->decay) : point_of(k, in->end);
    LLVMValueRef below = LLVMBuildFCmp(
        b, LLVMRealOLT, scope_lanes(start, zeros->functional[0]),
        kernel_zero(k), "");
    Crossing out;
    out.at_once = LLVMBuildAnd(b, in->active, LLVMBuildNot(b, below, ""), "");
    First first = first_zero(&s, in->end_states,
                             LLVMBuildAnd(b, in->active, below, ""));
    LLVMValueRef root = kernel_select(k, first.found, first.point,
                                      kernel_zero(k));
    out.time = root;
    if (s.in_decay)
        out.time = vmath_min(e->vmath, b, time_of(k, root), in->end);
    out.decay = s.in_decay ? one_minus(k, root) : NULL;
    out.found = LLVMBuildOr(b, first.found, out.at_once, "");
    return out;
}
