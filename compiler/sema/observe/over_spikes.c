// Observables of all spikes of a neuron: the n-th spike, and sums over spikes
// and over pairs of spikes.
#include "sema/observe/observe.h"

#include <math.h>

// ---- the n-th spike --------------------------------------------------------

// True with *out_nth of 0 in a loss on its own, where it is not known yet.
static bool which_spike(const Env *env, const AstExpr *call, double *out_nth)
{
    Operand n = evaluate_operand(env, call->call.args.items[1].value);
    const char *what = "the number of a spike";
    *out_nth = 0;
    n.value = conform(env, n, dimension_none(), what);
    if (value_is_poison(n.value))
        return false;
    if (!env->sema->model)
        return true;
    n.value.expr = observe_fix(env, n.span, n.value.expr);
    if (!n.value.expr || !conform_constant(env, n, what, out_nth))
        return false;
    if (*out_nth >= 1 && *out_nth <= UINT32_MAX &&
        *out_nth == floor(*out_nth))
        return true;
    REPORT(env, BAD_NTH, n.span, *out_nth);
    return false;
}

Value observe_nth_spike(const Env *env, const AstExpr *call)
{
    Arena *arena = env->sema->arena;
    const char *callee = call->call.callee.name;
    double nth;
    Value value = observe_layer_argument(env, call);
    if (!observe_is_outside(env, call->span, callee) || !value.layer ||
        !which_spike(env, call, &nth))
        return VALUE_POISONED;
    if (!value_is_poison(value) &&
        !observe_has_spikes(env, call->call.args.items[0].span, value.layer,
                            callee))
        return VALUE_POISONED;
    Observable what = {.kind = OBSERVE_NTH_SPIKE, .population = value.layer,
                       .nth = (uint32_t)nth};
    char *text = arena_printf(arena, "nth_spike(%s, %.0f)", value.layer->name,
                              nth);
    if (nth == 1) {
        what.kind = OBSERVE_FIRST_SPIKE;
        text = arena_printf(arena, "first_spike(%s)", value.layer->name);
    }
    return value_number(observe_as(env, what, text), dimension_of_time());
}

// ---- positions -------------------------------------------------------------

Value observe_position(const Env *env, const AstExpr *call)
{
    Value value = observe_layer_argument(env, call);
    if (!value.layer)
        return VALUE_POISONED;
    return value_number(expr_iota(env->sema->pool, value.layer->axis),
                        dimension_none());
}

// ---- sums ------------------------------------------------------------------

static bool is_hyper(const Model *model, const Expr *symbol)
{
    for (size_t i = 0; i < model->n_hypers; i++)
        if (model->hypers[i].symbol == symbol)
            return true;
    return false;
}

// Of one spike (or pair) and one neuron: its times, its position, and what is
// the same for the whole sample.
static bool is_of_spike(const Env *env, Span span, const char *callee,
                        const Expr *term)
{
    Sema *sema = env->sema;
    const Expr **symbols = NULL;
    size_t count = 0, capacity = 0;
    expr_free_symbols(term, sema->arena, &symbols, &count, &capacity);
    for (size_t i = 0; i < count; i++)
        if (symbols[i] != sema->time && symbols[i] != sema->other_time &&
            symbols[i] != sema->label && !is_hyper(sema->model, symbols[i])) {
            REPORT(env, NOT_OF_SPIKE, span, callee, symbols[i]->name);
            return false;
        }
    size_t n;
    const Expr **nodes = expr_topological(sema->arena, &term, 1, &n);
    for (size_t i = 0; i < n; i++)
        if (nodes[i]->axis == AXIS_SCALAR && nodes[i]->n_args > 0 &&
            nodes[i]->args[0]->axis != AXIS_SCALAR) {
            REPORT(env, TERM_OF_VECTOR, span, callee);
            return false;
        }
    return true;
}

static bool is_along(const Env *env, Span span, const Population *layer,
                     Value term)
{
    if (term.axis == AXIS_SCALAR || term.axis == layer->axis)
        return true;
    if (layer->axis >= AXIS_STAND_IN || term.axis >= AXIS_STAND_IN)
        return false; // may be one layer when the loss is used
    REPORT(env, AXES_DIFFER, span, layer->name,
           sema_axis_name(env->sema, term.axis));
    return false;
}

Value observe_over_spikes(const Env *env, const AstExpr *call,
                          ObservableKind kind)
{
    Arena *arena = env->sema->arena;
    const char *callee = call->call.callee.name;
    Span span = call->call.args.items[1].span;
    Value value = observe_layer_argument(env, call);
    if (!observe_is_outside(env, call->span, callee) || !value.layer)
        return VALUE_POISONED;
    Population *layer = value.layer;
    Trajectory trajectory = {
        .observer = callee, .has_time = true,
        .has_other_time = kind == OBSERVE_PAIR_SUM, .layer = layer};
    Value term = observe_inside(env, call, 1, &trajectory);
    if (value_is_poison(term) || !is_along(env, span, layer, term))
        return VALUE_POISONED;
    if (!value_is_poison(value) &&
        (!observe_has_spikes(env, call->call.args.items[0].span, layer,
                             callee) ||
         !is_of_spike(env, span, callee, term.expr)))
        return VALUE_POISONED;
    Observable what = {.kind = kind, .population = layer, .term = term.expr};
    char *text = arena_printf(arena, "%s(%s, %s)", callee, layer->name,
                              expr_text(arena, term.expr));
    return value_number(observe_as(env, what, text), term.dimension);
}
