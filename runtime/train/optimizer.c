// The optimiser's step. Rows are cut into blocks that workers share, each one
// call of the generated code, which learns row by row whose gradients to add.
#include "train/optimizer.h"

#include <math.h>
#include <string.h>
#include "core/memory.h"
#include "core/real.h"
#include "core/underflow.h"

enum {
    BLOCK_LEAST = 1024,      // elements
    BLOCK_MOST = 16384,
    BLOCKS = 32,             // aimed at
    BLOCK_ROWS = 1024,       // at most
    SERIAL_ELEMENTS = 2048,  // below, threads cost more than they gain
};

typedef struct Task {
    Optimizer *optimizer;
    Gradients *slots;
    uint32_t n_slots;
    const OptimizerStep *step;
} Task;

const SnnOptimizer *optimizer_rule(const SnnModule *module, uint32_t parameter)
{
    uint32_t rule = module->parameters[parameter].optimizer;
    return rule < module->n_optimizers ? &module->optimizers[rule] : NULL;
}

uint32_t optimizer_n_states(const SnnModule *module, uint32_t parameter)
{
    const SnnOptimizer *rule = optimizer_rule(module, parameter);
    return rule ? rule->n_states : 0;
}

uint32_t optimizer_readings(const SnnModule *module)
{
    uint32_t reads = 0;
    for (uint32_t k = 0; k < module->n_optimizers; k++)
        reads |= module->optimizers[k].reads;
    return reads;
}

static uint32_t most_states(const SnnModule *module)
{
    uint32_t most = 0;
    for (uint32_t k = 0; k < module->n_optimizers; k++)
        if (module->optimizers[k].n_states > most)
            most = module->optimizers[k].n_states;
    return most;
}

size_t optimizer_bytes(const SnnModule *module)
{
    return most_states(module) * parameters_bytes(module);
}

static bool is_stepped(const SnnModule *module, uint32_t parameter)
{
    return module->parameters[parameter].learned &&
           optimizer_rule(module, parameter);
}

static size_t count_elements(const SnnModule *module)
{
    size_t n = 0;
    for (uint32_t k = 0; k < module->n_parameters; k++)
        if (is_stepped(module, k))
            n += parameter_extent(&module->parameters[k]);
    return n;
}

static uint32_t rows_per_block(const Optimizer *optimizer, uint32_t parameter)
{
    size_t elements = optimizer->n_elements / BLOCKS;
    elements = elements < BLOCK_LEAST ? BLOCK_LEAST : elements;
    elements = elements > BLOCK_MOST ? BLOCK_MOST : elements;
    uint32_t rows = (uint32_t)elements /
                    optimizer->module->parameters[parameter].stride;
    if (rows > BLOCK_ROWS)
        return BLOCK_ROWS;
    return rows ? rows : 1;
}

static uint32_t count_blocks(const Optimizer *optimizer)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < optimizer->module->n_parameters; k++) {
        uint32_t rows = rows_per_block(optimizer, k);
        if (is_stepped(optimizer->module, k))
            n += (optimizer->module->parameters[k].rows + rows - 1) / rows;
    }
    return n;
}

static void cut_blocks(Optimizer *optimizer)
{
    for (uint32_t k = 0; k < optimizer->module->n_parameters; k++) {
        const SnnParameter *p = &optimizer->module->parameters[k];
        uint32_t rows = rows_per_block(optimizer, k);
        if (!is_stepped(optimizer->module, k))
            continue;
        for (uint32_t row = 0; row < p->rows; row += rows) {
            uint32_t end = row + rows < p->rows ? row + rows : p->rows;
            optimizer->blocks[optimizer->n_blocks++] = (RowBlock){k, row, end};
        }
    }
}

static void fill(void *array, uint32_t real_size, size_t n, double value)
{
    for (size_t i = 0; i < n; i++)
        real_set(array, real_size, i, value);
}

