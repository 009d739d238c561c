// Forward kernel: a tile of vectors of neurons stays in registers while the
// arrivals of a sample pass by. Where a neuron of a vector may spike, or an
// observed maximum may lie inside, that vector takes the slow path
// (spike_forward.c) for the interval.
#include "emit/kernel/spike.h"
#include "emit/kernel/tile.h"

// ---- start -----------------------------------------------------------------

static void start_peak(const Tile *t, unsigned v, Scope *scope)
{
    const Kernel *k = t->k;
    Emit *e = k->e;
    if (k->plan->n_peaks == 0)
        return;
    for (int f = 0; f < PEAK_FIELDS; f++) {
        t->peaks[v][f] = ir_slot(e, kernel_peak_type(k, f), "peak");
        ir_store(e, LLVMConstNull(kernel_peak_type(k, f)), t->peaks[v][f]);
    }
    ir_store(e, scope_lanes(scope, k->plan->peaks[0].start),
             t->peaks[v][PEAK_BEST]);
}

static void start_states(const Tile *t)
{
    const Kernel *k = t->k;
    const State *states = k->plan->population->system->states;
    for (unsigned v = 0; v < t->count; v++) {
        LLVMValueRef x[MAX_STATES];
        for (unsigned i = 0; i < k->n; i++) {
            x[i] = scope_lanes(t->scopes[v], states[i].initial);
            t->x[v][i] = ir_slot(k->e, k->vector, states[i].name);
            ir_store(k->e, x[i], t->x[v][i]);
        }
        Scope *scope = scope_open(k->e, t->scopes[v], k->e->real, k->lanes);
        kernel_bind_row(scope, k->derived->states, x, k->n);
        start_peak(t, v, scope);
    }
}

// ---- an interval -----------------------------------------------------------

typedef struct Interval {
    LLVMValueRef index;
    Scope **scopes;             // [count] states, end states, scalars
    LLVMValueRef *mask;         // [count] lanes for the slow path, or NULL
    LLVMValueRef (*end)[MAX_STATES];
} Interval;

static void trace_states(const Tile *t, const Interval *in, unsigned v,
                         const LLVMValueRef *x)
{
    const Kernel *k = t->k;
    Emit *e = k->e;
    if (!k->plan->traces_states)
        return;
    LLVMValueRef at = kernel_trace(k, t->run, in->index, tile_vector(t, v));
    for (unsigned i = 0; i < k->n; i++)
        ir_store_loose(e, x[i], ir_at(e, e->real, at,
                                      ir_i64(e, (int64_t)i * k->padded)));
}

static LLVMValueRef join(Emit *e, LLVMValueRef a, LLVMValueRef b)
{
    return a ? LLVMBuildOr(e->b, a, b, "") : b;
}

static void advance_vector(const Tile *t, Interval *in, unsigned v)
{
    const Kernel *k = t->k;
    Emit *e = k->e;
    const LayerPlan *plan = k->plan;
    Scope *scope = scope_open(e, t->scopes[v], e->real, k->lanes);
    LLVMValueRef x[MAX_STATES];
    for (unsigned i = 0; i < k->n; i++)
        x[i] = ir_load(e, k->vector, t->x[v][i]);
    trace_states(t, in, v, x);
    kernel_bind_row(scope, k->derived->states, x, k->n);
    tile_bind_scalars(t, scope, &plan->forward, 1, in->index);
    for (unsigned i = 0; i < k->n; i++)
        in->end[v][i] = scope_lanes(scope, plan->fast_advance[i]);
    kernel_bind_row(scope, plan->end_states, in->end[v], k->n);
    if (plan->may_spike)
        in->mask[v] = scope_mask(scope, plan->may_spike);
    if (plan->n_peaks > 0) {
        scope_bind(scope, plan->peaks[0].best,
                   ir_load(e, k->vector, t->peaks[v][PEAK_BEST]));
        in->mask[v] = join(e, in->mask[v],
                           scope_mask(scope, plan->peaks[0].may_peak));
    }
    in->scopes[v] = scope;
}

// Flagged vectors go through memory; the others keep their end states.
static void take_slow_path(const Tile *t, const Interval *in)
{
    Kernel *k = t->k;
    Emit *e = k->e;
    for (unsigned v = 0; v < t->count; v++) {
        LLVMValueRef slot = ir_at(e, e->i64, t->masks, ir_i64(e, v));
        LLVMValueRef bits = vmath_bitmask(e->vmath, e->b, in->mask[v]);
        ir_store(e, bits, slot);
        IrIf flagged = ir_if_begin(
            e, LLVMBuildICmp(e->b, LLVMIntNE, bits, ir_i64(e, 0), ""));
        LLVMValueRef x[MAX_STATES], buffer = tile_buffer(t, ir_i64(e, v));
        for (unsigned i = 0; i < k->n; i++)
            x[i] = ir_load(e, k->vector, t->x[v][i]);
        kernel_store_row(k, buffer, x);
        tile_move_peaks(t, v, true);
        LLVMValueRef args[] = {t->run, tile_vector(t, v), in->index, bits,
                               buffer};
        LLVMValueRef status = ir_call(e, k->slow_forward, args, 5);
        LLVMValueRef failed =
            LLVMBuildICmp(e->b, LLVMIntNE, status, ir_i32(e, 0), "");
        ir_return_if(e, failed, status);
        kernel_load_row(k, buffer, x);
        for (unsigned i = 0; i < k->n; i++)
            ir_store(e, x[i], t->x[v][i]);
        tile_move_peaks(t, v, false);
        ir_else(e, &flagged);
        for (unsigned i = 0; i < k->n; i++)
            ir_store(e, in->end[v][i], t->x[v][i]);
        ir_if_end(e, &flagged);
    }
}

