// States of a layer that only an observable reads. The rest of the compiler
// knows nothing special about them.
#include "sema/observe/observe.h"

#include <string.h>

static const Expr *find_hidden(const Sema *sema, const Population *layer,
                               const Expr *of)
{
    for (size_t k = 0; k < sema->n_hidden; k++)
        if (sema->hidden[k].layer == layer && sema->hidden[k].of == of)
            return sema->hidden[k].symbol;
    return NULL;
}

static const char *new_name(const Sema *sema, const HybridSystem *system,
                            const char *name)
{
    const char *candidate = name;
    for (size_t k = 0, number = 2; k < system->n_states; k++)
        if (!strcmp(system->states[k].name, candidate)) {
            candidate = arena_printf(sema->arena, "%s%zu", name, number++);
            k = (size_t)-1; // from the start
        }
    return candidate;
}

// Appends a state to the layer, 0 at the start and left alone by all events.
static State *hidden_add(const Env *env, const Along *along, const char *name,
                         const Expr *of, Dimension dimension)
{
    Sema *sema = env->sema;
    Arena *arena = sema->arena;
    Neuron *neuron = sema->neurons[along->layer->index];
    HybridSystem *system = neuron->system;
    size_t n = system->n_states;
    State state = {.unit = dimension_format(arena, dimension),
                   .initial = expr_const(sema->pool, 0), .span = along->span};
    state.name = new_name(sema, system, name);
    state.symbol = expr_symbol(sema->pool, state.name, NULL, AXIS_SCALAR);
    state.reset = state.symbol;
    state.flow = state.initial;
    system_add_state(arena, system, state);
    neuron->state_dimensions =
        arena_append(arena, neuron->state_dimensions, n, sizeof dimension,
                       &dimension);
    Hidden hidden = {along->layer, of, state.symbol};
    ARENA_PUSH(arena, sema->hidden, sema->n_hidden, sema->hidden_capacity,
               hidden);
    return &system->states[n];
}

const Expr *observe_hidden(const Env *env, const Along *along,
                           const char *name, const Expr *of,
                           Dimension dimension, double rate,
                           const Expr *drive)
{
    ExprPool *pool = env->sema->pool;
    const Expr *known = find_hidden(env->sema, along->layer, of);
    if (known)
        return known;
    State *state = hidden_add(env, along, name, of, dimension);
    const Expr *own = expr_mul(pool, expr_const(pool, rate), state->symbol);
    state->flow = expr_add(pool, own, drive);
    return state->symbol;
}
