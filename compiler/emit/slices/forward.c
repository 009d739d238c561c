// The forward kernel over slices (slices.h).
#include "emit/kernel/crossing.h"
#include "emit/kernel/spike.h"
#include "emit/kernel/tape.h"
#include "emit/slices/slices.h"
#include "snn/abi.h"

enum { MAX_SLICE_STATES = DERIVED_STATES_MAX, ENDLESS = 1 << 20 };

// ---- spikes before the next arrival -----------------------------------------

// The states at `time` (f64 lanes) if nothing happens before, to s->ahead.
static void look_ahead(const Slice *s, LLVMValueRef time)
{
    LLVMValueRef x[MAX_SLICE_STATES], end[MAX_SLICE_STATES];
    loop_get_row(&s->l, LOOP_STATE, x);
    loop_advance(&s->l, x, loop_elapsed(&s->l, time), end);
    for (unsigned i = 0; i < s->k->n; i++)
        ir_store(s->k->e, end[i], s->ahead[i]);
}

static void get_ahead(const Slice *s, LLVMValueRef *end)
{
    for (unsigned i = 0; i < s->k->n; i++)
        end[i] = ir_load(s->k->e, s->k->vector, s->ahead[i]);
}

// Lanes of the mask that may spike before `time`. Where no time passes, more
// arrives at the same instant, or all has been searched.
static LLVMValueRef may_spike(const Slice *s, LLVMValueRef time)
{
    const Kernel *k = s->k;
    Emit *e = k->e;
    LLVMValueRef x[MAX_SLICE_STATES], end[MAX_SLICE_STATES];
    loop_get_row(&s->l, LOOP_STATE, x);
    get_ahead(s, end);
    Scope *scope = loop_scope(&s->l, x);
    kernel_bind_row(scope, k->plan->end_states, end, k->n);
    scope_bind(scope, k->derived->interval, loop_elapsed(&s->l, time));
    LLVMValueRef passes = LLVMBuildFCmp(
        e->b, LLVMRealOLT, loop_get(&s->l, LOOP_LAST, 0), time, "");
    LLVMValueRef may = LLVMBuildAnd(
        e->b, scope_mask(scope, k->plan->screen), passes, "");
    return LLVMBuildAnd(e->b, may, s->l.mask, "");
}

static LLVMValueRef open_record(const Slice *s, LLVMValueRef bits,
                                LLVMValueRef times)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    LLVMValueRef record = tape_open(k, s->run, slice_spikes_bytes(k), k->lanes);
    ir_store_loose(e, times, slice_spikes_times(s, record));
    ir_store_loose(e, bits, slice_spikes_word(s, record, SPIKES_BITS));
    ir_store_loose(e, ir_run_get(e, s->run, RUN_spike_count),
                   slice_spikes_word(s, record, SPIKES_FIRST));
    return record;
}

// Spikes of the lanes that were found; `active` becomes those that may spike
// again before `time`.
static void spike(const Slice *s, LLVMValueRef time, Crossing crossing,
                  LLVMValueRef active)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    Slice found = *s;
    found.l.mask = crossing.found;
    LLVMValueRef last = loop_get(&s->l, LOOP_LAST, 0);
    LLVMValueRef times = LLVMBuildFAdd(
        e->b, last, loop_widen(&s->l, crossing.time), "");
    times = vmath_min(e->vmath, e->b, times, time);
    LLVMValueRef bits = vmath_bitmask(e->vmath, e->b, crossing.found);
    found.l.record = open_record(s, bits, times);
    spike_record_at(k, s->run, s->l.vector, bits, times);
    loop_spike(&found.l, times, crossing.at_once);
    look_ahead(s, time);
    ir_store(e, may_spike(&found, time), active);
}

static void count_round(const Slice *s, LLVMValueRef active, LLVMValueRef time)
{
    Emit *e = s->k->e;
    LLVMValueRef n = ir_load(e, e->i64, s->rounds);
    ir_store(e, LLVMBuildAdd(e->b, n, ir_i64(e, 1), ""), s->rounds);
    LLVMValueRef bits = vmath_bitmask(e->vmath, e->b, active);
    LLVMValueRef when = LLVMBuildExtractElement(
        e->b, time, ir_lowest_bit(e, bits), "");
    spike_stop_if(s->k, s->run, s->l.vector,
                  LLVMBuildICmp(e->b, LLVMIntSGE, n, ir_i64(e, ENDLESS), ""),
                  bits, when, SNN_RUNAWAY);
}

