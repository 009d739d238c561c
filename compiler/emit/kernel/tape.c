// The tape of a kernel (tape.h).
#include "emit/kernel/tape.h"

#include "emit/compat.h"

static LLVMValueRef at_offset(Emit *e, LLVMValueRef base, int64_t bytes)
{
    return ir_byte_offset(e, base, ir_i64(e, bytes));
}

static void grow_if(Kernel *k, LLVMValueRef run, const char *function,
                    LLVMValueRef need, LLVMValueRef capacity)
{
    Emit *e = k->e;
    LLVMTypeRef types[] = {e->pointer, e->i64};
    LLVMValueRef grow = ir_external(e, function, e->i32, types, 2);
    IrIf full = ir_if_rarely(e, LLVMBuildICmp(e->b, LLVMIntSGT, need, capacity,
                                              ""));
    LLVMValueRef args[] = {run, need};
    LLVMValueRef status = ir_call(e, grow, args, 2);
    ir_return_if(e, LLVMBuildICmp(e->b, LLVMIntNE, status, ir_i32(e, 0), ""),
                 status);
    ir_if_end(e, &full);
}

// Room for `bytes` more; the address where they go.
static LLVMValueRef reserve(Kernel *k, LLVMValueRef run, unsigned bytes)
{
    Emit *e = k->e;
    LLVMValueRef used = ir_run_get(e, run, RUN_tape_used);
    LLVMValueRef need = LLVMBuildAdd(e->b, used, ir_i64(e, bytes), "");
    grow_if(k, run, "snn_rt_grow_tape", need,
            ir_run_get(e, run, RUN_tape_capacity));
    ir_run_set(e, run, RUN_tape_used, need);
    return ir_byte_offset(e, ir_run_get(e, run, RUN_tape), used);
}

LLVMValueRef tape_last(const Kernel *k, LLVMValueRef run, unsigned bytes)
{
    Emit *e = k->e;
    LLVMValueRef used = ir_run_get(e, run, RUN_tape_used);
    LLVMValueRef at = LLVMBuildSub(e->b, used, ir_i64(e, bytes), "");
    return ir_byte_offset(e, ir_run_get(e, run, RUN_tape), at);
}

void tape_drop(const Kernel *k, LLVMValueRef run, unsigned bytes)
{
    Emit *e = k->e;
    LLVMValueRef used = ir_run_get(e, run, RUN_tape_used);
    ir_run_set(e, run, RUN_tape_used,
               LLVMBuildSub(e->b, used, ir_i64(e, bytes), ""));
}

LLVMValueRef tape_open(Kernel *k, LLVMValueRef run, unsigned bytes,
                       unsigned spikes)
{
    Emit *e = k->e;
    if (spikes > 0) {
        LLVMValueRef count = ir_run_get(e, run, RUN_spike_count);
        LLVMValueRef need = LLVMBuildAdd(e->b, count, ir_i64(e, spikes), "");
        grow_if(k, run, "snn_rt_grow_spikes", need,
                ir_run_get(e, run, RUN_spike_capacity));
    }
    return reserve(k, run, bytes);
}

// ---- steps -----------------------------------------------------------------

void tape_push_step(Kernel *k, LLVMValueRef run, const TapeStep *step)
{
    Emit *e = k->e;
    LLVMValueRef count = ir_run_get(e, run, RUN_spike_count);
    LLVMValueRef at = tape_open(k, run, k->step_bytes, k->lanes);
    kernel_store_row(k, at, step->states);
    int64_t tail = (int64_t)k->n * k->vector_bytes;
    ir_store_loose(e, step->time, at_offset(e, at, tail));
    tail += k->vector_bytes;
    ir_store_loose(e, step->spiked, at_offset(e, at, tail));
    ir_store_loose(e, step->at_once, at_offset(e, at, tail + 8));
    ir_store_loose(e, count, at_offset(e, at, tail + 16));
    if (step->woken)
        ir_store_loose(e, step->woken, at_offset(e, at, tail + 24));
}

