// Strongly connected parts (Tarjan's algorithm, without recursion), and the
// choice of a strategy for each (blocks.h).
#include "events/blocks.h"

typedef struct Search {
    const Model *model;
    uint32_t *first, *targets;  // edges by source: targets[first[k]...]
    uint32_t *next;             // edge to follow next
    uint32_t *number, *low;     // 0: not seen yet
    uint32_t *path, *stack;
    uint32_t n_path, n_stack, n_seen, n_blocks;
    uint32_t *block;            // UINT32_MAX: still open
} Search;

static uint32_t *words(const Search *s, size_t n)
{
    return ARENA_ARRAY(s->model->arena, uint32_t, n + 1);
}

static void list_edges(Search *s)
{
    const Model *model = s->model;
    size_t n = model->n_populations;
    s->first = words(s, n + 1);
    s->targets = words(s, model->n_projections);
    for (size_t k = 0; k < model->n_projections; k++)
        s->first[model->projections[k]->source->index + 1]++;
    for (size_t k = 0; k < n; k++)
        s->first[k + 1] += s->first[k];
    uint32_t *at = words(s, n);
    for (size_t k = 0; k < model->n_projections; k++) {
        uint32_t source = model->projections[k]->source->index;
        s->targets[s->first[source] + at[source]++] =
            model->projections[k]->target->index;
    }
}

static void enter(Search *s, uint32_t population)
{
    s->number[population] = s->low[population] = ++s->n_seen;
    s->next[population] = s->first[population];
    s->path[s->n_path++] = population;
    s->stack[s->n_stack++] = population;
}

static void lower(Search *s, uint32_t population, uint32_t to)
{
    if (to < s->low[population])
        s->low[population] = to;
}

static void leave(Search *s, uint32_t population)
{
    s->n_path--;
    if (s->n_path > 0)
        lower(s, s->path[s->n_path - 1], s->low[population]);
    if (s->low[population] != s->number[population])
        return;
    uint32_t member;
    do {
        member = s->stack[--s->n_stack];
        s->block[member] = s->n_blocks;
    } while (member != population);
    s->n_blocks++;
}

static void search_from(Search *s, uint32_t start)
{
    enter(s, start);
    while (s->n_path > 0) {
        uint32_t here = s->path[s->n_path - 1];
        if (s->next[here] == s->first[here + 1]) {
            leave(s, here);
            continue;
        }
        uint32_t target = s->targets[s->next[here]++];
        if (s->number[target] == 0)
            enter(s, target);
        else if (s->block[target] == UINT32_MAX)
            lower(s, here, s->number[target]);
    }
}

// ---- order -----------------------------------------------------------------

// Edges that enter each block from others.
static uint32_t *count_entering(const Search *s)
{
    uint32_t *entering = words(s, s->n_blocks);
    for (size_t k = 0; k < s->model->n_projections; k++) {
        const Projection *p = s->model->projections[k];
        uint32_t block = s->block[p->target->index];
        entering[block] += s->block[p->source->index] != block;
    }
    return entering;
}

static void place(const Search *s, EventProgram *program, uint32_t block,
                  uint32_t number, uint32_t *entering)
{
    const Model *model = s->model;
    for (uint32_t k = 0, at = program->n_placed; k < model->n_populations; k++)
        if (s->block[k] == block) {
            program->order[at++] = k;
            program->block[k] = number;
            program->n_placed = at;
        }
    for (size_t k = 0; k < model->n_projections; k++) {
        const Projection *p = model->projections[k];
        uint32_t target = s->block[p->target->index];
        if (s->block[p->source->index] == block && target != block)
            entering[target]--;
    }
}

// By declaration, as far as sources allow.
static void order_blocks(const Search *s, EventProgram *program)
{
    uint32_t n = (uint32_t)s->model->n_populations, number = 0;
    uint32_t *entering = count_entering(s);
    bool *done = ARENA_ARRAY(s->model->arena, bool, s->n_blocks + 1);
    program->order = words(s, n);
    program->block = words(s, n);
    program->n_placed = 0;
    while (program->n_placed < n)
        for (uint32_t k = 0; k < n; k++) {
            uint32_t block = s->block[k];
            if (done[block] || entering[block] > 0)
                continue;
            done[block] = true;
            place(s, program, block, number++, entering);
        }
}

void blocks_find(EventProgram *program)
{
    const Model *model = program->model;
    uint32_t n = (uint32_t)model->n_populations;
    Search s = {.model = model};
    list_edges(&s);
    s.next = words(&s, n);
    s.number = words(&s, n);
    s.low = words(&s, n);
    s.path = words(&s, n);
    s.stack = words(&s, n);
    s.block = words(&s, n);
    for (uint32_t k = 0; k < n; k++)
        s.block[k] = UINT32_MAX;
    for (uint32_t k = 0; k < n; k++)
        if (s.number[k] == 0)
            search_from(&s, k);
    order_blocks(&s, program);
}

