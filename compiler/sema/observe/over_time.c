// Observables of states over time: greatest values, values at the end, and
// integrals. An integral is the value at the end of one more state of the
// layer, which the rest of the compiler knows nothing special about.
#include "sema/observe/observe.h"

#include <math.h>
#include <string.h>

// Beyond this a weight exp(r t) of an integral is followed as a state of its
// own: a factor of exp(r T) would leave the numbers.
static const double max_exponent = 60;

// What stands inside of an observable, along the states of a layer.
typedef struct Along {
    Population *layer;
    const Expr *of;      // of its states, of time and of constants
    Dimension dimension;
    Span span;
} Along;

// False: poisoned, or of a stand-in for a layer.
static bool along_states(const Env *env, const AstExpr *call, bool has_time,
                         Along *out)
{
    const char *callee = call->call.callee.name;
    if (!observe_is_outside(env, call->span, callee))
        return false;
    Trajectory trajectory = {.observer = callee, .has_states = true,
                             .has_time = has_time};
    Value value = observe_inside(env, call, 0, &trajectory);
    Population *layer = trajectory.layer;
    if (value_is_poison(value))
        return false;
    if (!layer) {
        REPORT(env, NO_TRAJECTORY, call->span, callee);
        return false;
    }
    if (layer->axis >= AXIS_STAND_IN)
        return false;
    const Expr *of = observe_fix(env, call->span, value.expr);
    if (!of || !observe_is_of_states(env, call->span, &trajectory, of,
                                     has_time ? env->sema->time : NULL))
        return false;
    *out = (Along){layer, of, value.dimension, call->span};
    return true;
}

static char *along_text(const Env *env, const AstExpr *call,
                        const Along *along)
{
    Arena *arena = env->sema->arena;
    return arena_printf(arena, "%s(%s.%s)", call->call.callee.name,
                        along->layer->name, expr_text(arena, along->of));
}

Value observe_trajectory(const Env *env, const AstExpr *call,
                         ObservableKind kind)
{
    Along along;
    if (!along_states(env, call, false, &along))
        return VALUE_POISONED;
    Observable what = {
        .kind = kind, .population = along.layer, .of = along.of};
    return value_number(
        observe_as(env, what, along_text(env, call, &along)),
        along.dimension);
}

// ---- states that only an observable reads -----------------------------------

static const Expr *find_hidden(const Sema *sema, const Population *layer,
                               const Expr *of)
{
    for (size_t k = 0; k < sema->n_hidden; k++)
        if (sema->hidden[k].layer == layer && sema->hidden[k].of == of)
            return sema->hidden[k].symbol;
    return NULL;
}

static void *append(Arena *arena, const void *items, size_t n, size_t size,
                    const void *item)
{
    char *grown = arena_alloc(arena, (n + 1) * size);
    memcpy(grown, items, n * size);
    memcpy(grown + n * size, item, size);
    return grown;
}

static const char *new_name(const Sema *sema, const HybridSystem *system,
                            const char *name)
{
    const char *candidate = name;
    for (size_t k = 0, number = 2; k < system->n_states; k++)
        if (!strcmp(system->states[k].name, candidate)) {
            candidate = arena_printf(sema->arena, "%s%zu", name, number++);
            k = (size_t)-1; // from the start
        }
    return candidate;
}

// Appends a state to the layer, 0 at the start and left alone by all events.
static State *hidden_add(const Env *env, const Along *along, const char *name,
                         const Expr *of, Dimension dimension)
{
    Sema *sema = env->sema;
    Arena *arena = sema->arena;
    Neuron *neuron = sema->neurons[along->layer->index];
    HybridSystem *system = neuron->system;
    size_t n = system->n_states;
    State state = {.unit = dimension_format(arena, dimension),
                   .initial = expr_const(sema->pool, 0), .span = along->span};
    state.name = new_name(sema, system, name);
    state.symbol = expr_symbol(sema->pool, state.name, NULL, AXIS_SCALAR);
    state.reset = state.symbol;
    state.flow = state.initial;
    system_add_state(arena, system, state);
    neuron->state_dimensions =
        append(arena, neuron->state_dimensions, n, sizeof dimension,
               &dimension);
    Hidden hidden = {along->layer, of, state.symbol};
    ARENA_PUSH(arena, sema->hidden, sema->n_hidden, sema->hidden_capacity,
               hidden);
    return &system->states[n];
}

// The state with q' = rate * q + drive that was made for `of`.
static const Expr *hidden_state(const Env *env, const Along *along,
                                const char *name, const Expr *of,
                                Dimension dimension, double rate,
                                const Expr *drive)
{
    ExprPool *pool = env->sema->pool;
    const Expr *known = find_hidden(env->sema, along->layer, of);
    if (known)
        return known;
    State *state = hidden_add(env, along, name, of, dimension);
    const Expr *own = expr_mul(pool, expr_const(pool, rate), state->symbol);
    state->flow = expr_add(pool, own, drive);
    return state->symbol;
}

// ---- integrals --------------------------------------------------------------

// Whether f(t) = exp(r t) f(0), with an r that stays within the numbers; else
// out_rate is left alone.
static bool is_exponential(const Env *env, const Expr *f, double *out_rate)
{
    ExprPool *pool = env->sema->pool;
    const Expr *slope = expr_diff(pool, f, env->sema->time);
    const Expr *rate =
        expr_is_const(slope, 0) ? slope : expr_div(pool, slope, f);
    if (rate->op != EXPR_CONST || !isfinite(rate->value) ||
        fabs(rate->value) * env->sema->model->duration > max_exponent)
        return false;
    *out_rate = rate->value;
    return true;
}

static const Expr *at_time(const Env *env, const Expr *f, const Expr *time)
{
    return expr_substitute(env->sema->pool, f, &env->sema->time, &time, 1);
}

// The time since the start, as a state.
static const Expr *clock_state(const Env *env, const Along *along)
{
    const Expr *time = env->sema->time;
    return hidden_state(env, along, "time", time, dimension_of_time(), 0,
                        expr_const(env->sema->pool, 1));
}

// The integral of f = exp(r t) f(0) is exp(r T) q(T), where q' = -r q + f(0);
// with any other f it is that of a q with q' = f, along a clock of its own.
static const Expr *integral(const Env *env, const Along *along,
                            Dimension dimension)
{
    ExprPool *pool = env->sema->pool;
    const Expr *f = along->of;
    double rate = 0;
    const Expr *drive =
        is_exponential(env, f, &rate)
            ? at_time(env, f, expr_const(pool, 0))
            : at_time(env, f, clock_state(env, along));
    double factor = exp(rate * env->sema->model->duration);
    return expr_mul(pool, expr_const(pool, factor),
                    hidden_state(env, along, "integral", f, dimension, -rate,
                                 drive));
}

Value observe_integral(const Env *env, const AstExpr *call)
{
    Along along;
    if (!along_states(env, call, true, &along) || !env->sema->model)
        return VALUE_POISONED;
    Dimension dimension =
        dimension_multiply(along.dimension, dimension_of_time());
    Observable what = {.kind = OBSERVE_FINAL, .population = along.layer,
                       .of = integral(env, &along, dimension)};
    return value_number(
        observe_as(env, what, along_text(env, call, &along)), dimension);
}
