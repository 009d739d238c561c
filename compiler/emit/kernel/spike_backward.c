// Slow path of the backward kernel: a batch over one interval that holds spikes
// or the time of an observed maximum. The steps that forward left on the
// tape are undone from the last to the first; between two of them lies a piece
// of free motion.
#include "emit/kernel/batch.h"
#include "emit/kernel/spike.h"
#include "emit/kernel/tape.h"

enum { MAX_BACK_STATES = DERIVED_STATES_MAX };

typedef struct Back {
    Kernel *k;
    Batch batch;
    LLVMValueRef run, interval;
    Scope *parameters;
    LLVMValueRef lambda[MAX_BACK_STATES]; // slots
    LLVMValueRef state[MAX_BACK_STATES];  // slots: at the piece's start
    LLVMValueRef pending;       // slot: dL/dt owed to the event before: spikes
                                // made at once, a maximum that moves with it
    LLVMValueRef step;          // slot, i64: number of the piece
    LLVMValueRef peaks[PEAK_FIELDS];
} Back;

static void load_row(const Back *s, const LLVMValueRef *slots, LLVMValueRef *x)
{
    for (unsigned i = 0; i < s->k->n; i++)
        x[i] = ir_load(s->k->e, s->k->vector, slots[i]);
}

static void add_gradients(const Back *s, Scope *scope,
                          const Gradients *gradients, LLVMValueRef mask,
                          LLVMValueRef factor)
{
    const Kernel *k = s->k;
    for (size_t i = 0; i < gradients->count; i++) {
        LLVMValueRef value = scope_lanes(scope, gradients->items[i].value);
        if (factor)
            value = LLVMBuildFMul(k->e->b, value, factor, "");
        if (mask)
            value = kernel_select(k, mask, value, kernel_zero(k));
        batch_add_gradient(k, &s->batch, gradients->items[i].parameter, value);
    }
}

// ---- free motion -----------------------------------------------------------

// lambda moves back over h, starting from state x.
static void flow_back(const Back *s, const LLVMValueRef *x, LLVMValueRef h)
{
    const Kernel *k = s->k;
    LLVMValueRef lambda[MAX_BACK_STATES], next[MAX_BACK_STATES];
    Scope *scope = scope_open(k->e, s->parameters, k->e->real, k->lanes);
    load_row(s, s->lambda, lambda);
    kernel_bind_row(scope, k->derived->lambda, lambda, k->n);
    kernel_bind_row(scope, k->derived->states, x, k->n);
    scope_bind(scope, k->derived->interval, h);
    add_gradients(s, scope, &k->plan->gradients, NULL, NULL);
    for (unsigned i = 0; i < k->n; i++)
        next[i] = scope_lanes(scope, k->plan->lambda[i]);
    for (unsigned i = 0; i < k->n; i++)
        ir_store(k->e, next[i], s->lambda[i]);
}

// Lanes whose observed maximum lies in the current piece.
static LLVMValueRef peak_here(const Back *s)
{
    const Kernel *k = s->k;
    LLVMBuilderRef b = k->e->b;
    LLVMValueRef interval = LLVMBuildTrunc(b, s->interval, k->e->i32, "");
    LLVMValueRef step = LLVMBuildTrunc(b, ir_load(k->e, k->e->i64, s->step),
                                       k->e->i32, "");
    return LLVMBuildAnd(
        b,
        LLVMBuildICmp(b, LLVMIntEQ, s->peaks[PEAK_INTERVAL],
                      kernel_splat(k, interval), ""),
        LLVMBuildICmp(b, LLVMIntEQ, s->peaks[PEAK_STEP],
                      kernel_splat(k, step), ""), "");
}

// d loss / d maximum in the lanes of `here`, else 0.
static LLVMValueRef peak_weight(const Back *s, LLVMValueRef here)
{
    LLVMValueRef g = batch_observed_gradient(s->k, &s->batch, 0);
    return kernel_select(s->k, here, g, kernel_zero(s->k));
}

// What the maximum says of the time of the event at an end of the piece, with
// which it moves. Its slope is negative at the piece's start, positive at its
// end, 0 inside.
typedef LLVMValueRef (*Part)(VMath *, LLVMBuilderRef, LLVMValueRef,
                             LLVMValueRef);

static LLVMValueRef peak_gradient(const Back *s, Part part)
{
    const Kernel *k = s->k;
    Emit *e = k->e;
    if (k->plan->n_peaks == 0)
        return kernel_zero(k);
    LLVMValueRef weight = peak_weight(s, peak_here(s));
    LLVMValueRef slope = part(e->vmath, e->b, s->peaks[PEAK_SLOPE],
                              kernel_zero(k));
    return LLVMBuildFMul(e->b, weight, slope, "");
}

static LLVMValueRef start_gradient(const Back *s)
{
    return peak_gradient(s, vmath_min);
}

static LLVMValueRef end_gradient(const Back *s)
{
    return peak_gradient(s, vmath_max);
}

