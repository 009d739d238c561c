// Forward: one vector of neurons through a sample, in rounds of one attempted
// step for each lane (numeric.h).
#include "emit/numeric/sweep.h"

#include "emit/kernel/spike.h"
#include "emit/kernel/tape.h"
#include "emit/kernel/tile.h"
#include "snn/abi.h"

#include <string.h>

enum { ENDLESS = 1 << 20 }; // rounds within one interval

// Of the duration: the first step, and one that makes no way any more.
static const double first_step = 1.0 / 256;
static const double least_step_f32 = 1e-28, least_step_f64 = 1e-60;

static LLVMValueRef row_at(const Sweep *s, LLVMValueRef row, unsigned i)
{
    Emit *e = s->n->k.e;
    return ir_load_loose(e, s->n->k.vector,
                         ir_at(e, s->n->k.vector, row, ir_i64(e, i)));
}

Scope *sweep_scope_at(const Sweep *s, LLVMValueRef row)
{
    LLVMValueRef x[NUMERIC_STATES];
    kernel_load_row(&s->n->k, row, x);
    return numeric_scope(s->n, s->parameters, x);
}

LLVMValueRef sweep_load(const Sweep *s, LLVMValueRef slot)
{
    return ir_load(s->n->k.e, s->n->k.vector, slot);
}

LLVMValueRef sweep_both(const Sweep *s, LLVMValueRef a, LLVMValueRef b)
{
    return LLVMBuildAnd(s->n->k.e->b, a, b, "");
}

LLVMValueRef sweep_is_positive(const Sweep *s, LLVMValueRef x)
{
    return LLVMBuildFCmp(s->n->k.e->b, LLVMRealOGT, x, kernel_zero(&s->n->k),
                         "");
}

static LLVMValueRef constant(const Sweep *s, double value)
{
    return vmath_const(s->n->k.vector, value);
}

LLVMValueRef sweep_greater(const Sweep *s, LLVMValueRef a, LLVMValueRef b)
{
    return vmath_max(s->n->k.e->vmath, s->n->k.e->b, a, b);
}

static LLVMValueRef absolute(const Sweep *s, LLVMValueRef x)
{
    return vmath_abs(s->n->k.e->vmath, s->n->k.e->b, x);
}

// The size of state i, which has come to x.
static void grow_size(const Sweep *s, unsigned i, LLVMValueRef x)
{
    LLVMValueRef size = sweep_load(s, s->size[i]);
    ir_store(s->n->k.e, sweep_greater(s, size, absolute(s, x)), s->size[i]);
}

static const Rest *rest_of(const Sweep *s)
{
    return s->n->k.plan->population->system->rest;
}

// Lanes whose neurons are refractory.
static LLVMValueRef rests(const Sweep *s)
{
    if (!rest_of(s))
        return LLVMConstNull(s->n->k.mask);
    return sweep_is_positive(s, row_at(s, s->x, (unsigned)rest_of(s)->flag));
}

// What is left of the refractory period.
static LLVMValueRef rest_left(const Sweep *s)
{
    return row_at(s, s->x, (unsigned)rest_of(s)->clock);
}

// ---- the attempt -----------------------------------------------------------

// Lanes whose neuron spikes at the instant where the round begins.
static LLVMValueRef spikes_at_once(const Sweep *s)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    if (!k->plan->population->system->guard)
        return LLVMConstNull(k->mask);
    LLVMValueRef high = LLVMBuildFCmp(e->b, LLVMRealOGE,
                                      sweep_load(s, s->here.guard.value),
                                      kernel_zero(k), "");
    high = sweep_both(s, high, LLVMBuildNot(e->b, rests(s), ""));
    return sweep_both(s, ir_load(e, k->mask, s->fresh), high);
}

// Lanes whose refractory period ends at the instant where the round begins.
static LLVMValueRef wakes_at_once(const Sweep *s)
{
    LLVMBuilderRef b = s->n->k.e->b;
    if (!rest_of(s))
        return LLVMConstNull(s->n->k.mask);
    LLVMValueRef due = LLVMBuildNot(b, sweep_is_positive(s, rest_left(s)), "");
    return sweep_both(s, rests(s), due);
}

