// Divided differences at pairs of nodes a +- sqrt(d) (expr.h): PAIRDD is that
// of e^z, PAIRDDT that of (z - base) e^z. Arguments: the number of pairs, the
// base of PAIRDDT, a and d of each pair, real nodes.
//
// With f[N] for the difference of f over all nodes, P a pair and P = (a, d):
//     df/dr       = f[N, r]
//     df/dd       = f[N, P]
//     df/da       = 2 ((z - a) f)[N, P]
//     ((z - a)^2 f)[N, P] = d f[N, P] + f[N]
// so that one factor z - base is all that differentiation ever needs.
#include "math/pool.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#include "solve/pairdd.h"

enum { MAX_ARGS = EXP_DIVIDED_MAX };

PairNodes expr_pair_nodes(const Expr *e)
{
    size_t first = e->op == EXPR_PAIRDDT ? 2 : 1;
    return (PairNodes){first == 2 ? e->args[1] : NULL, e->args + first,
                       (size_t)e->args[0]->value, e->n_args - first};
}

// ---- construction ----------------------------------------------------------

const Expr *expr_pairdd(ExprPool *pool, const Expr *base,
                        const Expr *const *nodes, size_t n_pairs,
                        size_t n_reals)
{
    const Expr *args[MAX_ARGS];
    size_t n = 0;
    assert(2 * n_pairs + n_reals + 2 <= MAX_ARGS);
    args[n++] = expr_const(pool, (double)n_pairs);
    if (base)
        args[n++] = base;
    for (size_t k = 0; k < 2 * n_pairs + n_reals; k++)
        args[n++] = nodes[k];
    return expr_make(pool, base ? EXPR_PAIRDDT : EXPR_PAIRDD, args, n);
}

static int compare_pairs(const Expr *const *a, const Expr *const *b)
{
    int order = expr_compare(a[0], b[0]);
    return order != 0 ? order : expr_compare(a[1], b[1]);
}

static void sort_pairs(const Expr **nodes, size_t n_pairs)
{
    for (size_t i = 1; i < n_pairs; i++)
        for (size_t at = i; at > 0 && compare_pairs(nodes + 2 * (at - 1),
                                                    nodes + 2 * at) > 0; at--) {
            const Expr *swap[2];
            memcpy(swap, nodes + 2 * at, sizeof swap);
            memcpy(nodes + 2 * at, nodes + 2 * (at - 1), sizeof swap);
            memcpy(nodes + 2 * (at - 1), swap, sizeof swap);
        }
}

static void sort_reals(const Expr **nodes, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t at = i;
             at > 0 && expr_compare(nodes[at - 1], nodes[at]) > 0; at--) {
            const Expr *swap = nodes[at];
            nodes[at] = nodes[at - 1];
            nodes[at - 1] = swap;
        }
}

// (z - base) e^z over real nodes alone.
static const Expr *times_of_reals(ExprPool *pool, const Expr *base,
                                  const Expr *const *nodes, size_t n)
{
    const Expr *away = expr_mul(pool, expr_sub(pool, nodes[0], base),
                                expr_expdd(pool, nodes, n));
    return n == 1 ? away
                  : expr_add(pool, away, expr_expdd(pool, nodes + 1, n - 1));
}

static const Expr *build(ExprPool *pool, ExprOp op, const Expr *const *args,
                         size_t n)
{
    const Expr *sorted[MAX_ARGS];
    size_t first = op == EXPR_PAIRDDT ? 2 : 1, pairs = (size_t)args[0]->value;
    assert(args[0]->op == EXPR_CONST && n <= MAX_ARGS && n > first);
    memcpy(sorted, args, n * sizeof *args);
    sort_pairs(sorted + first, pairs);
    sort_reals(sorted + first + 2 * pairs, n - first - 2 * pairs);
    if (pairs > 0)
        return pool_intern(pool, op, sorted, n);
    if (op == EXPR_PAIRDD)
        return expr_expdd(pool, sorted + first, n - first);
    return times_of_reals(pool, args[1], sorted + first, n - first);
}

const Expr *build_pairdd(ExprPool *pool, ExprOp op, const Expr *const *args,
                         size_t n)
{
    return build(pool, op, args, n);
}

