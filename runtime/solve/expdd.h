// Divided differences of exp. The compiler links this file too, so that what it
// evaluates and what generated code computes are the same.
#ifndef SNN_SOLVE_EXPDD_H
#define SNN_SOLVE_EXPDD_H

// exp[nodes[0], ..., nodes[n-1]], 1 <= n <= 8: in any order and spacing, equal
// nodes included. A few units in the last place; NaN in, NaN out.
double expdd(const double *nodes, int n);

#endif
