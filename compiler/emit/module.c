// The module and its description. Constants follow the structs of snn/abi.h
// member by member.
#include "emit/module.h"

#include <string.h>
#include "emit/functions.h"
#include "emit/loop/loop.h"
#include "emit/numeric/numeric.h"
#include "emit/output.h"
#include "emit/slices/slices.h"
#include "snn/abi.h"

enum { MAX_MEMBERS = 48 };

// ---- constants -------------------------------------------------------------

typedef struct Members {
    LLVMValueRef items[MAX_MEMBERS];
    unsigned count;
} Members;

static void add(Members *m, LLVMValueRef value)
{
    m->items[m->count++] = value;
}

static void add_word(Emit *e, Members *m, uint64_t value)
{
    add(m, LLVMConstInt(e->i32, value, false));
}

static void add_number(Emit *e, Members *m, double value)
{
    add(m, LLVMConstReal(e->f64, value));
}

static LLVMValueRef global(Emit *e, const char *name, LLVMValueRef value)
{
    LLVMValueRef g = LLVMAddGlobal(e->module, LLVMTypeOf(value), name);
    LLVMSetInitializer(g, value);
    LLVMSetGlobalConstant(g, true);
    LLVMSetLinkage(g, LLVMPrivateLinkage);
    return g;
}

static void add_text(Emit *e, Members *m, const char *text)
{
    if (!text) {
        add(m, LLVMConstNull(e->pointer));
        return;
    }
    LLVMValueRef bytes = LLVMConstStringInContext2(e->context, text,
                                                   strlen(text), false);
    add(m, global(e, "text", bytes));
}

static void add_pointer(Emit *e, Members *m, LLVMValueRef value)
{
    add(m, value ? value : LLVMConstNull(e->pointer));
}

static LLVMValueRef structure(Emit *e, Members *m)
{
    return LLVMConstStructInContext(e->context, m->items, m->count, false);
}

// A global array of equal constants; NULL when there are none.
static LLVMValueRef array(Emit *e, const char *name, LLVMValueRef *items,
                          size_t n)
{
    if (n == 0)
        return NULL;
    return global(e, name, LLVMConstArray2(LLVMTypeOf(items[0]), items, n));
}

static LLVMValueRef *new_items(Emit *e, size_t n)
{
    return ARENA_ARRAY(e->arena, LLVMValueRef, n + 1);
}

// ---- layers ----------------------------------------------------------------

// Layers follow the program's order; populations are numbered by declaration.
static uint32_t layer_of(const Emit *e, const Population *population)
{
    uint32_t layer = 0;
    while (e->program->order[layer] != population->index)
        layer++;
    return layer;
}

static void add_projections(Emit *e, Members *m, const Population *population,
                            const LayerPlan *plan)
{
    const Model *model = e->model;
    LLVMValueRef *items = new_items(e, model->n_projections);
    size_t n = 0;
    for (size_t k = 0; k < model->n_projections; k++)
        if (model->projections[k]->target == population)
            items[n++] = ir_i32(e, (int32_t)k);
    add_word(e, m, n);
    add_word(e, m, plan ? plan->n_peaks + plan->n_finals : 0);
    add_pointer(e, m, array(e, "incoming", items, n));
}

static LLVMValueRef port_handlers(Emit *e, Kernel *k,
                                  LLVMValueRef emit(Kernel *, unsigned))
{
    size_t n = k->plan->population->system->n_ports;
    LLVMValueRef *items = new_items(e, n);
    for (unsigned port = 0; port < n; port++)
        items[port] = emit(k, port);
    return array(e, "ports", items, n);
}

static LLVMValueRef handlers(Emit *e, Kernel *k)
{
    Members m = {.count = 0};
    add_pointer(e, &m, loop_emit_start(k));
    add_pointer(e, &m, port_handlers(e, k, loop_emit_receive));
    add_pointer(e, &m, loop_emit_predict(k));
    add_pointer(e, &m, loop_emit_fire(k));
    add_pointer(e, &m, loop_emit_wake(k));
    add_pointer(e, &m, loop_emit_finish(k));
    add_pointer(e, &m, loop_emit_start_back(k));
    add_pointer(e, &m, port_handlers(e, k, loop_emit_unreceive));
    add_pointer(e, &m, loop_emit_unfire(k));
    add_pointer(e, &m, loop_emit_unwake(k));
    add_pointer(e, &m, loop_emit_finish_back(k));
    return global(e, "handlers", structure(e, &m));
}

