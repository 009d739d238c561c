// Builds the event program (plan.h).
#include "events/plan.h"

#include <inttypes.h>
#include <string.h>
#include "events/blocks.h"
#include "events/hoist.h"
#include "events/lower_exp.h"
#include "events/plan_decay.h"
#include "events/plan_later.h"
#include "events/plan_numeric.h"

// Layers that caches hold anyway keep their states in rows.
static const uint32_t records_from = 256;

typedef struct Planning {
    const Model *model;
    ExprPool *pool;
    Arena *arena;
    PlanTarget target;
} Planning;

static bool is_lane(const void *context, const Expr *symbol)
{
    const LayerPlan *plan = context;
    if (symbol == plan->derived->interval)
        return false;
    for (size_t k = 0; k < plan->population->n_parameters; k++) {
        const Parameter *p = plan->population->parameters[k];
        if (p->symbol == symbol)
            return p->shape != PARAMETER_SHARED;
    }
    return true;
}

static void remark(const Planning *p, LayerPlan *plan, const char *choice,
                   const char *reason)
{
    PlanRemark r = {choice, reason};
    ARENA_PUSH(p->arena, plan->remarks, plan->n_remarks,
               plan->remarks_capacity, r);
}

static const Expr **new_row(const Planning *p, const LayerPlan *plan)
{
    return ARENA_ARRAY(p->arena, const Expr *, plan->derived->n + 1);
}

// ---- layout ----------------------------------------------------------------

// A tile keeps its states, their ends and a few temporaries in registers; its
// lanes are the bits of one word.
static unsigned choose_tile(const LayerPlan *plan)
{
    unsigned registers = 32; // of both AVX-512 and AArch64
    unsigned per_vector = 2 * (unsigned)plan->derived->n + 2;
    unsigned fits = registers / per_vector, word = 64 / plan->lanes;
    if (fits > word)
        fits = word;
    if (fits > plan->vectors)
        fits = plan->vectors;
    unsigned tiles = (plan->vectors + fits - 1) / (fits ? fits : 1);
    return (plan->vectors + tiles - 1) / tiles;
}

static void plan_layout(const Planning *p, LayerPlan *plan)
{
    unsigned size = plan->population->size;
    plan->lanes = p->target.lanes;
    while (plan->lanes > 4 && plan->lanes / 2 >= size)
        plan->lanes /= 2;
    plan->vectors = (size + plan->lanes - 1) / plan->lanes;
    plan->tile = choose_tile(plan);
    if (plan->vectors == 1)
        remark(p, plan,
               arena_printf(p->arena, "one vector of %u neurons", plan->lanes),
               "it stays in registers from the first arrival to the last");
    else
        remark(p, plan,
               arena_printf(p->arena, "tiles of %u vectors of %u neurons",
                            plan->tile, plan->lanes),
               arena_printf(p->arena, "%zu states of each fit in registers",
                            plan->derived->n));
    if (plan->strategy == STRATEGY_SWEEP && plan->vectors > 1
        && plan->derived->crossing.n > 0)
        remark(p, plan, "spikes in batches",
               "the few neurons that may spike are gathered into full vectors");
}

// Rows that the nearest caches do not hold: gradients take as much as weights,
// the optimiser more, and backward both reads and writes them.
static const uint64_t fetched_bytes = 256 << 10;

static void plan_fetch(const Planning *p, LayerPlan *plan)
{
    uint64_t bytes = 0;
    for (size_t k = 0; k < p->model->n_projections; k++) {
        const Projection *q = p->model->projections[k];
        if (q->target == plan->population)
            bytes += (uint64_t)q->weight->rows * q->weight->columns
                     * p->target.real_size;
    }
    plan->fetches_ahead = plan->strategy == STRATEGY_SWEEP
                          && bytes > fetched_bytes;
    if (plan->fetches_ahead)
        remark(p, plan, "rows of gradients fetched ahead",
               arena_printf(p->arena, "those of the arrivals before: caches do "
                            "not hold all %" PRIu64 " KiB", bytes >> 10));
}

