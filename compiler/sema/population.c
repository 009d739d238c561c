// Inputs and layers: sizes, and neurons with their parameters. An argument that
// is neither learned, random nor per neuron is folded into the equations; any
// other becomes a parameter of the model, "<layer>.<name>".
#include "sema/build.h"

#include <math.h>
#include <string.h>
#include "sema/declare.h"
#include "sema/neuron/neuron.h"

static const double max_size = 16777216; // 2^24 neurons
enum { MAX_RANK = 4 };

static bool is_population(const AstItem *item)
{
    return item->kind == AST_INPUT || item->kind == AST_LAYER;
}

static Ident item_name(const AstItem *item)
{
    return item->kind == AST_INPUT ? item->input.name : item->layer.name;
}

static const AstExprs *item_shape(const AstItem *item)
{
    return item->kind == AST_INPUT ? &item->input.shape : &item->layer.shape;
}

// ---- names and sizes -------------------------------------------------------

static uint32_t evaluate_size(Sema *sema, const AstExpr *expr)
{
    Env env = env_new(sema, CONTEXT_CONSTANT, NULL);
    Operand operand = evaluate_operand(&env, expr);
    Value value = conform(&env, operand, dimension_none(), "a size");
    double size;
    if (value_is_poison(value) ||
        !conform_constant(&env, (Operand){value, operand.span}, "a size",
                          &size))
        return 1;
    if (size >= 1 && size <= max_size && floor(size) == size)
        return (uint32_t)size;
    REPORT(&env, BAD_COUNT, operand.span, "a size", max_size, size);
    return 1;
}

static void evaluate_shape(Sema *sema, const AstItem *item,
                           Population *population)
{
    const AstExprs *shape = item_shape(item);
    double size = 1;
    population->size = 1;
    if (shape->count > MAX_RANK) {
        diag_report(sema->diags, DIAG_TOO_MANY_AXES,
                    shape->items[MAX_RANK]->span, population->name,
                    shape->count, (int)MAX_RANK);
        return;
    }
    for (size_t k = 0; k < shape->count; k++) {
        population->shape[k] = evaluate_size(sema, shape->items[k]);
        size *= population->shape[k];
    }
    population->rank = (uint32_t)shape->count;
    if (size <= max_size)
        population->size = (uint32_t)size;
    else
        diag_report(sema->diags, DIAG_TOO_MANY_NEURONS, population->span,
                    population->name, size, max_size);
}

static bool evaluate_time(Sema *sema, const AstExpr *expr,
                          const Population *input, double *out)
{
    Env env = env_new(sema, CONTEXT_CONSTANT, NULL);
    Operand operand = evaluate_operand(&env, expr);
    operand.value = conform(&env, operand, dimension_of_time(),
                            "the time of an input's spike");
    double duration = sema->model->duration;
    if (value_is_poison(operand.value) ||
        !conform_constant(&env, operand, "the time of an input's spike", out))
        return false;
    if (*out >= 0 && *out <= duration)
        return true;
    REPORT(&env, INPUT_OUTSIDE, operand.span, input->name, *out, duration);
    return false;
}

// An input that spikes at given times instead of at those of the data.
static void evaluate_times(Sema *sema, const AstExprs *exprs,
                           Population *input)
{
    double *times = ARENA_ARRAY(sema->arena, double, exprs->count);
    for (size_t k = 0; k < exprs->count; k++)
        if (!evaluate_time(sema, exprs->items[k], input, &times[k]))
            times[k] = 0;
    input->times = times;
    input->rank = 1;
    input->size = input->shape[0] = (uint32_t)exprs->count;
}

static void declare(Sema *sema, const AstItem *item, Scope *scope)
{
    Model *model = sema->model;
    Ident name = item_name(item);
    Binding *before = scope_find_here(scope, name.name);
    if (before) {
        Diag *diag = diag_report(sema->diags, DIAG_DUPLICATE, name.span,
                                 "layer", name.name);
        diag_note(diag, before->span, "first declared here");
        return;
    }
    uint32_t index = (uint32_t)model->n_populations++;
    Population *population = ARENA_NEW(sema->arena, Population);
    *population = (Population){
        .name = name.name, .index = index, .axis = index + 1,
        .is_input = item->kind == AST_INPUT, .span = name.span};
    if (item->kind == AST_INPUT && item->input.times.count > 0)
        evaluate_times(sema, &item->input.times, population);
    else
        evaluate_shape(sema, item, population);
    model->populations[index] = population;
    scope_add(sema->arena, scope, name.name, name.span, "layer",
              (Value){.kind = VALUE_LAYER, .layer = population});
}

