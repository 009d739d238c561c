// Questions about a model.
#include "model/model.h"

bool projection_spreads(const Projection *projection)
{
    return projection->delay_parameter &&
           projection->delay_per != SNN_PER_PROJECTION &&
           projection->delay_per != SNN_PER_SOURCE;
}

size_t system_add_state(Arena *arena, HybridSystem *system, State state)
{
    size_t n = system->n_states;
    const Expr *same = state.symbol;
    system->states =
        arena_append(arena, system->states, n, sizeof state, &state);
    for (size_t p = 0; p < system->n_ports; p++)
        system->ports[p].after = arena_append(
            arena, system->ports[p].after, n, sizeof same, &same);
    if (system->rest)
        system->rest->after =
            arena_append(arena, system->rest->after, n, sizeof same, &same);
    return system->n_states++;
}

const Expr *system_in_mode(ExprPool *pool, const HybridSystem *system,
                           const Expr *e, bool rests)
{
    if (!system->rest)
        return e;
    const Expr *flag = system->states[system->rest->flag].symbol;
    const Expr *value = expr_const(pool, rests);
    return expr_substitute(pool, e, &flag, &value, 1);
}

bool optimizer_reads(const Optimizer *optimizer, const Expr *symbol)
{
    bool reads = expr_depends_on(optimizer->next_parameter, symbol);
    for (size_t k = 0; k < optimizer->n_states; k++)
        reads |= expr_depends_on(optimizer->next_states[k], symbol);
    return reads;
}

bool optimizer_rests(ExprPool *pool, const Optimizer *o)
{
    const Expr *from[o->n_states + 1], *to[o->n_states + 1];
    for (size_t k = 0; k < o->n_states; k++) {
        from[k] = o->states[k].symbol;
        to[k] = expr_const(pool, o->states[k].initial);
    }
    from[o->n_states] = o->gradient;
    to[o->n_states] = expr_const(pool, 0);
    for (size_t k = 0; k < o->n_states; k++)
        if (expr_substitute(pool, o->next_states[k], from, to,
                            o->n_states + 1) != to[k])
            return false;
    return expr_substitute(pool, o->next_parameter, from, to,
                           o->n_states + 1) == o->parameter;
}

bool projection_is_dense(const Projection *projection)
{
    return projection->pattern.kind == SNN_PATTERN_DENSE &&
           projection->pattern.per == SNN_PER_SYNAPSE &&
           !projection->pattern.without_self;
}

static double window_count(const SnnPattern *p)
{
    double places = (double)p->y.to * p->x.to;
    return places * p->y.kernel * p->x.kernel * p->source_channels /
           p->groups * p->target_channels;
}

double projection_count(const Projection *projection)
{
    const SnnPattern *pattern = &projection->pattern;
    double sources = projection->source->size;
    double targets = projection->target->size;
    switch ((SnnPatternKind)pattern->kind) {
    case SNN_PATTERN_DENSE: return sources * targets;
    case SNN_PATTERN_ONE_TO_ONE: return sources;
    case SNN_PATTERN_RANDOM: return sources * targets * pattern->probability;
    case SNN_PATTERN_IN_DEGREE: return targets * pattern->degree;
    case SNN_PATTERN_OUT_DEGREE: return sources * pattern->degree;
    case SNN_PATTERN_WINDOW: return window_count(pattern);
    case SNN_PATTERN_LIST: break; // known when the trainer starts
    }
    return 0;
}
