// Divided differences of exp at real nodes and at pairs a +- sqrt(d), which are
// complex conjugates for d < 0, real for d > 0 and one node twice for d = 0: a
// smooth function of a and d through all three. Generated code uses it (through
// snn_rt_pairdd); the compiler links this file too, to evaluate expressions.
#ifndef SNN_SOLVE_PAIRDD_H
#define SNN_SOLVE_PAIRDD_H

enum { PAIRDD_NODES_MAX = 12 };

// nodes: a, d of each pair, then the reals; n_pairs >= 1, 2 n_pairs + n_reals
// <= PAIRDD_NODES_MAX. Errors are a few units in the last place of what the
// same difference would be with the real parts of the nodes. NaN for nodes that
// are not finite.
double pairdd(const double *nodes, int n_pairs, int n_reals);
// The divided difference of (z - base) e^z instead.
double pairdd_times(double base, const double *nodes, int n_pairs, int n_reals);

#endif
