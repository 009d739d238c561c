// Weights: a parameter of the shape that pattern and `per` give it, or the
// parameter of another projection.
#include "sema/topology/weight.h"

#include <math.h>
#include <string.h>
#include "sema/topology/settings.h"

static void report_missing(Sema *sema, const AstUse *pattern)
{
    Diag *diag = diag_report(sema->diags, DIAG_MISSING_WEIGHT, pattern->span,
                             pattern->name.name);
    diag_suggest(diag, "%s { weight ~ normal(1, 0.1) }", pattern->name.name);
}

// ---- the parameter ---------------------------------------------------------

// [out, in / groups, kernel...]; turned, [in, out / groups, kernel...].
static void shape_kernel(const Projection *p, Parameter *w)
{
    const SnnPattern *pattern = &p->pattern;
    uint32_t in = pattern->source_channels, out = pattern->target_channels;
    uint32_t n = 0;
    w->kernel_shape[n++] = pattern->transposed ? in : out;
    w->kernel_shape[n++] = (pattern->transposed ? out : in) / pattern->groups;
    if (p->source->rank == 3)
        w->kernel_shape[n++] = pattern->y.kernel;
    w->kernel_shape[n++] = pattern->x.kernel;
    w->kernel_rank = n;
    w->shape = PARAMETER_KERNEL;
}

void projection_shape_per(const Projection *p, SnnPer per, Parameter *w)
{
    w->rows = w->columns = 1;
    w->shape = PARAMETER_PER_NEURON;
    switch (per) {
    case SNN_PER_PROJECTION: w->shape = PARAMETER_SHARED; return;
    case SNN_PER_SOURCE: w->columns = p->source->size; return;
    case SNN_PER_TARGET: w->columns = p->target->size; return;
    case SNN_PER_KERNEL: w->rows = w->columns = 0; shape_kernel(p, w); return;
    case SNN_PER_SYNAPSE: break;
    }
    bool is_dense = p->pattern.kind == SNN_PATTERN_DENSE;
    w->shape = is_dense ? PARAMETER_DENSE : PARAMETER_PER_SYNAPSE;
    w->rows = is_dense ? p->source->size : 0;
    w->columns = is_dense ? p->target->size : 0;
}

static Parameter *weight_new(Sema *sema, const Projection *p)
{
    Parameter *w = ARENA_NEW(sema->arena, Parameter);
    w->name = arena_printf(sema->arena, "%s.weight", p->name);
    w->symbol = expr_symbol(sema->pool, w->name, NULL, AXIS_SCALAR);
    w->span = p->span;
    projection_shape_per(p, p->pattern.per, w);
    return w;
}

static Dimension weight_dimension(const Sema *sema, const Projection *p)
{
    return sema->neurons[p->target->index]->port_dimensions[p->port];
}

static bool fill_given(Sema *sema, Projection *p, const AstArg *arg)
{
    Env env = env_new(sema, CONTEXT_CONSTANT, NULL);
    Parameter *w = weight_new(sema, p);
    w->learned = !arg->frozen;
    if (!initial_fill(&env, arg, weight_dimension(sema, p), CONTEXT_WEIGHT, w))
        return false;
    p->weight = w;
    initial_add_parameter(sema, w);
    return true;
}

// What a pool does unless the model says otherwise: a sum or a mean.
static void fill_pool(Sema *sema, const AstItem *item, Projection *p)
{
    const SnnPattern *pattern = &p->pattern;
    bool is_mean = !strcmp(item->connect.pattern.name.name, "average_pool");
    double n = is_mean ? (double)pattern->y.kernel * pattern->x.kernel : 1;
    Parameter *w = weight_new(sema, p);
    w->unit = dimension_format(sema->arena, weight_dimension(sema, p));
    w->low = -INFINITY;
    w->high = INFINITY;
    w->initial.value = expr_const(sema->pool, 1 / n);
    p->weight = w;
    initial_add_parameter(sema, w);
}

// ---- sharing ---------------------------------------------------------------

typedef struct Sharing {
    Projection *projection;
    const AstArg *arg;   // weight = owner.weight
    bool is_active;      // being resolved: met again, it shares with itself
} Sharing;

static bool is_share(const AstArg *arg)
{
    return !arg->random && arg->value && arg->value->kind == AST_MEMBER &&
           arg->value->member.base->kind == AST_NAME &&
           !strcmp(arg->value->member.member.name, "weight");
}

static bool add_share(Sema *sema, Projection *p, const AstArg *arg)
{
    if (arg->learned || arg->frozen || arg->low || arg->per.name) {
        diag_report(sema->diags, DIAG_SHARED_MODIFIER, arg->span, p->name,
                    arg->value->member.base->name.name);
        return false;
    }
    Sharing sharing = {p, arg, false};
    ARENA_PUSH(sema->arena, sema->sharings, sema->n_sharings,
               sema->sharings_capacity, sharing);
    return true;
}

