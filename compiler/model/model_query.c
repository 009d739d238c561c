// Questions about a model.
#include "model/model.h"

bool projection_spreads(const Projection *projection)
{
    return projection->delay_parameter &&
           projection->delay_per != SNN_PER_PROJECTION &&
           projection->delay_per != SNN_PER_SOURCE;
}

bool optimizer_reads(const Optimizer *optimizer, const Expr *symbol)
{
    bool reads = expr_depends_on(optimizer->next_parameter, symbol);
    for (size_t k = 0; k < optimizer->n_states; k++)
        reads |= expr_depends_on(optimizer->next_states[k], symbol);
    return reads;
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
