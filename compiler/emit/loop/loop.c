// Lists of neurons, their rows of state, and the frame of a handler (loop.h).
#include "emit/loop/loop.h"

#include "emit/compat.h"

// ---- layout ----------------------------------------------------------------

static unsigned field_rows(const Kernel *k, LoopField field)
{
    switch (field) {
    case LOOP_STATE:
    case LOOP_LAMBDA:
        return k->n;
    case LOOP_BEST:
    case LOOP_PEAK_TIME:
    case LOOP_PEAK_SLOPE:
    case LOOP_PEAK_PIECE:
        return (unsigned)k->plan->n_peaks;
    case LOOP_CONTROL:
    case LOOP_BACK_CONTROL:
        return k->derived->numeric ? 1 + k->n : 0;
    default:
        return 1;
    }
}

static LLVMTypeRef field_type(const Kernel *k, LoopField field)
{
    if (field == LOOP_LAST)
        return k->e->f64;
    return field < LOOP_PIECE ? k->e->real : k->e->i32;
}

static unsigned type_bytes(const Kernel *k, LLVMTypeRef scalar)
{
    return scalar == k->e->i32 ? 4 : scalar == k->e->f64 ? 8 : k->e->real_size;
}

static uint64_t whole_lines(uint64_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

// Rows begin at whole cache lines; in a record fields follow each other.
static uint64_t row_bytes(const Kernel *k, LoopField field)
{
    uint64_t each = type_bytes(k, field_type(k, field));
    return k->plan->keeps_records ? each : whole_lines(k->padded * each);
}

static uint64_t field_offset(const Kernel *k, LoopField field)
{
    uint64_t offset = 0;
    for (int f = 0; f < (int)field; f++)
        offset += field_rows(k, (LoopField)f) * row_bytes(k, (LoopField)f);
    return offset;
}

uint32_t loop_record_bytes(const Kernel *k)
{
    return k->plan->keeps_records
               ? (uint32_t)whole_lines(field_offset(k, LOOP_FIELDS)) : 0;
}

uint64_t loop_scratch(const Kernel *k)
{
    return k->plan->keeps_records
               ? (uint64_t)k->padded * loop_record_bytes(k)
               : field_offset(k, LOOP_FIELDS);
}

// ---- the touch -------------------------------------------------------------

static LLVMTypeRef touch_type(const Emit *e, TouchField field)
{
    const LLVMTypeRef DOUBLES = e->pointer, WORDS = e->pointer,
                      BYTES = e->pointer, INTEGER = e->i64, REAL = e->f64;
    const LLVMTypeRef types[] = {
#define FIELD(kind, name) kind,
#include "snn/abi_touch.def"
#undef FIELD
    };
    return types[field];
}

LLVMValueRef loop_touch_get(const Loop *l, TouchField field)
{
    Emit *e = l->k->e;
    return ir_load(e, touch_type(e, field),
                   ir_at(e, e->i64, l->touch, ir_i64(e, field)));
}

void loop_touch_set(const Loop *l, TouchField field, LLVMValueRef value)
{
    Emit *e = l->k->e;
    ir_store(e, value, ir_at(e, e->i64, l->touch, ir_i64(e, field)));
}

// ---- rows and lists --------------------------------------------------------

static LLVMValueRef aligned_load(const Loop *l, LLVMTypeRef scalar,
                                 LLVMValueRef at)
{
    LLVMTypeRef type = ir_vector(l->k->e, scalar, l->k->lanes);
    LLVMValueRef value = LLVMBuildLoad2(l->k->e->b, type, at, "");
    LLVMSetAlignment(value, type_bytes(l->k, scalar));
    return value;
}

static LLVMValueRef lanes_at(const Loop *l, LLVMTypeRef scalar,
                             LLVMValueRef base)
{
    Emit *e = l->k->e;
    if (kernel_is_list(l->k, l->vector))
        return kernel_gather(l->k, scalar, base, l->vector);
    return aligned_load(l, scalar, ir_at(e, scalar, base, l->at));
}

static void set_lanes_at(const Loop *l, LLVMTypeRef scalar, LLVMValueRef base,
                         LLVMValueRef value)
{
    Emit *e = l->k->e;
    unsigned bytes = type_bytes(l->k, scalar);
    if (kernel_is_list(l->k, l->vector)) {
        compat_masked_scatter(e->module, e->b, value,
                              ir_at(e, scalar, base, l->vector), bytes,
                              l->mask);
        return;
    }
    LLVMValueRef at = ir_at(e, scalar, base, l->at);
    LLVMSetAlignment(LLVMBuildStore(e->b, value, at), bytes);
}

static LLVMValueRef field_row(const Loop *l, LoopField field, unsigned row)
{
    Emit *e = l->k->e;
    uint64_t offset = field_offset(l->k, field) + row * row_bytes(l->k, field);
    return ir_byte_offset(e, ir_run_get(e, l->run, RUN_scratch),
                          ir_i64(e, (int64_t)offset));
}

// Offsets of the lanes' records.
static LLVMValueRef record_offsets(const Loop *l)
{
    Emit *e = l->k->e;
    unsigned lanes = l->k->lanes;
    LLVMTypeRef wide = ir_vector(e, e->i64, lanes);
    LLVMValueRef neuron;
    if (kernel_is_list(l->k, l->vector))
        neuron = LLVMBuildZExt(e->b, l->vector, wide, "");
    else
        neuron = LLVMBuildAdd(e->b, vmath_splat(e->b, l->at, lanes),
                              vmath_lane_numbers(e->i64, lanes), "");
    LLVMValueRef bytes = ir_i64(e, loop_record_bytes(l->k));
    return LLVMBuildMul(e->b, neuron, vmath_splat(e->b, bytes, lanes), "");
}

static LLVMValueRef record_fields(const Loop *l, LoopField field, unsigned row)
{
    Emit *e = l->k->e;
    return ir_at(e, e->i8, field_row(l, field, row), record_offsets(l));
}

LLVMValueRef loop_get(const Loop *l, LoopField field, unsigned row)
{
    const Kernel *k = l->k;
    LLVMTypeRef scalar = field_type(k, field);
    if (l->slots)
        return ir_load(k->e, ir_vector(k->e, scalar, k->lanes),
                       l->slots[field][row]);
    if (!k->plan->keeps_records)
        return lanes_at(l, scalar, field_row(l, field, row));
    LLVMTypeRef type = ir_vector(k->e, scalar, k->lanes);
    return compat_masked_gather(k->e->module, k->e->b, type,
                                record_fields(l, field, row),
                                type_bytes(k, scalar),
                                LLVMConstAllOnes(k->mask), LLVMConstNull(type));
}

void loop_put(const Loop *l, LoopField field, unsigned row,
              LLVMValueRef value)
{
    const Kernel *k = l->k;
    LLVMTypeRef scalar = field_type(k, field);
    if (l->slots) {
        LLVMValueRef old = loop_get(l, field, row);
        ir_store(k->e, kernel_select(k, l->mask, value, old),
                 l->slots[field][row]);
        return;
    }
    if (!k->plan->keeps_records) {
        set_lanes_at(l, scalar, field_row(l, field, row), value);
        return;
    }
    bool is_list = kernel_is_list(k, l->vector);
    compat_masked_scatter(k->e->module, k->e->b, value,
                          record_fields(l, field, row), type_bytes(k, scalar),
                          is_list ? l->mask : LLVMConstAllOnes(k->mask));
}

void loop_get_row(const Loop *l, LoopField field, LLVMValueRef *values)
{
    for (unsigned i = 0; i < l->k->n; i++)
        values[i] = loop_get(l, field, i);
}

void loop_put_row(const Loop *l, LoopField field, const LLVMValueRef *values)
{
    for (unsigned i = 0; i < l->k->n; i++)
        loop_put(l, field, i, values[i]);
}

LLVMValueRef loop_next_time(const Loop *l)
{
    Emit *e = l->k->e;
    return lanes_at(l, e->f64, ir_run_get(e, l->run, RUN_next_time));
}

void loop_set_next_time(const Loop *l, LLVMValueRef time)
{
    Emit *e = l->k->e;
    LLVMValueRef never = vmath_const(LLVMTypeOf(time), __builtin_inf());
    time = LLVMBuildSelect(e->b, l->mask, time, never, "");
    set_lanes_at(l, e->f64, ir_run_get(e, l->run, RUN_next_time), time);
}

void loop_set_next_wakes(const Loop *l, LLVMValueRef wakes)
{
    Emit *e = l->k->e;
    set_lanes_at(l, e->i32, ir_run_get(e, l->run, RUN_next_wakes),
                 LLVMBuildZExt(e->b, wakes, l->k->ints, ""));
}

LLVMValueRef loop_rests(const Loop *l, const LLVMValueRef *states)
{
    const Kernel *k = l->k;
    size_t flag = k->plan->population->system->rest->flag;
    return LLVMBuildFCmp(k->e->b, LLVMRealOGT, states[flag], kernel_zero(k),
                         "");
}

LLVMValueRef loop_list_get(const Loop *l, LLVMTypeRef scalar, LLVMValueRef list)
{
    Emit *e = l->k->e;
    LLVMTypeRef type = ir_vector(e, scalar, l->k->lanes);
    return compat_masked_load(e->module, e->b, type,
                              ir_at(e, scalar, list, l->at),
                              type_bytes(l->k, scalar), l->mask,
                              LLVMConstNull(type));
}

void loop_list_put(const Loop *l, LLVMTypeRef scalar, LLVMValueRef list,
                   LLVMValueRef value)
{
    Emit *e = l->k->e;
    compat_masked_store(e->module, e->b, value, ir_at(e, scalar, list, l->at),
                        type_bytes(l->k, scalar), l->mask);
}

static LLVMValueRef record_row(const Loop *l, unsigned row)
{
    Emit *e = l->k->e;
    LLVMValueRef first = LLVMBuildMul(e->b, l->count, ir_i64(e, row), "");
    return ir_at(e, e->real, l->record, first);
}

LLVMValueRef loop_record_get(const Loop *l, unsigned row)
{
    return loop_list_get(l, l->k->e->real, record_row(l, row));
}

void loop_record_put(const Loop *l, unsigned row, LLVMValueRef value)
{
    loop_list_put(l, l->k->e->real, record_row(l, row), value);
}

// ---- slots -----------------------------------------------------------------

void loop_open_slots(Loop *l)
{
    Emit *e = l->k->e;
    l->slots = ARENA_ARRAY(e->arena, LLVMValueRef *, LOOP_FIELDS);
    for (int f = 0; f < LOOP_FIELDS; f++) {
        unsigned rows = field_rows(l->k, (LoopField)f);
        LLVMTypeRef type = ir_vector(e, field_type(l->k, (LoopField)f),
                                     l->k->lanes);
        l->slots[f] = ARENA_ARRAY(e->arena, LLVMValueRef, rows + 1);
        for (unsigned row = 0; row < rows; row++) {
            l->slots[f][row] = ir_slot(e, type, "field");
            ir_store(e, LLVMConstNull(type), l->slots[f][row]);
        }
    }
}

static bool is_of_peaks(LoopField field)
{
    return field == LOOP_BEST || field == LOOP_PEAK_TIME ||
           field == LOOP_PEAK_SLOPE || field == LOOP_PEAK_PIECE ||
           field == LOOP_PIECE;
}

static void move_peaks(const Loop *l, LLVMValueRef first, bool to_slots)
{
    Emit *e = l->k->e;
    for (int f = 0; l->k->plan->n_peaks > 0 && f < LOOP_FIELDS; f++) {
        LoopField field = (LoopField)f;
        LLVMTypeRef scalar = field_type(l->k, field);
        LLVMTypeRef type = ir_vector(e, scalar, l->k->lanes);
        for (unsigned row = 0;
             is_of_peaks(field) && row < field_rows(l->k, field); row++) {
            LLVMValueRef at = ir_at(e, scalar, field_row(l, field, row), first);
            LLVMValueRef slot = l->slots[f][row];
            if (to_slots)
                ir_store(e, ir_load_loose(e, type, at), slot);
            else
                ir_store_loose(e, ir_load(e, type, slot), at);
        }
    }
}

void loop_store_peaks(const Loop *l, LLVMValueRef first)
{
    move_peaks(l, first, false);
}

void loop_load_peaks(const Loop *l, LLVMValueRef first)
{
    move_peaks(l, first, true);
}

// ---- time ------------------------------------------------------------------

LLVMValueRef loop_narrow(const Loop *l, LLVMValueRef value)
{
    Emit *e = l->k->e;
    return e->real == e->f64 ? value
                             : LLVMBuildFPTrunc(e->b, value, l->k->vector, "");
}

LLVMValueRef loop_widen(const Loop *l, LLVMValueRef value)
{
    Emit *e = l->k->e;
    LLVMTypeRef wide = ir_vector(e, e->f64, l->k->lanes);
    return e->real == e->f64 ? value : LLVMBuildFPExt(e->b, value, wide, "");
}

// |time - last|: forward `last` lies before, backward behind.
LLVMValueRef loop_elapsed(const Loop *l, LLVMValueRef time)
{
    Emit *e = l->k->e;
    LLVMValueRef last = loop_get(l, LOOP_LAST, 0);
    LLVMValueRef h = LLVMBuildFSub(e->b, time, last, "");
    return loop_narrow(l, vmath_abs(e->vmath, e->b, h));
}

// ---- the frame of a handler ------------------------------------------------

static void grow_if(const Loop *l, const char *function, LLVMValueRef need,
                    LLVMValueRef capacity)
{
    Emit *e = l->k->e;
    LLVMTypeRef types[] = {e->pointer, e->i64};
    LLVMValueRef grow = ir_external(e, function, e->i32, types, 2);
    IrIf full = ir_if_rarely(e, LLVMBuildICmp(e->b, LLVMIntSGT, need, capacity,
                                              ""));
    LLVMValueRef args[] = {l->run, need};
    LLVMValueRef status = ir_call(e, grow, args, 2);
    ir_return_if(e, LLVMBuildICmp(e->b, LLVMIntNE, status, ir_i32(e, 0), ""),
                 status);
    ir_if_end(e, &full);
}

static void open_record(Loop *l, const LoopSpec *spec)
{
    Emit *e = l->k->e;
    if (spec->record_rows == 0)
        return;
    int64_t each = (int64_t)spec->record_rows * e->real_size;
    LLVMValueRef bytes = LLVMBuildMul(e->b, l->count, ir_i64(e, each), "");
    LLVMValueRef used = ir_run_get(e, l->run, RUN_tape_used);
    LLVMValueRef begin = used;
    if (spec->is_backward) {
        begin = LLVMBuildSub(e->b, used, bytes, "");
        ir_run_set(e, l->run, RUN_tape_used, begin);
    } else {
        LLVMValueRef end = LLVMBuildAdd(e->b, used, bytes, "");
        grow_if(l, "snn_rt_grow_tape", end,
                ir_run_get(e, l->run, RUN_tape_capacity));
        ir_run_set(e, l->run, RUN_tape_used, end);
    }
    l->record = ir_byte_offset(e, ir_run_get(e, l->run, RUN_tape), begin);
}

static void open_spikes(Loop *l, const LoopSpec *spec)
{
    Emit *e = l->k->e;
    if (!spec->makes_spikes)
        return;
    LLVMValueRef first = ir_run_get(e, l->run, RUN_spike_count);
    LLVMValueRef end = LLVMBuildAdd(e->b, first, l->count, "");
    grow_if(l, "snn_rt_grow_spikes", end,
            ir_run_get(e, l->run, RUN_spike_capacity));
    loop_touch_set(l, TOUCH_first_spike, first);
    ir_run_set(e, l->run, RUN_spike_count, end);
}

// Lanes behind the list's end read as neuron 0.
static void choose_lanes(Loop *l, LLVMValueRef neurons, LLVMValueRef index)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    l->at = LLVMBuildMul(e->b, index, ir_i64(e, k->lanes), "");
    LLVMValueRef left = LLVMBuildSub(e->b, l->count, l->at, "");
    l->mask = vmath_first_lanes(e->vmath, e->b, left, k->lanes);
    l->vector = neurons ? loop_list_get(l, e->i32, neurons) : index;
    l->parameters = kernel_scope(k, l->run, l->vector);
}

