// Refractory periods: what replaces flows and arrivals in them, and the two
// states that say that the neuron rests and for how long (model/model.h, Rest).
#include "sema/neuron/body.h"
#include "sema/neuron/builder.h"

typedef struct Replacement {
    const Expr **flows;      // [n_states] NULL: as ever
    const Expr ***after;     // [n_ports][n_states]; NULL: as ever
} Replacement;

static Arena *arena_of(const NeuronBuilder *b)
{
    return b->env.sema->arena;
}

// ---- what is replaced ------------------------------------------------------

static void replace_flow(const NeuronBuilder *b, const AstStmt *stmt,
                         Replacement *r)
{
    size_t index;
    const Expr *rate = builder_flow(b, stmt, &index);
    if (!rate)
        return;
    if (r->flows[index])
        builder_report_twice(b, "flow of", stmt->flow.name, stmt->span);
    r->flows[index] = rate;
}

static void report_no_port(const NeuronBuilder *b, const AstStmt *stmt)
{
    Ident port = stmt->receive.port;
    const char *what = "default port";
    if (port.name)
        what = arena_printf(arena_of(b), "port '%s'", port.name);
    REPORT(&b->env, UNKNOWN_PORT, port.name ? port.span : stmt->span,
           b->decl->name.name, what);
}

// The weight under its name here.
static Scope *weight_scope(const NeuronBuilder *b, const Port *port,
                           const AstParam *param)
{
    Sema *sema = b->env.sema;
    Dimension own, dimension =
        b->port_dimensions[port - b->system->ports];
    Value weight = value_number(port->weight, dimension);
    if (argument_dimension(&b->env, param, PARAMETERS_ANY, &own)) {
        const char *what =
            arena_printf(sema->arena, "the weight '%s'", param->name.name);
        Operand operand = {weight, param->span};
        weight = conform(&b->env, operand, own, what);
    }
    Scope *scope = scope_new(sema->arena, b->env.scope);
    scope_add(sema->arena, scope, param->name.name, param->span, "weight",
              weight);
    return scope;
}

static void replace_port(const NeuronBuilder *b, const AstStmt *stmt,
                         Replacement *r)
{
    Name given = stmt->receive.port.name;
    Port *port = builder_find_port(
        b, given ? given : intern(b->env.sema->input->names, ""));
    if (!port) {
        report_no_port(b, stmt);
        return;
    }
    if (stmt->receive.params.count != 1) {
        REPORT(&b->env, RECEIVE_WEIGHT, stmt->span,
               stmt->receive.params.count);
        return;
    }
    size_t index = (size_t)(port - b->system->ports);
    if (r->after[index])
        builder_report_twice(b, "receive",
                             (Ident){given ? given : "(w)", stmt->span},
                             port->span);
    Scope *scope = weight_scope(b, port, &stmt->receive.params.items[0]);
    r->after[index] = ARENA_ARRAY(arena_of(b), const Expr *, b->n_states + 1);
    builder_run_body(b, scope, &stmt->receive.body, r->after[index]);
}

static Replacement read_replacement(const NeuronBuilder *b,
                                    const AstStmts *body)
{
    Replacement r = {
        ARENA_ARRAY(arena_of(b), const Expr *, b->n_states + 1),
        ARENA_ARRAY(arena_of(b), const Expr **, b->n_ports + 1)};
    for (size_t i = 0; i < body->count; i++) {
        const AstStmt *stmt = body->items[i];
        if (stmt->kind == AST_FLOW)
            replace_flow(b, stmt, &r);
        else if (stmt->kind == AST_RECEIVE)
            replace_port(b, stmt, &r);
    }
    return r;
}

// ---- the period ------------------------------------------------------------

// How long it is, of the states before the spike; not below 0.
static const Expr *read_time(const NeuronBuilder *b, const AstExpr *expr)
{
    ExprPool *pool = b->env.sema->pool;
    Operand operand = evaluate_operand(&b->env, expr);
    Value value = conform(&b->env, operand, dimension_of_time(),
                          "a refractory period");
    if (value_is_poison(value))
        return expr_const(pool, 0);
    if (value.expr->op == EXPR_CONST && !(value.expr->value >= 0))
        REPORT(&b->env, REFRACTORY_NEGATIVE, operand.span, value.expr->value);
    return expr_binary(pool, EXPR_MAX, value.expr, expr_const(pool, 0));
}

static State hidden_state(const NeuronBuilder *b, const char *name,
                          const char *unit)
{
    ExprPool *pool = b->env.sema->pool;
    const Expr *zero = expr_const(pool, 0);
    const Expr *symbol = expr_symbol(pool, name, NULL, AXIS_SCALAR);
    return (State){.name = name, .symbol = symbol, .unit = unit,
                   .initial = zero, .flow = zero, .reset = symbol,
                   .span = b->spike->span};
}

// The states of Rest, and its end behind which both are 0.
static Rest *add_rest(NeuronBuilder *b, const AstStmt *stmt)
{
    ExprPool *pool = b->env.sema->pool;
    size_t n = b->n_states;
    Rest *rest = ARENA_NEW(arena_of(b), Rest);
    rest->after = ARENA_ARRAY(arena_of(b), const Expr *, n + 2);
    rest->span = stmt->span;
    builder_run_body(b, b->env.scope, &stmt->refractory.end, rest->after);
    State flag = hidden_state(b, "refractory", "1");
    State clock = hidden_state(b, "refractory_left", "s");
    flag.reset = expr_const(pool, 1);
    clock.flow = expr_neg(pool, flag.symbol);
    clock.reset = read_time(b, stmt->refractory.time);
    rest->flag = builder_add_hidden(b, &flag, dimension_none());
    rest->clock = builder_add_hidden(b, &clock, dimension_of_time());
    rest->after[n] = rest->after[n + 1] = expr_const(pool, 0);
    return rest;
}

static void apply(const NeuronBuilder *b, const Replacement *r, size_t n,
                  const Expr *rests)
{
    ExprPool *pool = b->env.sema->pool;
    for (size_t k = 0; k < n; k++) {
        State *state = &b->system->states[k];
        if (r->flows[k])
            state->flow = expr_select(pool, rests, r->flows[k], state->flow);
    }
    for (size_t p = 0; p < b->n_ports; p++)
        for (size_t k = 0; r->after[p] && k < n; k++) {
            const Expr **after = b->system->ports[p].after;
            after[k] = expr_select(pool, rests, r->after[p][k], after[k]);
        }
}

void refractory_add(NeuronBuilder *b, const AstStmt *stmt)
{
    ExprPool *pool = b->env.sema->pool;
    size_t n = b->n_states;
    if (b->system->rest) {
        Diag *diag = REPORT(&b->env, TWO_PERIODS, stmt->span);
        diag_note(diag, b->system->rest->span, "the first one is here");
        return;
    }
    if (!b->spike) {
        REPORT(&b->env, REFRACTORY_WITHOUT_SPIKE, stmt->span,
               b->decl->name.name);
        return;
    }
    Replacement r = read_replacement(b, &stmt->refractory.body);
    Rest *rest = add_rest(b, stmt);
    const Expr *flag = b->system->states[rest->flag].symbol;
    apply(b, &r, n, expr_binary(pool, EXPR_LT, expr_const(pool, 0.5), flag));
    b->system->rest = rest;
}
