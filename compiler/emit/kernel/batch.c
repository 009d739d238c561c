// Batches (batch.h).
#include "emit/kernel/batch.h"

#include "emit/compat.h"
#include "emit/kernel/tape.h"

static bool is_whole(const Kernel *k)
{
    return k->plan->vectors == 1;
}

Batch batch_make(const Kernel *k, LLVMValueRef run, LLVMValueRef neurons,
                 LLVMValueRef count)
{
    Emit *e = k->e;
    Batch batch = {run, neurons, count, NULL, ir_i64(e, 0)};
    batch.valid = vmath_first_lanes(e->vmath, e->b, count, k->lanes);
    if (is_whole(k))
        return batch;
    batch.vector = LLVMBuildLoad2(e->b, k->ints, neurons, "");
    LLVMSetAlignment(batch.vector, 4);
    batch.vector = kernel_select(k, batch.valid, batch.vector,
                                 LLVMConstNull(k->ints));
    return batch;
}

LLVMValueRef batch_neuron(const Kernel *k, const Batch *batch,
                          LLVMValueRef lane)
{
    Emit *e = k->e;
    if (is_whole(k))
        return lane;
    LLVMValueRef at = ir_at(e, e->i32, batch->neurons, lane);
    return LLVMBuildZExt(e->b, ir_load(e, e->i32, at), e->i64, "");
}

// ---- in and out of memory --------------------------------------------------

static unsigned element_bytes(const Kernel *k, LLVMTypeRef type)
{
    LLVMTypeRef element = LLVMGetElementType(type);
    return element == k->e->i32 || element == k->e->f32 ? 4 : 8;
}

LLVMValueRef batch_load(const Kernel *k, const Batch *batch, LLVMTypeRef type,
                        LLVMValueRef array, LLVMValueRef otherwise)
{
    Emit *e = k->e;
    unsigned align = element_bytes(k, type);
    if (is_whole(k))
        return compat_masked_load(e->module, e->b, type, array, align,
                                  batch->valid, otherwise);
    // Unused lanes read neuron 0: no lane needs a branch.
    LLVMValueRef at = ir_at(e, LLVMGetElementType(type), array, batch->vector);
    LLVMValueRef lanes = compat_masked_gather(
        e->module, e->b, type, at, align, LLVMConstAllOnes(k->mask), otherwise);
    return kernel_select(k, batch->valid, lanes, otherwise);
}

static void store_whole(const Kernel *k, const Batch *batch,
                        const LLVMValueRef *arrays, const LLVMValueRef *values,
                        unsigned n)
{
    Emit *e = k->e;
    for (unsigned i = 0; i < n; i++)
        compat_masked_store(e->module, e->b, values[i], arrays[i],
                            element_bytes(k, LLVMTypeOf(values[i])),
                            batch->valid);
}

void batch_store(const Kernel *k, const Batch *batch,
                 const LLVMValueRef *arrays, const LLVMValueRef *values,
                 unsigned n)
{
    Emit *e = k->e;
    if (is_whole(k)) {
        store_whole(k, batch, arrays, values, n);
        return;
    }
    LLVMValueRef *slots = ARENA_ARRAY(e->arena, LLVMValueRef, n);
    for (unsigned i = 0; i < n; i++) {
        slots[i] = ir_slot(e, LLVMTypeOf(values[i]), "lanes");
        ir_store(e, values[i], slots[i]);
    }
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), batch->count);
    LLVMValueRef neuron = batch_neuron(k, batch, loop.index);
    for (unsigned i = 0; i < n; i++) {
        LLVMTypeRef type = LLVMGetElementType(LLVMTypeOf(values[i]));
        LLVMValueRef lane = ir_load(e, type,
                                    ir_at(e, type, slots[i], loop.index));
        ir_store(e, lane, ir_at(e, type, arrays[i], neuron));
    }
    ir_loop_end(e, &loop);
}

static LLVMValueRef row(const Kernel *k, LLVMValueRef rows, unsigned i)
{
    return ir_at(k->e, k->e->real, rows,
                 ir_i64(k->e, (int64_t)i * k->padded));
}

void batch_load_states(const Kernel *k, const Batch *batch, LLVMValueRef rows,
                       LLVMValueRef *x)
{
    for (unsigned i = 0; i < k->n; i++)
        x[i] = batch_load(k, batch, k->vector, row(k, rows, i),
                          kernel_zero(k));
}

void batch_store_states(const Kernel *k, const Batch *batch, LLVMValueRef rows,
                        const LLVMValueRef *x)
{
    LLVMValueRef arrays[DERIVED_STATES_MAX];
    for (unsigned i = 0; i < k->n; i++)
        arrays[i] = row(k, rows, i);
    batch_store(k, batch, arrays, x, k->n);
}

// ---- lists -----------------------------------------------------------------

// Bits of the lanes that are neurons and not padding, of a word that begins
// with vector `first`.
static LLVMValueRef without_padding(const Kernel *k, LLVMValueRef first,
                                    LLVMValueRef word)
{
    Emit *e = k->e;
    LLVMBuilderRef b = e->b;
    uint32_t size = k->plan->population->size;
    if (size == k->padded)
        return word;
    LLVMValueRef before = LLVMBuildMul(b, first, ir_i64(e, k->lanes), "");
    LLVMValueRef left = LLVMBuildSub(b, ir_i64(e, size), before, "");
    LLVMValueRef all = LLVMBuildICmp(b, LLVMIntSGE, left, ir_i64(e, 64), "");
    LLVMValueRef shift = LLVMBuildAnd(b, left, ir_i64(e, 63), "");
    LLVMValueRef some = LLVMBuildSub(
        b, LLVMBuildShl(b, ir_i64(e, 1), shift, ""), ir_i64(e, 1), "");
    some = LLVMBuildSelect(b, all, ir_i64(e, -1), some, "");
    return LLVMBuildAnd(b, word, some, "");
}

