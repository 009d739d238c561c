// Optimisers: one step for one element, written as assignments to the states
// and to `parameter`. Everything is a plain number: gradients of all
// parameters, of whatever unit, take the same rule.
#include "sema/body.h"
#include "sema/build.h"
#include "sema/declare.h"

// An optimiser under construction.
typedef struct Step {
    Env env;
    Optimizer *optimizer;
    size_t states_capacity;
    Binding *parameter;
} Step;

static Step step_new(const Env *env)
{
    Sema *sema = env->sema;
    Step step = {.env = *env, .optimizer = ARENA_NEW(sema->arena, Optimizer)};
    Optimizer *o = step.optimizer;
    Name name = intern(sema->input->names, "parameter");
    o->parameter = expr_symbol(sema->pool, name, "\\theta", AXIS_SCALAR);
    o->gradient =
        context_symbol(sema, step.env.context, BUILTIN_NAME_GRAD);
    step.parameter = scope_add(sema->arena, env->scope, name, SPAN_NONE,
                               "parameter",
                               value_number(o->parameter, dimension_none()));
    step.parameter->assignable = true;
    return step;
}

static double initial_of(const Step *step, const AstStmt *stmt)
{
    double initial = 0;
    if (!stmt->state.value)
        return 0;
    Operand operand = evaluate_operand(&step->env, stmt->state.value);
    const char *what = "an optimizer's initial state";
    Value value = conform(&step->env, operand, dimension_none(), what);
    if (!value_is_poison(value))
        conform_constant(&step->env, (Operand){value, operand.span}, what,
                         &initial);
    return initial;
}

static void add_state(Step *step, const AstStmt *stmt)
{
    Sema *sema = step->env.sema;
    Ident name = stmt->state.name;
    Binding *before = scope_find(step->env.scope, name.name);
    if (before) {
        Diag *diag = REPORT(&step->env, DUPLICATE, name.span, "state",
                            name.name);
        diag_note(diag, before->span, "first declared here");
        return;
    }
    OptimizerState state = {
        name.name, expr_symbol(sema->pool, name.name, NULL, AXIS_SCALAR),
        initial_of(step, stmt)};
    ARENA_PUSH(sema->arena, step->optimizer->states, step->optimizer->n_states,
               step->states_capacity, state);
    scope_add(sema->arena, step->env.scope, name.name, name.span, "state",
              value_number(state.symbol, dimension_none()))
        ->assignable = true;
}

static void run(Step *step, const AstDecl *decl)
{
    for (size_t i = 0; i < decl->body.count; i++) {
        const AstStmt *stmt = decl->body.items[i];
        if (stmt->kind == AST_STATE)
            add_state(step, stmt);
        else if (stmt->kind == AST_ASSIGN)
            body_assign(&step->env, stmt, true);
    }
}

static void finish(Step *step, Name name)
{
    Sema *sema = step->env.sema;
    Optimizer *o = step->optimizer;
    o->name = name;
    o->next_parameter = step->parameter->value.expr;
    o->next_states = ARENA_ARRAY(sema->arena, const Expr *, o->n_states + 1);
    for (size_t i = 0; i < o->n_states; i++)
        o->next_states[i] =
            scope_find(step->env.scope,
                       intern(sema->input->names, o->states[i].name))
                ->value.expr;
}

static Optimizer *build(const Env *env, const AstDecl *decl)
{
    Step step = step_new(env);
    run(&step, decl);
    finish(&step, decl->name.name);
    if (step.optimizer->next_parameter == step.optimizer->parameter &&
        declare_is_clean(env->sema))
        REPORT(env, OPTIMIZER_IDLE, decl->name.span, decl->name.name);
    return step.optimizer;
}

void optimizer_check(Sema *sema, Declared *declared)
{
    Scope *scope = scope_new(sema->arena, NULL);
    Env env = env_new(sema, CONTEXT_OPTIMIZER, scope);
    argument_bind_symbols(&env, declared->ast, PARAMETERS_PLAIN);
    build(&env, declared->ast);
    argument_warn_unused(&env, scope);
}

void optimizer_use(Sema *sema, const AstUse *use)
{
    Env outer = env_new(sema, CONTEXT_SCHEDULE, NULL);
    Declared *optimizer = declare_use(&outer, AST_OPTIMIZER, use->name);
    if (!optimizer)
        return;
    Frame frame;
    Env inner = env_enter(&outer, scope_new(sema->arena, NULL), use->name,
                          use->span, &frame);
    inner.context = context_new(sema, CONTEXT_OPTIMIZER);
    HyperSupply supply = {"optimizer", use->name.name};
    if (argument_bind(&outer, &inner, optimizer->ast, PARAMETERS_PLAIN,
                      &use->args, use->span, hyper_supply, &supply))
        sema->model->optimizer = build(&inner, optimizer->ast);
}
