// Symbolic expressions: immutable, hash-consed (equal expressions are equal
// pointers), simplified as they are built. This folder knows no compiler.
//
// Canonical form: a sum is n-ary, its constant first, like terms collected; a
// product is n-ary, its constant first, equal bases collected into powers;
// subtraction is + (-1)*x, division is * x^-1. Arguments are in a fixed order
// that depends on how they were built only, never on addresses: the same
// program builds the same expressions on every run.
//
// An expression is a scalar or a vector over one axis (AXIS_SCALAR, or a small
// number chosen by the user, such as a population's index). Element-wise
// operations broadcast scalars; two different axes may not meet (assert).
#ifndef SNNC_MATH_EXPR_H
#define SNNC_MATH_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

typedef struct Expr Expr;
typedef struct ExprPool ExprPool;

typedef enum {
#define OP(id, name, arity, ...) EXPR_##id,
#include "math/op.def"
#undef OP
    EXPR_OP_COUNT
} ExprOp;

enum { AXIS_SCALAR = 0 };

struct Expr {
    ExprOp op;
    uint32_t id;        // unique in the pool, in order of creation
    uint32_t axis;      // AXIS_SCALAR or the axis it is a vector over
    uint32_t n_args;
    union {
        double value;       // EXPR_CONST
        const char *name;   // EXPR_SYMBOL
    };
    const char *latex;      // EXPR_SYMBOL: how it prints in LaTeX; else NULL
    const Expr *args[];
};

ExprPool *expr_pool_new(Arena *arena);

// ---- construction (simplifying) --------------------------------------------

const Expr *expr_const(ExprPool *pool, double value);

// A fresh symbol, different from every other even of the same name. `latex`
// may be NULL (derived from the name: v_reset -> v_{\mathrm{reset}}).
const Expr *expr_symbol(ExprPool *pool, const char *name, const char *latex,
                        uint32_t axis);

// Any operation by its op; the named ones below are shorthands.
const Expr *expr_make(ExprPool *pool, ExprOp op, const Expr *const *args,
                      size_t n_args);
const Expr *expr_add(ExprPool *pool, const Expr *a, const Expr *b);
const Expr *expr_sub(ExprPool *pool, const Expr *a, const Expr *b);
const Expr *expr_mul(ExprPool *pool, const Expr *a, const Expr *b);
const Expr *expr_div(ExprPool *pool, const Expr *a, const Expr *b);
const Expr *expr_neg(ExprPool *pool, const Expr *a);
const Expr *expr_pow(ExprPool *pool, const Expr *base, const Expr *exponent);
const Expr *expr_unary(ExprPool *pool, ExprOp op, const Expr *a);
const Expr *expr_binary(ExprPool *pool, ExprOp op, const Expr *a,
                        const Expr *b);
const Expr *expr_select(ExprPool *pool, const Expr *condition, const Expr *a,
                        const Expr *b);

// Divided difference of exp at n nodes (confluent ones allowed):
// expdd(a) = e^a, expdd(a, b) = (e^a - e^b)/(a - b), expdd(a, a) = e^a, ...
// Symmetric; d/da expdd(a, b) = expdd(a, a, b). The closed form of every
// triangular linear flow is made of it, equal time constants included.
const Expr *expr_expdd(ExprPool *pool, const Expr *const *nodes, size_t n);

// The same where 2 n_pairs of the nodes are given as pairs a +- sqrt(d), which
// are complex for d < 0: nodes holds a, d of each pair, then n_reals real ones.
// It is smooth in a and d, through d = 0 too, and closed under differentiation
// together with the divided difference of (z - base) e^z (pair.c). For one pair
// alone they are e^a sinh(sqrt(d)) / sqrt(d) and, with base a, e^a
// cosh(sqrt(d)). base NULL: of e^z.
const Expr *expr_pairdd(ExprPool *pool, const Expr *base,
                        const Expr *const *nodes, size_t n_pairs,
                        size_t n_reals);

// The parts of such an expression: nodes[0..2 n_pairs - 1] are the pairs, the
// rest up to `n` real nodes.
typedef struct PairNodes {
    const Expr *base;
    const Expr *const *nodes;
    size_t n_pairs, n;
} PairNodes;
PairNodes expr_pair_nodes(const Expr *e);

