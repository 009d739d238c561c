// Forward kernel: from one group of arrivals to the next. A sweep over the
// tiles applies the arrivals, advances the states over the interval and screens
// them; neurons that may spike, or whose observed maximum may lie inside, are
// listed and go in batches through the slow path (spike_forward.c).
#include "emit/kernel/batch.h"
#include "emit/kernel/spike.h"
#include "emit/kernel/tape.h"
#include "emit/kernel/tile.h"

typedef struct Forward {
    Kernel *k;
    LLVMValueRef run;
    Scope *shared;              // parameters that all neurons share
    LLVMValueRef *weights;      // [incoming projections] arrays
    LLVMValueRef states, list;  // scratch memory
    LLVMValueRef n_listed;      // slot, i64
    // The interval at hand:
    LLVMValueRef interval, begin, end; // and its first arrivals
    LLVMValueRef start;         // rows of start states
    Scope *event;               // its scalars
} Forward;

// ---- start -----------------------------------------------------------------

static void start_peak(const Tile *t, unsigned v, Scope *scope)
{
    const Kernel *k = t->k;
    Emit *e = k->e;
    if (k->plan->n_peaks == 0)
        return;
    for (int f = 0; f < PEAK_FIELDS; f++)
        ir_store(e, LLVMConstNull(kernel_peak_type(k, f)), t->peaks[v][f]);
    ir_store(e, scope_lanes(scope, k->plan->peaks[0].start),
             t->peaks[v][PEAK_BEST]);
}

static void start_states(const Tile *t)
{
    const Kernel *k = t->k;
    const State *states = k->plan->population->system->states;
    for (unsigned v = 0; v < t->count; v++) {
        LLVMValueRef x[MAX_STATES];
        for (unsigned i = 0; i < k->n; i++)
            x[i] = scope_lanes(t->scopes[v], states[i].initial);
        tile_set(t, v, x);
        Scope *scope = scope_open(k->e, t->scopes[v], k->e->real, k->lanes);
        kernel_bind_row(scope, k->derived->states, x, k->n);
        start_peak(t, v, scope);
    }
}

static void start_tile(void *context, unsigned count, LLVMValueRef first)
{
    const Forward *f = context;
    Tile t = tile_new(f->k, f->run, f->shared, count, first);
    start_states(&t);
    tile_store_states(&t, f->states);
    tile_store_peaks(&t);
}

// ---- arrivals --------------------------------------------------------------

typedef struct Receiving {
    const Forward *f;
    const Tile *t;
    LLVMValueRef *sums;         // [ports * count] slots, where weights add up
} Receiving;

static LLVMValueRef *sum_slot(const Receiving *r, uint32_t port, unsigned v)
{
    return &r->sums[port * r->t->count + v];
}

static void jump(const Receiving *r, uint32_t port, unsigned v,
                 LLVMValueRef weight)
{
    const Kernel *k = r->f->k;
    const Port *p = &k->plan->population->system->ports[port];
    LLVMValueRef x[MAX_STATES], after[MAX_STATES];
    Scope *scope = scope_open(k->e, r->t->scopes[v], k->e->real, k->lanes);
    tile_get(r->t, v, x);
    kernel_bind_row(scope, k->derived->states, x, k->n);
    scope_bind(scope, p->weight, weight);
    for (unsigned i = 0; i < k->n; i++)
        after[i] = scope_lanes(scope, p->after[i]);
    tile_set(r->t, v, after);
}

static void receive_one(void *context, size_t projection, LLVMValueRef row,
                        LLVMValueRef at)
{
    const Receiving *r = context;
    const Kernel *k = r->f->k;
    Emit *e = k->e;
    uint32_t port = tile_incoming(k, projection)->port;
    LLVMValueRef weights = tile_row(k, projection, r->f->weights[projection],
                                    row);
    (void)at;
    for (unsigned v = 0; v < r->t->count; v++) {
        LLVMValueRef w = ir_load_loose(
            e, k->vector, ir_at(e, k->vector, weights, tile_vector(r->t, v)));
        LLVMValueRef slot = *sum_slot(r, port, v);
        if (slot)
            ir_store(e, LLVMBuildFAdd(e->b, ir_load(e, k->vector, slot), w, ""),
                     slot);
        else
            jump(r, port, v, w);
    }
}

