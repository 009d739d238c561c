// Transforms: a change of each input spike in training: `time` and `channel`
// are assigned to, `keep when` drops. Random draws are made anew for each
// spike, or for each sample.
#include "sema/neuron/body.h"
#include "sema/build.h"
#include "sema/declare.h"

// What a transform can change.
static Binding *add(const Env *env, const char *text, const char *kind,
                    Dimension dimension, const Expr **out_symbol)
{
    Sema *sema = env->sema;
    Name name = intern(sema->input->names, text);
    *out_symbol = expr_symbol(sema->pool, name, NULL, AXIS_SCALAR);
    Binding *binding =
        scope_add(sema->arena, env->scope, name, SPAN_NONE, kind,
                  value_number(*out_symbol, dimension));
    binding->assignable = true;
    return binding;
}

// Several `keep when` must all hold.
static void add_keep(const Env *env, const AstStmt *stmt, Transform *transform)
{
    ExprPool *pool = env->sema->pool;
    Operand operand = evaluate_operand(env, stmt->keep.condition);
    Value value = conform_condition(env, operand, "'keep when'");
    if (value_is_poison(value))
        return;
    transform->keep =
        transform->keep
            ? expr_binary(pool, EXPR_AND, transform->keep, value.expr)
            : value.expr;
}

static void build(const Env *env, const AstDecl *decl, Transform *transform)
{
    *transform = (Transform){.name = decl->name.name};
    Binding *time = add(env, "time", "spike time", dimension_of_time(),
                        &transform->time);
    Binding *channel = add(env, "channel", "spike channel", dimension_none(),
                           &transform->channel);
    for (size_t i = 0; i < decl->body.count; i++) {
        const AstStmt *stmt = decl->body.items[i];
        if (stmt->kind == AST_ASSIGN)
            body_assign(env, stmt, true);
        else if (stmt->kind == AST_KEEP)
            add_keep(env, stmt, transform);
    }
    transform->next_time = time->value.expr;
    transform->next_channel = channel->value.expr;
    transform->draws = env->context->draws;
    transform->n_draws = env->context->n_draws;
}

void transform_check(Sema *sema, Declared *declared)
{
    const AstDecl *decl = declared->ast;
    Scope *scope = scope_new(sema->arena, NULL);
    Env env = env_new(sema, CONTEXT_TRANSFORM, scope);
    argument_bind_symbols(&env, decl, PARAMETERS_PLAIN);
    Transform transform;
    build(&env, decl, &transform);
    if (!transform.keep && transform.next_time == transform.time &&
        transform.next_channel == transform.channel && declare_is_clean(sema))
        REPORT(&env, TRANSFORM_IDLE, decl->name.span, decl->name.name);
    argument_warn_unused(&env, scope);
}

bool transform_use(Sema *sema, const AstUse *use, Transform *out_transform)
{
    Env outer = env_new(sema, CONTEXT_SCHEDULE, NULL);
    Declared *declared = declare_use(&outer, AST_TRANSFORM, use->name);
    if (!declared)
        return false;
    Frame frame;
    Env inner = env_enter(&outer, scope_new(sema->arena, NULL), use->name,
                          use->span, &frame);
    inner.context = context_new(sema, CONTEXT_TRANSFORM);
    HyperSupply supply = {use->name.name, use->name.name};
    if (!argument_bind(&outer, &inner, declared->ast, PARAMETERS_PLAIN,
                       &use->args, use->span, hyper_supply, &supply))
        return false;
    build(&inner, declared->ast, out_transform);
    return true;
}
