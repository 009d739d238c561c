// The backward kernel over slices (slices.h).
#include "emit/kernel/spike.h"
#include "emit/kernel/tape.h"
#include "emit/slices/slices.h"

// ---- spikes ----------------------------------------------------------------

static void undo_round(Slice *s)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    LLVMValueRef record = tape_last(k, s->run, slice_spikes_bytes(k));
    LLVMValueRef bits = ir_load_loose(
        e, e->i64, slice_spikes_word(s, record, SPIKES_BITS));
    LLVMValueRef first = ir_load_loose(
        e, e->i64, slice_spikes_word(s, record, SPIKES_FIRST));
    LLVMValueRef times = ir_load_loose(e, k->doubles,
                                       slice_spikes_times(s, record));
    s->l.mask = kernel_mask_of_bits(k, bits);
    s->l.record = record;
    loop_spike_back(&s->l, times, spike_gradient_lanes(k, s->run, bits, first));
    tape_drop(k, s->run, slice_spikes_bytes(k));
}

static void undo_spikes(Slice *s)
{
    Emit *e = s->k->e;
    if (s->k->derived->crossing.n == 0)
        return;
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), tape_take_word(s->k, s->run));
    undo_round(s);
    ir_loop_end(e, &loop);
}

// ---- arrivals --------------------------------------------------------------

// To an array of the steps that may be NULL; what other lanes get is not read.
static void store(const Slice *s, RunField field, LLVMValueRef step,
                  LLVMValueRef value, unsigned port)
{
    Emit *e = s->k->e;
    LLVMValueRef wanted = LLVMBuildIsNotNull(
        e->b, ir_run_get(e, s->run, field), "");
    IrIf some = ir_if_begin(e, wanted);
    LLVMValueRef at = slice_own(s, field, e->real, step);
    if (port > 0)
        value = kernel_select(s->k, s->l.mask, value,
                              ir_load_loose(e, s->k->vector, at));
    ir_store_loose(e, value, at);
    ir_if_end(e, &some);
}

// Where channels share their arrivals.
static void add_times(const Slice *s, LLVMValueRef step, LLVMValueRef value)
{
    Emit *e = s->k->e;
    LLVMValueRef base = ir_run_get(e, s->run, RUN_slice_time_gradient);
    IrIf wanted = ir_if_begin(e, LLVMBuildIsNotNull(e->b, base, ""));
    LLVMValueRef at = slice_own(s, RUN_slice_time_gradient, e->real, step);
    LLVMValueRef old = ir_load_loose(e, s->k->vector, at);
    ir_store_loose(e, LLVMBuildFAdd(e->b, old, value, ""), at);
    ir_if_end(e, &wanted);
}

static void add_weights(const Slice *s, LLVMValueRef step, LLVMValueRef value)
{
    Emit *e = s->k->e;
    SlicePlaces places = slice_places(s, RUN_slice_weight_gradients, step);
    IrIf wanted = ir_if_begin(e, LLVMBuildIsNotNull(e->b, places.array, ""));
    LLVMValueRef sum = LLVMBuildFAdd(e->b, slice_load(s, places), value, "");
    slice_store(s, places, sum);
    ir_if_end(e, &wanted);
}

static void hand_back(const Slice *s, LLVMValueRef step, ArrivalBack back,
                      unsigned port)
{
    const Kernel *k = s->k;
    if (k->plan->channels == 0) {
        store(s, RUN_slice_time_gradient, step, back.time, port);
        store(s, RUN_slice_weight_gradient, step, back.weight, port);
        return;
    }
    LLVMValueRef zero = kernel_zero(k);
    add_times(s, step, kernel_select(k, s->l.mask, back.time, zero));
    add_weights(s, step, kernel_select(k, s->l.mask, back.weight, zero));
}

static void take_states(Slice *s)
{
    Kernel *k = s->k;
    if (!loop_keeps_states(k))
        return;
    s->l.record = tape_last(k, s->run, slice_states_bytes(k));
    tape_drop(k, s->run, slice_states_bytes(k));
}

static void undo_arrivals(Slice *s, LLVMValueRef step)
{
    Kernel *k = s->k;
    LLVMValueRef time = slice_time(s, step);
    LLVMValueRef weights = slice_weights(s, step);
    LLVMValueRef mask = slice_arrivals(s, time);
    take_states(s);
    for (unsigned port = 0; port < k->plan->population->system->n_ports;
         port++) {
        s->l.mask = slice_of_port(s, mask, step, port);
        hand_back(s, step, loop_jump_back(&s->l, port, time, weights), port);
    }
}

// ---- a slice ---------------------------------------------------------------

static LLVMValueRef emit_slice(Kernel *k)
{
    Emit *e = k->e;
    Slice s = slice_begin(k, "slice_back");
    LLVMValueRef f = e->function;
    loop_load_peaks(&s.l, s.lane);
    loop_start_back(&s.l, NULL);
    undo_spikes(&s);
    IrLoop loop = ir_loop_begin(e, s.first, s.end);
    LLVMValueRef done = LLVMBuildSub(e->b, loop.index, s.first, "");
    LLVMValueRef step = LLVMBuildSub(
        e->b, LLVMBuildSub(e->b, s.end, ir_i64(e, 1), ""), done, "");
    undo_arrivals(&s, step);
    undo_spikes(&s);
    ir_loop_end(e, &loop);
    s.l.mask = s.valid;
    loop_finish_back(&s.l, NULL);
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
    return f;
}

LLVMValueRef slices_emit_backward(Kernel *k)
{
    return slices_emit_all(k, "backward", emit_slice(k), false);
}
