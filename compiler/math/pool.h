// Inside math/: the pool, raw hash-consing, and what the constructors share.
// Nothing outside this folder includes it.
#ifndef SNNC_MATH_POOL_H
#define SNNC_MATH_POOL_H

#include "math/expr.h"

struct ExprPool {
    Arena *arena;
    const Expr **slots; // open addressing, a power of two
    size_t n_slots, n_used;
    uint32_t next_id;
    const Expr *zero, *one, *minus_one, *half;
};

typedef enum { KIND_LEAF, KIND_ELEMENT, KIND_REDUCE, KIND_PICK } OpKind;

typedef const Expr *BuildRule(ExprPool *pool, ExprOp op,
                              const Expr *const *args, size_t n);
typedef const Expr *ChainRule(ExprPool *pool, const Expr *e, size_t k,
                              const Expr *x);
typedef double ValueRule(const double *args, size_t n);

#define OP(id, name, arity, kind, build, chain, value) \
    BuildRule build_##build;                           \
    ChainRule chain_##chain;                           \
    ValueRule value_##value;
#include "math/op.def"
#undef OP

OpKind op_kind(ExprOp op);
int op_arity(ExprOp op);

// The node op(args) exactly as given: hash-consed, not simplified.
const Expr *pool_intern(ExprPool *pool, ExprOp op, const Expr *const *args,
                        size_t n);
const Expr *pool_unary(ExprPool *pool, ExprOp op, const Expr *a);
const Expr *pool_binary(ExprPool *pool, ExprOp op, const Expr *a,
                        const Expr *b);

static inline bool is_constant(const Expr *e)
{
    return e->op == EXPR_CONST;
}

// A constant integer (of a size that double arithmetic keeps exact).
bool is_integer(const Expr *e);
// Yields 0 or 1 only.
bool is_boolean(const Expr *e);

// The numeric factor in front: 2 of 2*x*y, the value of a constant, else 1.
double coefficient_of(const Expr *e);
// e without that factor; e is not a constant.
const Expr *pool_strip_coefficient(ExprPool *pool, const Expr *e);
// A minus sign in front: the leading coefficient is negative.
bool is_negated(const Expr *e);
// What can be taken out of a sum exactly: the sign of its first term, times
// the coefficients' magnitude if all have the same.
double sum_content(const Expr *sum);
// Each term of the sum times factor, or divided by divisor (finite).
const Expr *pool_scale_sum(ExprPool *pool, const Expr *sum, double factor);
const Expr *pool_divide_sum(ExprPool *pool, const Expr *sum, double divisor);

// d e, forward, when argument k moves by x: chain rule and, for reductions, the
// sum over the argument's axis.
const Expr *chain_forward(ExprPool *pool, const Expr *e, size_t k,
                          const Expr *x);
// x * d e / d argument k (the row of op.def).
const Expr *chain_apply(ExprPool *pool, const Expr *e, size_t k,
                        const Expr *x);
double value_apply(ExprOp op, const double *args, size_t n);

#endif
