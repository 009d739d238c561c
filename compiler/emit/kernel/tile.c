// Tiles (tile.h).
#include "emit/kernel/tile.h"


bool tile_is_resident(const Kernel *k)
{
    return k->plan->vectors == 1;
}

LLVMValueRef tile_vector(const Tile *t, unsigned v)
{
    return LLVMBuildAdd(t->k->e->b, t->first, ir_i64(t->k->e, v), "");
}

// Of tiles in a loop all but the last are full.
LLVMValueRef tile_valid(const Tile *t, unsigned v)
{
    const Kernel *k = t->k;
    unsigned tile = k->plan->tile, behind = k->plan->vectors / tile * tile;
    if (LLVMIsAConstantInt(t->first))
        behind = (unsigned)LLVMConstIntGetZExtValue(t->first) + v + 1;
    bool is_full = behind * k->lanes <= k->plan->population->size;
    return is_full ? NULL : kernel_valid(k, tile_vector(t, v));
}

Tile tile_new(Kernel *k, LLVMValueRef run, const Scope *within, unsigned count,
              LLVMValueRef first)
{
    Emit *e = k->e;
    Tile t = {.k = k, .count = count, .run = run, .first = first};
    t.scopes = ARENA_ARRAY(e->arena, Scope *, count);
    t.x = arena_alloc(e->arena, count * sizeof *t.x);
    t.peaks = arena_alloc(e->arena, count * sizeof *t.peaks);
    for (unsigned v = 0; v < count; v++) {
        t.scopes[v] = kernel_scope_within(k, run, within,
                                          tile_vector(&t, v));
        for (unsigned i = 0; i < k->n; i++)
            t.x[v][i] = ir_slot(e, k->vector, "x");
        for (int f = 0; k->plan->n_peaks > 0 && f < PEAK_FIELDS; f++)
            t.peaks[v][f] = ir_slot(e, kernel_peak_type(k, f), "peak");
    }
    return t;
}

// ---- slots and memory ------------------------------------------------------

static LLVMValueRef row_of(const Tile *t, LLVMValueRef rows, unsigned v,
                           unsigned i)
{
    const Kernel *k = t->k;
    LLVMValueRef row = ir_at(k->e, k->e->real, rows,
                             ir_i64(k->e, (int64_t)i * k->padded));
    return ir_at(k->e, k->vector, row, tile_vector(t, v));
}

void tile_load_states(const Tile *t, LLVMValueRef rows)
{
    const Kernel *k = t->k;
    for (unsigned v = 0; v < t->count; v++)
        for (unsigned i = 0; i < k->n; i++)
            ir_store(k->e,
                     ir_load_loose(k->e, k->vector, row_of(t, rows, v, i)),
                     t->x[v][i]);
}

void tile_store_states(const Tile *t, LLVMValueRef rows)
{
    const Kernel *k = t->k;
    for (unsigned v = 0; v < t->count; v++)
        for (unsigned i = 0; i < k->n; i++)
            ir_store_loose(k->e, ir_load(k->e, k->vector, t->x[v][i]),
                           row_of(t, rows, v, i));
}

static void move_peaks(const Tile *t, bool to_memory)
{
    const Kernel *k = t->k;
    Emit *e = k->e;
    for (unsigned v = 0; v < t->count; v++)
        for (int f = 0; k->plan->n_peaks > 0 && f < PEAK_FIELDS; f++) {
            LLVMTypeRef type = kernel_peak_type(k, f);
            LLVMValueRef memory = ir_at(e, type, kernel_peaks(k, t->run, f),
                                        tile_vector(t, v));
            LLVMValueRef from = to_memory ? t->peaks[v][f] : memory;
            LLVMValueRef to = to_memory ? memory : t->peaks[v][f];
            LLVMValueRef value = LLVMBuildLoad2(e->b, type, from, "");
            LLVMSetAlignment(value, 4);
            LLVMSetAlignment(LLVMBuildStore(e->b, value, to), 4);
        }
}

void tile_load_peaks(const Tile *t)
{
    move_peaks(t, false);
}

void tile_store_peaks(const Tile *t)
{
    move_peaks(t, true);
}

void tile_get(const Tile *t, unsigned v, LLVMValueRef *x)
{
    for (unsigned i = 0; i < t->k->n; i++)
        x[i] = ir_load(t->k->e, t->k->vector, t->x[v][i]);
}

void tile_set(const Tile *t, unsigned v, const LLVMValueRef *x)
{
    for (unsigned i = 0; i < t->k->n; i++)
        ir_store(t->k->e, x[i], t->x[v][i]);
}

void tile_each(Kernel *k, TileVisit *visit, void *context)
{
    Emit *e = k->e;
    unsigned tile = k->plan->tile, full = k->plan->vectors / tile;
    unsigned rest = k->plan->vectors % tile;
    if (full > 1) {
        IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), ir_i64(e, full));
        visit(context, tile,
              LLVMBuildMul(e->b, loop.index, ir_i64(e, tile), ""));
        ir_loop_end(e, &loop);
    } else if (full == 1) {
        visit(context, tile, ir_i64(e, 0));
    }
    if (rest)
        visit(context, rest, ir_i64(e, (int64_t)full * tile));
}

// ---- arrivals --------------------------------------------------------------