static void receive(const Forward *f, const Tile *t)
{
    const Kernel *k = f->k;
    Emit *e = k->e;
    uint32_t n_ports = (uint32_t)k->plan->population->system->n_ports;
    Receiving r = {f, t, ARENA_ARRAY(e->arena, LLVMValueRef,
                                     (size_t)n_ports * t->count + 1)};
    if (!tile_incoming(k, 0))
        return;
    for (uint32_t p = 0; p < n_ports; p++)
        for (unsigned v = 0; k->plan->merges[p] && v < t->count; v++) {
            *sum_slot(&r, p, v) = ir_slot(e, k->vector, "sum");
            ir_store(e, kernel_zero(k), *sum_slot(&r, p, v));
        }
    IrLoop loop = ir_loop_begin(e, f->begin, f->end);
    tile_each_origin(k, f->run, loop.index, receive_one, &r);
    ir_loop_end(e, &loop);
    for (uint32_t p = 0; p < n_ports; p++)
        for (unsigned v = 0; k->plan->merges[p] && v < t->count; v++)
            jump(&r, p, v, ir_load(e, k->vector, *sum_slot(&r, p, v)));
}

// ---- observed maximum ------------------------------------------------------

static void keep_better(const Tile *t, unsigned v, LLVMValueRef better,
                        PeakField field, LLVMValueRef value)
{
    Emit *e = t->k->e;
    LLVMValueRef slot = t->peaks[v][field];
    LLVMValueRef old = ir_load(e, kernel_peak_type(t->k, field), slot);
    ir_store(e, kernel_select(t->k, better, value, old), slot);
}

// The value at one end of the interval, if it is the greatest so far, for lanes
// that are not on the slow path.
static void observe_end(const Forward *f, const Tile *t, unsigned v,
                        Scope *scope, LLVMValueRef flagged, bool at_start)
{
    const Kernel *k = t->k;
    Emit *e = k->e;
    const PeakPlan *peak = &k->plan->peaks[0];
    LLVMValueRef value = scope_lanes(scope, at_start ? peak->start : peak->end);
    LLVMValueRef best = ir_load(e, k->vector, t->peaks[v][PEAK_BEST]);
    LLVMValueRef better = LLVMBuildFCmp(e->b, LLVMRealOGT, value, best, "");
    better = LLVMBuildAnd(e->b, better, LLVMBuildNot(e->b, flagged, ""), "");
    LLVMValueRef zero = kernel_zero(k);
    LLVMValueRef length = zero, slope;
    if (at_start) {
        slope = vmath_min(e->vmath, e->b,
                          scope_lanes(scope, peak->start_slope), zero);
    } else {
        LLVMValueRef h = ir_at(e, e->real, kernel_scalars(k, f->run),
                               f->interval);
        length = kernel_splat(k, ir_load(e, e->real, h));
        slope = vmath_max(e->vmath, e->b,
                          scope_lanes(scope, peak->end_slope), zero);
    }
    LLVMValueRef interval = LLVMBuildTrunc(e->b, f->interval, e->i32, "");
    keep_better(t, v, better, PEAK_BEST, value);
    keep_better(t, v, better, PEAK_TIME, length);
    keep_better(t, v, better, PEAK_SLOPE, slope);
    keep_better(t, v, better, PEAK_INTERVAL, kernel_splat(k, interval));
    keep_better(t, v, better, PEAK_STEP, LLVMConstNull(k->ints));
}

// ---- an interval -----------------------------------------------------------

