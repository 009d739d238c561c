// Scope: the values that expressions have at one place of the generated code.
// Symbols are bound; an expression is emitted once and found again by pointer.
// A value is a scalar or a vector over lanes; the two mix by broadcasting.
// Comparisons and logic are masks (i1 or <n x i1>).
#ifndef SNNC_EMIT_SCOPE_H
#define SNNC_EMIT_SCOPE_H

#include "emit/ir.h"

typedef struct Scope Scope;

// `scalar` is the type of numbers (float or double), `lanes` of vectors. What
// is bound or emitted in `parent` (NULL: none) must dominate this scope's code.
Scope *scope_open(Emit *e, const Scope *parent, LLVMTypeRef scalar,
                 unsigned lanes);
void scope_bind(Scope *scope, const Expr *symbol, LLVMValueRef value);

// The value, a number: scalar when nothing in it is a vector.
LLVMValueRef scope_number(Scope *scope, const Expr *e);
// The value as a vector over the scope's lanes.
LLVMValueRef scope_lanes(Scope *scope, const Expr *e);
// The value as a mask over the scope's lanes.
LLVMValueRef scope_mask(Scope *scope, const Expr *e);

#endif
