// Slow path of the forward kernel: a batch of neurons over one interval, spike
// by spike. Each round brings every flagged neuron to its next crossing (others
// by nothing), puts a step on the tape and resets; what is left of the interval
// follows in one piece.
#include "emit/kernel/batch.h"
#include "emit/kernel/crossing.h"
#include "emit/kernel/spike.h"
#include "emit/kernel/tape.h"
#include "snn/abi.h"

enum { MAX_SLOW_STATES = DERIVED_STATES_MAX,
       ENDLESS = 1 << 20 }; // spikes within one interval

typedef struct Slow {
    Kernel *k;
    Batch batch;
    LLVMValueRef run, interval;
    LLVMValueRef start;         // of the interval, f64 s
    Scope *parameters;
    LLVMValueRef x[MAX_SLOW_STATES];   // slots
    LLVMValueRef end[MAX_SLOW_STATES]; // slots: after what is left
    LLVMValueRef left, elapsed, active, steps; // slots
    LLVMValueRef decay;         // slot: LayerPlan.decay over what is left
    LLVMValueRef peaks[PEAK_FIELDS];   // slots: the observed maximum so far
} Slow;

static void load_row(const Slow *s, const LLVMValueRef *slots, LLVMValueRef *x)
{
    for (unsigned i = 0; i < s->k->n; i++)
        x[i] = ir_load(s->k->e, s->k->vector, slots[i]);
}

static void store_row(const Slow *s, const LLVMValueRef *x,
                      const LLVMValueRef *slots)
{
    for (unsigned i = 0; i < s->k->n; i++)
        ir_store(s->k->e, x[i], slots[i]);
}

static void advance_by(const Slow *s, const LLVMValueRef *x, LLVMValueRef h,
                       LLVMValueRef *out)
{
    const Kernel *k = s->k;
    Scope *scope = scope_open(k->e, s->parameters, k->e->real, k->lanes);
    kernel_bind_row(scope, k->derived->states, x, k->n);
    scope_bind(scope, k->derived->interval, h);
    for (unsigned i = 0; i < k->n; i++)
        out[i] = scope_lanes(scope, k->plan->advance[i]);
}

// The same by LayerPlan.decay over the time, where there is one.
static void decay_by(const Slow *s, const LLVMValueRef *x, LLVMValueRef h,
                     LLVMValueRef decay, LLVMValueRef *out)
{
    const Kernel *k = s->k;
    if (!decay) {
        advance_by(s, x, h, out);
        return;
    }
    Scope *scope = scope_open(k->e, s->parameters, k->e->real, k->lanes);
    kernel_bind_row(scope, k->derived->states, x, k->n);
    scope_bind(scope, k->plan->decay, decay);
    for (unsigned i = 0; i < k->n; i++)
        out[i] = scope_lanes(scope, k->plan->decay_advance[i]);
}

static LLVMValueRef decay_left(const Slow *s)
{
    return s->decay ? ir_load(s->k->e, s->k->vector, s->decay) : NULL;
}

// Takes the decay up to a crossing off what is left; by underflow both may be
// 0, and nothing is left.
static LLVMValueRef take_decay(const Slow *s, LLVMValueRef passed)
{
    const Kernel *k = s->k;
    Emit *e = k->e;
    if (!s->decay)
        return NULL;
    LLVMValueRef left = LLVMBuildFDiv(e->b, decay_left(s), passed, "");
    left = vmath_min(e->vmath, e->b, left, vmath_const(k->vector, 1));
    ir_store(e, left, s->decay);
    return left;
}

// ---- observed maximum ------------------------------------------------------

typedef struct Piece {
    const LLVMValueRef *states; // at its start
    LLVMValueRef length, active;
} Piece;

static void keep(const Slow *s, PeakField field, LLVMValueRef better,
                 LLVMValueRef value)
{
    const Kernel *k = s->k;
    LLVMValueRef old = ir_load(k->e, kernel_peak_type(k, field),
                               s->peaks[field]);
    ir_store(k->e, kernel_select(k, better, value, old), s->peaks[field]);
}

typedef enum { AT_START, INSIDE, AT_END } Place;