// An arrival adds to the states what is proportional to its weight.
static bool adds_weight(const Planning *p, const LayerPlan *plan,
                        const Port *port)
{
    const Derived *d = plan->derived;
    for (size_t i = 0; i < d->n; i++) {
        const Expr *added = expr_sub(p->pool, port->after[i], d->states[i]);
        const Expr *factor, *rest;
        if (!expr_as_linear(p->pool, added, &port->weight, 1, &factor, &rest)
            || rest->op != EXPR_CONST || rest->value != 0)
            return false;
        for (size_t k = 0; k < d->n; k++)
            if (expr_depends_on(factor, d->states[k]))
                return false;
    }
    return true;
}

static void plan_arrivals(const Planning *p, LayerPlan *plan)
{
    const HybridSystem *system = plan->population->system;
    bool any = false;
    plan->merges = arena_alloc(p->arena, system->n_ports + 1);
    for (size_t k = 0; k < system->n_ports; k++) {
        plan->merges[k] = adds_weight(p, plan, &system->ports[k]);
        any |= plan->merges[k];
    }
    if (any && plan->strategy == STRATEGY_SWEEP)
        remark(p, plan, "arrivals of one instant merged",
               "their weights add up before the states change");
}

// ---- exact forms -----------------------------------------------------------

static const Expr *lower(const Planning *p, const LayerPlan *plan,
                         const DerivedFlow *flow, const Expr *e)
{
    return lower_exp(p->pool, p->arena, derive_spell_out(p->pool, flow, e),
                     plan->derived->interval);
}

static Gradients lower_gradients(const Planning *p, const LayerPlan *plan,
                                 const DerivedFlow *flow)
{
    const Gradients *from = &flow->gradients;
    Gradients to = {0};
    for (size_t k = 0; k < from->count; k++) {
        ParameterGradient g = from->items[k];
        g.value = lower(p, plan, flow, g.value);
        ARENA_PUSH(p->arena, to.items, to.count, to.capacity, g);
    }
    return to;
}

// Appends the places of a mode's forms.
static size_t list_forms(ModePlan *mode, size_t n, const Expr ***places)
{
    size_t count = 0;
    for (size_t k = 0; mode->advance && k < n; k++) {
        places[count++] = &mode->advance[k];
        places[count++] = &mode->lambda[k];
    }
    for (size_t k = 0; k < mode->gradients.count; k++)
        places[count++] = &mode->gradients.items[k].value;
    return count;
}

// One exponential serves all rates that are its multiples.
static void share_exponentials(const Planning *p, LayerPlan *plan)
{
    size_t n = plan->derived->n;
    size_t most = 4 * n + plan->awake.gradients.count
                  + plan->resting.gradients.count;
    const Expr ***places = ARENA_ARRAY(p->arena, const Expr **, most + 1);
    const Expr **rows = ARENA_ARRAY(p->arena, const Expr *, most + 1);
    size_t count = list_forms(&plan->awake, n, places);
    count += list_forms(&plan->resting, n, places + count);
    for (size_t k = 0; k < count; k++)
        rows[k] = *places[k];
    if (!share_exp(p->pool, p->arena, rows, count, plan->derived->interval))
        return;
    for (size_t k = 0; k < count; k++)
        *places[k] = rows[k];
    remark(p, plan, "exponentials shared as powers of one",
           "rates are small multiples of the slowest");
}

static bool has_robust_forms(const LayerPlan *plan, Arena *arena)
{
    size_t count;
    const Expr **nodes = expr_topological(arena, plan->advance,
                                          plan->derived->n, &count);
    for (size_t k = 0; k < count; k++)
        if (nodes[k]->op == EXPR_EXPDD || nodes[k]->op == EXPR_PAIRDD
            || nodes[k]->op == EXPR_PAIRDDT)
            return true;
    return false;
}

