// Flows that one exponential carries (plan_decay.h).
#include "events/plan_decay.h"

#include <math.h>

// The only exponential of the interval in the plan's advance, or NULL.
static const Expr *only_exponential(Arena *arena, const LayerPlan *plan)
{
    const Expr *only = NULL;
    size_t count;
    const Expr **nodes = expr_topological(arena, plan->advance,
                                          plan->derived->n, &count);
    for (size_t k = 0; k < count; k++) {
        if (nodes[k]->op != EXPR_EXP
            || !expr_depends_on(nodes[k], plan->derived->interval))
            continue;
        if (only)
            return NULL;
        only = nodes[k];
    }
    return only;
}

// Rows with the exponential replaced by the symbol; NULL where time is left.
static const Expr **replaced(ExprPool *pool, Arena *arena,
                             const LayerPlan *plan, const Expr *const *rows,
                             size_t n, const Expr *exponential,
                             const Expr *symbol)
{
    const Expr **out = ARENA_ARRAY(arena, const Expr *, n + 1);
    for (size_t k = 0; k < n; k++) {
        out[k] = expr_substitute(pool, rows[k], &exponential, &symbol, 1);
        if (expr_depends_on(out[k], plan->derived->interval))
            return NULL;
    }
    return out;
}

void plan_decay(ExprPool *pool, Arena *arena, LayerPlan *plan)
{
    const Expr *exponential = only_exponential(arena, plan);
    if (!exponential)
        return;
    const Expr *rate = expr_div(pool, exponential->args[0],
                                plan->derived->interval);
    if (rate->op != EXPR_CONST || rate->value >= 0)
        return;
    const Expr *symbol = expr_symbol(pool, "u", NULL, AXIS_SCALAR);
    const Expr **advance = replaced(pool, arena, plan, plan->advance,
                                    plan->derived->n, exponential, symbol);
    if (!advance)
        return;
    plan->decay = symbol;
    plan->decay_rate = -rate->value;
    plan->decay_exponential = exponential;
    plan->decay_advance = advance;
}

void plan_decay_screen(ExprPool *pool, Arena *arena, LayerPlan *plan)
{
    const Expr **screen = NULL;
    if (plan->decay)
        screen = replaced(pool, arena, plan, &plan->screen, 1,
                          plan->decay_exponential, plan->decay);
    plan->decay_screen = screen ? screen[0] : NULL;
}

// ---- the top of a polynomial ------------------------------------------------

// f = rest + low u^p + high u^q
typedef struct Trinomial {
    const Expr *rest, *low, *high;
    int p, q;
} Trinomial;

enum { MAX_DEGREE = 8 };

static bool as_trinomial(ExprPool *pool, const Expr *f, const Expr *u,
                         Trinomial *out)
{
    const Expr *zero = expr_const(pool, 0), *derivative = f;
    double factorial = 1;
    *out = (Trinomial){.p = 0};
    for (int k = 0; k <= MAX_DEGREE; k++) {
        const Expr *at_zero = expr_substitute(pool, derivative, &u, &zero, 1);
        const Expr *c = expr_div(pool, expr_expand(pool, at_zero),
                                 expr_const(pool, factorial));
        if (k == 0) {
            out->rest = c;
        } else if (!expr_is_const(c, 0)) {
            if (out->q > 0)
                return false;
            *(out->p ? &out->high : &out->low) = c;
            *(out->p ? &out->q : &out->p) = k;
        }
        derivative = expr_diff(pool, derivative, u);
        factorial *= k + 1;
    }
    return out->q > 0 && expr_is_const(derivative, 0);
}

static const Expr *power(ExprPool *pool, const Expr *base, int exponent)
{
    return expr_pow(pool, base, expr_const(pool, exponent));
}

// The sign of df/du, which is that of p low + q high u^(q - p).
static const Expr *rise(ExprPool *pool, const Trinomial *t, const Expr *u)
{
    const Expr *ratio = expr_const(pool, (double)t->q / t->p);
    const Expr *high = expr_mul(pool, expr_mul(pool, ratio, t->high),
                                power(pool, u, t->q - t->p));
    return expr_add(pool, t->low, high);
}

// With low > 0 > high, f has its maximum where u^(q - p) = -p low / (q high),
// and it is rest + low (1 - p / q) u^p. Raised to the power q - p, its
// comparison with 0 needs no root:
//     (1 - p / q)^(q - p) p^p low^q >= (-rest)^(q - p) (-q high)^p
// up to rounding, for which the right side is taken a little smaller. Where
// there is no maximum it may hold for nothing.
static const Expr *top_reaches(ExprPool *pool, const Trinomial *t,
                               double rounding)
{
    const Expr *zero = expr_const(pool, 0);
    double factor = pow(1 - (double)t->p / t->q, t->q - t->p)
                    * pow(t->p, t->p) / pow(t->q, t->p);
    const Expr *left = power(pool, t->low, t->q);
    const Expr *right = expr_mul(
        pool, power(pool, expr_neg(pool, t->rest), t->q - t->p),
        power(pool, expr_neg(pool, t->high), t->p));
    right = expr_mul(pool, expr_const(pool, (1 - rounding) / factor), right);
    return expr_binary(pool, EXPR_OR, expr_binary(pool, EXPR_LE, right, left),
                       expr_binary(pool, EXPR_LE, zero, t->rest));
}

// f rises with time at the start of the interval and not at its end.
static const Expr *top_inside(ExprPool *pool, const LayerPlan *plan,
                              const Trinomial *t, double rounding)
{
    const Expr *zero = expr_const(pool, 0), *one = expr_const(pool, 1);
    const Expr *start = expr_binary(pool, EXPR_LT, rise(pool, t, one), zero);
    const Expr *end = expr_binary(
        pool, EXPR_LE, zero, rise(pool, t, plan->decay_exponential));
    const Expr *inside = expr_binary(pool, EXPR_AND, start, end);
    return expr_binary(pool, EXPR_AND, inside,
                       top_reaches(pool, t, rounding));
}

void plan_decay_zeros(ExprPool *pool, Arena *arena, const LayerPlan *plan,
                      double epsilon, ZeroPlan *zeros)
{
    Trinomial t;
    if (plan->decay)
        zeros->decay = replaced(pool, arena, plan, zeros->moved,
                                zeros->zeros->n, plan->decay_exponential,
                                plan->decay);
    if (!zeros->decay ||
        !as_trinomial(pool, zeros->decay[0], plan->decay, &t))
        return;
    zeros->top_inside = top_inside(pool, plan, &t, 64 * epsilon);
    if (t.p == 1)
        zeros->concave = expr_binary(pool, EXPR_LT, t.high,
                                     expr_const(pool, 0));
}
