// What the files of the derivation share.
#ifndef SNNC_MODEL_DERIVE_PARTS_H
#define SNNC_MODEL_DERIVE_PARTS_H

#include "model/derive.h"

typedef struct Derivation {
    ExprPool *pool;
    Arena *arena;
    Diags *diags;
    const Population *population;
    Derived *out;
    const Expr **rates;   // [n] flows of the states: in any mode, or in one
    DerivedFlow *flow;    // closed form of these
} Derivation;

Derivation derivation_new(const Model *model, const Population *population,
                          Diags *diags);

// An empty row of one expression for each state.
const Expr **derive_new_row(const Derivation *d);
// sum over states of a[k] * b[k]
const Expr *derive_sum(const Derivation *d, const Expr *const *a,
                       const Expr *const *b);
// `d` while the neuron rests, or does not.
Derivation derive_in_mode(const Derivation *d, bool rests);
// d e / dt along the flow of d->rates
const Expr *derive_rate(const Derivation *d, const Expr *e);
// Appends sum_j seeds[j] d outputs[j] / dp for each learned parameter p.
void derive_gradients(const Derivation *d, const Expr *const *outputs,
                      const Expr *const *seeds, size_t n, Gradients *out);

// The closed form d->flow of d->rates and its adjoint (derive_flow.c); false
// after a diagnostic.
bool derive_flow(Derivation *d);
// Whether e is linear (affine) in the states; false after a diagnostic.
bool derive_is_linear(const Derivation *d, const Expr *e, Span span);
// The sequence that isolates the zeros of `e` along the flow (derive_zeros.c),
// or those of its slope; false after a diagnostic.
bool derive_zeros(const Derivation *d, const Expr *e, Span span,
                  ZeroSequence *out);
bool derive_extrema(const Derivation *d, const Expr *e, Span span,
                    ZeroSequence *out);

#endif
