// Arguments and parameters: matching by position and name, defaults, demanded
// dimensions.
#include "sema/argument.h"

#include <string.h>
#include "sema/declare.h"

// ---- matching --------------------------------------------------------------

static size_t find_param(const AstParams *params, Name name)
{
    size_t i = 0;
    while (i < params->count && params->items[i].name.name != name)
        i++;
    return i;
}

static void reject_unknown(const Env *env, Name callee, const AstParams *params,
                           const AstArg *arg)
{
    Diag *diag = REPORT(env, UNKNOWN_ARGUMENT, arg->name.span, callee,
                        arg->name.name);
    const char *names[64];
    size_t n = 0;
    for (; n < params->count && n < 64; n++)
        names[n] = params->items[n].name.name;
    diag_suggest_name(diag, arg->name.name, names, n);
}

// The parameter that `arg` is for, or params->count after a report.
static size_t place_argument(const Env *env, Name callee,
                             const AstParams *params, const AstArg *arg,
                             size_t position)
{
    if (arg->name.name) {
        size_t at = find_param(params, arg->name.name);
        if (at == params->count)
            reject_unknown(env, callee, params, arg);
        return at;
    }
    if (position >= params->count)
        REPORT(env, TOO_MANY_ARGUMENTS, arg->span, callee, params->count,
               params->count == 1 ? "" : "s");
    return position < params->count ? position : params->count;
}

static bool fill(const Env *env, Name callee, const AstParams *params,
                 const AstArgs *args, const AstArg **given)
{
    bool is_sound = true;
    for (size_t i = 0; i < args->count; i++) {
        const AstArg *arg = &args->items[i];
        size_t at = place_argument(env, callee, params, arg, i);
        if (at == params->count) {
            is_sound = false;
        } else if (given[at]) {
            Diag *diag = REPORT(env, ARGUMENT_TWICE, arg->span,
                                params->items[at].name.name);
            diag_note(diag, given[at]->span, "given here before");
            is_sound = false;
        } else {
            given[at] = arg;
        }
    }
    return is_sound;
}

const AstArg **argument_match(const Env *env, Name callee,
                              const AstParams *params, const AstArgs *args,
                              Span use)
{
    const AstArg **given =
        ARENA_ARRAY(env->sema->arena, const AstArg *, params->count + 1);
    if (!fill(env, callee, params, args, given))
        return NULL;
    bool is_sound = true;
    for (size_t i = 0; i < params->count; i++) {
        const AstParam *param = &params->items[i];
        if (given[i] || param->value)
            continue;
        Diag *diag =
            REPORT(env, MISSING_ARGUMENT, use, callee, param->name.name);
        diag_note(diag, param->span, "parameter '%s' has no default",
                  param->name.name);
        is_sound = false;
    }
    return is_sound ? given : NULL;
}

bool argument_is_plain(const Env *env, const AstArg *arg)
{
    const char *modifier = arg->random       ? "~"
                           : arg->learned    ? "learned"
                           : arg->frozen     ? "frozen"
                           : arg->per.name   ? "per"
                           : arg->low        ? "in [low, high]"
                                             : NULL;
    if (modifier)
        REPORT(env, MODIFIER_HERE, arg->span, modifier);
    return !modifier;
}

Value argument_supply(void *data, const Env *outer, const Env *inner,
                      const AstParam *param, const AstArg *arg)
{
    (void)data;
    if (!arg)
        return evaluate(inner, param->value);
    return argument_is_plain(outer, arg) ? evaluate(outer, arg->value)
                                         : VALUE_POISONED;
}

// ---- binding ---------------------------------------------------------------

bool argument_dimension(const Env *inner, const AstParam *param,
                        ParameterPolicy policy, Dimension *out_dimension)
{
    if (param->has_unit) {
        double scale;
        return unit_resolve(&param->unit, out_dimension, &scale);
    }
    if (policy == PARAMETERS_ANY)
        return false;
    *out_dimension = dimension_none();
    if (!param->value)
        return policy == PARAMETERS_PLAIN;
    Value value = evaluate(inner, param->value);
    *out_dimension = value.dimension;
    return value.kind == VALUE_NUMBER;
}

