// Parameters: initial values, random or not, bounds, and whether they are
// learned.
#include "sema/build.h"
#include "sema/declare.h"

#include <math.h>
#include <string.h>

void initial_add_parameter(Sema *sema, Parameter *parameter)
{
    Model *model = sema->model;
    ARENA_PUSH(sema->arena, model->parameters, model->n_parameters,
               sema->parameters_capacity, parameter);
}

// `weight ~ glorot` without parentheses.
static Value evaluate_random(const Env *env, const AstExpr *expr)
{
    static const AstArgs none = {0};
    Declared *initializer =
        expr->kind == AST_NAME
            ? declare_find(env->sema, AST_INITIALIZER, expr->name.name)
            : NULL;
    if (!initializer)
        return evaluate(env, expr);
    return initializer->status == DECLARED_SOUND
               ? call_initializer(env, initializer, &none, expr->span)
               : VALUE_POISONED;
}

static void take_context(const Context *context, Initial *initial)
{
    initial->draws = context->draws;
    initial->n_draws = context->n_draws;
    initial->fan_in = context->names[BUILTIN_NAME_FAN_IN];
    initial->fan_out = context->names[BUILTIN_NAME_FAN_OUT];
}

static bool fill_value(const Env *env, const AstArg *arg, Dimension dimension,
                       ContextKind kind, Parameter *parameter)
{
    Env inside = *env;
    inside.context =
        context_new(env->sema, arg->random ? kind : CONTEXT_CONSTANT);
    Operand operand = {arg->random ? evaluate_random(&inside, arg->value)
                                   : evaluate(&inside, arg->value),
                       arg->value->span};
    Value value = conform(&inside, operand, dimension, parameter->name);
    if (value_is_poison(value))
        return false;
    double constant;
    operand.value = value;
    if (!arg->random &&
        !conform_constant(&inside, operand, parameter->name, &constant))
        return false;
    parameter->initial.value = value.expr;
    take_context(inside.context, &parameter->initial);
    return true;
}

// ---- bounds ----------------------------------------------------------------

static bool fill_bound(const Env *env, const AstExpr *expr, Dimension dimension,
                       double *out_bound)
{
    Operand operand = evaluate_operand(env, expr);
    Value value = conform(env, operand, dimension, "a bound");
    if (value_is_poison(value))
        return false;
    if (!value_is_constant(value)) {
        REPORT(env, NOT_CONSTANT, expr->span, "a bound");
        return false;
    }
    *out_bound = value.expr->value;
    return true;
}

// A unit as it follows a number; nothing for a plain one.
static const char *unit_behind(const Env *env, const Parameter *parameter)
{
    return strcmp(parameter->unit, "1") == 0
               ? "" : arena_printf(env->sema->arena, " %s", parameter->unit);
}

static bool is_inside(const Env *env, const AstArg *arg,
                      const Parameter *parameter)
{
    const Expr *initial = parameter->initial.value;
    if (initial->op != EXPR_CONST || (initial->value >= parameter->low &&
                                      initial->value <= parameter->high))
        return true;
    Diag *diag = REPORT(env, OUTSIDE_BOUNDS, arg->value->span, parameter->name,
                        initial->value, parameter->low, parameter->high,
                        unit_behind(env, parameter));
    diag_note(diag, span_join(arg->low->span, arg->high->span),
              "the bounds are here");
    return false;
}

static bool fill_bounds(const Env *env, const AstArg *arg, Dimension dimension,
                        Parameter *parameter)
{
    parameter->low = -INFINITY;
    parameter->high = INFINITY;
    if (!arg->low)
        return true;
    bool low = fill_bound(env, arg->low, dimension, &parameter->low);
    bool high = fill_bound(env, arg->high, dimension, &parameter->high);
    if (!low || !high)
        return false;
    if (!parameter->learned)
        REPORT(env, BOUNDS_UNUSED, arg->span, parameter->name);
    if (parameter->low < parameter->high)
        return is_inside(env, arg, parameter);
    REPORT(env, EMPTY_BOUNDS, span_join(arg->low->span, arg->high->span),
           parameter->low, parameter->high, unit_behind(env, parameter));
    return false;
}

static void check_modifiers(const Env *env, const AstArg *arg)
{
    if (arg->learned && arg->frozen)
        REPORT(env, LEARNED_AND_FROZEN, arg->span);
}

bool initial_fill(const Env *env, const AstArg *arg, Dimension dimension,
                  ContextKind kind, Parameter *parameter)
{
    parameter->unit = dimension_format(env->sema->arena, dimension);
    parameter->span = arg->span;
    check_modifiers(env, arg);
    return fill_value(env, arg, dimension, kind, parameter) &&
           fill_bounds(env, arg, dimension, parameter);
}
