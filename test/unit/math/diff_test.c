// The derivative of every operation against central differences, by each of
// expr_diff, expr_jvp and expr_vjp. The table needs a row for each operation of
// op.def that has arguments: one without a sample fails.
#include <stdlib.h>
#include "math/expr.h"
#include "../unit.h"

enum { LENGTH = 3, MOST_ARGS = 6 };
#define STEP 1e-6
#define TOLERANCE 2e-8

typedef struct Sample {
    ExprOp op;
    size_t n;
    double at[MOST_ARGS][LENGTH]; // scalars use the first value
} Sample;

#define S(x) {x}
static const Sample samples[] = {
    {EXPR_ADD, 3, {S(1.5), S(-2), S(0.3)}},
    {EXPR_MUL, 3, {S(1.5), S(-2), S(0.3)}},
    {EXPR_POW, 2, {S(1.7), S(2.3)}},
    {EXPR_POW, 2, {S(0.4), S(-1.2)}},
    {EXPR_EXP, 1, {S(-0.7)}},
    {EXPR_LOG, 1, {S(0.6)}},
    {EXPR_SQRT, 1, {S(2.3)}},
    {EXPR_SIN, 1, {S(0.9)}},
    {EXPR_COS, 1, {S(0.9)}},
    {EXPR_TANH, 1, {S(-0.4)}},
    {EXPR_SIGMOID, 1, {S(1.1)}},
    {EXPR_ABS, 1, {S(1.4)}},
    {EXPR_ABS, 1, {S(-1.4)}},
    {EXPR_SIGN, 1, {S(-1.4)}},
    {EXPR_FLOOR, 1, {S(2.4)}},
    {EXPR_MIN, 2, {S(0.4), S(0.9)}},
    {EXPR_MIN, 2, {S(0.9), S(0.4)}},
    {EXPR_MAX, 2, {S(0.4), S(0.9)}},
    {EXPR_MAX, 2, {S(0.9), S(0.4)}},
    {EXPR_EXPDD, 1, {S(-0.4)}},
    {EXPR_EXPDD, 2, {S(-0.4), S(-2)}},
    {EXPR_EXPDD, 3, {S(-0.4), S(-2), S(-2)}},
    {EXPR_PAIRDD, 3, {S(1), S(-0.4), S(-2)}},
    {EXPR_PAIRDD, 4, {S(1), S(-0.4), S(0.1), S(-2)}},
    {EXPR_PAIRDD, 5, {S(2), S(-0.4), S(-2), S(-0.7), S(-3)}},
    {EXPR_PAIRDDT, 4, {S(1), S(-0.4), S(-0.4), S(-2)}},
    {EXPR_PAIRDDT, 5, {S(1), S(-0.6), S(-0.4), S(-2), S(-1.5)}},
    {EXPR_PAIRDDT, 6, {S(2), S(-0.6), S(-0.4), S(-2), S(-0.5), S(-1)}},
    {EXPR_LT, 2, {S(0.4), S(0.9)}},
    {EXPR_LE, 2, {S(0.4), S(0.9)}},
    {EXPR_EQ, 2, {S(0.4), S(0.9)}},
    {EXPR_AND, 2, {S(0.4), S(0.9)}},
    {EXPR_OR, 2, {S(0.4), S(0.9)}},
    {EXPR_NOT, 1, {S(0.4)}},
    {EXPR_SELECT, 3, {S(1), S(0.9), S(-2)}},
    {EXPR_SELECT, 3, {S(0), S(0.9), S(-2)}},
    {EXPR_SUM, 1, {{0.3, -1, 2}}},
    {EXPR_MAXIMUM, 1, {{0.3, -1, 2}}},
    {EXPR_MINIMUM, 1, {{0.3, -1, 2}}},
    {EXPR_LOGSUMEXP, 1, {{0.3, -1, 2}}},
    {EXPR_ARGMAX, 1, {{0.3, -1, 2}}},
    {EXPR_ARGMIN, 1, {{0.3, -1, 2}}},
    {EXPR_INDEX, 2, {{0.3, -1, 2}, S(1)}},
    {EXPR_COUNT, 1, {{0.3, -1, 2}}},
};

static const int arities[] = {
#define OP(id, name, arity, ...) arity,
#include "math/op.def"
#undef OP
};

static bool takes_vector(ExprOp op, size_t k)
{
    return op >= EXPR_SUM && k == 0;
}

// Of pairs: a constant, with no derivative.
static bool is_count(ExprOp op, size_t k)
{
    return (op == EXPR_PAIRDD || op == EXPR_PAIRDDT) && k == 0;
}

// The derivative is taken of e = 2 * op(args): a chain of two rules.
typedef struct Subject {
    ExprPool *pool;
    const Sample *sample;
    const Expr *symbols[MOST_ARGS];
    const Expr *e;
} Subject;

