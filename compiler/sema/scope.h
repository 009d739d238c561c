// Scopes: chains of named values. A body that assigns (a reset, an optimiser)
// works on bindings that are `assignable`; a binding's value is then what the
// name means at this point of the body.
#ifndef SNNC_SEMA_SCOPE_H
#define SNNC_SEMA_SCOPE_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/intern.h"
#include "base/source.h"
#include "sema/value.h"

typedef struct Binding {
    Name name;
    Span span;
    const char *what; // "parameter", "state", "weight", "local name"
    Value value;
    bool assignable;
    bool used;
    struct Binding *next;
} Binding;

typedef struct Scope {
    struct Scope *parent;
    Binding *first, *last; // in order of declaration
} Scope;

Scope *scope_new(Arena *arena, Scope *parent);
Binding *scope_add(Arena *arena, Scope *scope, Name name, Span span,
                   const char *what, Value value);
// In this scope and the ones around it, innermost first; NULL if absent.
Binding *scope_find(const Scope *scope, Name name);
Binding *scope_find_here(const Scope *scope, Name name);

#endif
