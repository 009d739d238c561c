// What the kernels of a population share (kernel.h).
#include "emit/kernel/kernel.h"

#include "emit/compat.h"

void kernel_set_lanes(Kernel *k, unsigned lanes)
{
    Emit *e = k->e;
    k->lanes = lanes;
    k->vector = ir_vector(e, e->real, lanes);
    k->ints = ir_vector(e, e->i32, lanes);
    k->mask = ir_vector(e, e->i1, lanes);
    k->doubles = ir_vector(e, e->f64, lanes);
    k->vector_bytes = lanes * e->real_size;
}

Kernel kernel_new(Emit *e, const LayerPlan *plan)
{
    Kernel k = {.e = e, .plan = plan, .derived = plan->derived,
                .name = plan->population->name,
                .n = (unsigned)plan->derived->n};
    kernel_set_lanes(&k, plan->lanes);
    k.padded = plan->vectors * plan->lanes;
    k.wide = e->real_size == 8 ? e->target->lanes_f64 : e->target->lanes_f32;
    k.step_bytes = (k.n + 1) * k.vector_bytes + 32;
    k.header_bytes = k.vector_bytes + 4 * k.lanes + 32;
    k.returned_bytes = k.n * k.vector_bytes + 4 * k.lanes + 64;
    return k;
}

const char *kernel_symbol(const Kernel *k, const char *what)
{
    return arena_printf(k->e->arena, "%s.%s", k->name, what);
}

// ---- layout ----------------------------------------------------------------

static unsigned n_scalars(const Kernel *k)
{
    return 1 + (unsigned)(k->plan->forward.count + k->plan->backward.count);
}

static unsigned count_learned(const Kernel *k)
{
    const Population *population = k->plan->population;
    unsigned n = 0;
    for (size_t i = 0; i < population->n_parameters; i++)
        n += population->parameters[i]->learned;
    return n;
}

// Bytes of a part of the fixed scratch memory.
static uint64_t part_bytes(const Kernel *k, KernelPart part)
{
    const LayerPlan *plan = k->plan;
    uint64_t row = (uint64_t)k->padded * k->e->real_size, bytes = 0;
    switch (part) {
    case PART_PEAKS:
        bytes = plan->n_peaks ? 3 * row + 2 * 4 * (uint64_t)k->padded : 0;
        break;
    case PART_STATES: bytes = k->n * row; break;
    case PART_START: bytes = plan->traces_states ? 0 : k->n * row; break;
    case PART_LIST: bytes = 4 * ((uint64_t)k->padded + k->lanes); break;
    case PART_RETURNED:
        bytes = (plan->vectors + 1) * (uint64_t)k->returned_bytes;
        break;
    case PART_SUMS:
        bytes = count_learned(k) * 8 * (uint64_t)k->padded;
        break;
    case PART_STAMPS: bytes = 4 * (uint64_t)k->padded; break;
    case PART_SCALARS: break;
    }
    return (bytes + 63) / 64 * 64;
}

static uint64_t part_offset(const Kernel *k, KernelPart part)
{
    uint64_t offset = 0;
    for (KernelPart before = 0; before < part; before++)
        offset += part_bytes(k, before);
    return offset;
}

LLVMValueRef kernel_part(const Kernel *k, LLVMValueRef run, KernelPart part)
{
    LLVMValueRef scratch = ir_run_get(k->e, run, RUN_scratch);
    int64_t offset = (int64_t)part_offset(k, part);
    return ir_byte_offset(k->e, scratch, ir_i64(k->e, offset));
}

LLVMValueRef kernel_sums(const Kernel *k, LLVMValueRef run,
                         const Parameter *parameter)
{
    Emit *e = k->e;
    const Population *population = k->plan->population;
    int64_t before = 0;
    for (size_t p = 0; population->parameters[p] != parameter; p++)
        before += population->parameters[p]->learned;
    return ir_at(e, e->f64, kernel_part(k, run, PART_SUMS),
                 ir_i64(e, before * k->padded));
}

LLVMValueRef kernel_returned(const Kernel *k, LLVMValueRef run,
                             LLVMValueRef index)
{
    LLVMValueRef bytes = ir_i64(k->e, k->returned_bytes);
    return ir_byte_offset(k->e, kernel_part(k, run, PART_RETURNED),
                          LLVMBuildMul(k->e->b, index, bytes, ""));
}

LLVMValueRef kernel_returned_neurons(const Kernel *k, LLVMValueRef returned)
{
    return ir_byte_offset(k->e, returned,
                          ir_i64(k->e, k->n * k->vector_bytes));
}

