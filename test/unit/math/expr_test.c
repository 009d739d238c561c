// What expressions become as they are built, and how they read: the canonical
// form, by golden text; substitution, linear forms, vectors, special values.
#include "math/expr.h"
#include "../unit.h"

typedef struct Fixture {
    Arena *arena;
    ExprPool *pool;
    const Expr *a, *b, *c, *h, *v, *i, *tau_mem, *tau_syn; // scalars
    const Expr *x, *y, *label; // vectors x and y; label a scalar
} Fixture;

static Fixture fixture_new(void)
{
    Arena *arena = arena_new();
    ExprPool *pool = expr_pool_new(arena);
    Fixture f = {.arena = arena, .pool = pool};
    f.a = expr_symbol(pool, "a", NULL, 0);
    f.b = expr_symbol(pool, "b", NULL, 0);
    f.c = expr_symbol(pool, "c", NULL, 0);
    f.h = expr_symbol(pool, "h", NULL, 0);
    f.v = expr_symbol(pool, "v", NULL, 0);
    f.i = expr_symbol(pool, "i", NULL, 0);
    f.tau_mem = expr_symbol(pool, "tau_mem", NULL, 0);
    f.tau_syn = expr_symbol(pool, "tau_syn", NULL, 0);
    f.x = expr_symbol(pool, "x", NULL, 1);
    f.y = expr_symbol(pool, "y", NULL, 1);
    f.label = expr_symbol(pool, "label", NULL, 0);
    return f;
}

#define N(value) expr_const(f->pool, (value))
#define ADD(p, q) expr_add(f->pool, (p), (q))
#define SUB(p, q) expr_sub(f->pool, (p), (q))
#define MUL(p, q) expr_mul(f->pool, (p), (q))
#define DIV(p, q) expr_div(f->pool, (p), (q))
#define POW(p, q) expr_pow(f->pool, (p), (q))
#define NEG(p) expr_neg(f->pool, (p))
#define UN(op, p) expr_unary(f->pool, EXPR_##op, (p))
#define BIN(op, p, q) expr_binary(f->pool, EXPR_##op, (p), (q))
#define IF(p, q, r) expr_select(f->pool, (p), (q), (r))
#define READS(e, text) CHECK_TEXT(expr_text(f->arena, (e)), (text))
#define LATEX(e, text) CHECK_TEXT(expr_latex(f->arena, (e)), (text))

static void test_sums(const Fixture *f)
{
    CHECK(ADD(f->a, f->b) == ADD(f->b, f->a));
    CHECK(SUB(f->a, f->a) == N(0));
    CHECK(ADD(f->a, N(0)) == f->a);
    READS(ADD(f->a, f->a), "2*a");
    READS(SUB(f->a, SUB(f->b, f->c)), "a + c - b");
    READS(ADD(N(1), SUB(f->a, N(3))), "a - 2");
    READS(SUB(N(1), f->a), "1 - a");
    READS(NEG(ADD(f->a, f->b)), "-a - b");
    CHECK(ADD(MUL(f->a, f->b), MUL(N(-1), MUL(f->b, f->a))) == N(0));
}

static void test_products(const Fixture *f)
{
    CHECK(MUL(f->a, f->b) == MUL(f->b, f->a));
    CHECK(MUL(f->a, DIV(N(1), f->a)) == N(1));
    CHECK(MUL(N(0), f->a) == N(0));
    READS(MUL(f->a, f->a), "a^2");
    READS(POW(MUL(f->a, f->b), N(-2)), "1/(a^2*b^2)");
    READS(POW(POW(f->a, f->b), N(3)), "a^(3*b)");
    READS(MUL(POW(f->a, f->b), f->a), "a^(1 + b)");
    READS(MUL(N(2), ADD(f->a, f->b)), "2*a + 2*b");
    READS(MUL(f->c, MUL(N(2), ADD(f->a, f->b))), "2*c*(a + b)");
    CHECK(DIV(SUB(f->a, f->b), SUB(f->b, f->a)) == N(-1));
    CHECK(MUL(f->c, SUB(f->a, f->b)) == NEG(MUL(f->c, SUB(f->b, f->a))));
    READS(DIV(SUB(f->i, f->v), f->tau_mem), "(i - v)/tau_mem");
    READS(DIV(DIV(f->a, f->b), f->c), "a/(b*c)");
    READS(DIV(f->a, N(20)), "a/20");
    READS(DIV(f->a, N(3)), "a/3");
    READS(MUL(N(0.1), f->a), "0.1*a");
}

