// Products and powers: flattened, the constant first, equal bases collected
// into powers, factors sorted by base. A factor counts as base^exponent:
//     1/x  is x^-1        sqrt(x)  is x^(1/2)
//     exp(-u) is exp(u)^-1, so that exp(u) * exp(-u) is 1; alone it stays
// A sum as a factor gives its sign to the product: (b - a) * c is -(a - b) * c.
// A constant times a sum alone is multiplied out, so that a - (b - c) becomes
// a - b + c; nothing else is expanded.
#include "math/pool.h"

#include <math.h>

enum { LOCAL_FACTORS = 16 };

typedef struct Factor {
    const Expr *base, *exponent;
} Factor;

typedef struct Product {
    ExprPool *pool;
    double coefficient;
    Factor *factors, local[LOCAL_FACTORS];
    size_t n, capacity;
    bool again; // what comes out may be simplified further
} Product;

static void push_factor(Product *product, const Expr *base,
                        const Expr *exponent);

// ---- taking apart ----------------------------------------------------------

static void append(Product *product, const Expr *base, const Expr *exponent)
{
    if (product->n == product->capacity)
        product->factors = arena_grow(product->pool->arena, product->factors,
                                      product->n, &product->capacity,
                                      sizeof(Factor));
    product->factors[product->n++] = (Factor){base, exponent};
}

static void push_constant(Product *product, const Expr *base,
                          const Expr *exponent)
{
    if (is_constant(exponent))
        product->coefficient *= exponent->value == 1 ? base->value
                                : exponent->value == -1
                                    ? 1 / base->value
                                    : pow(base->value, exponent->value);
    else if (base->value != 1)
        append(product, base, exponent);
}

static void push_exp(Product *product, const Expr *base, const Expr *exponent)
{
    ExprPool *pool = product->pool;
    if (!is_integer(exponent)) {
        const Expr *inner = expr_mul(pool, base->args[0], exponent);
        push_factor(product, expr_unary(pool, EXPR_EXP, inner), pool->one);
        return;
    }
    if (!is_negated(base->args[0])) {
        append(product, base, exponent);
        return;
    }
    const Expr *inverse =
        expr_unary(pool, EXPR_EXP, expr_neg(pool, base->args[0]));
    append(product, inverse, expr_neg(pool, exponent));
}

static void push_sqrt(Product *product, const Expr *base, const Expr *exponent)
{
    ExprPool *pool = product->pool;
    if (!is_integer(exponent)) {
        append(product, base, exponent);
        return;
    }
    if (!expr_is_const(exponent, 1) && !expr_is_const(exponent, -1))
        product->again = true;
    append(product, base->args[0], expr_mul(pool, exponent, pool->half));
}

static void push_sum(Product *product, const Expr *base, const Expr *exponent)
{
    double content = sum_content(base);
    double taken = pow(content, exponent->value);
    if (content == 1 || !isfinite(taken) || taken == 0) {
        append(product, base, exponent);
        return;
    }
    product->coefficient *= taken;
    append(product, pool_divide_sum(product->pool, base, content), exponent);
}

// (a * b)^n and (a^k)^n with integer n.
static void push_integer_power(Product *product, const Expr *base,
                               const Expr *exponent)
{
    ExprPool *pool = product->pool;
    if (base->op == EXPR_MUL)
        for (size_t i = 0; i < base->n_args; i++)
            push_factor(product, base->args[i], exponent);
    else if (base->op == EXPR_POW)
        push_factor(product, base->args[0],
                    expr_mul(pool, base->args[1], exponent));
    else if (base->op == EXPR_ADD)
        push_sum(product, base, exponent);
    else
        append(product, base, exponent);
}

static void push_factor(Product *product, const Expr *base,
                        const Expr *exponent)
{
    if (is_constant(base))
        push_constant(product, base, exponent);
    else if (base->op == EXPR_EXP)
        push_exp(product, base, exponent);
    else if (base->op == EXPR_SQRT)
        push_sqrt(product, base, exponent);
    else if (is_integer(exponent))
        push_integer_power(product, base, exponent);
    else
        append(product, base, exponent);
}

// ---- collecting ------------------------------------------------------------

static void sort_factors(Product *product)
{
    Factor *factors = product->factors;
    for (size_t i = 1; i < product->n; i++) {
        Factor factor = factors[i];
        size_t at = i;
        while (at > 0 && expr_compare(factors[at - 1].base, factor.base) > 0) {
            factors[at] = factors[at - 1];
            at--;
        }
        factors[at] = factor;
    }
}

static void collect_factors(Product *product)
{
    size_t kept = 0;
    for (size_t i = 0; i < product->n;) {
        Factor factor = product->factors[i];
        for (i++; i < product->n && product->factors[i].base == factor.base;
             i++) {
            factor.exponent = expr_add(product->pool, factor.exponent,
                                       product->factors[i].exponent);
            product->again = true;
        }
        if (!expr_is_const(factor.exponent, 0))
            product->factors[kept++] = factor;
    }
    product->n = kept;
}

