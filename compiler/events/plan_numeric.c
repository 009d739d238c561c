// Plans numeric populations (plan_numeric.h).
#include "events/plan_numeric.h"

#include <math.h>

// What f64 and f32 resolve with some steps to spare.
static const double default_f64 = 1e-9, default_f32 = 1e-5;
// Errors of steps add up, so one is held to a part; but not to what rounding
// hides.
static const double step_share = 0.005, least_f64 = 2e-15, least_f32 = 1e-6;

static void remark(const Model *model, LayerPlan *plan, const char *choice,
                   const char *reason)
{
    PlanRemark r = {choice, reason};
    ARENA_PUSH(model->arena, plan->remarks, plan->n_remarks,
               plan->remarks_capacity, r);
}

static void plan_tolerance(const Model *model, PlanTarget target,
                           LayerPlan *plan)
{
    double asked = plan->population->solver.tolerance;
    double precise = target.real_size == 8 ? default_f64 : default_f32;
    plan->tolerance = asked > 0 ? asked : precise;
    plan->step_tolerance = fmax(step_share * plan->tolerance,
                                target.real_size == 8 ? least_f64 : least_f32);
    plan->solver = arena_printf(
        model->arena, "numeric: Dormand-Prince 5(4), tolerance %g",
        plan->tolerance);
    remark(model, plan, plan->solver, plan->derived->reason);
}

static void plan_lanes(const Model *model, PlanTarget target, LayerPlan *plan)
{
    unsigned size = plan->population->size;
    plan->lanes = 2 * target.lanes;
    while (plan->lanes > 4 && plan->lanes / 2 >= size)
        plan->lanes /= 2;
    plan->vectors = (size + plan->lanes - 1) / plan->lanes;
    plan->tile = 1;
    remark(model, plan,
           arena_printf(model->arena, "vectors of %u neurons", plan->lanes),
           "each neuron has a step length of its own");
}

// d e / dt along the flow
static const Expr *rate_of(const Model *model, const Derived *d, const Expr *e)
{
    const Expr **flow = ARENA_ARRAY(model->arena, const Expr *, d->n + 1);
    for (size_t k = 0; k < d->n; k++)
        flow[k] = d->population->system->states[k].flow;
    return expr_jvp(model->pool, e, d->states, flow, d->n);
}

static void plan_observables(const Model *model, LayerPlan *plan)
{
    const Derived *d = plan->derived;
    size_t n = d->n_observables + 1;
    plan->peaks = ARENA_ARRAY(model->arena, PeakPlan, n);
    plan->finals = ARENA_ARRAY(model->arena, const DerivedObservable *, n);
    for (size_t k = 0; k < d->n_observables; k++) {
        const DerivedObservable *o = &d->observables[k];
        if (o->observable->kind != OBSERVE_MAXIMUM) {
            plan->finals[plan->n_finals++] = o;
            continue;
        }
        PeakPlan *peak = &plan->peaks[plan->n_peaks++];
        peak->observable = o;
        peak->curvature = rate_of(model, d, o->slope);
    }
}

LayerPlan *plan_numeric(const Model *model, PlanTarget target,
                        const Derived *derived)
{
    LayerPlan *plan = ARENA_NEW(model->arena, LayerPlan);
    plan->population = derived->population;
    plan->derived = derived;
    plan_tolerance(model, target, plan);
    plan_lanes(model, target, plan);
    plan_observables(model, plan);
    return plan;
}