// What is left of the interval, or of the refractory period in it.
static LLVMValueRef way_ahead(const Sweep *s)
{
    const Kernel *k = &s->n->k;
    LLVMValueRef left = sweep_load(s, s->left);
    if (!rest_of(s))
        return left;
    LLVMValueRef clock = sweep_greater(s, rest_left(s), kernel_zero(k));
    LLVMValueRef sooner = vmath_min(k->e->vmath, k->e->b, left, clock);
    return kernel_select(k, rests(s), sooner, left);
}

static LLVMValueRef wakes_behind(const Sweep *s, const Round *r)
{
    LLVMBuilderRef b = s->n->k.e->b;
    if (!rest_of(s))
        return LLVMConstNull(s->n->k.mask);
    LLVMValueRef due = LLVMBuildFCmp(b, LLVMRealOGE, r->tried, rest_left(s),
                                     "");
    LLVMValueRef done = LLVMBuildOr(
        b, r->kept, LLVMBuildNot(b, sweep_is_positive(s, r->tried), ""), "");
    return sweep_both(s, rests(s), sweep_both(s, due, done));
}

static Look look_at(const Sweep *s, Scope *scope)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    Look look = {.guard = {NULL, NULL}};
    numeric_flow(s->n, scope, look.rate);
    for (unsigned i = 0; i < k->n; i++) {
        look.driven[i] = kernel_zero(k);
        for (unsigned j = 0; j < k->n; j++) {
            const Expr *rate = k->derived->flow.jacobian[i * k->n + j];
            if (j != i && !expr_is_const(rate, 0))
                look.driven[i] = vmath_fma(
                    e->vmath, e->b, absolute(s, scope_lanes(scope, rate)),
                    sweep_load(s, s->size[j]), look.driven[i]);
        }
    }
    if (k->plan->population->system->guard) {
        look.guard.value = scope_lanes(
            scope, k->plan->population->system->guard);
        look.guard.slope = scope_lanes(scope, k->derived->spike.slope);
    }
    return look;
}

static void store_where(const Sweep *s, LLVMValueRef mask, LLVMValueRef value,
                        LLVMValueRef slot)
{
    LLVMValueRef old = sweep_load(s, slot);
    ir_store(s->n->k.e, kernel_select(&s->n->k, mask, value, old), slot);
}

static void keep_look(const Sweep *s, LLVMValueRef mask, const Look *look)
{
    for (unsigned i = 0; i < s->n->k.n; i++) {
        store_where(s, mask, look->rate[i], s->here.rate[i]);
        store_where(s, mask, look->driven[i], s->here.driven[i]);
    }
    if (look->guard.value) {
        store_where(s, mask, look->guard.value, s->here.guard.value);
        store_where(s, mask, look->guard.slope, s->here.guard.slope);
    }
}

static void look_again(const Sweep *s)
{
    Look look = look_at(s, sweep_scope_at(s, s->x));
    keep_look(s, LLVMConstAllOnes(s->n->k.mask), &look);
}

// What the error of each state is measured by: its largest size so far, or how
// far the step takes it where the others have theirs. A state near 0 that is
// driven by the difference of large ones has no digits of its own, and no step
// would be short enough for them.
static void measure(const Sweep *s, LLVMValueRef length, LLVMValueRef *out)
{
    const Kernel *k = &s->n->k;
    for (unsigned i = 0; i < k->n; i++)
        out[i] = vmath_fma(k->e->vmath, k->e->b,
                           sweep_load(s, s->here.driven[i]), length,
                           sweep_load(s, s->size[i]));
}

static void attempt(const Sweep *s, Round *r)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef end[NUMERIC_STATES], error[NUMERIC_STATES];
    LLVMValueRef sizes[NUMERIC_STATES];
    r->at_once = spikes_at_once(s);
    r->tried = kernel_select(
        k, r->at_once, kernel_zero(k),
        numeric_length(s->n, sweep_load(s, s->h), way_ahead(s)));
    ir_store_loose(e, r->tried, s->step);
    NumericStep step = {.n = s->n, .parameters = s->parameters, .h = r->tried};
    kernel_load_row(k, s->x, step.x);
    for (unsigned i = 0; i < k->n; i++)
        step.rate[0][i] = sweep_load(s, s->here.rate[i]);
    numeric_step(&step, end);
    kernel_store_row(k, s->end, end);
    r->end = look_at(s, numeric_scope(s->n, s->parameters, end));
    memcpy(step.rate[TABLEAU_STAGES], r->end.rate, sizeof r->end.rate);
    numeric_step_error(&step, error);
    measure(s, r->tried, sizes);
    r->norm = numeric_norm(s->n, error, end, sizes);
    LLVMValueRef good = LLVMBuildFCmp(e->b, LLVMRealOLE, r->norm,
                                      constant(s, 1), "");
    r->kept = sweep_both(s, good, sweep_is_positive(s, r->tried));
    r->length = kernel_select(k, r->kept, r->tried, kernel_zero(k));
    r->woken = wakes_behind(s, r);
}

