// Derives the adjoint of each population (docs/math.md): jumps at arrivals and
// spikes, observables, initial values. The flow itself is in derive_flow.c, the
// sequences that isolate zeros in derive_zeros.c.
#include "model/derive_parts.h"

#include <string.h>

Derivation derivation_new(const Model *model, const Population *population,
                          Diags *diags)
{
    Derivation d = {.pool = model->pool, .arena = model->arena,
                    .diags = diags, .population = population,
                    .out = ARENA_NEW(model->arena, Derived)};
    return d;
}

const Expr **derive_new_row(const Derivation *d)
{
    return ARENA_ARRAY(d->arena, const Expr *, d->out->n);
}

const Expr *derive_sum(const Derivation *d, const Expr *const *a,
                       const Expr *const *b)
{
    const Expr *sum = expr_const(d->pool, 0);
    for (size_t k = 0; k < d->out->n; k++)
        sum = expr_add(d->pool, sum, expr_mul(d->pool, a[k], b[k]));
    return sum;
}

const Expr *derive_rate(const Derivation *d, const Expr *e)
{
    return expr_jvp(d->pool, e, d->out->states, d->rates, d->out->n);
}

Derivation derive_in_mode(const Derivation *d, bool rests)
{
    const HybridSystem *system = d->population->system;
    Derivation mode = *d;
    mode.rates = derive_new_row(d);
    mode.flow = rests ? &d->out->rest_flow : &d->out->flow;
    for (size_t k = 0; k < d->out->n; k++)
        mode.rates[k] = system_in_mode(d->pool, system, system->states[k].flow,
                                       rests);
    return mode;
}

void derive_gradients(const Derivation *d, const Expr *const *outputs,
                      const Expr *const *seeds, size_t n, Gradients *out)
{
    for (size_t k = 0; k < d->population->n_parameters; k++) {
        const Parameter *p = d->population->parameters[k];
        const Expr *value;
        if (!p->learned)
            continue;
        expr_vjp(d->pool, outputs, seeds, n, &p->symbol, 1, &value);
        if (expr_is_const(value, 0))
            continue;
        ParameterGradient gradient = {p, value};
        ARENA_PUSH(d->arena, out->items, out->count, out->capacity, gradient);
    }
}

static bool any_depends(const Derivation *d, const Expr *e)
{
    for (size_t k = 0; k < d->out->n; k++)
        if (expr_depends_on(e, d->out->states[k]))
            return true;
    return false;
}

// lambda . (D after . f(before) - f(after)): how the loss changes when a jump
// comes later (the saltation terms).
static const Expr *jump_time_gradient(const Derivation *d,
                                      const Expr *const *after)
{
    const Derived *out = d->out;
    const State *states = d->population->system->states;
    const Expr **change = derive_new_row(d);
    for (size_t k = 0; k < out->n; k++) {
        const Expr *before = derive_rate(d, after[k]);
        const Expr *behind = expr_substitute(d->pool, states[k].flow,
                                             out->states, after, out->n);
        change[k] = expr_expand(d->pool, expr_sub(d->pool, before, behind));
    }
    return derive_sum(d, out->lambda, change);
}

static void derive_port(const Derivation *d, const Port *port, DerivedPort *out)
{
    const Derived *system = d->out;
    size_t n = system->n;
    out->lambda = derive_new_row(d);
    expr_vjp(d->pool, port->after, system->lambda, n, system->states, n,
             out->lambda);
    expr_vjp(d->pool, port->after, system->lambda, n, &port->weight, 1,
             &out->weight_gradient);
    out->time_gradient = jump_time_gradient(d, port->after);
    derive_gradients(d, port->after, system->lambda, n, &out->gradients);
    out->reads_state = any_depends(d, out->weight_gradient)
                       || any_depends(d, out->time_gradient);
    for (size_t k = 0; k < n; k++)
        out->reads_state |= any_depends(d, out->lambda[k]);
    for (size_t k = 0; k < out->gradients.count; k++)
        out->reads_state |= any_depends(d, out->gradients.items[k].value);
    const Expr *guard = d->population->system->guard;
    if (guard)
        out->moves_guard = expr_substitute(d->pool, guard, system->states,
                                           port->after, n) != guard;
}

