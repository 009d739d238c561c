// Declarations: found by kind and name, checked at their first use at the
// latest, with their own defaults and units.
#ifndef SNNC_SEMA_DECLARE_H
#define SNNC_SEMA_DECLARE_H

#include "sema/context.h"

// ---- declare.c -------------------------------------------------------------

// All declarations of all files; reports names that are declared twice.
void declare_collect(Sema *sema);
// The declaration, checked; NULL without one. A broken one has that status.
Declared *declare_find(Sema *sema, AstDeclKind kind, Name name);
// The same for a use; reports an unknown or a broken one and returns NULL.
Declared *declare_use(const Env *env, AstDeclKind kind, Ident name);
// Check `declared` unless that was done. False when it is broken.
bool declare_check(Sema *sema, Declared *declared);
// No error so far in the declaration that is being checked: only then do its
// warnings mean anything.
bool declare_is_clean(const Sema *sema);
// Names of this kind, for suggestions.
const char *declare_suggest(Sema *sema, AstDeclKind kind, Name wrong);

// ---- constant.c ------------------------------------------------------------

// -D settings go to their constants; reports those that fit none.
void constant_define(Sema *sema);
void constant_check(Sema *sema, Declared *declared);

// ---- one check per kind: the declaration on its own ------------------------

void function_check(Sema *sema, Declared *declared);    // call.c
void initializer_check(Sema *sema, Declared *declared); // call.c
void neuron_check(Sema *sema, Declared *declared);      // neuron.c
void loss_check(Sema *sema, Declared *declared);        // loss.c
void optimizer_check(Sema *sema, Declared *declared);   // optimizer.c
void encoder_check(Sema *sema, Declared *declared);     // encoder.c
void transform_check(Sema *sema, Declared *declared);   // transform.c
void dataset_check(Sema *sema, Declared *declared);     // dataset.c

#endif