// ---- crossings -------------------------------------------------------------

// Lanes whose guard may have risen to 0 within the attempt.
static LLVMValueRef may_reach_0(const Sweep *s, const Round *r)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef zero = kernel_zero(k);
    NumericPoint a = {sweep_load(s, s->here.guard.value),
                      sweep_load(s, s->here.guard.slope)};
    NumericPoint b = r->end.guard;
    LLVMValueRef risen = LLVMBuildFCmp(e->b, LLVMRealOGE, b.value, zero, "");
    LLVMValueRef turns = sweep_both(
        s, sweep_is_positive(s, a.slope),
        LLVMBuildFCmp(e->b, LLVMRealOLT, b.slope, zero, ""));
    LLVMValueRef bound = numeric_bound(s->n, a, b, r->tried);
    LLVMValueRef peaks = sweep_both(
        s, turns, LLVMBuildFCmp(e->b, LLVMRealOGE, bound, zero, ""));
    LLVMValueRef free = LLVMBuildNot(e->b, rests(s), "");
    return sweep_both(s, sweep_both(s, r->kept, free),
                LLVMBuildOr(e->b, risen, peaks, ""));
}

// Shortens the step of lanes with a crossing to end there.
static void cross(const Sweep *s, Round *r)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    r->found = LLVMConstNull(k->mask);
    if (!k->plan->population->system->guard)
        return;
    LLVMValueRef may = may_reach_0(s, r);
    LLVMValueRef bits = ir_slot(e, e->i64, "bits");
    ir_store(e, ir_i64(e, 0), bits);
    IrIf any = ir_if_rarely(e, vmath_any(e->vmath, e->b, may));
    LLVMValueRef lengths = numeric_row(s->n, "crossing", 1);
    LLVMValueRef args[] = {s->run, s->vector, s->x, s->step, s->end, lengths};
    LLVMValueRef hit = kernel_mask_of_bits(k, ir_call(e, s->n->cross, args, 6));
    hit = sweep_both(s, hit, may);
    ir_store(e, vmath_bitmask(e->vmath, e->b, hit), bits);
    LLVMValueRef shorter = ir_load_loose(e, k->vector, lengths);
    ir_store_loose(e, kernel_select(k, hit, shorter, r->tried), s->step);
    LLVMValueRef redo[] = {s->run, s->vector, s->x, s->step, s->end};
    ir_call(e, s->n->reach, redo, 5);
    ir_if_end(e, &any);
    r->found = kernel_mask_of_bits(k, ir_load(e, e->i64, bits));
    r->length = kernel_select(k, r->found,
                              ir_load_loose(e, k->vector, s->step), r->length);
}

static void record(const Sweep *s, const Round *r)
{
    Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef x[NUMERIC_STATES];
    kernel_load_row(k, s->x, x);
    LLVMValueRef spiked = vmath_bitmask(e->vmath, e->b, r->spiked);
    TapeStep step = {x, r->length, spiked,
                     vmath_bitmask(e->vmath, e->b, r->at_once), NULL,
                     vmath_bitmask(e->vmath, e->b, r->woken)};
    tape_push_step(k, s->run, &step);
    LLVMValueRef done = LLVMBuildFAdd(e->b, sweep_load(s, s->gone), r->length,
                                      "");
    IrIf any = ir_if_rarely(e, LLVMBuildICmp(e->b, LLVMIntNE, spiked,
                                             ir_i64(e, 0), ""));
    spike_record(k, s->run, s->vector, spiked, s->start, done);
    ir_if_end(e, &any);
    LLVMValueRef rounds = ir_load(e, e->i64, s->rounds);
    ir_store(e, LLVMBuildAdd(e->b, rounds, ir_i64(e, 1), ""), s->rounds);
    LLVMValueRef moved = sweep_is_positive(s, r->length);
    moved = vmath_popcount(e->vmath, e->b, moved);
    LLVMValueRef steps = ir_load(e, e->i64, s->steps);
    ir_store(e, LLVMBuildAdd(e->b, steps, moved, ""), s->steps);
}