static void add_loop(Emit *e, Members *m, Kernel *k)
{
    add(m, ir_i64(e, (int64_t)loop_scratch(k)));
    add(m, ir_i64(e, 0));
    add_pointer(e, m, NULL);
    add_pointer(e, m, NULL);
    add_pointer(e, m, handlers(e, k));
}

static void add_slices(Emit *e, Members *m, Kernel *k)
{
    add(m, ir_i64(e, (int64_t)loop_scratch(k)));
    add(m, ir_i64(e, 0));
    add(m, slices_emit_forward(k));
    add(m, slices_emit_backward(k));
    add_pointer(e, m, NULL);
}

static void add_kernels(Emit *e, Members *m, const LayerPlan *plan)
{
    Kernel k = kernel_new(e, plan);
    if (plan->strategy == STRATEGY_EVENTS) {
        if (plan->derived->numeric)
            k.pieces = numeric_emit_pieces(&k);
        add_loop(e, m, &k);
        return;
    }
    if (plan->strategy == STRATEGY_SLICES) {
        add_slices(e, m, &k);
        return;
    }
    LLVMValueRef forward, backward;
    if (plan->derived->numeric) {
        numeric_emit(e, plan, &forward, &backward);
    } else {
        kernel_emit_slow_forward(&k);
        forward = kernel_emit_forward(&k);
        kernel_emit_slow_backward(&k);
        backward = kernel_emit_backward(&k);
    }
    add(m, ir_i64(e, (int64_t)kernel_scratch_fixed(&k)));
    add(m, ir_i64(e, (int64_t)kernel_scratch_interval(&k)));
    add(m, forward);
    add(m, backward);
    add_pointer(e, m, NULL);
}

// Spikes of an input at given times, in order of time.
static void add_clock(Emit *e, Members *m, const Population *population)
{
    uint32_t n = population->size;
    LLVMValueRef *times = new_items(e, n), *channels = new_items(e, n);
    uint32_t *order = ARENA_ARRAY(e->arena, uint32_t, n);
    for (uint32_t k = 0; population->times && k < n; k++) {
        uint32_t place = k;
        for (; place > 0 && population->times[order[place - 1]] >
                                population->times[k];
             place--)
            order[place] = order[place - 1];
        order[place] = k;
    }
    for (uint32_t k = 0; population->times && k < n; k++) {
        times[k] = LLVMConstReal(e->f64, population->times[order[k]]);
        channels[k] = ir_i32(e, order[k]);
    }
    add_pointer(e, m, population->times ? array(e, "times", times, n) : NULL);
    add_pointer(e, m,
                population->times ? array(e, "channels", channels, n) : NULL);
}

static LLVMValueRef layer(Emit *e, const Population *population)
{
    Members m = {.count = 0};
    const LayerPlan *plan = e->program->layers[population->index];
    add_text(e, &m, population->name);
    const char *input = population->times ? "input at given times" : "input";
    add_text(e, &m, plan ? population->system->neuron : input);
    add_text(e, &m, plan ? plan->solver : "");
    add_word(e, &m, population->size);
    add_word(e, &m, population->is_input);
    add_clock(e, &m, population);
    add_projections(e, &m, population, plan);
    if (plan) {
        add_kernels(e, &m, plan);
    } else {
        add(&m, ir_i64(e, 0));
        add(&m, ir_i64(e, 0));
        for (int k = 0; k < 3; k++)
            add_pointer(e, &m, NULL);
    }
    add_word(e, &m, e->program->block[population->index]);
    Kernel k = {0};
    if (plan)
        k = kernel_new(e, plan);
    add_word(e, &m, plan && plan->keeps_records ? loop_record_bytes(&k) : 0);
    bool sliced = plan && plan->strategy == STRATEGY_SLICES;
    add_word(e, &m, sliced ? plan->lanes : 0);
    add_word(e, &m, plan ? population->system->n_ports : 0);
    add_word(e, &m, plan ? plan->channels : 0);
    add_word(e, &m, plan && plan->strides);
    return structure(e, &m);
}

static LLVMValueRef layers(Emit *e)
{
    size_t n = e->model->n_populations;
    LLVMValueRef *items = new_items(e, n);
    for (size_t k = 0; k < n; k++)
        items[k] = layer(e, e->model->populations[e->program->order[k]]);
    return array(e, "layers", items, n);
}

