// Observables: what a loss or a prediction may see of a run, one number for
// each neuron of a layer. Shared by the files of this folder.
#ifndef SNNC_SEMA_OBSERVE_OBSERVE_H
#define SNNC_SEMA_OBSERVE_OBSERVE_H

#include "sema/evaluate.h"

// ---- observe.c -------------------------------------------------------------

// The symbol of this observable, which becomes one of the model unless there is
// an equal one. `what` without its symbol.
const Expr *observe_as(const Env *env, Observable what, const char *text);
// The layer that the call's first argument names. With a stand-in for a layer
// the value is poisoned and has the layer; NULL in it: reported.
Value observe_layer_argument(const Env *env, const AstExpr *call);
// An observable does not stand inside another; reports it.
bool observe_is_outside(const Env *env, Span span, const char *callee);
// Whether the layer spikes; reports it.
bool observe_has_spikes(const Env *env, Span span, const Population *layer,
                        const char *callee);
// The call's argument `index`, evaluated along `trajectory`; poisoned after a
// report.
Value observe_inside(const Env *env, const AstExpr *call, size_t index,
                     Trajectory *trajectory);
// Nothing but the states of the layer, `also` (or NULL) and constants.
bool observe_is_of_states(const Env *env, Span span,
                          const Trajectory *trajectory, const Expr *of,
                          const Expr *also);

// ---- over_time.c -----------------------------------------------------------

// What stands inside of an observable, along the states of a layer.
typedef struct Along {
    Population *layer;
    const Expr *of;      // of its states, of time and of constants
    Dimension dimension;
    Span span;
} Along;

// The call's first argument along the states of a layer, and along time with
// has_time. False: reported, or of a stand-in for a layer.
bool observe_along(const Env *env, const AstExpr *call, bool has_time,
                   Along *out);
// "maximum(out.v)"
char *observe_along_text(const Env *env, const AstExpr *call,
                         const Along *along);

// ---- hidden.c --------------------------------------------------------------

// The state q of the layer, 0 at the start, with q' = rate * q + drive, left
// alone by all events; the same one each time for the same `of`.
const Expr *observe_hidden(const Env *env, const Along *along,
                           const char *name, const Expr *of,
                           Dimension dimension, double rate,
                           const Expr *drive);

// ---- fix.c: hyperparameters that an observable needs -----------------------

// `e` with the values of its hyperparameters, which are from then on constants
// of the model. NULL after a report: one of them follows a schedule.
const Expr *observe_fix(const Env *env, Span span, const Expr *e);

#endif
