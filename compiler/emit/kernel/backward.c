// Backward kernel: the adjoint, interval by interval from the last to the
// first. In each, batches of neurons that spiked, or whose observed maximum
// lies inside, take the slow path (spike_backward.c); a sweep over the tiles
// brings all others to its start; then the interval's arrivals get one update
// of their gradient rows each.
#include "emit/kernel/backward.h"

#include "emit/kernel/batch.h"
#include "emit/kernel/tape.h"

BackTile back_tile(const Backward *b, const Scope *within, unsigned count,
                   LLVMValueRef first)
{
    Emit *e = b->k->e;
    size_t n = (size_t)b->n_learned * count;
    BackTile bt = {b, tile_new(b->k, b->run, within, count, first),
                   ARENA_ARRAY(e->arena, LLVMValueRef, n + 1)};
    for (size_t i = 0; i < n; i++)
        bt.sums[i] = ir_slot(e, b->k->doubles, "sum");
    return bt;
}

// ---- gradients of the population's own parameters --------------------------

static LLVMValueRef sum_in_memory(const BackTile *bt, unsigned p, unsigned v)
{
    const Kernel *k = bt->b->k;
    LLVMValueRef row = kernel_sums(k, bt->b->run, bt->b->learned[p]);
    return ir_at(k->e, k->doubles, row, tile_vector(&bt->t, v));
}

void back_load_sums(const BackTile *bt)
{
    Emit *e = bt->b->k->e;
    LLVMTypeRef type = bt->b->k->doubles;
    for (unsigned p = 0; p < bt->b->n_learned; p++)
        for (unsigned v = 0; v < bt->t.count; v++)
            ir_store(e, ir_load_loose(e, type, sum_in_memory(bt, p, v)),
                     bt->sums[p * bt->t.count + v]);
}

void back_store_sums(const BackTile *bt)
{
    Emit *e = bt->b->k->e;
    LLVMTypeRef type = bt->b->k->doubles;
    for (unsigned p = 0; p < bt->b->n_learned; p++)
        for (unsigned v = 0; v < bt->t.count; v++)
            ir_store_loose(e, ir_load(e, type, bt->sums[p * bt->t.count + v]),
                           sum_in_memory(bt, p, v));
}

// In the lanes of `mask` (NULL: all).
void back_accumulate(const BackTile *bt, unsigned v, Scope *scope,
                     const Gradients *gradients, LLVMValueRef mask)
{
    const Kernel *k = bt->b->k;
    Emit *e = k->e;
    for (size_t i = 0; i < gradients->count; i++) {
        unsigned p = 0;
        while (bt->b->learned[p] != gradients->items[i].parameter)
            p++;
        LLVMValueRef slot = bt->sums[p * bt->t.count + v];
        LLVMValueRef value = scope_lanes(scope, gradients->items[i].value);
        if (mask)
            value = kernel_select(k, mask, value, kernel_zero(k));
        LLVMValueRef sum = LLVMBuildFAdd(e->b, ir_load(e, k->doubles, slot),
                                         kernel_widen(k, value), "");
        ir_store(e, sum, slot);
    }
}

// Adds vector v's sums to the gradients: those of parameters that all neurons
// share to the totals.
static void add_sums(const BackTile *bt, unsigned v)
{
    const Backward *b = bt->b;
    const Kernel *k = b->k;
    Emit *e = k->e;
    LLVMValueRef vector = tile_vector(&bt->t, v);
    for (unsigned p = 0; p < b->n_learned; p++) {
        LLVMValueRef sum = ir_load(e, k->doubles,
                                   bt->sums[p * bt->t.count + v]);
        if (b->learned[p]->shape != PARAMETER_SHARED) {
            kernel_add_gradient(k, b->run, vector, b->learned[p],
                                kernel_narrow(k, sum));
            continue;
        }
        sum = kernel_select(k, kernel_valid(k, vector), sum,
                            vmath_const(k->doubles, 0));
        sum = vmath_sum_lanes(e->vmath, e->b, sum);
        LLVMValueRef total = ir_load(e, e->f64, b->totals[p]);
        ir_store(e, LLVMBuildFAdd(e->b, total, sum, ""), b->totals[p]);
    }
}

static void start_totals(Backward *b)
{
    Emit *e = b->k->e;
    b->totals = ARENA_ARRAY(e->arena, LLVMValueRef, b->n_learned + 1);
    for (unsigned p = 0; p < b->n_learned; p++) {
        b->totals[p] = ir_slot(e, e->f64, "total");
        ir_store(e, LLVMConstReal(e->f64, 0), b->totals[p]);
    }
}

