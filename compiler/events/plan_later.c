// How large a function of the state may still become (plan_later.h).
//
// Let I(f) be the integral of |f| from h on. Of a level f with f' + r f = g it
// is at most (|f| + I(g)) / r, and of a pair, (d/dt - a)^2 f - d f = g with
// v = f' - a f,
//     I(f) <= |f| c + (|v| + I(g)) m
// where for d < 0: c = 1 / |a|, m = min(1 / a^2, 1 / (w |a|)), w^2 = -d, and
// else m = 1 / (a^2 - d), c = |a| m. A value changes by no more than I(slope).
//
// That is too much for a pair that rings long. But where it is the first thing
// to be removed, the value turns around where it would rest,
//     z = value + (value'' - 2 a value') / (a^2 - d)
// with the amplitude R, R^2 = u^2 + (u' - a u)^2 / w^2 for u = value - z,
// except for what drives it: it stays below z + R + I(g) m.
#include "events/plan_later.h"

typedef struct Later {
    ExprPool *pool;
    const ZeroPlan *plan;
} Later;

// Stands for no bound; f32 holds it.
static const double endless = 1e30;

static const Expr *number(const Later *l, double value)
{
    return expr_const(l->pool, value);
}

static const Expr *magnitude(const Later *l, const Expr *e)
{
    return expr_unary(l->pool, EXPR_ABS, e);
}

static const Expr *below(const Later *l, const Expr *a, const Expr *b)
{
    return expr_binary(l->pool, EXPR_LT, a, b);
}

static const Expr *square(const Later *l, const Expr *e)
{
    return expr_mul(l->pool, e, e);
}

// F' of the level F where a pair is removed.
static const Expr *slope_at(const Later *l, size_t level)
{
    return expr_sub(l->pool, l->plan->moved[level + 1],
                    expr_mul(l->pool, l->plan->zeros->rate[level],
                             l->plan->moved[level]));
}

static const Expr *product(const Later *l, const FlowPair *pair)
{
    return expr_sub(l->pool, square(l, pair->centre), pair->square);
}

static const Expr *turns(const Later *l, const FlowPair *pair)
{
    return below(l, pair->square, number(l, 0));
}

// a < 0 and both rates below 0.
static const Expr *calms(const Later *l, const FlowPair *pair)
{
    return expr_binary(l->pool, EXPR_AND,
                       below(l, pair->centre, number(l, 0)),
                       below(l, number(l, 0), product(l, pair)));
}

// m of the pair
static const Expr *memory(const Later *l, const FlowPair *pair)
{
    ExprPool *pool = l->pool;
    const Expr *a = magnitude(l, pair->centre);
    const Expr *w = expr_unary(pool, EXPR_SQRT, magnitude(l, pair->square));
    const Expr *longer = expr_binary(pool, EXPR_MAX, a, w);
    const Expr *one = number(l, 1);
    return expr_select(pool, turns(l, pair),
                       expr_div(pool, one, expr_mul(pool, a, longer)),
                       expr_div(pool, one, product(l, pair)));
}

static const Expr *integral(const Later *l, size_t level);

static const Expr *pair_integral(const Later *l, size_t level)
{
    ExprPool *pool = l->pool;
    const FlowPair *pair = l->plan->zeros->pair[level];
    const Expr *f = l->plan->moved[level], *a = magnitude(l, pair->centre);
    const Expr *v = expr_sub(pool, slope_at(l, level),
                             expr_mul(pool, pair->centre, f));
    const Expr *m = memory(l, pair);
    const Expr *c = expr_select(pool, turns(l, pair),
                                expr_div(pool, number(l, 1), a),
                                expr_mul(pool, a, m));
    const Expr *rest = expr_add(pool, magnitude(l, v), integral(l, level + 2));
    const Expr *sum = expr_add(pool, expr_mul(pool, magnitude(l, f), c),
                               expr_mul(pool, rest, m));
    return expr_select(pool, calms(l, pair), sum, number(l, endless));
}

static const Expr *integral(const Later *l, size_t level)
{
    const ZeroSequence *zeros = l->plan->zeros;
    if (level >= zeros->n)
        return number(l, 0);
    if (zeros->pair[level])
        return pair_integral(l, level);
    const Expr *sum = expr_add(l->pool, magnitude(l, l->plan->moved[level]),
                               integral(l, level + 1));
    const Expr *rate = zeros->rate[level];
    return expr_select(l->pool, below(l, number(l, 0), rate),
                       expr_div(l->pool, sum, rate), number(l, endless));
}

static const Expr *ringing_bound(const Later *l, const Expr *value,
                                 size_t level)
{
    ExprPool *pool = l->pool;
    const FlowPair *pair = l->plan->zeros->pair[level];
    const Expr *slope = l->plan->moved[level], *a = pair->centre;
    const Expr *curvature = slope_at(l, level);
    const Expr *twice = expr_mul(pool, number(l, 2), expr_mul(pool, a, slope));
    const Expr *away = expr_div(pool, expr_sub(pool, curvature, twice),
                                product(l, pair)); // z - value
    const Expr *v = expr_add(pool, slope, expr_mul(pool, a, away));
    const Expr *r = expr_unary(pool, EXPR_SQRT, expr_add(
        pool, square(l, away),
        expr_div(pool, square(l, v), magnitude(l, pair->square))));
    const Expr *driven = expr_mul(pool, integral(l, level + 2),
                                  memory(l, pair));
    const Expr *sum = expr_add(pool, expr_add(pool, value, away),
                               expr_add(pool, r, driven));
    const Expr *fits = expr_binary(pool, EXPR_AND, turns(l, pair),
                                   calms(l, pair));
    return expr_select(pool, fits, sum, number(l, endless));
}

const Expr *plan_later(ExprPool *pool, const ZeroPlan *plan, const Expr *value,
                       size_t slope)
{
    Later l = {pool, plan};
    const Expr *bound = expr_add(pool, value, integral(&l, slope));
    if (slope < plan->zeros->n && plan->zeros->pair[slope])
        bound = expr_binary(pool, EXPR_MIN, bound,
                            ringing_bound(&l, value, slope));
    return bound;
}