// ---- choice ----------------------------------------------------------------

static const char *recurrent(const EventProgram *program,
                             const Population *population)
{
    const Model *model = program->model;
    for (size_t k = 0; k < model->n_projections; k++) {
        const Projection *p = model->projections[k];
        if (p->target == population &&
            program->block[p->source->index] ==
                program->block[population->index])
            return arena_printf(model->arena,
                                "'%s' leads back into its own block", p->name);
    }
    return NULL;
}

static const char *describe_table(Arena *arena, const Projection *p)
{
    double synapses = projection_count(p), targets = p->target->size;
    double reached = synapses / p->source->size;
    if (synapses == 0)
        return arena_printf(arena, "'%s' has a table of synapses", p->name);
    return arena_printf(arena,
                        "'%s' has a table of synapses: a spike reaches %.3g of "
                        "%.0f neurons (%.3g %%)", p->name, reached, targets,
                        100 * reached / targets);
}

static const char *has_table(const EventProgram *program,
                             const Population *population)
{
    const Model *model = program->model;
    for (size_t k = 0; k < model->n_projections; k++) {
        const Projection *p = model->projections[k];
        if (p->target == population && !projection_is_dense(p))
            return describe_table(model->arena, p);
    }
    return NULL;
}

static const char *spreads(const EventProgram *program,
                           const Population *population)
{
    const Model *model = program->model;
    for (size_t k = 0; k < model->n_projections; k++) {
        const Projection *p = model->projections[k];
        if (p->target == population && projection_spreads(p))
            return arena_printf(model->arena,
                                "a spike's arrivals over '%s' come one after "
                                "the other", p->name);
    }
    return NULL;
}

static const char *reads_state(const Derived *derived)
{
    for (size_t k = 0; k < derived->population->system->n_ports; k++)
        if (derived->ports[k].reads_state)
            return "what an arrival does to the adjoint depends on the state";
    return NULL;
}

static const char *several_maxima(const Derived *derived)
{
    int count = 0;
    for (size_t k = 0; k < derived->n_observables; k++)
        count += derived->observables[k].observable->kind == OBSERVE_MAXIMUM;
    return count > 1 ? "several maxima are observed, each at a time of its own"
                     : NULL;
}

Choice blocks_choose(const EventProgram *program, const Derived *derived,
                     bool only_events)
{
    const char *table = has_table(program, derived->population);
    const char *reason = recurrent(program, derived->population);
    const char *spread = spreads(program, derived->population);
    if (!reason && derived->numeric)
        reason = table ? table : spread;
    if (!reason && !derived->numeric && derived->population->system->rest)
        reason = "refractory periods end between the arrivals, each by itself";
    if (!reason && only_events)
        reason = "asked for by --strategy=events";
    if (reason)
        return (Choice){STRATEGY_EVENTS, "event loop", reason, table != NULL};
    reason = table ? table : spread;
    if (!reason && !derived->numeric)
        reason = reads_state(derived);
    if (reason)
        return (Choice){STRATEGY_SLICES, "slices of neurons, each over its own "
                        "arrivals", reason, false};
    reason = several_maxima(derived);
    if (reason)
        return (Choice){STRATEGY_EVENTS, "event loop", reason, false};
    return (Choice){STRATEGY_SWEEP, "sweep over sorted arrivals",
                    "all arrivals are known before, each reaches all neurons",
                    false};
}

// ---- channels that share their sources --------------------------------------

static bool joins_whole_places(const Projection *p)
{
    const SnnPattern *pattern = &p->pattern;
    if (projection_spreads(p))
        return false;
    return projection_is_dense(p) ||
           (pattern->kind == SNN_PATTERN_WINDOW && pattern->groups == 1 &&
            (pattern->per == SNN_PER_KERNEL ||
             pattern->per == SNN_PER_SYNAPSE));
}

uint32_t blocks_shared_channels(const Model *model,
                                const Population *population)
{
    uint32_t channels = 0;
    for (size_t k = 0; k < model->n_projections; k++) {
        const Projection *p = model->projections[k];
        if (p->target != population)
            continue;
        if (!joins_whole_places(p))
            return 0;
        if (p->pattern.kind != SNN_PATTERN_WINDOW)
            continue;
        if (channels > 0 && channels != p->pattern.target_channels)
            return 0;
        channels = p->pattern.target_channels;
    }
    return channels;
}
