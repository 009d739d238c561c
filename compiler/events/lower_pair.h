// Lowers divided differences at pairs of nodes (PAIRDD, PAIRDDT), all of them
// constant multiples of the interval, to partial fractions: sums of
// h^k e^{ah} cos(wh) and sin(wh), where the nodes are far enough from each
// other for that to lose no accuracy; else `e` itself.
#ifndef SNNC_EVENTS_LOWER_PAIR_H
#define SNNC_EVENTS_LOWER_PAIR_H

#include "math/expr.h"

const Expr *lower_pair(ExprPool *pool, const Expr *e, const Expr *interval);

#endif
