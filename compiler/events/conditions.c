// Conditions on zeros in an interval (conditions.h).
//
// The number of zeros of functional[0] in an interval is at most V(start) -
// V(end) and of the same parity, where V counts the sign variations of the
// sequence: the theorem of Budan and Fourier, which holds for these sequences
// because each functional is, up to a positive factor, the derivative of the
// one before it times a positive function. At the start a zero counts with the
// sign it is about to take, which is that of its successor. At the end a value
// that has underflowed to 0 counts as no variation, which flags too much rather
// than too little.
#include "events/conditions.h"

static const Expr *zero(const Ends *ends)
{
    return expr_const(ends->pool, 0);
}

static const Expr *less(const Ends *ends, const Expr *a, const Expr *b)
{
    return expr_binary(ends->pool, EXPR_LT, a, b);
}

static const Expr *at_most(const Ends *ends, const Expr *a, const Expr *b)
{
    return expr_binary(ends->pool, EXPR_LE, a, b);
}

static const Expr *both(const Ends *ends, const Expr *a, const Expr *b)
{
    return expr_binary(ends->pool, EXPR_AND, a, b);
}

static const Expr *either(const Ends *ends, const Expr *a, const Expr *b)
{
    return expr_binary(ends->pool, EXPR_OR, a, b);
}

const Expr *at_end(const Ends *ends, const Expr *e)
{
    return expr_substitute(ends->pool, e, ends->start, ends->end, ends->n);
}

// The interval is one piece, if it has pieces.
static const Expr *in_one_piece(const Ends *ends, const ZeroSequence *zeros,
                                const Expr *e)
{
    const Expr *half = expr_mul(ends->pool, expr_const(ends->pool, 0.5),
                                ends->interval);
    return zeros->middle
               ? expr_substitute(ends->pool, e, &zeros->middle, &half, 1) : e;
}

static const Expr *functional_at_start(const Ends *ends,
                                       const ZeroSequence *zeros, size_t k)
{
    const Expr *half = expr_mul(ends->pool, expr_const(ends->pool, 0.5),
                                ends->interval);
    const Expr *symbols[] = {ends->interval, zeros->middle};
    const Expr *values[] = {zero(ends), half};
    const Expr *f = zeros->functional[k];
    return zeros->middle
               ? expr_substitute(ends->pool, f, symbols, values, 2) : f;
}

static const Expr *variations_at_start(const Ends *ends,
                                       const ZeroSequence *zeros)
{
    ExprPool *pool = ends->pool;
    const Expr *sign = functional_at_start(ends, zeros, zeros->n - 1);
    const Expr *count = zero(ends);
    for (size_t k = zeros->n - 1; k-- > 0;) {
        const Expr *f = functional_at_start(ends, zeros, k);
        const Expr *is_zero = expr_binary(pool, EXPR_EQ, f, zero(ends));
        const Expr *next = expr_select(pool, is_zero, sign, f);
        const Expr *change = expr_binary(
            pool, EXPR_LT, expr_mul(pool, next, sign), zero(ends));
        count = expr_add(pool, count, change);
        sign = next;
    }
    return count;
}

// The functional at the interval's end. Those of the rates are not taken from
// the states there, of whose resting values they would be the rounding error.
static const Expr *functional_at_end(const Ends *ends, const ZeroPlan *plan,
                                     size_t k)
{
    return plan->zeros->row[k]
               ? in_one_piece(ends, plan->zeros, plan->moved[k])
               : at_end(ends, plan->zeros->functional[k]);
}

static const Expr *variations_at_end(const Ends *ends, const ZeroPlan *plan)
{
    const Expr *count = zero(ends);
    for (size_t k = 0; k + 1 < plan->zeros->n; k++) {
        const Expr *product = expr_mul(
            ends->pool, functional_at_end(ends, plan, k),
            functional_at_end(ends, plan, k + 1));
        count = expr_add(ends->pool, count, less(ends, product, zero(ends)));
    }
    return count;
}

// start + h * slope > level: for a value whose slope is a combination of two
// exponentials and falls through zero, the slope falls until there, so the
// tangent at the start lies above the maximum.
static const Expr *tangent_exceeds(const Ends *ends, const Expr *value,
                                   const Expr *slope, const Expr *level)
{
    const Expr *rise = expr_mul(ends->pool, ends->interval, slope);
    return at_most(ends, level, expr_add(ends->pool, value, rise));
}

// After a long interval the slope may have underflowed to 0.
static const Expr *falls_through_zero(const Ends *ends, const ZeroPlan *plan,
                                      size_t k)
{
    return both(ends, less(ends, zero(ends), plan->zeros->functional[k]),
                at_most(ends, functional_at_end(ends, plan, k), zero(ends)));
}

// The interval is too long for what holds within a piece.
static const Expr *in_pieces(const Ends *ends, const ZeroSequence *zeros)
{
    return zeros->longest ? less(ends, zeros->longest, ends->interval)
                          : zero(ends);
}

// The guard, which is affine in the states, is not below 0 at one of the ends:
// what hangs on the states reaches the rest's opposite.
static const Expr *not_below_at_ends(const Ends *ends, const Expr *guard)
{
    ExprPool *pool = ends->pool;
    const Expr **zeros = ARENA_ARRAY(ends->arena, const Expr *, ends->n + 1);
    for (size_t i = 0; i < ends->n; i++)
        zeros[i] = zero(ends);
    const Expr *rest = expr_substitute(pool, guard, ends->start, zeros,
                                       ends->n);
    const Expr *value = expr_sub(pool, guard, rest);
    return at_most(ends, expr_neg(pool, rest),
                   expr_binary(pool, EXPR_MAX, value, at_end(ends, value)));
}

const Expr *may_cross(const Ends *ends, const ZeroPlan *plan)
{
    const ZeroSequence *zeros = plan->zeros;
    ExprPool *pool = ends->pool;
    const Expr *guard = zeros->functional[0];
    const Expr *flagged = not_below_at_ends(ends, guard);
    if (zeros->n <= 2)
        return flagged;
    if (zeros->n == 3 && !zeros->middle) {
        const Expr *inner = both(
            ends, falls_through_zero(ends, plan, 1),
            tangent_exceeds(ends, guard, zeros->functional[1], zero(ends)));
        return either(ends, flagged,
                      plan->top_inside ? plan->top_inside : inner);
    }
    const Expr *lost = expr_sub(pool, variations_at_start(ends, zeros),
                                variations_at_end(ends, plan));
    return either(ends, either(ends, flagged, in_pieces(ends, zeros)),
                  at_most(ends, expr_const(pool, 2), lost));
}

const Expr *may_peak(const Ends *ends, const ZeroPlan *plan,
                     const Expr *value, const Expr *best)
{
    const ZeroSequence *zeros = plan->zeros;
    ExprPool *pool = ends->pool;
    if (zeros->n < 2)
        return zero(ends);
    if (zeros->n == 2 && !zeros->middle)
        return both(ends, falls_through_zero(ends, plan, 0),
                    tangent_exceeds(ends, value, zeros->functional[0], best));
    const Expr *lost = expr_sub(pool, variations_at_start(ends, zeros),
                                variations_at_end(ends, plan));
    return either(ends, in_pieces(ends, zeros),
                  at_most(ends, expr_const(pool, 1), lost));
}
