// Neurons: states, flows, arrivals, guard and reset of a hybrid system.
#include "sema/neuron/neuron.h"

#include "sema/argument.h"
#include "sema/neuron/body.h"
#include "sema/declare.h"
#include "sema/neuron/builder.h"

static Arena *arena_of(const NeuronBuilder *b)
{
    return b->env.sema->arena;
}

static size_t count_statements(const AstDecl *decl, AstStmtKind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < decl->body.count; i++)
        count += decl->body.items[i]->kind == kind;
    return count;
}

void builder_report_twice(const NeuronBuilder *b, const char *what, Ident name,
                         Span before)
{
    Diag *diag =
        REPORT(&b->env, DUPLICATE, name.span, what, name.name);
    diag_note(diag, before, "first declared here");
}

// ---- states ----------------------------------------------------------------

// The initial value; a bare 0 is dimensionless.
static Value initial_value(const NeuronBuilder *b, const AstStmt *stmt)
{
    Sema *sema = b->env.sema;
    if (!stmt->state.value)
        return value_number(expr_const(sema->pool, 0), dimension_none());
    Env outside = b->env;
    outside.scope = b->env.scope->parent; // parameters, no states
    Operand operand = evaluate_operand(&outside, stmt->state.value);
    Value value = conform_number(&outside, operand, "an initial value");
    value.fits_any = false;
    return value;
}

static void add_state(NeuronBuilder *b, const AstStmt *stmt)
{
    Ident name = stmt->state.name;
    Binding *before = scope_find(b->env.scope, name.name);
    if (before) {
        builder_report_twice(b, before->what, name, before->span);
        return;
    }
    ExprPool *pool = b->env.sema->pool;
    Value initial = initial_value(b, stmt);
    const Expr *symbol = expr_symbol(pool, name.name, NULL, AXIS_SCALAR);
    Value value = value_is_poison(initial)
                      ? initial
                      : value_number(symbol, initial.dimension);
    Binding *binding = scope_add(arena_of(b), b->env.scope, name.name,
                                 name.span, "state", value);
    binding->assignable = true;
    Dimension dimension =
        value_is_poison(initial) ? dimension_none() : initial.dimension;
    b->state_dimensions[b->n_states] = dimension;
    b->system->states[b->n_states++] = (State){
        .name = name.name, .symbol = symbol,
        .unit = dimension_format(arena_of(b), dimension),
        .initial = initial.expr ? initial.expr : expr_const(pool, 0),
        .reset = symbol, .span = name.span};
}

static void add_states(NeuronBuilder *b)
{
    for (size_t i = 0; i < b->decl->body.count; i++)
        if (b->decl->body.items[i]->kind == AST_STATE)
            add_state(b, b->decl->body.items[i]);
    b->system->n_states = b->n_states;
}

static State *find_state(const NeuronBuilder *b, Name name, size_t *out_index)
{
    for (size_t i = 0; i < b->n_states; i++)
        if (b->system->states[i].name == name) {
            *out_index = i;
            return &b->system->states[i];
        }
    return NULL;
}

// ---- flows -----------------------------------------------------------------

static void reject_flow(const NeuronBuilder *b, Ident name)
{
    const char *names[64];
    size_t n = 0;
    for (; n < b->n_states && n < 64; n++)
        names[n] = b->system->states[n].name;
    Diag *diag = REPORT(&b->env, FLOW_OF_UNKNOWN, name.span, name.name);
    diag_suggest_name(diag, name.name, names, n);
}

const Expr *builder_flow(const NeuronBuilder *b, const AstStmt *stmt,
                         size_t *out_state)
{
    Ident name = stmt->flow.name;
    Operand operand = evaluate_operand(&b->env, stmt->flow.value);
    if (!find_state(b, name.name, out_state)) {
        reject_flow(b, name);
        return NULL;
    }
    Binding *binding = scope_find_here(b->env.scope, name.name);
    const char *what =
        arena_printf(arena_of(b), "the flow of '%s'", name.name);
    Dimension rate = dimension_divide(b->state_dimensions[*out_state],
                                      dimension_of_time());
    Value value = value_is_poison(binding->value)
                      ? VALUE_POISONED
                      : conform(&b->env, operand, rate, what);
    return value_is_poison(value) ? expr_const(b->env.sema->pool, 0)
                                  : value.expr;
}

static void add_flow(NeuronBuilder *b, const AstStmt *stmt)
{
    size_t index;
    const Expr *rate = builder_flow(b, stmt, &index);
    if (!rate)
        return;
    State *state = &b->system->states[index];
    if (state->flow) {
        builder_report_twice(b, "flow of", stmt->flow.name, state->span);
        return;
    }
    state->span = stmt->span;
    state->flow = rate;
}

