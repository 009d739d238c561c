// A neuron's free motion between two of its events: forward with the maxima
// observed in it, and its adjoint (loop.h).
#include "emit/compat.h"
#include "emit/kernel/crossing.h"
#include "emit/loop/loop.h"

enum { MAX_PIECE_STATES = DERIVED_NUMERIC_MAX };

Scope *loop_scope(const Loop *l, const LLVMValueRef *states)
{
    const Kernel *k = l->k;
    Scope *scope = scope_open(k->e, l->parameters, k->e->real, k->lanes);
    kernel_bind_row(scope, k->derived->states, states, k->n);
    return scope;
}

void loop_advance(const Loop *l, const LLVMValueRef *x, LLVMValueRef h,
                  LLVMValueRef *out)
{
    const Kernel *k = l->k;
    if (loop_is_numeric(l)) {
        loop_travel(l, x, h, out);
        return;
    }
    Scope *scope = loop_scope(l, x);
    scope_bind(scope, k->derived->interval, h);
    for (unsigned i = 0; i < k->n; i++)
        out[i] = scope_lanes(scope, k->plan->advance[i]);
}

// ---- observed maxima -------------------------------------------------------

typedef enum { AT_START, INSIDE, AT_END } Place;

static void keep(const Loop *l, LoopField field, unsigned peak,
                 LLVMValueRef better, LLVMValueRef value)
{
    LLVMValueRef old = loop_get(l, field, peak);
    loop_put(l, field, peak,
             LLVMBuildSelect(l->k->e->b, better, value, old, ""));
}

// The slope with which the value at one end of a piece moves along with the
// event there.
static LLVMValueRef end_slope(const Loop *l, Scope *scope, Place place,
                              const DerivedObservable *o)
{
    Emit *e = l->k->e;
    LLVMValueRef zero = kernel_zero(l->k);
    if (place == INSIDE)
        return zero;
    LLVMValueRef slope = scope_lanes(scope, o->slope);
    return place == AT_END ? vmath_max(e->vmath, e->b, slope, zero)
                           : vmath_min(e->vmath, e->b, slope, zero);
}

// The value a time h into the piece, if it is the greatest so far.
static void offer(const Loop *l, unsigned peak, LLVMValueRef value,
                  LLVMValueRef h, LLVMValueRef slope)
{
    Emit *e = l->k->e;
    LLVMValueRef best = loop_get(l, LOOP_BEST, peak);
    LLVMValueRef better = LLVMBuildAnd(
        e->b, l->mask, LLVMBuildFCmp(e->b, LLVMRealOGT, value, best, ""), "");
    keep(l, LOOP_BEST, peak, better, value);
    keep(l, LOOP_PEAK_TIME, peak, better, h);
    keep(l, LOOP_PEAK_SLOPE, peak, better, slope);
    keep(l, LOOP_PEAK_PIECE, peak, better, loop_get(l, LOOP_PIECE, 0));
}

// What the states `there`, a time h into the piece, offer. A point at 0 is none
// inside.
static void observe(const Loop *l, unsigned peak, const LLVMValueRef *there,
                    LLVMValueRef h, Place place)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    const DerivedObservable *o = k->plan->peaks[peak].observable;
    Scope *scope = loop_scope(l, there);
    LLVMValueRef value = scope_lanes(scope, o->value);
    if (place == INSIDE) {
        LLVMValueRef none = vmath_const(k->vector, -__builtin_inf());
        value = kernel_select(k, LLVMBuildFCmp(e->b, LLVMRealOGT, h,
                                               kernel_zero(k), ""),
                              value, none);
    }
    offer(l, peak, value, h, end_slope(l, scope, place, o));
}

typedef struct PeakVisit {
    const Loop *loop;
    unsigned peak;
    const LLVMValueRef *x;
} PeakVisit;

static void observe_point(void *data, LLVMValueRef point)
{
    const PeakVisit *visit = data;
    LLVMValueRef there[MAX_PIECE_STATES];
    loop_advance(visit->loop, visit->x, point, there);
    observe(visit->loop, visit->peak, there, point, INSIDE);
}

// Extrema of one mode, in lanes that the screen lets through.
static void observe_extrema(const Loop *l, unsigned peak, const LLVMValueRef *x,
                            LLVMValueRef h, const LLVMValueRef *end, bool rests)
{
    Kernel *k = l->k;
    Emit *e = k->e;
    const PeakPlan *plan = &k->plan->peaks[peak];
    const ZeroPlan *extrema = rests ? &plan->rest_extrema : &plan->extrema;
    Scope *scope = loop_scope(l, x);
    kernel_bind_row(scope, k->plan->end_states, end, k->n);
    scope_bind(scope, k->derived->interval, h);
    scope_bind(scope, plan->best, loop_get(l, LOOP_BEST, peak));
    LLVMValueRef may = LLVMBuildAnd(e->b, scope_mask(
        scope, rests ? plan->rest_screen : plan->screen), l->mask, "");
    IrIf some = ir_if_rarely(e, vmath_any(e->vmath, e->b, may));
    CrossingInput in = {l->run, l->vector, x, end, h, may, NULL,
                        loop_get(l, LOOP_BEST, peak)};
    const char *tag = arena_printf(e->arena, rests ? "rest_peak%u." : "peak%u.",
                                   peak);
    PeakVisit visit = {l, peak, x};
    crossing_emit_points(k, &in, extrema, tag, observe_point, &visit);
    ir_if_end(e, &some);
}

