// The optimiser's step. Rows are cut into blocks that workers share; within a
// block, neighbouring rows that the same slots touched go to one call of the
// generated code, with only those slots' gradients.
#include "train/optimizer.h"

#include <string.h>
#include "core/memory.h"
#include "core/real.h"

enum {
    BLOCK_ELEMENTS = 8192,
    SERIAL_ELEMENTS = 16384, // below, threads cost more than they gain
};

typedef struct Task {
    Optimizer *optimizer;
    Gradients *slots;
    uint32_t n_slots;
    const OptimizerStep *step;
} Task;

size_t optimizer_bytes(const SnnModule *module)
{
    return module->n_optimizer_states * parameters_bytes(module);
}

static uint32_t rows_per_block(const SnnParameter *parameter)
{
    uint32_t rows = BLOCK_ELEMENTS / parameter->stride;
    return rows ? rows : 1;
}

static uint32_t count_blocks(const SnnModule *module)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < module->n_parameters; k++) {
        const SnnParameter *p = &module->parameters[k];
        uint32_t rows = rows_per_block(p);
        if (p->learned)
            n += (p->rows + rows - 1) / rows;
    }
    return n;
}

static void cut_blocks(Optimizer *optimizer)
{
    for (uint32_t k = 0; k < optimizer->module->n_parameters; k++) {
        const SnnParameter *p = &optimizer->module->parameters[k];
        uint32_t rows = rows_per_block(p);
        for (uint32_t row = 0; p->learned && row < p->rows; row += rows) {
            uint32_t end = row + rows < p->rows ? row + rows : p->rows;
            optimizer->blocks[optimizer->n_blocks++] = (RowBlock){k, row, end};
        }
        if (p->learned)
            optimizer->n_elements += parameter_extent(p);
    }
}

static void fill(void *array, uint32_t real_size, size_t n, double value)
{
    for (size_t i = 0; i < n; i++)
        real_set(array, real_size, i, value);
}

static bool new_states(Optimizer *optimizer)
{
    const SnnModule *module = optimizer->module;
    optimizer->states =
        memory_array(module->n_optimizer_states, sizeof(Parameters));
    if (!optimizer->states)
        return false;
    for (uint32_t s = 0; s < module->n_optimizer_states; s++) {
        if (!parameters_new(&optimizer->states[s], module))
            return false;
        double initial = module->optimizer_initial[s];
        for (uint32_t k = 0; k < module->n_parameters && initial != 0; k++)
            fill(optimizer->states[s].values[k], module->real_size,
                 parameter_extent(&module->parameters[k]), initial);
    }
    return true;
}

bool optimizer_new(Optimizer *optimizer, const SnnModule *module,
                   Parameters *parameters)
{
    *optimizer = (Optimizer){.module = module, .parameters = parameters};
    optimizer->blocks = memory_array(count_blocks(module), sizeof(RowBlock));
    if (!optimizer->blocks)
        return false;
    cut_blocks(optimizer);
    return new_states(optimizer);
}

void optimizer_free(Optimizer *optimizer)
{
    uint32_t n = optimizer->states ? optimizer->module->n_optimizer_states : 0;
    for (uint32_t s = 0; s < n; s++)
        if (optimizer->states[s].module)
            parameters_free(&optimizer->states[s]);
    memory_free(optimizer->states);
    memory_free(optimizer->blocks);
    *optimizer = (Optimizer){0};
}

// Which slots touched a row, one bit each; the flags are reset.
static uint32_t take_flags(const Task *task, uint32_t parameter, uint32_t row)
{
    uint32_t mask = 0;
    for (uint32_t s = 0; s < task->n_slots; s++) {
        uint8_t *flag = &task->slots[s].touched[parameter][row];
        mask |= (uint32_t)*flag << s;
        *flag = 0;
    }
    return mask;
}

static void step_rows(const Task *task, RowBlock rows, uint32_t mask,
                      void **states)
{
    const Optimizer *optimizer = task->optimizer;
    const SnnModule *module = optimizer->module;
    const SnnParameter *p = &module->parameters[rows.parameter];
    const OptimizerStep *step = task->step;
    size_t first = (size_t)rows.first * p->stride;
    size_t n = (size_t)(rows.end - rows.first) * p->stride;
    void *gradients[OPTIMIZER_GRADIENTS_MAX];
    int64_t n_gradients = 0;
    for (uint32_t s = 0; s < task->n_slots; s++)
        if (mask >> s & 1)
            gradients[n_gradients++] =
                real_at(task->slots[s].values[rows.parameter],
                        module->real_size, first);
    for (uint32_t s = 0; s < module->n_optimizer_states; s++)
        states[s] = real_at(optimizer->states[s].values[rows.parameter],
                            module->real_size, first);
    module->optimize(
        (int64_t)n,
        real_at(optimizer->parameters->values[rows.parameter],
                module->real_size, first),
        states, gradients, n_gradients, step->hypers, step->scale,
        (double)step->step, (double)step->epoch, p->low, p->high);
}

static void step_block(void *context, uint32_t item, uint32_t worker)
{
    const Task *task = context;
    const RowBlock *block = &task->optimizer->blocks[item];
    void *states[task->optimizer->module->n_optimizer_states + 1];
    (void)worker;
    RowBlock rows = *block;
    uint32_t mask = take_flags(task, block->parameter, block->first);
    for (uint32_t row = block->first + 1; row < block->end; row++) {
        uint32_t next = take_flags(task, block->parameter, row);
        if (next == mask)
            continue;
        rows.end = row;
        step_rows(task, rows, mask, states);
        rows.first = row;
        mask = next;
    }
    rows.end = block->end;
    step_rows(task, rows, mask, states);
}

// Bounds that exclude 0 would lift the padding.
static void restore_padding(Optimizer *optimizer)
{
    for (uint32_t k = 0; k < optimizer->module->n_parameters; k++) {
        const SnnParameter *p = &optimizer->module->parameters[k];
        if (p->learned && (p->low > 0 || p->high < 0))
            parameters_clear_padding(optimizer->parameters, k);
    }
}

void optimizer_apply(Optimizer *optimizer, Pool *pool, Gradients *slots,
                     uint32_t n_slots, const OptimizerStep *step)
{
    Task task = {optimizer, slots, n_slots, step};
    if (optimizer->n_elements >= SERIAL_ELEMENTS)
        pool_run(pool, step_block, &task, optimizer->n_blocks);
    else
        for (uint32_t item = 0; item < optimizer->n_blocks; item++)
            step_block(&task, item, 0);
    restore_padding(optimizer);
}