// A state without a flow keeps its value between events.
static void rest_flows(NeuronBuilder *b)
{
    for (size_t i = 0; i < b->n_states; i++)
        if (!b->system->states[i].flow)
            b->system->states[i].flow = expr_const(b->env.sema->pool, 0);
}

// ---- bodies ----------------------------------------------------------------

void builder_run_body(const NeuronBuilder *b, Scope *scope,
                      const AstStmts *body, const Expr **out)
{
    Env env = b->env;
    env.scope = body_scope(b->env.sema, scope);
    for (size_t i = 0; i < body->count; i++)
        if (body->items[i]->kind == AST_ASSIGN)
            body_assign(&env, body->items[i], false);
    for (size_t i = 0; i < b->n_states; i++) {
        Binding *state = scope_find(env.scope, b->system->states[i].name);
        out[i] = state->value.expr ? state->value.expr
                                   : b->system->states[i].symbol;
    }
}

Port *builder_find_port(const NeuronBuilder *b, const char *name)
{
    for (size_t i = 0; i < b->n_ports; i++)
        if (b->system->ports[i].name == name)
            return &b->system->ports[i];
    return NULL;
}

static Dimension weight_dimension(const NeuronBuilder *b, const AstParam *param)
{
    Dimension dimension = dimension_none();
    argument_dimension(&b->env, param, PARAMETERS_PLAIN, &dimension);
    return dimension;
}

static void add_port(NeuronBuilder *b, const AstStmt *stmt)
{
    Sema *sema = b->env.sema;
    Ident port = stmt->receive.port;
    const char *name = intern(sema->input->names, port.name ? port.name : "");
    const Port *before = builder_find_port(b, name);
    if (before) {
        Ident shown = {port.name ? port.name : "(w)", stmt->span};
        builder_report_twice(b, "receive", shown, before->span);
        return;
    }
    if (stmt->receive.params.count != 1) {
        REPORT(&b->env, RECEIVE_WEIGHT, stmt->span,
               stmt->receive.params.count);
        return;
    }
    const AstParam *param = &stmt->receive.params.items[0];
    Dimension dimension = weight_dimension(b, param);
    const Expr *weight =
        expr_symbol(sema->pool, param->name.name, NULL, AXIS_SCALAR);
    Scope *scope = scope_new(sema->arena, b->env.scope);
    scope_add(sema->arena, scope, param->name.name, param->span, "weight",
              value_number(weight, dimension));
    const Expr **after =
        ARENA_ARRAY(sema->arena, const Expr *, b->n_states + 1);
    builder_run_body(b, scope, &stmt->receive.body, after);
    argument_warn_unused(&b->env, scope);
    b->port_dimensions[b->n_ports] = dimension;
    b->system->ports[b->n_ports++] =
        (Port){name, weight, dimension_format(sema->arena, dimension), after,
               stmt->span};
    b->system->n_ports = b->n_ports;
}

// ---- spike -----------------------------------------------------------------

static bool is_comparison(const AstExpr *e)
{
    if (e->kind != AST_BINARY)
        return false;
    AstOperator op = e->binary.op;
    return op == AST_OP_LESS || op == AST_OP_LESS_EQUAL ||
           op == AST_OP_GREATER || op == AST_OP_GREATER_EQUAL;
}

// `a >= b` spikes where a - b reaches 0 from below.
static const Expr *guard_of(const NeuronBuilder *b, const AstExpr *condition)
{
    AstOperator op = condition->binary.op;
    bool is_rising = op == AST_OP_GREATER || op == AST_OP_GREATER_EQUAL;
    Operand left = evaluate_operand(&b->env, condition->binary.left);
    Operand right = evaluate_operand(&b->env, condition->binary.right);
    Value truth =
        operate(&b->env, op, condition->binary.op_span, left, right);
    if (value_is_poison(truth))
        return NULL;
    ExprPool *pool = b->env.sema->pool;
    const Expr *l = left.value.expr, *r = right.value.expr;
    return is_rising ? expr_sub(pool, l, r) : expr_sub(pool, r, l);
}

static bool depends_on_states(const NeuronBuilder *b, const Expr *guard)
{
    const Expr *t = b->env.context->names[BUILTIN_NAME_T];
    if (t && expr_depends_on(guard, t))
        return true;
    for (size_t i = 0; i < b->n_states; i++)
        if (expr_depends_on(guard, b->system->states[i].symbol))
            return true;
    return false;
}