static void observe_inside(const Loop *l, unsigned peak, const LLVMValueRef *x,
                           LLVMValueRef h, const LLVMValueRef *end)
{
    observe_extrema(l, peak, x, h, end, false);
    if (l->k->plan->population->system->rest)
        observe_extrema(l, peak, x, h, end, true);
}

void loop_begin_piece(const Loop *l, const LLVMValueRef *x, LLVMValueRef h)
{
    for (unsigned p = 0; loop_is_numeric(l) && p < l->k->plan->n_peaks; p++) {
        LLVMValueRef best = loop_get(l, LOOP_BEST, p), time;
        loop_survey(l, p, x, h, &best, &time);
        offer(l, p, best, time, kernel_zero(l->k));
    }
}

void loop_end_piece(const Loop *l, const LLVMValueRef *x, LLVMValueRef h,
                    const LLVMValueRef *end)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    if (k->plan->n_peaks == 0)
        return;
    for (unsigned p = 0; p < k->plan->n_peaks; p++) {
        if (k->plan->peaks[p].observable->jumps)
            observe(l, p, x, kernel_zero(k), AT_START);
        if (!loop_is_numeric(l))
            observe_inside(l, p, x, h, end);
        observe(l, p, end, h, AT_END);
    }
    LLVMValueRef piece = loop_get(l, LOOP_PIECE, 0);
    LLVMValueRef one = kernel_splat(k, ir_i32(e, 1));
    loop_put(l, LOOP_PIECE, 0, LLVMBuildAdd(e->b, piece, one, ""));
}

LLVMValueRef loop_observed_gradient(const Loop *l, unsigned index)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    if (!kernel_is_list(k, l->vector))
        return kernel_observed_gradient(k, l->run, index, l->vector);
    int64_t first = (int64_t)index * k->plan->population->size;
    LLVMValueRef base = ir_at(e, e->f64,
                              ir_run_get(e, l->run, RUN_observed_gradient),
                              ir_i64(e, first));
    LLVMValueRef g = kernel_gather(k, e->f64, base, l->vector);
    g = LLVMBuildSelect(e->b, l->mask, g, LLVMConstNull(LLVMTypeOf(g)), "");
    return loop_narrow(l, g);
}

static LLVMValueRef in_piece(const Loop *l, unsigned peak, LLVMValueRef piece)
{
    return LLVMBuildICmp(l->k->e->b, LLVMIntEQ,
                         loop_get(l, LOOP_PEAK_PIECE, peak), piece, "");
}

LLVMValueRef loop_event_gradient(const Loop *l)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    LLVMValueRef sum = kernel_zero(k);
    if (k->plan->n_peaks == 0)
        return sum;
    LLVMValueRef piece = loop_get(l, LOOP_PIECE, 0);
    LLVMValueRef before = LLVMBuildSub(e->b, piece,
                                       kernel_splat(k, ir_i32(e, 1)), "");
    loop_put(l, LOOP_PIECE, 0, before);
    for (unsigned p = 0; p < k->plan->n_peaks; p++) {
        LLVMValueRef slope = loop_get(l, LOOP_PEAK_SLOPE, p);
        LLVMValueRef falls = LLVMBuildFCmp(e->b, LLVMRealOLT, slope,
                                           kernel_zero(k), "");
        LLVMValueRef moves = LLVMBuildSelect(e->b, falls, in_piece(l, p, piece),
                                             in_piece(l, p, before), "");
        LLVMValueRef term = LLVMBuildFMul(
            e->b, loop_observed_gradient(l, p), slope, "");
        sum = LLVMBuildFAdd(e->b, sum, kernel_select(k, moves, term,
                                                     kernel_zero(k)), "");
    }
    return sum;
}

// ---- gradients of parameters -----------------------------------------------

static void add_per_neuron(const Loop *l, LLVMValueRef base, LLVMValueRef value)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    if (!kernel_is_list(k, l->vector)) {
        LLVMValueRef old = loop_list_get(l, e->real, base);
        loop_list_put(l, e->real, base, LLVMBuildFAdd(e->b, old, value, ""));
        return;
    }
    LLVMValueRef old = kernel_gather(k, e->real, base, l->vector);
    compat_masked_scatter(e->module, e->b, LLVMBuildFAdd(e->b, old, value, ""),
                          ir_at(e, e->real, base, l->vector), e->real_size,
                          l->mask);
}

