// The element-wise operations other than sums and products: each build_<row>
// makes the node, or something simpler that has the same value. Constants were
// folded before (pool.c). A symbol is taken to be a finite number.
#include "math/pool.h"

#include <assert.h>
#include <math.h>

const Expr *build_none(ExprPool *pool, ExprOp op, const Expr *const *args,
                       size_t n)
{
    (void)pool, (void)op, (void)args, (void)n;
    assert(!"leaves are made by functions of their own");
    return NULL;
}

const Expr *build_plain(ExprPool *pool, ExprOp op, const Expr *const *args,
                        size_t n)
{
    return pool_intern(pool, op, args, n);
}

// ---- exponential, logarithm, roots -----------------------------------------

// exp(log x) -> x, exp(c * log x) -> x^c
const Expr *build_exp(ExprPool *pool, ExprOp op, const Expr *const *args,
                      size_t n)
{
    const Expr *u = args[0];
    if (u->op == EXPR_LOG)
        return u->args[0];
    if (u->op == EXPR_MUL && u->n_args == 2 && is_constant(u->args[0]) &&
        u->args[1]->op == EXPR_LOG)
        return expr_pow(pool, u->args[1]->args[0], u->args[0]);
    return pool_intern(pool, op, args, n);
}

// log(exp u) -> u, log(exp(u)^n) -> n * u
const Expr *build_log(ExprPool *pool, ExprOp op, const Expr *const *args,
                      size_t n)
{
    const Expr *u = args[0];
    if (u->op == EXPR_EXP)
        return u->args[0];
    if (u->op == EXPR_POW && u->args[0]->op == EXPR_EXP)
        return expr_mul(pool, u->args[1], u->args[0]->args[0]);
    return pool_intern(pool, op, args, n);
}

// sqrt(x^2) -> abs(x), sqrt(exp u) -> exp(u/2)
const Expr *build_sqrt(ExprPool *pool, ExprOp op, const Expr *const *args,
                       size_t n)
{
    const Expr *u = args[0];
    if (u->op == EXPR_POW && expr_is_const(u->args[1], 2))
        return expr_unary(pool, EXPR_ABS, u->args[0]);
    if (u->op == EXPR_EXP)
        return expr_unary(pool, EXPR_EXP,
                          expr_mul(pool, pool->half, u->args[0]));
    return pool_intern(pool, op, args, n);
}

// ---- symmetries ------------------------------------------------------------

// f(-x) -> -f(x)
const Expr *build_odd(ExprPool *pool, ExprOp op, const Expr *const *args,
                      size_t n)
{
    if (!is_negated(args[0]))
        return pool_intern(pool, op, args, n);
    return expr_neg(pool, pool_unary(pool, op, expr_neg(pool, args[0])));
}

// f(-x) -> f(x)
const Expr *build_even(ExprPool *pool, ExprOp op, const Expr *const *args,
                       size_t n)
{
    if (!is_negated(args[0]))
        return pool_intern(pool, op, args, n);
    return expr_unary(pool, op, expr_neg(pool, args[0]));
}

static bool is_never_negative(const Expr *e)
{
    return e->op == EXPR_EXP || e->op == EXPR_SQRT || e->op == EXPR_ABS ||
           e->op == EXPR_SIGMOID || e->op == EXPR_IOTA || is_boolean(e);
}

const Expr *build_abs(ExprPool *pool, ExprOp op, const Expr *const *args,
                      size_t n)
{
    if (is_never_negative(args[0]))
        return args[0];
    return build_even(pool, op, args, n);
}

const Expr *build_floor(ExprPool *pool, ExprOp op, const Expr *const *args,
                        size_t n)
{
    ExprOp inner = args[0]->op;
    if (inner == EXPR_FLOOR || inner == EXPR_SIGN || inner == EXPR_IOTA ||
        inner == EXPR_ARGMAX || inner == EXPR_ARGMIN || is_boolean(args[0]))
        return args[0];
    return pool_intern(pool, op, args, n);
}

// ---- choice ----------------------------------------------------------------

// min(x, inf) -> x, max(x, -inf) -> x. The arguments keep their order, which
// decides where the derivative goes at a tie.
const Expr *build_extreme(ExprPool *pool, ExprOp op, const Expr *const *args,
                          size_t n)
{
    double neutral = op == EXPR_MIN ? INFINITY : -INFINITY;
    if (args[0] == args[1] || expr_is_const(args[1], neutral))
        return args[0];
    if (expr_is_const(args[0], neutral))
        return args[1];
    return pool_intern(pool, op, args, n);
}

