// Backward kernel: the adjoint of a tile of neurons in registers, through the
// intervals of a sample from the last to the first. At each arrival one row of
// the gradient gets one update; intervals with spikes take the slow path
// (spike_backward.c).
#include "emit/kernel/tape.h"
#include "emit/kernel/tile.h"

typedef struct Accumulator {
    const Parameter *parameter;
    LLVMValueRef *slots;        // [count]
} Accumulator;

typedef struct BackTile {
    Tile t;
    LLVMValueRef *gradients;    // [n incoming projections] arrays, or NULL
    LLVMValueRef wants_times;   // i1: arrival_gradient is there
    Accumulator *sums;          // parameters of the population
    size_t n_sums;
    LLVMValueRef *peak_interval;// [count] lanes, with an observed maximum
} BackTile;

static LLVMValueRef *load_lambda(const Tile *t, unsigned v)
{
    Emit *e = t->k->e;
    LLVMValueRef *lambda = ARENA_ARRAY(e->arena, LLVMValueRef, t->k->n);
    for (unsigned i = 0; i < t->k->n; i++)
        lambda[i] = ir_load(e, t->k->vector, t->x[v][i]);
    return lambda;
}

static void accumulate(const BackTile *bt, unsigned v, Scope *scope,
                       const Gradients *gradients)
{
    const Kernel *k = bt->t.k;
    Emit *e = k->e;
    for (size_t i = 0; i < gradients->count; i++) {
        size_t at = 0;
        while (bt->sums[at].parameter != gradients->items[i].parameter)
            at++;
        LLVMValueRef slot = bt->sums[at].slots[v];
        LLVMValueRef value = scope_lanes(scope, gradients->items[i].value);
        LLVMValueRef sum = LLVMBuildFAdd(e->b, ir_load(e, k->vector, slot),
                                         value, "");
        ir_store(e, sum, slot);
    }
}

// ---- begin and end ---------------------------------------------------------

static void start_lambda(const BackTile *bt, unsigned v)
{
    const Kernel *k = bt->t.k;
    Emit *e = k->e;
    LLVMValueRef vector = tile_vector(&bt->t, v);
    for (unsigned i = 0; i < k->n; i++) {
        bt->t.x[v][i] = ir_slot(e, k->vector, "lambda");
        LLVMValueRef sum = kernel_zero(k);
        for (size_t f = 0; f < k->plan->n_finals; f++) {
            unsigned index = (unsigned)(k->plan->n_peaks + f);
            const Expr *d = k->plan->finals[f]->lambda[i];
            LLVMValueRef g = kernel_observed_gradient(k, bt->t.run, index,
                                                      vector);
            LLVMValueRef term = LLVMBuildFMul(
                e->b, g, scope_lanes(bt->t.scopes[v], d), "");
            sum = LLVMBuildFAdd(e->b, sum, term, "");
        }
        ir_store(e, sum, bt->t.x[v][i]);
    }
}

static BackTile back_begin(Kernel *k, unsigned count)
{
    Emit *e = k->e;
    const Population *population = k->plan->population;
    BackTile bt = {.t = tile_begin(k, "backward_tile", count)};
    LLVMValueRef times = ir_run_get(e, bt.t.run, RUN_arrival_gradient);
    bt.wants_times = LLVMBuildIsNotNull(e->b, times, "");
    bt.gradients = ARENA_ARRAY(e->arena, LLVMValueRef, e->model->n_projections);
    for (size_t i = 0; tile_incoming(k, i); i++)
        if (tile_incoming(k, i)->weight->learned)
            bt.gradients[i] = kernel_parameter(k, bt.t.run, RUN_gradients,
                                               tile_incoming(k, i)->weight);
    bt.sums = ARENA_ARRAY(e->arena, Accumulator, population->n_parameters);
    for (size_t p = 0; p < population->n_parameters; p++) {
        if (!population->parameters[p]->learned)
            continue;
        Accumulator *sum = &bt.sums[bt.n_sums++];
        sum->parameter = population->parameters[p];
        sum->slots = ARENA_ARRAY(e->arena, LLVMValueRef, count);
        for (unsigned v = 0; v < count; v++) {
            sum->slots[v] = ir_slot(e, k->vector, "sum");
            ir_store(e, kernel_zero(k), sum->slots[v]);
        }
    }
    bt.peak_interval = ARENA_ARRAY(e->arena, LLVMValueRef, count);
    for (unsigned v = 0; v < count; v++) {
        start_lambda(&bt, v);
        if (k->plan->n_peaks == 0)
            continue;
        LLVMValueRef at = kernel_peak(k, bt.t.run, PEAK_INTERVAL,
                                      tile_vector(&bt.t, v));
        bt.peak_interval[v] = LLVMBuildLoad2(e->b, k->ints, at, "");
        LLVMSetAlignment(bt.peak_interval[v], 4);
    }
    return bt;
}

