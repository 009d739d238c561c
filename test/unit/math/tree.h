// Random expression trees with an evaluator of their own, which knows nothing of
// the expression engine: what simplification and differentiation are held to.
// Every node has LANES values; a scalar has the same in each. With `noise`,
// each result is off by a random relative error, so that a value that rounding
// decides (a cancellation, a tie) shows itself by differing between runs.
#ifndef SNNC_TEST_MATH_TREE_H
#define SNNC_TEST_MATH_TREE_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include "math/expr.h"
#include "../draw.h"

enum { LANES = 3, TREE_ARGS = 4, N_SCALARS = 4, N_VECTORS = 2, N_SYMBOLS = 7, TREE_AXIS = 1 };
enum { POSITION_SYMBOL = N_SYMBOLS - 1 }; // a scalar with an integer value

typedef struct Tree {
    ExprOp op;
    size_t n;
    size_t symbol;
    double value;
    struct Tree *args[TREE_ARGS];
} Tree;

typedef struct World {
    Arena *arena;
    uint64_t random;
    const ExprOp *ops;
    size_t n_ops;
    double noise;
    bool is_generic; // draw no whole numbers, which meet in ties
    bool is_broken; // something was not finite on the way
    double values[N_SYMBOLS][LANES];
} World;

static inline double tree_uniform(World *world)
{
    return draw_uniform(&world->random);
}

static inline size_t tree_below(World *world, size_t n)
{
    return (size_t)(tree_uniform(world) * (double)n);
}

static inline size_t tree_arity(ExprOp op)
{
    static const int arities[] = {
#define OP(id, name, arity, ...) arity,
#include "math/op.def"
#undef OP
    };
    return arities[op] < 0 ? 0 : (size_t)arities[op];
}

static inline bool tree_is_reduction(ExprOp op)
{
    return op >= EXPR_SUM && op != EXPR_INDEX;
}

static inline Tree *tree_leaf(World *world)
{
    Tree *tree = ARENA_NEW(world->arena, Tree);
    if (tree_below(world, 4) > 0) {
        tree->op = EXPR_SYMBOL;
        tree->symbol = tree_below(world, N_SCALARS + N_VECTORS);
        return tree;
    }
    static const double constants[] = {0, 1, -1, 2, 0.5, -3, 0.7, 4};
    tree->op = EXPR_CONST;
    tree->value = constants[tree_below(world, 8)];
    return tree;
}

static inline Tree *tree_position(World *world)
{
    Tree *tree = ARENA_NEW(world->arena, Tree);
    tree->op = EXPR_SYMBOL;
    tree->symbol = POSITION_SYMBOL;
    return tree;
}

static inline void tree_set_constant(Tree *tree, double value)
{
    tree->op = EXPR_CONST;
    tree->value = value;
    tree->n = 0;
}

static inline bool tree_is_pair(ExprOp op)
{
    return op == EXPR_PAIRDD || op == EXPR_PAIRDDT;
}

// How many arguments a node of `op` is drawn with: of pairs the count, the base
// of a product, and one pair or two real nodes.
static inline size_t tree_draw_arity(World *world, ExprOp op)
{
    if (tree_is_pair(op))
        return op == EXPR_PAIRDD ? 3 : 4;
    size_t arity = tree_arity(op);
    return arity ? arity : 2 + tree_below(world, 2);
}

static inline Tree *tree_random(World *world, int depth)
{
    if (depth == 0 || tree_below(world, 8) == 0)
        return tree_leaf(world);
    Tree *tree = ARENA_NEW(world->arena, Tree);
    tree->op = world->ops[tree_below(world, world->n_ops)];
    tree->n = tree_draw_arity(world, tree->op);
    for (size_t i = 0; i < tree->n; i++)
        tree->args[i] = tree_random(world, depth - 1);
    if (tree->op == EXPR_POW && tree_below(world, 4) > 0) {
        static const double exponents[] = {-2, -1, 0.5, 2, 3, -0.5, 1.5, 1};
        tree_set_constant(tree->args[1], exponents[tree_below(world, 8)]);
    }
    if (tree_is_pair(tree->op))
        tree_set_constant(tree->args[0], (double)tree_below(world, 2));
    if (tree->op == EXPR_INDEX)
        tree->args[1] = tree_position(world);
    return tree;
}

