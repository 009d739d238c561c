// The invariants of a Model, checked between passes of debug builds. A broken
// one is a defect of snnc, never of the model file.
//
// needs: a Model    ensures: what model.h promises    changes: nothing
// keeps: all        errors: fatal_internal with the broken place
#include "model/model.h"

#include <math.h>
#include <string.h>
#include "base/diag.h"

#define REQUIRE(condition, ...)                                             \
    do {                                                                    \
        if (!(condition))                                                   \
            fatal_internal("model", __VA_ARGS__);                           \
    } while (0)

// ---- which symbols may occur -----------------------------------------------

// A set of symbols that grows as an expression's surroundings are described.
typedef struct Symbols {
    Arena *arena;
    const Expr **items;
    size_t count, capacity;
} Symbols;

static void allow(Symbols *symbols, const Expr *symbol)
{
    if (symbol)
        ARENA_PUSH(symbols->arena, symbols->items, symbols->count,
                   symbols->capacity, symbol);
}

static bool is_allowed(const Symbols *symbols, const Expr *symbol)
{
    for (size_t i = 0; i < symbols->count; i++)
        if (symbols->items[i] == symbol)
            return true;
    return false;
}

static void require_symbols(const Symbols *allowed, const Expr *e,
                            const char *where, const char *name)
{
    REQUIRE(e, "%s of '%s' is missing", where, name);
    const Expr **found = NULL;
    size_t count = 0, capacity = 0;
    expr_free_symbols(e, allowed->arena, &found, &count, &capacity);
    for (size_t i = 0; i < count; i++)
        REQUIRE(is_allowed(allowed, found[i]),
                "%s of '%s' depends on '%s'", where, name, found[i]->name);
}

static void require_scalar(const Expr *e, const char *where, const char *name)
{
    REQUIRE(e->axis == AXIS_SCALAR, "%s of '%s' is a vector", where, name);
}

// ---- parameters ------------------------------------------------------------

static void verify_shape(const Parameter *p)
{
    bool is_flat = p->shape == PARAMETER_KERNEL ||
                   p->shape == PARAMETER_PER_SYNAPSE;
    REQUIRE(is_flat || (p->rows >= 1 && p->columns >= 1), "'%s' is empty",
            p->name);
    REQUIRE(is_flat || p->shape == PARAMETER_DENSE || p->rows == 1,
            "'%s' has rows", p->name);
    REQUIRE(p->shape != PARAMETER_KERNEL || p->kernel_rank > 0,
            "'%s' has no shape", p->name);
    REQUIRE(p->shape != PARAMETER_SHARED || p->columns == 1,
            "'%s' is shared and has columns", p->name);
    REQUIRE(p->low < p->high, "'%s' has empty bounds", p->name);
}

static void verify_parameter(const Model *model, const Parameter *p)
{
    REQUIRE(p->name && p->unit && p->symbol, "a parameter lacks a name");
    REQUIRE(p->symbol->op == EXPR_SYMBOL, "'%s' has no symbol", p->name);
    verify_shape(p);
    Symbols symbols = {.arena = model->arena};
    for (size_t i = 0; i < p->initial.n_draws; i++)
        allow(&symbols, p->initial.draws[i].symbol);
    allow(&symbols, p->initial.fan_in);
    allow(&symbols, p->initial.fan_out);
    require_symbols(&symbols, p->initial.value, "initial value", p->name);
}

static void verify_parameters(const Model *model)
{
    for (size_t i = 0; i < model->n_parameters; i++) {
        verify_parameter(model, model->parameters[i]);
        for (size_t k = 0; k < i; k++)
            REQUIRE(strcmp(model->parameters[i]->name,
                           model->parameters[k]->name),
                    "two parameters '%s'", model->parameters[i]->name);
    }
}

// ---- populations -----------------------------------------------------------

