// A map from expressions to pointers, for the passes over a DAG. It lives in
// the arena given; keys are found by id, so that nothing depends on addresses.
#ifndef SNNC_MATH_MAP_H
#define SNNC_MATH_MAP_H

#include "math/expr.h"

typedef struct ExprMapSlot {
    const Expr *key;
    const void *value;
} ExprMapSlot;

typedef struct ExprMap {
    Arena *arena;
    ExprMapSlot *slots;
    size_t n_slots, n_used;
} ExprMap;

ExprMap expr_map_new(Arena *arena);
// The value of key, or NULL.
const void *expr_map_get(const ExprMap *map, const Expr *key);
void expr_map_put(ExprMap *map, const Expr *key, const void *value);
// Put key if it is new; true if it was.
bool expr_map_add(ExprMap *map, const Expr *key);

#endif
