// Forward and reverse mode on random trees: they agree with each other and with
// central differences, with scalars, vectors and reductions mixed.
#include "math/expr.h"
#include "tree.h"
#include "../unit.h"

enum { TREES = 1500 };

static const ExprOp ops[] = {
    EXPR_ADD,  EXPR_ADD,     EXPR_MUL,  EXPR_MUL,    EXPR_POW,
    EXPR_EXP,  EXPR_LOG,     EXPR_SQRT, EXPR_SIN,    EXPR_COS,
    EXPR_TANH, EXPR_SIGMOID, EXPR_ABS,  EXPR_MIN,    EXPR_MAX,
    EXPR_EXPDD, EXPR_SELECT, EXPR_LT,   EXPR_SUM,    EXPR_MAXIMUM,
    EXPR_MINIMUM, EXPR_LOGSUMEXP, EXPR_INDEX, EXPR_COUNT};

typedef struct Case {
    World *world;
    ExprPool *pool;
    const Expr *e, *symbols[N_SYMBOLS], *tangents[N_SYMBOLS], *seed;
    double directions[N_SYMBOLS][LANES]; // of the tangents
    size_t n_agreed, n_differences;
} Case;

static double seed_at(size_t j)
{
    return 1 + 0.5 * (double)j;
}

// Tangents and seed: a + b * position, so that they need no symbols.
static const Expr *ramp(ExprPool *pool, double a, double b, uint32_t axis)
{
    const Expr *start = expr_const(pool, a);
    if (axis == AXIS_SCALAR)
        return start;
    const Expr *slope = expr_const(pool, b);
    return expr_add(pool, start,
                    expr_mul(pool, slope, expr_iota(pool, axis)));
}

static void draw_directions(Case *test)
{
    for (size_t k = 0; k < POSITION_SYMBOL; k++) {
        double a = tree_uniform(test->world), b = tree_uniform(test->world);
        uint32_t axis = test->symbols[k]->axis;
        test->tangents[k] = ramp(test->pool, a, b, axis);
        for (size_t j = 0; j < LANES; j++)
            test->directions[k][j] = a + (axis ? b * (double)j : 0);
    }
    test->seed = ramp(test->pool, 1, 0.5, test->e->axis);
}

// seed . x over the lanes of e
static double along_seed(const Case *test, const double *x)
{
    double sum = 0;
    size_t n = test->e->axis == AXIS_SCALAR ? 1 : LANES;
    for (size_t j = 0; j < n; j++)
        sum += seed_at(j) * x[j];
    return sum;
}

static double forward(const Case *test)
{
    double out[LANES];
    const Expr *jvp = expr_jvp(test->pool, test->e, test->symbols,
                               test->tangents, POSITION_SYMBOL);
    tree_expr_values(test->world, jvp, test->symbols, out);
    return along_seed(test, out);
}

static double reverse(const Case *test, double *out_scale)
{
    const Expr *pulled[N_SYMBOLS];
    double sum = 0;
    *out_scale = 0;
    expr_vjp(test->pool, &test->e, &test->seed, 1, test->symbols,
             POSITION_SYMBOL, pulled);
    for (size_t k = 0; k < POSITION_SYMBOL; k++) {
        double values[LANES];
        size_t n = test->symbols[k]->axis == AXIS_SCALAR ? 1 : LANES;
        tree_expr_values(test->world, pulled[k], test->symbols, values);
        for (size_t j = 0; j < n; j++) {
            sum += values[j] * test->directions[k][j];
            *out_scale += fabs(values[j] * test->directions[k][j]);
        }
    }
    return sum;
}

static double moved(const Case *test, double step)
{
    World world = *test->world;
    double out[LANES];
    for (size_t k = 0; k < POSITION_SYMBOL; k++)
        for (size_t j = 0; j < LANES; j++)
            world.values[k][j] += step * test->directions[k][j];
    tree_expr_values(&world, test->e, test->symbols, out);
    return along_seed(test, out);
}

static double central(const Case *test, double step)
{
    return (moved(test, step) - moved(test, -step)) / (2 * step);
}

// Only where two steps agree: no kink, jump or pole near.
static void check_difference(Case *test, double derivative)
{
    double wide = central(test, 2e-5), narrow = central(test, 1e-5);
    double scale = fmax(1, fabs(derivative));
    double noise = 1e-10 * fabs(moved(test, 0));
    if (!(fabs(wide - narrow) <= 1e-7 * scale) || noise > 1e-7 * scale)
        return;
    test->n_differences++;
    if (!(fabs(derivative - narrow) <= 1e-6 * scale))
        printf("    %s\n", expr_text(test->world->arena, test->e));
    CHECK_NEAR(derivative, narrow, 1e-6 * scale / fmax(1e-300, fabs(narrow)));
}

static void test_values(Case *test)
{
    double scale;
    tree_draw_values(test->world);
    double f = forward(test), r = reverse(test, &scale);
    if (!isfinite(f) || !isfinite(r) || scale > 1e8)
        return;
    test->n_agreed++;
    if (!(fabs(f - r) <= 1e-8 * scale))
        printf("    %s: %.17g, %.17g\n",
               expr_text(test->world->arena, test->e), f, r);
    CHECK(fabs(f - r) <= 1e-8 * scale);
    check_difference(test, f);
}

static void test_tree(World *world, size_t *n_agreed, size_t *n_differences)
{
    Case test = {.world = world};
    world->arena = arena_new();
    test.pool = expr_pool_new(world->arena);
    tree_symbols(test.pool, test.symbols);
    test.e = tree_build(test.pool, tree_random(world, 4), test.symbols);
    draw_directions(&test);
    for (int draw = 0; draw < 4; draw++)
        test_values(&test);
    *n_agreed += test.n_agreed;
    *n_differences += test.n_differences;
    arena_free(world->arena);
}

int main(void)
{
    World world = {.random = 12345, .ops = ops, .is_generic = true};
    size_t n_agreed = 0, n_differences = 0;
    world.n_ops = sizeof ops / sizeof *ops;
    for (int i = 0; i < TREES; i++)
        test_tree(&world, &n_agreed, &n_differences);
    printf("%zu compared, %zu with differences\n", n_agreed, n_differences);
    CHECK(n_agreed > TREES && n_differences > TREES / 2);
    return unit_report();
}
