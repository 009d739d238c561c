// Handlers of the event loop, backward: each undoes the one of its name
// (loop.h, docs/math.md section 2).
#include "emit/compat.h"
#include "emit/kernel/tape.h"
#include "emit/loop/loop.h"

enum { MAX_BACK_STATES = DERIVED_NUMERIC_MAX };

// ---- the sample's end ------------------------------------------------------

// What the observed ends say of the last states.
static void load_ends(const Loop *l, LLVMValueRef *lambda)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    LLVMValueRef x[MAX_BACK_STATES];
    Scope *scope = l->parameters;
    if (loop_is_numeric(l)) {
        loop_get_row(l, LOOP_STATE, x);
        scope = loop_scope(l, x);
    }
    for (unsigned i = 0; i < k->n; i++)
        lambda[i] = kernel_zero(k);
    for (size_t f = 0; f < k->plan->n_finals; f++) {
        const DerivedObservable *o = k->plan->finals[f];
        LLVMValueRef g = loop_observed_gradient(
            l, (unsigned)(k->plan->n_peaks + f));
        for (unsigned i = 0; i < k->n; i++)
            lambda[i] = LLVMBuildFAdd(
                e->b, lambda[i],
                LLVMBuildFMul(e->b, g, scope_lanes(scope, o->lambda[i]), ""),
                "");
        if (loop_is_numeric(l))
            loop_add_gradients(l, scope, &o->gradients, g);
    }
}

void loop_start_back(Loop *l, const void *unused)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    LLVMTypeRef wide = ir_vector(e, e->f64, k->lanes);
    LLVMValueRef lambda[MAX_BACK_STATES];
    (void)unused;
    load_ends(l, lambda);
    loop_put_row(l, LOOP_LAMBDA, lambda);
    if (loop_is_numeric(l))
        loop_start_control(l, LOOP_BACK_CONTROL, lambda);
    loop_put(l, LOOP_PENDING, 0, kernel_zero(k));
    loop_put(l, LOOP_LAST, 0, vmath_const(wide, e->model->duration));
    if (k->plan->n_peaks == 0)
        return;
    LLVMValueRef one = kernel_splat(k, ir_i32(e, 1));
    loop_put(l, LOOP_PIECE, 0, LLVMBuildSub(
        e->b, loop_get(l, LOOP_PIECE, 0), one, "")); // finish ended the last
}

LLVMValueRef loop_emit_start_back(Kernel *k)
{
    LoopSpec spec = {.name = "start_back", .body = loop_start_back};
    return loop_emit_sweep(k, &spec);
}

// ---- arrivals --------------------------------------------------------------

// Equal places add up one by one.
static void add_by_place(const Loop *l, LLVMValueRef base, LLVMValueRef place,
                         LLVMValueRef value)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    LLVMValueRef left = LLVMBuildSub(e->b, l->count, l->at, "");
    LLVMValueRef values = ir_slot(e, k->vector, "values");
    LLVMValueRef all = ir_i64(e, k->lanes);
    LLVMValueRef fewer = LLVMBuildICmp(e->b, LLVMIntSLT, left, all, "");
    ir_store(e, value, values);
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                LLVMBuildSelect(e->b, fewer, left, all, ""));
    LLVMValueRef index = LLVMBuildAdd(e->b, l->at, loop.index, "");
    LLVMValueRef to = LLVMBuildZExt(
        e->b, ir_load(e, e->i32, ir_at(e, e->i32, place, index)), e->i64, "");
    LLVMValueRef at = ir_at(e, e->real, base, to);
    LLVMValueRef one = ir_load(e, e->real,
                               ir_at(e, e->real, values, loop.index));
    ir_store(e, LLVMBuildFAdd(e->b, ir_load(e, e->real, at), one, ""), at);
    ir_loop_end(e, &loop);
}

