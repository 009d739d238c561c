// Reductions and indexing. index(f(x), k) becomes f(index(x, k)), so that only
// symbols are ever indexed; a sum gives up its scalar factors and terms; the
// sum over "position == k" picks one element.
#include "math/map.h"
#include "math/pool.h"

#include <assert.h>

// ---- index -----------------------------------------------------------------

typedef struct Picking {
    ExprPool *pool;
    const Expr *at;
    ExprMap done;
} Picking;

static const Expr *pick(Picking *picking, const Expr *e);

static const Expr *pick_arguments(Picking *picking, const Expr *e)
{
    ExprPool *pool = picking->pool;
    const Expr **args = ARENA_ARRAY(pool->arena, const Expr *, e->n_args);
    for (size_t i = 0; i < e->n_args; i++)
        args[i] = pick(picking, e->args[i]);
    return expr_make(pool, e->op, args, e->n_args);
}

static const Expr *pick(Picking *picking, const Expr *e)
{
    if (e->axis == AXIS_SCALAR)
        return e;
    if (e->op == EXPR_IOTA)
        return picking->at;
    if (e->op == EXPR_SYMBOL)
        return pool_binary(picking->pool, EXPR_INDEX, e, picking->at);
    const Expr *known = expr_map_get(&picking->done, e);
    if (known != NULL)
        return known;
    const Expr *result = pick_arguments(picking, e);
    expr_map_put(&picking->done, e, result);
    return result;
}

const Expr *build_index(ExprPool *pool, ExprOp op, const Expr *const *args,
                        size_t n)
{
    (void)op, (void)n;
    assert(args[1]->axis == AXIS_SCALAR);
    if (args[0]->n_args == 0) {
        Picking simple = {.pool = pool, .at = args[1]};
        return pick(&simple, args[0]);
    }
    Arena *scratch = arena_new();
    Picking picking = {pool, args[1], expr_map_new(scratch)};
    const Expr *result = pick(&picking, args[0]);
    arena_free(scratch);
    return result;
}

// ---- sum -------------------------------------------------------------------

static const Expr *count_of(ExprPool *pool, uint32_t axis)
{
    return pool_unary(pool, EXPR_COUNT, expr_iota(pool, axis));
}

// Split the arguments of the sum or product e into its scalars and the rest.
static const Expr *split_scalars(ExprPool *pool, const Expr *e,
                                 const Expr **out_rest)
{
    const Expr **parts = ARENA_ARRAY(pool->arena, const Expr *, e->n_args);
    size_t n_front = 0, n_back = e->n_args;
    for (size_t i = 0; i < e->n_args; i++)
        if (e->args[i]->axis == AXIS_SCALAR)
            parts[n_front++] = e->args[i];
        else
            parts[--n_back] = e->args[i];
    *out_rest = expr_make(pool, e->op, parts + n_back, e->n_args - n_back);
    return expr_make(pool, e->op, parts, n_front);
}

// k of select(position == k, x, 0), else NULL.
static const Expr *picked_position(const Expr *e)
{
    if (e->op != EXPR_SELECT || !expr_is_const(e->args[2], 0))
        return NULL;
    const Expr *condition = e->args[0];
    if (condition->op != EXPR_EQ)
        return NULL;
    const Expr *a = condition->args[0], *b = condition->args[1];
    if (a->op == EXPR_IOTA && b->axis == AXIS_SCALAR)
        return b;
    if (b->op == EXPR_IOTA && a->axis == AXIS_SCALAR)
        return a;
    return NULL;
}

static const Expr *find_picked_position(const Expr *e)
{
    if (e->op != EXPR_MUL)
        return picked_position(e);
    for (size_t i = 0; i < e->n_args; i++)
        if (picked_position(e->args[i]) != NULL)
            return picked_position(e->args[i]);
    return NULL;
}

static bool has_scalar_argument(const Expr *e)
{
    for (size_t i = 0; i < e->n_args; i++)
        if (e->args[i]->axis == AXIS_SCALAR)
            return true;
    return false;
}

static const Expr *sum_vector(ExprPool *pool, const Expr *e)
{
    const Expr *position = find_picked_position(e), *rest;
    if (position != NULL)
        return expr_binary(pool, EXPR_INDEX, e, position);
    bool splits = e->op == EXPR_ADD || e->op == EXPR_MUL;
    if (!splits || !has_scalar_argument(e))
        return pool_unary(pool, EXPR_SUM, e);
    const Expr *scalar = split_scalars(pool, e, &rest);
    const Expr *sum = expr_reduce(pool, EXPR_SUM, rest, e->axis);
    if (e->op == EXPR_MUL)
        return expr_mul(pool, scalar, sum);
    scalar = expr_mul(pool, scalar, count_of(pool, e->axis));
    return expr_add(pool, scalar, sum);
}

// ---- reductions ------------------------------------------------------------

// Of n equal numbers x, where n is count.
static const Expr *reduce_scalar(ExprPool *pool, ExprOp op, const Expr *x,
                                 const Expr *count)
{
    switch (op) {
    case EXPR_SUM:
        return expr_mul(pool, x, count);
    case EXPR_LOGSUMEXP:
        return expr_add(pool, x, expr_unary(pool, EXPR_LOG, count));
    case EXPR_COUNT:
        return count;
    case EXPR_ARGMAX:
    case EXPR_ARGMIN:
        return pool->zero;
    default:
        return x;
    }
}

const Expr *build_reduction(ExprPool *pool, ExprOp op, const Expr *const *args,
                            size_t n)
{
    (void)n;
    if (args[0]->axis == AXIS_SCALAR)
        return reduce_scalar(pool, op, args[0], pool->one);
    if (op == EXPR_COUNT)
        return count_of(pool, args[0]->axis);
    if (op == EXPR_SUM)
        return sum_vector(pool, args[0]);
    return pool_intern(pool, op, args, 1);
}

const Expr *expr_reduce(ExprPool *pool, ExprOp op, const Expr *e, uint32_t axis)
{
    assert(op_kind(op) == KIND_REDUCE);
    if (e->axis != AXIS_SCALAR || axis == AXIS_SCALAR)
        return expr_unary(pool, op, e);
    return reduce_scalar(pool, op, e, count_of(pool, axis));
}
