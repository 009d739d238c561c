// Taking an affine expression apart: e = sum of coefficient * symbol + rest.
// It works on the structure, not on derivatives, for floor(x) has derivative 0
// and is not constant. Coefficients stay factored where they can; products of
// several dependent factors are expanded once, in case they cancel.
#include "math/pool.h"

typedef struct Linear {
    ExprPool *pool;
    Arena *scratch;
    const Expr *const *symbols;
    size_t n;
} Linear;

static bool take_apart(const Linear *linear, const Expr *e, const Expr **parts);

static bool is_free(const Linear *linear, const Expr *e)
{
    for (size_t k = 0; k < linear->n; k++)
        if (expr_depends_on(e, linear->symbols[k]))
            return false;
    return true;
}

// parts[0..n-1] are the coefficients, parts[n] the rest.
static const Expr **new_parts(const Linear *linear)
{
    const Expr **parts =
        ARENA_ARRAY(linear->scratch, const Expr *, linear->n + 1);
    for (size_t k = 0; k <= linear->n; k++)
        parts[k] = linear->pool->zero;
    return parts;
}

static bool take_sum(const Linear *linear, const Expr *e, const Expr **parts)
{
    for (size_t i = 0; i < e->n_args; i++) {
        const Expr **term = new_parts(linear);
        if (!take_apart(linear, e->args[i], term))
            return false;
        for (size_t k = 0; k <= linear->n; k++)
            parts[k] = expr_add(linear->pool, parts[k], term[k]);
    }
    return true;
}

static bool take_product(const Linear *linear, const Expr *e,
                         const Expr **parts)
{
    ExprPool *pool = linear->pool;
    const Expr *dependent = NULL, *scale = pool->one;
    for (size_t i = 0; i < e->n_args; i++) {
        if (is_free(linear, e->args[i]))
            scale = expr_mul(pool, scale, e->args[i]);
        else if (dependent == NULL)
            dependent = e->args[i];
        else
            return false;
    }
    if (!take_apart(linear, dependent, parts))
        return false;
    for (size_t k = 0; k <= linear->n; k++)
        parts[k] = expr_mul(pool, scale, parts[k]);
    return true;
}

static bool take_select(const Linear *linear, const Expr *e,
                        const Expr **parts)
{
    const Expr **a = new_parts(linear), **b = new_parts(linear);
    if (!is_free(linear, e->args[0]) || !take_apart(linear, e->args[1], a) ||
        !take_apart(linear, e->args[2], b))
        return false;
    for (size_t k = 0; k <= linear->n; k++)
        parts[k] = expr_select(linear->pool, e->args[0], a[k], b[k]);
    return true;
}

static bool take_symbol(const Linear *linear, const Expr *e, const Expr **parts)
{
    for (size_t k = 0; k < linear->n; k++)
        if (linear->symbols[k] == e)
            parts[k] = linear->pool->one;
    return true;
}

// parts are zero on entry.
static bool take_apart(const Linear *linear, const Expr *e, const Expr **parts)
{
    if (is_free(linear, e)) {
        parts[linear->n] = e;
        return true;
    }
    switch (e->op) {
    case EXPR_SYMBOL:
        return take_symbol(linear, e, parts);
    case EXPR_ADD:
        return take_sum(linear, e, parts);
    case EXPR_MUL:
        return take_product(linear, e, parts);
    case EXPR_SELECT:
        return take_select(linear, e, parts);
    default:
        return false;
    }
}

bool expr_as_linear(ExprPool *pool, const Expr *e, const Expr *const *symbols,
                    size_t n, const Expr **out_coefficients,
                    const Expr **out_rest)
{
    Arena *scratch = arena_new();
    Linear linear = {pool, scratch, symbols, n};
    const Expr **parts = new_parts(&linear);
    bool affine = take_apart(&linear, e, parts);
    if (!affine) {
        parts = new_parts(&linear);
        affine = take_apart(&linear, expr_expand(pool, e), parts);
    }
    for (size_t k = 0; k < n && affine; k++)
        out_coefficients[k] = parts[k];
    if (affine)
        *out_rest = parts[n];
    arena_free(scratch);
    return affine;
}
