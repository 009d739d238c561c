// Divided differences of exp as sums of exponentials (lower_exp.h).
#include "events/lower_exp.h"
#include "events/lower_pair.h"

#include <math.h>
#include <stdlib.h>

// Rates closer than this, relative to the larger, keep the robust form: the
// plain one would lose log10(1 / SEPARATION) digits for each order.
static const double SEPARATION = 0.05;
enum { MAX_NODES = 8 };

typedef struct Lowering {
    ExprPool *pool;
    const Expr *interval;
} Lowering;

// node = rate * interval with a constant rate
static bool constant_rate(const Lowering *l, const Expr *node, double *rate)
{
    if (node->op == EXPR_CONST) {
        *rate = node->value;
        return node->value == 0;
    }
    const Expr *quotient = expr_div(l->pool, node, l->interval);
    *rate = quotient->op == EXPR_CONST ? quotient->value : 0;
    return quotient->op == EXPR_CONST;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool well_separated(const double *rates, size_t n)
{
    for (size_t k = 0; k + 1 < n; k++) {
        double gap = rates[k + 1] - rates[k];
        double scale = fmax(fabs(rates[k]), fabs(rates[k + 1]));
        if (gap != 0 && gap < SEPARATION * scale)
            return false;
    }
    return true;
}

// f[first..last] of sorted rates, times h^(last - first).
static const Expr *difference(const Lowering *l, const double *rates,
                              size_t first, size_t last)
{
    ExprPool *pool = l->pool;
    size_t order = last - first;
    double gap = rates[last] - rates[first];
    if (gap != 0) {
        const Expr *high = difference(l, rates, first + 1, last);
        const Expr *low = difference(l, rates, first, last - 1);
        return expr_mul(pool, expr_const(pool, 1 / gap),
                        expr_sub(pool, high, low));
    }
    const Expr *rate = expr_const(pool, rates[first]);
    const Expr *e = expr_unary(pool, EXPR_EXP,
                               expr_mul(pool, rate, l->interval));
    const Expr *power = expr_pow(pool, l->interval,
                                 expr_const(pool, (double)order));
    e = expr_mul(pool, e, power);
    return expr_mul(pool, expr_const(pool, 1 / tgamma((double)order + 1)), e);
}

static const Expr *lower_node(const Lowering *l, const Expr *e)
{
    double rates[MAX_NODES];
    size_t n = e->n_args;
    if (e->op != EXPR_EXPDD)
        return lower_pair(l->pool, e, l->interval);
    if (n > MAX_NODES)
        return e;
    for (size_t k = 0; k < n; k++)
        if (!constant_rate(l, e->args[k], &rates[k]))
            return e;
    qsort(rates, n, sizeof rates[0], compare_doubles);
    if (!well_separated(rates, n))
        return e;
    const Expr *power = expr_pow(l->pool, l->interval,
                                 expr_const(l->pool, 1 - (double)n));
    return expr_mul(l->pool, power, difference(l, rates, 0, n - 1));
}

const Expr *lower_exp(ExprPool *pool, Arena *arena, const Expr *e,
                      const Expr *interval)
{
    Lowering l = {pool, interval};
    size_t count;
    const Expr **nodes = expr_topological(arena, &e, 1, &count);
    const Expr **from = ARENA_ARRAY(arena, const Expr *, count);
    const Expr **to = ARENA_ARRAY(arena, const Expr *, count);
    size_t n = 0;
    for (size_t k = 0; k < count; k++) {
        if (nodes[k]->op != EXPR_EXPDD && nodes[k]->op != EXPR_PAIRDD
            && nodes[k]->op != EXPR_PAIRDDT)
            continue;
        const Expr *lowered = lower_node(&l, nodes[k]);
        if (lowered == nodes[k])
            continue;
        from[n] = nodes[k];
        to[n++] = lowered;
    }
    return expr_substitute(pool, e, from, to, n);
}

// ---- shared exponentials ---------------------------------------------------

enum { MAX_POWER = 8 };

// The constant rate of e^{rate * interval}; 0 for anything else.
static double exp_rate(const Lowering *l, const Expr *e)
{
    double rate = 0;
    if (e->op == EXPR_EXP)
        constant_rate(l, e->args[0], &rate);
    return rate;
}

static double slowest_rate(const Lowering *l, const Expr *const *nodes,
                           size_t n)
{
    double slowest = 0;
    for (size_t k = 0; k < n; k++) {
        double rate = exp_rate(l, nodes[k]);
        if (rate < 0 && (slowest == 0 || rate > slowest))
            slowest = rate;
    }
    return slowest;
}

bool share_exp(ExprPool *pool, Arena *arena, const Expr **rows, size_t n,
               const Expr *interval)
{
    Lowering l = {pool, interval};
    size_t count, found = 0;
    const Expr **nodes = expr_topological(arena, rows, n, &count);
    const Expr **from = ARENA_ARRAY(arena, const Expr *, count + 1);
    const Expr **to = ARENA_ARRAY(arena, const Expr *, count + 1);
    double base = slowest_rate(&l, nodes, count);
    const Expr *shared = expr_unary(
        pool, EXPR_EXP, expr_mul(pool, expr_const(pool, base), interval));
    for (size_t k = 0; k < count && base < 0; k++) {
        double rate = exp_rate(&l, nodes[k]);
        double power = round(rate / base);
        if (rate >= 0 || power < 2 || power > MAX_POWER
            || fabs(rate - power * base) > 4e-16 * fabs(rate))
            continue;
        from[found] = nodes[k];
        to[found++] = expr_pow(pool, shared, expr_const(pool, power));
    }
    for (size_t k = 0; k < n && found > 0; k++)
        rows[k] = expr_substitute(pool, rows[k], from, to, found);
    return found > 0;
}