// Advances vector v over the interval; returns its lanes for the slow path, or
// NULL when there never are any.
static LLVMValueRef advance(const Forward *f, const Tile *t, unsigned v)
{
    const Kernel *k = f->k;
    Emit *e = k->e;
    const LayerPlan *plan = k->plan;
    LLVMValueRef x[MAX_STATES], end[MAX_STATES], mask = NULL;
    Scope *scope = scope_open(e, t->scopes[v], e->real, k->lanes);
    tile_get(t, v, x);
    kernel_bind_row(scope, k->derived->states, x, k->n);
    for (unsigned i = 0; i < k->n; i++)
        end[i] = scope_lanes(scope, plan->fast_advance[i]);
    kernel_bind_row(scope, plan->end_states, end, k->n);
    if (plan->may_spike)
        mask = scope_mask(scope, plan->may_spike);
    if (plan->n_peaks > 0) {
        const PeakPlan *peak = &plan->peaks[0];
        scope_bind(scope, peak->best,
                   ir_load(e, k->vector, t->peaks[v][PEAK_BEST]));
        LLVMValueRef inside = scope_mask(scope, peak->may_peak);
        mask = mask ? LLVMBuildOr(e->b, mask, inside, "") : inside;
        if (peak->observable->jumps)
            observe_end(f, t, v, scope, mask, true);
        observe_end(f, t, v, scope, mask, false);
    }
    tile_set(t, v, end);
    return mask;
}

static void return_failure(Emit *e, LLVMValueRef status)
{
    ir_return_if(e, LLVMBuildICmp(e->b, LLVMIntNE, status, ir_i32(e, 0), ""),
                 status);
}

static void sweep_tile(void *context, unsigned count, LLVMValueRef first)
{
    const Forward *f = context;
    const Kernel *k = f->k;
    Emit *e = k->e;
    LLVMValueRef word = NULL;
    Tile t = tile_new(f->k, f->run, f->event, count, first);
    tile_load_states(&t, f->states);
    tile_load_peaks(&t);
    receive(f, &t);
    tile_store_states(&t, f->start);
    for (unsigned v = 0; v < count; v++) {
        LLVMValueRef mask = advance(f, &t, v);
        if (!mask)
            continue;
        if (e->target->has_compress) {
            LLVMValueRef valid = tile_valid(&t, v);
            if (valid)
                mask = LLVMBuildAnd(e->b, mask, valid, "");
            batch_list_lanes(k, f->list, f->n_listed, first, v, mask);
            continue;
        }
        LLVMValueRef bits = vmath_bitmask(e->vmath, e->b, mask);
        bits = LLVMBuildShl(e->b, bits, ir_i64(e, (int64_t)v * k->lanes), "");
        word = word ? LLVMBuildOr(e->b, word, bits, "") : bits;
    }
    tile_store_states(&t, f->states);
    tile_store_peaks(&t);
    if (word)
        batch_list(k, f->list, f->n_listed, first, word);
}

static void run_batch(void *context, LLVMValueRef neurons, LLVMValueRef count)
{
    const Forward *f = context;
    Emit *e = f->k->e;
    LLVMValueRef args[] = {f->run, neurons, count, ir_i64(e, -1), f->interval};
    return_failure(e, ir_call(e, f->k->slow_forward, args, 5));
}

// The only vector: in registers, but for the slow path.
static void sweep_resident(const Forward *f, const Tile *t)
{
    const Kernel *k = f->k;
    Emit *e = k->e;
    LLVMValueRef x[MAX_STATES];
    receive(f, t);
    tile_get(t, 0, x);
    if (k->plan->traces_states)
        tile_store_states(t, f->start);
    LLVMValueRef mask = advance(f, t, 0);
    if (!mask)
        return;
    LLVMValueRef end[MAX_STATES];
    IrIf slow = ir_if_rarely(e, vmath_any(e->vmath, e->b, mask));
    LLVMValueRef bits = vmath_bitmask(e->vmath, e->b, mask);
    tile_get(t, 0, end);
    tile_store_states(t, f->states);
    tile_set(t, 0, x);
    tile_store_states(t, f->start);
    tile_store_peaks(t);
    LLVMValueRef args[] = {f->run, LLVMConstNull(e->pointer),
                           ir_i64(e, k->plan->population->size), bits,
                           f->interval};
    return_failure(e, ir_call(e, k->slow_forward, args, 5));
    tile_load_states(t, f->states);
    tile_load_peaks(t);
    ir_if_end(e, &slow);
}

