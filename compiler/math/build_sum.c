// Sums: flattened, the constant first, like terms collected, terms sorted by
// what stands behind their coefficients.
#include "math/pool.h"

#include <math.h>

enum { LOCAL_TERMS = 16 };

typedef struct Term {
    const Expr *base; // without its coefficient
    double coefficient;
} Term;

typedef struct Sum {
    ExprPool *pool;
    double factor, divisor; // of what is pushed; one of them is 1
    double constant;
    Term *terms;
    size_t n;
} Sum;

static void push_term(Sum *sum, const Expr *e)
{
    double coefficient = sum->factor * coefficient_of(e) / sum->divisor;
    if (is_constant(e))
        sum->constant += coefficient;
    else
        sum->terms[sum->n++] =
            (Term){pool_strip_coefficient(sum->pool, e), coefficient};
}

static void push_argument(Sum *sum, const Expr *e)
{
    if (e->op != EXPR_ADD) {
        push_term(sum, e);
        return;
    }
    for (size_t i = 0; i < e->n_args; i++)
        push_term(sum, e->args[i]);
}

// Stable, and short lists are the rule.
static void sort_terms(Sum *sum)
{
    for (size_t i = 1; i < sum->n; i++) {
        Term term = sum->terms[i];
        size_t at = i;
        while (at > 0 && expr_compare(sum->terms[at - 1].base, term.base) > 0) {
            sum->terms[at] = sum->terms[at - 1];
            at--;
        }
        sum->terms[at] = term;
    }
}

static void collect_terms(Sum *sum)
{
    size_t kept = 0;
    for (size_t i = 0; i < sum->n;) {
        Term term = sum->terms[i];
        for (i++; i < sum->n && sum->terms[i].base == term.base; i++)
            term.coefficient += sum->terms[i].coefficient;
        if (isnan(term.coefficient))
            sum->constant = NAN;
        if (term.coefficient != 0)
            sum->terms[kept++] = term;
    }
    sum->n = kept;
}

static const Expr *emit_term(ExprPool *pool, Term term)
{
    const Expr *base = term.base;
    if (term.coefficient == 1)
        return base;
    const Expr *constant = expr_const(pool, term.coefficient);
    if (base->op != EXPR_MUL)
        return pool_binary(pool, EXPR_MUL, constant, base);
    const Expr **args = ARENA_ARRAY(pool->arena, const Expr *,
                                    base->n_args + 1);
    args[0] = constant;
    for (size_t i = 0; i < base->n_args; i++)
        args[i + 1] = base->args[i];
    return pool_intern(pool, EXPR_MUL, args, base->n_args + 1);
}

static const Expr *emit_sum(Sum *sum)
{
    ExprPool *pool = sum->pool;
    const Expr *local[LOCAL_TERMS + 1], **args = local;
    size_t n = 0;
    if (isnan(sum->constant) || sum->n == 0)
        return expr_const(pool, sum->constant);
    if (sum->n > LOCAL_TERMS)
        args = ARENA_ARRAY(pool->arena, const Expr *, sum->n + 1);
    if (sum->constant != 0)
        args[n++] = expr_const(pool, sum->constant);
    for (size_t i = 0; i < sum->n; i++)
        args[n++] = emit_term(pool, sum->terms[i]);
    return n == 1 ? args[0] : pool_intern(pool, EXPR_ADD, args, n);
}

// factor * (sum of args) / divisor
static const Expr *build_scaled(ExprPool *pool, const Expr *const *args,
                                size_t n, double factor, double divisor)
{
    Term local[LOCAL_TERMS];
    size_t n_terms = 0;
    for (size_t i = 0; i < n; i++)
        n_terms += args[i]->op == EXPR_ADD ? args[i]->n_args : 1;
    Sum sum = {.pool = pool, .factor = factor, .divisor = divisor};
    sum.terms = local;
    if (n_terms > LOCAL_TERMS)
        sum.terms = ARENA_ARRAY(pool->arena, Term, n_terms);
    for (size_t i = 0; i < n; i++)
        push_argument(&sum, args[i]);
    sort_terms(&sum);
    collect_terms(&sum);
    return emit_sum(&sum);
}

const Expr *build_sum(ExprPool *pool, ExprOp op, const Expr *const *args,
                      size_t n)
{
    (void)op;
    return build_scaled(pool, args, n, 1, 1);
}

const Expr *pool_scale_sum(ExprPool *pool, const Expr *sum, double factor)
{
    return build_scaled(pool, sum->args, sum->n_args, factor, 1);
}

const Expr *pool_divide_sum(ExprPool *pool, const Expr *sum, double divisor)
{
    return build_scaled(pool, sum->args, sum->n_args, 1, divisor);
}

const Expr *expr_add(ExprPool *pool, const Expr *a, const Expr *b)
{
    const Expr *args[] = {a, b};
    return build_scaled(pool, args, 2, 1, 1);
}

const Expr *expr_sub(ExprPool *pool, const Expr *a, const Expr *b)
{
    return expr_add(pool, a, expr_neg(pool, b));
}
