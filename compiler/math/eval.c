// Numeric evaluation over the DAG, every node once. A scalar node holds one
// number, a vector node axis_length of them.
#include "math/map.h"
#include "math/pool.h"

#include <assert.h>
#include <math.h>
#include <string.h>

typedef struct Evaluation {
    Arena *arena;
    ExprMap values; // to double[length_of]
    size_t axis_length;
} Evaluation;

static size_t length_of(const Evaluation *evaluation, const Expr *e)
{
    return e->axis == AXIS_SCALAR ? 1 : evaluation->axis_length;
}

static const double *values_of(const Evaluation *evaluation, const Expr *e)
{
    const double *values = expr_map_get(&evaluation->values, e);
    assert(values != NULL && "a symbol has no value");
    return values;
}

static void eval_element(const Evaluation *evaluation, const Expr *e,
                         double *out)
{
    double *args = ARENA_ARRAY(evaluation->arena, double, e->n_args);
    for (size_t j = 0; j < length_of(evaluation, e); j++) {
        for (size_t i = 0; i < e->n_args; i++) {
            const double *values = values_of(evaluation, e->args[i]);
            args[i] = values[e->args[i]->axis == AXIS_SCALAR ? 0 : j];
        }
        out[j] = value_apply(e->op, args, e->n_args);
    }
}

// NaN beyond the ends.
static double eval_index(const Evaluation *evaluation, const Expr *e)
{
    const double *vector = values_of(evaluation, e->args[0]);
    double at = values_of(evaluation, e->args[1])[0];
    bool inside = at >= 0 && at < (double)length_of(evaluation, e->args[0]);
    return inside ? vector[(size_t)at] : NAN;
}

static void eval_leaf(const Evaluation *evaluation, const Expr *e, double *out)
{
    assert(e->op != EXPR_SYMBOL && "a symbol has no value");
    for (size_t j = 0; j < length_of(evaluation, e); j++)
        out[j] = e->op == EXPR_IOTA ? (double)j : e->value;
}

static void eval_node(Evaluation *evaluation, const Expr *e)
{
    size_t length = length_of(evaluation, e);
    double *out = ARENA_ARRAY(evaluation->arena, double, length + 1);
    if (op_kind(e->op) == KIND_LEAF)
        eval_leaf(evaluation, e, out);
    else if (op_kind(e->op) == KIND_ELEMENT)
        eval_element(evaluation, e, out);
    else if (e->op == EXPR_INDEX)
        out[0] = eval_index(evaluation, e);
    else
        out[0] = value_apply(e->op, values_of(evaluation, e->args[0]),
                             length_of(evaluation, e->args[0]));
    expr_map_put(&evaluation->values, e, out);
}

void expr_eval_vector(const Expr *e, const Expr *const *symbols,
                      const double *const *values, size_t n,
                      size_t axis_length, double *out)
{
    Arena *arena = arena_new();
    Evaluation evaluation = {arena, expr_map_new(arena), axis_length};
    size_t n_nodes;
    const Expr **nodes = expr_topological(arena, &e, 1, &n_nodes);
    for (size_t k = 0; k < n; k++)
        expr_map_put(&evaluation.values, symbols[k], values[k]);
    for (size_t i = 0; i < n_nodes; i++)
        if (expr_map_get(&evaluation.values, nodes[i]) == NULL)
            eval_node(&evaluation, nodes[i]);
    memcpy(out, values_of(&evaluation, e),
           length_of(&evaluation, e) * sizeof *out);
    arena_free(arena);
}

double expr_eval(const Expr *e, const Expr *const *symbols,
                 const double *values, size_t n)
{
    double result = NAN;
    Arena *arena = arena_new();
    const double **pointers = ARENA_ARRAY(arena, const double *, n + 1);
    for (size_t k = 0; k < n; k++)
        pointers[k] = &values[k];
    assert(e->axis == AXIS_SCALAR);
    expr_eval_vector(e, symbols, pointers, n, 1, &result);
    arena_free(arena);
    return result;
}
