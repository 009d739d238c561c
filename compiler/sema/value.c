// Values: constructors, questions and the words that messages use for them.
#include "sema/value.h"

#include <math.h>

Value value_number(const Expr *expr, Dimension dimension)
{
    return (Value){.kind = VALUE_NUMBER, .expr = expr, .axis = expr->axis,
                   .dimension = dimension};
}

Value value_boolean(const Expr *expr)
{
    return (Value){.kind = VALUE_BOOLEAN, .expr = expr, .axis = expr->axis};
}

bool value_is_poison(Value value)
{
    return value.kind == VALUE_POISON;
}

bool value_is_vector(Value value)
{
    return value.axis != AXIS_SCALAR;
}

bool value_is_constant(Value value)
{
    return value.kind == VALUE_NUMBER && value.expr->op == EXPR_CONST;
}

bool value_is_zero(Value value)
{
    return value_is_constant(value) && expr_is_const(value.expr, 0);
}

const char *value_describe_number(Arena *arena, Dimension dimension)
{
    return dimension_is_none(dimension)
               ? "a dimensionless number"
               : dimension_describe(arena, dimension);
}

const char *value_describe(Arena *arena, Value value)
{
    switch (value.kind) {
    case VALUE_NUMBER: return value_describe_number(arena, value.dimension);
    case VALUE_BOOLEAN: return "a condition";
    case VALUE_TEXT: return "a text";
    case VALUE_LAYER: return "a layer";
    case VALUE_POISON: break;
    }
    return "an unknown value";
}