static void keep_better(const Tile *t, unsigned v, LLVMValueRef better,
                        PeakField field, LLVMValueRef value)
{
    Emit *e = t->k->e;
    LLVMValueRef slot = t->peaks[v][field];
    LLVMValueRef old = ir_load(e, kernel_peak_type(t->k, field), slot);
    ir_store(e, kernel_select(t->k, better, value, old), slot);
}

// The value at one end of the interval, if it is the greatest so far.
static void observe_end(const Tile *t, const Interval *in, unsigned v,
                        Scope *scope, bool at_start)
{
    const Kernel *k = t->k;
    Emit *e = k->e;
    const PeakPlan *peak = &k->plan->peaks[0];
    LLVMValueRef value = scope_lanes(scope, at_start ? peak->start : peak->end);
    LLVMValueRef best = ir_load(e, k->vector, t->peaks[v][PEAK_BEST]);
    LLVMValueRef better = LLVMBuildFCmp(e->b, LLVMRealOGT, value, best, "");
    LLVMValueRef zero = kernel_zero(k);
    LLVMValueRef length = zero, slope;
    if (at_start) {
        slope = vmath_min(e->vmath, e->b,
                          scope_lanes(scope, peak->start_slope), zero);
    } else {
        LLVMValueRef h = ir_at(e, e->real, t->scalars, in->index);
        length = kernel_splat(k, ir_load(e, e->real, h));
        slope = vmath_max(e->vmath, e->b,
                          scope_lanes(scope, peak->end_slope), zero);
    }
    LLVMValueRef interval = LLVMBuildTrunc(e->b, in->index, e->i32, "");
    keep_better(t, v, better, PEAK_BEST, value);
    keep_better(t, v, better, PEAK_TIME, length);
    keep_better(t, v, better, PEAK_SLOPE, slope);
    keep_better(t, v, better, PEAK_INTERVAL, kernel_splat(k, interval));
    keep_better(t, v, better, PEAK_STEP, LLVMConstNull(k->ints));
}

static void observe_vector(const Tile *t, const Interval *in, unsigned v)
{
    const Kernel *k = t->k;
    Emit *e = k->e;
    if (k->plan->n_peaks == 0)
        return;
    if (k->plan->peaks[0].observable->jumps)
        observe_end(t, in, v, in->scopes[v], true);
    LLVMValueRef x[MAX_STATES];
    Scope *scope = scope_open(e, t->scopes[v], e->real, k->lanes);
    for (unsigned i = 0; i < k->n; i++)
        x[i] = ir_load(e, k->vector, t->x[v][i]);
    kernel_bind_row(scope, k->plan->end_states, x, k->n);
    observe_end(t, in, v, scope, false);
}

static void advance(const Tile *t, LLVMValueRef index)
{
    Emit *e = t->k->e;
    Interval in = {index, ARENA_ARRAY(e->arena, Scope *, t->count),
                   ARENA_ARRAY(e->arena, LLVMValueRef, t->count),
                   arena_alloc(e->arena, t->count * sizeof *in.end)};
    LLVMValueRef any = NULL;
    for (unsigned v = 0; v < t->count; v++) {
        advance_vector(t, &in, v);
        if (in.mask[v])
            any = join(e, any, in.mask[v]);
    }
    IrIf slow = {0};
    if (any) {
        slow = ir_if_rarely(e, vmath_any(e->vmath, e->b, any));
        take_slow_path(t, &in);
        ir_else(e, &slow);
    }
    for (unsigned v = 0; v < t->count; v++)
        for (unsigned i = 0; i < t->k->n; i++)
            ir_store(e, in.end[v][i], t->x[v][i]);
    if (any)
        ir_if_end(e, &slow);
    for (unsigned v = 0; v < t->count; v++)
        observe_vector(t, &in, v);
}

// ---- arrivals --------------------------------------------------------------