const Expr *build_comparison(ExprPool *pool, ExprOp op,
                             const Expr *const *args, size_t n)
{
    if (args[0] == args[1])
        return op == EXPR_LT ? pool->zero : pool->one;
    if (op == EXPR_EQ && expr_compare(args[0], args[1]) > 0)
        return pool_binary(pool, op, args[1], args[0]);
    return pool_intern(pool, op, args, n);
}

// c and 1 -> c, c and 0 -> 0, c and c -> c; likewise or.
const Expr *build_logic(ExprPool *pool, ExprOp op, const Expr *const *args,
                        size_t n)
{
    const Expr *a = args[0], *b = args[1];
    if (expr_compare(a, b) > 0)
        a = args[1], b = args[0];
    if (is_constant(a)) {
        bool decides = (a->value != 0) == (op == EXPR_OR);
        if (decides)
            return a->value != 0 ? pool->one : pool->zero;
        if (is_boolean(b))
            return b;
    }
    if (a == b && is_boolean(a))
        return a;
    (void)n;
    return pool_binary(pool, op, a, b);
}

const Expr *build_not(ExprPool *pool, ExprOp op, const Expr *const *args,
                      size_t n)
{
    if (args[0]->op == EXPR_NOT && is_boolean(args[0]->args[0]))
        return args[0]->args[0];
    return pool_intern(pool, op, args, n);
}

static const Expr *known_branch(const Expr *condition, const Expr *e, size_t k)
{
    bool same = e->op == EXPR_SELECT && e->args[0] == condition;
    return same ? e->args[k] : e;
}

const Expr *build_select(ExprPool *pool, ExprOp op, const Expr *const *args,
                         size_t n)
{
    const Expr *c = args[0];
    (void)n;
    if (is_constant(c))
        return c->value != 0 ? args[1] : args[2];
    if (c->op == EXPR_NOT)
        return expr_select(pool, c->args[0], args[2], args[1]);
    const Expr *a = known_branch(c, args[1], 1);
    const Expr *b = known_branch(c, args[2], 2);
    if (a == b)
        return a;
    if (a == pool->one && b == pool->zero && is_boolean(c))
        return c;
    const Expr *clean[] = {c, a, b};
    return pool_intern(pool, op, clean, 3);
}

// ---- divided differences of exp --------------------------------------------

// e^a / (n-1)! where all n nodes are the same.
static const Expr *confluent_exp(ExprPool *pool, const Expr *node, size_t n)
{
    double factorial = 1;
    for (size_t k = 2; k < n; k++)
        factorial *= (double)k;
    return expr_div(pool, expr_unary(pool, EXPR_EXP, node),
                    expr_const(pool, factorial));
}

const Expr *build_expdd(ExprPool *pool, ExprOp op, const Expr *const *args,
                        size_t n)
{
    const Expr *nodes[EXP_DIVIDED_MAX];
    assert(1 <= n && n <= EXP_DIVIDED_MAX);
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 && expr_compare(nodes[at - 1], args[i]) > 0; at--)
            nodes[at] = nodes[at - 1];
        nodes[at] = args[i];
    }
    if (nodes[0] == nodes[n - 1])
        return confluent_exp(pool, nodes[0], n);
    return pool_intern(pool, op, nodes, n);
}

// ---- shorthands ------------------------------------------------------------

const Expr *expr_unary(ExprPool *pool, ExprOp op, const Expr *a)
{
    return expr_make(pool, op, &a, 1);
}

const Expr *expr_binary(ExprPool *pool, ExprOp op, const Expr *a, const Expr *b)
{
    const Expr *args[] = {a, b};
    return expr_make(pool, op, args, 2);
}

const Expr *expr_select(ExprPool *pool, const Expr *condition, const Expr *a,
                        const Expr *b)
{
    const Expr *args[] = {condition, a, b};
    return expr_make(pool, EXPR_SELECT, args, 3);
}

const Expr *expr_expdd(ExprPool *pool, const Expr *const *nodes, size_t n)
{
    return expr_make(pool, EXPR_EXPDD, nodes, n);
}