static void finish(const BackTile *bt)
{
    const Kernel *k = bt->t.k;
    for (unsigned v = 0; v < bt->t.count; v++) {
        Scope *scope = scope_open(k->e, bt->t.scopes[v], k->e->real, k->lanes);
        kernel_bind_row(scope, k->derived->lambda, load_lambda(&bt->t, v),
                        k->n);
        accumulate(bt, v, scope, &k->derived->initial);
        for (size_t i = 0; i < bt->n_sums; i++)
            kernel_add_gradient(
                k, bt->t.run, tile_vector(&bt->t, v), bt->sums[i].parameter,
                ir_load(k->e, k->vector, bt->sums[i].slots[v]));
    }
}

// ---- an interval -----------------------------------------------------------

static void bind_trace(const BackTile *bt, unsigned v, Scope *scope,
                       LLVMValueRef interval)
{
    const Kernel *k = bt->t.k;
    Emit *e = k->e;
    if (!k->plan->traces_states)
        return;
    LLVMValueRef at = kernel_trace(k, bt->t.run, interval,
                                   tile_vector(&bt->t, v));
    for (unsigned i = 0; i < k->n; i++) {
        LLVMValueRef slot = ir_at(e, e->real, at,
                                  ir_i64(e, (int64_t)i * k->padded));
        scope_bind(scope, k->derived->states[i],
                   ir_load_loose(e, k->vector, slot));
    }
}

static void flow_back(const BackTile *bt, unsigned v, LLVMValueRef interval)
{
    const Kernel *k = bt->t.k;
    Emit *e = k->e;
    LLVMValueRef next[MAX_STATES];
    Scope *scope = scope_open(e, bt->t.scopes[v], e->real, k->lanes);
    kernel_bind_row(scope, k->derived->lambda, load_lambda(&bt->t, v), k->n);
    bind_trace(bt, v, scope, interval);
    tile_bind_scalars(&bt->t, scope, &k->plan->backward,
                      1 + k->plan->forward.count, interval);
    accumulate(bt, v, scope, &k->plan->fast_gradients);
    for (unsigned i = 0; i < k->n; i++)
        next[i] = scope_lanes(scope, k->plan->fast_lambda[i]);
    for (unsigned i = 0; i < k->n; i++)
        ir_store(e, next[i], bt->t.x[v][i]);
}

static void take_slow_path(const BackTile *bt, unsigned v,
                           LLVMValueRef interval)
{
    Kernel *k = bt->t.k;
    Emit *e = k->e;
    LLVMValueRef buffer = tile_buffer(&bt->t, ir_i64(e, v));
    LLVMValueRef lambda[MAX_STATES];
    kernel_store_row(k, buffer, load_lambda(&bt->t, v));
    LLVMValueRef args[] = {bt->t.run, tile_vector(&bt->t, v), interval, buffer};
    ir_call(e, k->slow_backward, args, 4);
    kernel_load_row(k, buffer, lambda);
    for (unsigned i = 0; i < k->n; i++)
        ir_store(e, lambda[i], bt->t.x[v][i]);
}

static LLVMValueRef needs_slow_path(const BackTile *bt, unsigned v,
                                    LLVMValueRef interval)
{
    const Kernel *k = bt->t.k;
    Emit *e = k->e;
    LLVMValueRef needs = NULL;
    if (k->derived->crossing.n > 0)
        needs = tape_is_top(k, bt->t.run, interval, tile_vector(&bt->t, v));
    if (k->plan->n_peaks > 0) {
        LLVMValueRef here = LLVMBuildTrunc(e->b, interval, e->i32, "");
        LLVMValueRef same = LLVMBuildICmp(e->b, LLVMIntEQ, bt->peak_interval[v],
                                          kernel_splat(k, here), "");
        LLVMValueRef any = vmath_any(e->vmath, e->b, same);
        needs = needs ? LLVMBuildOr(e->b, needs, any, "") : any;
    }
    return needs;
}