static void add_in_row(const Loop *l, LLVMValueRef base, LLVMValueRef value)
{
    Emit *e = l->k->e;
    LLVMValueRef row = ir_at(e, e->real, base,
                             loop_touch_get(l, TOUCH_first_weight));
    LLVMValueRef old = loop_list_get(l, e->real, row);
    loop_list_put(l, e->real, row, LLVMBuildFAdd(e->b, old, value, ""));
}

static void add_weight_gradient(const Loop *l, LLVMValueRef value)
{
    Emit *e = l->k->e;
    LLVMValueRef base = loop_touch_get(l, TOUCH_weight_gradients);
    IrIf learned = ir_if_begin(e, LLVMBuildIsNotNull(e->b, base, ""));
    if (!kernel_is_list(l->k, l->vector)) {
        add_in_row(l, base, value);
    } else {
        LLVMValueRef place = loop_touch_get(l, TOUCH_weight);
        IrIf in_row = ir_if_begin(e, LLVMBuildIsNull(e->b, place, ""));
        add_in_row(l, base, value);
        ir_else(e, &in_row);
        add_by_place(l, base, place, value);
        ir_if_end(e, &in_row);
    }
    ir_if_end(e, &learned);
}

static void add_time_gradient(const Loop *l, LLVMValueRef value)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    value = kernel_select(k, l->mask, value, kernel_zero(k));
    LLVMValueRef sum = vmath_sum_lanes(e->vmath, e->b, value);
    if (e->real != e->f64)
        sum = LLVMBuildFPExt(e->b, sum, e->f64, "");
    LLVMValueRef old = loop_touch_get(l, TOUCH_time_gradient);
    loop_touch_set(l, TOUCH_time_gradient, LLVMBuildFAdd(e->b, old, sum, ""));
    LLVMValueRef list = loop_touch_get(l, TOUCH_time_gradients);
    IrIf wanted = ir_if_begin(e, LLVMBuildIsNotNull(e->b, list, ""));
    loop_list_put(l, e->f64, list, loop_widen(l, value));
    ir_if_end(e, &wanted);
}

// The adjoint just behind an event at `time`, whose jump leads to `after`.
static void move_back(const Loop *l, LLVMValueRef time,
                      const LLVMValueRef *after, LLVMValueRef *lambda)
{
    LLVMValueRef h = loop_elapsed(l, time);
    loop_get_row(l, LOOP_LAMBDA, lambda);
    loop_piece_back(l, after, h, lambda);
    loop_put(l, LOOP_LAST, 0, time);
}

ArrivalBack loop_jump_back(const Loop *l, unsigned index, LLVMValueRef time,
                           LLVMValueRef weights)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    const Port *port = &k->plan->population->system->ports[index];
    const DerivedPort *derived = &k->derived->ports[index];
    LLVMValueRef x[MAX_BACK_STATES], after[MAX_BACK_STATES];
    LLVMValueRef lambda[MAX_BACK_STATES];
    bool kept = loop_keeps_states(k);
    for (unsigned i = 0; i < k->n; i++)
        x[i] = after[i] = kept ? loop_record_get(l, i) : kernel_zero(k);
    Scope *jump = loop_scope(l, x);
    scope_bind(jump, port->weight, weights);
    for (unsigned i = 0; kept && i < k->n; i++)
        after[i] = scope_lanes(jump, port->after[i]);
    loop_restore_control(l, k->n);
    move_back(l, time, after, lambda);
    Scope *scope = loop_scope(l, x);
    scope_bind(scope, port->weight, weights);
    kernel_bind_row(scope, k->derived->lambda, lambda, k->n);
    LLVMValueRef moved = LLVMBuildFAdd(
        e->b, scope_lanes(scope, derived->time_gradient),
        LLVMBuildFAdd(e->b, loop_get(l, LOOP_PENDING, 0),
                      loop_event_gradient(l), ""), "");
    loop_put(l, LOOP_PENDING, 0, kernel_zero(k));
    ArrivalBack back = {moved, scope_lanes(scope, derived->weight_gradient)};
    loop_add_gradients(l, scope, &derived->gradients, NULL);
    for (unsigned i = 0; i < k->n; i++)
        after[i] = scope_lanes(scope, derived->lambda[i]);
    loop_put_row(l, LOOP_LAMBDA, after);
    return back;
}