// ---- end -------------------------------------------------------------------

static void finish(const Tile *t)
{
    const Kernel *k = t->k;
    Emit *e = k->e;
    for (unsigned v = 0; v < t->count; v++) {
        LLVMValueRef x[MAX_STATES];
        Scope *scope = scope_open(e, t->scopes[v], e->real, k->lanes);
        tile_get(t, v, x);
        kernel_bind_row(scope, k->derived->states, x, k->n);
        unsigned index = 0;
        if (k->plan->n_peaks > 0)
            spike_write_observed(
                k, t->run, tile_vector(t, v), index++,
                ir_load(e, k->vector, t->peaks[v][PEAK_BEST]));
        for (size_t i = 0; i < k->plan->n_finals; i++)
            spike_write_observed(
                k, t->run, tile_vector(t, v), index++,
                scope_lanes(scope, k->plan->finals[i]->value));
    }
}

static void finish_tile(void *context, unsigned count, LLVMValueRef first)
{
    const Forward *f = context;
    Tile t = tile_new(f->k, f->run, f->shared, count, first);
    tile_load_states(&t, f->states);
    tile_load_peaks(&t);
    finish(&t);
}

// ---- all of it -------------------------------------------------------------

static IrLoop begin_interval(Forward *f)
{
    const Kernel *k = f->k;
    Emit *e = k->e;
    LLVMValueRef groups = ir_run_get(e, f->run, RUN_n_groups);
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                LLVMBuildAdd(e->b, groups, ir_i64(e, 1), ""));
    f->interval = loop.index;
    f->begin = tile_group_begin(k, f->run, loop.index);
    f->end = tile_group_end(k, f->run, loop.index);
    f->start = kernel_start_states(k, f->run, loop.index);
    f->event = tile_event_scope(k, f->run, f->shared, &k->plan->forward, 1,
                                loop.index);
    return loop;
}

static void run_resident(const Forward *from)
{
    Emit *e = from->k->e;
    Forward f = *from;
    Tile t = tile_new(f.k, f.run, f.shared, 1, ir_i64(e, 0));
    Scope *parameters = t.scopes[0];
    start_states(&t);
    f.shared = parameters;
    IrLoop loop = begin_interval(&f);
    t.scopes[0] = f.event;
    sweep_resident(&f, &t);
    ir_loop_end(e, &loop);
    t.scopes[0] = parameters;
    tile_store_peaks(&t); // for backward
    finish(&t);
}

static void run_tiles(Forward *f)
{
    Kernel *k = f->k;
    Emit *e = k->e;
    tile_each(k, start_tile, f);
    IrLoop loop = begin_interval(f);
    ir_store(e, ir_i64(e, 0), f->n_listed);
    tile_each(k, sweep_tile, f);
    batch_each(k, f->list, ir_load(e, e->i64, f->n_listed), run_batch, f);
    ir_loop_end(e, &loop);
    if (k->plan->n_peaks > 0 || k->plan->n_finals > 0)
        tile_each(k, finish_tile, f);
}

LLVMValueRef kernel_emit_forward(Kernel *k)
{
    Emit *e = k->e;
    LLVMValueRef prepare = kernel_emit_prepare(k);
    LLVMTypeRef types[] = {e->pointer};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, "forward"), e->i32,
                                       types, 1, false);
    LLVMValueRef run = LLVMGetParam(f, 0), zero = ir_i64(e, 0);
    ir_run_set(e, run, RUN_tape_used, zero);
    ir_run_set(e, run, RUN_spike_count, zero);
    ir_run_set(e, run, RUN_n_grazing, zero);
    ir_call(e, prepare, &run, 1);
    Forward forward = {
        .k = k, .run = run, .shared = kernel_shared_scope(k, run),
        .weights = tile_arrays(k, run, RUN_parameters),
        .states = kernel_part(k, run, PART_STATES),
        .list = kernel_part(k, run, PART_LIST),
        .n_listed = ir_slot(e, e->i64, "listed"),
    };
    if (tile_is_resident(k))
        run_resident(&forward);
    else
        run_tiles(&forward);
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
    return f;
}
