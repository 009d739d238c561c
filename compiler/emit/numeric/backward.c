// Backward: one vector of neurons back through a sample, step by step from the
// tape (numeric.h).
#include "emit/numeric/numeric.h"

#include "emit/kernel/spike.h"
#include "emit/kernel/tape.h"
#include "emit/kernel/tile.h"

typedef struct Back {
    Numeric *n;
    LLVMValueRef run, vector, interval;
    Scope *parameters;
    LLVMValueRef x, h, at;      // memory: a step's start, length, end
    LLVMValueRef lambda, extra; // memory: adjoints
    LLVMValueRef *sums;         // slots, by parameter of the population
    LLVMValueRef pulled;        // memory: sums of the flow's gradients
    LLVMValueRef control;       // memory: of retreat
    LLVMValueRef pending;       // slot: dL/dt of the event that goes before
    LLVMValueRef behind;        // slot: dL/dt of the interval's end
    LLVMValueRef round;         // slot, i64
    LLVMValueRef wants_times;   // i1: arrival_gradient is there
} Back;

static Scope *scope_at(const Back *s, LLVMValueRef row)
{
    LLVMValueRef x[NUMERIC_STATES], lambda[NUMERIC_STATES];
    const Kernel *k = &s->n->k;
    kernel_load_row(k, row, x);
    kernel_load_row(k, s->lambda, lambda);
    Scope *scope = numeric_scope(s->n, s->parameters, x);
    kernel_bind_row(scope, k->derived->lambda, lambda, k->n);
    return scope;
}

static LLVMValueRef load(const Back *s, LLVMValueRef slot)
{
    return ir_load(s->n->k.e, s->n->k.vector, slot);
}

static void add_to(const Back *s, LLVMValueRef slot, LLVMValueRef value)
{
    Emit *e = s->n->k.e;
    ir_store(e, LLVMBuildFAdd(e->b, load(s, slot), value, ""), slot);
}

static void add_parameter(const Back *s, const Parameter *parameter,
                          LLVMValueRef value)
{
    const Population *population = s->n->k.plan->population;
    size_t at = 0;
    while (population->parameters[at] != parameter)
        at++;
    add_to(s, s->sums[at], value);
}

static void add_gradients(const Back *s, Scope *scope,
                          const Gradients *gradients, LLVMValueRef mask,
                          LLVMValueRef factor)
{
    const Kernel *k = &s->n->k;
    for (size_t i = 0; i < gradients->count; i++) {
        LLVMValueRef value = scope_lanes(scope, gradients->items[i].value);
        if (factor)
            value = LLVMBuildFMul(k->e->b, value, factor, "");
        if (mask)
            value = kernel_select(k, mask, value, kernel_zero(k));
        add_parameter(s, gradients->items[i].parameter, value);
    }
}

// ---- begin and end ---------------------------------------------------------

static void start_lambda(const Back *s)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef lambda[NUMERIC_STATES];
    for (unsigned i = 0; i < k->n; i++)
        lambda[i] = kernel_zero(k);
    for (size_t f = 0; f < k->plan->n_finals; f++) {
        const DerivedObservable *o = k->plan->finals[f];
        LLVMValueRef g = kernel_observed_gradient(
            k, s->run, (unsigned)(k->plan->n_peaks + f), s->vector);
        Scope *scope = scope_at(s, s->x);
        for (unsigned i = 0; i < k->n; i++)
            lambda[i] = vmath_fma(e->vmath, e->b, g,
                                  scope_lanes(scope, o->lambda[i]), lambda[i]);
        add_gradients(s, scope, &o->gradients, NULL, g);
    }
    kernel_store_row(k, s->lambda, lambda);
}

// The states at the sample's end are the last thing on the tape.
static void load_end(const Back *s)
{
    const Kernel *k = &s->n->k;
    LLVMValueRef x[NUMERIC_STATES];
    tape_read_step(k, s->run, x);
    kernel_store_row(k, s->x, x);
    tape_drop_step(k, s->run);
}