static void unreceive(Loop *l, const void *data)
{
    LLVMValueRef time = vmath_splat(
        l->k->e->b, loop_touch_get(l, TOUCH_time), l->k->lanes);
    ArrivalBack back = loop_jump_back(l, *(const unsigned *)data, time,
                                      loop_weights(l));
    add_time_gradient(l, back.time);
    add_weight_gradient(l, back.weight);
}

LLVMValueRef loop_emit_unreceive(Kernel *k, unsigned port)
{
    LoopSpec spec = {
        .name = arena_printf(k->e->arena, "unreceive%u", port),
        .body = unreceive,
        .data = &port,
        .record_rows = loop_record_rows(k),
        .is_backward = true,
        .sums_times = true,
    };
    return loop_emit_handler(k, &spec);
}

// ---- spikes ----------------------------------------------------------------

// Lanes of the spikes' times or gradients (f64).
static LLVMValueRef of_spikes(const Loop *l, RunField field)
{
    Emit *e = l->k->e;
    LLVMValueRef first = loop_touch_get(l, TOUCH_first_spike);
    return loop_list_get(l, e->f64, ir_at(e, e->f64,
                                          ir_run_get(e, l->run, field), first));
}

// Where total / slope is not finite (a grazing spike), the jump is left out and
// counted.
static LLVMValueRef finite_shift(const Loop *l, LLVMValueRef shift)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    LLVMValueRef difference = LLVMBuildFSub(e->b, shift, shift, "");
    LLVMValueRef finite = LLVMBuildFCmp(e->b, LLVMRealOEQ, difference,
                                        kernel_zero(k), "");
    LLVMValueRef bad = LLVMBuildAnd(e->b, l->mask,
                                    LLVMBuildNot(e->b, finite, ""), "");
    LLVMValueRef count = ir_run_get(e, l->run, RUN_n_grazing);
    ir_run_set(e, l->run, RUN_n_grazing,
               LLVMBuildAdd(e->b, count,
                            vmath_popcount(e->vmath, e->b, bad), ""));
    return kernel_select(k, finite, shift, kernel_zero(k));
}

// An event that a guard made, taken back: its states before, its jump, what
// was derived of it, and when it was. `outer` is what lies behind says of its
// time; lanes of `at_once` (or NULL) had no say in it and pass it on.
typedef struct Undo {
    const DerivedSpike *event;
    const LLVMValueRef *before, *after;
    LLVMValueRef time, outer, at_once;
} Undo;

static void undo_event(const Loop *l, const Undo *undo)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    const DerivedSpike *event = undo->event;
    LLVMValueRef lambda[MAX_BACK_STATES], zero = kernel_zero(k);
    move_back(l, undo->time, undo->after, lambda);
    LLVMValueRef outer = LLVMBuildFAdd(e->b, undo->outer,
                                       loop_get(l, LOOP_PENDING, 0), "");
    outer = LLVMBuildFAdd(e->b, outer, loop_event_gradient(l), "");
    Scope *scope = loop_scope(l, undo->before);
    kernel_bind_row(scope, k->derived->lambda, lambda, k->n);
    scope_bind(scope, k->derived->spike_gradient, outer);
    LLVMValueRef total = scope_lanes(scope, event->total), pending = zero;
    LLVMValueRef shift = LLVMBuildFDiv(e->b, total,
                                       scope_lanes(scope, event->slope), "");
    if (undo->at_once) {
        shift = kernel_select(k, undo->at_once, zero, shift);
        pending = kernel_select(k, undo->at_once, total, zero);
    }
    scope_bind(scope, k->derived->shift, finite_shift(l, shift));
    loop_add_gradients(l, scope, &event->gradients, NULL);
    loop_put(l, LOOP_PENDING, 0, pending);
    for (unsigned i = 0; i < k->n; i++)
        lambda[i] = scope_lanes(scope, event->lambda[i]);
    loop_put_row(l, LOOP_LAMBDA, lambda);
}