LLVMValueRef kernel_returned_count(const Kernel *k, LLVMValueRef returned)
{
    return ir_byte_offset(
        k->e, returned, ir_i64(k->e, k->n * k->vector_bytes + 4 * k->lanes));
}

uint64_t kernel_scratch_fixed(const Kernel *k)
{
    return part_offset(k, PART_SCALARS)
           + (uint64_t)n_scalars(k) * k->wide * k->e->real_size + 64;
}

uint64_t kernel_scratch_interval(const Kernel *k)
{
    uint64_t traced = k->plan->traces_states ? (uint64_t)k->n * k->padded : 0;
    return (n_scalars(k) + traced) * k->e->real_size;
}

unsigned kernel_stride(const Emit *e, uint32_t columns)
{
    const EventProgram *program = e->program;
    unsigned unit = 64 / e->real_size;
    for (size_t i = 0; i < program->model->n_populations; i++)
        if (program->layers[i] && program->layers[i]->lanes > unit)
            unit = program->layers[i]->lanes;
    return (columns + unit - 1) / unit * unit;
}

LLVMTypeRef kernel_peak_type(const Kernel *k, PeakField field)
{
    return field < PEAK_INTERVAL ? k->vector : k->ints;
}

LLVMValueRef kernel_peak(const Kernel *k, LLVMValueRef run, PeakField field,
                         LLVMValueRef vector)
{
    return ir_at(k->e, kernel_peak_type(k, field), kernel_peaks(k, run, field),
                 vector);
}

LLVMValueRef kernel_peaks(const Kernel *k, LLVMValueRef run, PeakField field)
{
    Emit *e = k->e;
    unsigned reals = field < PEAK_INTERVAL ? field : PEAK_INTERVAL;
    unsigned ints = field - reals;
    int64_t offset = (int64_t)k->padded * (reals * e->real_size + ints * 4);
    return ir_byte_offset(e, kernel_part(k, run, PART_PEAKS),
                          ir_i64(e, offset));
}

LLVMValueRef kernel_scalars(const Kernel *k, LLVMValueRef run)
{
    return kernel_part(k, run, PART_SCALARS);
}

LLVMValueRef kernel_scalar_stride(const Kernel *k, LLVMValueRef run)
{
    LLVMValueRef groups = ir_run_get(k->e, run, RUN_n_groups);
    return LLVMBuildAdd(k->e->b, groups, ir_i64(k->e, 1 + k->wide), "");
}

LLVMValueRef kernel_scalar(const Kernel *k, LLVMValueRef run, unsigned row,
                           LLVMValueRef interval)
{
    Emit *e = k->e;
    LLVMValueRef before = LLVMBuildMul(e->b, kernel_scalar_stride(k, run),
                                       ir_i64(e, row), "");
    return ir_load(e, e->real, ir_at(
        e, e->real, kernel_scalars(k, run),
        LLVMBuildAdd(e->b, before, interval, "")));
}

LLVMValueRef kernel_start_states(const Kernel *k, LLVMValueRef run,
                                 LLVMValueRef interval)
{
    Emit *e = k->e;
    if (!k->plan->traces_states)
        return kernel_part(k, run, PART_START);
    LLVMValueRef scalars = LLVMBuildMul(e->b, kernel_scalar_stride(k, run),
                                        ir_i64(e, n_scalars(k)), "");
    LLVMValueRef row = LLVMBuildMul(e->b, interval,
                                    ir_i64(e, (int64_t)k->n * k->padded), "");
    return ir_at(e, e->real, kernel_scalars(k, run),
                 LLVMBuildAdd(e->b, scalars, row, ""));
}

// ---- time ------------------------------------------------------------------

static LLVMValueRef group_time(const Kernel *k, LLVMValueRef run,
                               LLVMValueRef group)
{
    LLVMValueRef times = ir_run_get(k->e, run, RUN_group_time);
    return ir_load(k->e, k->e->f64, ir_at(k->e, k->e->f64, times, group));
}

LLVMValueRef kernel_start(const Kernel *k, LLVMValueRef run,
                          LLVMValueRef interval)
{
    Emit *e = k->e;
    LLVMValueRef slot = ir_slot(e, e->f64, "start");
    ir_store(e, LLVMConstReal(e->f64, 0), slot);
    LLVMValueRef later = LLVMBuildICmp(e->b, LLVMIntSGT, interval,
                                       ir_i64(e, 0), "");
    IrIf branch = ir_if_begin(e, later);
    LLVMValueRef before = LLVMBuildSub(e->b, interval, ir_i64(e, 1), "");
    ir_store(e, group_time(k, run, before), slot);
    ir_if_end(e, &branch);
    return ir_load(e, e->f64, slot);
}

