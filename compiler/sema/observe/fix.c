// Hyperparameters inside of observables: their values shape the equations, so
// they are known when the model is compiled.
#include "sema/observe/observe.h"

static Hyper *find_hyper(const Model *model, const Expr *symbol)
{
    for (size_t i = 0; model && i < model->n_hypers; i++)
        if (model->hypers[i].symbol == symbol)
            return &model->hypers[i];
    return NULL;
}

const Expr *observe_fix(const Env *env, Span span, const Expr *e)
{
    Sema *sema = env->sema;
    const Expr **symbols = NULL;
    size_t count = 0, capacity = 0;
    expr_free_symbols(e, sema->arena, &symbols, &count, &capacity);
    for (size_t i = 0; i < count; i++) {
        Hyper *hyper = find_hyper(sema->model, symbols[i]);
        if (!hyper)
            continue;
        if (hyper->value->op != EXPR_CONST) {
            REPORT(env, FIXED_BY_OBSERVABLE, span, hyper->name);
            return NULL;
        }
        hyper->is_fixed = true;
        e = expr_substitute(sema->pool, e, &hyper->symbol, &hyper->value, 1);
    }
    return e;
}