// Of several inputs, the data's channels go to the first one first.
static void check_inputs(Sema *sema, const AstDecl *decl)
{
    const Model *model = sema->model;
    if (!model->n_populations || !model->populations[0]->is_input)
        diag_report(sema->diags, DIAG_MISSING_ITEM, decl->name.span,
                    decl->name.name, "input", "input x[5]");
}

void population_declare(Sema *sema, const AstDecl *model, Scope *scope)
{
    sema->model->populations =
        ARENA_ARRAY(sema->arena, Population *, model->items.count + 1);
    sema->neurons = ARENA_ARRAY(sema->arena, Neuron *, model->items.count + 1);
    for (int inputs = 1; inputs >= 0; inputs--)
        for (size_t i = 0; i < model->items.count; i++) {
            const AstItem *item = model->items.items[i];
            if (is_population(item) && (item->kind == AST_INPUT) == inputs)
                declare(sema, item, scope);
        }
    check_inputs(sema, model);
}

Population *population_find(Sema *sema, Ident name)
{
    const char *names[256];
    const Model *model = sema->model;
    size_t n = 0;
    for (size_t i = 0; i < model->n_populations; i++) {
        if (model->populations[i]->name == name.name)
            return model->populations[i];
        if (n < 256)
            names[n++] = model->populations[i]->name;
    }
    Diag *diag =
        diag_report(sema->diags, DIAG_UNKNOWN_LAYER, name.span, name.name);
    diag_suggest_name(diag, name.name, names, n);
    return NULL;
}

// ---- solvers ----------------------------------------------------------------

static void report_unknown_solver(Sema *sema, Ident name)
{
    static const char *const names[] = {
#define SOLVER(id, name, summary) name,
#include "model/solver.def"
#undef SOLVER
    };
    Diag *diag = diag_report(sema->diags, DIAG_UNKNOWN_SOLVER, name.span,
                             name.name);
    if (!diag_suggest_name(diag, name.name, names, SOLVER_COUNT))
        diag_suggest(diag, "expected automatic, closed_form or numeric");
}

static bool find_solver(Sema *sema, Ident name, SolverKind *out_kind)
{
    for (int k = 0; k < SOLVER_COUNT; k++)
        if (!strcmp(solver_name((SolverKind)k), name.name)) {
            *out_kind = (SolverKind)k;
            return true;
        }
    report_unknown_solver(sema, name);
    return false;
}

// `tolerance` in the argument, which may be NULL.
static void read_tolerance(const Env *env, const AstArg *arg, double *out)
{
    double value;
    if (!arg || !argument_is_plain(env, arg))
        return;
    Operand operand = evaluate_operand(env, arg->value);
    operand.value = conform(env, operand, dimension_none(), "a tolerance");
    if (!conform_constant(env, operand, "a tolerance", &value))
        return;
    if (value >= SOLVER_TOLERANCE_MIN && value <= SOLVER_TOLERANCE_MAX)
        *out = value;
    else
        REPORT(env, ARGUMENT_RANGE, operand.span, "a tolerance",
               "a number from 1e-14 to 0.1", value);
}

// `solved by numeric(tolerance = 1e-10)`: a closed form has no tolerance.
static void choose_solver(Sema *sema, const AstUse *use, Solver *out)
{
    Env env = env_new(sema, CONTEXT_CONSTANT, NULL);
    static AstExpr optional = {.kind = AST_EXPR_ERROR};
    AstParam param = {.name = {intern(sema->input->names, "tolerance"),
                               use->span},
                      .value = &optional, .span = use->span};
    if (!use->name.name || !find_solver(sema, use->name, &out->kind))
        return;
    AstParams params = {&param, out->kind != SOLVER_CLOSED_FORM, 1};
    const AstArg **given = argument_match(&env, use->name.name, &params,
                                          &use->args, use->span);
    if (given && params.count)
        read_tolerance(&env, given[0], &out->tolerance);
}

// ---- neurons ---------------------------------------------------------------

typedef struct LayerSupply {
    Population *layer;
    size_t capacity; // of layer->parameters
} LayerSupply;