// An event where `guard` rises to 0 along d->rates, with the jump `after`:
// lambda- = Dr^T lambda+ - (dg/dx) shift, and the same for parameters: the
// vector-Jacobian product of (reset, guard) with the seeds (lambda, -shift).
static void derive_event(const Derivation *d, const Expr *guard,
                         const Expr *const *after, DerivedSpike *event)
{
    Derived *out = d->out;
    size_t n = out->n;
    const Expr **maps = ARENA_ARRAY(d->arena, const Expr *, n + 1);
    const Expr **seeds = ARENA_ARRAY(d->arena, const Expr *, n + 1);
    for (size_t k = 0; k < n; k++) {
        maps[k] = after[k];
        seeds[k] = out->lambda[k];
    }
    maps[n] = guard;
    seeds[n] = expr_neg(d->pool, out->shift);
    event->slope = derive_rate(d, guard);
    event->total = expr_add(d->pool, out->spike_gradient,
                            jump_time_gradient(d, maps));
    event->lambda = derive_new_row(d);
    expr_vjp(d->pool, maps, seeds, n + 1, out->states, n, event->lambda);
    derive_gradients(d, maps, seeds, n + 1, &event->gradients);
}

static void derive_spike(const Derivation *d)
{
    const HybridSystem *system = d->population->system;
    Derivation awake = derive_in_mode(d, false);
    const Expr **reset = derive_new_row(d);
    for (size_t k = 0; k < d->out->n; k++)
        reset[k] = system->states[k].reset;
    derive_event(&awake, system->guard, reset, &d->out->spike);
}

// A refractory period ends where its clock has run down to 0.
static void derive_wake(const Derivation *d)
{
    const Rest *rest = d->population->system->rest;
    Derivation resting = derive_in_mode(d, true);
    const Expr *guard = expr_neg(d->pool, d->out->states[rest->clock]);
    derive_event(&resting, guard, rest->after, &d->out->wake);
}

static bool value_jumps(const Derivation *d, const Expr *value)
{
    const HybridSystem *system = d->population->system;
    const Expr **reset = derive_new_row(d);
    bool jumps = false;
    for (size_t p = 0; p < system->n_ports; p++)
        jumps |= expr_substitute(d->pool, value, d->out->states,
                                 system->ports[p].after, d->out->n) != value;
    for (size_t k = 0; k < d->out->n; k++)
        reset[k] = system->states[k].reset;
    if (system->guard)
        jumps |= expr_substitute(d->pool, value, d->out->states, reset,
                                 d->out->n) != value;
    if (system->rest)
        jumps |= expr_substitute(d->pool, value, d->out->states,
                                 system->rest->after, d->out->n) != value;
    return jumps;
}

static void derive_observable(const Derivation *d, const Observable *observable,
                              DerivedObservable *out)
{
    const Expr *one = expr_const(d->pool, 1);
    out->observable = observable;
    out->value = observable->of;
    out->slope = derive_rate(d, out->value);
    out->lambda = derive_new_row(d);
    expr_vjp(d->pool, &out->value, &one, 1, d->out->states, d->out->n,
             out->lambda);
    derive_gradients(d, &out->value, &one, 1, &out->gradients);
    out->jumps = value_jumps(d, out->value);
}

static void derive_observables(const Derivation *d, const Model *model)
{
    Derived *out = d->out;
    out->observables = ARENA_ARRAY(d->arena, DerivedObservable,
                                   model->n_observables + 1);
    for (size_t k = 0; k < model->n_observables; k++) {
        const Observable *o = model->observables[k];
        if (o->population == d->population && o->of)
            derive_observable(d, o, &out->observables[out->n_observables++]);
    }
}

static void derive_initial(const Derivation *d)
{
    const Expr **initial = derive_new_row(d);
    for (size_t k = 0; k < d->out->n; k++)
        initial[k] = d->population->system->states[k].initial;
    derive_gradients(d, initial, d->out->lambda, d->out->n, &d->out->initial);
}

static void derive_rates(const Derivation *d)
{
    Derived *out = d->out;
    const Expr *const *rates = d->rates;
    out->flow.pull = derive_new_row(d);
    expr_vjp(d->pool, rates, out->lambda, out->n, out->states, out->n,
             out->flow.pull);
    derive_gradients(d, rates, out->lambda, out->n,
                     &out->flow.pull_gradients);
    out->flow.jacobian = ARENA_ARRAY(d->arena, const Expr *, out->n * out->n);
    for (size_t i = 0; i < out->n; i++)
        for (size_t j = 0; j < out->n; j++)
            out->flow.jacobian[i * out->n + j] = expr_diff(
                d->pool, rates[i], out->states[j]);
}