static void piece_with_peak(const Back *s, const LLVMValueRef *x,
                            LLVMValueRef length)
{
    const Kernel *k = s->k;
    Emit *e = k->e;
    const DerivedObservable *o = k->plan->peaks[0].observable;
    LLVMValueRef here = peak_here(s), weight = peak_weight(s, here);
    LLVMValueRef h = kernel_select(k, here, s->peaks[PEAK_TIME],
                                   kernel_zero(k));
    LLVMValueRef top[MAX_BACK_STATES];
    Scope *scope = scope_open(e, s->parameters, e->real, k->lanes);
    kernel_bind_row(scope, k->derived->states, x, k->n);
    scope_bind(scope, k->derived->interval, h);
    for (unsigned i = 0; i < k->n; i++)
        top[i] = scope_lanes(scope, k->plan->advance[i]);
    flow_back(s, top, LLVMBuildFSub(e->b, length, h, ""));
    Scope *at = scope_open(e, s->parameters, e->real, k->lanes);
    kernel_bind_row(at, k->derived->states, top, k->n);
    for (unsigned i = 0; i < k->n; i++) {
        LLVMValueRef old = ir_load(e, k->vector, s->lambda[i]);
        LLVMValueRef jump = LLVMBuildFMul(e->b, weight,
                                          scope_lanes(at, o->lambda[i]), "");
        ir_store(e, LLVMBuildFAdd(e->b, old, jump, ""), s->lambda[i]);
    }
    add_gradients(s, at, &o->gradients, NULL, weight);
    flow_back(s, x, h);
    LLVMValueRef pending = ir_load(e, k->vector, s->pending);
    ir_store(e, LLVMBuildFAdd(e->b, pending, start_gradient(s), ""),
             s->pending);
}

static void piece(const Back *s, LLVMValueRef length)
{
    LLVMValueRef x[MAX_BACK_STATES];
    load_row(s, s->state, x);
    if (s->k->plan->n_peaks > 0)
        piece_with_peak(s, x, length);
    else
        flow_back(s, x, length);
}

// The state at the start of the piece before which step number `step` lies:
// after its reset, or, for the first piece, what was traced.
static void start_of_piece(const Back *s)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    const State *states = k->plan->population->system->states;
    if (!k->plan->traces_states && k->plan->n_peaks == 0)
        return;
    LLVMValueRef step = ir_load(e, e->i64, s->step);
    IrIf later = ir_if_begin(e, LLVMBuildICmp(e->b, LLVMIntSGT, step,
                                              ir_i64(e, 0), ""));
    if (k->derived->crossing.n > 0) {
        LLVMValueRef x[MAX_BACK_STATES];
        TapeStep before = tape_read_step(k, s->run, x);
        LLVMValueRef spiked = kernel_mask_of_bits(k, before.spiked);
        Scope *scope = scope_open(e, s->parameters, e->real, k->lanes);
        kernel_bind_row(scope, k->derived->states, x, k->n);
        for (unsigned i = 0; i < k->n; i++) {
            LLVMValueRef after = scope_lanes(scope, states[i].reset);
            ir_store(e, kernel_select(k, spiked, after, x[i]), s->state[i]);
        }
    }
    ir_else(e, &later);
    if (k->plan->traces_states) {
        LLVMValueRef x[MAX_BACK_STATES];
        LLVMValueRef start = kernel_start_states(k, s->run, s->interval);
        batch_load_states(k, &s->batch, start, x);
        for (unsigned i = 0; i < k->n; i++)
            ir_store(e, x[i], s->state[i]);
    }
    ir_if_end(e, &later);
}

// ---- spikes ----------------------------------------------------------------

static void undo_spike(const Back *s, LLVMValueRef *out_length)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    const DerivedSpike *spike = &k->derived->spike;
    LLVMValueRef x[MAX_BACK_STATES], lambda[MAX_BACK_STATES];
    TapeStep step = tape_read_step(k, s->run, x);
    LLVMValueRef spiked = kernel_mask_of_bits(k, step.spiked);
    LLVMValueRef at_once = kernel_mask_of_bits(k, step.at_once);
    LLVMValueRef pending = ir_load(e, k->vector, s->pending);
    LLVMValueRef zero = kernel_zero(k);
    LLVMValueRef outer = LLVMBuildFAdd(
        e->b, spike_gradient_lanes(k, s->run, step.spiked, step.first_spike),
        pending, "");
    outer = LLVMBuildFAdd(e->b, outer, end_gradient(s), "");
    Scope *scope = scope_open(e, s->parameters, e->real, k->lanes);
    load_row(s, s->lambda, lambda);
    kernel_bind_row(scope, k->derived->lambda, lambda, k->n);
    kernel_bind_row(scope, k->derived->states, x, k->n);
    scope_bind(scope, k->derived->spike_gradient, outer);
    LLVMValueRef total = scope_lanes(scope, spike->total);
    LLVMValueRef shift = LLVMBuildFDiv(e->b, total,
                                       scope_lanes(scope, spike->slope), "");
    shift = kernel_select(k, at_once, zero, shift);
    shift = spike_finite_shift(k, s->run, shift, spiked);
    scope_bind(scope, k->derived->shift, shift);
    for (unsigned i = 0; i < k->n; i++) {
        LLVMValueRef before = scope_lanes(scope, spike->lambda[i]);
        ir_store(e, kernel_select(k, spiked, before, lambda[i]), s->lambda[i]);
    }
    add_gradients(s, scope, &spike->gradients, spiked, NULL);
    LLVMValueRef passed = kernel_select(k, at_once, total, zero);
    ir_store(e, kernel_select(k, spiked, passed, pending), s->pending);
    tape_drop_step(k, s->run);
    *out_length = step.time;
}