// The value a time h into the piece, if it is the greatest so far. A point at 0
// is none inside: there the end before it has been seen, with its slope.
static void observe_at(const Slow *s, const Piece *piece, LLVMValueRef h,
                       Place place)
{
    const Kernel *k = s->k;
    Emit *e = k->e;
    const DerivedObservable *o = k->plan->peaks[0].observable;
    LLVMValueRef x[MAX_SLOW_STATES], zero = kernel_zero(k), slope = zero;
    advance_by(s, piece->states, h, x);
    Scope *scope = scope_open(e, s->parameters, e->real, k->lanes);
    kernel_bind_row(scope, k->derived->states, x, k->n);
    LLVMValueRef value = scope_lanes(scope, o->value);
    LLVMValueRef best = ir_load(e, k->vector, s->peaks[PEAK_BEST]);
    LLVMValueRef better = LLVMBuildAnd(
        e->b, piece->active, LLVMBuildFCmp(e->b, LLVMRealOGT, value, best, ""),
        "");
    if (place == INSIDE)
        better = LLVMBuildAnd(
            e->b, better, LLVMBuildFCmp(e->b, LLVMRealOGT, h, zero, ""), "");
    if (place != INSIDE) {
        slope = scope_lanes(scope, o->slope);
        slope = place == AT_END ? vmath_max(e->vmath, e->b, slope, zero)
                                : vmath_min(e->vmath, e->b, slope, zero);
    }
    LLVMValueRef interval = LLVMBuildTrunc(e->b, s->interval, e->i32, "");
    LLVMValueRef step = LLVMBuildTrunc(e->b, ir_load(e, e->i64, s->steps),
                                       e->i32, "");
    keep(s, PEAK_BEST, better, value);
    keep(s, PEAK_TIME, better, h);
    keep(s, PEAK_SLOPE, better, slope);
    keep(s, PEAK_INTERVAL, better, kernel_splat(k, interval));
    keep(s, PEAK_STEP, better, kernel_splat(k, step));
}

typedef struct PeakVisit {
    const Slow *slow;
    const Piece *piece;
} PeakVisit;

static void observe_point(void *data, LLVMValueRef point)
{
    const PeakVisit *visit = data;
    observe_at(visit->slow, visit->piece, point, INSIDE);
}

static void observe_piece(const Slow *s, const Piece *piece)
{
    Kernel *k = s->k;
    LLVMValueRef end[MAX_SLOW_STATES];
    if (k->plan->n_peaks == 0)
        return;
    advance_by(s, piece->states, piece->length, end);
    CrossingInput in = {s->run, s->batch.vector, piece->states, end,
                        piece->length, piece->active, NULL,
                        ir_load(k->e, k->vector, s->peaks[PEAK_BEST])};
    PeakVisit visit = {s, piece};
    if (k->plan->peaks[0].observable->jumps)
        observe_at(s, piece, kernel_zero(k), AT_START);
    crossing_emit_points(k, &in, &k->plan->peaks[0].extrema, "peak",
                         observe_point, &visit);
    observe_at(s, piece, piece->length, AT_END);
}

// ---- spikes ----------------------------------------------------------------

// Lanes that the screen lets through, from both ends of what is left.
static LLVMValueRef screened(const Slow *s, const LLVMValueRef *x,
                             const LLVMValueRef *end, LLVMValueRef left,
                             LLVMValueRef decay)
{
    const Kernel *k = s->k;
    const Expr *screen = k->plan->screen;
    Scope *scope = scope_open(k->e, s->parameters, k->e->real, k->lanes);
    kernel_bind_row(scope, k->derived->states, x, k->n);
    kernel_bind_row(scope, k->plan->end_states, end, k->n);
    scope_bind(scope, k->derived->interval, left);
    if (decay && k->plan->decay_screen) {
        scope_bind(scope, k->plan->decay, decay);
        screen = k->plan->decay_screen;
    }
    return scope_mask(scope, screen);
}