static void make_symbols(const Derivation *d)
{
    Derived *out = d->out;
    const HybridSystem *system = d->population->system;
    out->population = d->population;
    out->n = system->n_states;
    out->states = derive_new_row(d);
    out->lambda = derive_new_row(d);
    for (size_t k = 0; k < out->n; k++) {
        const char *name = system->states[k].name;
        out->states[k] = system->states[k].symbol;
        out->lambda[k] = expr_symbol(
            d->pool, arena_printf(d->arena, "lambda_%s", name),
            arena_printf(d->arena, "\\lambda_{%s}", name), AXIS_SCALAR);
    }
    out->interval = expr_symbol(d->pool, "h", "h", AXIS_SCALAR);
    out->spike_gradient = expr_symbol(d->pool, "dL/dt_s",
                                      "\\frac{d L}{d t_s}", AXIS_SCALAR);
    out->shift = expr_symbol(d->pool, "(T/guard')", "\\frac{T}{\\dot g}",
                             AXIS_SCALAR);
}

// ---- solver ----------------------------------------------------------------

// What is observed, while the neuron rests or does not.
static bool derive_observed(const Derivation *mode, bool rests)
{
    Derived *out = mode->out;
    Span span = mode->population->span;
    bool fine = true;
    for (size_t k = 0; k < out->n_observables; k++) {
        DerivedObservable *o = &out->observables[k];
        ZeroSequence *extrema = rests ? &o->rest_extrema : &o->extrema;
        fine &= o->observable->kind == OBSERVE_MAXIMUM
                    ? derive_extrema(mode, o->value, span, extrema)
                    : derive_is_linear(mode, o->value, span);
    }
    return fine;
}

static bool derive_closed_form(Derivation *d)
{
    const HybridSystem *system = d->population->system;
    Derivation awake = derive_in_mode(d, false);
    Derivation resting = derive_in_mode(d, true);
    if (!derive_flow(&awake) || (system->rest && !derive_flow(&resting)))
        return false;
    bool fine = derive_observed(&awake, false);
    if (system->rest)
        fine &= derive_observed(&resting, true);
    if (system->guard)
        fine &= derive_zeros(&awake, system->guard, system->guard_span,
                             &d->out->crossing);
    return fine;
}

static bool use_numeric(Derivation *d, const char *reason)
{
    d->out->numeric = true;
    d->out->crossing = (ZeroSequence){0};
    d->out->reason = reason;
    if (d->out->n <= DERIVED_NUMERIC_MAX)
        return true;
    diag_report(d->diags, DIAG_TOO_MANY_STATES, d->population->span,
                d->population->system->neuron, (int)d->out->n,
                DERIVED_NUMERIC_MAX);
    return false;
}

// The first message up to its advice.
static const char *obstacle(Arena *arena, const Diags *refusals)
{
    const char *text = diags_first(refusals);
    return arena_strndup(arena, text, strcspn(text, ";:"));
}

static bool choose_solver(Derivation *d)
{
    SolverKind kind = d->population->solver.kind;
    if (kind == SOLVER_CLOSED_FORM)
        return derive_closed_form(d);
    if (kind == SOLVER_NUMERIC)
        return use_numeric(d, "it is demanded");
    Derivation attempt = *d;
    attempt.diags = diags_new(d->arena);
    return derive_closed_form(&attempt)
           || use_numeric(d, obstacle(d->arena, attempt.diags));
}

static Derived *derive_population(const Model *model,
                                  const Population *population, Diags *diags)
{
    Derivation d = derivation_new(model, population, diags);
    const HybridSystem *system = population->system;
    make_symbols(&d);
    d.rates = derive_new_row(&d);
    for (size_t k = 0; k < d.out->n; k++)
        d.rates[k] = system->states[k].flow;
    derive_rates(&d);
    d.out->ports = ARENA_ARRAY(d.arena, DerivedPort, system->n_ports);
    for (size_t k = 0; k < system->n_ports; k++)
        derive_port(&d, &system->ports[k], &d.out->ports[k]);
    derive_observables(&d, model);
    if (system->guard)
        derive_spike(&d);
    if (system->guard && system->rest)
        derive_wake(&d);
    derive_initial(&d);
    return choose_solver(&d) ? d.out : NULL;
}

DerivedModel *derive_adjoint(const Model *model, Diags *diags)
{
    DerivedModel *derived = ARENA_NEW(model->arena, DerivedModel);
    bool fine = true;
    derived->model = model;
    derived->populations = ARENA_ARRAY(model->arena, Derived *,
                                       model->n_populations);
    for (size_t k = 0; k < model->n_populations; k++) {
        const Population *population = model->populations[k];
        if (population->is_input)
            continue;
        derived->populations[k] = derive_population(model, population, diags);
        fine &= derived->populations[k] != NULL;
    }
    return fine ? derived : NULL;
}
