// Simultaneous substitution, rebuilding (and so simplifying) what changed.
#include "math/map.h"
#include "math/pool.h"

// A reduction keeps its axis even when a scalar replaces its vector.
static const Expr *rebuild(ExprPool *pool, const Expr *e,
                           const Expr *const *args)
{
    if (op_kind(e->op) == KIND_REDUCE)
        return expr_reduce(pool, e->op, args[0], e->args[0]->axis);
    return expr_make(pool, e->op, args, e->n_args);
}

static const Expr *replace_node(ExprPool *pool, const ExprMap *map,
                                const Expr *e)
{
    const Expr **args = ARENA_ARRAY(map->arena, const Expr *, e->n_args);
    bool changed = false;
    for (size_t i = 0; i < e->n_args; i++) {
        args[i] = expr_map_get(map, e->args[i]);
        changed |= args[i] != e->args[i];
    }
    return changed ? rebuild(pool, e, args) : e;
}

const Expr *expr_substitute(ExprPool *pool, const Expr *e,
                            const Expr *const *symbols,
                            const Expr *const *values, size_t n)
{
    Arena *scratch = arena_new();
    ExprMap map = expr_map_new(scratch);
    size_t n_nodes;
    const Expr **nodes = expr_topological(scratch, &e, 1, &n_nodes);
    for (size_t k = 0; k < n; k++)
        expr_map_put(&map, symbols[k], values[k]);
    for (size_t i = 0; i < n_nodes; i++)
        if (expr_map_get(&map, nodes[i]) == NULL)
            expr_map_put(&map, nodes[i], replace_node(pool, &map, nodes[i]));
    const Expr *result = expr_map_get(&map, e);
    arena_free(scratch);
    return result;
}
