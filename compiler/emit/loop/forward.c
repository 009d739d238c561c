// Handlers of the event loop, forward (loop.h).
#include "emit/compat.h"
#include "emit/kernel/crossing.h"
#include "emit/loop/loop.h"

enum { MAX_LOOP_STATES = DERIVED_NUMERIC_MAX };

bool loop_keeps_states(const Kernel *k)
{
    bool reads = k->plan->traces_states || k->derived->numeric ||
                 k->plan->population->system->rest;
    for (size_t p = 0; p < k->plan->population->system->n_ports; p++)
        reads |= k->derived->ports[p].reads_state;
    return reads;
}

unsigned loop_record_rows(const Kernel *k)
{
    return loop_keeps_states(k) ? k->n + loop_control_rows(k) : 0;
}

static LLVMValueRef times_of(const Loop *l, LLVMValueRef time)
{
    return vmath_splat(l->k->e->b, time, l->k->lanes);
}

// ---- the sample's start ----------------------------------------------------

void loop_start(Loop *l, const void *unused)
{
    const Kernel *k = l->k;
    const State *states = k->plan->population->system->states;
    LLVMValueRef x[MAX_LOOP_STATES], none = LLVMConstNull(k->ints);
    (void)unused;
    for (unsigned i = 0; i < k->n; i++)
        x[i] = scope_lanes(l->parameters, states[i].initial);
    loop_put_row(l, LOOP_STATE, x);
    loop_put(l, LOOP_LAST, 0, times_of(l, LLVMConstReal(k->e->f64, 0)));
    loop_put(l, LOOP_PIECE, 0, none);
    loop_put(l, LOOP_AT_ONCE, 0, none);
    if (loop_is_numeric(l))
        loop_start_control(l, LOOP_CONTROL, x);
    for (unsigned p = 0; p < k->plan->n_peaks; p++) {
        Scope *scope = loop_scope(l, x);
        loop_put(l, LOOP_BEST, p, scope_lanes(
            scope, k->plan->peaks[p].observable->value));
        loop_put(l, LOOP_PEAK_TIME, p, kernel_zero(k));
        loop_put(l, LOOP_PEAK_SLOPE, p, kernel_zero(k));
        loop_put(l, LOOP_PEAK_PIECE, p, none);
    }
}

LLVMValueRef loop_emit_start(Kernel *k)
{
    Emit *e = k->e;
    LoopSpec spec = {.name = "start_all", .body = loop_start};
    LLVMValueRef all = loop_emit_sweep(k, &spec);
    LLVMTypeRef types[] = {e->pointer};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, "start"), e->i32,
                                       types, 1, false);
    LLVMValueRef run = LLVMGetParam(f, 0);
    ir_run_set(e, run, RUN_tape_used, ir_i64(e, 0));
    ir_run_set(e, run, RUN_spike_count, ir_i64(e, 0));
    ir_run_set(e, run, RUN_n_grazing, ir_i64(e, 0));
    LLVMBuildRet(e->b, ir_call(e, all, &run, 1));
    ir_function_end(e);
    return f;
}

// ---- arrivals --------------------------------------------------------------

// The neurons' states at `time`, their pieces ended.
static void move_to(const Loop *l, LLVMValueRef time, LLVMValueRef *x)
{
    LLVMValueRef from[MAX_LOOP_STATES], h = loop_elapsed(l, time);
    loop_get_row(l, LOOP_STATE, from);
    loop_begin_piece(l, from, h);
    loop_advance(l, from, h, x);
    loop_end_piece(l, from, h, x);
    loop_put(l, LOOP_LAST, 0, time);
}

