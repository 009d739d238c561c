// Hyperparameters: arguments of losses, optimisers and transforms stay symbols,
// so that a trainer can set them when it starts.
#include "sema/build.h"

#include <string.h>

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

// A constant, or a schedule: a function of step and epoch.
static bool is_schedule(const Sema *sema, const Expr *value)
{
    const Expr **symbols = NULL;
    size_t count = 0, capacity = 0;
    expr_free_symbols(value, sema->arena, &symbols, &count, &capacity);
    for (size_t i = 0; i < count; i++)
        if (symbols[i] != sema->step && symbols[i] != sema->epoch)
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
