// Optimisers: one step for one element, written as assignments to the states,
// to `parameter` and to `grad`. Everything is a plain number: gradients of all
// parameters, of whatever unit, take the same rule. Several optimisers in a
// row are one rule: each goes on from where the last left parameter and
// gradient.
#include "sema/neuron/body.h"
#include "sema/build.h"
#include "sema/declare.h"

#include <string.h>

// ---- a rule ----------------------------------------------------------------

// A rule under construction.
typedef struct Step {
    Sema *sema;
    Context *context;
    Optimizer *optimizer;
    const Expr *parameter, *gradient; // what they have become
    size_t states_capacity, next_capacity;
} Step;

static Step step_new(Sema *sema)
{
    static const BuiltinName names[N_FACTS] = {
#define FACT(id) [FACT_##id] = BUILTIN_NAME_##id,
#include "snn/step_facts.def"
    };
    Step step = {sema, context_new(sema, CONTEXT_OPTIMIZER),
                 ARENA_NEW(sema->arena, Optimizer), NULL, NULL, 0, 0};
    Optimizer *o = step.optimizer;
    for (size_t k = 0; k < N_FACTS; k++)
        o->facts[k] = context_symbol(sema, step.context, names[k]);
    o->silence = context_symbol(sema, step.context, BUILTIN_NAME_SILENCE);
    o->gradient = context_symbol(sema, step.context, BUILTIN_NAME_GRAD);
    o->parameter =
        expr_symbol(sema->pool, "parameter", "\\theta", AXIS_SCALAR);
    step.parameter = o->parameter;
    step.gradient = o->gradient;
    return step;
}

static double initial_of(const Env *env, const AstStmt *stmt)
{
    double initial = 0;
    if (!stmt->state.value)
        return 0;
    Operand operand = evaluate_operand(env, stmt->state.value);
    const char *what = "an optimizer's initial state";
    Value value = conform(env, operand, dimension_none(), what);
    if (!value_is_poison(value))
        conform_constant(env, (Operand){value, operand.span}, what, &initial);
    return initial;
}

static bool has_state(const Optimizer *o, const char *name)
{
    for (size_t k = 0; k < o->n_states; k++)
        if (!strcmp(o->states[k].name, name))
            return true;
    return false;
}

// "m"; in a chain that has an m already "adam.m", "adam2.m", ...
static const char *state_name(const Step *step, Name optimizer, Name name)
{
    Arena *arena = step->sema->arena;
    const char *unique = name;
    for (int k = 1; has_state(step->optimizer, unique); k++)
        unique = k == 1 ? arena_printf(arena, "%s.%s", optimizer, name)
                        : arena_printf(arena, "%s%d.%s", optimizer, k, name);
    return unique;
}

static Binding *add_variable(const Step *step, const Env *env,
                             const char *text, const char *what,
                             const Expr *value)
{
    Sema *sema = step->sema;
    Binding *binding = scope_add(
        sema->arena, env->scope, intern(sema->input->names, text), SPAN_NONE,
        what, value_number(value, dimension_none()));
    binding->assignable = true;
    return binding;
}

static void add_state(Step *step, const Env *env, Name optimizer,
                      const AstStmt *stmt)
{
    Sema *sema = step->sema;
    Ident name = stmt->state.name;
    Binding *before = scope_find(env->scope, name.name);
    if (before) {
        Diag *diag =
            REPORT(env, DUPLICATE, name.span, "state", name.name);
        diag_note(diag, before->span, "first declared here");
        return;
    }
    OptimizerState state = {
        state_name(step, optimizer, name.name),
        expr_symbol(sema->pool, name.name, NULL, AXIS_SCALAR),
        initial_of(env, stmt)};
    ARENA_PUSH(sema->arena, step->optimizer->states, step->optimizer->n_states,
               step->states_capacity, state);
    add_variable(step, env, name.name, "state", state.symbol)->span =
        name.span;
}

static void run(Step *step, const Env *env, const AstDecl *decl)
{
    for (size_t i = 0; i < decl->body.count; i++) {
        const AstStmt *stmt = decl->body.items[i];
        if (stmt->kind == AST_STATE)
            add_state(step, env, decl->name.name, stmt);
        else if (stmt->kind == AST_ASSIGN)
            body_assign(env, stmt, true);
    }
}

// What the states declared from `first` on have become.
static void take_states(Step *step, const Env *env, size_t first)
{
    Sema *sema = step->sema;
    Optimizer *o = step->optimizer;
    size_t n = first;
    for (const Binding *b = env->scope->first; b && n < o->n_states;
         b = b->next)
        if (!strcmp(b->what, "state"))
            ARENA_PUSH(sema->arena, o->next_states, n, step->next_capacity,
                       b->value.expr);
}

// One optimiser of the chain; its parameters are bound in env->scope.
static void build(Step *step, const Env *env, const AstDecl *decl)
{
    size_t first = step->optimizer->n_states;
    Binding *parameter =
        add_variable(step, env, "parameter", "parameter", step->parameter);
    Binding *gradient =
        add_variable(step, env, "grad", "gradient", step->gradient);
    run(step, env, decl);
    take_states(step, env, first);
    if (parameter->value.expr == step->parameter &&
        gradient->value.expr == step->gradient && declare_is_clean(env->sema))
        REPORT(env, OPTIMIZER_IDLE, decl->name.span, decl->name.name);
    step->parameter = parameter->value.expr;
    step->gradient = gradient->value.expr;
}

