// Observables of states over time: greatest values, values at the end, and
// integrals. An integral is the value at the end of one more state of the
// layer, which the rest of the compiler knows nothing special about.
#include "sema/observe/observe.h"

#include <math.h>

// Beyond this a weight exp(r t) of an integral is followed as a state of its
// own: a factor of exp(r T) would leave the numbers.
static const double max_exponent = 60;

bool observe_along(const Env *env, const AstExpr *call, bool has_time,
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

char *observe_along_text(const Env *env, const AstExpr *call,
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
    if (!observe_along(env, call, false, &along))
        return VALUE_POISONED;
    Observable what = {
        .kind = kind, .population = along.layer, .of = along.of};
    return value_number(
        observe_as(env, what, observe_along_text(env, call, &along)),
        along.dimension);
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
    return observe_hidden(env, along, "time", time, dimension_of_time(), 0,
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
                    observe_hidden(env, along, "integral", f, dimension, -rate,
                                 drive));
}

Value observe_integral(const Env *env, const AstExpr *call)
{
    Along along;
    if (!observe_along(env, call, true, &along) || !env->sema->model)
        return VALUE_POISONED;
    Dimension dimension =
        dimension_multiply(along.dimension, dimension_of_time());
    Observable what = {.kind = OBSERVE_FINAL, .population = along.layer,
                       .of = integral(env, &along, dimension)};
    return value_number(
        observe_as(env, what, observe_along_text(env, call, &along)),
        dimension);
}