static inline void tree_draw_values(World *world)
{
    for (size_t k = 0; k < N_SYMBOLS; k++) {
        bool whole = !world->is_generic && tree_below(world, 4) == 0;
        for (size_t j = 0; j < LANES; j++) {
            double x = 4 * tree_uniform(world) - 2;
            world->values[k][j] = whole ? floor(x) : x;
            if (k < N_SCALARS)
                world->values[k][j] = world->values[k][0];
        }
    }
    double position = (double)tree_below(world, LANES);
    for (size_t j = 0; j < LANES; j++)
        world->values[POSITION_SYMBOL][j] = position;
}

// ---- naive values ----------------------------------------------------------

// By the textbook's table, in long double: only for moderate nodes.
static inline double tree_divided_exp(const double *x, size_t n)
{
    long double sum = 0, h[4] = {1, 1, 1, 1}, factorial = 1;
    for (size_t k = 2; k < n; k++)
        factorial *= (long double)k;
    for (size_t k = 0; k < 300; k++) {
        sum += h[n - 1] / factorial;
        factorial *= (long double)(n + k);
        for (size_t j = 0; j < n; j++)
            h[j] = (j ? h[j - 1] : 0) + x[j] * h[j];
        if (factorial > 1e300L)
            break;
    }
    return (double)sum;
}

// At a +- sqrt(d): the divided difference of e^z, of (z - base) e^z.
static inline double tree_pair(double a, double d)
{
    double s = sqrt(fabs(d));
    double sine = d < 0 ? sin(s) : sinh(s);
    return exp(a) * (s < 1e-4 ? 1 + d / 6 : sine / s);
}

static inline double tree_pair_times(double base, double a, double d)
{
    double s = sqrt(fabs(d));
    return (a - base) * tree_pair(a, d) + exp(a) * (d < 0 ? cos(s) : cosh(s));
}

// The same at two real nodes.
static inline double tree_times(double base, const double *x)
{
    return (x[0] - base) * tree_divided_exp(x, 2) + exp(x[1]);
}

static inline double tree_element(ExprOp op, const double *a, size_t n)
{
    double x = a[0];
    switch (op) {
    case EXPR_ADD:
        return n == 2 ? x + a[1] : x + a[1] + a[2];
    case EXPR_MUL:
        return n == 2 ? x * a[1] : x * a[1] * a[2];
    case EXPR_POW:
        return pow(x, a[1]);
    case EXPR_EXP:
        return exp(x);
    case EXPR_LOG:
        return log(x);
    case EXPR_SQRT:
        return sqrt(x);
    case EXPR_SIN:
        return sin(x);
    case EXPR_COS:
        return cos(x);
    case EXPR_TANH:
        return tanh(x);
    case EXPR_SIGMOID:
        return 1 / (1 + exp(-x));
    case EXPR_ABS:
        return x < 0 ? -x : x;
    case EXPR_SIGN:
        return x < 0 ? -1 : x > 0 ? 1 : 0;
    case EXPR_FLOOR:
        return floor(x);
    case EXPR_MIN:
        return fmin(x, a[1]);
    case EXPR_MAX:
        return fmax(x, a[1]);
    case EXPR_EXPDD:
        return tree_divided_exp(a, n);
    case EXPR_PAIRDD:
        return x != 0 ? tree_pair(a[1], a[2]) : tree_divided_exp(a + 1, 2);
    case EXPR_PAIRDDT:
        return x != 0 ? tree_pair_times(a[1], a[2], a[3])
                      : tree_times(a[1], a + 2);
    case EXPR_LT:
        return x < a[1] ? 1 : 0;
    case EXPR_LE:
        return x > a[1] ? 0 : 1;
    case EXPR_EQ:
        return x == a[1] ? 1 : 0;
    case EXPR_AND:
        return x != 0 && a[1] != 0 ? 1 : 0;
    case EXPR_OR:
        return x != 0 || a[1] != 0 ? 1 : 0;
    case EXPR_NOT:
        return x != 0 ? 0 : 1;
    case EXPR_SELECT:
        return x != 0 ? a[1] : a[2];
    default:
        return NAN;
    }
}

