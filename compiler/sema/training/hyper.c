// Hyperparameters: arguments of losses, optimisers and transforms stay symbols,
// so that a trainer can set them when it starts.
#include "sema/build.h"

#include <math.h>
#include <string.h>

static const double max_patience = 1000000; // epochs

static bool is_taken(const Model *model, const char *name)
{
    for (size_t i = 0; i < model->n_hypers; i++)
        if (!strcmp(model->hypers[i].name, name))
            return true;
    return false;
}

// "loss.alpha"; where that is taken "spread.alpha", "spread2.alpha", ...
static const char *hyper_name(Sema *sema, const HyperSupply *supply,
                              const char *param)
{
    char *name = arena_printf(sema->arena, "%s.%s", supply->prefix, param);
    if (is_taken(sema->model, name))
        name = arena_printf(sema->arena, "%s.%s", supply->fallback, param);
    for (int k = 2; is_taken(sema->model, name); k++)
        name = arena_printf(sema->arena, "%s%d.%s", supply->fallback, k, param);
    return name;
}

static bool is_stalls(const Model *model, const Expr *symbol)
{
    for (size_t i = 0; i < model->n_stalls; i++)
        if (model->stalls[i].symbol == symbol)
            return true;
    return false;
}

// A constant, or a schedule: a function of step, epoch and stalls.
static bool is_schedule(const Sema *sema, const Expr *value)
{
    const Expr **symbols = NULL;
    size_t count = 0, capacity = 0;
    expr_free_symbols(value, sema->arena, &symbols, &count, &capacity);
    for (size_t i = 0; i < count; i++)
        if (symbols[i] != sema->step && symbols[i] != sema->epoch &&
            !is_stalls(sema->model, symbols[i]))
            return false;
    return true;
}

static Value add_hyper(Sema *sema, const HyperSupply *supply,
                       const AstParam *param, Value value)
{
    Model *model = sema->model;
    Hyper hyper = {
        .name = hyper_name(sema, supply, param->name.name),
        .unit = dimension_format(sema->arena, value.dimension),
        .symbol =
            expr_symbol(sema->pool, param->name.name, NULL, AXIS_SCALAR),
        .value = value.expr};
    ARENA_PUSH(sema->arena, model->hypers, model->n_hypers,
               sema->hypers_capacity, hyper);
    value.expr = hyper.symbol;
    return value;
}

Value hyper_supply(void *data, const Env *outer, const Env *inner,
                   const AstParam *param, const AstArg *arg)
{
    Sema *sema = inner->sema;
    Value value = argument_supply(NULL, outer, inner, param, arg);
    if (value.kind != VALUE_NUMBER || value_is_vector(value) ||
        !is_schedule(sema, value.expr))
        return value;
    Dimension dimension;
    bool has_dimension =
        argument_dimension(inner, param, PARAMETERS_LAYERS, &dimension);
    if (value.fits_any && has_dimension)
        value.dimension = dimension, value.fits_any = false;
    if (has_dimension && !dimension_equal(value.dimension, dimension))
        return value; // about to be reported
    return add_hyper(sema, data, param, value);
}

// ---- how often the loss has stopped to improve -----------------------------

static const Expr *stalls_symbol(Sema *sema, uint32_t patience)
{
    Model *model = sema->model;
    for (size_t i = 0; i < model->n_stalls; i++)
        if (model->stalls[i].patience == patience)
            return model->stalls[i].symbol;
    char *text = arena_printf(sema->arena, "stalls(%u)", patience);
    Stalls stalls = {patience,
                     expr_symbol(sema->pool, text, NULL, AXIS_SCALAR)};
    ARENA_PUSH(sema->arena, model->stalls, model->n_stalls,
               sema->stalls_capacity, stalls);
    return stalls.symbol;
}

Value hyper_stalls(const Env *env, const AstExpr *call)
{
    const char *what = "the patience of 'stalls'";
    Operand n = evaluate_operand(env, call->call.args.items[0].value);
    n.value = conform(env, n, dimension_none(), what);
    double patience;
    if (value_is_poison(n.value) || !env->sema->model ||
        !conform_constant(env, n, what, &patience))
        return VALUE_POISONED;
    if (patience < 1 || patience > max_patience ||
        patience != floor(patience)) {
        REPORT(env, BAD_COUNT, n.span, what, max_patience, patience);
        return VALUE_POISONED;
    }
    return value_number(stalls_symbol(env->sema, (uint32_t)patience),
                        dimension_none());
}

// ---- values that observables fix -------------------------------------------

static void settle(const Model *model, const Expr **e, const Hyper *hyper)
{
    if (*e)
        *e = expr_substitute(model->pool, *e, &hyper->symbol, &hyper->value,
                             1);
}

void hyper_settle(Sema *sema)
{
    Model *model = sema->model;
    size_t kept = 0;
    for (size_t i = 0; i < model->n_hypers; i++) {
        const Hyper *hyper = &model->hypers[i];
        if (!hyper->is_fixed) {
            model->hypers[kept++] = *hyper;
            continue;
        }
        settle(model, &model->loss, hyper);
        for (size_t k = 0; k < model->n_observables; k++)
            settle(model, &model->observables[k]->term, hyper);
    }
    model->n_hypers = kept;
}