static Subject make_subject(ExprPool *pool, const Sample *sample)
{
    Subject subject = {.pool = pool, .sample = sample};
    for (size_t k = 0; k < sample->n; k++)
        subject.symbols[k] = is_count(sample->op, k)
            ? expr_const(pool, sample->at[k][0])
            : expr_symbol(pool, "x", NULL, takes_vector(sample->op, k));
    const Expr *op =
        expr_make(pool, sample->op, subject.symbols, sample->n);
    subject.e = expr_mul(pool, expr_const(pool, 2), op);
    return subject;
}

// e with argument k moved by `by` at place j; all places if j is LENGTH.
static double moved(const Subject *subject, const Expr *e, size_t k, size_t j,
                    double by, size_t out_place)
{
    Sample at = *subject->sample;
    double out[LENGTH];
    const double *values[MOST_ARGS];
    for (size_t i = 0; i < MOST_ARGS; i++)
        values[i] = at.at[i];
    for (size_t i = 0; i < LENGTH; i++)
        if (i == j || j == LENGTH)
            at.at[k][i] += by;
    expr_eval_vector(e, subject->symbols, values, at.n, LENGTH, out);
    return out[e->axis == AXIS_SCALAR ? 0 : out_place];
}

static double central(const Subject *subject, size_t k, size_t j)
{
    if (subject->sample->op == EXPR_INDEX && k == 1)
        return 0; // a position is a whole number
    return (moved(subject, subject->e, k, j, STEP, 0) -
            moved(subject, subject->e, k, j, -STEP, 0)) / (2 * STEP);
}

static void check_close(double got, double expected, ExprOp op, size_t k)
{
    CHECK(fabs(got - expected) <= TOLERANCE * fmax(1, fabs(expected)));
    if (!(fabs(got - expected) <= TOLERANCE * fmax(1, fabs(expected))))
        printf("    %s, argument %zu: %g, expected %g\n", expr_op_name(op), k,
               got, expected);
}

static void test_argument(const Subject *subject, size_t k)
{
    ExprPool *pool = subject->pool;
    const Sample *sample = subject->sample;
    const Expr *symbol = subject->symbols[k], *seed = expr_const(pool, 1), *pulled;
    const Expr *diff = expr_diff(pool, subject->e, symbol);
    const Expr *three = expr_const(pool, 3);
    const Expr *jvp = expr_jvp(pool, subject->e, &symbol, &three, 1);
    size_t length = takes_vector(sample->op, k) ? LENGTH : 1;
    double together = central(subject, k, LENGTH);
    check_close(moved(subject, diff, k, 0, 0, 0), together, sample->op, k);
    check_close(moved(subject, jvp, k, 0, 0, 0), 3 * together, sample->op, k);
    expr_vjp(pool, &subject->e, &seed, 1, &symbol, 1, &pulled);
    for (size_t j = 0; j < length; j++)
        check_close(moved(subject, pulled, k, 0, 0, j), central(subject, k, j),
                    sample->op, k);
}

static bool test_op(ExprPool *pool, ExprOp op)
{
    bool found = false;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        if (samples[i].op != op)
            continue;
        Subject subject = make_subject(pool, &samples[i]);
        found = true;
        CHECK(arities[op] < 0 || (size_t)arities[op] == samples[i].n);
        for (size_t k = is_count(op, 0); k < samples[i].n; k++)
            test_argument(&subject, k);
    }
    return found;
}

// A tie gives the derivative to the first argument; abs has 0 at 0.
static void test_corners(ExprPool *pool)
{
    const Expr *a = expr_symbol(pool, "a", NULL, 0);
    const Expr *b = expr_symbol(pool, "b", NULL, 0);
    const Expr *symbols[] = {a, b};
    const double tie[] = {0, 0};
    const Expr *min = expr_binary(pool, EXPR_MIN, a, b);
    const Expr *max = expr_binary(pool, EXPR_MAX, a, b);
    const Expr *abs = expr_unary(pool, EXPR_ABS, a);
    CHECK(expr_eval(expr_diff(pool, min, a), symbols, tie, 2) == 1);
    CHECK(expr_eval(expr_diff(pool, min, b), symbols, tie, 2) == 0);
    CHECK(expr_eval(expr_diff(pool, max, a), symbols, tie, 2) == 1);
    CHECK(expr_eval(expr_diff(pool, max, b), symbols, tie, 2) == 0);
    CHECK(expr_eval(expr_diff(pool, abs, a), symbols, tie, 2) == 0);
}

int main(void)
{
    Arena *arena = arena_new();
    ExprPool *pool = expr_pool_new(arena);
    for (int op = 0; op < EXPR_OP_COUNT; op++) {
        bool found = test_op(pool, (ExprOp)op);
        CHECK(found || arities[op] == 0);
        if (!found && arities[op] != 0)
            printf("    no sample for %s\n", expr_op_name((ExprOp)op));
    }
    test_corners(pool);
    arena_free(arena);
    return unit_report();
}