void batch_list(const Kernel *k, LLVMValueRef list, LLVMValueRef n_listed,
                LLVMValueRef first, LLVMValueRef word)
{
    Emit *e = k->e;
    LLVMValueRef rest = ir_slot(e, e->i64, "rest");
    LLVMValueRef base = LLVMBuildMul(e->b, first, ir_i64(e, k->lanes), "");
    ir_store(e, without_padding(k, first, word), rest);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef bits = ir_load(e, e->i64, rest);
    ir_while_test(e, &loop, LLVMBuildICmp(e->b, LLVMIntNE, bits, ir_i64(e, 0),
                                          ""));
    LLVMValueRef neuron = LLVMBuildAdd(e->b, base, ir_lowest_bit(e, bits),
                                       "");
    LLVMValueRef n = ir_load(e, e->i64, n_listed);
    ir_store(e, LLVMBuildTrunc(e->b, neuron, e->i32, ""),
             ir_at(e, e->i32, list, n));
    ir_store(e, LLVMBuildAdd(e->b, n, ir_i64(e, 1), ""), n_listed);
    ir_store(e, ir_clear_lowest(e, bits), rest);
    ir_while_end(e, &loop);
}

// What lies behind the listed ones is overwritten: the list has room for that.
void batch_list_lanes(const Kernel *k, LLVMValueRef list,
                      LLVMValueRef n_listed, LLVMValueRef first, unsigned v,
                      LLVMValueRef mask)
{
    Emit *e = k->e;
    LLVMBuilderRef b = e->b;
    LLVMValueRef base = LLVMBuildTrunc(
        b, LLVMBuildMul(b, first, ir_i64(e, k->lanes), ""), e->i32, "");
    LLVMValueRef offset = ir_i32(e, (int32_t)(v * k->lanes));
    LLVMValueRef numbers = LLVMBuildAdd(
        b, kernel_splat(k, base),
        LLVMBuildAdd(b, kernel_splat(k, offset),
                     vmath_lane_numbers(e->i32, k->lanes), ""), "");
    LLVMValueRef chosen = vmath_compress(e->vmath, b, numbers, mask);
    LLVMValueRef n = ir_load(e, e->i64, n_listed);
    LLVMSetAlignment(LLVMBuildStore(b, chosen, ir_at(e, e->i32, list, n)), 4);
    ir_store(e, LLVMBuildAdd(b, n, vmath_popcount(e->vmath, b, mask), ""),
             n_listed);
}

void batch_each(const Kernel *k, LLVMValueRef list, LLVMValueRef n,
                BatchVisit *visit, void *context)
{
    Emit *e = k->e;
    LLVMBuilderRef b = e->b;
    LLVMValueRef lanes = ir_i64(e, k->lanes);
    LLVMValueRef more = LLVMBuildAdd(b, n, ir_i64(e, k->lanes - 1), "");
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                LLVMBuildUDiv(b, more, lanes, ""));
    LLVMValueRef at = LLVMBuildMul(b, loop.index, lanes, "");
    LLVMValueRef left = LLVMBuildSub(b, n, at, "");
    LLVMValueRef fits = LLVMBuildICmp(b, LLVMIntSLT, left, lanes, "");
    visit(context, ir_at(e, e->i32, list, at),
          LLVMBuildSelect(b, fits, left, lanes, ""));
    ir_loop_end(e, &loop);
}

void batch_copy_neurons(const Kernel *k, LLVMValueRef from, LLVMValueRef to)
{
    LLVMBuilderRef b = k->e->b;
    if (is_whole(k))
        return;
    LLVMValueRef neurons = LLVMBuildLoad2(b, k->ints, from, "");
    LLVMSetAlignment(neurons, 4);
    LLVMSetAlignment(LLVMBuildStore(b, neurons, to), 4);
}

// ---- gradients -------------------------------------------------------------

void batch_add_gradient(const Kernel *k, const Batch *batch,
                        const Parameter *parameter, LLVMValueRef value)
{
    LLVMValueRef row = kernel_sums(k, batch->run, parameter);
    LLVMValueRef old = batch_load(k, batch, k->doubles, row,
                                  vmath_const(k->doubles, 0));
    LLVMValueRef sum = LLVMBuildFAdd(k->e->b, old, kernel_widen(k, value), "");
    batch_store(k, batch, &row, &sum, 1);
}

LLVMValueRef batch_observed_gradient(const Kernel *k, const Batch *batch,
                                     unsigned index)
{
    Emit *e = k->e;
    LLVMTypeRef doubles = ir_vector(e, e->f64, k->lanes);
    LLVMValueRef base = ir_at(
        e, e->f64, ir_run_get(e, batch->run, RUN_observed_gradient),
        ir_i64(e, (int64_t)index * k->plan->population->size));
    LLVMValueRef values = batch_load(k, batch, doubles, base,
                                     vmath_const(doubles, 0));
    return e->real == e->f64 ? values
                             : LLVMBuildFPTrunc(e->b, values, k->vector, "");
}