static void undo_spikes(const Back *s)
{
    Emit *e = s->k->e;
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef step = ir_load(e, e->i64, s->step), length;
    ir_while_test(e, &loop, LLVMBuildICmp(e->b, LLVMIntSGT, step,
                                          ir_i64(e, 0), ""));
    ir_store(e, LLVMBuildSub(e->b, step, ir_i64(e, 1), ""), s->step);
    undo_spike(s, &length);
    start_of_piece(s);
    piece(s, length);
    ir_while_end(e, &loop);
}

// ---- begin and end ---------------------------------------------------------

static void load_peaks(Back *s)
{
    const Kernel *k = s->k;
    for (int f = 0; k->plan->n_peaks > 0 && f < PEAK_FIELDS; f++) {
        LLVMTypeRef type = kernel_peak_type(k, f);
        s->peaks[f] = batch_load(k, &s->batch, type,
                                 kernel_peaks(k, s->run, f),
                                 LLVMConstNull(type));
    }
}

// Takes the header off the tape: its batch becomes the returned one.
static LLVMValueRef take_header(Back *s, LLVMValueRef returned,
                                LLVMValueRef from_tape)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    LLVMValueRef length = ir_slot(e, k->vector, "length");
    LLVMValueRef whole = ir_load(e, e->real, ir_at(
        e, e->real, kernel_scalars(k, s->run), s->interval));
    ir_store(e, kernel_splat(k, whole), length);
    ir_store(e, ir_i64(e, 0), s->step);
    if (k->derived->crossing.n > 0) {
        IrIf spiked = ir_if_begin(e, from_tape);
        TapeHeader header = tape_read_header(
            k, s->run, kernel_returned_neurons(k, returned));
        ir_store(e, header.left, length);
        ir_store(e, header.steps, s->step);
        ir_store_loose(e, header.count, kernel_returned_count(k, returned));
        tape_drop_header(k, s->run);
        ir_if_end(e, &spiked);
    }
    return ir_load(e, k->vector, length);
}

static void back_begin(Back *s, LLVMValueRef returned)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    LLVMValueRef lambda[MAX_BACK_STATES];
    LLVMValueRef count = ir_load_loose(e, e->i64,
                                       kernel_returned_count(k, returned));
    s->batch = batch_make(k, s->run, kernel_returned_neurons(k, returned),
                          count);
    s->parameters = kernel_scope(k, s->run, s->batch.vector);
    batch_load_states(k, &s->batch, kernel_part(k, s->run, PART_STATES),
                      lambda);
    for (unsigned i = 0; i < k->n; i++) {
        s->lambda[i] = ir_slot(e, k->vector, "lambda");
        s->state[i] = ir_slot(e, k->vector, "x");
        ir_store(e, lambda[i], s->lambda[i]);
        ir_store(e, kernel_zero(k), s->state[i]);
    }
    s->pending = ir_slot(e, k->vector, "pending");
    ir_store(e, kernel_zero(k), s->pending);
    load_peaks(s);
}

// spikes_back(run, returned batch, whether it is on the tape, interval)
void kernel_emit_slow_backward(Kernel *k)
{
    Emit *e = k->e;
    LLVMTypeRef types[] = {e->pointer, e->pointer, e->i1, e->i64};
    LLVMValueRef lambda[MAX_BACK_STATES];
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, "spikes_back"),
                                       e->none, types, 4, false);
    LLVMValueRef returned = LLVMGetParam(f, 1);
    Back s = {.k = k, .run = LLVMGetParam(f, 0),
              .interval = LLVMGetParam(f, 3),
              .step = ir_slot(e, e->i64, "step")};
    k->slow_backward = f;
    LLVMValueRef length = take_header(&s, returned, LLVMGetParam(f, 2));
    back_begin(&s, returned);
    if (k->plan->n_peaks > 0)
        spike_credit_arrival(k, s.run, s.interval, end_gradient(&s), false);
    start_of_piece(&s);
    piece(&s, length);
    if (k->derived->crossing.n > 0)
        undo_spikes(&s);
    LLVMValueRef before = LLVMBuildSub(e->b, s.interval, ir_i64(e, 1), "");
    spike_credit_arrival(k, s.run, before, ir_load(e, k->vector, s.pending),
                         true);
    load_row(&s, s.lambda, lambda);
    kernel_store_row(k, returned, lambda);
    LLVMBuildRetVoid(e->b);
    ir_function_end(e);
}