static void add_window(Emit *e, Members *m, const SnnWindow *w)
{
    add_word(e, m, w->from);
    add_word(e, m, w->to);
    add_word(e, m, w->kernel);
    add_word(e, m, w->stride);
    add_word(e, m, w->padding);
    add_word(e, m, w->dilation);
}

static LLVMValueRef pattern(Emit *e, const SnnPattern *p)
{
    Members m = {.count = 0};
    add_word(e, &m, p->kind);
    add_word(e, &m, p->per);
    add_word(e, &m, p->without_self);
    add_word(e, &m, p->degree);
    add(&m, ir_i64(e, (int64_t)p->seed));
    add_number(e, &m, p->probability);
    add_word(e, &m, p->source_channels);
    add_word(e, &m, p->target_channels);
    add_word(e, &m, p->groups);
    add_word(e, &m, p->transposed);
    add_window(e, &m, &p->y);
    add_window(e, &m, &p->x);
    add_text(e, &m, p->file);
    return global(e, "pattern", structure(e, &m));
}

static uint32_t parameter_index(const Model *model, const Parameter *p)
{
    uint32_t index = 0;
    while (p && model->parameters[index] != p)
        index++;
    return p ? index : SNN_NONE;
}

static LLVMValueRef projections(Emit *e)
{
    const Model *model = e->model;
    LLVMValueRef *items = new_items(e, model->n_projections);
    for (size_t k = 0; k < model->n_projections; k++) {
        const Projection *p = model->projections[k];
        Members m = {.count = 0};
        add_text(e, &m, p->name);
        add_word(e, &m, layer_of(e, p->source));
        add_word(e, &m, layer_of(e, p->target));
        add_word(e, &m, parameter_index(model, p->weight));
        add_word(e, &m, p->port);
        add_pointer(e, &m, pattern(e, &p->pattern));
        add_pointer(e, &m, NULL);
        add_word(e, &m, parameter_index(model, p->delay_parameter));
        add_word(e, &m, p->delay_per);
        add_number(e, &m, p->delay);
        items[k] = structure(e, &m);
    }
    return array(e, "projections", items, model->n_projections);
}

// ---- parameters, observables, hyperparameters ------------------------------

static LLVMValueRef draw_kinds(Emit *e, const Draw *draws, size_t n)
{
    LLVMValueRef *items = new_items(e, n);
    for (size_t k = 0; k < n; k++)
        items[k] = LLVMConstInt(
            e->i8,
            (draws[k].is_gaussian ? SNN_DRAW_GAUSSIAN : 0) |
                (draws[k].is_of_sample ? SNN_DRAW_OF_SAMPLE : 0), false);
    return array(e, "draws", items, n);
}

static uint32_t optimizer_index(const Model *model, const Optimizer *optimizer)
{
    uint32_t index = 0;
    while (index < model->n_optimizers && model->optimizers[index] != optimizer)
        index++;
    return optimizer ? index : SNN_NONE;
}

// The population whose neurons the columns of a parameter are.
static const Population *owner_of(const Model *model, const Parameter *p)
{
    for (size_t k = 0; k < model->n_projections; k++) {
        const Projection *projection = model->projections[k];
        if (projection->delay_parameter == p &&
            projection->delay_per == SNN_PER_SOURCE)
            return projection->source;
        if (projection->weight == p || projection->delay_parameter == p)
            return projection->target;
    }
    for (size_t k = 0; k < model->n_populations; k++)
        for (size_t i = 0; i < model->populations[k]->n_parameters; i++)
            if (model->populations[k]->parameters[i] == p)
                return model->populations[k];
    return model->populations[0];
}

static uint32_t projection_of(const Model *model, const Parameter *p)
{
    for (uint32_t k = 0; k < model->n_projections; k++)
        if (model->projections[k]->weight == p ||
            model->projections[k]->delay_parameter == p)
            return k;
    return SNN_NONE;
}

// Rank and four numbers.
static void add_shape(Emit *e, Members *m, const Parameter *p)
{
    uint32_t rank = 0, dims[4] = {0};
    switch (p->shape) {
    case PARAMETER_SHARED: break;
    case PARAMETER_PER_NEURON: dims[rank++] = p->columns; break;
    case PARAMETER_DENSE:
        dims[rank++] = p->rows;
        dims[rank++] = p->columns;
        break;
    case PARAMETER_KERNEL:
        rank = p->kernel_rank;
        memcpy(dims, p->kernel_shape, sizeof dims);
        break;
    case PARAMETER_PER_SYNAPSE: rank = 1; break; // how many, the runtime knows
    }
    add_word(e, m, rank);
    for (size_t k = 0; k < 4; k++)
        add_word(e, m, dims[k]);
}