// x behind the refractory periods that end.
static void wake(const Sweep *s, const Round *r, LLVMValueRef *x)
{
    const Kernel *k = &s->n->k;
    LLVMValueRef after[NUMERIC_STATES];
    if (!rest_of(s))
        return;
    Scope *scope = numeric_scope(s->n, s->parameters, x);
    for (unsigned i = 0; i < k->n; i++)
        after[i] = scope_lanes(scope, rest_of(s)->after[i]);
    for (unsigned i = 0; i < k->n; i++)
        x[i] = kernel_select(k, r->woken, after[i], x[i]);
}

// The lanes of `jumped` behind their spikes and refractory periods.
static void jump(const Sweep *s, const Round *r, LLVMValueRef jumped)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef x[NUMERIC_STATES];
    if (!k->plan->population->system->guard)
        return;
    IrIf any = ir_if_rarely(e, vmath_any(e->vmath, e->b, jumped));
    kernel_load_row(k, s->x, x);
    spike_reset(k, s->parameters, x, r->spiked, x);
    wake(s, r, x);
    kernel_store_row(k, s->x, x);
    look_again(s);
    ir_if_end(e, &any);
}

// A long interval hides short steps in what is left of it, not in what is gone.
static void take_time(const Sweep *s, LLVMValueRef length, LLVMValueRef moved)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef left = sweep_load(s, s->left), zero = kernel_zero(k);
    LLVMValueRef gone = LLVMBuildFAdd(e->b, sweep_load(s, s->gone), length, "");
    LLVMValueRef goes_on = LLVMBuildFCmp(e->b, LLVMRealOLT, length, left, "");
    LLVMValueRef rest = LLVMBuildFSub(e->b, s->length, gone, "");
    rest = kernel_select(k, goes_on, sweep_greater(s, rest, zero), zero);
    ir_store(e, gone, s->gone);
    store_where(s, moved, rest, s->left);
}

static void move(const Sweep *s, const Round *r)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef x[NUMERIC_STATES], moved = sweep_is_positive(s, r->length);
    for (unsigned i = 0; i < k->n; i++) {
        x[i] = kernel_select(k, moved, row_at(s, s->end, i),
                             row_at(s, s->x, i));
        grow_size(s, i, x[i]);
    }
    kernel_store_row(k, s->x, x);
    keep_look(s, moved, &r->end);
    take_time(s, r->length, moved);
    LLVMValueRef waits = sweep_both(s, ir_load(e, k->mask, s->fresh),
                              LLVMBuildNot(e->b, moved, ""));
    LLVMValueRef jumped = LLVMBuildOr(e->b, r->spiked, r->woken, "");
    ir_store(e, LLVMBuildOr(e->b, waits, jumped, ""), s->fresh);
    jump(s, r, jumped);
}

static void stop_when_lost(const Sweep *s, const Round *r)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    double least = e->real == e->f64 ? least_step_f64 : least_step_f32;
    LLVMValueRef rounds = ir_load(e, e->i64, s->rounds);
    LLVMValueRef tiny = LLVMBuildFCmp(
        e->b, LLVMRealOLT, sweep_load(s, s->h),
        constant(s, least * e->model->duration), "");
    tiny = sweep_both(s, tiny, sweep_is_positive(s, sweep_load(s, s->left)));
    LLVMValueRef endless = LLVMBuildICmp(e->b, LLVMIntSGE, rounds,
                                         ir_i64(e, ENDLESS), "");
    LLVMValueRef spiked = vmath_bitmask(e->vmath, e->b, r->spiked);
    LLVMValueRef bursts = LLVMBuildAnd(
        e->b, endless, LLVMBuildICmp(e->b, LLVMIntNE, spiked, ir_i64(e, 0), ""),
        "");
    spike_stop_if(k, s->run, s->vector, bursts, spiked, s->start, SNN_RUNAWAY);
    LLVMValueRef lost = vmath_bitmask(e->vmath, e->b, kernel_select(
        k, kernel_splat(k, endless),
        sweep_is_positive(s, sweep_load(s, s->left)), tiny));
    spike_stop_if(k, s->run, s->vector,
                  LLVMBuildICmp(e->b, LLVMIntNE, lost, ir_i64(e, 0), ""), lost,
                  s->start, SNN_NO_STEP);
}

