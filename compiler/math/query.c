// Questions about expressions: topological order, free symbols, dependence.
#include "math/map.h"
#include "math/pool.h"

typedef struct Visit {
    Arena *arena;
    ExprMap seen;
    const Expr **nodes;
    size_t n, capacity;
} Visit;

static void visit_node(Visit *visit, const Expr *e)
{
    if (!expr_map_add(&visit->seen, e))
        return;
    for (size_t i = 0; i < e->n_args; i++)
        visit_node(visit, e->args[i]);
    ARENA_PUSH(visit->arena, visit->nodes, visit->n, visit->capacity, e);
}

const Expr **expr_topological(Arena *arena, const Expr *const *roots,
                              size_t n_roots, size_t *out_count)
{
    Arena *scratch = arena_new();
    Visit visit = {.arena = arena, .seen = expr_map_new(scratch)};
    for (size_t i = 0; i < n_roots; i++)
        visit_node(&visit, roots[i]);
    arena_free(scratch);
    *out_count = visit.n;
    return visit.nodes;
}

static bool is_among(const Expr *e, const Expr **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == e)
            return true;
    return false;
}

static void sort_by_id(const Expr **list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const Expr *e = list[i];
        size_t at = i;
        for (; at > 0 && list[at - 1]->id > e->id; at--)
            list[at] = list[at - 1];
        list[at] = e;
    }
}

void expr_free_symbols(const Expr *e, Arena *arena, const Expr ***symbols,
                       size_t *count, size_t *capacity)
{
    size_t n, old = *count;
    const Expr **nodes = expr_topological(arena, &e, 1, &n);
    for (size_t i = 0; i < n; i++)
        if (nodes[i]->op == EXPR_SYMBOL &&
            !is_among(nodes[i], *symbols, *count))
            ARENA_PUSH(arena, *symbols, *count, *capacity, nodes[i]);
    if (*count > old)
        sort_by_id(*symbols + old, *count - old);
}

bool expr_depends_on(const Expr *e, const Expr *symbol)
{
    Arena *scratch = arena_new();
    size_t n;
    const Expr **nodes = expr_topological(scratch, &e, 1, &n);
    bool found = is_among(symbol, nodes, n);
    arena_free(scratch);
    return found;
}