// In a row, or gathered by place.
LLVMValueRef loop_weights(const Loop *l)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    LLVMValueRef base = loop_touch_get(l, TOUCH_weights);
    LLVMValueRef first = ir_at(e, e->real, base,
                               loop_touch_get(l, TOUCH_first_weight));
    if (!kernel_is_list(k, l->vector))
        return loop_list_get(l, e->real, first);
    LLVMValueRef slot = ir_slot(e, k->vector, "weights");
    LLVMValueRef places = loop_touch_get(l, TOUCH_weight);
    IrIf in_row = ir_if_begin(e, LLVMBuildIsNull(e->b, places, ""));
    ir_store(e, loop_list_get(l, e->real, first), slot);
    ir_else(e, &in_row);
    LLVMValueRef place = loop_list_get(l, e->i32, places);
    LLVMTypeRef wide = ir_vector(e, e->i64, k->lanes);
    place = LLVMBuildZExt(e->b, place, wide, "");
    ir_store(e, kernel_gather(k, e->real, base, place), slot);
    ir_if_end(e, &in_row);
    return ir_load(e, k->vector, slot);
}

void loop_jump(const Loop *l, const Port *port, const LLVMValueRef *x,
               LLVMValueRef weights)
{
    LLVMValueRef after[MAX_LOOP_STATES];
    Scope *scope = loop_scope(l, x);
    scope_bind(scope, port->weight, weights);
    for (unsigned i = 0; i < l->k->n; i++)
        after[i] = scope_lanes(scope, port->after[i]);
    loop_put_row(l, LOOP_STATE, after);
}

static void receive(Loop *l, const void *data)
{
    const Kernel *k = l->k;
    LLVMValueRef x[MAX_LOOP_STATES];
    move_to(l, times_of(l, loop_touch_get(l, TOUCH_time)), x);
    for (unsigned i = 0; loop_keeps_states(k) && i < k->n; i++)
        loop_record_put(l, i, x[i]);
    loop_record_control(l, k->n);
    loop_jump(l, data, x, loop_weights(l));
}

LLVMValueRef loop_emit_receive(Kernel *k, unsigned port)
{
    LoopSpec spec = {
        .name = arena_printf(k->e->arena, "receive%u", port),
        .body = receive,
        .data = &k->plan->population->system->ports[port],
        .record_rows = loop_record_rows(k),
    };
    return loop_emit_handler(k, &spec);
}

// ---- prediction ------------------------------------------------------------

static void search(const Loop *l, const LLVMValueRef *x, LLVMValueRef last,
                   LLVMValueRef h, const LLVMValueRef *end, LLVMValueRef may)
{
    Kernel *k = l->k;
    Emit *e = k->e;
    CrossingInput in = {l->run, l->vector, x, end, h, may, NULL, NULL};
    Crossing crossing = crossing_emit_first(k, &in);
    LLVMValueRef time = LLVMBuildFAdd(e->b, last,
                                      loop_widen(l, crossing.time), "");
    LLVMTypeRef wide = LLVMTypeOf(time);
    time = vmath_min(e->vmath, e->b, time,
                     vmath_const(wide, e->model->duration));
    time = LLVMBuildSelect(e->b, crossing.found, time,
                           vmath_const(wide, __builtin_inf()), "");
    loop_set_next_time(l, time);
    loop_put(l, LOOP_AT_ONCE, 0,
             LLVMBuildZExt(e->b, crossing.at_once, k->ints, ""));
}

// When the neurons that rest will cease to, within the sample.
static void predict_wakes(const Loop *l, const LLVMValueRef *x,
                          LLVMValueRef last)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    size_t clock = k->plan->population->system->rest->clock;
    LLVMTypeRef wide = LLVMTypeOf(last);
    LLVMValueRef rests = loop_rests(l, x);
    LLVMValueRef time = LLVMBuildFAdd(e->b, last, loop_widen(l, x[clock]), "");
    LLVMValueRef late = LLVMBuildFCmp(
        e->b, LLVMRealOGT, time, vmath_const(wide, e->model->duration), "");
    time = LLVMBuildSelect(e->b, late, vmath_const(wide, __builtin_inf()), time,
                           "");
    loop_set_next_time(l, LLVMBuildSelect(e->b, rests, time, loop_next_time(l),
                                          ""));
    loop_set_next_wakes(l, rests);
}

