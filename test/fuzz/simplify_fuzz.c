// Fuzzes the simplifying constructors: random trees are built through them and
// evaluated; the values must agree with a naive evaluation of the tree, every
// node must be canonical, and a second pool must print the same text.
//     simplify_fuzz [trees] [seed]
#include <stdlib.h>
#include <string.h>
#include "../unit/math/tree.h"

#define NOISE 1e-13
#define TOLERANCE 1e-9

static const ExprOp all_ops[] = {
#define OP(id, name, arity, ...) EXPR_##id,
#include "math/op.def"
#undef OP
};
// Arithmetic is where the rules are: it gets more than its share.
static const ExprOp arithmetic_ops[] = {
    EXPR_ADD, EXPR_MUL, EXPR_POW, EXPR_EXP, EXPR_LOG, EXPR_SQRT, EXPR_EXPDD};

typedef struct Outcome {
    size_t compared, skipped, failed;
} Outcome;

static void report(Outcome *outcome, const char *what, const Expr *e)
{
    Arena *arena = arena_new();
    outcome->failed++;
    printf("%s: %s\n", what, expr_text(arena, e));
    arena_free(arena);
}

// The tree's values; false if rounding decides them or some are not finite.
static bool has_sound_value(World *world, const Tree *tree, double *out)
{
    world->is_broken = false;
    world->noise = 0;
    tree_eval(world, tree, out);
    world->noise = NOISE;
    for (int run = 0; run < 16; run++) {
        double noisy[LANES];
        tree_eval(world, tree, noisy);
        for (size_t j = 0; j < LANES; j++)
            if (!(fabs(noisy[j] - out[j]) <= 0.01 * TOLERANCE * fabs(out[j])))
                return false;
    }
    return !world->is_broken;
}

static void check_value(World *world, const Tree *tree, const Expr *e,
                        const Expr *const *symbols, Outcome *outcome)
{
    double expected[LANES], got[LANES];
    tree_draw_values(world);
    if (!has_sound_value(world, tree, expected)) {
        outcome->skipped++;
        return;
    }
    tree_expr_values(world, e, symbols, got);
    outcome->compared++;
    for (size_t j = 0; j < LANES; j++)
        if (!(fabs(got[j] - expected[j]) <= TOLERANCE * fabs(expected[j]))) {
            printf("%.17g, expected %.17g\n", got[j], expected[j]);
            report(outcome, "another value", e);
            return;
        }
}

static void check_same_text(const Tree *tree, const Expr *e, Outcome *outcome)
{
    Arena *arena = arena_new();
    const Expr *symbols[N_SYMBOLS];
    ExprPool *pool = expr_pool_new(arena);
    tree_symbols(pool, symbols);
    const char *again = expr_text(arena, tree_build(pool, tree, symbols));
    if (strcmp(again, expr_text(arena, e)) != 0)
        report(outcome, "another text in another pool", e);
    arena_free(arena);
}

static void fuzz_tree(World *world, Outcome *outcome)
{
    const Expr *symbols[N_SYMBOLS];
    Arena *arena = world->arena = arena_new();
    ExprPool *pool = expr_pool_new(arena);
    tree_symbols(pool, symbols);
    const Tree *tree = tree_random(world, 2 + (int)tree_below(world, 4));
    const Expr *e = tree_build(pool, tree, symbols);
    const char *broken = expr_verify(pool, arena, e);
    if (broken != NULL)
        report(outcome, broken, e);
    if (tree_build(pool, tree, symbols) != e)
        report(outcome, "another node when built again", e);
    for (int draw = 0; draw < 4; draw++)
        check_value(world, tree, e, symbols, outcome);
    check_same_text(tree, e, outcome);
    arena_free(arena);
}

int main(int argc, char **argv)
{
    size_t trees = argc > 1 ? strtoul(argv[1], NULL, 10) : 4000;
    World world = {.random = argc > 2 ? strtoul(argv[2], NULL, 10) : 1};
    Outcome outcome = {0};
    for (size_t i = 0; i < trees && outcome.failed < 10; i++) {
        bool everything = i % 2 == 0;
        world.ops = everything ? all_ops + EXPR_ADD : arithmetic_ops;
        world.n_ops = everything ? EXPR_OP_COUNT - EXPR_ADD
                                 : sizeof arithmetic_ops / sizeof(ExprOp);
        fuzz_tree(&world, &outcome);
    }
    printf("%zu values compared, %zu skipped, %zu failures\n",
           outcome.compared, outcome.skipped, outcome.failed);
    return outcome.failed > 0 || outcome.compared < trees / 4;
}
