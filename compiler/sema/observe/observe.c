// Observables: what a loss or a prediction may see of a run, one number for
// each neuron of a layer.
#include "sema/observe/observe.h"

#include <string.h>
#include "sema/declare.h"

// ---- one observable for each thing that is observed ------------------------

static const Expr *find_observable(const Model *model, const Observable *what)
{
    for (size_t i = 0; i < model->n_observables; i++) {
        const Observable *o = model->observables[i];
        if (o->kind == what->kind && o->population == what->population &&
            o->of == what->of && o->term == what->term &&
            o->nth == what->nth)
            return o->symbol;
    }
    return NULL;
}

const Expr *observe_as(const Env *env, Observable what, const char *text)
{
    Sema *sema = env->sema;
    Model *model = sema->model;
    const Expr *known = model ? find_observable(model, &what) : NULL;
    if (known)
        return known;
    what.symbol =
        expr_symbol(sema->pool, text, NULL, what.population->axis);
    if (!model)
        return what.symbol;
    Observable *observable = ARENA_NEW(sema->arena, Observable);
    *observable = what;
    ARENA_PUSH(sema->arena, model->observables, model->n_observables,
               sema->observables_capacity, observable);
    return what.symbol;
}

// ---- spikes ----------------------------------------------------------------

bool observe_has_spikes(const Env *env, Span span, const Population *layer,
                        const char *callee)
{
    if (layer->system && layer->system->guard)
        return true;
    Diag *diag = REPORT(env, NEVER_SPIKES, span, callee, layer->name);
    if (layer->is_input)
        diag_note(diag, layer->span, "'%s' is an input", layer->name);
    else if (layer->system)
        diag_note(diag, layer->span, "neuron '%s' has no 'spike when'",
                  layer->system->neuron);
    return false;
}

bool observe_is_outside(const Env *env, Span span, const char *callee)
{
    if (!env->trajectory)
        return true;
    REPORT(env, OBSERVED_TWICE, span, callee, env->trajectory->observer);
    env->trajectory->is_poisoned = true;
    return false;
}

static Value layer_value(const Env *env, const AstExpr *call, Population *layer,
                         ObservableKind kind)
{
    const char *callee = call->call.callee.name;
    char *text = arena_printf(env->sema->arena, "%s(%s)", callee, layer->name);
    Dimension dimension = dimension_none();
    if (kind == OBSERVE_FIRST_SPIKE) { // also behind fired(layer)
        text = arena_printf(env->sema->arena, "first_spike(%s)", layer->name);
        dimension = dimension_of_time();
    }
    Observable what = {.kind = kind, .population = layer,
                       .nth = kind == OBSERVE_FIRST_SPIKE};
    return value_number(observe_as(env, what, text), dimension);
}

Value observe_layer_argument(const Env *env, const AstExpr *call)
{
    const char *callee = call->call.callee.name;
    Operand operand = evaluate_operand(env, call->call.args.items[0].value);
    Value value = operand.value;
    if (value_is_poison(value) || value.kind == VALUE_LAYER)
        return value;
    const char *what =
        arena_printf(env->sema->arena, "the argument of '%s'", callee);
    REPORT(env, WRONG_VALUE, operand.span, "a layer", what,
           value_describe(env->sema->arena, value));
    return VALUE_POISONED;
}

Value observe_layer(const Env *env, const AstExpr *call, ObservableKind kind)
{
    const char *callee = call->call.callee.name;
    Span span = call->call.args.items[0].span;
    Value value = observe_layer_argument(env, call);
    if (!observe_is_outside(env, call->span, callee) || !value.layer)
        return VALUE_POISONED;
    if (value_is_poison(value))
        return layer_value(env, call, value.layer, kind);
    if (!observe_has_spikes(env, span, value.layer, callee))
        return VALUE_POISONED;
    if (kind == OBSERVE_SPIKE_COUNT && env->context->kind == CONTEXT_LOSS)
        REPORT(env, ZERO_GRADIENT, call->span, callee);
    return layer_value(env, call, value.layer, kind);
}

