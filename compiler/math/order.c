// The structural order of expressions, by which arguments are sorted, and what
// the constructors ask about signs and coefficients. The order looks only at
// operations, constants, symbol ids and arguments. A product compares as the
// list of its factors and a power by its base first, so that x, x*y and x^2
// stand together.
#include "math/pool.h"

#include <math.h>

#define LARGEST_INTEGER 1e9

// ---- order -----------------------------------------------------------------

static int compare_numbers(double a, double b)
{
    if (isnan(a) || isnan(b))
        return !!isnan(a) - !!isnan(b);
    return (a > b) - (a < b);
}

static int compare_counts(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_lists(const Expr *const *a, size_t n_a,
                         const Expr *const *b, size_t n_b)
{
    for (size_t i = 0; i < n_a && i < n_b; i++) {
        int order = expr_compare(a[i], b[i]);
        if (order != 0)
            return order;
    }
    return compare_counts(n_a, n_b);
}

static int compare_products(const Expr *a, const Expr *b)
{
    bool product_a = a->op == EXPR_MUL, product_b = b->op == EXPR_MUL;
    return compare_lists(product_a ? a->args : &a, product_a ? a->n_args : 1,
                         product_b ? b->args : &b, product_b ? b->n_args : 1);
}

static int compare_powers(const Expr *a, const Expr *b)
{
    bool power_a = a->op == EXPR_POW, power_b = b->op == EXPR_POW;
    int order = expr_compare(power_a ? a->args[0] : a,
                             power_b ? b->args[0] : b);
    if (order != 0)
        return order;
    if (power_a && power_b)
        return expr_compare(a->args[1], b->args[1]);
    return (int)power_a - (int)power_b;
}

int expr_compare(const Expr *a, const Expr *b)
{
    if (a == b)
        return 0;
    if (a->op == EXPR_MUL || b->op == EXPR_MUL)
        return compare_products(a, b);
    if (a->op == EXPR_POW || b->op == EXPR_POW)
        return compare_powers(a, b);
    if (a->op != b->op)
        return a->op < b->op ? -1 : 1;
    if (a->op == EXPR_CONST)
        return compare_numbers(a->value, b->value);
    if (a->op == EXPR_SYMBOL)
        return compare_counts(a->id, b->id);
    if (a->op == EXPR_IOTA)
        return compare_counts(a->axis, b->axis);
    return compare_lists(a->args, a->n_args, b->args, b->n_args);
}

// ---- signs and coefficients ------------------------------------------------

bool expr_is_const(const Expr *e, double value)
{
    return is_constant(e) && e->value == value;
}

bool is_integer(const Expr *e)
{
    return is_constant(e) && fabs(e->value) <= LARGEST_INTEGER &&
           floor(e->value) == e->value;
}

bool is_boolean(const Expr *e)
{
    switch (e->op) {
    case EXPR_CONST:
        return e->value == 0 || e->value == 1;
    case EXPR_LT:
    case EXPR_LE:
    case EXPR_EQ:
    case EXPR_AND:
    case EXPR_OR:
    case EXPR_NOT:
        return true;
    default:
        return false;
    }
}

double coefficient_of(const Expr *e)
{
    if (e->op == EXPR_MUL)
        e = e->args[0];
    return is_constant(e) ? e->value : 1;
}

const Expr *pool_strip_coefficient(ExprPool *pool, const Expr *e)
{
    if (e->op != EXPR_MUL || !is_constant(e->args[0]))
        return e;
    if (e->n_args == 2)
        return e->args[1];
    return pool_intern(pool, EXPR_MUL, e->args + 1, e->n_args - 1);
}

bool is_negated(const Expr *e)
{
    return coefficient_of(e->op == EXPR_ADD ? e->args[0] : e) < 0;
}

double sum_content(const Expr *sum)
{
    double first = coefficient_of(sum->args[0]);
    double sign = first < 0 ? -1 : 1;
    if (!isfinite(first) || first == 0)
        return 1;
    for (size_t i = 1; i < sum->n_args; i++)
        if (fabs(coefficient_of(sum->args[i])) != fabs(first))
            return sign;
    return first;
}