static ModePlan plan_mode(const Planning *p, const LayerPlan *plan, bool rests)
{
    const Derived *d = plan->derived;
    const HybridSystem *system = plan->population->system;
    const DerivedFlow *flow = rests ? &d->rest_flow : &d->flow;
    ModePlan mode = {new_row(p, plan), new_row(p, plan), new_row(p, plan),
                     lower_gradients(p, plan, flow)};
    for (size_t k = 0; k < d->n; k++) {
        mode.rates[k] = system_in_mode(p->pool, system, system->states[k].flow,
                                       rests);
        mode.advance[k] = lower(p, plan, flow, flow->advance[k]);
        mode.lambda[k] = lower(p, plan, flow, flow->lambda[k]);
    }
    return mode;
}

// Whether the neuron rests; NULL where it never does.
static const Expr *rests(const Planning *p, const LayerPlan *plan)
{
    const Rest *rest = plan->population->system->rest;
    return rest ? expr_binary(p->pool, EXPR_LT, expr_const(p->pool, 0.5),
                              plan->derived->states[rest->flag])
                : NULL;
}

static const Expr *either_mode(const Planning *p, const LayerPlan *plan,
                               const Expr *awake, const Expr *resting)
{
    return expr_select(p->pool, rests(p, plan), resting, awake);
}

// The gradient of a parameter in one mode, 0 where it has none.
static const Expr *gradient_of(const Planning *p, const Gradients *gradients,
                               const Parameter *parameter)
{
    for (size_t k = 0; k < gradients->count; k++)
        if (gradients->items[k].parameter == parameter)
            return gradients->items[k].value;
    return expr_const(p->pool, 0);
}

static Gradients join_gradients(const Planning *p, const LayerPlan *plan)
{
    Gradients joined = {0};
    for (size_t k = 0; k < plan->population->n_parameters; k++) {
        const Parameter *q = plan->population->parameters[k];
        const Expr *awake = gradient_of(p, &plan->awake.gradients, q);
        const Expr *resting = gradient_of(p, &plan->resting.gradients, q);
        ParameterGradient g = {q, either_mode(p, plan, awake, resting)};
        if (!expr_is_const(g.value, 0))
            ARENA_PUSH(p->arena, joined.items, joined.count, joined.capacity,
                       g);
    }
    return joined;
}

static void join_modes(const Planning *p, LayerPlan *plan)
{
    if (!plan->population->system->rest) {
        plan->advance = plan->awake.advance;
        plan->lambda = plan->awake.lambda;
        plan->gradients = plan->awake.gradients;
        return;
    }
    plan->advance = new_row(p, plan);
    plan->lambda = new_row(p, plan);
    for (size_t k = 0; k < plan->derived->n; k++) {
        plan->advance[k] = either_mode(p, plan, plan->awake.advance[k],
                                       plan->resting.advance[k]);
        plan->lambda[k] = either_mode(p, plan, plan->awake.lambda[k],
                                      plan->resting.lambda[k]);
    }
    plan->gradients = join_gradients(p, plan);
}

// "v, u and x, y", or NULL.
static const char *pair_names(const Planning *p, const LayerPlan *plan)
{
    const State *states = plan->population->system->states;
    const char *names = NULL;
    for (size_t k = 0; k < plan->derived->n; k++) {
        const FlowPair *pair = plan->derived->flow.pairs[k];
        if (!pair || pair->states[0] != k)
            continue;
        names = arena_printf(p->arena, "%s%s%s, %s", names ? names : "",
                             names ? " and " : "", states[k].name,
                             states[pair->states[1]].name);
    }
    return names;
}

static void remark_solver(const Planning *p, LayerPlan *plan)
{
    const char *pairs = pair_names(p, plan);
    if (!pairs) {
        plan->solver = "closed form: triangular linear flow";
        remark(p, plan, plan->solver,
               "each flow is linear in the states and no state drives itself "
               "through others");
        return;
    }
    plan->solver = arena_printf(p->arena, "closed form: pair %s", pairs);
    remark(p, plan, plan->solver,
           "each flow is linear in the states, and at most two drive each "
           "other: exponentials times cosines and sines, or of real rates");
}