// The value as the parameter demands it.
static Value demand(const Env *outer, const Env *inner, const AstParam *param,
                    ParameterPolicy policy, const AstArg *arg, Value value)
{
    Dimension dimension;
    if (!argument_dimension(inner, param, policy, &dimension))
        return value;
    const char *what = arena_printf(inner->sema->arena, "parameter '%s'",
                                    param->name.name);
    Operand operand = {value, arg ? arg->value->span : param->span};
    return conform(arg ? outer : inner, operand, dimension, what);
}

static void bind(const Env *inner, const AstParam *param, Value value)
{
    if (scope_find_here(inner->scope, param->name.name))
        return; // reported with the declaration
    scope_add(inner->sema->arena, inner->scope, param->name.name, param->span,
              "parameter", value);
}

bool argument_bind(const Env *outer, const Env *inner, const AstDecl *decl,
                   ParameterPolicy policy, const AstArgs *args, Span use,
                   ArgumentSupply *supply, void *data)
{
    const AstArg **given =
        argument_match(outer, decl->name.name, &decl->params, args, use);
    if (!given)
        return false;
    size_t errors = diags_error_count(inner->sema->diags);
    for (size_t i = 0; i < decl->params.count; i++) {
        const AstParam *param = &decl->params.items[i];
        Value value = supply(data, outer, inner, param, given[i]);
        bind(inner, param,
             demand(outer, inner, param, policy, given[i], value));
    }
    return diags_error_count(inner->sema->diags) == errors;
}

// ---- a declaration on its own ----------------------------------------------

// A stand-in for the layer that a loss will be given.
static Value stand_in(Sema *sema, const AstParam *param)
{
    Population *layer = ARENA_NEW(sema->arena, Population);
    layer->name = param->name.name;
    layer->axis = AXIS_STAND_IN + (uint32_t)sema->n_stand_ins;
    ARENA_PUSH(sema->arena, sema->stand_ins, sema->n_stand_ins,
               sema->stand_ins_capacity, layer);
    return (Value){.kind = VALUE_POISON, .layer = layer};
}

static Value param_symbol(const Env *inner, const AstParam *param,
                          ParameterPolicy policy)
{
    Dimension dimension;
    if (argument_dimension(inner, param, policy, &dimension))
        return value_number(expr_symbol(inner->sema->pool, param->name.name,
                                        NULL, AXIS_SCALAR),
                            dimension);
    if (param->value)
        evaluate(inner, param->value); // for its errors
    return policy == PARAMETERS_LAYERS && !param->has_unit && !param->value
               ? stand_in(inner->sema, param)
               : VALUE_POISONED;
}

static void check_default(const Env *inner, const AstParam *param,
                          ParameterPolicy policy)
{
    Dimension dimension;
    if (!param->value || !param->has_unit ||
        !argument_dimension(inner, param, policy, &dimension))
        return;
    Operand operand = evaluate_operand(inner, param->value);
    const char *what = arena_printf(inner->sema->arena,
                                    "the default of parameter '%s'",
                                    param->name.name);
    conform(inner, operand, dimension, what);
}

void argument_bind_symbols(const Env *inner, const AstDecl *decl,
                           ParameterPolicy policy)
{
    for (size_t i = 0; i < decl->params.count; i++) {
        const AstParam *param = &decl->params.items[i];
        Binding *before = scope_find_here(inner->scope, param->name.name);
        if (before) {
            Diag *diag = REPORT(inner, DUPLICATE, param->name.span,
                                "parameter", param->name.name);
            diag_note(diag, before->span, "first declared here");
        }
        check_default(inner, param, policy);
        bind(inner, param, param_symbol(inner, param, policy));
    }
}

void argument_warn_unused(const Env *env, const Scope *scope)
{
    bool is_clean = declare_is_clean(env->sema) && !env->sema->is_tainted;
    for (const Binding *b = scope->first; is_clean && b; b = b->next)
        if (!b->used && !b->assignable)
            REPORT(env, UNUSED_NAME, b->span, b->what, b->name);
}