static void walk(Loop *l, const LoopSpec *spec, LLVMValueRef neurons)
{
    const Kernel *k = l->k;
    Emit *e = k->e;
    open_record(l, spec);
    open_spikes(l, spec);
    if (spec->sums_times)
        loop_touch_set(l, TOUCH_time_gradient, LLVMConstReal(e->f64, 0));
    LLVMValueRef more = LLVMBuildAdd(e->b, l->count, ir_i64(e, k->lanes - 1),
                                     "");
    LLVMValueRef vectors = LLVMBuildSDiv(e->b, more, ir_i64(e, k->lanes), "");
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), vectors);
    choose_lanes(l, neurons, loop.index);
    spec->body(l, spec->data);
    ir_loop_end(e, &loop);
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
}

static LLVMValueRef emit_variant(Kernel *k, const LoopSpec *spec, bool is_list)
{
    Emit *e = k->e;
    LLVMTypeRef types[] = {e->pointer, e->pointer};
    const char *name = arena_printf(e->arena, "%s.%s", spec->name,
                                    is_list ? "list" : "all");
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, name), e->i32, types,
                                       2, false);
    Loop l = {.k = k, .run = LLVMGetParam(f, 0), .touch = LLVMGetParam(f, 1)};
    l.count = loop_touch_get(&l, TOUCH_count);
    walk(&l, spec, is_list ? loop_touch_get(&l, TOUCH_neurons) : NULL);
    return f;
}