static void add_totals(const Backward *b)
{
    const Kernel *k = b->k;
    Emit *e = k->e;
    for (unsigned p = 0; p < b->n_learned; p++) {
        if (b->learned[p]->shape != PARAMETER_SHARED)
            continue;
        LLVMValueRef at = kernel_parameter(k, b->run, RUN_gradients,
                                           b->learned[p]);
        LLVMValueRef total = ir_load(e, e->f64, b->totals[p]);
        if (e->real != e->f64)
            total = LLVMBuildFPTrunc(e->b, total, e->real, "");
        ir_store(e, LLVMBuildFAdd(e->b, ir_load(e, e->real, at), total, ""),
                 at);
    }
}

Scope *back_lambda_scope(const BackTile *bt, unsigned v)
{
    const Kernel *k = bt->b->k;
    LLVMValueRef lambda[MAX_STATES];
    Scope *scope = scope_open(k->e, bt->t.scopes[v], k->e->real, k->lanes);
    tile_get(&bt->t, v, lambda);
    kernel_bind_row(scope, k->derived->lambda, lambda, k->n);
    return scope;
}

// ---- stamps ----------------------------------------------------------------

// A neuron that takes the slow path is stamped with the interval, for those who
// must know.
static bool has_stamps(const Backward *b)
{
    const LayerPlan *plan = b->k->plan;
    return !tile_is_resident(b->k)
           && (plan->n_peaks > 0 || plan->fast_gradients.count > 0);
}

static LLVMValueRef stamp(const Backward *b)
{
    Emit *e = b->k->e;
    LLVMValueRef next = LLVMBuildAdd(e->b, b->interval, ir_i64(e, 1), "");
    return kernel_splat(b->k, LLVMBuildTrunc(e->b, next, e->i32, ""));
}

static void put_stamps(const Backward *b, const Batch *batch)
{
    LLVMValueRef stamps = kernel_part(b->k, b->run, PART_STAMPS);
    LLVMValueRef now = stamp(b);
    if (has_stamps(b))
        batch_store(b->k, batch, &stamps, &now, 1);
}

static LLVMValueRef lanes_not_stamped(const Backward *b, LLVMValueRef vector)
{
    const Kernel *k = b->k;
    LLVMBuilderRef builder = k->e->b;
    LLVMValueRef at = ir_at(k->e, k->ints, kernel_part(k, b->run, PART_STAMPS),
                            vector);
    LLVMValueRef done = LLVMBuildLoad2(builder, k->ints, at, "");
    LLVMSetAlignment(done, 4);
    return LLVMBuildICmp(builder, LLVMIntNE, done, stamp(b), "");
}

// ---- begin and end ---------------------------------------------------------

static void start_lambda(const BackTile *bt)
{
    const Kernel *k = bt->b->k;
    Emit *e = k->e;
    for (unsigned v = 0; v < bt->t.count; v++) {
        LLVMValueRef sums[MAX_STATES];
        for (unsigned i = 0; i < k->n; i++) {
            sums[i] = kernel_zero(k);
            for (size_t f = 0; f < k->plan->n_finals; f++) {
                unsigned index = (unsigned)(k->plan->n_peaks + f);
                const Expr *d = k->plan->finals[f]->lambda[i];
                LLVMValueRef g = kernel_observed_gradient(
                    k, bt->b->run, index, tile_vector(&bt->t, v));
                LLVMValueRef term = LLVMBuildFMul(
                    e->b, g, scope_lanes(bt->t.scopes[v], d), "");
                sums[i] = LLVMBuildFAdd(e->b, sums[i], term, "");
            }
        }
        tile_set(&bt->t, v, sums);
        for (unsigned p = 0; p < bt->b->n_learned; p++)
            ir_store(e, vmath_const(k->doubles, 0),
                     bt->sums[p * bt->t.count + v]);
    }
}

static void finish(const BackTile *bt)
{
    const Kernel *k = bt->b->k;
    for (unsigned v = 0; v < bt->t.count; v++) {
        back_accumulate(bt, v, back_lambda_scope(bt, v),
                        &k->derived->initial, NULL);
        add_sums(bt, v);
    }
}

static void start_tile(void *context, unsigned count, LLVMValueRef first)
{
    const Backward *b = context;
    Emit *e = b->k->e;
    BackTile bt = back_tile(b, b->shared, count, first);
    start_lambda(&bt);
    tile_store_states(&bt.t, b->states);
    back_store_sums(&bt);
    LLVMValueRef stamps = kernel_part(b->k, b->run, PART_STAMPS);
    for (unsigned v = 0; has_stamps(b) && v < count; v++) {
        LLVMValueRef at = ir_at(e, b->k->ints, stamps, tile_vector(&bt.t, v));
        LLVMValueRef none = LLVMConstNull(b->k->ints);
        LLVMSetAlignment(LLVMBuildStore(e->b, none, at), 4);
    }
}