static void receive(const Tile *t, size_t index, LLVMValueRef row)
{
    const Kernel *k = t->k;
    Emit *e = k->e;
    const Projection *projection = tile_incoming(k, index);
    const Port *port = &k->plan->population->system->ports[projection->port];
    LLVMValueRef stride = ir_i64(
        e, kernel_stride(e, projection->weight->columns));
    LLVMValueRef weights = ir_at(e, e->real, t->weights[index],
                                 LLVMBuildMul(e->b, row, stride, ""));
    for (unsigned v = 0; v < t->count; v++) {
        Scope *scope = scope_open(e, t->scopes[v], e->real, k->lanes);
        LLVMValueRef x[MAX_STATES];
        for (unsigned i = 0; i < k->n; i++)
            x[i] = ir_load(e, k->vector, t->x[v][i]);
        kernel_bind_row(scope, k->derived->states, x, k->n);
        LLVMValueRef at = ir_at(e, k->vector, weights, tile_vector(t, v));
        scope_bind(scope, port->weight, ir_load_loose(e, k->vector, at));
        for (unsigned i = 0; i < k->n; i++)
            ir_store(e, scope_lanes(scope, port->after[i]), t->x[v][i]);
    }
}

static void receive_group(const Tile *t, LLVMValueRef group)
{
    Emit *e = t->k->e;
    LLVMValueRef first = ir_run_get(e, t->run, RUN_group_first);
    LLVMValueRef rows = ir_run_get(e, t->run, RUN_arrival_row);
    LLVMValueRef origins = ir_run_get(e, t->run, RUN_arrival_projection);
    LLVMValueRef next = LLVMBuildAdd(e->b, group, ir_i64(e, 1), "");
    IrLoop loop = ir_loop_begin(e, tile_load_word(e, first, group),
                                tile_load_word(e, first, next));
    LLVMValueRef row = tile_load_word(e, rows, loop.index);
    if (!tile_incoming(t->k, 1)) {
        receive(t, 0, row);
    } else {
        LLVMValueRef origin = tile_load_word(e, origins, loop.index);
        for (size_t i = 0; tile_incoming(t->k, i); i++) {
            IrIf mine = ir_if_begin(e, LLVMBuildICmp(
                e->b, LLVMIntEQ, origin, ir_i64(e, (int64_t)i), ""));
            receive(t, i, row);
            ir_if_end(e, &mine);
        }
    }
    ir_loop_end(e, &loop);
}

// ---- end -------------------------------------------------------------------

static void finish(const Tile *t)
{
    const Kernel *k = t->k;
    Emit *e = k->e;
    for (unsigned v = 0; v < t->count; v++) {
        Scope *scope = scope_open(e, t->scopes[v], e->real, k->lanes);
        for (unsigned i = 0; i < k->n; i++)
            scope_bind(scope, k->derived->states[i],
                       ir_load(e, k->vector, t->x[v][i]));
        unsigned index = 0;
        tile_move_peaks(t, v, true);
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

static LLVMValueRef emit_tile(Kernel *k, unsigned count)
{
    Emit *e = k->e;
    Tile t = tile_begin(k, "forward_tile", count);
    LLVMValueRef f = e->function;
    start_states(&t);
    LLVMValueRef groups = ir_run_get(e, t.run, RUN_n_groups);
    LLVMValueRef intervals = LLVMBuildAdd(e->b, groups, ir_i64(e, 1), "");
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), intervals);
    advance(&t, loop.index);
    if (tile_incoming(k, 0)) {
        IrIf more = ir_if_begin(e, LLVMBuildICmp(e->b, LLVMIntSLT, loop.index,
                                                 groups, ""));
        receive_group(&t, loop.index);
        ir_if_end(e, &more);
    }
    ir_loop_end(e, &loop);
    finish(&t);
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
    return f;
}

LLVMValueRef kernel_emit_forward(Kernel *k)
{
    Emit *e = k->e;
    unsigned tile = k->plan->tile, full = k->plan->vectors / tile;
    unsigned rest = k->plan->vectors % tile;
    LLVMValueRef prepare = kernel_emit_prepare(k);
    LLVMValueRef main_tile = emit_tile(k, tile);
    LLVMValueRef rest_tile = rest ? emit_tile(k, rest) : NULL;
    LLVMTypeRef types[] = {e->pointer};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, "forward"), e->i32,
                                       types, 1, false);
    LLVMValueRef run = LLVMGetParam(f, 0), zero = ir_i64(e, 0);
    ir_run_set(e, run, RUN_tape_used, zero);
    ir_run_set(e, run, RUN_spike_count, zero);
    ir_run_set(e, run, RUN_n_grazing, zero);
    ir_call(e, prepare, &run, 1);
    IrLoop loop = ir_loop_begin(e, zero, ir_i64(e, full));
    tile_call(e, main_tile, run,
              LLVMBuildMul(e->b, loop.index, ir_i64(e, tile), ""));
    ir_loop_end(e, &loop);
    if (rest)
        tile_call(e, rest_tile, run, ir_i64(e, (int64_t)full * tile));
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
    return f;
}