// ---- putting together ------------------------------------------------------

static const Expr *emit_exp(ExprPool *pool, const Expr *base,
                            const Expr *exponent)
{
    if (exponent->value < 0) {
        base = expr_unary(pool, EXPR_EXP, expr_neg(pool, base->args[0]));
        exponent = expr_neg(pool, exponent);
    }
    if (expr_is_const(exponent, 1))
        return base;
    return pool_binary(pool, EXPR_POW, base, exponent);
}

static const Expr *emit_factor(Product *product, Factor factor)
{
    ExprPool *pool = product->pool;
    if (expr_is_const(factor.exponent, 1))
        return factor.base;
    if (factor.base->op == EXPR_EXP && is_integer(factor.exponent))
        return emit_exp(pool, factor.base, factor.exponent);
    bool inverse = expr_is_const(factor.exponent, -0.5);
    if (!inverse && !expr_is_const(factor.exponent, 0.5))
        return pool_binary(pool, EXPR_POW, factor.base, factor.exponent);
    const Expr *root = expr_unary(pool, EXPR_SQRT, factor.base);
    product->again |= root->op != EXPR_SQRT;
    return inverse ? pool_binary(pool, EXPR_POW, root, pool->minus_one) : root;
}

static Product product_of(ExprPool *pool)
{
    return (Product){.pool = pool, .coefficient = 1};
}

// The factors as expressions, behind one free place for the coefficient.
static const Expr **emit_factors(Product *product, const Expr **local)
{
    const Expr **out = local;
    if (product->n > LOCAL_FACTORS)
        out = ARENA_ARRAY(product->pool->arena, const Expr *, product->n + 1);
    for (size_t i = 0; i < product->n; i++)
        out[i + 1] = emit_factor(product, product->factors[i]);
    return out;
}

static const Expr *emit_product(Product *product, const Expr **factors)
{
    ExprPool *pool = product->pool;
    double c = product->coefficient;
    if (isnan(c) || c == 0 || product->n == 0)
        return expr_const(pool, c);
    if (c == 1 && product->n == 1)
        return factors[1];
    if (c == 1)
        return pool_intern(pool, EXPR_MUL, factors + 1, product->n);
    if (product->n == 1 && factors[1]->op == EXPR_ADD && isfinite(c))
        return pool_scale_sum(pool, factors[1], c);
    factors[0] = expr_const(pool, c);
    return pool_intern(pool, EXPR_MUL, factors, product->n + 1);
}

static void use_local_storage(Product *product)
{
    product->factors = product->local;
    product->capacity = LOCAL_FACTORS;
}

static const Expr *finish_product(Product *product)
{
    const Expr *local[LOCAL_FACTORS + 1];
    sort_factors(product);
    collect_factors(product);
    const Expr **factors = emit_factors(product, local);
    if (!product->again)
        return emit_product(product, factors);
    Product next = product_of(product->pool);
    use_local_storage(&next);
    next.coefficient = product->coefficient;
    for (size_t i = 0; i < product->n; i++)
        push_factor(&next, factors[i + 1], next.pool->one);
    return finish_product(&next);
}

const Expr *build_product(ExprPool *pool, ExprOp op, const Expr *const *args,
                          size_t n)
{
    (void)op;
    Product product = product_of(pool);
    use_local_storage(&product);
    for (size_t i = 0; i < n; i++)
        push_factor(&product, args[i], pool->one);
    return finish_product(&product);
}

const Expr *build_power(ExprPool *pool, ExprOp op, const Expr *const *args,
                        size_t n)
{
    (void)op, (void)n;
    Product product = product_of(pool);
    use_local_storage(&product);
    if (expr_is_const(args[1], 0))
        return pool->one;
    push_factor(&product, args[0], args[1]);
    product.again |= !is_integer(args[1]);
    return finish_product(&product);
}

// ---- shorthands ------------------------------------------------------------

const Expr *expr_mul(ExprPool *pool, const Expr *a, const Expr *b)
{
    const Expr *args[] = {a, b};
    return build_product(pool, EXPR_MUL, args, 2);
}

const Expr *expr_pow(ExprPool *pool, const Expr *base, const Expr *exponent)
{
    return expr_binary(pool, EXPR_POW, base, exponent);
}

const Expr *expr_div(ExprPool *pool, const Expr *a, const Expr *b)
{
    return expr_mul(pool, a, expr_pow(pool, b, pool->minus_one));
}

const Expr *expr_neg(ExprPool *pool, const Expr *a)
{
    if (is_constant(a))
        return expr_const(pool, -a->value);
    return expr_mul(pool, pool->minus_one, a);
}
