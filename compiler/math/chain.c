// The derivative of each operation: chain_<row>(pool, e, k, x) is x times the
// derivative of e in its argument k, element by element. Forward mode passes
// the argument's tangent as x, reverse mode the adjoint of e. Where it is
// piecewise, x goes into the select, so that an untaken branch, even an
// infinite one, cannot spoil the result. For reductions and index, the result
// is over the argument's axis: a weight for each element.
#include "math/pool.h"

#define CHAIN(name) \
    const Expr *chain_##name(ExprPool *pool, const Expr *e, size_t k, \
                             const Expr *x)

CHAIN(zero)
{
    (void)e, (void)k, (void)x;
    return pool->zero;
}

// ---- arithmetic ------------------------------------------------------------

CHAIN(add)
{
    (void)pool, (void)e, (void)k;
    return x;
}

CHAIN(mul)
{
    const Expr **args = ARENA_ARRAY(pool->arena, const Expr *, e->n_args);
    for (size_t i = 0; i < e->n_args; i++)
        args[i] = i == k ? x : e->args[i];
    return expr_make(pool, EXPR_MUL, args, e->n_args);
}

CHAIN(pow)
{
    const Expr *base = e->args[0], *exponent = e->args[1];
    if (k == 1) {
        const Expr *log = expr_unary(pool, EXPR_LOG, base);
        return expr_mul(pool, x, expr_mul(pool, log, e));
    }
    const Expr *less = expr_sub(pool, exponent, pool->one);
    const Expr *power = expr_pow(pool, base, less);
    return expr_mul(pool, x, expr_mul(pool, exponent, power));
}

// ---- functions of one argument ---------------------------------------------

CHAIN(exp)
{
    (void)k;
    return expr_mul(pool, x, e);
}

CHAIN(log)
{
    return expr_div(pool, x, e->args[k]);
}

CHAIN(sqrt)
{
    (void)k;
    return expr_div(pool, expr_mul(pool, pool->half, x), e);
}

CHAIN(sin)
{
    return expr_mul(pool, x, expr_unary(pool, EXPR_COS, e->args[k]));
}

CHAIN(cos)
{
    const Expr *sin = expr_unary(pool, EXPR_SIN, e->args[k]);
    return expr_neg(pool, expr_mul(pool, x, sin));
}

CHAIN(tanh)
{
    (void)k;
    const Expr *square = expr_mul(pool, e, e);
    return expr_mul(pool, x, expr_sub(pool, pool->one, square));
}

CHAIN(sigmoid)
{
    (void)k;
    const Expr *rest = expr_sub(pool, pool->one, e);
    return expr_mul(pool, x, expr_mul(pool, e, rest));
}

CHAIN(abs)
{
    return expr_mul(pool, x, expr_unary(pool, EXPR_SIGN, e->args[k]));
}

// ---- piecewise -------------------------------------------------------------

// x if argument k is the one taken, else 0.
static const Expr *where_taken(ExprPool *pool, const Expr *first_is_taken,
                               size_t k, const Expr *x)
{
    if (k == 0)
        return expr_select(pool, first_is_taken, x, pool->zero);
    return expr_select(pool, first_is_taken, pool->zero, x);
}

CHAIN(min)
{
    const Expr *first =
        expr_binary(pool, EXPR_LE, e->args[0], e->args[1]);
    return where_taken(pool, first, k, x);
}

CHAIN(max)
{
    const Expr *first =
        expr_binary(pool, EXPR_LE, e->args[1], e->args[0]);
    return where_taken(pool, first, k, x);
}

CHAIN(select)
{
    if (k == 0)
        return pool->zero;
    return where_taken(pool, e->args[0], k - 1, x);
}

// The node once more: d/da expdd(a, b) = expdd(a, a, b).
CHAIN(expdd)
{
    const Expr **nodes = ARENA_ARRAY(pool->arena, const Expr *, e->n_args + 1);
    for (size_t i = 0; i < e->n_args; i++)
        nodes[i] = e->args[i];
    nodes[e->n_args] = e->args[k];
    return expr_mul(pool, x, expr_expdd(pool, nodes, e->n_args + 1));
}

// ---- reductions ------------------------------------------------------------

CHAIN(sum)
{
    (void)pool, (void)e, (void)k;
    return x;
}

// x at one position, 0 elsewhere.
static const Expr *at_position(ExprPool *pool, const Expr *vector,
                               const Expr *position, const Expr *x)
{
    const Expr *iota = expr_iota(pool, vector->axis);
    const Expr *here = expr_binary(pool, EXPR_EQ, iota, position);
    return expr_select(pool, here, x, pool->zero);
}

CHAIN(maximum)
{
    const Expr *vector = e->args[k];
    const Expr *position = expr_unary(pool, EXPR_ARGMAX, vector);
    return at_position(pool, vector, position, x);
}

CHAIN(minimum)
{
    const Expr *vector = e->args[k];
    const Expr *position = expr_unary(pool, EXPR_ARGMIN, vector);
    return at_position(pool, vector, position, x);
}

CHAIN(logsumexp)
{
    const Expr *share = expr_sub(pool, e->args[k], e);
    return expr_mul(pool, x, expr_unary(pool, EXPR_EXP, share));
}

CHAIN(index)
{
    if (k == 1)
        return pool->zero;
    return at_position(pool, e->args[0], e->args[1], x);
}

const Expr *chain_forward(ExprPool *pool, const Expr *e, size_t k,
                          const Expr *x)
{
    const Expr *moved = chain_apply(pool, e, k, x);
    if (op_kind(e->op) == KIND_ELEMENT || moved == pool->zero)
        return moved;
    return expr_reduce(pool, EXPR_SUM, moved, e->args[0]->axis);
}
