// Bodies: assignments in order. What a name means changes along the body, so
// an assignment replaces the value of its binding.
#ifndef SNNC_SEMA_BODY_H
#define SNNC_SEMA_BODY_H

#include "sema/evaluate.h"

// One assignment. With `may_define`, `name = value` of an unknown name defines
// a local name; else it is reported.
void body_assign(const Env *env, const AstStmt *stmt, bool may_define);

// A new scope in `scope` with copies of the assignable bindings in it and
// around: a body that starts from them and leaves them alone.
Scope *body_scope(Sema *sema, Scope *scope);

#endif
