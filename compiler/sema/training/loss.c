// Losses and predictions: expressions of observables, the label and
// hyperparameters.
#include "sema/build.h"

#include "sema/declare.h"

// ---- the declaration on its own --------------------------------------------

void loss_check(Sema *sema, Declared *declared)
{
    Scope *scope = scope_new(sema->arena, NULL);
    Env env = env_new(sema, CONTEXT_LOSS, scope);
    const AstDecl *decl = declared->ast;
    argument_bind_symbols(&env, decl, PARAMETERS_LAYERS);
    Operand result = {call_body(&env, decl), decl->name.span};
    for (size_t i = 0; i < decl->body.count; i++)
        if (decl->body.items[i]->kind == AST_RESULT)
            result.span = decl->body.items[i]->span;
    conform(&env, result, dimension_none(), "a loss");
    conform_scalar(&env, result, "a loss");
    argument_warn_unused(&env, scope);
}

// ---- its use ---------------------------------------------------------------

static Value expand(const Env *env, const Declared *declared,
                    const AstUse *use)
{
    Sema *sema = env->sema;
    Frame frame;
    Env inner = env_enter(env, scope_new(sema->arena, NULL), use->name,
                          use->span, &frame);
    inner.context = context_new(sema, CONTEXT_LOSS);
    HyperSupply supply = {"loss", declared->ast->name.name};
    if (!argument_bind(env, &inner, declared->ast, PARAMETERS_LAYERS,
                       &use->args, use->span, hyper_supply, &supply))
        return VALUE_POISONED;
    Operand result = {call_body(&inner, declared->ast), use->span};
    result.value = conform(&inner, result, dimension_none(), "a loss");
    return conform_scalar(&inner, result, "a loss");
}

void loss_add(Sema *sema, const AstItem *item, Scope *scope)
{
    Model *model = sema->model;
    Env env = env_new(sema, CONTEXT_ARGUMENT, scope);
    Declared *loss = declare_use(&env, AST_LOSS_DECL, item->loss.use.name);
    if (!loss)
        return;
    Value value = expand(&env, loss, &item->loss.use);
    if (value_is_poison(value))
        return;
    model->loss = model->loss ? expr_add(sema->pool, model->loss, value.expr)
                              : value.expr;
}

void loss_predict(Sema *sema, const AstItem *item, Scope *scope)
{
    Env env = env_new(sema, CONTEXT_PREDICTION, scope);
    Operand operand = evaluate_operand(&env, item->predict.value);
    Value value = conform_number(&env, operand, "a prediction");
    if (value_is_poison(value))
        return;
    if (!value_is_vector(value) || value.expr->axis != value.axis) {
        REPORT(&env, PREDICTION_SCALAR, operand.span,
               value_is_vector(value) ? "the same one for all"
                                      : "a single one");
        return;
    }
    sema->model->prediction = value.expr;
    sema->model->predict_maximum = item->predict.maximum;
}