LLVMValueRef kernel_length(const Kernel *k, LLVMValueRef run,
                           LLVMValueRef interval)
{
    Emit *e = k->e;
    LLVMValueRef end = ir_slot(e, e->f64, "end");
    ir_store(e, LLVMConstReal(e->f64, k->e->model->duration), end);
    LLVMValueRef groups = ir_run_get(e, run, RUN_n_groups);
    LLVMValueRef inner = LLVMBuildICmp(e->b, LLVMIntSLT, interval, groups, "");
    IrIf branch = ir_if_begin(e, inner);
    ir_store(e, group_time(k, run, interval), end);
    ir_if_end(e, &branch);
    LLVMValueRef length = LLVMBuildFSub(e->b, ir_load(e, e->f64, end),
                                        kernel_start(k, run, interval), "");
    return e->real == e->f64 ? length
                             : LLVMBuildFPTrunc(e->b, length, e->real, "");
}

// ---- parameters ------------------------------------------------------------

LLVMValueRef kernel_parameter(const Kernel *k, LLVMValueRef run, RunField array,
                              const Parameter *parameter)
{
    Emit *e = k->e;
    size_t index = 0;
    while (e->model->parameters[index] != parameter)
        index++;
    LLVMValueRef base = ir_run_get(e, run, array);
    return ir_load(e, e->pointer, ir_at(e, e->pointer, base,
                                        ir_i64(e, (int64_t)index)));
}

Scope *kernel_shared_scope(const Kernel *k, LLVMValueRef run)
{
    Emit *e = k->e;
    Scope *scope = scope_open(e, NULL, e->real, k->lanes);
    const Population *population = k->plan->population;
    for (size_t i = 0; i < population->n_parameters; i++) {
        const Parameter *p = population->parameters[i];
        if (p->shape != PARAMETER_SHARED)
            continue;
        LLVMValueRef array = kernel_parameter(k, run, RUN_parameters, p);
        scope_bind(scope, p->symbol, ir_load(e, e->real, array));
    }
    return scope;
}

bool kernel_is_list(const Kernel *k, LLVMValueRef vector)
{
    return LLVMTypeOf(vector) != k->e->i64;
}

LLVMValueRef kernel_gather(const Kernel *k, LLVMTypeRef scalar,
                           LLVMValueRef base, LLVMValueRef neurons)
{
    Emit *e = k->e;
    LLVMTypeRef type = ir_vector(e, scalar, k->lanes);
    LLVMValueRef all = LLVMConstAllOnes(k->mask);
    unsigned bytes = scalar == e->f64 ? 8 : scalar == e->i32 ? 4 : e->real_size;
    return compat_masked_gather(e->module, e->b, type,
                                ir_at(e, scalar, base, neurons), bytes, all,
                                LLVMConstNull(type));
}

// Padding gets the first neuron's value: never 0, which some flow divides by.
static LLVMValueRef load_lanes(const Kernel *k, LLVMValueRef array,
                               LLVMValueRef vector)
{
    Emit *e = k->e;
    if (kernel_is_list(k, vector))
        return kernel_gather(k, e->real, array, vector);
    LLVMValueRef lanes = ir_load_loose(e, k->vector,
                                       ir_at(e, k->vector, array, vector));
    LLVMValueRef first = ir_load(e, e->real, array);
    return kernel_select(k, kernel_valid(k, vector), lanes,
                         kernel_splat(k, first));
}

Scope *kernel_scope(const Kernel *k, LLVMValueRef run, LLVMValueRef vector)
{
    return kernel_scope_within(k, run, kernel_shared_scope(k, run), vector);
}

Scope *kernel_scope_within(const Kernel *k, LLVMValueRef run,
                           const Scope *shared, LLVMValueRef vector)
{
    Emit *e = k->e;
    Scope *scope = scope_open(e, shared, e->real, k->lanes);
    const Population *population = k->plan->population;
    for (size_t i = 0; i < population->n_parameters; i++) {
        const Parameter *p = population->parameters[i];
        if (p->shape == PARAMETER_SHARED)
            continue;
        LLVMValueRef array = kernel_parameter(k, run, RUN_parameters, p);
        scope_bind(scope, p->symbol, load_lanes(k, array, vector));
    }
    return scope;
}

void kernel_bind_row(Scope *scope, const Expr *const *symbols,
                     const LLVMValueRef *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        scope_bind(scope, symbols[i], values[i]);
}