static LLVMValueRef parameter(Emit *e, const Parameter *p)
{
    static const SnnShape shapes[] = {
        [PARAMETER_SHARED] = SNN_SHARED,
        [PARAMETER_PER_NEURON] = SNN_PER_NEURON,
        [PARAMETER_DENSE] = SNN_DENSE,
        [PARAMETER_KERNEL] = SNN_FLAT_KERNEL,
        [PARAMETER_PER_SYNAPSE] = SNN_FLAT_SYNAPSES,
    };
    Members m = {.count = 0};
    add_text(e, &m, p->name);
    add_text(e, &m, p->unit);
    add_word(e, &m, shapes[p->shape]);
    add_word(e, &m, p->learned);
    add_word(e, &m, p->internal);
    add_word(e, &m, p->rows);
    add_word(e, &m, p->columns);
    add_word(e, &m, kernel_stride(e, p->columns));
    add_word(e, &m, p->initial.n_draws);
    add_word(e, &m, optimizer_index(e->model, p->optimizer));
    add_word(e, &m, layer_of(e, owner_of(e->model, p)));
    add_word(e, &m, projection_of(e->model, p));
    add_shape(e, &m, p);
    add_number(e, &m, p->low);
    add_number(e, &m, p->high);
    add_pointer(e, &m, draw_kinds(e, p->initial.draws, p->initial.n_draws));
    add(&m, emit_initial(e, p));
    return structure(e, &m);
}

static LLVMValueRef parameters(Emit *e)
{
    size_t n = e->model->n_parameters;
    LLVMValueRef *items = new_items(e, n);
    for (size_t k = 0; k < n; k++)
        items[k] = parameter(e, e->model->parameters[k]);
    return array(e, "parameters", items, n);
}

// Where the kernel of its population writes a state observable: maxima first.
static uint32_t state_index(const Emit *e, const Observable *o)
{
    const LayerPlan *plan = e->program->layers[o->population->index];
    for (size_t k = 0; k < plan->n_peaks; k++)
        if (plan->peaks[k].observable->observable == o)
            return (uint32_t)k;
    for (size_t k = 0; k < plan->n_finals; k++)
        if (plan->finals[k]->observable == o)
            return (uint32_t)(plan->n_peaks + k);
    return 0;
}

static LLVMValueRef observables(Emit *e)
{
    static const SnnObservableKind kinds[] = {
        [OBSERVE_FIRST_SPIKE] = SNN_NTH_SPIKE,
        [OBSERVE_NTH_SPIKE] = SNN_NTH_SPIKE,
        [OBSERVE_SPIKE_COUNT] = SNN_SPIKE_COUNT,
        [OBSERVE_SPIKE_SUM] = SNN_SPIKE_SUM,
        [OBSERVE_PAIR_SUM] = SNN_PAIR_SUM,
        [OBSERVE_MAXIMUM] = SNN_STATE, [OBSERVE_FINAL] = SNN_STATE,
    };
    const Model *model = e->model;
    LLVMValueRef *items = new_items(e, model->n_observables);
    for (size_t k = 0; k < model->n_observables; k++) {
        const Observable *o = model->observables[k];
        Members m = {.count = 0};
        add_word(e, &m, kinds[o->kind]);
        add_word(e, &m, layer_of(e, o->population));
        add_word(e, &m, o->of ? state_index(e, o) : o->nth);
        add_word(e, &m, emit_observable_offset(model, k));
        add_pointer(e, &m, emit_term(e, o));
        items[k] = structure(e, &m);
    }
    return array(e, "observables", items, model->n_observables);
}

static void add_stalls(Emit *e, Members *m)
{
    const Model *model = e->model;
    LLVMValueRef *items = new_items(e, model->n_stalls);
    for (size_t k = 0; k < model->n_stalls; k++)
        items[k] = ir_i32(e, (int32_t)model->stalls[k].patience);
    add_pointer(e, m, array(e, "patience", items, model->n_stalls));
    add_word(e, m, model->n_stalls);
}