static void finish_tile(void *context, unsigned count, LLVMValueRef first)
{
    const Backward *b = context;
    BackTile bt = back_tile(b, b->shared, count, first);
    tile_load_states(&bt.t, b->states);
    back_load_sums(&bt);
    finish(&bt);
}

// ---- flow ------------------------------------------------------------------

static void bind_start(const BackTile *bt, unsigned v, Scope *scope)
{
    const Kernel *k = bt->b->k;
    Emit *e = k->e;
    for (unsigned i = 0; k->plan->traces_states && i < k->n; i++) {
        LLVMValueRef row = ir_at(e, e->real, bt->b->start,
                                 ir_i64(e, (int64_t)i * k->padded));
        LLVMValueRef at = ir_at(e, k->vector, row, tile_vector(&bt->t, v));
        scope_bind(scope, k->derived->states[i],
                   ir_load_loose(e, k->vector, at));
    }
}

// The way of all neurons that are not on the slow path; others are not to add
// to the sums.
static void flow_back(const BackTile *bt)
{
    const Backward *b = bt->b;
    const Kernel *k = b->k;
    bool stamps = !tile_is_resident(k) && b->k->plan->fast_gradients.count > 0;
    for (unsigned v = 0; v < bt->t.count; v++) {
        LLVMValueRef next[MAX_STATES];
        Scope *scope = back_lambda_scope(bt, v);
        bind_start(bt, v, scope);
        LLVMValueRef open =
            stamps ? lanes_not_stamped(b, tile_vector(&bt->t, v)) : NULL;
        back_accumulate(bt, v, scope, &k->plan->fast_gradients, open);
        for (unsigned i = 0; i < k->n; i++)
            next[i] = scope_lanes(scope, k->plan->fast_lambda[i]);
        tile_set(&bt->t, v, next);
    }
}

static void flow_tile(void *context, unsigned count, LLVMValueRef first)
{
    const Backward *b = context;
    bool adds = b->k->plan->fast_gradients.count > 0;
    BackTile bt = back_tile(b, b->event, count, first);
    tile_load_states(&bt.t, b->states);
    if (adds)
        back_load_sums(&bt);
    flow_back(&bt);
    tile_store_states(&bt.t, b->states);
    if (adds)
        back_store_sums(&bt);
}

// ---- the slow path ---------------------------------------------------------

static LLVMValueRef next_returned(const Backward *b)
{
    Emit *e = b->k->e;
    LLVMValueRef n = ir_load(e, e->i64, b->n_returned);
    ir_store(e, LLVMBuildAdd(e->b, n, ir_i64(e, 1), ""), b->n_returned);
    return kernel_returned(b->k, b->run, n);
}

static void call_slow(const Backward *b, LLVMValueRef returned,
                      LLVMValueRef from_tape)
{
    LLVMValueRef args[] = {b->run, returned, from_tape, b->interval};
    ir_call(b->k->e, b->k->slow_backward, args, 4);
}

static Batch returned_batch(const Backward *b, LLVMValueRef returned)
{
    Emit *e = b->k->e;
    return batch_make(b->k, b->run, kernel_returned_neurons(b->k, returned),
                      ir_load_loose(e, e->i64,
                                    kernel_returned_count(b->k, returned)));
}

// ---- sleep -----------------------------------------------------------------

// At the end of a sample all adjoints are 0 until the loss, or a spike that
// matters to it, says otherwise: intervals before that have nothing to tell.
static LLVMValueRef any_nonzero(const Kernel *k, const LLVMValueRef *lambda)
{
    Emit *e = k->e;
    LLVMValueRef any = LLVMConstNull(k->mask);
    for (unsigned i = 0; i < k->n; i++)
        any = LLVMBuildOr(e->b, any,
                          LLVMBuildFCmp(e->b, LLVMRealUNE, lambda[i],
                                        kernel_zero(k), ""), "");
    return vmath_any(e->vmath, e->b, any);
}

static void wake_if(const Backward *b, LLVMValueRef condition)
{
    Emit *e = b->k->e;
    LLVMValueRef was = ir_load(e, e->i1, b->is_awake);
    ir_store(e, LLVMBuildOr(e->b, was, condition, ""), b->is_awake);
}

static void wake_by_returned(const Backward *b, LLVMValueRef returned)
{
    LLVMValueRef lambda[MAX_STATES];
    kernel_load_row(b->k, returned, lambda);
    wake_if(b, any_nonzero(b->k, lambda));
}