// A real node that is the base goes with the factor.
const Expr *build_pairddt(ExprPool *pool, ExprOp op, const Expr *const *args,
                          size_t n)
{
    size_t pairs = (size_t)args[0]->value;
    for (size_t k = 2 + 2 * pairs; k < n; k++) {
        const Expr *rest[MAX_ARGS];
        if (args[k] != args[1] || n == 3)
            continue;
        memcpy(rest, args + 2, (k - 2) * sizeof *rest);
        memcpy(rest + k - 2, args + k + 1, (n - k - 1) * sizeof *rest);
        return expr_pairdd(pool, NULL, rest, pairs, n - 3 - 2 * pairs);
    }
    return build(pool, op, args, n);
}

// ---- derivatives -----------------------------------------------------------

// The difference with (base or no factor) over the nodes of `e` and a pair (d
// not NULL) or a real node more.
static const Expr *with_node(ExprPool *pool, const PairNodes *p,
                             const Expr *base, const Expr *a, const Expr *d)
{
    const Expr *nodes[MAX_ARGS];
    size_t n = 0, reals = p->n - 2 * p->n_pairs;
    if (d) {
        nodes[n++] = a;
        nodes[n++] = d;
    }
    memcpy(nodes + n, p->nodes, p->n * sizeof *nodes);
    n += p->n;
    if (!d) {
        nodes[n] = a;
        reals++;
    }
    return expr_pairdd(pool, base, nodes, p->n_pairs + (d != NULL), reals);
}

// df/da of a pair of e.
static const Expr *by_centre(ExprPool *pool, const PairNodes *p, const Expr *a,
                             const Expr *d)
{
    const Expr *two = expr_const(pool, 2);
    const Expr *times = with_node(pool, p, a, a, d);
    if (!p->base)
        return expr_mul(pool, two, times);
    // (z - a)(z - base) = (z - a)^2 + (a - base)(z - a)
    const Expr *sum = expr_mul(pool, d, with_node(pool, p, NULL, a, d));
    sum = expr_add(pool, sum, expr_pairdd(pool, NULL, p->nodes, p->n_pairs,
                                          p->n - 2 * p->n_pairs));
    const Expr *away = expr_sub(pool, a, p->base);
    sum = expr_add(pool, sum, expr_mul(pool, away, times));
    return expr_mul(pool, two, sum);
}

static const Expr *by_argument(ExprPool *pool, const Expr *e, size_t k)
{
    PairNodes p = expr_pair_nodes(e);
    size_t first = e->n_args - p.n;
    if (k == 0)
        return pool->zero;
    if (k < first) // the base
        return expr_neg(pool, expr_pairdd(pool, NULL, p.nodes, p.n_pairs,
                                          p.n - 2 * p.n_pairs));
    k -= first;
    if (k >= 2 * p.n_pairs)
        return with_node(pool, &p, p.base, p.nodes[k], NULL);
    const Expr *a = p.nodes[k - k % 2], *d = p.nodes[k - k % 2 + 1];
    return k % 2 == 1 ? with_node(pool, &p, p.base, a, d)
                      : by_centre(pool, &p, a, d);
}

const Expr *chain_pairdd(ExprPool *pool, const Expr *e, size_t k,
                         const Expr *x)
{
    return expr_mul(pool, x, by_argument(pool, e, k));
}

const Expr *chain_pairddt(ExprPool *pool, const Expr *e, size_t k,
                          const Expr *x)
{
    return expr_mul(pool, x, by_argument(pool, e, k));
}

// ---- value -----------------------------------------------------------------

double value_pairdd(const double *args, size_t n)
{
    int pairs = (int)args[0];
    return pairs == 0 ? exp_divided_difference(args + 1, (int)n - 1)
                      : pairdd(args + 1, pairs, (int)n - 1 - 2 * pairs);
}

double value_pairddt(const double *args, size_t n)
{
    int pairs = (int)args[0], count = (int)n - 2;
    if (pairs > 0)
        return pairdd_times(args[1], args + 2, pairs, count - 2 * pairs);
    double whole = exp_divided_difference(args + 2, count);
    double first = (args[2] - args[1]) * whole;
    return count == 1 ? first
                      : first + exp_divided_difference(args + 3, count - 1);
}