static void finish(const Back *s)
{
    const Kernel *k = &s->n->k;
    const Population *population = k->plan->population;
    const Gradients *flow = &k->derived->flow.pull_gradients;
    add_gradients(s, scope_at(s, s->x), &k->derived->initial, NULL, NULL);
    for (size_t g = 0; g < flow->count; g++)
        add_parameter(s, flow->items[g].parameter, ir_load_loose(
            k->e, k->vector, ir_at(k->e, k->vector, s->pulled,
                                   ir_i64(k->e, (int64_t)g))));
    for (size_t p = 0; p < population->n_parameters; p++)
        if (population->parameters[p]->learned)
            kernel_add_gradient(k, s->run, s->vector, population->parameters[p],
                                load(s, s->sums[p]));
}

// ---- a step ----------------------------------------------------------------

// The step of the lengths at `h`, taken back for the adjoint at `lambda`.
static void retreat_by(const Back *s, LLVMValueRef h, LLVMValueRef lambda)
{
    LLVMValueRef args[] = {s->run, s->vector, s->x, h, lambda, s->pulled,
                           s->control};
    ir_call(s->n->k.e, s->n->retreat, args, 7);
}

static LLVMValueRef load_peak(const Back *s, PeakField field)
{
    const Kernel *k = &s->n->k;
    LLVMValueRef value = LLVMBuildLoad2(
        k->e->b, kernel_peak_type(k, field),
        kernel_peak(k, s->run, field, s->vector), "");
    LLVMSetAlignment(value, 4);
    return value;
}

// Lanes whose observed maximum lies in this round's step.
static LLVMValueRef peak_here(const Back *s)
{
    const Kernel *k = &s->n->k;
    LLVMBuilderRef b = k->e->b;
    LLVMValueRef interval = LLVMBuildTrunc(b, s->interval, k->e->i32, "");
    LLVMValueRef round = LLVMBuildTrunc(b, ir_load(k->e, k->e->i64, s->round),
                                        k->e->i32, "");
    LLVMValueRef in_interval = LLVMBuildICmp(
        b, LLVMIntEQ, load_peak(s, PEAK_INTERVAL), kernel_splat(k, interval),
        "");
    LLVMValueRef in_round = LLVMBuildICmp(
        b, LLVMIntEQ, load_peak(s, PEAK_STEP), kernel_splat(k, round), "");
    return LLVMBuildAnd(b, LLVMBuildAnd(b, in_interval, in_round, ""),
                        kernel_valid(k, s->vector), "");
}

// The peak's part of the adjoint at the step's start, in `extra`: through the
// shorter step that leads to it.
static void pull_peak(const Back *s, LLVMValueRef here, LLVMValueRef weight)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    const DerivedObservable *o = k->plan->peaks[0].observable;
    LLVMValueRef h = numeric_row(s->n, "peak_time", 1);
    LLVMValueRef jump[NUMERIC_STATES], zero = kernel_zero(k);
    ir_store_loose(e, kernel_select(k, here, load_peak(s, PEAK_TIME), zero), h);
    LLVMValueRef args[] = {s->run, s->vector, s->x, h, s->at};
    ir_call(e, s->n->reach, args, 5);
    Scope *scope = scope_at(s, s->at);
    for (unsigned i = 0; i < k->n; i++)
        jump[i] = kernel_select(
            k, here,
            LLVMBuildFMul(e->b, weight, scope_lanes(scope, o->lambda[i]), ""),
            zero);
    add_gradients(s, scope, &o->gradients, here, weight);
    kernel_store_row(k, s->extra, jump);
    retreat_by(s, h, s->extra);
}

// What moving the event at one end of the step does to a maximum that lies
// there: at the start after a jump, or at the end before one.
typedef struct PeakShift {
    LLVMValueRef start, end;
} PeakShift;

static PeakShift peak_shift(const Back *s, LLVMValueRef here,
                            LLVMValueRef weight)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef zero = kernel_zero(k);
    LLVMValueRef change = LLVMBuildFMul(e->b, weight,
                                        load_peak(s, PEAK_SLOPE), "");
    change = kernel_select(k, here, change, zero);
    LLVMValueRef at_start = LLVMBuildFCmp(
        e->b, LLVMRealOLE, load_peak(s, PEAK_TIME), zero, "");
    PeakShift shift = {kernel_select(k, at_start, change, zero),
                       kernel_select(k, at_start, zero, change)};
    return shift;
}

