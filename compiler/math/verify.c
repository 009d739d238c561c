// The invariants of the canonical form, checked on every node of an expression.
#include "math/map.h"
#include "math/pool.h"

static const char *check_sum(ExprPool *pool, const Expr *e)
{
    const Expr *last = NULL;
    if (e->n_args < 2)
        return "a sum of fewer than two terms";
    for (size_t i = 0; i < e->n_args; i++) {
        const Expr *term = e->args[i];
        if (term->op == EXPR_ADD)
            return "a sum in a sum";
        if (is_constant(term) && (i > 0 || term->value == 0))
            return "a constant out of place in a sum";
        if (is_constant(term))
            continue;
        const Expr *base = pool_strip_coefficient(pool, term);
        if (last != NULL && expr_compare(last, base) >= 0)
            return "terms out of order or not collected";
        last = base;
    }
    return NULL;
}

static const char *check_product(const Expr *e)
{
    if (e->n_args < 2)
        return "a product of fewer than two factors";
    for (size_t i = 0; i < e->n_args; i++) {
        const Expr *factor = e->args[i];
        if (factor->op == EXPR_MUL)
            return "a product in a product";
        if (is_constant(factor) &&
            (i > 0 || factor->value == 0 || factor->value == 1))
            return "a constant out of place in a product";
    }
    return NULL;
}

static const char *check_axis(const Expr *e)
{
    uint32_t axis = AXIS_SCALAR;
    for (size_t i = 0; i < e->n_args; i++)
        if (e->args[i]->axis != AXIS_SCALAR)
            axis = e->args[i]->axis;
    if (op_kind(e->op) == KIND_ELEMENT && e->axis != axis)
        return "an axis that is not its arguments'";
    if (op_kind(e->op) > KIND_ELEMENT && e->axis != AXIS_SCALAR)
        return "a reduction that is not scalar";
    return NULL;
}

static const char *check_rebuild(ExprPool *pool, const Expr *e)
{
    if (op_kind(e->op) == KIND_LEAF)
        return NULL;
    if (expr_make(pool, e->op, e->args, e->n_args) != e)
        return "a node that its arguments do not rebuild";
    return NULL;
}

static const char *check_node(ExprPool *pool, const Expr *e)
{
    const char *broken = NULL;
    if (e->op == EXPR_ADD)
        broken = check_sum(pool, e);
    if (e->op == EXPR_MUL)
        broken = check_product(e);
    if (broken == NULL)
        broken = check_axis(e);
    if (broken == NULL)
        broken = check_rebuild(pool, e);
    return broken;
}

const char *expr_verify(ExprPool *pool, Arena *arena, const Expr *e)
{
    const char *broken = NULL;
    Arena *scratch = arena_new();
    size_t n;
    const Expr **nodes = expr_topological(scratch, &e, 1, &n);
    for (size_t i = 0; i < n && broken == NULL; i++) {
        const char *what = check_node(pool, nodes[i]);
        if (what != NULL)
            broken = arena_printf(arena, "%s: %s", what,
                                  expr_text(arena, nodes[i]));
    }
    arena_free(scratch);
    return broken;
}
