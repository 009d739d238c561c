// The observed maximum of a vector of neurons in a sweep (sweep.h).
#include "emit/numeric/sweep.h"

static void keep(const Sweep *s, PeakField field, LLVMValueRef better,
                 LLVMValueRef value)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMTypeRef type = kernel_peak_type(k, field);
    LLVMValueRef at = kernel_peak(k, s->run, field, s->vector);
    LLVMValueRef old = LLVMBuildLoad2(e->b, type, at, "");
    LLVMSetAlignment(old, 4);
    LLVMValueRef next = kernel_select(k, better, value, old);
    LLVMSetAlignment(LLVMBuildStore(e->b, next, at), 4);
}

LLVMValueRef sweep_best(const Sweep *s)
{
    const Kernel *k = &s->n->k;
    return ir_load_loose(k->e, k->vector,
                         kernel_peak(k, s->run, PEAK_BEST, s->vector));
}

// The value at a time h into the step, where it is the greatest so far; `slope`
// is what a later event there adds to it (0 inside).
static void offer(const Sweep *s, LLVMValueRef lanes, NumericPoint p,
                  LLVMValueRef h)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef better = sweep_both(s, lanes, LLVMBuildFCmp(
        e->b, LLVMRealOGT, p.value, sweep_best(s), ""));
    LLVMValueRef interval = LLVMBuildTrunc(e->b, s->interval, e->i32, "");
    LLVMValueRef round = LLVMBuildTrunc(e->b, ir_load(e, e->i64, s->rounds),
                                        e->i32, "");
    keep(s, PEAK_BEST, better, p.value);
    keep(s, PEAK_TIME, better, h);
    keep(s, PEAK_SLOPE, better, p.slope);
    keep(s, PEAK_INTERVAL, better, kernel_splat(k, interval));
    keep(s, PEAK_STEP, better, kernel_splat(k, round));
}

static NumericPoint observe_at(const Sweep *s, LLVMValueRef row)
{
    const DerivedObservable *o = s->n->k.plan->peaks[0].observable;
    Scope *scope = sweep_scope_at(s, row);
    NumericPoint p = {scope_lanes(scope, o->value),
                      scope_lanes(scope, o->slope)};
    return p;
}

void sweep_observe_start(const Sweep *s)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    for (int f = 0; k->plan->n_peaks > 0 && f < PEAK_FIELDS; f++) {
        LLVMTypeRef type = kernel_peak_type(k, f);
        LLVMValueRef value = LLVMConstNull(type);
        if (f == PEAK_BEST)
            value = observe_at(s, s->x).value;
        LLVMSetAlignment(LLVMBuildStore(e->b, value, kernel_peak(
            k, s->run, f, s->vector)), 4);
    }
}

static void observe_inside(const Sweep *s, const Round *r, NumericPoint start,
                           NumericPoint end)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef zero = kernel_zero(k);
    LLVMValueRef turns = sweep_both(
        s, sweep_is_positive(s, start.slope),
        LLVMBuildFCmp(e->b, LLVMRealOLT, end.slope, zero, ""));
    LLVMValueRef bound = numeric_bound(s->n, start, end, r->length);
    LLVMValueRef higher = LLVMBuildFCmp(e->b, LLVMRealOGT, bound,
                                        sweep_best(s), "");
    LLVMValueRef lanes = sweep_both(
        s, sweep_both(s, sweep_is_positive(s, r->length), turns), higher);
    IrIf any = ir_if_rarely(e, vmath_any(e->vmath, e->b, lanes));
    LLVMValueRef lengths = numeric_row(s->n, "peak", 1);
    ir_store_loose(e, r->length, s->step);
    LLVMValueRef bits = vmath_bitmask(e->vmath, e->b, lanes);
    LLVMValueRef args[] = {s->run, s->vector, s->x, s->step, bits, s->end,
                           lengths};
    ir_call(e, s->n->peaks[0], args, 7);
    LLVMValueRef reach[] = {s->run, s->vector, s->x, lengths, s->at};
    ir_call(e, s->n->reach, reach, 5);
    NumericPoint top = observe_at(s, s->at);
    top.slope = zero;
    offer(s, lanes, top, ir_load_loose(e, k->vector, lengths));
    ir_if_end(e, &any);
}

// The step's start where the value may have jumped, its inside, and its end,
// where a slope counts if an event ends the step.
void sweep_observe(const Sweep *s, const Round *r)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    if (k->plan->n_peaks == 0)
        return;
    LLVMValueRef zero = kernel_zero(k);
    NumericPoint start = observe_at(s, s->x), end = observe_at(s, s->end);
    if (k->plan->peaks[0].observable->jumps)
        offer(s, ir_load(e, k->mask, s->fresh), start, zero);
    observe_inside(s, r, start, end);
    LLVMValueRef last = LLVMBuildFCmp(e->b, LLVMRealOGE, r->length,
                                      sweep_load(s, s->left), "");
    LLVMValueRef ends = LLVMBuildOr(
        e->b, LLVMBuildOr(e->b, r->found, r->woken, ""), last, "");
    end.slope = kernel_select(k, ends, sweep_greater(s, end.slope, zero), zero);
    offer(s, sweep_is_positive(s, r->length), end, r->length);
}