static void predict_numerically(const Loop *l, const LLVMValueRef *x,
                                LLVMValueRef last, LLVMValueRef h)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    LLVMValueRef zero = kernel_zero(k);
    LLVMTypeRef wide = LLVMTypeOf(last);
    LLVMValueRef never = vmath_const(wide, __builtin_inf());
    LLVMValueRef open = l->mask;
    if (k->plan->population->system->rest)
        open = LLVMBuildAnd(e->b, open,
                            LLVMBuildNot(e->b, loop_rests(l, x), ""), "");
    Scope *scope = loop_scope(l, x);
    LLVMValueRef guard = scope_lanes(scope, k->plan->population->system->guard);
    LLVMValueRef at_once = LLVMBuildAnd(
        e->b, open, LLVMBuildFCmp(e->b, LLVMRealOGE, guard, zero, ""), "");
    LLVMValueRef goes = LLVMBuildAnd(e->b, open,
                                     LLVMBuildNot(e->b, at_once, ""), "");
    LLVMValueRef time = loop_foresee(l, x, kernel_select(k, goes, h, zero));
    time = loop_widen(l, kernel_select(k, at_once, zero, time));
    LLVMValueRef found = LLVMBuildFCmp(e->b, LLVMRealOLT, time, never, "");
    time = vmath_min(e->vmath, e->b, LLVMBuildFAdd(e->b, last, time, ""),
                     vmath_const(wide, e->model->duration));
    loop_set_next_time(l, LLVMBuildSelect(e->b, found, time, never, ""));
    loop_put(l, LOOP_AT_ONCE, 0, LLVMBuildZExt(e->b, at_once, k->ints, ""));
}

static void predict_in_closed_form(const Loop *l, const LLVMValueRef *x,
                                   LLVMValueRef last, LLVMValueRef h)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    LLVMValueRef end[MAX_LOOP_STATES];
    loop_advance(l, x, h, end);
    Scope *scope = loop_scope(l, x);
    kernel_bind_row(scope, k->plan->end_states, end, k->n);
    scope_bind(scope, k->derived->interval, h);
    LLVMValueRef may = LLVMBuildAnd(
        e->b, scope_mask(scope, k->plan->screen), l->mask, "");
    IrIf some = ir_if_begin(e, vmath_any(e->vmath, e->b, may));
    search(l, x, last, h, end, may);
    ir_else(e, &some);
    loop_set_next_time(l, vmath_const(LLVMTypeOf(last), __builtin_inf()));
    ir_if_end(e, &some);
}

// When each neuron would spike if nothing more arrived.
static void predict(Loop *l, const void *data)
{
    const Kernel *k = l->k;
    LLVMTypeRef wide = ir_vector(k->e, k->e->f64, k->lanes);
    LLVMValueRef x[MAX_LOOP_STATES];
    LLVMValueRef last = loop_get(l, LOOP_LAST, 0);
    LLVMValueRef h = loop_elapsed(l, vmath_const(wide, k->e->model->duration));
    (void)data;
    loop_get_row(l, LOOP_STATE, x);
    if (loop_is_numeric(l))
        predict_numerically(l, x, last, h);
    else
        predict_in_closed_form(l, x, last, h);
    if (k->plan->population->system->rest)
        predict_wakes(l, x, last);
}

LLVMValueRef loop_emit_predict(Kernel *k)
{
    LoopSpec spec = {.name = "predict", .body = predict};
    return k->plan->population->system->guard ? loop_emit_handler(k, &spec)
                                              : NULL;
}

// ---- spikes ----------------------------------------------------------------

static void record_spikes(const Loop *l, LLVMValueRef times)
{
    Emit *e = l->k->e;
    LLVMValueRef first = loop_touch_get(l, TOUCH_first_spike);
    LLVMValueRef to_time = ir_at(e, e->f64,
                                 ir_run_get(e, l->run, RUN_spike_time), first);
    LLVMValueRef to_neuron = ir_at(
        e, e->i32, ir_run_get(e, l->run, RUN_spike_neuron), first);
    loop_list_put(l, e->f64, to_time, times);
    loop_list_put(l, e->i32, to_neuron, l->vector);
}