static void plan_exact(const Planning *p, LayerPlan *plan)
{
    plan->awake = plan_mode(p, plan, false);
    if (plan->population->system->rest)
        plan->resting = plan_mode(p, plan, true);
    share_exponentials(p, plan);
    join_modes(p, plan);
    plan->traces_states = plan->gradients.count > 0;
    plan_decay(p->pool, p->arena, plan);
    bool robust = has_robust_forms(plan, p->arena);
    remark_solver(p, plan);
    if (robust)
        remark(p, plan, "divided differences of exp",
               "time constants may meet: equal and nearly equal rates keep "
               "full accuracy");
    else
        remark(p, plan, pair_names(p, plan)
                            ? "sums of exponentials, cosines and sines"
                            : "sums of exponentials",
               "the rates are constants, equal or well apart");
}

// ---- fast path -------------------------------------------------------------

static Hoist hoisting(const Planning *p, LayerPlan *plan, EventScalars *out)
{
    Hoist h = {p->pool, p->arena, plan->derived->interval, is_lane, plan, out};
    return h;
}

// row . x' after the time h, with x' at the start from the flow: by the advance
// without its drive, x'(h) = M(h) x'(0).
static const Expr *rates_along_flow(const Planning *p, const LayerPlan *plan,
                                    const ModePlan *mode,
                                    const Expr *const *row)
{
    size_t n = plan->derived->n;
    const Expr **m = new_row(p, plan), **sums = new_row(p, plan), *rest;
    const Expr *value = expr_const(p->pool, 0);
    for (size_t i = 0; i < n; i++)
        sums[i] = expr_const(p->pool, 0);
    for (size_t j = 0; j < n; j++) {
        expr_as_linear(p->pool, mode->advance[j], plan->derived->states, n, m,
                       &rest);
        for (size_t i = 0; i < n; i++)
            sums[i] = expr_add(p->pool, sums[i],
                               expr_mul(p->pool, row[j], m[i]));
    }
    for (size_t i = 0; i < n; i++)
        value = expr_add(p->pool, value,
                         expr_mul(p->pool, sums[i], mode->rates[i]));
    return value;
}

static ZeroPlan plan_zeros(const Planning *p, const LayerPlan *plan,
                           const ModePlan *mode, const ZeroSequence *zeros)
{
    const Derived *d = plan->derived;
    ZeroPlan out = {zeros, ARENA_ARRAY(p->arena, const Expr *, zeros->n + 1),
                    NULL, NULL, NULL, NULL};
    for (size_t k = 0; k < zeros->n; k++)
        out.moved[k] = zeros->row[k]
            ? rates_along_flow(p, plan, mode, zeros->row[k])
            : expr_substitute(p->pool, zeros->functional[k], d->states,
                              mode->advance, d->n);
    return out;
}

static void bound_later(const Planning *p, const LayerPlan *plan,
                        const ModePlan *mode, const Expr *value, size_t slope,
                        ZeroPlan *zeros)
{
    if (!zeros->zeros->middle)
        return;
    value = expr_substitute(p->pool, value, plan->derived->states,
                            mode->advance, plan->derived->n);
    zeros->later = plan_later(p->pool, zeros, value, slope);
}

// `screen` where the neuron rests, or does not.
static const Expr *screen_in_mode(const Planning *p, const LayerPlan *plan,
                                  const Expr *screen, bool resting)
{
    const Expr *now = rests(p, plan);
    if (!now)
        return screen;
    if (!resting)
        now = expr_unary(p->pool, EXPR_NOT, now);
    return expr_binary(p->pool, EXPR_AND, now, screen);
}

static void plan_rest_peak(const Planning *p, const LayerPlan *plan,
                           const Ends *ends, PeakPlan *peak)
{
    if (!plan->population->system->rest)
        return;
    const DerivedObservable *o = peak->observable;
    peak->rest_extrema = plan_zeros(p, plan, &plan->resting, &o->rest_extrema);
    bound_later(p, plan, &plan->resting, o->value, 0, &peak->rest_extrema);
    const Expr *may = may_peak(ends, &peak->rest_extrema, o->value, peak->best);
    peak->rest_screen = screen_in_mode(p, plan, may, true);
}