static void do_round(const Sweep *s)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    Round r;
    attempt(s, &r);
    cross(s, &r);
    r.spiked = LLVMBuildOr(e->b, r.at_once, r.found, "");
    LLVMValueRef acts = LLVMBuildOr(
        e->b, LLVMBuildOr(e->b, r.kept, r.spiked, ""), r.woken, "");
    IrIf any = ir_if_begin(e, vmath_any(e->vmath, e->b, acts));
    sweep_observe(s, &r);
    record(s, &r);
    move(s, &r);
    ir_if_end(e, &any);
    LLVMValueRef h = sweep_load(s, s->h);
    ir_store(e, numeric_next_length(s->n, h, r.tried, r.norm, r.kept), s->h);
    stop_when_lost(s, &r);
}

// ---- an interval -----------------------------------------------------------

static void advance(Sweep *s, LLVMValueRef interval)
{
    Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef valid = kernel_valid(k, s->vector), zero = kernel_zero(k);
    s->interval = interval;
    s->start = kernel_start(k, s->run, interval);
    s->length = kernel_splat(k, kernel_length(k, s->run, interval));
    ir_store(e, kernel_select(k, valid, s->length, zero), s->left);
    ir_store(e, zero, s->gone);
    ir_store(e, ir_i64(e, 0), s->rounds);
    ir_store(e, valid, s->fresh);
    look_again(s);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef open = LLVMBuildOr(
        e->b, sweep_is_positive(s, sweep_load(s, s->left)), spikes_at_once(s),
        "");
    open = LLVMBuildOr(e->b, open, wakes_at_once(s), "");
    ir_while_test(e, &loop, vmath_any(e->vmath, e->b, open));
    do_round(s);
    ir_while_end(e, &loop);
    tape_push_word(k, s->run, ir_load(e, e->i64, s->rounds));
}

// ---- arrivals --------------------------------------------------------------

static void receive(const Sweep *s, size_t index, LLVMValueRef row)
{
    Kernel *k = &s->n->k;
    Emit *e = k->e;
    const Projection *projection = tile_incoming(k, index);
    const Port *port = &k->plan->population->system->ports[projection->port];
    LLVMValueRef stride = ir_i64(
        e, kernel_stride(e, projection->weight->columns));
    LLVMValueRef weights = ir_at(
        e, e->real,
        kernel_parameter(k, s->run, RUN_parameters, projection->weight),
        LLVMBuildMul(e->b, row, stride, ""));
    LLVMValueRef x[NUMERIC_STATES], zero = kernel_zero(k);
    kernel_load_row(k, s->x, x);
    if (k->derived->ports[projection->port].reads_state) {
        TapeStep before = {x, zero, ir_i64(e, 0), ir_i64(e, 0), NULL, NULL};
        tape_push_step(k, s->run, &before);
    }
    Scope *scope = numeric_scope(s->n, s->parameters, x);
    LLVMValueRef at = ir_at(e, k->vector, weights, s->vector);
    scope_bind(scope, port->weight, ir_load_loose(e, k->vector, at));
    for (unsigned i = 0; i < k->n; i++) {
        x[i] = scope_lanes(scope, port->after[i]);
        grow_size(s, i, x[i]);
    }
    kernel_store_row(k, s->x, x);
}

static void receive_group(const Sweep *s, LLVMValueRef group)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    LLVMValueRef first = ir_run_get(e, s->run, RUN_group_first);
    LLVMValueRef rows = ir_run_get(e, s->run, RUN_arrival_row);
    LLVMValueRef origins = ir_run_get(e, s->run, RUN_arrival_projection);
    LLVMValueRef next = LLVMBuildAdd(e->b, group, ir_i64(e, 1), "");
    IrLoop loop = ir_loop_begin(e, tile_load_word(e, first, group),
                                tile_load_word(e, first, next));
    LLVMValueRef row = tile_load_word(e, rows, loop.index);
    LLVMValueRef origin = tile_load_word(e, origins, loop.index);
    for (size_t i = 0; tile_incoming(k, i); i++) {
        IrIf mine = ir_if_begin(e, LLVMBuildICmp(
            e->b, LLVMIntEQ, origin, ir_i64(e, (int64_t)i), ""));
        receive(s, i, row);
        ir_if_end(e, &mine);
    }
    ir_loop_end(e, &loop);
}