static inline double tree_reduce(ExprOp op, const double *v, double position)
{
    double sum = v[0] + v[1] + v[2];
    double top = fmax(v[0], fmax(v[1], v[2]));
    double low = fmin(v[0], fmin(v[1], v[2]));
    switch (op) {
    case EXPR_SUM:
        return sum;
    case EXPR_MAXIMUM:
        return top;
    case EXPR_MINIMUM:
        return low;
    case EXPR_LOGSUMEXP:
        return log(exp(v[0]) + exp(v[1]) + exp(v[2]));
    case EXPR_ARGMAX:
        return v[0] == top ? 0 : v[1] == top ? 1 : 2;
    case EXPR_ARGMIN:
        return v[0] == low ? 0 : v[1] == low ? 1 : 2;
    case EXPR_INDEX:
        return v[(size_t)position];
    case EXPR_COUNT:
        return LANES;
    default:
        return NAN;
    }
}

static inline bool tree_is_exact(ExprOp op)
{
    return op == EXPR_SYMBOL || op == EXPR_CONST || op == EXPR_ABS ||
           op == EXPR_SIGN || (op >= EXPR_FLOOR && op <= EXPR_MAX) ||
           (op >= EXPR_LT && op <= EXPR_SELECT) ||
           (op >= EXPR_ARGMAX) || op == EXPR_MAXIMUM || op == EXPR_MINIMUM;
}

static inline void tree_lane(World *world, const Tree *tree,
                             double args[TREE_ARGS][LANES], double *out)
{
    for (size_t j = 0; j < LANES; j++) {
        double a[] = {args[0][j], args[1][j], args[2][j], args[3][j]};
        if (tree->op == EXPR_SYMBOL)
            out[j] = world->values[tree->symbol][j];
        else if (tree->op == EXPR_CONST)
            out[j] = tree->value;
        else if (tree->op >= EXPR_SUM)
            out[j] = tree_reduce(tree->op, args[0], args[1][0]);
        else
            out[j] = tree_element(tree->op, a, tree->n);
    }
}

static inline void tree_eval(World *world, const Tree *tree, double *out)
{
    double args[TREE_ARGS][LANES] = {{0}};
    for (size_t i = 0; i < tree->n; i++)
        tree_eval(world, tree->args[i], args[i]);
    tree_lane(world, tree, args, out);
    for (size_t j = 0; j < LANES; j++) {
        if (!isfinite(out[j]) || fabs(out[j]) > 1e8)
            world->is_broken = true;
        if (tree_is_exact(tree->op) || world->noise == 0)
            continue;
        out[j] *= 1 + world->noise * (2 * tree_uniform(world) - 1);
    }
}

// ---- the same through the engine -------------------------------------------

static inline const Expr *tree_build(ExprPool *pool, const Tree *tree,
                                     const Expr *const *symbols)
{
    const Expr *args[TREE_ARGS] = {NULL};
    for (size_t i = 0; i < tree->n; i++)
        args[i] = tree_build(pool, tree->args[i], symbols);
    if (tree->op == EXPR_CONST)
        return expr_const(pool, tree->value);
    if (tree->op == EXPR_SYMBOL)
        return symbols[tree->symbol];
    if (tree_is_reduction(tree->op))
        return expr_reduce(pool, tree->op, args[0], TREE_AXIS);
    return expr_make(pool, tree->op, args, tree->n);
}

static inline void tree_symbols(ExprPool *pool, const Expr **symbols)
{
    static const char *const names[N_SYMBOLS] = {"a", "b", "c", "d",
                                                 "u", "v", "k"};
    for (size_t i = 0; i < N_SYMBOLS; i++) {
        bool vector = i >= N_SCALARS && i != POSITION_SYMBOL;
        symbols[i] = expr_symbol(pool, names[i], NULL, vector ? TREE_AXIS : 0);
    }
}

// Every lane's value; a scalar's in each.
static inline void tree_expr_values(const World *world, const Expr *e,
                                    const Expr *const *symbols, double *out)
{
    const double *values[N_SYMBOLS];
    for (size_t k = 0; k < N_SYMBOLS; k++)
        values[k] = world->values[k];
    expr_eval_vector(e, symbols, values, N_SYMBOLS, LANES, out);
    if (e->axis == AXIS_SCALAR)
        out[1] = out[2] = out[0];
}

#endif