// One round: spikes of the lanes in `crossing`; then the rest of the interval.
static void spike(const Slow *s, const LLVMValueRef *x, Crossing crossing)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    LLVMValueRef at[MAX_SLOW_STATES], after[MAX_SLOW_STATES],
        end[MAX_SLOW_STATES], old[MAX_SLOW_STATES];
    LLVMValueRef bits = vmath_bitmask(e->vmath, e->b, crossing.found);
    LLVMValueRef steps = ir_load(e, e->i64, s->steps);
    LLVMValueRef endless = LLVMBuildICmp(e->b, LLVMIntSGE, steps,
                                         ir_i64(e, ENDLESS), "");
    spike_stop_if(k, s->run, s->batch.vector, endless, bits, s->start,
                  SNN_RUNAWAY);
    Piece piece = {x, crossing.time, crossing.found};
    observe_piece(s, &piece);
    decay_by(s, x, crossing.time, crossing.decay, at);
    for (unsigned i = 0; i < k->n; i++)
        at[i] = kernel_select(k, crossing.found, at[i], x[i]);
    LLVMValueRef elapsed = LLVMBuildFAdd(
        e->b, ir_load(e, k->vector, s->elapsed), crossing.time, "");
    LLVMValueRef left = LLVMBuildFSub(
        e->b, ir_load(e, k->vector, s->left), crossing.time, "");
    left = vmath_max(e->vmath, e->b, left, kernel_zero(k));
    TapeStep step = {at, crossing.time, bits,
                     vmath_bitmask(e->vmath, e->b, crossing.at_once), NULL,
                     NULL};
    tape_push_step(k, s->run, &step);
    spike_record(k, s->run, s->batch.vector, bits, s->start, elapsed);
    spike_reset(k, s->parameters, at, crossing.found, after);
    LLVMValueRef decay = take_decay(s, crossing.decay);
    decay_by(s, after, left, decay, end);
    LLVMValueRef again = screened(s, after, end, left, decay);
    load_row(s, s->end, old);
    for (unsigned i = 0; i < k->n; i++)
        end[i] = kernel_select(k, crossing.found, end[i], old[i]);
    store_row(s, after, s->x);
    store_row(s, end, s->end);
    ir_store(e, elapsed, s->elapsed);
    ir_store(e, left, s->left);
    ir_store(e, LLVMBuildAnd(e->b, again, crossing.found, ""), s->active);
    ir_store(e, LLVMBuildAdd(e->b, steps, ir_i64(e, 1), ""), s->steps);
}

static void spike_all(const Slow *s)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    LLVMValueRef x[MAX_SLOW_STATES], end[MAX_SLOW_STATES];
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef active = ir_load(e, k->mask, s->active);
    ir_while_test(e, &loop, vmath_any(e->vmath, e->b, active));
    load_row(s, s->x, x);
    load_row(s, s->end, end);
    CrossingInput in = {s->run, s->batch.vector, x, end,
                        ir_load(e, k->vector, s->left), active, decay_left(s),
                        NULL};
    Crossing crossing = crossing_emit_first(k, &in);
    ir_store(e, LLVMConstNull(k->mask), s->active);
    IrIf found = ir_if_begin(e, vmath_any(e->vmath, e->b, crossing.found));
    spike(s, x, crossing);
    ir_if_end(e, &found);
    ir_while_end(e, &loop);
}

// ---- begin and end ---------------------------------------------------------

static void load_peaks(Slow *s)
{
    Kernel *k = s->k;
    for (int f = 0; k->plan->n_peaks > 0 && f < PEAK_FIELDS; f++) {
        LLVMTypeRef type = kernel_peak_type(k, f);
        s->peaks[f] = ir_slot(k->e, type, "peak");
        ir_store(k->e, batch_load(k, &s->batch, type,
                                  kernel_peaks(k, s->run, f),
                                  LLVMConstNull(type)), s->peaks[f]);
    }
}

static void store_peaks(const Slow *s)
{
    const Kernel *k = s->k;
    LLVMValueRef rows[PEAK_FIELDS], values[PEAK_FIELDS];
    if (k->plan->n_peaks == 0)
        return;
    for (int f = 0; f < PEAK_FIELDS; f++) {
        rows[f] = kernel_peaks(k, s->run, f);
        values[f] = ir_load(k->e, kernel_peak_type(k, f), s->peaks[f]);
    }
    batch_store(k, &s->batch, rows, values, PEAK_FIELDS);
}