static void retreat(const BackTile *bt, LLVMValueRef interval)
{
    Emit *e = bt->t.k->e;
    for (unsigned v = bt->t.count; v-- > 0;) {
        LLVMValueRef needs = needs_slow_path(bt, v, interval);
        IrIf slow = {0};
        if (needs) {
            slow = ir_if_rarely(e, needs);
            take_slow_path(bt, v, interval);
            ir_else(e, &slow);
        }
        flow_back(bt, v, interval);
        if (needs)
            ir_if_end(e, &slow);
    }
}

// ---- arrivals --------------------------------------------------------------

typedef struct Arrival {
    const Projection *projection;
    const DerivedPort *port;
    LLVMValueRef weights, gradients; // rows
    LLVMValueRef index;
} Arrival;

static LLVMValueRef weight_row(const BackTile *bt, const Arrival *a, unsigned v,
                               LLVMValueRef row)
{
    const Kernel *k = bt->t.k;
    (void)a;
    return ir_at(k->e, k->vector, row, tile_vector(&bt->t, v));
}

static Scope *arrival_scope(const BackTile *bt, const Arrival *a, unsigned v)
{
    const Kernel *k = bt->t.k;
    const HybridSystem *system = k->plan->population->system;
    Scope *scope = scope_open(k->e, bt->t.scopes[v], k->e->real, k->lanes);
    kernel_bind_row(scope, k->derived->lambda, load_lambda(&bt->t, v), k->n);
    LLVMValueRef at = weight_row(bt, a, v, a->weights);
    scope_bind(scope, system->ports[a->projection->port].weight,
               ir_load_loose(k->e, k->vector, at));
    return scope;
}

static void add_time_gradient(const BackTile *bt, const Arrival *a)
{
    const Kernel *k = bt->t.k;
    Emit *e = k->e;
    IrIf wanted = ir_if_begin(e, bt->wants_times);
    LLVMValueRef sum = NULL;
    for (unsigned v = 0; v < bt->t.count; v++) {
        LLVMValueRef value = scope_lanes(arrival_scope(bt, a, v),
                                         a->port->time_gradient);
        value = kernel_select(k, kernel_valid(k, tile_vector(&bt->t, v)), value,
                              kernel_zero(k));
        sum = sum ? LLVMBuildFAdd(e->b, sum, value, "") : value;
    }
    LLVMValueRef total = vmath_sum_lanes(e->vmath, e->b, sum);
    if (e->real != e->f64)
        total = LLVMBuildFPExt(e->b, total, e->f64, "");
    LLVMValueRef at = ir_at(
        e, e->f64, ir_run_get(e, bt->t.run, RUN_arrival_gradient), a->index);
    ir_store(e, LLVMBuildFAdd(e->b, ir_load(e, e->f64, at), total, ""), at);
    ir_if_end(e, &wanted);
}

static void undo_arrival(const BackTile *bt, const Arrival *a)
{
    const Kernel *k = bt->t.k;
    Emit *e = k->e;
    add_time_gradient(bt, a);
    for (unsigned v = 0; v < bt->t.count; v++) {
        Scope *scope = arrival_scope(bt, a, v);
        if (a->gradients) {
            LLVMValueRef at = weight_row(bt, a, v, a->gradients);
            LLVMValueRef value = scope_lanes(scope, a->port->weight_gradient);
            LLVMValueRef old = ir_load_loose(e, k->vector, at);
            ir_store_loose(e, LLVMBuildFAdd(e->b, old, value, ""), at);
        }
        accumulate(bt, v, scope, &a->port->gradients);
        LLVMValueRef before[MAX_STATES];
        for (unsigned i = 0; i < k->n; i++)
            before[i] = scope_lanes(scope, a->port->lambda[i]);
        for (unsigned i = 0; i < k->n; i++)
            ir_store(e, before[i], bt->t.x[v][i]);
    }
}

