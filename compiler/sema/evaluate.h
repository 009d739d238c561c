// Expressions: from syntax to checked values. Every function returns a poisoned
// value once something was reported, and keeps quiet about poisoned operands.
#ifndef SNNC_SEMA_EVALUATE_H
#define SNNC_SEMA_EVALUATE_H

#include "sema/context.h"

typedef struct Operand {
    Value value;
    Span span;
} Operand;

// ---- evaluate.c ------------------------------------------------------------

Value evaluate(const Env *env, const AstExpr *expr);
Operand evaluate_operand(const Env *env, const AstExpr *expr);

// ---- operate.c: operators and their dimensions -----------------------------

Value operate_unary(const Env *env, AstOperator op, Operand operand);
Value operate(const Env *env, AstOperator op, Span op_span, Operand left,
              Operand right);
Value operate_select(const Env *env, Span span, Operand condition, Operand then,
                     Operand otherwise);
// vector[position]
Value operate_index(const Env *env, Operand vector, Operand position);

// ---- conform.c: what a place demands of a value ----------------------------

// A number of this dimension, or a report "expected ... for WHAT, found ...".
Value conform(const Env *env, Operand operand, Dimension dimension,
              const char *what);
Value conform_number(const Env *env, Operand operand, const char *what);
Value conform_condition(const Env *env, Operand operand, const char *what);
// One number instead of a vector.
Value conform_scalar(const Env *env, Operand operand, const char *what);
// A finite number that is known now.
bool conform_constant(const Env *env, Operand operand, const char *what,
                      double *out_value);
// Both dimensions agree (a bare 0 or infinity agrees with all).
bool dimensions_agree(Value left, Value right, Dimension *out_dimension);
// Two vectors of different layers do not meet.
bool axes_agree(const Env *env, Span span, Operand left, Operand right);

// ---- builtin.c, observe.c, hyper.c ------------------------------------------

// True when `name` is a built-in value here; false leaves *out_value alone.
bool builtin_name(const Env *env, Ident name, Value *out_value);
// A name that means the same everywhere, so that no constant may have it.
bool builtin_is_reserved(Name name);
bool builtin_has_function(Name name);
// True when the call is one of a built-in function.
bool builtin_call(const Env *env, const AstExpr *call, Value *out_value);
size_t builtin_candidates(const char **out_names, bool functions);
enum { BUILTIN_CANDIDATES = 64 };

Value observe_layer(const Env *env, const AstExpr *call, ObservableKind kind);
Value observe_trajectory(const Env *env, const AstExpr *call,
                         ObservableKind kind);
// The value of an expression of states at a time.
Value observe_at(const Env *env, const AstExpr *call);
// The integral over the sample of an expression of states and of time.
Value observe_integral(const Env *env, const AstExpr *call);
// How often the loss has stopped to improve for so many epochs.
Value hyper_stalls(const Env *env, const AstExpr *call);
Value observe_nth_spike(const Env *env, const AstExpr *call);
Value observe_position(const Env *env, const AstExpr *call);
// The second argument, an expression of the time of a spike, or of a pair,
// summed over the spikes of each neuron.
Value observe_over_spikes(const Env *env, const AstExpr *call,
                          ObservableKind kind);
Value observe_member(const Env *env, const AstExpr *member);

// ---- call.c ----------------------------------------------------------------

Value call_evaluate(const Env *env, const AstExpr *call);
// The value of a body of local definitions and a final expression.
Value call_body(const Env *env, const AstDecl *decl);
// The use of an initialiser.
Value call_initializer(const Env *env, Declared *initializer,
                       const AstArgs *args, Span span);

#endif