void kernel_add_gradient(const Kernel *k, LLVMValueRef run, LLVMValueRef vector,
                         const Parameter *parameter, LLVMValueRef value)
{
    Emit *e = k->e;
    LLVMValueRef at = kernel_parameter(k, run, RUN_gradients, parameter);
    LLVMTypeRef type = k->vector;
    value = kernel_select(k, kernel_valid(k, vector), value, kernel_zero(k));
    if (parameter->shape == PARAMETER_SHARED) {
        type = e->real;
        value = vmath_sum_lanes(e->vmath, e->b, value);
    } else {
        at = ir_at(e, k->vector, at, vector);
    }
    LLVMValueRef sum = ir_load_loose(e, type, at);
    sum = LLVMBuildFAdd(e->b, sum, value, "");
    ir_store_loose(e, sum, at);
}

// ---- vectors ---------------------------------------------------------------

void kernel_load_row(const Kernel *k, LLVMValueRef base, LLVMValueRef *values)
{
    for (unsigned i = 0; i < k->n; i++) {
        LLVMValueRef at = ir_at(k->e, k->vector, base, ir_i64(k->e, i));
        values[i] = ir_load_loose(k->e, k->vector, at);
    }
}

void kernel_store_row(const Kernel *k, LLVMValueRef base,
                      const LLVMValueRef *values)
{
    for (unsigned i = 0; i < k->n; i++)
        ir_store_loose(k->e, values[i],
                       ir_at(k->e, k->vector, base, ir_i64(k->e, i)));
}

LLVMValueRef kernel_widen(const Kernel *k, LLVMValueRef value)
{
    return k->e->real == k->e->f64
        ? value : LLVMBuildFPExt(k->e->b, value, k->doubles, "");
}

LLVMValueRef kernel_narrow(const Kernel *k, LLVMValueRef value)
{
    return k->e->real == k->e->f64
        ? value : LLVMBuildFPTrunc(k->e->b, value, k->vector, "");
}

LLVMValueRef kernel_splat(const Kernel *k, LLVMValueRef scalar)
{
    return vmath_splat(k->e->b, scalar, k->lanes);
}

LLVMValueRef kernel_zero(const Kernel *k)
{
    return vmath_const(k->vector, 0);
}

LLVMValueRef kernel_select(const Kernel *k, LLVMValueRef mask, LLVMValueRef a,
                           LLVMValueRef b)
{
    return LLVMBuildSelect(k->e->b, mask, a, b, "");
}

LLVMValueRef kernel_valid(const Kernel *k, LLVMValueRef vector)
{
    Emit *e = k->e;
    LLVMValueRef base = LLVMBuildMul(e->b, vector, ir_i64(e, k->lanes), "");
    LLVMValueRef left = LLVMBuildSub(
        e->b, ir_i64(e, k->plan->population->size), base, "");
    return vmath_first_lanes(e->vmath, e->b, left, k->lanes);
}

LLVMValueRef kernel_mask_of_bits(const Kernel *k, LLVMValueRef bits)
{
    Emit *e = k->e;
    LLVMTypeRef small = LLVMIntTypeInContext(e->context, k->lanes);
    return LLVMBuildBitCast(e->b, LLVMBuildTrunc(e->b, bits, small, ""),
                            k->mask, "");
}

LLVMValueRef kernel_observed_gradient(const Kernel *k, LLVMValueRef run,
                                      unsigned index, LLVMValueRef vector)
{
    Emit *e = k->e;
    LLVMTypeRef doubles = ir_vector(e, e->f64, k->lanes);
    LLVMValueRef base = ir_at(
        e, e->f64, ir_run_get(e, run, RUN_observed_gradient),
        ir_i64(e, (int64_t)index * k->plan->population->size));
    LLVMValueRef lane = LLVMBuildMul(e->b, vector, ir_i64(e, k->lanes), "");
    LLVMValueRef values = compat_masked_load(
        e->module, e->b, doubles, ir_at(e, e->f64, base, lane), 8,
        kernel_valid(k, vector), vmath_const(doubles, 0));
    return e->real == e->f64 ? values
                             : LLVMBuildFPTrunc(e->b, values, k->vector, "");
}

void kernel_each_vector(const Kernel *k, LLVMValueRef run, LLVMValueRef one,
                        bool forward)
{
    Emit *e = k->e;
    int64_t n = k->plan->vectors;
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0), ir_i64(e, n));
    LLVMValueRef vector = forward ? loop.index
                                  : LLVMBuildSub(e->b, ir_i64(e, n - 1),
                                                 loop.index, "");
    LLVMValueRef args[] = {run, vector};
    LLVMValueRef status = ir_call(e, one, args, 2);
    ir_return_if(e, LLVMBuildICmp(e->b, LLVMIntNE, status, ir_i32(e, 0), ""),
                 status);
    ir_loop_end(e, &loop);
}