// ---- states over time ------------------------------------------------------

static Value unknown_state(const Env *env, const AstExpr *member,
                           const Population *layer)
{
    const HybridSystem *system = layer->system;
    Ident name = member->member.member;
    Diag *diag = REPORT(env, UNKNOWN_STATE, name.span, layer->name, name.name);
    if (!system) {
        diag_note(diag, layer->span, "'%s' is an input and has no states",
                  layer->name);
        return VALUE_POISONED;
    }
    const char *names[64];
    size_t n = 0;
    for (; n < system->n_states && n < 64; n++)
        names[n] = system->states[n].name;
    diag_suggest_name(diag, name.name, names, n);
    return VALUE_POISONED;
}

static Value state_value(const Env *env, const AstExpr *member,
                         const Population *layer)
{
    const Neuron *neuron = env->sema->neurons[layer->index];
    if (!neuron)
        return unknown_state(env, member, layer);
    for (size_t i = 0; i < neuron->system->n_states; i++)
        if (!strcmp(neuron->system->states[i].name,
                    member->member.member.name))
            return value_number(neuron->system->states[i].symbol,
                                neuron->state_dimensions[i]);
    return unknown_state(env, member, layer);
}

// One trajectory belongs to one layer.
static bool is_of_layer(const Env *env, const AstExpr *member,
                        Population *layer)
{
    Trajectory *trajectory = env->trajectory;
    if (trajectory->layer && trajectory->layer != layer) {
        REPORT(env, TWO_TRAJECTORIES, member->span, trajectory->observer,
               trajectory->layer->name, layer->name);
        trajectory->is_poisoned = true;
        return false;
    }
    trajectory->layer = layer;
    return true;
}

Value observe_member(const Env *env, const AstExpr *member)
{
    Operand base = evaluate_operand(env, member->member.base);
    Population *layer = base.value.layer;
    bool has_states = env->trajectory && env->trajectory->has_states;
    if (value_is_poison(base.value)) {
        if (layer && has_states)
            env->trajectory->layer = layer;
        if (!layer || has_states)
            return VALUE_POISONED;
    } else if (base.value.kind != VALUE_LAYER) {
        REPORT(env, MEMBER_OF_NUMBER, base.span,
               member->member.member.name,
               value_describe(env->sema->arena, base.value));
        return VALUE_POISONED;
    }
    if (!has_states) {
        REPORT(env, STATE_WITHOUT_TIME, member->span, layer->name,
               member->member.member.name);
        return VALUE_POISONED;
    }
    return is_of_layer(env, member, layer) ? state_value(env, member, layer)
                                           : VALUE_POISONED;
}

static bool is_state(const Population *layer, const Expr *symbol)
{
    for (size_t i = 0; i < layer->system->n_states; i++)
        if (layer->system->states[i].symbol == symbol)
            return true;
    return false;
}

bool observe_is_of_states(const Env *env, Span span,
                          const Trajectory *trajectory, const Expr *of,
                          const Expr *also)
{
    const Expr **symbols = NULL;
    size_t count = 0, capacity = 0;
    expr_free_symbols(of, env->sema->arena, &symbols, &count, &capacity);
    for (size_t i = 0; i < count; i++)
        if (!is_state(trajectory->layer, symbols[i]) &&
            symbols[i] != also) {
            REPORT(env, NOT_OF_STATES, span, trajectory->observer,
                   symbols[i]->name);
            return false;
        }
    return true;
}

Value observe_inside(const Env *env, const AstExpr *call, size_t index,
                     Trajectory *trajectory)
{
    Env inside = *env;
    inside.trajectory = trajectory;
    Operand of = evaluate_operand(&inside, call->call.args.items[index].value);
    Value value = conform_number(env, of, "what is observed");
    return trajectory->is_poisoned ? VALUE_POISONED : value;
}