static Projection *find_owner(Sema *sema, const AstExpr *name)
{
    const Model *model = sema->model;
    const char *names[256];
    size_t n = 0;
    for (size_t i = 0; i < model->n_projections; i++) {
        if (!strcmp(model->projections[i]->name, name->name.name))
            return model->projections[i];
        if (n < 256)
            names[n++] = model->projections[i]->name;
    }
    if (diags_error_count(sema->diags) > 0)
        return NULL; // it may be one that was left out
    Diag *diag = diag_report(sema->diags, DIAG_UNKNOWN_PROJECTION, name->span,
                             name->name.name);
    diag_suggest_name(diag, name->name.name, names, n);
    return NULL;
}

static const char *shape_text(Arena *arena, const Parameter *w)
{
    switch (w->shape) {
    case PARAMETER_SHARED: return "one number";
    case PARAMETER_PER_NEURON:
        return arena_printf(arena, "%u numbers", w->columns);
    case PARAMETER_DENSE:
        return arena_printf(arena, "%u x %u numbers", w->rows, w->columns);
    case PARAMETER_PER_SYNAPSE: return "one for each synapse of its own";
    case PARAMETER_KERNEL: break;
    }
    const char *text = arena_printf(arena, "%u", w->kernel_shape[0]);
    for (uint32_t k = 1; k < w->kernel_rank; k++)
        text = arena_printf(arena, "%s x %u", text, w->kernel_shape[k]);
    return arena_printf(arena, "a kernel of %s", text);
}

// The same synapses in the same order.
static bool is_same_table(const Projection *a, const Projection *b)
{
    const SnnPattern *p = &a->pattern, *q = &b->pattern;
    return a->source->size == b->source->size &&
           a->target->size == b->target->size && p->kind == q->kind &&
           p->without_self == q->without_self && p->degree == q->degree &&
           p->seed == q->seed && p->probability == q->probability &&
           p->groups == q->groups && p->transposed == q->transposed &&
           p->source_channels == q->source_channels &&
           p->target_channels == q->target_channels &&
           !memcmp(&p->y, &q->y, sizeof p->y) &&
           !memcmp(&p->x, &q->x, sizeof p->x) &&
           (p->file ? q->file && !strcmp(p->file, q->file) : !q->file);
}

static bool shapes_fit(const Projection *p, const Parameter *own,
                       const Projection *owner)
{
    const Parameter *w = owner->weight;
    return own->shape == w->shape && own->rows == w->rows &&
           own->columns == w->columns && own->kernel_rank == w->kernel_rank &&
           !memcmp(own->kernel_shape, w->kernel_shape,
                   sizeof w->kernel_shape) &&
           (w->shape != PARAMETER_PER_SYNAPSE || is_same_table(p, owner));
}

static void take_weight(Sema *sema, const Sharing *sharing,
                        const Projection *owner)
{
    Projection *p = sharing->projection;
    const Parameter *own = weight_new(sema, p), *w = owner->weight;
    Dimension dimension = weight_dimension(sema, p);
    if (!shapes_fit(p, own, owner))
        diag_report(sema->diags, DIAG_SHARED_WEIGHT, sharing->arg->span,
                    owner->name, shape_text(sema->arena, own),
                    shape_text(sema->arena, w));
    else if (!dimension_equal(dimension, weight_dimension(sema, owner)))
        diag_report(sema->diags, DIAG_SHARED_WEIGHT, sharing->arg->span,
                    owner->name,
                    value_describe_number(sema->arena, dimension),
                    value_describe_number(sema->arena,
                                          weight_dimension(sema, owner)));
    else
        p->weight = owner->weight;
}

static void share(Sema *sema, Sharing *sharing)
{
    Projection *p = sharing->projection;
    Projection *owner =
        find_owner(sema, sharing->arg->value->member.base);
    if (!owner || p->weight)
        return;
    if (sharing->is_active) {
        diag_report(sema->diags, DIAG_RECURSION, sharing->arg->span, "weight",
                    p->name);
        return;
    }
    sharing->is_active = true;
    for (size_t i = 0; i < sema->n_sharings && !owner->weight; i++)
        if (sema->sharings[i].projection == owner)
            share(sema, &sema->sharings[i]);
    sharing->is_active = false;
    if (owner->weight)
        take_weight(sema, sharing, owner);
}

void projection_share(Sema *sema)
{
    for (size_t i = 0; i < sema->n_sharings; i++)
        share(sema, &sema->sharings[i]);
}

// ---- all -------------------------------------------------------------------

bool weight_add(Sema *sema, const AstItem *item, const AstArg *arg,
                Projection *p)
{
    if (arg && is_share(arg))
        return add_share(sema, p, arg);
    if (arg)
        return settings_per(sema, arg, &p->pattern.per) &&
               fill_given(sema, p, arg);
    bool is_pool = p->pattern.per == SNN_PER_PROJECTION &&
                   dimension_is_none(weight_dimension(sema, p));
    if (is_pool)
        fill_pool(sema, item, p);
    else
        report_missing(sema, &item->connect.pattern);
    return is_pool;
}