// An event that a guard made at the step's end, in the lanes of `mask`. `outer`
// is what lies behind says of its time; lanes of `at_once` had no say in it and
// pass it on.
static void undo_event(const Back *s, const DerivedSpike *event,
                       LLVMValueRef mask, LLVMValueRef at_once,
                       LLVMValueRef outer)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef zero = kernel_zero(k), pending = load(s, s->pending);
    LLVMValueRef args[] = {s->run, s->vector, s->x, s->h, s->at};
    ir_call(e, s->n->reach, args, 5);
    Scope *scope = scope_at(s, s->at);
    scope_bind(scope, k->derived->spike_gradient,
               LLVMBuildFAdd(e->b, outer, pending, ""));
    LLVMValueRef total = scope_lanes(scope, event->total);
    LLVMValueRef shift = LLVMBuildFDiv(e->b, total,
                                       scope_lanes(scope, event->slope), "");
    shift = kernel_select(k, at_once, zero, shift);
    shift = spike_finite_shift(k, s->run, shift, mask);
    scope_bind(scope, k->derived->shift, shift);
    LLVMValueRef before[NUMERIC_STATES], lambda[NUMERIC_STATES];
    kernel_load_row(k, s->lambda, lambda);
    for (unsigned i = 0; i < k->n; i++)
        before[i] = kernel_select(k, mask, scope_lanes(scope, event->lambda[i]),
                                  lambda[i]);
    add_gradients(s, scope, &event->gradients, mask, NULL);
    kernel_store_row(k, s->lambda, before);
    LLVMValueRef passed = kernel_select(k, at_once, total, zero);
    ir_store(e, kernel_select(k, mask, passed, pending), s->pending);
}

static void undo_spikes(const Back *s, const TapeStep *step, LLVMValueRef peak)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    if (!k->plan->population->system->guard)
        return;
    IrIf any = ir_if_rarely(e, LLVMBuildICmp(e->b, LLVMIntNE, step->spiked,
                                             ir_i64(e, 0), ""));
    LLVMValueRef gradient =
        spike_gradient_lanes(k, s->run, step->spiked, step->first_spike);
    undo_event(s, &k->derived->spike, kernel_mask_of_bits(k, step->spiked),
               kernel_mask_of_bits(k, step->at_once),
               LLVMBuildFAdd(e->b, gradient, peak, ""));
    ir_if_end(e, &any);
}

static void undo_wakes(const Back *s, const TapeStep *step, LLVMValueRef peak)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    if (!k->plan->population->system->rest)
        return;
    IrIf any = ir_if_rarely(e, LLVMBuildICmp(e->b, LLVMIntNE, step->woken,
                                             ir_i64(e, 0), ""));
    undo_event(s, &k->derived->wake, kernel_mask_of_bits(k, step->woken),
               LLVMConstNull(k->mask), peak);
    ir_if_end(e, &any);
}

// Lanes where an event ends the step.
static LLVMValueRef has_event(const Back *s, const TapeStep *step)
{
    const Kernel *k = &s->n->k;
    LLVMValueRef bits = step->spiked;
    if (step->woken)
        bits = LLVMBuildOr(k->e->b, bits, step->woken, "");
    return kernel_mask_of_bits(k, bits);
}

static void undo_round(const Back *s)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef x[NUMERIC_STATES], zero = kernel_zero(k);
    TapeStep step = tape_read_step(k, s->run, x);
    kernel_store_row(k, s->x, x);
    ir_store_loose(e, step.time, s->h);
    if (k->plan->n_peaks == 0) {
        undo_spikes(s, &step, zero);
        undo_wakes(s, &step, zero);
        retreat_by(s, s->h, s->lambda);
        return;
    }
    LLVMValueRef here = peak_here(s);
    LLVMValueRef weight = kernel_observed_gradient(k, s->run, 0, s->vector);
    PeakShift peak = peak_shift(s, here, weight);
    LLVMValueRef ends = has_event(s, &step);
    add_to(s, s->behind, kernel_select(k, ends, zero, peak.end));
    undo_spikes(s, &step, peak.end);
    undo_wakes(s, &step, peak.end);
    retreat_by(s, s->h, s->lambda);
    IrIf any = ir_if_rarely(e, vmath_any(e->vmath, e->b, here));
    LLVMValueRef lambda[NUMERIC_STATES], extra[NUMERIC_STATES];
    pull_peak(s, here, weight);
    kernel_load_row(k, s->lambda, lambda);
    kernel_load_row(k, s->extra, extra);
    for (unsigned i = 0; i < k->n; i++)
        lambda[i] = LLVMBuildFAdd(e->b, lambda[i], extra[i], "");
    kernel_store_row(k, s->lambda, lambda);
    ir_if_end(e, &any);
    add_to(s, s->pending, peak.start);
}

