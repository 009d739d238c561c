// Arrivals on the way back: one update of its gradient row for each, and what
// it says of its own time.
#include "emit/kernel/backward.h"

typedef struct Arrival {
    const Backward *b;
    const BackTile *resident;   // or NULL: a tile after the other
    size_t projection;
    LLVMValueRef row, at;
    LLVMValueRef total;         // slot, lanes: its time gradient
} Arrival;

static const DerivedPort *port_of(const Arrival *a)
{
    const Kernel *k = a->b->k;
    return &k->derived->ports[tile_incoming(k, a->projection)->port];
}

static LLVMValueRef cell(const Arrival *a, const BackTile *bt, unsigned v,
                         LLVMValueRef array)
{
    const Kernel *k = a->b->k;
    return ir_at(k->e, k->vector, tile_row(k, a->projection, array, a->row),
                 tile_vector(&bt->t, v));
}

static Scope *arrival_scope(const Arrival *a, const BackTile *bt, unsigned v)
{
    const Kernel *k = a->b->k;
    const HybridSystem *system = k->plan->population->system;
    uint32_t port = tile_incoming(k, a->projection)->port;
    Scope *scope = back_lambda_scope(bt, v);
    LLVMValueRef at = cell(a, bt, v, a->b->weights[a->projection]);
    scope_bind(scope, system->ports[port].weight,
               ir_load_loose(k->e, k->vector, at));
    return scope;
}

static void time_gradient(const Arrival *a, const BackTile *bt)
{
    const Kernel *k = a->b->k;
    Emit *e = k->e;
    for (unsigned v = 0; v < bt->t.count; v++) {
        LLVMValueRef value = scope_lanes(arrival_scope(a, bt, v),
                                         port_of(a)->time_gradient);
        LLVMValueRef valid = tile_valid(&bt->t, v);
        if (valid)
            value = kernel_select(k, valid, value, kernel_zero(k));
        LLVMValueRef sum = ir_load(e, k->vector, a->total);
        ir_store(e, LLVMBuildFAdd(e->b, sum, value, ""), a->total);
    }
}

static void time_gradient_tile(void *context, unsigned count,
                               LLVMValueRef first)
{
    const Arrival *a = context;
    BackTile bt = back_tile(a->b, a->b->event, count, first);
    tile_load_states(&bt.t, a->b->states);
    time_gradient(a, &bt);
}

static void add_time_gradient(const Arrival *a)
{
    const Backward *b = a->b;
    Kernel *k = b->k;
    Emit *e = k->e;
    IrIf wanted = ir_if_begin(e, b->wants_times);
    ir_store(e, kernel_zero(k), a->total);
    if (a->resident)
        time_gradient(a, a->resident);
    else
        tile_each(k, time_gradient_tile, (void *)a);
    LLVMValueRef total = vmath_sum_lanes(e->vmath, e->b,
                                         ir_load(e, k->vector, a->total));
    if (e->real != e->f64)
        total = LLVMBuildFPExt(e->b, total, e->f64, "");
    LLVMValueRef at = ir_at(
        e, e->f64, ir_run_get(e, b->run, RUN_arrival_gradient), a->at);
    ir_store(e, LLVMBuildFAdd(e->b, ir_load(e, e->f64, at), total, ""), at);
    ir_if_end(e, &wanted);
}

static bool keeps_lambda(const Arrival *a)
{
    const Derived *d = a->b->k->derived;
    for (size_t i = 0; i < d->n; i++)
        if (port_of(a)->lambda[i] != d->lambda[i])
            return false;
    return true;
}

static void undo_jump(const Arrival *a, const BackTile *bt)
{
    const Kernel *k = a->b->k;
    Emit *e = k->e;
    LLVMValueRef gradients = a->b->gradients[a->projection];
    for (unsigned v = 0; v < bt->t.count; v++) {
        Scope *scope = arrival_scope(a, bt, v);
        if (gradients) {
            LLVMValueRef at = cell(a, bt, v, gradients);
            LLVMValueRef value = scope_lanes(scope,
                                             port_of(a)->weight_gradient);
            LLVMValueRef old = ir_load_loose(e, k->vector, at);
            ir_store_loose(e, LLVMBuildFAdd(e->b, old, value, ""), at);
        }
        back_accumulate(bt, v, scope, &port_of(a)->gradients, NULL);
        LLVMValueRef before[MAX_STATES];
        for (unsigned i = 0; i < k->n; i++)
            before[i] = scope_lanes(scope, port_of(a)->lambda[i]);
        tile_set(&bt->t, v, before);
    }
}

static void undo_jump_tile(void *context, unsigned count, LLVMValueRef first)
{
    const Arrival *a = context;
    bool adds = port_of(a)->gradients.count > 0;
    BackTile bt = back_tile(a->b, a->b->event, count, first);
    tile_load_states(&bt.t, a->b->states);
    if (adds)
        back_load_sums(&bt);
    undo_jump(a, &bt);
    if (!keeps_lambda(a))
        tile_store_states(&bt.t, a->b->states);
    if (adds)
        back_store_sums(&bt);
}

static void undo_arrival(void *context, size_t projection, LLVMValueRef row,
                         LLVMValueRef at)
{
    Arrival a = *(const Arrival *)context;
    a.projection = projection;
    a.row = row;
    a.at = at;
    add_time_gradient(&a);
    if (a.resident)
        undo_jump(&a, a.resident);
    else
        tile_each(a.b->k, undo_jump_tile, &a);
}

void back_undo_arrivals(const Backward *b, const BackTile *resident)
{
    const Kernel *k = b->k;
    Emit *e = k->e;
    Arrival a = {.b = b, .resident = resident,
                 .total = ir_slot(e, k->vector, "total")};
    if (!tile_incoming(k, 0))
        return;
    LLVMValueRef begin = tile_group_begin(k, b->run, b->interval);
    LLVMValueRef end = tile_group_end(k, b->run, b->interval);
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                LLVMBuildSub(e->b, end, begin, ""));
    LLVMValueRef back = LLVMBuildAdd(e->b, loop.index, ir_i64(e, 1), "");
    tile_each_origin(k, b->run, LLVMBuildSub(e->b, end, back, ""), undo_arrival,
                     &a);
    ir_loop_end(e, &loop);
}