static void verify_states(const HybridSystem *system, const Symbols *symbols,
                          const char *name)
{
    for (size_t i = 0; i < system->n_states; i++) {
        const State *state = &system->states[i];
        require_scalar(state->symbol, "state", name);
        require_symbols(symbols, state->flow, "a flow", name);
        require_symbols(symbols, state->reset, "a reset", name);
    }
    if (system->guard)
        require_symbols(symbols, system->guard, "the guard", name);
}

static void verify_ports(const HybridSystem *system, Symbols *symbols,
                         const char *name)
{
    size_t n_symbols = symbols->count;
    for (size_t i = 0; i < system->n_ports; i++) {
        const Port *port = &system->ports[i];
        symbols->count = n_symbols;
        allow(symbols, port->weight);
        for (size_t k = 0; k < system->n_states; k++)
            require_symbols(symbols, port->after[k], "an arrival", name);
    }
}

static void verify_system(const Model *model, const Population *p)
{
    const HybridSystem *system = p->system;
    Symbols symbols = {.arena = model->arena};
    for (size_t i = 0; i < p->n_parameters; i++)
        allow(&symbols, p->parameters[i]->symbol);
    for (size_t i = 0; i < system->n_states; i++)
        require_symbols(&symbols, system->states[i].initial, "an initial value",
                        p->name);
    for (size_t i = 0; i < system->n_states; i++)
        allow(&symbols, system->states[i].symbol);
    verify_states(system, &symbols, p->name);
    verify_ports(system, &symbols, p->name);
}

static void verify_populations(const Model *model)
{
    for (size_t i = 0; i < model->n_populations; i++) {
        const Population *p = model->populations[i];
        REQUIRE(p->index == i && p->axis == i + 1, "'%s' is misplaced",
                p->name);
        REQUIRE(p->size >= 1, "'%s' is empty", p->name);
        REQUIRE(p->is_input == !p->system, "'%s': input or layer?", p->name);
        REQUIRE(!i || !p->is_input || p->times ||
                    model->populations[i - 1]->is_input,
                "input '%s' stands behind a layer", p->name);
        if (p->system)
            verify_system(model, p);
    }
}

static void verify_projections(const Model *model)
{
    for (size_t i = 0; i < model->n_projections; i++) {
        const Projection *p = model->projections[i];
        REQUIRE(p->target->system, "'%s' leads to an input", p->name);
        REQUIRE(p->port < p->target->system->n_ports, "'%s' has no port",
                p->name);
        REQUIRE(p->weight, "'%s' has no weight", p->name);
        REQUIRE(p->weight->shape != PARAMETER_DENSE ||
                    (p->weight->rows == p->source->size &&
                     p->weight->columns == p->target->size),
                "the weight of '%s' has a wrong shape", p->name);
        REQUIRE(p->delay >= 0 && (!p->delay_parameter ||
                                  p->delay_parameter->low >= 0),
                "the delay of '%s' may be negative", p->name);
    }
}

// ---- losses, training, data ------------------------------------------------

static void verify_observable(const Model *model, const Observable *o)
{
    const char *name = o->symbol->name;
    REQUIRE(o->symbol->axis == o->population->axis, "'%s' has a wrong axis",
            name);
    bool is_state = o->kind == OBSERVE_MAXIMUM || o->kind == OBSERVE_FINAL;
    REQUIRE(is_state == (o->of != NULL), "'%s' observes nothing", name);
    Symbols symbols = {.arena = model->arena};
    if (o->term) {
        allow(&symbols, model->time);
        allow(&symbols, model->other_time);
        allow(&symbols, model->label);
        for (size_t i = 0; i < model->n_hypers; i++)
            allow(&symbols, model->hypers[i].symbol);
        require_symbols(&symbols, o->term, "a term", name);
    }
    if (!is_state)
        return;
    for (size_t i = 0; i < o->population->system->n_states; i++)
        allow(&symbols, o->population->system->states[i].symbol);
    require_symbols(&symbols, o->of, "what is observed", name);
}

