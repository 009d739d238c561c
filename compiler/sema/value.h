// Values: what an expression of the language means while it is checked: a
// number with its dimension, a truth value, a text or a layer.
#ifndef SNNC_SEMA_VALUE_H
#define SNNC_SEMA_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "math/expr.h"
#include "model/model.h"
#include "syntax/unit.h"

typedef enum {
    VALUE_POISON,  // already reported, or not known yet: fits everywhere
    VALUE_NUMBER,
    VALUE_BOOLEAN,
    VALUE_TEXT,
    VALUE_LAYER,
} ValueKind;

typedef struct Value {
    ValueKind kind;
    const Expr *expr;    // number (SI) or truth (0 or 1)
    uint32_t axis;       // of a vector; its expr may have become a scalar
    Dimension dimension; // of a number
    bool fits_any;       // a bare 0 or infinity: takes any dimension
    const char *text;    // VALUE_TEXT
    // VALUE_LAYER; with VALUE_POISON a stand-in for a layer that a loss will be
    // given when it is used.
    Population *layer;
} Value;

// Axes from here on belong to stand-ins for layers.
enum { AXIS_STAND_IN = 0x10000000 };

#define VALUE_POISONED ((Value){.kind = VALUE_POISON})

Value value_number(const Expr *expr, Dimension dimension);
Value value_boolean(const Expr *expr);
bool value_is_poison(Value value);
bool value_is_vector(Value value);
bool value_is_constant(Value value); // a number known now
bool value_is_zero(Value value);
// "time", "a dimensionless number", "a condition", "a text", "a layer".
const char *value_describe_number(Arena *arena, Dimension dimension);
const char *value_describe(Arena *arena, Value value);

#endif