static bool is_array(const AstArg *arg)
{
    return arg->learned || arg->random || arg->per.name;
}

static Parameter *parameter_new(Sema *sema, const Population *layer,
                                const AstParam *param, const AstArg *arg)
{
    Parameter *p = ARENA_NEW(sema->arena, Parameter);
    p->name = arena_printf(sema->arena, "%s.%s", layer->name, param->name.name);
    p->symbol = expr_symbol(sema->pool, param->name.name, NULL, AXIS_SCALAR);
    p->shape = arg->per.name ? PARAMETER_PER_NEURON : PARAMETER_SHARED;
    p->rows = 1;
    p->columns = arg->per.name ? layer->size : 1;
    p->learned = arg->learned;
    return p;
}

// A folded constant: what else an argument could say has no effect.
static Value fold(const Env *outer, const AstArg *arg)
{
    if (arg->low)
        REPORT(outer, BOUNDS_UNUSED, arg->span, arg->name.name
                                                    ? arg->name.name
                                                    : "this argument");
    Operand operand = evaluate_operand(outer, arg->value);
    double constant;
    if (operand.value.kind == VALUE_NUMBER &&
        !conform_constant(outer, operand, "an argument", &constant))
        return VALUE_POISONED;
    return operand.value;
}

static Value supply(void *data, const Env *outer, const Env *inner,
                    const AstParam *param, const AstArg *arg)
{
    LayerSupply *layer = data;
    Sema *sema = outer->sema;
    if (!arg)
        return evaluate(inner, param->value);
    if (!is_array(arg))
        return fold(outer, arg);
    Dimension dimension;
    if (!argument_dimension(inner, param, PARAMETERS_PLAIN, &dimension))
        return VALUE_POISONED;
    if (arg->per.name && strcmp(arg->per.name, "neuron")) {
        REPORT(outer, UNKNOWN_PER, arg->per.span, arg->per.name,
               "per neuron");
        return VALUE_POISONED;
    }
    Parameter *p = parameter_new(sema, layer->layer, param, arg);
    if (!initial_fill(outer, arg, dimension, CONTEXT_INITIAL, p))
        return VALUE_POISONED;
    initial_add_parameter(sema, p);
    ARENA_PUSH(sema->arena, layer->layer->parameters,
               layer->layer->n_parameters, layer->capacity, p);
    return value_number(p->symbol, dimension);
}

// The layer's neuron with its arguments; leaves the layer without a system when
// something is wrong.
static void fill_layer(const Env *outer, Population *layer,
                       const Declared *neuron, const AstItem *item)
{
    Sema *sema = outer->sema;
    const AstUse *use = &item->layer.neuron;
    Frame frame;
    Env inner = env_enter(outer, scope_new(sema->arena, NULL), use->name,
                          use->span, &frame);
    inner.context = context_new(sema, CONTEXT_NEURON);
    LayerSupply layer_supply = {.layer = layer};
    layer->solver = sema->input->solver;
    choose_solver(sema, &item->layer.solver, &layer->solver);
    if (!argument_bind(outer, &inner, neuron->ast, PARAMETERS_PLAIN,
                       &use->args, use->span, supply, &layer_supply))
        return;
    sema->neurons[layer->index] = neuron_build(&inner, neuron->ast);
    layer->system = sema->neurons[layer->index]->system;
}

static void fill(Sema *sema, const AstItem *item, Scope *scope)
{
    Binding *binding = scope_find_here(scope, item->layer.name.name);
    Population *layer = binding->value.layer;
    const AstUse *use = &item->layer.neuron;
    Env outer = env_new(sema, CONTEXT_CONSTANT, NULL);
    Declared *neuron = use->name.name
                           ? declare_use(&outer, AST_NEURON, use->name)
                           : NULL;
    if (!layer || layer->is_input || layer->system)
        return; // declared twice
    if (neuron)
        fill_layer(&outer, layer, neuron, item);
    if (!layer->system) // broken: whoever looks at it keeps quiet
        binding->value = VALUE_POISONED;
}

void population_fill(Sema *sema, const AstDecl *model, Scope *scope)
{
    for (size_t i = 0; i < model->items.count; i++)
        if (model->items.items[i]->kind == AST_LAYER)
            fill(sema, model->items.items[i], scope);
}
