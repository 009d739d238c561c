// Forward mode: the tangent of every node of the DAG, arguments before users.
#include "math/map.h"
#include "math/pool.h"

typedef struct Forward {
    ExprPool *pool;
    ExprMap tangents; // no entry: the tangent is 0
} Forward;

static void push_node(Forward *forward, const Expr *e)
{
    ExprPool *pool = forward->pool;
    const Expr **terms = ARENA_ARRAY(pool->arena, const Expr *, e->n_args);
    size_t n = 0;
    for (size_t k = 0; k < e->n_args; k++) {
        const Expr *x = expr_map_get(&forward->tangents, e->args[k]);
        if (x != NULL)
            terms[n++] = chain_forward(pool, e, k, x);
    }
    const Expr *tangent = expr_make(pool, EXPR_ADD, terms, n);
    if (tangent != pool->zero)
        expr_map_put(&forward->tangents, e, tangent);
}

const Expr *expr_jvp(ExprPool *pool, const Expr *e, const Expr *const *symbols,
                     const Expr *const *tangents, size_t n)
{
    Arena *scratch = arena_new();
    Forward forward = {pool, expr_map_new(scratch)};
    size_t n_nodes;
    const Expr **nodes = expr_topological(scratch, &e, 1, &n_nodes);
    for (size_t k = 0; k < n; k++)
        if (tangents[k] != pool->zero)
            expr_map_put(&forward.tangents, symbols[k], tangents[k]);
    for (size_t i = 0; i < n_nodes; i++)
        if (nodes[i]->n_args > 0)
            push_node(&forward, nodes[i]);
    const Expr *result = expr_map_get(&forward.tangents, e);
    arena_free(scratch);
    return result ? result : pool->zero;
}

const Expr *expr_diff(ExprPool *pool, const Expr *e, const Expr *symbol)
{
    return expr_jvp(pool, e, &symbol, &pool->one, 1);
}