static void start_state(Optimizer *optimizer, uint32_t state)
{
    const SnnModule *module = optimizer->module;
    for (uint32_t k = 0; k < module->n_parameters; k++) {
        if (state >= optimizer_n_states(module, k))
            continue;
        double initial = optimizer_rule(module, k)->initial[state];
        if (initial != 0)
            fill(optimizer->states[state].values[k], module->real_size,
                 parameter_extent(&module->parameters[k]), initial);
    }
}

static bool new_states(Optimizer *optimizer)
{
    optimizer->n_states = most_states(optimizer->module);
    optimizer->states = memory_array(optimizer->n_states, sizeof(Parameters));
    if (!optimizer->states)
        return false;
    for (uint32_t s = 0; s < optimizer->n_states; s++) {
        if (!parameters_new(&optimizer->states[s], optimizer->module))
            return false;
        start_state(optimizer, s);
    }
    return true;
}

// What the rules read: norms by parameter, rows of silence.
static bool new_readings(Optimizer *optimizer)
{
    const SnnModule *module = optimizer->module;
    uint32_t n = module->n_parameters;
    optimizer->reads = optimizer_readings(module);
    optimizer->block_squares =
        memory_array(optimizer->n_blocks, sizeof(double));
    optimizer->block_kept =
        memory_array(optimizer->n_blocks, sizeof(uint64_t));
    optimizer->norms = memory_array(n, sizeof(double));
    optimizer->silence = memory_array(n, sizeof(void *));
    optimizer->is_awake = memory_array(n, sizeof(uint8_t *));
    if (!optimizer->block_squares || !optimizer->block_kept ||
        !optimizer->norms || !optimizer->silence || !optimizer->is_awake)
        return false;
    for (uint32_t k = 0; k < n; k++) {
        const SnnOptimizer *rule = optimizer_rule(module, k);
        if (!rule || !(rule->reads & SNN_READS_SILENCE))
            continue;
        optimizer->silence[k] =
            memory_array(module->parameters[k].stride, module->real_size);
        if (!optimizer->silence[k])
            return false;
    }
    return true;
}

static bool new_rests(Optimizer *optimizer)
{
    for (uint32_t k = 0; k < optimizer->module->n_parameters; k++) {
        const SnnParameter *p = &optimizer->module->parameters[k];
        const SnnOptimizer *rule = optimizer_rule(optimizer->module, k);
        if (!p->learned || !rule || !rule->rests || p->low != -INFINITY ||
            p->high != INFINITY)
            continue;
        optimizer->is_awake[k] = memory_array(p->rows, 1);
        if (!optimizer->is_awake[k])
            return false;
    }
    return true;
}

void optimizer_wake(Optimizer *optimizer)
{
    for (uint32_t k = 0; k < optimizer->module->n_parameters; k++)
        if (optimizer->is_awake[k])
            memset(optimizer->is_awake[k], 1,
                   optimizer->module->parameters[k].rows);
}

bool optimizer_new(Optimizer *optimizer, const SnnModule *module,
                   Parameters *parameters)
{
    *optimizer = (Optimizer){.module = module, .parameters = parameters,
                             .n_elements = count_elements(module)};
    optimizer->blocks =
        memory_array(count_blocks(optimizer), sizeof(RowBlock));
    if (!optimizer->blocks)
        return false;
    cut_blocks(optimizer);
    return new_states(optimizer) && new_readings(optimizer) &&
           new_rests(optimizer);
}