static void plan_peak(const Planning *p, LayerPlan *plan, const Ends *ends,
                      const Hoist *h, const DerivedObservable *observable)
{
    PeakPlan *peak = &plan->peaks[plan->n_peaks++];
    peak->observable = observable;
    peak->best = expr_symbol(p->pool, "best", NULL, AXIS_SCALAR);
    peak->extrema = plan_zeros(p, plan, &plan->awake, &observable->extrema);
    bound_later(p, plan, &plan->awake, observable->value, 0, &peak->extrema);
    const Expr *may = may_peak(ends, &peak->extrema, observable->value,
                               peak->best);
    peak->screen = screen_in_mode(p, plan, may, false);
    plan_rest_peak(p, plan, ends, peak);
    peak->may_peak = hoist(h, may);
    peak->start = observable->value;
    peak->end = at_end(ends, observable->value);
    peak->start_slope = observable->slope;
    peak->end_slope = at_end(ends, observable->slope);
}

static void plan_forward(const Planning *p, LayerPlan *plan)
{
    const Derived *d = plan->derived;
    Hoist h = hoisting(p, plan, &plan->forward);
    Ends ends = {p->pool, p->arena, d->states, plan->end_states, d->n,
                 d->interval};
    plan->fast_advance = new_row(p, plan);
    for (size_t k = 0; k < d->n; k++)
        plan->fast_advance[k] = hoist(&h, plan->advance[k]);
    if (d->crossing.n > 0) {
        plan->crossing = plan_zeros(p, plan, &plan->awake, &d->crossing);
        bound_later(p, plan, &plan->awake, d->crossing.functional[0], 1,
                    &plan->crossing);
        plan_decay_zeros(p->pool, p->arena, plan,
                         p->target.real_size == 8 ? 0x1p-52 : 0x1p-23,
                         &plan->crossing);
        if (plan->crossing.decay)
            remark(p, plan, "spike times as zeros of polynomials",
                   "one exponential carries the flow: no other is needed");
        if (plan->crossing.concave)
            remark(p, plan, "parabolas from the start of the interval",
                   "a guard that is concave in what decays has its first zero "
                   "ahead: no extremum is needed");
        const Expr *may = may_cross(&ends, &plan->crossing);
        plan->screen = screen_in_mode(p, plan, may, false);
        plan->may_spike = hoist(&h, plan->screen);
        plan_decay_screen(p->pool, p->arena, plan);
    }
    for (size_t k = 0; k < d->n_observables; k++) {
        const DerivedObservable *o = &d->observables[k];
        if (o->observable->kind == OBSERVE_MAXIMUM)
            plan_peak(p, plan, &ends, &h, o);
        else
            plan->finals[plan->n_finals++] = o;
    }
}

static void plan_backward(const Planning *p, LayerPlan *plan)
{
    const Derived *d = plan->derived;
    Hoist h = hoisting(p, plan, &plan->backward);
    plan->fast_lambda = new_row(p, plan);
    for (size_t k = 0; k < d->n; k++)
        plan->fast_lambda[k] = hoist(&h, plan->lambda[k]);
    for (size_t k = 0; k < plan->gradients.count; k++) {
        ParameterGradient g = plan->gradients.items[k];
        g.value = hoist(&h, g.value);
        ARENA_PUSH(p->arena, plan->fast_gradients.items,
                   plan->fast_gradients.count, plan->fast_gradients.capacity,
                   g);
    }
}

static void make_end_states(const Planning *p, LayerPlan *plan)
{
    const HybridSystem *system = plan->population->system;
    plan->end_states = new_row(p, plan);
    for (size_t k = 0; k < plan->derived->n; k++)
        plan->end_states[k] = expr_symbol(
            p->pool, arena_printf(p->arena, "%s_end", system->states[k].name),
            NULL, AXIS_SCALAR);
}

