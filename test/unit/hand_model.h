// Models built by hand, for tests of everything behind the front end: neurons
// of several shapes whose parameters are constants, shared or per neuron.
#ifndef SNNC_TEST_HAND_MODEL_H
#define SNNC_TEST_HAND_MODEL_H

#include <string.h>
#include "model/derive.h"

// How the parameters of the next layers are held.
typedef enum { HAND_CONSTANT, HAND_SHARED, HAND_PER_NEURON } HandMode;

typedef struct Hand {
    Arena *arena;
    ExprPool *pool;
    Diags *diags;
    Model *model;
    HandMode mode;
    double tau_mem, tau_syn, tau_slow; // s, of the next layers
    double v_reset, bias, v_start;
} Hand;

enum { HAND_MAX = 24 };

static inline const Expr *hand_symbol(Hand *h, const char *name)
{
    return expr_symbol(h->pool, name, NULL, AXIS_SCALAR);
}

static inline Hand hand_new(double duration)
{
    Hand h = {.arena = arena_new(), .tau_mem = 20e-3, .tau_syn = 5e-3,
              .tau_slow = 10e-3};
    h.pool = expr_pool_new(h.arena);
    h.diags = diags_new(h.arena);
    Model *m = h.model = ARENA_NEW(h.arena, Model);
    m->arena = h.arena;
    m->pool = h.pool;
    m->name = "hand";
    m->duration = duration;
    m->populations = ARENA_ARRAY(h.arena, Population *, HAND_MAX);
    m->projections = ARENA_ARRAY(h.arena, Projection *, HAND_MAX);
    m->parameters = ARENA_ARRAY(h.arena, Parameter *, HAND_MAX * HAND_MAX);
    m->observables = ARENA_ARRAY(h.arena, Observable *, HAND_MAX);
    m->step = hand_symbol(&h, "step");
    m->epoch = hand_symbol(&h, "epoch");
    m->label = hand_symbol(&h, "label");
    return h;
}

// value * (1 + spread * gaussian)
static inline Parameter *hand_parameter(Hand *h, const char *name,
                                        ParameterShape shape, uint32_t rows,
                                        uint32_t columns, double value,
                                        double spread)
{
    Parameter *p = ARENA_NEW(h->arena, Parameter);
    *p = (Parameter){.name = name, .unit = "1", .shape = shape, .rows = rows,
                     .columns = columns, .learned = true, .low = -INFINITY,
                     .high = INFINITY};
    p->symbol = hand_symbol(h, name);
    p->initial.draws = ARENA_NEW(h->arena, Draw);
    p->initial.n_draws = 1;
    p->initial.draws[0] = (Draw){
        .symbol = hand_symbol(h, "g"), .is_gaussian = true};
    p->initial.value = expr_add(
        h->pool, expr_const(h->pool, value),
        expr_mul(h->pool, expr_const(h->pool, spread),
                 p->initial.draws[0].symbol));
    h->model->parameters[h->model->n_parameters++] = p;
    return p;
}

// A parameter of a layer's neurons, by the mode.
static inline const Expr *hand_value(Hand *h, Population *layer,
                                     const char *name, double value)
{
    if (h->mode == HAND_CONSTANT)
        return expr_const(h->pool, value);
    bool shared = h->mode == HAND_SHARED;
    const char *full = arena_printf(h->arena, "%s.%s", layer->name, name);
    Parameter *p = hand_parameter(
        h, full, shared ? PARAMETER_SHARED : PARAMETER_PER_NEURON, 1,
        shared ? 1 : layer->size, value,
        shared ? 0 : 0.03 * (fabs(value) + 1e-3));
    layer->parameters[layer->n_parameters++] = p;
    return p->symbol;
}

static inline Population *hand_population(Hand *h, const char *name,
                                          uint32_t size, bool is_input)
{
    Population *p = ARENA_NEW(h->arena, Population);
    Model *m = h->model;
    *p = (Population){.name = name, .index = (uint32_t)m->n_populations,
                      .axis = (uint32_t)m->n_populations + 1, .size = size,
                      .is_input = is_input};
    p->parameters = ARENA_ARRAY(h->arena, Parameter *, HAND_MAX);
    m->populations[m->n_populations++] = p;
    return p;
}

// ---- neurons ----------------------------------------------------------------

static inline const Expr *hand_state(Hand *h, Population *layer,
                                     const char *name)
{
    HybridSystem *s = layer->system;
    const Expr *x = hand_symbol(h, name);
    s->states[s->n_states++] = (State){
        .name = name, .symbol = x, .unit = "1",
        .initial = expr_const(h->pool, 0), .reset = x,
    };
    return x;
}

// state k decays: x' = (drive - x) / tau
static inline void hand_decay(Hand *h, Population *layer, size_t k,
                              const Expr *drive, const Expr *tau)
{
    State *s = &layer->system->states[k];
    const Expr *by = drive ? expr_sub(h->pool, drive, s->symbol)
                           : expr_neg(h->pool, s->symbol);
    s->flow = expr_div(h->pool, by, tau);
}

// A port whose arrivals add their weight to state k.
static inline void hand_port(Hand *h, Population *layer, const char *name,
                             size_t k)
{
    HybridSystem *s = layer->system;
    Port *port = &s->ports[s->n_ports++];
    port->name = name;
    port->unit = "1";
    port->weight = hand_symbol(h, "w");
    port->after = ARENA_ARRAY(h->arena, const Expr *, s->n_states);
    for (size_t i = 0; i < s->n_states; i++)
        port->after[i] = s->states[i].symbol;
    port->after[k] = expr_add(h->pool, port->after[k], port->weight);
}