const Projection *tile_incoming(const Kernel *k, size_t index)
{
    const Model *model = k->e->model;
    for (size_t i = 0; i < model->n_projections; i++)
        if (model->projections[i]->target == k->plan->population
            && index-- == 0)
            return model->projections[i];
    return NULL;
}

LLVMValueRef *tile_arrays(const Kernel *k, LLVMValueRef run, RunField field)
{
    Emit *e = k->e;
    LLVMValueRef *arrays = ARENA_ARRAY(e->arena, LLVMValueRef,
                                       e->model->n_projections + 1);
    for (size_t i = 0; tile_incoming(k, i); i++) {
        const Parameter *weight = tile_incoming(k, i)->weight;
        if (field == RUN_parameters || weight->learned)
            arrays[i] = kernel_parameter(k, run, field, weight);
    }
    return arrays;
}

LLVMValueRef tile_row(const Kernel *k, size_t projection, LLVMValueRef array,
                      LLVMValueRef row)
{
    Emit *e = k->e;
    const Parameter *weight = tile_incoming(k, projection)->weight;
    LLVMValueRef stride = ir_i64(e, kernel_stride(e, weight->columns));
    return ir_at(e, e->real, array, LLVMBuildMul(e->b, row, stride, ""));
}

LLVMValueRef tile_load_word(Emit *e, LLVMValueRef base, LLVMValueRef index)
{
    LLVMValueRef word = ir_load(e, e->i32, ir_at(e, e->i32, base, index));
    return LLVMBuildZExt(e->b, word, e->i64, "");
}

void tile_each_origin(const Kernel *k, LLVMValueRef run, LLVMValueRef at,
                      ArrivalVisit *visit, void *context)
{
    Emit *e = k->e;
    LLVMValueRef row = tile_load_word(
        e, ir_run_get(e, run, RUN_arrival_row), at);
    if (!tile_incoming(k, 1)) {
        visit(context, 0, row, at);
        return;
    }
    LLVMValueRef origin = tile_load_word(
        e, ir_run_get(e, run, RUN_arrival_projection), at);
    for (size_t i = 0; tile_incoming(k, i); i++) {
        IrIf mine = ir_if_begin(e, LLVMBuildICmp(
            e->b, LLVMIntEQ, origin, ir_i64(e, (int64_t)i), ""));
        visit(context, i, row, at);
        ir_if_end(e, &mine);
    }
}

static LLVMValueRef group_bound(const Kernel *k, LLVMValueRef run,
                                LLVMValueRef interval, int behind)
{
    Emit *e = k->e;
    LLVMValueRef first = ir_run_get(e, run, RUN_group_first);
    LLVMValueRef at = LLVMBuildAdd(e->b, interval, ir_i64(e, behind - 1), "");
    LLVMValueRef before = LLVMBuildICmp(e->b, LLVMIntSLE, interval,
                                        ir_i64(e, 0), "");
    at = LLVMBuildSelect(e->b, before, ir_i64(e, 0), at, "");
    return LLVMBuildSelect(e->b, before, ir_i64(e, 0),
                           tile_load_word(e, first, at), "");
}

LLVMValueRef tile_group_begin(const Kernel *k, LLVMValueRef run,
                              LLVMValueRef interval)
{
    return group_bound(k, run, interval, 0);
}

LLVMValueRef tile_group_end(const Kernel *k, LLVMValueRef run,
                            LLVMValueRef interval)
{
    return group_bound(k, run, interval, 1);
}

typedef struct Fetching {
    const Kernel *k;
    LLVMValueRef *arrays;
    bool to_write;
} Fetching;

static void fetch_row(void *context, size_t projection, LLVMValueRef row,
                      LLVMValueRef at)
{
    const Fetching *f = context;
    Emit *e = f->k->e;
    enum { LINE = 64 };
    (void)at;
    if (!f->arrays[projection])
        return;
    LLVMValueRef from = tile_row(f->k, projection, f->arrays[projection], row);
    uint32_t columns = tile_incoming(f->k, projection)->weight->columns;
    uint32_t bytes = kernel_stride(e, columns) * e->real_size;
    IrLoop lines = ir_loop_begin(e, ir_i64(e, 0), ir_i64(e, bytes / LINE));
    LLVMValueRef offset = LLVMBuildMul(e->b, lines.index, ir_i64(e, LINE), "");
    ir_prefetch(e, ir_byte_offset(e, from, offset), f->to_write);
    ir_loop_end(e, &lines);
}

void tile_fetch(const Kernel *k, LLVMValueRef run, LLVMValueRef interval,
                LLVMValueRef *arrays, bool to_write)
{
    Fetching f = {k, arrays, to_write};
    if (!k->plan->fetches_ahead)
        return;
    IrLoop loop = ir_loop_begin(k->e, tile_group_begin(k, run, interval),
                                tile_group_end(k, run, interval));
    tile_each_origin(k, run, loop.index, fetch_row, &f);
    ir_loop_end(k->e, &loop);
}

Scope *tile_event_scope(const Kernel *k, LLVMValueRef run, const Scope *shared,
                        const EventScalars *scalars, size_t first,
                        LLVMValueRef interval)
{
    Emit *e = k->e;
    Scope *scope = scope_open(e, shared, e->real, k->lanes);
    for (size_t i = 0; i < scalars->count; i++)
        scope_bind(scope, scalars->symbols[i],
                   kernel_splat(k, kernel_scalar(k, run, (unsigned)(first + i),
                                                 interval)));
    return scope;
}