static void remark_scalars(const Planning *p, LayerPlan *plan)
{
    remark(p, plan,
           arena_printf(p->arena, "%zu + %zu event scalars",
                        plan->forward.count, plan->backward.count),
           "the same for all neurons: computed once per interval");
    if (plan->may_spike)
        remark(p, plan, "spikes screened at interval ends",
               plan->derived->crossing.n <= 3
                   ? "at most one extremum: signs of the slope and a tangent"
                   : "sign variations bound the number of crossings");
    if (plan->strategy == STRATEGY_SWEEP && plan->n_finals == 0)
        remark(p, plan, "backward from the last event that matters",
               "until there all adjoints are 0");
    if (plan->traces_states)
        remark(p, plan, "states traced at each interval",
               "a learned parameter of the flow needs them");
}

static void plan_strategy(const Planning *p, const EventProgram *program,
                          LayerPlan *plan)
{
    Choice choice = blocks_choose(program, plan->derived,
                                  p->target.only_events);
    plan->strategy = choice.strategy;
    remark(p, plan, choice.name, choice.reason);
    plan->keeps_records = choice.has_lists &&
                          plan->population->size >= records_from;
    if (plan->keeps_records)
        remark(p, plan, "a record in memory for each neuron",
               "spikes reach neurons that lie far apart");
}

static LayerPlan *plan_followed(const Planning *p, const EventProgram *program,
                                const Derived *derived)
{
    const Population *population = derived->population;
    LayerPlan *plan = plan_numeric(p->model, p->target, derived);
    Choice choice = blocks_choose(program, derived, p->target.only_events);
    plan->strategy = choice.strategy;
    if (choice.strategy == STRATEGY_SWEEP)
        return plan;
    remark(p, plan, choice.name, choice.reason);
    plan->keeps_records = choice.has_lists && population->size >= records_from;
    return plan;
}

// Channels of a place that fill whole vectors need one list of arrivals.
static void plan_channels(const Planning *p, LayerPlan *plan)
{
    uint32_t channels = blocks_shared_channels(p->model, plan->population);
    if (plan->strategy != STRATEGY_SLICES || channels == 0 ||
        channels % plan->lanes != 0)
        return;
    plan->channels = channels;
    for (size_t k = 0; k < p->model->n_projections; k++) {
        const Projection *from = p->model->projections[k];
        plan->strides |= from->target == plan->population &&
                         (from->pattern.kind != SNN_PATTERN_WINDOW ||
                          from->pattern.per != SNN_PER_KERNEL);
    }
    remark(p, plan,
           arena_printf(p->arena, "one list of arrivals for the %u channels "
                        "of a place", channels),
           "all have the same sources, and fill whole vectors");
}

static LayerPlan *plan_layer(const Planning *p, const EventProgram *program,
                             const Derived *derived)
{
    if (derived->numeric)
        return plan_followed(p, program, derived);
    LayerPlan *plan = ARENA_NEW(p->arena, LayerPlan);
    plan->population = derived->population;
    plan->derived = derived;
    plan_strategy(p, program, plan);
    plan->peaks = ARENA_ARRAY(p->arena, PeakPlan, derived->n_observables + 1);
    plan->finals = ARENA_ARRAY(p->arena, const DerivedObservable *,
                               derived->n_observables + 1);
    make_end_states(p, plan);
    plan_exact(p, plan);
    plan_layout(p, plan);
    plan_channels(p, plan);
    plan_arrivals(p, plan);
    plan_fetch(p, plan);
    plan_forward(p, plan);
    plan_backward(p, plan);
    remark_scalars(p, plan);
    return plan;
}

EventProgram *plan_events(const DerivedModel *derived, PlanTarget target)
{
    const Model *model = derived->model;
    Planning p = {model, model->pool, model->arena, target};
    EventProgram *program = ARENA_NEW(model->arena, EventProgram);
    program->model = model;
    program->derived = derived;
    program->real_size = target.real_size;
    program->layers = ARENA_ARRAY(model->arena, LayerPlan *,
                                  model->n_populations);
    blocks_find(program);
    for (size_t k = 0; k < model->n_populations; k++) {
        if (derived->populations[k])
            program->layers[k] = plan_layer(&p, program,
                                            derived->populations[k]);
    }
    return program;
}