// ---- an interval -----------------------------------------------------------

static void retreat(Back *s, LLVMValueRef interval)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    s->interval = interval;
    ir_store(e, tape_take_word(k, s->run), s->round);
    ir_store(e, kernel_zero(k), s->pending);
    ir_store(e, kernel_zero(k), s->behind);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef round = ir_load(e, e->i64, s->round);
    ir_while_test(e, &loop, LLVMBuildICmp(e->b, LLVMIntSGT, round,
                                          ir_i64(e, 0), ""));
    ir_store(e, LLVMBuildSub(e->b, round, ir_i64(e, 1), ""), s->round);
    undo_round(s);
    tape_drop_step(k, s->run);
    ir_while_end(e, &loop);
    LLVMValueRef before = LLVMBuildSub(e->b, interval, ir_i64(e, 1), "");
    spike_credit_arrival(k, s->run, interval, load(s, s->behind), false);
    spike_credit_arrival(k, s->run, before, load(s, s->pending), true);
}

// ---- arrivals --------------------------------------------------------------

typedef struct Arrival {
    const Projection *projection;
    const DerivedPort *port;
    Scope *scope;               // states before, weight; lambda after
    LLVMValueRef row, index;    // source neuron; of the arrival
} Arrival;

static LLVMValueRef weight_lanes(const Back *s, const Arrival *a, RunField run)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    const Parameter *weight = a->projection->weight;
    LLVMValueRef stride = ir_i64(e, kernel_stride(e, weight->columns));
    LLVMValueRef base = ir_at(e, e->real,
                              kernel_parameter(k, s->run, run, weight),
                              LLVMBuildMul(e->b, a->row, stride, ""));
    return ir_at(e, k->vector, base, s->vector);
}

static void add_time_gradient(const Back *s, const Arrival *a)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    IrIf wanted = ir_if_begin(e, s->wants_times);
    Scope *scope = scope_open(e, a->scope, e->real, k->lanes);
    LLVMValueRef value = kernel_select(
        k, kernel_valid(k, s->vector),
        scope_lanes(scope, a->port->time_gradient), kernel_zero(k));
    LLVMValueRef sum = vmath_sum_lanes(e->vmath, e->b, value);
    if (e->real != e->f64)
        sum = LLVMBuildFPExt(e->b, sum, e->f64, "");
    LLVMValueRef at = ir_at(
        e, e->f64, ir_run_get(e, s->run, RUN_arrival_gradient), a->index);
    ir_store(e, LLVMBuildFAdd(e->b, ir_load(e, e->f64, at), sum, ""), at);
    ir_if_end(e, &wanted);
}

static void undo_arrival(const Back *s, const Arrival *a)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef before[NUMERIC_STATES];
    add_time_gradient(s, a);
    if (a->projection->weight->learned) {
        LLVMValueRef at = weight_lanes(s, a, RUN_gradients);
        LLVMValueRef value = scope_lanes(a->scope, a->port->weight_gradient);
        value = kernel_select(k, kernel_valid(k, s->vector), value,
                              kernel_zero(k));
        LLVMValueRef old = ir_load_loose(e, k->vector, at);
        ir_store_loose(e, LLVMBuildFAdd(e->b, old, value, ""), at);
    }
    add_gradients(s, a->scope, &a->port->gradients, NULL, NULL);
    for (unsigned i = 0; i < k->n; i++)
        before[i] = scope_lanes(a->scope, a->port->lambda[i]);
    kernel_store_row(k, s->lambda, before);
}

static void undo_arrival_of(const Back *s, size_t index, LLVMValueRef row,
                            LLVMValueRef at)
{
    const Kernel *k = &s->n->k;
    const HybridSystem *system = k->plan->population->system;
    const Projection *projection = tile_incoming(k, index);
    Arrival a = {projection, &k->derived->ports[projection->port], NULL, row,
                 at};
    if (a.port->reads_state)
        load_end(s);
    a.scope = scope_at(s, s->x);
    scope_bind(a.scope, system->ports[projection->port].weight,
               ir_load_loose(k->e, k->vector,
                             weight_lanes(s, &a, RUN_parameters)));
    undo_arrival(s, &a);
}