void optimizer_free(Optimizer *optimizer)
{
    uint32_t n = optimizer->states ? optimizer->n_states : 0;
    for (uint32_t s = 0; s < n; s++)
        if (optimizer->states[s].module)
            parameters_free(&optimizer->states[s]);
    n = optimizer->silence ? optimizer->module->n_parameters : 0;
    for (uint32_t k = 0; k < n; k++)
        memory_free(optimizer->silence[k]);
    memory_free(optimizer->states);
    memory_free(optimizer->blocks);
    memory_free(optimizer->block_squares);
    memory_free(optimizer->block_kept);
    memory_free(optimizer->norms);
    memory_free(optimizer->silence);
    n = optimizer->is_awake ? optimizer->module->n_parameters : 0;
    for (uint32_t k = 0; k < n; k++)
        memory_free(optimizer->is_awake[k]);
    memory_free(optimizer->is_awake);
    *optimizer = (Optimizer){0};
}

// ---- norms -----------------------------------------------------------------

static double row_squares(const Task *task, uint32_t parameter, uint32_t row)
{
    const SnnModule *module = task->optimizer->module;
    const SnnParameter *p = &module->parameters[parameter];
    const void *parts[OPTIMIZER_GRADIENTS_MAX];
    uint32_t n = 0;
    for (uint32_t s = 0; s < task->n_slots; s++)
        if (task->slots[s].touched[parameter][row])
            parts[n++] = real_at(task->slots[s].values[parameter],
                                 module->real_size, (size_t)row * p->stride);
    return n ? real_squares_of_sum(parts, n, module->real_size, p->columns)
             : 0;
}

static void measure_block(void *context, uint32_t item, uint32_t worker)
{
    const Task *task = context;
    const RowBlock *block = &task->optimizer->blocks[item];
    double sum = 0;
    (void)worker;
    for (uint32_t row = block->first; row < block->end; row++)
        sum += row_squares(task, block->parameter, row);
    task->optimizer->block_squares[item] = sum;
}

// Sums in the order of the blocks.
static void measure_norms(Optimizer *optimizer, double scale)
{
    double *norms = optimizer->norms, total = 0;
    uint32_t n = optimizer->module->n_parameters;
    memset(norms, 0, n * sizeof *norms);
    for (uint32_t item = 0; item < optimizer->n_blocks; item++)
        norms[optimizer->blocks[item].parameter] +=
            optimizer->block_squares[item];
    for (uint32_t k = 0; k < n; k++) {
        total += norms[k];
        norms[k] = scale * sqrt(norms[k]);
    }
    optimizer->total_norm = scale * sqrt(total);
}

// ---- silence ---------------------------------------------------------------

// A column of the parameter is a neuron of its layer, or stands for all.
static void fill_silence(Optimizer *optimizer, uint32_t which,
                         const Silence *silence)
{
    const SnnModule *module = optimizer->module;
    const SnnParameter *p = &module->parameters[which];
    uint32_t size = module->layers[p->layer].size;
    bool by_neuron = (p->shape == SNN_PER_NEURON || p->shape == SNN_DENSE) &&
                     p->columns == size;
    double mean = silence_mean(silence, p->layer);
    for (uint32_t column = 0; column < p->columns; column++)
        real_set(optimizer->silence[which], module->real_size, column,
                 by_neuron ? silence_of(silence, p->layer, column) : mean);
}

// ---- the step --------------------------------------------------------------

// Which slots touched each row of a block, one bit each. A row that none has
// touched yet may rest.
static void take_flags(const Task *task, const RowBlock *block, uint32_t *masks)
{
    uint8_t *is_awake = task->optimizer->is_awake[block->parameter];
    uint32_t n = block->end - block->first;
    memset(masks, 0, n * sizeof *masks);
    for (uint32_t s = 0; s < task->n_slots; s++) {
        uint8_t *touched =
            task->slots[s].touched[block->parameter] + block->first;
        for (uint32_t k = 0; k < n; k++)
            masks[k] |= (uint32_t)touched[k] << s;
        memset(touched, 0, n);
    }
    for (uint32_t k = 0; is_awake && k < n; k++) {
        is_awake[block->first + k] |= masks[k] != 0;
        if (!is_awake[block->first + k])
            masks[k] = SNN_ROW_RESTS;
    }
}

