// Tiles (tile.h).
#include "emit/kernel/tile.h"

const Projection *tile_incoming(const Kernel *k, size_t index)
{
    const Model *model = k->e->model;
    for (size_t i = 0; i < model->n_projections; i++)
        if (model->projections[i]->target == k->plan->population
            && index-- == 0)
            return model->projections[i];
    return NULL;
}

LLVMValueRef tile_vector(const Tile *t, unsigned v)
{
    return LLVMBuildAdd(t->k->e->b, t->first, ir_i64(t->k->e, v), "");
}

Tile tile_begin(Kernel *k, const char *name, unsigned count)
{
    Emit *e = k->e;
    LLVMTypeRef types[] = {e->pointer, e->i64};
    LLVMValueRef f = ir_function_begin(
        e, kernel_symbol(k, arena_printf(e->arena, "%s%u", name, count)),
        e->i32, types, 2, false);
    Tile t = {.k = k, .count = count, .run = LLVMGetParam(f, 0),
              .first = LLVMGetParam(f, 1)};
    t.scalars = kernel_scalars(k, t.run);
    t.stride = kernel_scalar_stride(k, t.run);
    t.weights = ARENA_ARRAY(e->arena, LLVMValueRef, e->model->n_projections);
    for (size_t i = 0; tile_incoming(k, i); i++)
        t.weights[i] = kernel_parameter(k, t.run, RUN_parameters,
                                        tile_incoming(k, i)->weight);
    t.buffers = ir_slot(e, LLVMArrayType2(k->vector, count * k->n), "buffer");
    t.masks = ir_slot(e, LLVMArrayType2(e->i64, count), "masks");
    t.scopes = ARENA_ARRAY(e->arena, Scope *, count);
    t.x = arena_alloc(e->arena, count * sizeof *t.x);
    t.peaks = arena_alloc(e->arena, count * sizeof *t.peaks);
    for (unsigned v = 0; v < count; v++)
        t.scopes[v] = kernel_scope(k, t.run, tile_vector(&t, v));
    return t;
}

void tile_bind_scalars(const Tile *t, Scope *scope,
                       const EventScalars *scalars, size_t first,
                       LLVMValueRef interval)
{
    Emit *e = t->k->e;
    for (size_t i = 0; i < scalars->count; i++) {
        LLVMValueRef row = LLVMBuildMul(e->b, t->stride,
                                        ir_i64(e, (int64_t)(first + i)), "");
        LLVMValueRef index = LLVMBuildAdd(e->b, row, interval, "");
        LLVMValueRef at = ir_at(e, e->real, t->scalars, index);
        scope_bind(scope, scalars->symbols[i], ir_load(e, e->real, at));
    }
}

void tile_move_peaks(const Tile *t, unsigned v, bool to_memory)
{
    const Kernel *k = t->k;
    Emit *e = k->e;
    for (int f = 0; k->plan->n_peaks > 0 && f < PEAK_FIELDS; f++) {
        LLVMTypeRef type = kernel_peak_type(k, f);
        LLVMValueRef memory = kernel_peak(k, t->run, f, tile_vector(t, v));
        LLVMValueRef from = to_memory ? t->peaks[v][f] : memory;
        LLVMValueRef to = to_memory ? memory : t->peaks[v][f];
        LLVMValueRef value = LLVMBuildLoad2(e->b, type, from, "");
        LLVMSetAlignment(value, 4);
        LLVMSetAlignment(LLVMBuildStore(e->b, value, to), 4);
    }
}

LLVMValueRef tile_buffer(const Tile *t, LLVMValueRef v)
{
    Emit *e = t->k->e;
    return ir_at(e, t->k->vector, t->buffers,
                 LLVMBuildMul(e->b, v, ir_i64(e, t->k->n), ""));
}

LLVMValueRef tile_load_word(Emit *e, LLVMValueRef base,
                            LLVMValueRef index)
{
    LLVMValueRef word = ir_load(e, e->i32, ir_at(e, e->i32, base, index));
    return LLVMBuildZExt(e->b, word, e->i64, "");
}

void tile_call(Emit *e, LLVMValueRef tile, LLVMValueRef run,
               LLVMValueRef first)
{
    LLVMValueRef args[] = {run, first};
    LLVMValueRef status = ir_call(e, tile, args, 2);
    ir_return_if(e, LLVMBuildICmp(e->b, LLVMIntNE, status, ir_i32(e, 0), ""),
                 status);
}