void loop_add_gradient(const Loop *l, const Parameter *parameter,
                       LLVMValueRef value)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    value = kernel_select(k, l->mask, value, kernel_zero(k));
    LLVMValueRef base = kernel_parameter(k, l->run, RUN_gradients, parameter);
    if (parameter->shape != PARAMETER_SHARED) {
        add_per_neuron(l, base, value);
        return;
    }
    LLVMValueRef sum = vmath_sum_lanes(e->vmath, e->b, value);
    ir_store(e, LLVMBuildFAdd(e->b, ir_load(e, e->real, base), sum, ""), base);
}

void loop_add_gradients(const Loop *l, Scope *scope, const Gradients *gradients,
                        LLVMValueRef factor)
{
    Emit *e = l->k->e;
    for (size_t i = 0; i < gradients->count; i++) {
        LLVMValueRef value = scope_lanes(scope, gradients->items[i].value);
        if (factor)
            value = LLVMBuildFMul(e->b, value, factor, "");
        loop_add_gradient(l, gradients->items[i].parameter, value);
    }
}

// ---- the adjoint -----------------------------------------------------------

// Of the first part h of a piece, of which `rest` follows.
static void flow_back(const Loop *l, const LLVMValueRef *x, LLVMValueRef h,
                      LLVMValueRef rest, LLVMValueRef *lambda)
{
    const Kernel *k = l->k;
    LLVMValueRef next[MAX_PIECE_STATES];
    if (loop_is_numeric(l)) {
        loop_travel_back(l, x, h, rest, lambda);
        return;
    }
    Scope *scope = loop_scope(l, x);
    kernel_bind_row(scope, k->derived->lambda, lambda, k->n);
    scope_bind(scope, k->derived->interval, h);
    loop_add_gradients(l, scope, &k->plan->gradients, NULL);
    for (unsigned i = 0; i < k->n; i++)
        next[i] = scope_lanes(scope, k->plan->lambda[i]);
    for (unsigned i = 0; i < k->n; i++)
        lambda[i] = next[i];
}

// The adjoint is linear in lambda: what a maximum inside adds to it flows back
// by itself, from the maximum's time.
static void peak_back(const Loop *l, unsigned peak, const LLVMValueRef *x,
                      LLVMValueRef length, const LLVMValueRef *slots)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    const DerivedObservable *o = k->plan->peaks[peak].observable;
    LLVMValueRef here = LLVMBuildAnd(
        e->b, in_piece(l, peak, loop_get(l, LOOP_PIECE, 0)), l->mask, "");
    IrIf some = ir_if_rarely(e, vmath_any(e->vmath, e->b, here));
    LLVMValueRef zero = kernel_zero(k), top[MAX_PIECE_STATES];
    LLVMValueRef lambda[MAX_PIECE_STATES];
    LLVMValueRef weight = kernel_select(
        k, here, loop_observed_gradient(l, peak), zero);
    LLVMValueRef h = kernel_select(k, here, loop_get(l, LOOP_PEAK_TIME, peak),
                                   zero);
    LLVMValueRef rest = LLVMBuildFSub(e->b, length, h, "");
    if (loop_is_numeric(l))
        loop_travel_part(l, x, h, rest, top);
    else
        loop_advance(l, x, h, top);
    Scope *scope = loop_scope(l, top);
    loop_add_gradients(l, scope, &o->gradients, weight);
    for (unsigned i = 0; i < k->n; i++)
        lambda[i] = LLVMBuildFMul(e->b, weight,
                                  scope_lanes(scope, o->lambda[i]), "");
    flow_back(l, x, h, rest, lambda);
    for (unsigned i = 0; i < k->n; i++) {
        LLVMValueRef sum = ir_load(e, k->vector, slots[i]);
        ir_store(e, LLVMBuildFAdd(e->b, sum, lambda[i], ""), slots[i]);
    }
    ir_if_end(e, &some);
}

void loop_piece_back(const Loop *l, const LLVMValueRef *x, LLVMValueRef h,
                     LLVMValueRef *lambda)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    LLVMValueRef slots[MAX_PIECE_STATES];
    flow_back(l, x, h, kernel_zero(k), lambda);
    if (k->plan->n_peaks == 0)
        return;
    for (unsigned i = 0; i < k->n; i++) {
        slots[i] = ir_slot(e, k->vector, "lambda");
        ir_store(e, lambda[i], slots[i]);
    }
    for (unsigned p = 0; p < k->plan->n_peaks; p++)
        peak_back(l, p, x, h, slots);
    for (unsigned i = 0; i < k->n; i++)
        lambda[i] = ir_load(e, k->vector, slots[i]);
}