static void verify_loss(const Model *model)
{
    Symbols symbols = {.arena = model->arena};
    for (size_t i = 0; i < model->n_observables; i++) {
        verify_observable(model, model->observables[i]);
        allow(&symbols, model->observables[i]->symbol);
    }
    if (model->prediction)
        require_symbols(&symbols, model->prediction, "prediction", model->name);
    for (size_t i = 0; i < model->n_hypers; i++)
        allow(&symbols, model->hypers[i].symbol);
    allow(&symbols, model->label);
    require_symbols(&symbols, model->loss, "loss", model->name);
    require_scalar(model->loss, "loss", model->name);
}

static void verify_hypers(const Model *model)
{
    Symbols symbols = {.arena = model->arena};
    allow(&symbols, model->step);
    allow(&symbols, model->epoch);
    for (size_t k = 0; k < model->n_stalls; k++)
        allow(&symbols, model->stalls[k].symbol);
    for (size_t i = 0; i < model->n_hypers; i++)
        require_symbols(&symbols, model->hypers[i].value, "value",
                        model->hypers[i].name);
}

static void verify_optimizer(const Model *model, const Optimizer *o)
{
    Symbols symbols = {.arena = model->arena};
    for (size_t i = 0; i < model->n_hypers; i++)
        allow(&symbols, model->hypers[i].symbol);
    for (size_t i = 0; i < N_FACTS; i++)
        allow(&symbols, o->facts[i]);
    allow(&symbols, o->parameter);
    allow(&symbols, o->gradient);
    allow(&symbols, o->silence);
    for (size_t i = 0; i < o->n_states; i++)
        allow(&symbols, o->states[i].symbol);
    for (size_t i = 0; i < o->n_states; i++)
        require_symbols(&symbols, o->next_states[i], "a state", o->name);
    require_symbols(&symbols, o->next_parameter, "the step", o->name);
}

static void verify_encoder(const Model *model, const Encoder *encoder)
{
    Symbols symbols = {.arena = model->arena};
    for (size_t i = 0; i < encoder->n_biases; i++)
        require_symbols(&symbols, encoder->biases[i], "a bias", encoder->name);
    allow(&symbols, encoder->value);
    allow(&symbols, encoder->channel);
    for (size_t i = 0; i < encoder->n_spikes; i++) {
        const EncodedSpike *spike = &encoder->spikes[i];
        require_symbols(&symbols, spike->at, "a spike", encoder->name);
        if (spike->when)
            require_symbols(&symbols, spike->when, "a spike", encoder->name);
    }
}

static void verify_transform(const Model *model, const Transform *transform)
{
    Symbols symbols = {.arena = model->arena};
    for (size_t i = 0; i < model->n_hypers; i++)
        allow(&symbols, model->hypers[i].symbol);
    for (size_t i = 0; i < transform->n_draws; i++)
        allow(&symbols, transform->draws[i].symbol);
    allow(&symbols, transform->time);
    allow(&symbols, transform->channel);
    require_symbols(&symbols, transform->next_time, "time", transform->name);
    require_symbols(&symbols, transform->next_channel, "channel",
                    transform->name);
    if (transform->keep)
        require_symbols(&symbols, transform->keep, "keep", transform->name);
}

static void verify_data(const Model *model)
{
    if (!model->data)
        return;
    REQUIRE(model->data->reader, "the data have no reader");
    if (model->data->encoder)
        verify_encoder(model, model->data->encoder);
    for (size_t i = 0; i < model->data->n_transforms; i++)
        verify_transform(model, &model->data->transforms[i]);
}

void model_verify(const Model *model)
{
    REQUIRE(isfinite(model->duration) && model->duration > 0,
            "the duration is not positive");
    REQUIRE(model->batch >= 1 && model->epochs >= 1, "no batch or epoch");
    verify_parameters(model);
    verify_populations(model);
    verify_projections(model);
    verify_loss(model);
    verify_hypers(model);
    for (size_t i = 0; i < model->n_optimizers; i++)
        verify_optimizer(model, model->optimizers[i]);
    verify_data(model);
}
