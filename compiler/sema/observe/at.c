// The value of states at a given time: an input of one spike at that time
// arrives at a port that keeps the value in a state which nothing else touches.
#include "sema/observe/observe.h"

#include <math.h>
#include "sema/build.h"

static const char *new_name(Sema *sema, const Population *layer)
{
    // No name of the user has a dot.
    return arena_printf(sema->arena, "%s.at%zu", layer->name,
                        sema->model->n_populations);
}

static Population *add_clock(Sema *sema, const Along *along, const char *name,
                             double time)
{
    Model *model = sema->model;
    double *times = ARENA_NEW(sema->arena, double);
    *times = time;
    Population *clock = ARENA_NEW(sema->arena, Population);
    uint32_t index = (uint32_t)model->n_populations;
    *clock = (Population){.name = name, .index = index, .axis = index + 1,
                          .size = 1, .rank = 1, .shape = {1},
                          .is_input = true, .times = times,
                          .span = along->span};
    Neuron *none = NULL;
    size_t n = model->n_populations++;
    sema->neurons = arena_append(sema->arena, sema->neurons, n,
                                   sizeof none, &none);
    model->populations = arena_append(sema->arena, model->populations, n,
                                        sizeof clock, &clock);
    return clock;
}

// A port that puts the value of `of` into the state `kept`, whatever weight.
static uint32_t add_port(Sema *sema, const Along *along, const Expr *kept)
{
    HybridSystem *system = along->layer->system;
    const Expr **after =
        ARENA_ARRAY(sema->arena, const Expr *, system->n_states);
    for (size_t k = 0; k < system->n_states; k++) {
        const Expr *state = system->states[k].symbol;
        after[k] = state == kept ? along->of : state;
    }
    Neuron *neuron = sema->neurons[along->layer->index];
    Dimension none = dimension_none();
    Port port = {.name = kept->name, .after = after, .unit = "1",
                 .weight = expr_symbol(sema->pool, "w", NULL, AXIS_SCALAR),
                 .span = along->span};
    size_t n = system->n_ports++;
    system->ports =
        arena_append(sema->arena, system->ports, n, sizeof port, &port);
    neuron->port_dimensions = arena_append(
        sema->arena, neuron->port_dimensions, n, sizeof none, &none);
    return (uint32_t)n;
}

static Parameter *add_weight(Sema *sema, const Projection *p)
{
    Parameter *w = ARENA_NEW(sema->arena, Parameter);
    *w = (Parameter){
        .name = arena_printf(sema->arena, "%s.weight", p->name),
        .symbol = expr_symbol(sema->pool, "w", NULL, AXIS_SCALAR),
        .unit = "1", .shape = PARAMETER_DENSE, .rows = 1,
        .columns = p->target->size, .internal = true,
        .low = -INFINITY, .high = INFINITY,
        .initial.value = expr_const(sema->pool, 1), .span = p->span};
    initial_add_parameter(sema, w);
    return w;
}

static void add_projection(Sema *sema, const Along *along, Population *clock,
                           uint32_t port)
{
    Model *model = sema->model;
    Projection *p = ARENA_NEW(sema->arena, Projection);
    *p = (Projection){.name = clock->name, .source = clock,
                      .target = along->layer, .port = port,
                      .span = along->span};
    p->weight = add_weight(sema, p);
    model->projections =
        arena_append(sema->arena, model->projections,
                       model->n_projections++, sizeof p, &p);
}

static const Expr *value_at(const Env *env, const Along *along, double time)
{
    Sema *sema = env->sema;
    // Both in one expression, as what the state is known by.
    const Expr *key = expr_binary(sema->pool, EXPR_MAX, along->of,
                                  expr_const(sema->pool, time));
    size_t n = along->layer->system->n_states;
    const Expr *kept =
        observe_hidden(env, along, "at", key, along->dimension, 0,
                       expr_const(sema->pool, 0));
    if (along->layer->system->n_states == n)
        return kept; // known from before
    Population *clock =
        add_clock(sema, along, new_name(sema, along->layer), time);
    add_projection(sema, along, clock, add_port(sema, along, kept));
    return kept;
}

// False after a report.
static bool read_time(const Env *env, const AstExpr *call, double *out)
{
    const char *what = "the time of 'at_time'";
    Operand time = evaluate_operand(env, call->call.args.items[1].value);
    time.value = conform(env, time, dimension_of_time(), what);
    if (value_is_poison(time.value) || !env->sema->model)
        return false;
    time.value.expr = observe_fix(env, time.span, time.value.expr);
    if (!time.value.expr || !conform_constant(env, time, what, out))
        return false;
    double duration = env->sema->model->duration;
    if (*out >= 0 && *out <= duration)
        return true;
    REPORT(env, AT_OUTSIDE, time.span, *out, duration);
    return false;
}

Value observe_at(const Env *env, const AstExpr *call)
{
    Along along;
    double time;
    bool is_sound = observe_along(env, call, false, &along);
    if (!read_time(env, call, &time) || !is_sound)
        return VALUE_POISONED;
    Observable what = {.kind = OBSERVE_FINAL, .population = along.layer,
                       .of = along.of};
    if (time < env->sema->model->duration)
        what.of = value_at(env, &along, time);
    char *text = arena_printf(env->sema->arena, "at_time(%s.%s, %.9g)",
                              along.layer->name,
                              expr_text(env->sema->arena, along.of), time);
    return value_number(observe_as(env, what, text), along.dimension);
}