static LLVMValueRef hypers(Emit *e)
{
    size_t n = e->model->n_hypers;
    LLVMValueRef *items = new_items(e, n);
    for (size_t k = 0; k < n; k++) {
        Members m = {.count = 0};
        add_text(e, &m, e->model->hypers[k].name);
        add_text(e, &m, e->model->hypers[k].unit);
        items[k] = structure(e, &m);
    }
    return array(e, "hypers", items, n);
}

// ---- optimiser and data ----------------------------------------------------

static LLVMValueRef optimizer_initial(Emit *e, const Optimizer *o)
{
    LLVMValueRef *items = new_items(e, o->n_states);
    for (size_t k = 0; k < o->n_states; k++)
        items[k] = LLVMConstReal(e->f64, o->states[k].initial);
    return array(e, "initial", items, o->n_states);
}

static LLVMValueRef optimizer_names(Emit *e, const Optimizer *o)
{
    LLVMValueRef *items = new_items(e, o->n_states);
    for (size_t k = 0; k < o->n_states; k++) {
        Members m = {.count = 0};
        add_text(e, &m, o->states[k].name);
        items[k] = m.items[0];
    }
    return array(e, "names", items, o->n_states);
}

static uint32_t optimizer_readings(const Optimizer *o)
{
    const Expr *norm = o->facts[FACT_GRAD_NORM];
    const Expr *total = o->facts[FACT_TOTAL_GRAD_NORM];
    return (optimizer_reads(o, norm) ? SNN_READS_GRAD_NORM : 0)
           | (optimizer_reads(o, total) ? SNN_READS_TOTAL_GRAD_NORM : 0)
           | (optimizer_reads(o, o->silence) ? SNN_READS_SILENCE : 0);
}

static LLVMValueRef optimizers(Emit *e)
{
    size_t n = e->model->n_optimizers;
    LLVMValueRef *items = new_items(e, n);
    for (size_t k = 0; k < n; k++) {
        const Optimizer *o = e->model->optimizers[k];
        Members m = {.count = 0};
        add_text(e, &m, o->name);
        add_word(e, &m, o->n_states);
        add_word(e, &m, optimizer_readings(o));
        add_word(e, &m, optimizer_rests(e->model->pool, o));
        add_word(e, &m, 0);
        add_pointer(e, &m, optimizer_initial(e, o));
        add_pointer(e, &m, optimizer_names(e, o));
        add(&m, emit_optimize(e, o));
        items[k] = structure(e, &m);
    }
    return array(e, "optimizers", items, n);
}

static LLVMValueRef encoder(Emit *e)
{
    const Data *data = e->model->data;
    if (!data || !data->encoder)
        return NULL;
    const Encoder *encoder = data->encoder;
    LLVMValueRef *biases = new_items(e, encoder->n_biases);
    for (size_t k = 0; k < encoder->n_biases; k++)
        biases[k] = LLVMConstReal(e->f64, expr_eval(encoder->biases[k], NULL,
                                                    NULL, 0));
    Members m = {.count = 0};
    add_word(e, &m, encoder->n_spikes);
    add_word(e, &m, encoder->n_biases);
    add_pointer(e, &m, array(e, "biases", biases, encoder->n_biases));
    add(&m, emit_encode(e));
    return global(e, "encoder", structure(e, &m));
}

static LLVMValueRef transforms(Emit *e)
{
    const Data *data = e->model->data;
    size_t n = data ? data->n_transforms : 0;
    LLVMValueRef *items = new_items(e, n);
    for (size_t k = 0; k < n; k++) {
        const Transform *t = &data->transforms[k];
        Members m = {.count = 0};
        add_text(e, &m, t->name);
        add_word(e, &m, t->n_draws);
        add_word(e, &m, 0);
        add_pointer(e, &m, draw_kinds(e, t->draws, t->n_draws));
        add(&m, emit_transform(e, t));
        items[k] = structure(e, &m);
    }
    return array(e, "transforms", items, n);
}

static LLVMValueRef reader(Emit *e)
{
    const Data *data = e->model->data;
    if (!data)
        return NULL;
    const char *name = arena_printf(e->arena, "snn_reader_%s", data->reader);
    return LLVMAddGlobal(e->module, e->i8, name);
}

