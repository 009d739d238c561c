// The state of one check, and the environment that an expression stands in.
// Everything else in sema/ takes an Env (expressions) or a Sema (declarations).
#ifndef SNNC_SEMA_CONTEXT_H
#define SNNC_SEMA_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>
#include "sema/scope.h"
#include "sema/sema.h"
#include "sema/value.h"

typedef enum {
#define CONTEXT(id, text) CONTEXT_##id,
#include "sema/builtin.def"
    CONTEXT_COUNT
} ContextKind;

typedef enum {
#define BUILTIN_NAME(id, text, dimension, contexts) BUILTIN_NAME_##id,
#include "sema/builtin.def"
    BUILTIN_NAME_COUNT
} BuiltinName;

// ---- declarations ----------------------------------------------------------

typedef enum {
    DECLARED_UNCHECKED,
    DECLARED_CHECKING, // met again: it is defined by itself
    DECLARED_SOUND,
    DECLARED_BROKEN,   // reported once; uses keep quiet
} DeclaredStatus;

typedef struct Declared {
    const AstDecl *ast;
    DeclaredStatus status;
    Value value;       // of a constant
    bool is_defined;   // by -D
} Declared;

// ---- the check -------------------------------------------------------------

// A neuron with its parameters filled in, and what Model does not keep.
typedef struct Neuron {
    HybridSystem *system;
    Dimension *state_dimensions; // [n_states]
    Dimension *port_dimensions;  // [n_ports], of the weights
} Neuron;

// A state of a layer that only an observable reads (observe/over_time.c).
typedef struct Hidden {
    const Population *layer;
    const Expr *of;         // what it was made for
    const Expr *symbol;
} Hidden;

typedef struct Sema {
    const SemaInput *input;
    Arena *arena;
    ExprPool *pool;
    Diags *diags;
    Declared *decls;
    size_t n_decls;
    Declared **index;       // [index_size] by kind and name, open addressing
    size_t index_size;      // a power of two
    size_t n_expansions;    // in the declaration being checked
    size_t all_expansions;  // in those before it
    bool is_tainted;        // it uses one that is broken
    size_t depth;           // of the expression being evaluated
    size_t errors;          // before the declaration that is being checked
    Model *model;           // under construction; NULL before
    Neuron **neurons;       // of model->populations, NULL for inputs
    const Expr *t_end, *step, *epoch, *label, *time, *other_time;
    Population **stand_ins; // by axis - AXIS_STAND_IN
    size_t n_stand_ins, stand_ins_capacity;
    struct Sharing *sharings; // weights that are another projection's
    size_t n_sharings, sharings_capacity;
    Hidden *hidden;
    size_t n_hidden, hidden_capacity;
    // Capacities of the model's growing lists.
    size_t parameters_capacity, observables_capacity, hypers_capacity,
        stalls_capacity;
} Sema;

// ---- environments ----------------------------------------------------------

// What the place of an expression offers besides scopes. Names that were used
// are left in `names`, draws in `draws`, for the builder to take.
typedef struct Context {
    ContextKind kind;
    const Expr *names[BUILTIN_NAME_COUNT];
    Draw *draws;
    size_t n_draws, draws_capacity;
} Context;

// A use that is being expanded: for notes "in this use of f".
typedef struct Frame {
    Name callee;
    Span span;
    const struct Frame *outer;
} Frame;

// Inside of an observable, such as maximum(...): what may be named there, and
// whose states were.
typedef struct Trajectory {
    const char *observer;
    bool has_states, has_time, has_other_time;
    Population *layer;
    bool is_poisoned;
} Trajectory;

typedef struct Env {
    Sema *sema;
    Context *context;
    Scope *scope;         // NULL: constants and built-in names only
    const Frame *frame;   // NULL outside all uses
    Trajectory *trajectory;
} Env;

Context *context_new(Sema *sema, ContextKind kind);
const char *context_text(ContextKind kind);
// The symbol of a name that the context offers, made at its first use.
const Expr *context_symbol(Sema *sema, Context *context, BuiltinName name);
Env env_new(Sema *sema, ContextKind kind, Scope *scope);
// The environment inside a use of `callee`.
Env env_enter(const Env *env, Scope *scope, Ident callee, Span span,
              Frame *out_frame);

// Attach the uses that led here; returns the diagnostic.
Diag *env_trace(const Env *env, Diag *diag);
#define REPORT(env, id, span, ...)                                          \
    env_trace((env), diag_report((env)->sema->diags, DIAG_##id, (span),     \
                                 ##__VA_ARGS__))

// The name of the layer or stand-in that an axis belongs to.
const char *sema_axis_name(const Sema *sema, uint32_t axis);

#endif