// The position along an axis: 0, 1, 2, ...
const Expr *expr_iota(ExprPool *pool, uint32_t axis);

bool expr_is_const(const Expr *e, double value);

// Reduction `op` (SUM, MAXIMUM, ...) of e regarded as a vector over `axis`:
// where simplification left a scalar it is taken as broadcast, so that the sum
// of 1 over an axis is its COUNT. expr_make takes such a scalar as a vector of
// one.
const Expr *expr_reduce(ExprPool *pool, ExprOp op, const Expr *e,
                        uint32_t axis);

// ---- questions -------------------------------------------------------------

const char *expr_op_name(ExprOp op);
// Structural order, by which arguments are sorted: constants, then symbols by
// id, then the rest by operation and arguments. 0 only for the same node.
int expr_compare(const Expr *a, const Expr *b);

bool expr_depends_on(const Expr *e, const Expr *symbol);
// Symbols that occur in e, in order of id, appended without duplicates.
void expr_free_symbols(const Expr *e, Arena *arena, const Expr ***symbols,
                       size_t *count, size_t *capacity);
// Nodes of the union of the DAGs of `roots`, arguments before users, each once.
const Expr **expr_topological(Arena *arena, const Expr *const *roots,
                              size_t n_roots, size_t *out_count);

// ---- transformation --------------------------------------------------------

// Replace symbols[k] by values[k], simultaneously.
const Expr *expr_substitute(ExprPool *pool, const Expr *e,
                            const Expr *const *symbols,
                            const Expr *const *values, size_t n);

// Distribute products over sums, and small positive integer powers of sums, at
// every level of sums and products; arguments of functions are left alone.
const Expr *expr_expand(ExprPool *pool, const Expr *e);

// d e / d symbol (rules: op.def, chain.c). For a vector symbol all elements
// move together, which is the element's own derivative where e is element-wise.
const Expr *expr_diff(ExprPool *pool, const Expr *e, const Expr *symbol);

// Jacobian-vector product: sum_k (d e / d symbols[k]) * tangents[k].
const Expr *expr_jvp(ExprPool *pool, const Expr *e, const Expr *const *symbols,
                     const Expr *const *tangents, size_t n);

// Vector-Jacobian product (reverse mode): for each wanted symbol,
//     out[k] = sum_j seeds[j] * d outputs[j] / d wanted[k],
// element by element along a symbol's axis. seeds[j] has the axis of
// outputs[j]. A result for a vector symbol may be a scalar expression: the same
// for each element.
void expr_vjp(ExprPool *pool, const Expr *const *outputs,
              const Expr *const *seeds, size_t n_outputs,
              const Expr *const *wanted, size_t n_wanted, const Expr **out);

// If e is affine in the symbols,
//     e = sum_k out_coefficients[k] * symbols[k] + out_rest
// with coefficients and rest free of the symbols: true.
bool expr_as_linear(ExprPool *pool, const Expr *e, const Expr *const *symbols,
                    size_t n, const Expr **out_coefficients,
                    const Expr **out_rest);

// ---- value and text --------------------------------------------------------

// Numeric value of a scalar expression, symbols[k] = values[k]. Vectors: pass
// `length` > 0 through ExprEval (below).
double expr_eval(const Expr *e, const Expr *const *symbols,
                 const double *values, size_t n);

// General evaluation: values[k] holds axis_length numbers for a vector symbol
// and one for a scalar; out takes as many, by the axis of e.
void expr_eval_vector(const Expr *e, const Expr *const *symbols,
                      const double *const *values, size_t n, size_t axis_length,
                      double *out);

// As people write it: infix, minimal parentheses, a/b and a - b restored.
char *expr_text(Arena *arena, const Expr *e);
char *expr_latex(Arena *arena, const Expr *e);

// Divided difference of exp, numerically, robust for any spacing: the
// reference that generated code is held to. (exp_divided.c)
// n <= EXP_DIVIDED_MAX; nodes of -inf or far below 0 underflow to 0.
enum { EXP_DIVIDED_MAX = 16 };
double exp_divided_difference(const double *nodes, int n);

// ---- invariants ------------------------------------------------------------

// NULL if every node under e is canonical (sorted, collected, rebuilding it
// from its arguments gives the same node), else what is broken, in `arena`.
const char *expr_verify(ExprPool *pool, Arena *arena, const Expr *e);

#endif