static void undo_taped(const Backward *b)
{
    Kernel *k = b->k;
    Emit *e = k->e;
    if (k->derived->crossing.n == 0)
        return;
    IrWhile loop = ir_while_begin(e);
    ir_while_test(e, &loop, tape_is_top(k, b->run, b->interval));
    LLVMValueRef returned = next_returned(b);
    call_slow(b, returned, LLVMConstInt(e->i1, 1, false));
    wake_by_returned(b, returned);
    Batch batch = returned_batch(b, returned);
    put_stamps(b, &batch);
    ir_while_end(e, &loop);
}

static LLVMValueRef has_peak_here(const Backward *b, LLVMValueRef vector)
{
    const Kernel *k = b->k;
    Emit *e = k->e;
    LLVMValueRef at = ir_at(e, k->ints, kernel_peaks(k, b->run, PEAK_INTERVAL),
                            vector);
    LLVMValueRef where = LLVMBuildLoad2(e->b, k->ints, at, "");
    LLVMSetAlignment(where, 4);
    LLVMValueRef here = LLVMBuildTrunc(e->b, b->interval, e->i32, "");
    return LLVMBuildICmp(e->b, LLVMIntEQ, where, kernel_splat(k, here), "");
}

static void list_peaks(void *context, unsigned count, LLVMValueRef first)
{
    const Backward *b = context;
    const Kernel *k = b->k;
    Emit *e = k->e;
    LLVMValueRef word = ir_i64(e, 0);
    for (unsigned v = 0; v < count; v++) {
        LLVMValueRef vector = LLVMBuildAdd(e->b, first, ir_i64(e, v), "");
        LLVMValueRef open = LLVMBuildAnd(e->b, has_peak_here(b, vector),
                                         lanes_not_stamped(b, vector), "");
        LLVMValueRef bits = vmath_bitmask(e->vmath, e->b, open);
        bits = LLVMBuildShl(e->b, bits, ir_i64(e, (int64_t)v * k->lanes), "");
        word = LLVMBuildOr(e->b, word, bits, "");
    }
    batch_list(k, kernel_part(k, b->run, PART_LIST), b->n_listed, first, word);
}

static void undo_listed(void *context, LLVMValueRef neurons, LLVMValueRef count)
{
    const Backward *b = context;
    Emit *e = b->k->e;
    LLVMValueRef returned = next_returned(b);
    batch_copy_neurons(b->k, neurons, kernel_returned_neurons(b->k, returned));
    ir_store_loose(e, count, kernel_returned_count(b->k, returned));
    call_slow(b, returned, LLVMConstInt(e->i1, 0, false));
    wake_by_returned(b, returned);
    Batch batch = returned_batch(b, returned);
    put_stamps(b, &batch);
}

// Puts what the slow path gave back in the place of what the sweep made of it.
static void put_returned(const Backward *b)
{
    const Kernel *k = b->k;
    Emit *e = k->e;
    LLVMValueRef lambda[MAX_STATES];
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                ir_load(e, e->i64, b->n_returned));
    LLVMValueRef returned = kernel_returned(k, b->run, loop.index);
    Batch batch = returned_batch(b, returned);
    kernel_load_row(k, returned, lambda);
    batch_store_states(k, &batch, b->states, lambda);
    ir_loop_end(e, &loop);
}

// The only vector: whether anything in it needs the slow path.
static LLVMValueRef resident_needs_slow(const Backward *b)
{
    Kernel *k = b->k;
    Emit *e = k->e;
    LLVMValueRef needs = NULL;
    if (k->derived->crossing.n > 0)
        needs = tape_is_top(k, b->run, b->interval);
    if (k->plan->n_peaks > 0) {
        LLVMValueRef here = vmath_any(e->vmath, e->b,
                                      has_peak_here(b, ir_i64(e, 0)));
        needs = needs ? LLVMBuildOr(e->b, needs, here, "") : here;
    }
    return needs;
}

static void retreat_resident(const BackTile *bt)
{
    const Backward *b = bt->b;
    Kernel *k = b->k;
    Emit *e = k->e;
    LLVMValueRef needs = resident_needs_slow(b), lambda[MAX_STATES];
    IrIf slow = {0};
    if (needs) {
        LLVMValueRef returned = kernel_returned(k, b->run, ir_i64(e, 0));
        LLVMValueRef from_tape = LLVMConstInt(e->i1, 0, false);
        slow = ir_if_rarely(e, needs);
        if (k->derived->crossing.n > 0)
            from_tape = tape_is_top(k, b->run, b->interval);
        ir_store_loose(e, ir_i64(e, k->plan->population->size),
                       kernel_returned_count(k, returned));
        tile_store_states(&bt->t, b->states);
        back_store_sums(bt);
        call_slow(b, returned, from_tape);
        back_load_sums(bt);
        kernel_load_row(k, returned, lambda);
        tile_set(&bt->t, 0, lambda);
        ir_else(e, &slow);
    }
    flow_back(bt);
    if (needs)
        ir_if_end(e, &slow);
}

