// Semantic check: from the syntax trees of a model and its imports to a Model.
// Names are resolved, dimensions checked, functions inlined, every declaration
// (used or not) looked at.
//
// needs: syntax trees    ensures: a Model that passes model_verify, or errors
// changes: nothing       keeps: spans of what a later stage may talk about
// errors: the sema section of base/diag.def
#ifndef SNNC_SEMA_SEMA_H
#define SNNC_SEMA_SEMA_H

#include <stddef.h>
#include "base/arena.h"
#include "base/diag.h"
#include "base/intern.h"
#include "math/expr.h"
#include "model/model.h"
#include "syntax/ast.h"

// `-D name=value`: sets `const name`. The value is a number with an optional
// unit, as in the language.
typedef struct SemaDefine {
    const char *name;
    const char *value;
} SemaDefine;

typedef struct SemaInput {
    Arena *arena;         // the model lies here
    Interner *names;
    ExprPool *pool;
    Diags *diags;
    const AstFile *files; // imported before importing
    const SemaDefine *defines;
    size_t n_defines;
    const char *model_name; // NULL: the only one
    Solver solver;        // of layers that choose none
} SemaInput;

// The model, or NULL when errors were reported.
Model *sema_check(const SemaInput *input);

#endif
