// Lowers divided differences of exp whose nodes are constant multiples of one
// symbol (the interval) to plain exponentials, where that loses no accuracy:
// expdd(a h, b h) = (e^{ah} - e^{bh}) / ((a - b) h) for well separated a, b, and
// e^{ah} / (n-1)! for n equal nodes. Others stay, and are evaluated robustly.
#ifndef SNNC_EVENTS_LOWER_EXP_H
#define SNNC_EVENTS_LOWER_EXP_H

#include "math/expr.h"

const Expr *lower_exp(ExprPool *pool, Arena *arena, const Expr *e,
                      const Expr *interval);

#endif