// The decay over the interval is one of its scalars already, as a rule.
static LLVMValueRef whole_decay(const Slow *s, LLVMValueRef length)
{
    const Kernel *k = s->k;
    Emit *e = k->e;
    const EventScalars *known = &k->plan->forward;
    for (size_t i = 0; i < known->count; i++)
        if (known->scalars[i] == k->plan->decay_exponential)
            return kernel_scalar(k, s->run, (unsigned)i + 1, s->interval);
    LLVMValueRef rate = vmath_const(LLVMTypeOf(length), -k->plan->decay_rate);
    return vmath_exp(e->vmath, e->b, LLVMBuildFMul(e->b, length, rate, ""));
}

static void start_decay(Slow *s, LLVMValueRef length)
{
    const Kernel *k = s->k;
    Emit *e = k->e;
    if (!k->plan->crossing.decay)
        return;
    LLVMValueRef decay = whole_decay(s, length);
    s->decay = ir_slot(e, k->vector, "decay");
    ir_store(e, kernel_splat(k, decay), s->decay);
}

// int32 spikes(run, neurons, count, active lanes as bits, interval)
static Slow slow_begin(Kernel *k)
{
    Emit *e = k->e;
    LLVMTypeRef types[] = {e->pointer, e->pointer, e->i64, e->i64, e->i64};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, "spikes"), e->i32,
                                       types, 5, false);
    LLVMValueRef x[MAX_SLOW_STATES], end[MAX_SLOW_STATES];
    Slow s = {.k = k, .run = LLVMGetParam(f, 0),
              .interval = LLVMGetParam(f, 4)};
    s.batch = batch_make(k, s.run, LLVMGetParam(f, 1), LLVMGetParam(f, 2));
    s.start = kernel_start(k, s.run, s.interval);
    s.parameters = kernel_scope(k, s.run, s.batch.vector);
    batch_load_states(k, &s.batch, kernel_start_states(k, s.run, s.interval),
                      x);
    batch_load_states(k, &s.batch, kernel_part(k, s.run, PART_STATES), end);
    for (unsigned i = 0; i < k->n; i++) {
        s.x[i] = ir_slot(e, k->vector, "x");
        s.end[i] = ir_slot(e, k->vector, "end");
    }
    store_row(&s, x, s.x);
    store_row(&s, end, s.end);
    s.left = ir_slot(e, k->vector, "left");
    s.elapsed = ir_slot(e, k->vector, "elapsed");
    s.active = ir_slot(e, k->mask, "active");
    s.steps = ir_slot(e, e->i64, "steps");
    LLVMValueRef length = ir_load(e, e->real, ir_at(
        e, e->real, kernel_scalars(k, s.run), s.interval));
    ir_store(e, kernel_splat(k, length), s.left);
    start_decay(&s, length);
    ir_store(e, kernel_zero(k), s.elapsed);
    ir_store(e, ir_i64(e, 0), s.steps);
    LLVMValueRef flagged = kernel_mask_of_bits(k, LLVMGetParam(f, 3));
    ir_store(e, LLVMBuildAnd(e->b, flagged, s.batch.valid, ""), s.active);
    load_peaks(&s);
    return s;
}

void kernel_emit_slow_forward(Kernel *k)
{
    Emit *e = k->e;
    LLVMValueRef x[MAX_SLOW_STATES], end[MAX_SLOW_STATES];
    Slow s = slow_begin(k);
    k->slow_forward = e->function;
    if (k->derived->crossing.n > 0)
        spike_all(&s);
    load_row(&s, s.x, x);
    LLVMValueRef left = ir_load(e, k->vector, s.left);
    Piece last = {x, left, s.batch.valid};
    observe_piece(&s, &last);
    store_peaks(&s);
    LLVMValueRef steps = ir_load(e, e->i64, s.steps);
    IrIf spiked = ir_if_begin(e, LLVMBuildICmp(e->b, LLVMIntNE, steps,
                                               ir_i64(e, 0), ""));
    load_row(&s, s.end, end);
    batch_store_states(k, &s.batch, kernel_part(k, s.run, PART_STATES), end);
    tape_push_header(k, s.run, s.interval, &s.batch, left, steps);
    ir_if_end(e, &spiked);
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
}