// ---- a sample --------------------------------------------------------------

static Sweep sweep_begin(Numeric *n)
{
    Kernel *k = &n->k;
    Emit *e = k->e;
    LLVMTypeRef types[] = {e->pointer, e->i64};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, "sweep"), e->i32,
                                       types, 2, false);
    Sweep s = {.n = n, .run = LLVMGetParam(f, 0), .vector = LLVMGetParam(f, 1)};
    s.parameters = kernel_scope(k, s.run, s.vector);
    s.x = numeric_row(n, "x", k->n);
    s.end = numeric_row(n, "end", k->n);
    s.at = numeric_row(n, "at", k->n);
    s.step = numeric_row(n, "step", 1);
    for (unsigned i = 0; i < k->n; i++) {
        s.size[i] = ir_slot(e, k->vector, "size");
        s.here.rate[i] = ir_slot(e, k->vector, "rate");
        s.here.driven[i] = ir_slot(e, k->vector, "driven");
    }
    s.here.guard = (NumericPoint){ir_slot(e, k->vector, "guard"),
                                  ir_slot(e, k->vector, "slope")};
    s.h = ir_slot(e, k->vector, "h");
    s.left = ir_slot(e, k->vector, "left");
    s.gone = ir_slot(e, k->vector, "gone");
    s.fresh = ir_slot(e, k->mask, "fresh");
    s.rounds = ir_slot(e, e->i64, "rounds");
    s.steps = ir_slot(e, e->i64, "steps");
    return s;
}

static void start(const Sweep *s)
{
    const Kernel *k = &s->n->k;
    Emit *e = k->e;
    const State *states = k->plan->population->system->states;
    LLVMValueRef x[NUMERIC_STATES];
    for (unsigned i = 0; i < k->n; i++) {
        x[i] = scope_lanes(s->parameters, states[i].initial);
        ir_store(e, absolute(s, x[i]), s->size[i]);
    }
    kernel_store_row(k, s->x, x);
    ir_store(e, constant(s, first_step * e->model->duration), s->h);
    ir_store(e, ir_i64(e, 0), s->steps);
    sweep_observe_start(s);
}

// What is observed, and the last states for the adjoint.
static void finish(const Sweep *s)
{
    Kernel *k = &s->n->k;
    unsigned index = 0;
    LLVMValueRef x[NUMERIC_STATES];
    kernel_load_row(k, s->x, x);
    TapeStep last = {x, kernel_zero(k), ir_i64(k->e, 0), ir_i64(k->e, 0), NULL,
                     NULL};
    tape_push_step(k, s->run, &last);
    LLVMValueRef steps = ir_load(k->e, k->e->i64, s->steps);
    ir_run_set(k->e, s->run, RUN_n_steps, LLVMBuildAdd(
        k->e->b, ir_run_get(k->e, s->run, RUN_n_steps), steps, ""));
    Scope *scope = numeric_scope(s->n, s->parameters, x);
    if (k->plan->n_peaks > 0)
        spike_write_observed(k, s->run, s->vector, index++, sweep_best(s));
    for (size_t i = 0; i < k->plan->n_finals; i++)
        spike_write_observed(k, s->run, s->vector, index++,
                             scope_lanes(scope, k->plan->finals[i]->value));
}

LLVMValueRef numeric_emit_forward(Numeric *n)
{
    Emit *e = n->k.e;
    Sweep s = sweep_begin(n);
    LLVMValueRef f = e->function;
    start(&s);
    LLVMValueRef groups = ir_run_get(e, s.run, RUN_n_groups);
    LLVMValueRef intervals = LLVMBuildAdd(e->b, groups, ir_i64(e, 1), "");
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), intervals);
    advance(&s, loop.index);
    if (tile_incoming(&n->k, 0)) {
        IrIf more = ir_if_begin(e, LLVMBuildICmp(e->b, LLVMIntSLT, loop.index,
                                                 groups, ""));
        receive_group(&s, loop.index);
        ir_if_end(e, &more);
    }
    ir_loop_end(e, &loop);
    finish(&s);
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
    return f;
}
