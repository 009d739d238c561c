// Expansion: products over sums and small powers of sums are multiplied out.
#include "math/map.h"
#include "math/pool.h"

enum { LARGEST_POWER = 8 };

typedef struct Expansion {
    ExprPool *pool;
    ExprMap done;
} Expansion;

static const Expr *expand(Expansion *expansion, const Expr *e);

// Both are expanded.
static const Expr *multiply(ExprPool *pool, const Expr *a, const Expr *b)
{
    const Expr *const *left = a->op == EXPR_ADD ? a->args : &a;
    const Expr *const *right = b->op == EXPR_ADD ? b->args : &b;
    size_t n_left = a->op == EXPR_ADD ? a->n_args : 1;
    size_t n_right = b->op == EXPR_ADD ? b->n_args : 1;
    const Expr **terms =
        ARENA_ARRAY(pool->arena, const Expr *, n_left * n_right);
    for (size_t i = 0; i < n_left; i++)
        for (size_t j = 0; j < n_right; j++)
            terms[i * n_right + j] = expr_mul(pool, left[i], right[j]);
    return expr_make(pool, EXPR_ADD, terms, n_left * n_right);
}

static const Expr *expand_sum(Expansion *expansion, const Expr *e)
{
    ExprPool *pool = expansion->pool;
    const Expr **terms = ARENA_ARRAY(pool->arena, const Expr *, e->n_args);
    for (size_t i = 0; i < e->n_args; i++)
        terms[i] = expand(expansion, e->args[i]);
    return expr_make(pool, EXPR_ADD, terms, e->n_args);
}

static const Expr *expand_product(Expansion *expansion, const Expr *e)
{
    const Expr *product = expansion->pool->one;
    for (size_t i = 0; i < e->n_args; i++)
        product = multiply(expansion->pool, product,
                           expand(expansion, e->args[i]));
    return product;
}

static const Expr *expand_power(Expansion *expansion, const Expr *e)
{
    ExprPool *pool = expansion->pool;
    const Expr *base = expand(expansion, e->args[0]), *exponent = e->args[1];
    const Expr *power = base;
    if (base->op != EXPR_ADD || !is_integer(exponent) ||
        exponent->value < 2 || exponent->value > LARGEST_POWER)
        return expr_pow(pool, base, exponent);
    for (int i = 1; i < (int)exponent->value; i++)
        power = multiply(pool, power, base);
    return power;
}

static const Expr *expand_node(Expansion *expansion, const Expr *e)
{
    switch (e->op) {
    case EXPR_ADD:
        return expand_sum(expansion, e);
    case EXPR_MUL:
        return expand_product(expansion, e);
    case EXPR_POW:
        return expand_power(expansion, e);
    default:
        return e;
    }
}

static const Expr *expand(Expansion *expansion, const Expr *e)
{
    const Expr *known = expr_map_get(&expansion->done, e);
    if (known != NULL)
        return known;
    const Expr *result = expand_node(expansion, e);
    expr_map_put(&expansion->done, e, result);
    return result;
}

const Expr *expr_expand(ExprPool *pool, const Expr *e)
{
    Arena *scratch = arena_new();
    Expansion expansion = {pool, expr_map_new(scratch)};
    const Expr *result = expand(&expansion, e);
    arena_free(scratch);
    return result;
}
