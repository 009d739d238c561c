// Scopes as short linked lists: a declaration has a handful of names, and the
// order of declaration is what messages and parameters follow.
#include "sema/scope.h"

Scope *scope_new(Arena *arena, Scope *parent)
{
    Scope *scope = ARENA_NEW(arena, Scope);
    scope->parent = parent;
    return scope;
}

Binding *scope_add(Arena *arena, Scope *scope, Name name, Span span,
                   const char *what, Value value)
{
    Binding *binding = ARENA_NEW(arena, Binding);
    *binding = (Binding){.name = name, .span = span, .what = what,
                         .value = value};
    if (scope->last)
        scope->last->next = binding;
    else
        scope->first = binding;
    scope->last = binding;
    return binding;
}

Binding *scope_find_here(const Scope *scope, Name name)
{
    for (Binding *b = scope->first; b; b = b->next)
        if (b->name == name)
            return b;
    return NULL;
}

Binding *scope_find(const Scope *scope, Name name)
{
    for (; scope; scope = scope->parent) {
        Binding *found = scope_find_here(scope, name);
        if (found)
            return found;
    }
    return NULL;
}