static LLVMValueRef reader_options(Emit *e)
{
    const Data *data = e->model->data;
    size_t n = data ? data->n_options : 0;
    LLVMValueRef *items = new_items(e, n);
    for (size_t k = 0; k < n; k++) {
        const ReaderOption *o = &data->options[k];
        Members m = {.count = 0};
        add_text(e, &m, o->name);
        add_text(e, &m, o->is_text ? o->text : NULL);
        add_number(e, &m, o->is_text ? 0 : o->number);
        items[k] = structure(e, &m);
    }
    return array(e, "options", items, n);
}

// ---- the description -------------------------------------------------------

static uint32_t predict_layer(const Emit *e)
{
    const Model *model = e->model;
    if (!model->prediction || model->prediction->axis == AXIS_SCALAR)
        return SNN_NONE;
    return layer_of(e, model->populations[model->prediction->axis - 1]);
}

static void add_counts(Emit *e, Members *m)
{
    const Model *model = e->model;
    const Data *data = model->data;
    add_word(e, m, model->n_populations);
    add_word(e, m, model->n_projections);
    add_word(e, m, model->n_parameters);
    add_word(e, m, model->n_observables);
    add_word(e, m, emit_observable_offset(model, model->n_observables));
    add_word(e, m, model->n_hypers);
    add_word(e, m, model->n_optimizers);
    add_word(e, m, data ? data->n_transforms : 0);
    add_word(e, m, data ? data->n_options : 0);
    add_word(e, m, model->batch);
    add_word(e, m, model->epochs);
    add_word(e, m, predict_layer(e));
}

static void add_tables(Emit *e, Members *m)
{
    add_pointer(e, m, layers(e));
    add_pointer(e, m, projections(e));
    add_pointer(e, m, parameters(e));
    add_pointer(e, m, observables(e));
    add_pointer(e, m, hypers(e));
    add_pointer(e, m, emit_hypers(e));
    add_stalls(e, m);
    add_pointer(e, m, emit_loss(e));
    add_pointer(e, m, emit_predict(e));
    add_pointer(e, m, optimizers(e));
    add_pointer(e, m, encoder(e));
    add_pointer(e, m, transforms(e));
    add_pointer(e, m, reader(e));
    add_pointer(e, m, reader_options(e));
}

static void emit_description(Emit *e)
{
    Members m = {.count = 0};
    add_word(e, &m, SNN_ABI_MAGIC);
    add_word(e, &m, SNN_ABI_VERSION);
    add_word(e, &m, 0); // size: filled in below
    add_word(e, &m, e->real_size);
    add_text(e, &m, e->model->name);
    add_text(e, &m, arena_printf(e->arena, "%s, %s", e->target->triple,
                                 e->target->cpu));
    add_number(e, &m, e->model->duration);
    add_counts(e, &m);
    add_tables(e, &m);
    LLVMTypeRef type = LLVMTypeOf(structure(e, &m));
    unsigned long long size = LLVMABISizeOfType(e->target->layout, type);
    m.items[2] = LLVMConstInt(e->i32, size, false);
    LLVMValueRef g = LLVMAddGlobal(e->module, type, "snn_module");
    LLVMSetInitializer(g, structure(e, &m));
    LLVMSetGlobalConstant(g, true);
}

static Emit begin(const EventProgram *program, const EmitTarget *target,
                  LLVMContextRef context)
{
    Emit e = {.arena = program->model->arena, .program = program,
              .model = program->model, .target = target, .context = context,
              .real_size = program->real_size};
    e.module = LLVMModuleCreateWithNameInContext(program->model->name, context);
    output_prepare(e.module, target);
    e.b = LLVMCreateBuilderInContext(context);
    e.vmath = vmath_new(e.arena, e.module, target);
    e.f32 = LLVMFloatTypeInContext(context);
    e.f64 = LLVMDoubleTypeInContext(context);
    e.real = e.real_size == 8 ? e.f64 : e.f32;
    e.i1 = LLVMInt1TypeInContext(context);
    e.i8 = LLVMInt8TypeInContext(context);
    e.i32 = LLVMInt32TypeInContext(context);
    e.i64 = LLVMInt64TypeInContext(context);
    e.pointer = LLVMPointerTypeInContext(context, 0);
    e.none = LLVMVoidTypeInContext(context);
    return e;
}

LLVMModuleRef emit_module(const EventProgram *program, const EmitTarget *target,
                          LLVMContextRef context)
{
    Emit e = begin(program, target, context);
    emit_description(&e);
    LLVMDisposeBuilder(e.b);
    output_verify(e.module, "emit");
    return e.module;
}