void optimizer_check(Sema *sema, Declared *declared)
{
    Scope *scope = scope_new(sema->arena, NULL);
    Step step = step_new(sema);
    Env env = env_new(sema, CONTEXT_OPTIMIZER, scope);
    env.context = step.context;
    argument_bind_symbols(&env, declared->ast, PARAMETERS_PLAIN);
    build(&step, &env, declared->ast);
    argument_warn_unused(&env, scope);
}

// ---- rules of a model ------------------------------------------------------

static bool build_use(Step *step, const AstUse *use)
{
    Sema *sema = step->sema;
    Env outer = env_new(sema, CONTEXT_SCHEDULE, NULL);
    Declared *optimizer = declare_use(&outer, AST_OPTIMIZER, use->name);
    if (!optimizer)
        return false;
    Frame frame;
    Env inner = env_enter(&outer, scope_new(sema->arena, NULL), use->name,
                          use->span, &frame);
    inner.context = step->context;
    HyperSupply supply = {"optimizer", use->name.name};
    if (!argument_bind(&outer, &inner, optimizer->ast, PARAMETERS_PLAIN,
                       &use->args, use->span, hyper_supply, &supply))
        return false;
    build(step, &inner, optimizer->ast);
    return true;
}

// NULL after a report.
static Optimizer *build_rule(Sema *sema, const AstRule *rule)
{
    Step step = step_new(sema);
    Optimizer *o = step.optimizer;
    for (size_t i = 0; i < rule->chain.count; i++) {
        const AstUse *use = &rule->chain.items[i];
        if (!build_use(&step, use))
            return NULL;
        o->name = i == 0 ? use->name.name
                         : arena_printf(sema->arena, "%s then %s", o->name,
                                        use->name.name);
    }
    o->next_parameter = step.parameter;
    if (o->next_parameter != o->parameter)
        return o;
    diag_report(sema->diags, DIAG_CHAIN_IDLE, rule->span);
    return NULL;
}

// "hidden.tau_mem" is named by `hidden.tau_mem` and by `hidden`.
static bool is_named(const AstTarget *target, const Parameter *parameter)
{
    size_t n = strlen(target->owner.name);
    if (strncmp(parameter->name, target->owner.name, n) ||
        parameter->name[n] != '.')
        return false;
    return !target->member.name ||
           !strcmp(parameter->name + n + 1, target->member.name);
}

static const char *target_text(Sema *sema, const AstTarget *target)
{
    return target->member.name
               ? arena_printf(sema->arena, "%s.%s", target->owner.name,
                              target->member.name)
               : target->owner.name;
}

static void report_unknown(Sema *sema, const AstTarget *target)
{
    const char *text = target_text(sema, target), *names[256];
    size_t n = 0;
    for (size_t k = 0; k < sema->model->n_parameters && n < 256; k++)
        if (sema->model->parameters[k]->learned)
            names[n++] = sema->model->parameters[k]->name;
    Diag *diag =
        diag_report(sema->diags, DIAG_UNKNOWN_LEARNED, target->span, text);
    diag_suggest_name(diag, text, names, n);
}

static void assign_target(Sema *sema, const AstTarget *target,
                          const Optimizer *optimizer)
{
    bool is_known = false;
    for (size_t k = 0; k < sema->model->n_parameters; k++) {
        Parameter *p = sema->model->parameters[k];
        if (!p->learned || !is_named(target, p))
            continue;
        is_known = true;
        if (p->optimizer)
            diag_report(sema->diags, DIAG_SECOND_OPTIMIZER, target->span,
                        p->name);
        else
            p->optimizer = optimizer;
    }
    if (!is_known)
        report_unknown(sema, target);
}

// What no rule names goes to the one without names.
static void assign_rest(Sema *sema, const Optimizer *general, Span span)
{
    for (size_t k = 0; k < sema->model->n_parameters; k++) {
        Parameter *p = sema->model->parameters[k];
        if (!p->learned || p->optimizer)
            continue;
        p->optimizer = general;
        if (!general)
            diag_report(sema->diags, DIAG_NO_OPTIMIZER, span, p->name);
    }
}

void optimizer_use(Sema *sema, const AstRules *rules)
{
    Model *model = sema->model;
    const Optimizer *general = NULL;
    bool fine = true;
    model->optimizers =
        ARENA_ARRAY(sema->arena, Optimizer *, rules->count + 1);
    for (size_t i = 0; i < rules->count; i++) {
        const AstRule *rule = &rules->items[i];
        Optimizer *o = build_rule(sema, rule);
        fine &= o != NULL;
        if (!o)
            continue;
        model->optimizers[model->n_optimizers++] = o;
        for (size_t k = 0; k < rule->targets.count; k++)
            assign_target(sema, &rule->targets.items[k], o);
        if (rule->targets.count == 0)
            general = o;
    }
    if (rules->count > 0 && fine)
        assign_rest(sema, general, rules->items[0].span);
}