static void undo_arrival_of(const BackTile *bt, size_t index, LLVMValueRef row,
                            LLVMValueRef at)
{
    Emit *e = bt->t.k->e;
    const Projection *projection = tile_incoming(bt->t.k, index);
    LLVMValueRef stride =
        ir_i64(e, kernel_stride(e, projection->weight->columns));
    LLVMValueRef offset = LLVMBuildMul(e->b, row, stride, "");
    Arrival a = {projection, &bt->t.k->derived->ports[projection->port],
                 ir_at(e, e->real, bt->t.weights[index], offset), NULL, at};
    if (bt->gradients[index])
        a.gradients = ir_at(e, e->real, bt->gradients[index], offset);
    undo_arrival(bt, &a);
}

static void undo_group(const BackTile *bt, LLVMValueRef group)
{
    Emit *e = bt->t.k->e;
    LLVMValueRef first = ir_run_get(e, bt->t.run, RUN_group_first);
    LLVMValueRef rows = ir_run_get(e, bt->t.run, RUN_arrival_row);
    LLVMValueRef origins = ir_run_get(e, bt->t.run, RUN_arrival_projection);
    LLVMValueRef begin = tile_load_word(e, first, group);
    LLVMValueRef end = tile_load_word(
        e, first, LLVMBuildAdd(e->b, group, ir_i64(e, 1), ""));
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                LLVMBuildSub(e->b, end, begin, ""));
    LLVMValueRef back = LLVMBuildAdd(e->b, loop.index, ir_i64(e, 1), "");
    LLVMValueRef at = LLVMBuildSub(e->b, end, back, "");
    LLVMValueRef row = tile_load_word(e, rows, at);
    if (!tile_incoming(bt->t.k, 1)) {
        undo_arrival_of(bt, 0, row, at);
    } else {
        LLVMValueRef origin = tile_load_word(e, origins, at);
        for (size_t i = 0; tile_incoming(bt->t.k, i); i++) {
            IrIf mine = ir_if_begin(e, LLVMBuildICmp(
                e->b, LLVMIntEQ, origin, ir_i64(e, (int64_t)i), ""));
            undo_arrival_of(bt, i, row, at);
            ir_if_end(e, &mine);
        }
    }
    ir_loop_end(e, &loop);
}

// ---- tiles -----------------------------------------------------------------

static LLVMValueRef emit_tile(Kernel *k, unsigned count)
{
    Emit *e = k->e;
    BackTile bt = back_begin(k, count);
    LLVMValueRef f = e->function;
    LLVMValueRef groups = ir_run_get(e, bt.t.run, RUN_n_groups);
    LLVMValueRef intervals = LLVMBuildAdd(e->b, groups, ir_i64(e, 1), "");
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), intervals);
    LLVMValueRef interval = LLVMBuildSub(e->b, groups, loop.index, "");
    if (tile_incoming(k, 0)) {
        IrIf inner = ir_if_begin(e, LLVMBuildICmp(e->b, LLVMIntSLT, interval,
                                                  groups, ""));
        undo_group(&bt, interval);
        ir_if_end(e, &inner);
    }
    retreat(&bt, interval);
    ir_loop_end(e, &loop);
    finish(&bt);
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
    return f;
}

LLVMValueRef kernel_emit_backward(Kernel *k)
{
    Emit *e = k->e;
    unsigned tile = k->plan->tile, full = k->plan->vectors / tile;
    unsigned rest = k->plan->vectors % tile;
    LLVMValueRef main_tile = emit_tile(k, tile);
    LLVMValueRef rest_tile = rest ? emit_tile(k, rest) : NULL;
    LLVMTypeRef types[] = {e->pointer};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, "backward"), e->i32,
                                       types, 1, false);
    LLVMValueRef run = LLVMGetParam(f, 0);
    if (rest)
        tile_call(e, rest_tile, run, ir_i64(e, (int64_t)full * tile));
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), ir_i64(e, full));
    LLVMValueRef back = LLVMBuildSub(e->b, ir_i64(e, full - 1), loop.index, "");
    tile_call(e, main_tile, run,
              LLVMBuildMul(e->b, back, ir_i64(e, tile), ""));
    ir_loop_end(e, &loop);
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
    return f;
}