TapeStep tape_read_step(const Kernel *k, LLVMValueRef run, LLVMValueRef *states)
{
    Emit *e = k->e;
    LLVMValueRef at = tape_last(k, run, k->step_bytes);
    int64_t tail = (int64_t)k->n * k->vector_bytes;
    TapeStep step = {.states = states};
    kernel_load_row(k, at, states);
    step.time = ir_load_loose(e, k->vector, at_offset(e, at, tail));
    tail += k->vector_bytes;
    step.spiked = ir_load_loose(e, e->i64, at_offset(e, at, tail));
    step.at_once = ir_load_loose(e, e->i64, at_offset(e, at, tail + 8));
    step.first_spike = ir_load_loose(e, e->i64, at_offset(e, at, tail + 16));
    if (k->plan->population->system->rest)
        step.woken = ir_load_loose(e, e->i64, at_offset(e, at, tail + 24));
    return step;
}

void tape_drop_step(const Kernel *k, LLVMValueRef run)
{
    tape_drop(k, run, k->step_bytes);
}

// ---- headers ---------------------------------------------------------------

// A header: what is left, the neurons, their count, the number of steps, the
// interval.
enum { COUNT_AT = 0, STEPS_AT = 8, INTERVAL_AT = 16 };

static LLVMValueRef field(const Kernel *k, LLVMValueRef header, int64_t at)
{
    return at_offset(k->e, header, k->vector_bytes + 4 * k->lanes + at);
}

void tape_push_header(Kernel *k, LLVMValueRef run, LLVMValueRef interval,
                      const Batch *batch, LLVMValueRef left,
                      LLVMValueRef steps)
{
    Emit *e = k->e;
    LLVMValueRef at = reserve(k, run, k->header_bytes);
    ir_store_loose(e, left, at);
    batch_copy_neurons(k, batch->neurons, at_offset(e, at, k->vector_bytes));
    ir_store_loose(e, batch->count, field(k, at, COUNT_AT));
    ir_store_loose(e, steps, field(k, at, STEPS_AT));
    ir_store_loose(e, interval, field(k, at, INTERVAL_AT));
}

LLVMValueRef tape_is_top(const Kernel *k, LLVMValueRef run,
                         LLVMValueRef interval)
{
    Emit *e = k->e;
    LLVMValueRef top = ir_slot(e, e->i64, "top");
    ir_store(e, ir_i64(e, -1), top);
    LLVMValueRef used = ir_run_get(e, run, RUN_tape_used);
    IrIf some = ir_if_begin(e, LLVMBuildICmp(e->b, LLVMIntSGT, used,
                                             ir_i64(e, 0), ""));
    LLVMValueRef at = field(k, tape_last(k, run, k->header_bytes), INTERVAL_AT);
    ir_store(e, ir_load_loose(e, e->i64, at), top);
    ir_if_end(e, &some);
    return LLVMBuildICmp(e->b, LLVMIntEQ, ir_load(e, e->i64, top), interval,
                         "");
}

TapeHeader tape_read_header(const Kernel *k, LLVMValueRef run,
                            LLVMValueRef neurons)
{
    Emit *e = k->e;
    LLVMValueRef at = tape_last(k, run, k->header_bytes);
    batch_copy_neurons(k, at_offset(e, at, k->vector_bytes), neurons);
    TapeHeader header = {
        ir_load_loose(e, k->vector, at),
        ir_load_loose(e, e->i64, field(k, at, STEPS_AT)),
        ir_load_loose(e, e->i64, field(k, at, COUNT_AT)),
    };
    return header;
}

void tape_drop_header(const Kernel *k, LLVMValueRef run)
{
    tape_drop(k, run, k->header_bytes);
}

// ---- words -----------------------------------------------------------------

void tape_push_word(Kernel *k, LLVMValueRef run, LLVMValueRef word)
{
    ir_store_loose(k->e, word, reserve(k, run, 8));
}

LLVMValueRef tape_take_word(const Kernel *k, LLVMValueRef run)
{
    LLVMValueRef word = ir_load_loose(k->e, k->e->i64, tape_last(k, run, 8));
    tape_drop(k, run, 8);
    return word;
}
