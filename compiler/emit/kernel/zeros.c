// Certified isolation of zeros along the flow, in vectors of neurons. The
// sequence of functionals (model/derive.h) is walked from its end: the last but
// one has at most one zero, in closed form; between neighbouring zeros of one
// level lies at most one of the level below, found by Newton's method inside a
// bracket that always shrinks. Where pairs of states ring, all this holds
// within pieces of the interval, gone through one after the other.
#include "emit/kernel/zeros.h"

enum { MAX_LEVELS = ZEROS_LEVELS_MAX, NEWTON_ONLY = 8, MAX_ITERATIONS = 200 };

LLVMValueRef zeros_one_minus(const Kernel *k, LLVMValueRef x)
{
    return LLVMBuildFSub(k->e->b, vmath_const(k->vector, 1), x, "");
}

static Scope *scope_at(const Kernel *k, Scope *start, bool in_decay,
                       LLVMValueRef point)
{
    Scope *scope = scope_open(k->e, start, k->e->real, k->lanes);
    if (in_decay)
        scope_bind(scope, k->plan->decay, zeros_one_minus(k, point));
    else
        scope_bind(scope, k->derived->interval, point);
    return scope;
}

Scope *zeros_scope_at(const Search *s, LLVMValueRef point)
{
    Scope *scope = scope_at(s->k, s->start, s->in_decay, point);
    if (s->middle)
        scope_bind(scope, s->zeros->middle, s->middle);
    return scope;
}

LLVMValueRef zeros_value_at(const Search *s, unsigned level,
                            LLVMValueRef point)
{
    Scope *scope = zeros_scope_at(s, point);
    return scope_lanes(scope, s->in_decay ? s->plan->decay[level]
                                          : s->plan->moved[level]);
}

// -expm1(-rate h) and its inverse.
LLVMValueRef zeros_point_of(const Kernel *k, LLVMValueRef h)
{
    Emit *e = k->e;
    LLVMValueRef rate = vmath_const(k->vector, -k->plan->decay_rate);
    LLVMValueRef share = vmath_expm1(e->vmath, e->b,
                                     LLVMBuildFMul(e->b, h, rate, ""));
    return LLVMBuildFNeg(e->b, share, "");
}

LLVMValueRef zeros_time_of(const Kernel *k, LLVMValueRef point)
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
        h = zeros_point_of(s->k, h);
    LLVMValueRef inside = LLVMBuildAnd(
        b, LLVMBuildFCmp(b, LLVMRealOGT, h, s->from, ""),
        LLVMBuildFCmp(b, LLVMRealOLT, h, s->end, ""), "");
    return kernel_select(s->k, inside, h, s->from);
}

// Pairs have rates that change with time.
static bool has_closed_form(const Search *s)
{
    const ZeroSequence *z = s->zeros;
    const Expr *h = s->k->derived->interval;
    return !expr_depends_on(z->rate[z->n - 2], h)
           && !expr_depends_on(z->rate[z->n - 1], h);
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

// vector newton(run, vector, low, high, rising, active, [middle,] states...):
// the zero of functional[level] in [low, high]; low in lanes that are not
// active.
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
    LLVMTypeRef types[7 + MAX_LEVELS] = {e->pointer, LLVMTypeOf(s->vector),
                                         k->vector, k->vector, k->mask,
                                         k->mask};
    LLVMValueRef x[MAX_LEVELS];
    unsigned first = s->middle ? 7 : 6;
    for (unsigned i = 6; i < first + k->n; i++)
        types[i] = k->vector;
    f = ir_function_begin(e, name, k->vector, types, first + k->n, false);
    Scope *start = kernel_scope(k, LLVMGetParam(f, 0), LLVMGetParam(f, 1));
    if (s->middle)
        scope_bind(start, s->zeros->middle, LLVMGetParam(f, 6));
    for (unsigned i = 0; i < k->n; i++)
        x[i] = LLVMGetParam(f, first + i);
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

LLVMValueRef zeros_emit_newton(const Search *s, unsigned level,
                               LLVMValueRef low, LLVMValueRef high,
                               LLVMValueRef rising, LLVMValueRef active)
{
    LLVMValueRef f = newton_function(s, level);
    LLVMValueRef args[7 + MAX_LEVELS] = {s->run, s->vector, low, high, rising,
                                         active};
    unsigned n = 6;
    if (s->middle)
        args[n++] = s->middle;
    for (unsigned i = 0; i < s->k->n; i++)
        args[n++] = s->x[i];
    return ir_call(s->k->e, f, args, n);
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

unsigned zeros_emit_points(const Search *s, unsigned level,
                           LLVMValueRef *points)
{
    Emit *e = s->k->e;
    LLVMValueRef inner[MAX_LEVELS];
    if (level + 1 >= s->zeros->n)
        return 0;
    if (level + 2 == s->zeros->n && has_closed_form(s)) {
        points[0] = closed_form(s);
        return 1;
    }
    unsigned n = zeros_emit_points(s, level + 1, inner);
    LLVMValueRef low = s->from, zero = kernel_zero(s->k);
    LLVMValueRef at_low = zeros_value_at(s, level, low);
    for (unsigned i = 0; i <= n; i++) {
        LLVMValueRef high = i < n ? inner[i] : s->end;
        LLVMValueRef at_high = zeros_value_at(s, level, high);
        LLVMValueRef rising = LLVMBuildFCmp(e->b, LLVMRealOLT, at_low, zero,
                                            "");
        LLVMValueRef changes = changes_sign(s, at_low, at_high);
        points[i] = zeros_emit_newton(s, level, low, high, rising,
                           LLVMBuildAnd(e->b, changes, s->active, ""));
        low = high;
        at_low = at_high;
    }
    return n + 1;
}