static inline Population *hand_layer(Hand *h, const char *name, uint32_t size,
                                     const char *neuron)
{
    Population *layer = hand_population(h, name, size, false);
    HybridSystem *s = layer->system = ARENA_NEW(h->arena, HybridSystem);
    s->neuron = neuron;
    s->states = ARENA_ARRAY(h->arena, State, HAND_MAX);
    s->ports = ARENA_ARRAY(h->arena, Port, 4);
    return layer;
}

static inline void hand_spikes(Hand *h, Population *layer, bool subtract)
{
    HybridSystem *s = layer->system;
    const Expr *v = s->states[0].symbol;
    const Expr *threshold = hand_value(h, layer, "threshold", 1);
    s->guard = expr_sub(h->pool, v, threshold);
    s->states[0].reset = subtract
                             ? expr_sub(h->pool, v, threshold)
                             : hand_value(h, layer, "v_reset", h->v_reset);
}

static inline void hand_start(Hand *h, Population *layer)
{
    layer->system->states[0].initial =
        hand_value(h, layer, "v_start", h->v_start);
}

typedef enum {
    HAND_LIF,      // v' = (i - v + bias)/tau_mem, i' = -i/tau_syn
    HAND_SUBTRACT, // the same, reset by subtraction
    HAND_ALPHA,    // three states
    HAND_TWO,      // two synapses, two ports
    HAND_DELTA,    // arrivals lift v itself
    HAND_LI,       // lif without spikes
    HAND_DELTA_LI, // delta without spikes
    HAND_SHAPES
} HandShape;

static const char *const hand_names[] = {"lif", "subtract", "alpha", "two",
                                         "delta", "li", "delta_li"};

static inline Population *hand_neuron(Hand *h, const char *name, uint32_t size,
                                      HandShape shape)
{
    Population *p = hand_layer(h, name, size, hand_names[shape]);
    bool is_delta = shape == HAND_DELTA || shape == HAND_DELTA_LI;
    const Expr *v = hand_state(h, p, "v"), *i = NULL, *j = NULL;
    const Expr *tau = hand_value(h, p, "tau_mem", h->tau_mem), *syn = NULL;
    (void)v;
    if (!is_delta) {
        i = hand_state(h, p, "i");
        syn = hand_value(h, p, "tau_syn", h->tau_syn);
    }
    if (shape == HAND_ALPHA || shape == HAND_TWO)
        j = hand_state(h, p, "j");
    const Expr *drive = hand_value(h, p, "bias", h->bias);
    if (i)
        drive = expr_add(h->pool, drive, i);
    if (shape == HAND_TWO)
        drive = expr_add(h->pool, drive, j);
    hand_decay(h, p, 0, drive, tau);
    if (i)
        hand_decay(h, p, 1, shape == HAND_ALPHA ? j : NULL, syn);
    if (shape == HAND_ALPHA)
        hand_decay(h, p, 2, NULL, syn);
    if (shape == HAND_TWO)
        hand_decay(h, p, 2, NULL, hand_value(h, p, "tau_slow", h->tau_slow));
    hand_port(h, p, "", shape == HAND_ALPHA ? 2 : is_delta ? 0 : 1);
    if (shape == HAND_TWO)
        hand_port(h, p, "slow", 2);
    if (shape != HAND_LI && shape != HAND_DELTA_LI)
        hand_spikes(h, p, shape == HAND_SUBTRACT);
    hand_start(h, p);
    return p;
}

// ---- network ----------------------------------------------------------------

static inline Projection *hand_connect(Hand *h, Population *source,
                                       Population *target, uint32_t port,
                                       double mean, double spread)
{
    Projection *p = ARENA_NEW(h->arena, Projection);
    const char *name = arena_printf(h->arena, "%s_%s%u", source->name,
                                    target->name, port);
    *p = (Projection){.name = name, .source = source, .target = target,
                      .port = port};
    p->weight = hand_parameter(h, arena_printf(h->arena, "%s.weight", name),
                               PARAMETER_DENSE, source->size, target->size,
                               mean, spread);
    h->model->projections[h->model->n_projections++] = p;
    return p;
}

static inline const Observable *hand_observe(Hand *h, ObservableKind kind,
                                             Population *layer, const Expr *of)
{
    Observable *o = ARENA_NEW(h->arena, Observable);
    *o = (Observable){
        .kind = kind, .population = layer, .of = of,
        .symbol = expr_symbol(h->pool, "y", NULL, layer->axis)};
    h->model->observables[h->model->n_observables++] = o;
    return o;
}

// ---- values of symbols ------------------------------------------------------

typedef struct Values {
    const Expr *symbols[64];
    double values[64];
    size_t n;
} Values;

static inline double *values_at(Values *v, const Expr *symbol)
{
    for (size_t k = 0; k < v->n; k++)
        if (v->symbols[k] == symbol)
            return &v->values[k];
    v->symbols[v->n] = symbol;
    return &v->values[v->n++];
}

static inline double values_eval(const Values *v, const Expr *e)
{
    return expr_eval(e, v->symbols, v->values, v->n);
}

#endif
