// What a place demands of a value: kind, dimension, a single number, a
// constant.
#include "sema/evaluate.h"

#include <math.h>

static Value reject(const Env *env, Operand operand, Dimension expected,
                    const char *what)
{
    Arena *arena = env->sema->arena;
    Diag *diag = REPORT(env, WRONG_VALUE, operand.span,
                        value_describe_number(arena, expected), what,
                        value_describe(arena, operand.value));
    bool is_plain = operand.value.kind == VALUE_NUMBER &&
                    dimension_is_none(operand.value.dimension);
    if (is_plain && value_is_constant(operand.value))
        diag_suggest(diag, "give the number a unit, such as %s",
                     dimension_format(arena, expected));
    return VALUE_POISONED;
}

Value conform_number(const Env *env, Operand operand, const char *what)
{
    if (value_is_poison(operand.value) || operand.value.kind == VALUE_NUMBER)
        return operand.value;
    REPORT(env, WRONG_VALUE, operand.span, "a number", what,
           value_describe(env->sema->arena, operand.value));
    return VALUE_POISONED;
}

Value conform(const Env *env, Operand operand, Dimension dimension,
              const char *what)
{
    Value value = conform_number(env, operand, what);
    if (value_is_poison(value))
        return value;
    if (!value.fits_any && !dimension_equal(value.dimension, dimension))
        return reject(env, operand, dimension, what);
    value.dimension = dimension;
    value.fits_any = false;
    return value;
}

Value conform_condition(const Env *env, Operand operand, const char *what)
{
    if (value_is_poison(operand.value) || operand.value.kind == VALUE_BOOLEAN)
        return operand.value;
    REPORT(env, WRONG_VALUE, operand.span, "a condition", what,
           value_describe(env->sema->arena, operand.value));
    return VALUE_POISONED;
}

Value conform_scalar(const Env *env, Operand operand, const char *what)
{
    if (!value_is_vector(operand.value))
        return operand.value;
    const char *layer = sema_axis_name(env->sema, operand.value.axis);
    Diag *diag = REPORT(env, NOT_SCALAR, operand.span, what, layer);
    diag_suggest(diag, "reduce it with sum(...), mean(...) or an index");
    return VALUE_POISONED;
}

bool conform_constant(const Env *env, Operand operand, const char *what,
                      double *out_value)
{
    if (value_is_poison(operand.value))
        return false;
    if (!value_is_constant(operand.value)) {
        REPORT(env, NOT_CONSTANT, operand.span, what);
        return false;
    }
    *out_value = operand.value.expr->value;
    if (isfinite(*out_value))
        return true;
    REPORT(env, NOT_FINITE, operand.span, what);
    return false;
}

bool dimensions_agree(Value left, Value right, Dimension *out_dimension)
{
    *out_dimension = left.fits_any ? right.dimension : left.dimension;
    return left.fits_any || right.fits_any ||
           dimension_equal(left.dimension, right.dimension);
}

bool axes_agree(const Env *env, Span span, Operand left, Operand right)
{
    if (!value_is_vector(left.value) || !value_is_vector(right.value))
        return true;
    uint32_t a = left.value.axis, b = right.value.axis;
    if (a == b)
        return true;
    if (a >= AXIS_STAND_IN || b >= AXIS_STAND_IN)
        return false; // may be one layer when the loss is used
    Diag *diag = REPORT(env, AXES_DIFFER, span, sema_axis_name(env->sema, a),
                        sema_axis_name(env->sema, b));
    diag_note(diag, left.span, "one number for each neuron of '%s'",
              sema_axis_name(env->sema, a));
    diag_note(diag, right.span, "one number for each neuron of '%s'",
              sema_axis_name(env->sema, b));
    return false;
}