static void test_functions(const Fixture *f)
{
    const Expr *e = UN(EXP, f->a), *root = UN(SQRT, f->a);
    CHECK(UN(LOG, e) == f->a);
    CHECK(UN(EXP, UN(LOG, f->a)) == f->a);
    CHECK(UN(EXP, N(0)) == N(1) && UN(LOG, N(1)) == N(0));
    CHECK(MUL(e, UN(EXP, NEG(f->a))) == N(1));
    READS(MUL(e, UN(EXP, f->b)), "exp(a)*exp(b)");
    READS(DIV(N(1), e), "exp(-a)");
    READS(MUL(e, e), "exp(a)^2");
    CHECK(MUL(root, root) == f->a && POW(f->a, N(0.5)) == root);
    READS(DIV(f->b, root), "b/sqrt(a)");
    READS(UN(SQRT, MUL(f->a, f->a)), "abs(a)");
    READS(UN(SIN, NEG(f->a)), "-sin(a)");
    READS(UN(COS, NEG(f->a)), "cos(a)");
    READS(UN(TANH, SUB(f->b, f->a)), "-tanh(a - b)");
}

static void test_choice(const Fixture *f)
{
    const Expr *less = BIN(LT, f->a, f->b);
    CHECK(IF(N(1), f->a, f->b) == f->a && IF(N(0), f->a, f->b) == f->b);
    CHECK(IF(less, f->c, f->c) == f->c && IF(less, N(1), N(0)) == less);
    CHECK(UN(NOT, UN(NOT, less)) == less);
    CHECK(IF(UN(NOT, less), f->a, f->b) == IF(less, f->b, f->a));
    CHECK(BIN(AND, less, N(0)) == N(0) && BIN(AND, N(1), less) == less);
    CHECK(BIN(OR, less, N(7)) == N(1) && BIN(OR, less, N(0)) == less);
    CHECK(BIN(LT, N(1), N(2)) == N(1) && BIN(LE, f->a, f->a) == N(1));
    CHECK(BIN(MIN, f->a, f->a) == f->a && BIN(MIN, f->a, N(INFINITY)) == f->a);
    CHECK(BIN(MAX, N(-INFINITY), f->a) == f->a);
    READS(IF(less, ADD(f->a, N(1)), NEG(f->b)), "if a < b then 1 + a else -b");
    READS(MUL(f->c, IF(less, f->a, f->b)), "c*(if a < b then a else b)");
    READS(BIN(OR, BIN(AND, less, f->c), UN(NOT, less)),
          "c and a < b or not a < b");
}

// IEEE arithmetic on constants: what is not a number is never lost.
static void test_special_values(const Fixture *f)
{
    const Expr *infinity = DIV(N(1), N(0));
    CHECK(expr_is_const(infinity, INFINITY));
    CHECK(isnan(SUB(infinity, infinity)->value));
    CHECK(isnan(MUL(N(0), infinity)->value));
    CHECK(isnan(DIV(N(0), N(0))->value));
    CHECK(expr_is_const(UN(LOG, N(0)), -INFINITY));
    CHECK(expr_is_const(UN(EXP, NEG(infinity)), 0));
    READS(ADD(infinity, f->a), "inf + a");
    READS(MUL(infinity, SUB(f->a, f->b)), "inf*(a - b)");
}

static void test_divided_differences(const Fixture *f)
{
    const Expr *p = NEG(DIV(f->h, f->tau_mem)), *q = NEG(DIV(f->h, f->tau_syn));
    const Expr *pq[] = {p, q}, *qp[] = {q, p}, *pp[] = {p, p, p};
    const Expr *numbers[] = {N(0), N(-1)};
    CHECK(expr_expdd(f->pool, pq, 1) == UN(EXP, p));
    CHECK(expr_expdd(f->pool, pq, 2) == expr_expdd(f->pool, qp, 2));
    READS(expr_expdd(f->pool, pp, 3), "exp(-h/tau_mem)/2");
    CHECK_NEAR(expr_expdd(f->pool, numbers, 2)->value, 1 - exp(-1), 1e-15);
    READS(expr_diff(f->pool, expr_expdd(f->pool, pq, 2), f->tau_mem),
          "h*expdd(-h/tau_mem, -h/tau_mem, -h/tau_syn)/tau_mem^2");
}

static void test_vectors(const Fixture *f)
{
    ExprPool *pool = f->pool;
    const Expr *iota = expr_iota(pool, 1);
    const Expr *shifted = SUB(f->x, UN(LOGSUMEXP, f->x));
    const Expr *chosen = BIN(INDEX, UN(EXP, shifted), f->label);
    READS(NEG(UN(LOG, chosen)), "logsumexp(x) - x[label]");
    CHECK(BIN(INDEX, iota, f->label) == f->label);
    CHECK(BIN(INDEX, f->a, f->label) == f->a);
    READS(UN(SUM, MUL(f->a, MUL(f->x, f->y))), "a*sum(x*y)");
    READS(UN(SUM, ADD(f->x, f->a)), "a*count(iota) + sum(x)");
    CHECK(UN(COUNT, f->x) == UN(COUNT, f->y));
    READS(expr_reduce(pool, EXPR_SUM, N(1), 1), "count(iota)");
    const Expr *here = IF(BIN(EQ, iota, f->label), f->y, N(0));
    READS(UN(SUM, MUL(f->x, here)), "x[label]*y[label]");
    READS(expr_substitute(pool, UN(SUM, f->x), &f->x, &f->a, 1),
          "a*count(iota)");
}