LLVMValueRef loop_emit_handler(Kernel *k, const LoopSpec *spec)
{
    Emit *e = k->e;
    LLVMValueRef of_list = emit_variant(k, spec, true);
    if (spec->only_lists)
        return of_list;
    LLVMValueRef of_all = emit_variant(k, spec, false);
    LLVMTypeRef types[] = {e->pointer, e->pointer};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, spec->name), e->i32,
                                       types, 2, false);
    LLVMValueRef args[] = {LLVMGetParam(f, 0), LLVMGetParam(f, 1)};
    Loop l = {.k = k, .run = args[0], .touch = args[1]};
    LLVMValueRef neurons = loop_touch_get(&l, TOUCH_neurons);
    IrIf all = ir_if_begin(e, LLVMBuildIsNull(e->b, neurons, ""));
    LLVMBuildRet(e->b, ir_call(e, of_all, args, 2));
    LLVMPositionBuilderAtEnd(e->b, all.end);
    LLVMBuildRet(e->b, ir_call(e, of_list, args, 2));
    ir_function_end(e);
    return f;
}

LLVMValueRef loop_emit_sweep(Kernel *k, const LoopSpec *spec)
{
    Emit *e = k->e;
    LLVMTypeRef types[] = {e->pointer};
    LLVMValueRef f = ir_function_begin(e, kernel_symbol(k, spec->name), e->i32,
                                       types, 1, false);
    Loop l = {.k = k, .run = LLVMGetParam(f, 0)};
    l.count = ir_i64(e, k->plan->population->size);
    walk(&l, spec, NULL);
    return f;
}
