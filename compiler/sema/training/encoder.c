// Encoders: spikes of one data value, and bias spikes. Parameters are folded.
#include "sema/neuron/body.h"
#include "sema/build.h"
#include "sema/declare.h"

static Value spike_time(const Env *env, const AstExpr *expr)
{
    Operand operand = evaluate_operand(env, expr);
    const char *what = "the time of a spike";
    Value value = conform(env, operand, dimension_of_time(), what);
    return conform_scalar(env, (Operand){value, operand.span}, what);
}

static void add_spike(const Env *env, const AstStmt *stmt, Encoder *encoder)
{
    EncodedSpike *spike = &encoder->spikes[encoder->n_spikes];
    Value at = spike_time(env, stmt->emit.time);
    Value when = {.kind = VALUE_BOOLEAN};
    if (stmt->emit.condition)
        when = conform_condition(
            env, evaluate_operand(env, stmt->emit.condition), "'when'");
    if (value_is_poison(at) || value_is_poison(when))
        return;
    *spike = (EncodedSpike){when.expr, at.expr};
    encoder->n_spikes++;
}

static bool is_of_data(const Encoder *encoder, const Expr *time)
{
    return (encoder->value && expr_depends_on(time, encoder->value)) ||
           (encoder->channel && expr_depends_on(time, encoder->channel));
}

static void add_bias(const Env *env, const AstStmt *stmt, Encoder *encoder)
{
    Value at = spike_time(env, stmt->bias.time);
    if (value_is_poison(at))
        return;
    if (is_of_data(encoder, at.expr)) {
        REPORT(env, NOT_CONSTANT, stmt->bias.time->span,
               "the time of a bias spike");
        return;
    }
    encoder->biases[encoder->n_biases++] = at.expr;
}

static void add_statement(const Env *env, const AstStmt *stmt,
                          Encoder *encoder)
{
    switch (stmt->kind) {
    case AST_EMIT: add_spike(env, stmt, encoder); break;
    case AST_BIAS: add_bias(env, stmt, encoder); break;
    case AST_ASSIGN: body_assign(env, stmt, true); break;
    default: break;
    }
}

static Encoder *build(const Env *env, const AstDecl *decl)
{
    Sema *sema = env->sema;
    Encoder *encoder = ARENA_NEW(sema->arena, Encoder);
    encoder->name = decl->name.name;
    encoder->value = context_symbol(sema, env->context, BUILTIN_NAME_VALUE);
    encoder->channel = context_symbol(sema, env->context, BUILTIN_NAME_CHANNEL);
    size_t count = decl->body.count + 1;
    encoder->spikes = ARENA_ARRAY(sema->arena, EncodedSpike, count);
    encoder->biases = ARENA_ARRAY(sema->arena, const Expr *, count);
    for (size_t i = 0; i < decl->body.count; i++)
        add_statement(env, decl->body.items[i], encoder);
    return encoder;
}

void encoder_check(Sema *sema, Declared *declared)
{
    Scope *scope = scope_new(sema->arena, NULL);
    Env env = env_new(sema, CONTEXT_ENCODER, scope);
    argument_bind_symbols(&env, declared->ast, PARAMETERS_PLAIN);
    const Encoder *encoder = build(&env, declared->ast);
    if (!encoder->n_spikes && declare_is_clean(sema))
        REPORT(&env, ENCODER_SILENT, declared->ast->name.span,
               declared->ast->name.name);
    argument_warn_unused(&env, scope);
}

// Bias spikes are the model's own, so they must lie in its duration.
static void check_biases(const Env *env, const AstUse *use,
                         const Encoder *encoder)
{
    double duration = env->sema->model->duration;
    for (size_t i = 0; i < encoder->n_biases; i++) {
        const Expr *at = encoder->biases[i];
        if (at->op == EXPR_CONST && (at->value < 0 || at->value > duration))
            REPORT(env, BIAS_OUTSIDE, use->span, at->value, duration);
    }
}

Encoder *encoder_use(Sema *sema, const AstUse *use)
{
    Env outer = env_new(sema, CONTEXT_CONSTANT, NULL);
    Declared *declared = declare_use(&outer, AST_ENCODER, use->name);
    if (!declared)
        return NULL;
    Frame frame;
    Env inner = env_enter(&outer, scope_new(sema->arena, NULL), use->name,
                          use->span, &frame);
    inner.context = context_new(sema, CONTEXT_ENCODER);
    if (!argument_bind(&outer, &inner, declared->ast, PARAMETERS_PLAIN,
                       &use->args, use->span, argument_supply, NULL))
        return NULL;
    Encoder *encoder = build(&inner, declared->ast);
    check_biases(&inner, use, encoder);
    return encoder;
}
