// The embedded Runge-Kutta pair that numeric kernels step with: Dormand and
// Prince, "A family of embedded Runge-Kutta formulae", J. Comp. Appl. Math. 6
// (1980). Stage i is k_i = f(x + h sum_j a_ij k_j); the step, of order 5, ends
// in x + h sum_i b_i k_i; h sum_i e_i k_i, with the last stage taken there,
// estimates its error by a formula of order 4.
#ifndef SNNC_EMIT_TABLEAU_H
#define SNNC_EMIT_TABLEAU_H

enum { TABLEAU_STAGES = 6, TABLEAU_ORDER = 5 };

extern const double tableau_a[TABLEAU_STAGES][TABLEAU_STAGES];
extern const double tableau_b[TABLEAU_STAGES];
extern const double tableau_error[TABLEAU_STAGES + 1];
// h sum_i d_i k_i is the last part of the formula for states within a step
// (Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, II.6).
extern const double tableau_dense[TABLEAU_STAGES + 1];

#endif