// ---- all of it -------------------------------------------------------------

static IrLoop begin_interval(Backward *b, const Scope *shared)
{
    const Kernel *k = b->k;
    Emit *e = k->e;
    LLVMValueRef groups = ir_run_get(e, b->run, RUN_n_groups);
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                LLVMBuildAdd(e->b, groups, ir_i64(e, 1), ""));
    b->interval = LLVMBuildSub(e->b, groups, loop.index, "");
    b->start = kernel_start_states(k, b->run, b->interval);
    tile_fetch(k, b->run, LLVMBuildSub(e->b, b->interval, ir_i64(e, 1), ""),
               b->gradients, true);
    b->event = tile_event_scope(k, b->run, shared, &k->plan->backward,
                                1 + k->plan->forward.count, b->interval);
    return loop;
}

static void run_resident(Backward *b)
{
    Emit *e = b->k->e;
    BackTile bt = back_tile(b, b->shared, 1, ir_i64(e, 0));
    Scope *parameters = bt.t.scopes[0];
    start_lambda(&bt);
    IrLoop loop = begin_interval(b, parameters);
    bt.t.scopes[0] = b->event;
    retreat_resident(&bt);
    LLVMValueRef lambda[MAX_STATES];
    tile_get(&bt.t, 0, lambda);
    IrIf awake = ir_if_begin(e, any_nonzero(b->k, lambda));
    back_undo_arrivals(b, &bt);
    ir_if_end(e, &awake);
    ir_loop_end(e, &loop);
    bt.t.scopes[0] = parameters;
    finish(&bt);
}

static void run_tiles(Backward *b)
{
    Kernel *k = b->k;
    Emit *e = k->e;
    bool has_slow = k->derived->crossing.n > 0 || k->plan->n_peaks > 0;
    tile_each(k, start_tile, b);
    IrLoop loop = begin_interval(b, b->shared);
    ir_store(e, ir_i64(e, 0), b->n_returned);
    undo_taped(b);
    if (k->plan->n_peaks > 0) {
        ir_store(e, ir_i64(e, 0), b->n_listed);
        tile_each(k, list_peaks, b);
        batch_each(k, kernel_part(k, b->run, PART_LIST),
                   ir_load(e, e->i64, b->n_listed), undo_listed, b);
    }
    IrIf awake = ir_if_begin(e, ir_load(e, e->i1, b->is_awake));
    tile_each(k, flow_tile, b);
    if (has_slow)
        put_returned(b);
    back_undo_arrivals(b, NULL);
    ir_if_end(e, &awake);
    ir_loop_end(e, &loop);
    if (b->n_learned > 0)
        tile_each(k, finish_tile, b);
}

LLVMValueRef kernel_emit_backward(Kernel *k)
{
    Emit *e = k->e;
    const Population *population = k->plan->population;
    LLVMTypeRef types[] = {e->pointer};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, "backward"), e->i32,
                                       types, 1, false);
    LLVMValueRef run = LLVMGetParam(f, 0);
    Backward b = {
        .k = k, .run = run, .shared = kernel_shared_scope(k, run),
        .weights = tile_arrays(k, run, RUN_parameters),
        .gradients = tile_arrays(k, run, RUN_gradients),
        .wants_times = LLVMBuildIsNotNull(
            e->b, ir_run_get(e, run, RUN_arrival_gradient), ""),
        .learned = ARENA_ARRAY(e->arena, const Parameter *,
                               population->n_parameters + 1),
        .states = kernel_part(k, run, PART_STATES),
        .n_listed = ir_slot(e, e->i64, "listed"),
        .n_returned = ir_slot(e, e->i64, "returned"),
        .is_awake = ir_slot(e, e->i1, "awake"),
    };
    ir_store(e, LLVMConstInt(e->i1, k->plan->n_finals > 0, false), b.is_awake);
    for (size_t p = 0; p < population->n_parameters; p++)
        if (population->parameters[p]->learned)
            b.learned[b.n_learned++] = population->parameters[p];
    start_totals(&b);
    if (tile_is_resident(k))
        run_resident(&b);
    else
        run_tiles(&b);
    add_totals(&b);
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
    return f;
}