// All spikes of the lanes in `may`, up to `time`, round by round.
static void spikes(const Slice *s, LLVMValueRef time, LLVMValueRef may)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    LLVMValueRef x[MAX_SLICE_STATES], end[MAX_SLICE_STATES];
    LLVMValueRef active_slot = ir_slot(e, k->mask, "active");
    ir_store(e, may, active_slot);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef active = ir_load(e, k->mask, active_slot);
    ir_while_test(e, &loop, vmath_any(e->vmath, e->b, active));
    loop_get_row(&s->l, LOOP_STATE, x);
    get_ahead(s, end);
    CrossingInput in = {s->run, s->l.vector, x, end, loop_elapsed(&s->l, time),
                        active, NULL, NULL};
    Crossing crossing = crossing_emit_first(k, &in);
    ir_store(e, LLVMConstNull(k->mask), active_slot);
    IrIf found = ir_if_begin(e, vmath_any(e->vmath, e->b, crossing.found));
    count_round(s, active, time);
    spike(s, time, crossing, active_slot);
    ir_if_end(e, &found);
    ir_while_end(e, &loop);
}

// The lanes of the mask up to their next arrival at `time`, and its states.
static void go_to(const Slice *s, LLVMValueRef time)
{
    Emit *e = s->k->e;
    look_ahead(s, time);
    if (s->k->derived->crossing.n == 0)
        return;
    LLVMValueRef may = may_spike(s, time);
    ir_store(e, ir_i64(e, 0), s->rounds);
    IrIf some = ir_if_rarely(e, vmath_any(e->vmath, e->b, may));
    spikes(s, time, may);
    ir_if_end(e, &some);
    tape_push_word(s->k, s->run, ir_load(e, e->i64, s->rounds));
}

// ---- arrivals --------------------------------------------------------------

static void end_piece(const Slice *s, LLVMValueRef time, LLVMValueRef *end)
{
    LLVMValueRef x[MAX_SLICE_STATES];
    loop_get_row(&s->l, LOOP_STATE, x);
    get_ahead(s, end);
    loop_end_piece(&s->l, x, loop_elapsed(&s->l, time), end);
    loop_put(&s->l, LOOP_LAST, 0, time);
}

static void keep_states(Slice *s, const LLVMValueRef *x)
{
    Kernel *k = s->k;
    if (!loop_keeps_states(k))
        return;
    s->l.record = tape_open(k, s->run, slice_states_bytes(k), 0);
    for (unsigned i = 0; i < k->n; i++)
        loop_record_put(&s->l, i, x[i]);
}

static void arrive(Slice *s, LLVMValueRef step)
{
    const HybridSystem *system = s->k->plan->population->system;
    LLVMValueRef x[MAX_SLICE_STATES];
    LLVMValueRef time = slice_time(s, step);
    LLVMValueRef weights = slice_weights(s, step);
    LLVMValueRef mask = slice_arrivals(s, time);
    s->l.mask = mask;
    go_to(s, time);
    end_piece(s, time, x);
    keep_states(s, x);
    for (unsigned port = 0; port < system->n_ports; port++) {
        s->l.mask = slice_of_port(s, mask, step, port);
        loop_jump(&s->l, &system->ports[port], x, weights);
    }
}

// ---- a slice ---------------------------------------------------------------

static LLVMValueRef emit_slice(Kernel *k)
{
    Emit *e = k->e;
    Slice s = slice_begin(k, "slice");
    LLVMValueRef f = e->function;
    for (unsigned i = 0; i < k->n; i++)
        s.ahead[i] = ir_slot(e, k->vector, "ahead");
    s.rounds = ir_slot(e, e->i64, "rounds");
    loop_start(&s.l, NULL);
    IrLoop loop = ir_loop_begin(e, s.first, s.end);
    arrive(&s, loop.index);
    ir_loop_end(e, &loop);
    s.l.mask = s.valid;
    go_to(&s, slice_duration(&s));
    loop_finish(&s.l, NULL);
    loop_store_peaks(&s.l, s.lane);
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
    return f;
}

LLVMValueRef slices_emit_forward(Kernel *k)
{
    return slices_emit_all(k, "forward", emit_slice(k), true);
}
