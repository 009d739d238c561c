// Reverse mode over the DAG, users before arguments. Each node collects the
// contributions to its adjoint and adds them up when its turn comes. A scalar
// that met a vector gets the sum over the vector's axis.
#include "math/map.h"
#include "math/pool.h"

typedef struct Adjoint {
    const Expr **terms;
    size_t n, capacity;
} Adjoint;

typedef struct Reverse {
    ExprPool *pool;
    Arena *scratch;
    ExprMap adjoints; // to Adjoint; only nodes that lead to a wanted symbol
} Reverse;

static void mark_wanted(Reverse *reverse, const Expr *e)
{
    if (expr_map_get(&reverse->adjoints, e) == NULL)
        expr_map_put(&reverse->adjoints, e,
                     ARENA_NEW(reverse->scratch, Adjoint));
}

static Adjoint *adjoint_of(Reverse *reverse, const Expr *e)
{
    return (Adjoint *)expr_map_get(&reverse->adjoints, e);
}

static void mark_node(Reverse *reverse, const Expr *e)
{
    for (size_t k = 0; k < e->n_args; k++)
        if (adjoint_of(reverse, e->args[k]) != NULL)
            mark_wanted(reverse, e);
}

static void contribute(Reverse *reverse, Adjoint *to, const Expr *term)
{
    if (term != reverse->pool->zero)
        ARENA_PUSH(reverse->scratch, to->terms, to->n, to->capacity, term);
}

static const Expr *total(Reverse *reverse, const Expr *e)
{
    const Adjoint *adjoint = adjoint_of(reverse, e);
    if (adjoint == NULL)
        return reverse->pool->zero;
    return expr_make(reverse->pool, EXPR_ADD, adjoint->terms, adjoint->n);
}

static void pull_node(Reverse *reverse, const Expr *e)
{
    ExprPool *pool = reverse->pool;
    const Expr *seed = total(reverse, e);
    if (seed == pool->zero)
        return;
    for (size_t k = 0; k < e->n_args; k++) {
        Adjoint *to = adjoint_of(reverse, e->args[k]);
        if (to == NULL)
            continue;
        const Expr *term = chain_apply(pool, e, k, seed);
        if (e->axis != AXIS_SCALAR && e->args[k]->axis == AXIS_SCALAR)
            term = expr_reduce(pool, EXPR_SUM, term, e->axis);
        contribute(reverse, to, term);
    }
}

static void pull_all(Reverse *reverse, const Expr *const *outputs,
                     const Expr *const *seeds, size_t n_outputs)
{
    size_t n;
    const Expr **nodes =
        expr_topological(reverse->scratch, outputs, n_outputs, &n);
    for (size_t i = 0; i < n; i++)
        mark_node(reverse, nodes[i]);
    for (size_t j = 0; j < n_outputs; j++)
        if (adjoint_of(reverse, outputs[j]) != NULL)
            contribute(reverse, adjoint_of(reverse, outputs[j]), seeds[j]);
    for (size_t i = n; i-- > 0;)
        if (adjoint_of(reverse, nodes[i]) != NULL)
            pull_node(reverse, nodes[i]);
}

void expr_vjp(ExprPool *pool, const Expr *const *outputs,
              const Expr *const *seeds, size_t n_outputs,
              const Expr *const *wanted, size_t n_wanted, const Expr **out)
{
    Arena *scratch = arena_new();
    Reverse reverse = {pool, scratch, expr_map_new(scratch)};
    for (size_t k = 0; k < n_wanted; k++)
        mark_wanted(&reverse, wanted[k]);
    pull_all(&reverse, outputs, seeds, n_outputs);
    for (size_t k = 0; k < n_wanted; k++)
        out[k] = total(&reverse, wanted[k]);
    arena_free(scratch);
}
