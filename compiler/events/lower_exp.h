// Lowers divided differences of exp whose nodes are constant multiples of one
// symbol (the interval) to plain exponentials, where that loses no accuracy:
// expdd(a h, b h) = (e^{ah} - e^{bh}) / ((a - b) h) for well separated a, b,
// and e^{ah} / (n-1)! for n equal nodes. Others stay, and are evaluated
// robustly. Those at pairs of nodes become exponentials times cosines and sines
// likewise (lower_pair.h).
#ifndef SNNC_EVENTS_LOWER_EXP_H
#define SNNC_EVENTS_LOWER_EXP_H

#include "math/expr.h"

const Expr *lower_exp(ExprPool *pool, Arena *arena, const Expr *e,
                      const Expr *interval);

// Writes e^{n a h} as (e^{a h})^n in n expressions together, where a is the
// smallest constant rate among them and n = 2, 3, ..., 8: a few multiplications
// for an exponential. True when anything changed.
bool share_exp(ExprPool *pool, Arena *arena, const Expr **rows, size_t n,
               const Expr *interval);

#endif