void loop_spike(const Loop *l, LLVMValueRef times, LLVMValueRef at_once)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    const State *states = k->plan->population->system->states;
    LLVMValueRef x[MAX_LOOP_STATES], after[MAX_LOOP_STATES];
    move_to(l, times, x);
    for (unsigned i = 0; i < k->n; i++)
        loop_record_put(l, i, x[i]);
    loop_record_put(l, k->n, LLVMBuildUIToFP(e->b, at_once, k->vector, ""));
    loop_record_control(l, k->n + 1);
    Scope *scope = loop_scope(l, x);
    for (unsigned i = 0; i < k->n; i++)
        after[i] = scope_lanes(scope, states[i].reset);
    loop_put_row(l, LOOP_STATE, after);
}

static void fire(Loop *l, const void *data)
{
    LLVMValueRef times = loop_next_time(l);
    (void)data;
    loop_spike(l, times, loop_get(l, LOOP_AT_ONCE, 0));
    record_spikes(l, times);
}

LLVMValueRef loop_emit_fire(Kernel *k)
{
    LoopSpec spec = {.name = "fire", .body = fire,
                     .record_rows = k->n + 1 + loop_control_rows(k),
                     .makes_spikes = true, .only_lists = true};
    return k->plan->population->system->guard ? loop_emit_handler(k, &spec)
                                              : NULL;
}

// ---- the end of a refractory period -----------------------------------------

static void wake(Loop *l, const void *data)
{
    const Kernel *k = l->k;
    const Rest *rest = data;
    LLVMValueRef x[MAX_LOOP_STATES], after[MAX_LOOP_STATES];
    move_to(l, loop_next_time(l), x);
    for (unsigned i = 0; i < k->n; i++)
        loop_record_put(l, i, x[i]);
    loop_record_control(l, k->n);
    Scope *scope = loop_scope(l, x);
    for (unsigned i = 0; i < k->n; i++)
        after[i] = scope_lanes(scope, rest->after[i]);
    loop_put_row(l, LOOP_STATE, after);
}

LLVMValueRef loop_emit_wake(Kernel *k)
{
    const Rest *rest = k->plan->population->system->rest;
    LoopSpec spec = {.name = "wake", .body = wake, .data = rest,
                     .record_rows = k->n + loop_control_rows(k),
                     .only_lists = true};
    return rest ? loop_emit_handler(k, &spec) : NULL;
}

// ---- the sample's end ------------------------------------------------------

static void observe(const Loop *l, unsigned index, LLVMValueRef value)
{
    Emit *e = l->k->e;
    int64_t first = (int64_t)index * l->k->plan->population->size;
    LLVMValueRef to = ir_at(e, e->f64, ir_run_get(e, l->run, RUN_observed),
                            ir_i64(e, first));
    if (kernel_is_list(l->k, l->vector))
        compat_masked_scatter(e->module, e->b, loop_widen(l, value),
                              ir_at(e, e->f64, to, l->vector), 8, l->mask);
    else
        loop_list_put(l, e->f64, to, loop_widen(l, value));
}

void loop_finish(Loop *l, const void *unused)
{
    const Kernel *k = l->k;
    LLVMValueRef x[MAX_LOOP_STATES];
    (void)unused;
    move_to(l, times_of(l, LLVMConstReal(k->e->f64, k->e->model->duration)), x);
    if (loop_is_numeric(l))
        loop_put_row(l, LOOP_STATE, x);
    Scope *scope = loop_scope(l, x);
    unsigned index = 0;
    for (unsigned p = 0; p < k->plan->n_peaks; p++)
        observe(l, index++, loop_get(l, LOOP_BEST, p));
    for (size_t i = 0; i < k->plan->n_finals; i++)
        observe(l, index++, scope_lanes(scope, k->plan->finals[i]->value));
}

LLVMValueRef loop_emit_finish(Kernel *k)
{
    LoopSpec spec = {.name = "finish", .body = loop_finish};
    return loop_emit_sweep(k, &spec);
}
