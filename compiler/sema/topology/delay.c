// Delays: a constant that is folded, or a parameter of the shape that `per`
// gives it. They are times from 0 on, and so are their bounds.
#include "sema/topology/delay.h"

#include "sema/topology/settings.h"
#include "sema/topology/weight.h"

static bool is_negative(Sema *sema, const Projection *p, const AstExpr *expr,
                        double value)
{
    if (!(value < 0))
        return false;
    diag_report(sema->diags, DIAG_NEGATIVE_DELAY, expr->span, p->name, value);
    return true;
}

static bool fold(Sema *sema, const AstArg *arg, Projection *p)
{
    Env env = env_new(sema, CONTEXT_CONSTANT, NULL);
    const char *what = arena_printf(sema->arena, "%s.delay", p->name);
    if (arg->low)
        REPORT(&env, BOUNDS_UNUSED, arg->span, what);
    Operand operand = evaluate_operand(&env, arg->value);
    operand.value = conform(&env, operand, dimension_of_time(), what);
    return conform_constant(&env, operand, what, &p->delay) &&
           !is_negative(sema, p, arg->value, p->delay);
}

// The lower bound is 0 unless it is said.
static bool bound(Sema *sema, const AstArg *arg, const Projection *p,
                  Parameter *delay)
{
    if (arg->low)
        return !is_negative(sema, p, arg->low, delay->low);
    delay->low = 0;
    return arg->random ||
           !is_negative(sema, p, arg->value, delay->initial.value->value);
}

static bool fill(Sema *sema, const AstArg *arg, Projection *p)
{
    Env env = env_new(sema, CONTEXT_CONSTANT, NULL);
    Parameter *delay = ARENA_NEW(sema->arena, Parameter);
    delay->name = arena_printf(sema->arena, "%s.delay", p->name);
    delay->symbol = expr_symbol(sema->pool, "delay", NULL, AXIS_SCALAR);
    delay->learned = arg->learned;
    projection_shape_per(p, p->delay_per, delay);
    if (!initial_fill(&env, arg, dimension_of_time(), CONTEXT_INITIAL, delay) ||
        !bound(sema, arg, p, delay))
        return false;
    p->delay_parameter = delay;
    initial_add_parameter(sema, delay);
    return true;
}

bool delay_add(Sema *sema, const AstArg *arg, Projection *p)
{
    p->delay_per = SNN_PER_PROJECTION;
    if (!arg)
        return true;
    bool is_array = arg->learned || arg->random || arg->per.name;
    return settings_per(sema, arg, &p->delay_per) &&
           (is_array ? fill(sema, arg, p) : fold(sema, arg, p));
}

void delay_warn(Sema *sema)
{
    const Model *model = sema->model;
    for (size_t i = 0; i < model->n_projections; i++) {
        const Projection *p = model->projections[i];
        if (!p->delay_parameter && p->delay >= model->duration)
            diag_report(sema->diags, DIAG_LATE_DELAY, p->span, p->name,
                        p->delay, model->duration);
    }
}