static void add_guard(NeuronBuilder *b, const AstExpr *condition)
{
    if (!condition)
        return;
    b->system->guard_span = condition->span;
    if (!is_comparison(condition)) {
        evaluate(&b->env, condition);
        if (condition->kind != AST_EXPR_ERROR)
            REPORT(&b->env, GUARD_FORM, condition->span);
        return;
    }
    const Expr *guard = guard_of(b, condition);
    if (guard && !depends_on_states(b, guard))
        REPORT(&b->env, GUARD_CONSTANT, condition->span);
    b->system->guard = guard;
}

static void add_spike(NeuronBuilder *b, const AstStmt *stmt)
{
    if (b->spike) {
        Diag *diag = REPORT(&b->env, TWO_SPIKES, stmt->span);
        diag_note(diag, b->spike->span, "the first one is here");
        return;
    }
    b->spike = stmt;
    add_guard(b, stmt->spike.condition);
    const Expr **reset =
        ARENA_ARRAY(arena_of(b), const Expr *, b->n_states + 1);
    builder_run_body(b, b->env.scope, &stmt->spike.body, reset);
    for (size_t i = 0; i < b->n_states; i++)
        b->system->states[i].reset = reset[i];
}

// ---- all of it -------------------------------------------------------------

static NeuronBuilder builder_new(const Env *env, const AstDecl *decl)
{
    Arena *arena = env->sema->arena;
    NeuronBuilder b = {.env = *env, .decl = decl};
    b.env.scope = scope_new(arena, env->scope);
    b.system = ARENA_NEW(arena, HybridSystem);
    b.system->neuron = decl->name.name;
    size_t states = count_statements(decl, AST_STATE) + 1;
    size_t ports = count_statements(decl, AST_RECEIVE) + 1;
    b.system->states = ARENA_ARRAY(arena, State, states);
    b.system->ports = ARENA_ARRAY(arena, Port, ports);
    b.state_dimensions = ARENA_ARRAY(arena, Dimension, states);
    b.port_dimensions = ARENA_ARRAY(arena, Dimension, ports);
    return b;
}

static void add_statement(NeuronBuilder *b, const AstStmt *stmt)
{
    switch (stmt->kind) {
    case AST_FLOW: add_flow(b, stmt); break;
    case AST_RECEIVE: add_port(b, stmt); break;
    case AST_SPIKE: add_spike(b, stmt); break;
    default: break;
    }
}

size_t builder_add_hidden(NeuronBuilder *b, const State *state,
                          Dimension dimension)
{
    b->state_dimensions =
        arena_append(arena_of(b), b->state_dimensions, b->n_states++,
                     sizeof dimension, &dimension);
    return system_add_state(arena_of(b), b->system, *state);
}

// Where `t` was named, time is a state. It begins at 0.
static void add_time(NeuronBuilder *b)
{
    ExprPool *pool = b->env.sema->pool;
    const Expr *t = b->env.context->names[BUILTIN_NAME_T];
    const Expr *zero = expr_const(pool, 0);
    if (!t)
        return;
    for (size_t i = 0; i < b->n_states; i++) {
        State *state = &b->system->states[i];
        state->initial = expr_substitute(pool, state->initial, &t, &zero, 1);
    }
    State state = {.name = "t", .symbol = t, .unit = "s", .initial = zero,
                   .flow = expr_const(pool, 1), .reset = t,
                   .span = b->decl->name.span};
    builder_add_hidden(b, &state, dimension_of_time());
}

Neuron *neuron_build(const Env *env, const AstDecl *decl)
{
    NeuronBuilder b = builder_new(env, decl);
    add_states(&b);
    for (size_t i = 0; i < decl->body.count; i++)
        add_statement(&b, decl->body.items[i]);
    rest_flows(&b);
    for (size_t i = 0; i < decl->body.count; i++)
        if (decl->body.items[i]->kind == AST_REFRACTORY)
            refractory_add(&b, decl->body.items[i]);
    add_time(&b);
    if (!b.n_states)
        REPORT(env, NO_STATES, decl->name.span, decl->name.name);
    Neuron *neuron = ARENA_NEW(env->sema->arena, Neuron);
    *neuron = (Neuron){b.system, b.state_dimensions, b.port_dimensions};
    return neuron;
}

void neuron_check(Sema *sema, Declared *declared)
{
    Scope *scope = scope_new(sema->arena, NULL);
    Env env = env_new(sema, CONTEXT_NEURON, scope);
    argument_bind_symbols(&env, declared->ast, PARAMETERS_PLAIN);
    neuron_build(&env, declared->ast);
    argument_warn_unused(&env, scope);
}