static void undo_group(const Back *s, LLVMValueRef group)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef first = ir_run_get(e, s->run, RUN_group_first);
    LLVMValueRef rows = ir_run_get(e, s->run, RUN_arrival_row);
    LLVMValueRef origins = ir_run_get(e, s->run, RUN_arrival_projection);
    LLVMValueRef begin = tile_load_word(e, first, group);
    LLVMValueRef end = tile_load_word(
        e, first, LLVMBuildAdd(e->b, group, ir_i64(e, 1), ""));
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                LLVMBuildSub(e->b, end, begin, ""));
    LLVMValueRef back = LLVMBuildAdd(e->b, loop.index, ir_i64(e, 1), "");
    LLVMValueRef at = LLVMBuildSub(e->b, end, back, "");
    LLVMValueRef row = tile_load_word(e, rows, at);
    LLVMValueRef origin = tile_load_word(e, origins, at);
    for (size_t i = 0; tile_incoming(k, i); i++) {
        IrIf mine = ir_if_begin(e, LLVMBuildICmp(
            e->b, LLVMIntEQ, origin, ir_i64(e, (int64_t)i), ""));
        undo_arrival_of(s, i, row, at);
        ir_if_end(e, &mine);
    }
    ir_loop_end(e, &loop);
}

// ---- a sample --------------------------------------------------------------

static void zero_memory(const Kernel *k, LLVMValueRef memory, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ir_store_loose(k->e, kernel_zero(k),
                       ir_at(k->e, k->vector, memory,
                             ir_i64(k->e, (int64_t)i)));
}

static Back back_begin(Numeric *n)
{
    Kernel *k = &n->k;
    Emit *e = k->e;
    LLVMTypeRef types[] = {e->pointer, e->i64};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, "sweep_back"),
                                       e->i32, types, 2, false);
    Back s = {.n = n, .run = LLVMGetParam(f, 0), .vector = LLVMGetParam(f, 1)};
    const Population *population = k->plan->population;
    size_t pulled = k->derived->flow.pull_gradients.count;
    s.parameters = kernel_scope(k, s.run, s.vector);
    s.x = numeric_row(n, "x", k->n);
    s.at = numeric_row(n, "at", k->n);
    s.h = numeric_row(n, "h", 1);
    s.lambda = numeric_row(n, "lambda", k->n);
    s.extra = numeric_row(n, "extra", k->n);
    s.control = numeric_row(n, "control", 1 + k->n);
    s.pulled = numeric_row(n, "pulled", (unsigned)pulled);
    zero_memory(k, s.lambda, k->n);
    zero_memory(k, s.pulled, pulled);
    zero_memory(k, s.control, 1 + k->n);
    ir_store_loose(e, vmath_const(k->vector, e->model->duration), s.control);
    s.sums = ARENA_ARRAY(e->arena, LLVMValueRef, population->n_parameters + 1);
    for (size_t p = 0; p < population->n_parameters; p++) {
        s.sums[p] = ir_slot(e, k->vector, "sum");
        ir_store(e, kernel_zero(k), s.sums[p]);
    }
    s.pending = ir_slot(e, k->vector, "pending");
    s.behind = ir_slot(e, k->vector, "behind");
    s.round = ir_slot(e, e->i64, "round");
    s.wants_times = LLVMBuildIsNotNull(
        e->b, ir_run_get(e, s.run, RUN_arrival_gradient), "");
    return s;
}

LLVMValueRef numeric_emit_backward(Numeric *n)
{
    Emit *e = n->k.e;
    Back s = back_begin(n);
    LLVMValueRef f = e->function;
    load_end(&s);
    start_lambda(&s);
    LLVMValueRef groups = ir_run_get(e, s.run, RUN_n_groups);
    LLVMValueRef intervals = LLVMBuildAdd(e->b, groups, ir_i64(e, 1), "");
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), intervals);
    LLVMValueRef interval = LLVMBuildSub(e->b, groups, loop.index, "");
    if (tile_incoming(&n->k, 0)) {
        IrIf inner = ir_if_begin(e, LLVMBuildICmp(e->b, LLVMIntSLT, interval,
                                                  groups, ""));
        undo_group(&s, interval);
        ir_if_end(e, &inner);
    }
    retreat(&s, interval);
    ir_loop_end(e, &loop);
    finish(&s);
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
    return f;
}