static void set_facts(const Task *task, uint32_t parameter, double *facts)
{
    const Optimizer *optimizer = task->optimizer;
    const SnnParameter *p = &optimizer->module->parameters[parameter];
    facts[SNN_FACT_STEP] = (double)task->step->step;
    facts[SNN_FACT_EPOCH] = (double)task->step->epoch;
    facts[SNN_FACT_LOW] = p->low;
    facts[SNN_FACT_HIGH] = p->high;
    facts[SNN_FACT_GRAD_NORM] = optimizer->norms[parameter];
    facts[SNN_FACT_TOTAL_GRAD_NORM] = optimizer->total_norm;
}

// What an array of the parameter's shape holds from the block's first row on.
static void *block_of(const Task *task, const RowBlock *block,
                      const Parameters *arrays)
{
    const SnnModule *module = task->optimizer->module;
    size_t stride = module->parameters[block->parameter].stride;
    return real_at(arrays->values[block->parameter], module->real_size,
                   block->first * stride);
}

static void step_block(void *context, uint32_t item, uint32_t worker)
{
    const Task *task = context;
    Optimizer *optimizer = task->optimizer;
    const SnnModule *module = optimizer->module;
    const RowBlock *block = &optimizer->blocks[item];
    const SnnParameter *p = &module->parameters[block->parameter];
    const SnnOptimizer *rule = optimizer_rule(module, block->parameter);
    void *states[optimizer->n_states + 1], *gradients[OPTIMIZER_GRADIENTS_MAX];
    uint32_t touched[BLOCK_ROWS];
    double facts[SNN_N_FACTS];
    (void)worker;
    take_flags(task, block, touched);
    for (uint32_t s = 0; s < task->n_slots; s++)
        gradients[s] = real_at(task->slots[s].values[block->parameter],
                               module->real_size,
                               (size_t)block->first * p->stride);
    for (uint32_t s = 0; s < rule->n_states; s++)
        states[s] = block_of(task, block, &optimizer->states[s]);
    set_facts(task, block->parameter, facts);
    // Moments of rows that seldom have a gradient decay without end.
    uint64_t underflow = underflow_flush();
    optimizer->block_kept[item] = (uint64_t)rule->optimize(
        block->end - block->first, p->columns, p->stride,
        block_of(task, block, optimizer->parameters), states, gradients,
        touched, task->step->hypers, task->step->scale, facts,
        optimizer->silence[block->parameter]);
    underflow_restore(underflow);
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

static void run_blocks(Optimizer *optimizer, Pool *pool, PoolTask *work,
                       Task *task)
{
    if (optimizer->n_elements >= SERIAL_ELEMENTS)
        pool_run(pool, work, task, optimizer->n_blocks);
    else
        for (uint32_t item = 0; item < optimizer->n_blocks; item++)
            work(task, item, 0);
}

static void read_facts(Optimizer *optimizer, Pool *pool, Task *task)
{
    uint32_t norms = SNN_READS_GRAD_NORM | SNN_READS_TOTAL_GRAD_NORM;
    if (optimizer->reads & norms) {
        run_blocks(optimizer, pool, measure_block, task);
        measure_norms(optimizer, task->step->scale);
    }
    for (uint32_t k = 0; k < optimizer->module->n_parameters; k++)
        if (optimizer->silence[k])
            fill_silence(optimizer, k, task->step->silence);
}

uint64_t optimizer_apply(Optimizer *optimizer, Pool *pool, Gradients *slots,
                         uint32_t n_slots, const OptimizerStep *step)
{
    Task task = {optimizer, slots, n_slots, step};
    uint64_t kept = 0;
    read_facts(optimizer, pool, &task);
    run_blocks(optimizer, pool, step_block, &task);
    restore_padding(optimizer);
    for (uint32_t item = 0; item < optimizer->n_blocks; item++)
        kept += optimizer->block_kept[item];
    return kept;
}