static void test_cross_entropy_gradient(const Fixture *f)
{
    const Expr *loss = SUB(UN(LOGSUMEXP, f->x), BIN(INDEX, f->x, f->label));
    const Expr *one = N(1), *gradient;
    expr_vjp(f->pool, &loss, &one, 1, &f->x, 1, &gradient);
    READS(gradient, "exp(x - logsumexp(x)) + (if label == iota then -1 else 0)");
}

static void test_substitution(const Fixture *f)
{
    const Expr *symbols[] = {f->a, f->b}, *values[] = {f->b, f->a};
    const Expr *e = SUB(f->a, MUL(N(2), f->b));
    READS(expr_substitute(f->pool, e, symbols, values, 2), "b - 2*a");
    CHECK(expr_substitute(f->pool, e, &f->c, &f->h, 1) == e);
    CHECK(expr_depends_on(e, f->a) && !expr_depends_on(e, f->c));
}

static void test_linear(const Fixture *f)
{
    const Expr *states[] = {f->v, f->i}, *k[2], *rest;
    const Expr *flow = ADD(DIV(SUB(f->i, f->v), f->tau_mem), f->a);
    CHECK(expr_as_linear(f->pool, flow, states, 2, k, &rest));
    READS(k[0], "-1/tau_mem");
    READS(k[1], "1/tau_mem");
    CHECK(rest == f->a);
    const Expr *cancels = SUB(MUL(ADD(f->v, N(1)), SUB(f->v, N(1))),
                              MUL(f->v, f->v));
    CHECK(expr_as_linear(f->pool, cancels, states, 2, k, &rest));
    CHECK(rest == N(-1) && k[0] == N(0));
    CHECK(!expr_as_linear(f->pool, MUL(f->v, f->i), states, 2, k, &rest));
    CHECK(!expr_as_linear(f->pool, UN(FLOOR, f->v), states, 2, k, &rest));
    CHECK(!expr_as_linear(f->pool, UN(EXP, f->v), states, 2, k, &rest));
    READS(expr_expand(f->pool, POW(SUB(f->a, f->b), N(2))),
          "a^2 + b^2 - 2*a*b");
}

static void test_derivatives_read_well(const Fixture *f)
{
    const Expr *flow = DIV(SUB(f->i, f->v), f->tau_mem);
    READS(expr_diff(f->pool, flow, f->v), "-1/tau_mem");
    READS(expr_diff(f->pool, flow, f->tau_mem), "(v - i)/tau_mem^2");
    READS(expr_diff(f->pool, POW(f->a, N(3)), f->a), "3*a^2");
    READS(expr_diff(f->pool, UN(SIGMOID, f->a), f->a),
          "(1 - sigmoid(a))*sigmoid(a)");
}

static void test_latex(const Fixture *f)
{
    const Expr *decay = UN(EXP, NEG(DIV(f->h, f->tau_mem)));
    LATEX(DIV(SUB(f->i, f->v), f->tau_mem),
          "\\frac{i - v}{\\tau_{\\mathrm{mem}}}");
    LATEX(decay, "\\exp\\left(-\\frac{h}{\\tau_{\\mathrm{mem}}}\\right)");
    LATEX(MUL(f->a, SUB(f->b, f->c)), "a\\,\\left(b - c\\right)");
    LATEX(MUL(N(3e-5), POW(f->tau_mem, N(2))),
          "3 \\cdot 10^{-5}\\,\\tau_{\\mathrm{mem}}^{2}");
    LATEX(UN(SQRT, ADD(f->a, N(1))), "\\sqrt{1 + a}");
    LATEX(IF(BIN(LT, f->a, f->b), f->a, N(0)),
          "\\begin{cases} a & \\text{if } a < b \\\\ 0 & "
          "\\text{otherwise} \\end{cases}");
    LATEX(expr_symbol(f->pool, "v_reset", NULL, 0), "v_{\\mathrm{reset}}");
    LATEX(expr_symbol(f->pool, "tau0", NULL, 0), "\\tau_{0}");
    LATEX(expr_symbol(f->pool, "lam", "\\lambda_v", 0), "\\lambda_v");
    LATEX(BIN(INDEX, f->x, f->label), "x\\left[\\mathrm{label}\\right]");
}

static void test_numbers(const Fixture *f)
{
    READS(N(20), "20");
    READS(N(-2.5), "-2.5");
    READS(N(1e-7), "1e-7");
    READS(N(2e9), "2e9");
    READS(N(0.1), "0.1");
    READS(N(123456), "123456");
    READS(POW(N(-2), f->a), "(-2)^a");
    READS(POW(f->a, NEG(f->b)), "a^(-b)");
}

int main(void)
{
    Fixture fixture = fixture_new(), *f = &fixture;
    test_sums(f);
    test_products(f);
    test_functions(f);
    test_choice(f);
    test_special_values(f);
    test_divided_differences(f);
    test_vectors(f);
    test_cross_entropy_gradient(f);
    test_substitution(f);
    test_linear(f);
    test_derivatives_read_well(f);
    test_latex(f);
    test_numbers(f);
    arena_free(f->arena);
    return unit_report();
}