// The states before an event from its record, and behind it.
static void recorded_jump(const Loop *l, const Expr *const *jump,
                          LLVMValueRef *before, LLVMValueRef *after)
{
    for (unsigned i = 0; i < l->k->n; i++)
        before[i] = loop_record_get(l, i);
    Scope *scope = loop_scope(l, before);
    for (unsigned i = 0; i < l->k->n; i++)
        after[i] = scope_lanes(scope, jump[i]);
}

void loop_spike_back(const Loop *l, LLVMValueRef times, LLVMValueRef gradient)
{
    const Kernel *k = l->k;
    const State *states = k->plan->population->system->states;
    LLVMValueRef x[MAX_BACK_STATES], after[MAX_BACK_STATES];
    const Expr *reset[MAX_BACK_STATES];
    for (unsigned i = 0; i < k->n; i++)
        reset[i] = states[i].reset;
    recorded_jump(l, reset, x, after);
    loop_restore_control(l, k->n + 1);
    LLVMValueRef at_once = LLVMBuildFCmp(
        k->e->b, LLVMRealOGT, loop_record_get(l, k->n), kernel_zero(k), "");
    Undo undo = {&k->derived->spike, x, after, times, gradient, at_once};
    undo_event(l, &undo);
}

static void unfire(Loop *l, const void *data)
{
    (void)data;
    loop_spike_back(l, of_spikes(l, RUN_spike_time),
                    loop_narrow(l, of_spikes(l, RUN_spike_gradient)));
}

LLVMValueRef loop_emit_unfire(Kernel *k)
{
    LoopSpec spec = {.name = "unfire", .body = unfire,
                     .record_rows = k->n + 1 + loop_control_rows(k),
                     .is_backward = true, .only_lists = true};
    return k->plan->population->system->guard ? loop_emit_handler(k, &spec)
                                              : NULL;
}

static void unwake(Loop *l, const void *data)
{
    const Kernel *k = l->k;
    const Rest *rest = data;
    LLVMValueRef x[MAX_BACK_STATES], after[MAX_BACK_STATES];
    LLVMValueRef time = loop_touch_get(l, TOUCH_time);
    recorded_jump(l, rest->after, x, after);
    loop_restore_control(l, k->n);
    Undo undo = {&k->derived->wake, x, after,
                 vmath_splat(k->e->b, time, k->lanes), kernel_zero(k), NULL};
    undo_event(l, &undo);
}

LLVMValueRef loop_emit_unwake(Kernel *k)
{
    const Rest *rest = k->plan->population->system->rest;
    LoopSpec spec = {.name = "unwake", .body = unwake, .data = rest,
                     .record_rows = k->n + loop_control_rows(k),
                     .is_backward = true,
                     .only_lists = true};
    return rest ? loop_emit_handler(k, &spec) : NULL;
}

// ---- the sample's start ----------------------------------------------------

void loop_finish_back(Loop *l, const void *unused)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    const State *states = k->plan->population->system->states;
    LLVMValueRef x[MAX_BACK_STATES], lambda[MAX_BACK_STATES];
    (void)unused;
    for (unsigned i = 0; i < k->n; i++)
        x[i] = scope_lanes(l->parameters, states[i].initial);
    if (loop_is_numeric(l))
        loop_start_control(l, LOOP_CONTROL, x);
    move_back(l, vmath_const(ir_vector(e, e->f64, k->lanes), 0), x, lambda);
    Scope *scope = scope_open(e, l->parameters, e->real, k->lanes);
    kernel_bind_row(scope, k->derived->lambda, lambda, k->n);
    loop_add_gradients(l, scope, &k->derived->initial, NULL);
}

LLVMValueRef loop_emit_finish_back(Kernel *k)
{
    LoopSpec spec = {.name = "finish_back", .body = loop_finish_back};
    return loop_emit_sweep(k, &spec);
}
