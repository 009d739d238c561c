// Gradient arrays with row flags.
#include "train/gradients.h"

#include <string.h>
#include "core/memory.h"
#include "core/real.h"
#include "topology/topology.h"

size_t gradients_bytes(const SnnModule *module)
{
    size_t bytes = 0;
    for (uint32_t k = 0; k < module->n_parameters; k++)
        if (module->parameters[k].learned)
            bytes += parameter_extent(&module->parameters[k]) *
                     module->real_size;
    return bytes;
}

bool gradients_new(Gradients *gradients, const SnnModule *module)
{
    *gradients = (Gradients){
        .module = module,
        .values = memory_array(module->n_parameters, sizeof(void *)),
        .touched = memory_array(module->n_parameters, sizeof(uint8_t *)),
    };
    if (!gradients->values || !gradients->touched)
        return false;
    for (uint32_t k = 0; k < module->n_parameters; k++) {
        const SnnParameter *p = &module->parameters[k];
        if (!p->learned)
            continue;
        gradients->values[k] =
            memory_array(parameter_extent(p), module->real_size);
        gradients->touched[k] = memory_array(p->rows, 1);
        if (!gradients->values[k] || !gradients->touched[k])
            return false;
    }
    return true;
}

void gradients_free(Gradients *gradients)
{
    uint32_t n = gradients->module ? gradients->module->n_parameters : 0;
    for (uint32_t k = 0; k < n; k++) {
        if (gradients->values)
            memory_free(gradients->values[k]);
        if (gradients->touched)
            memory_free(gradients->touched[k]);
    }
    memory_free(gradients->values);
    memory_free(gradients->touched);
    *gradients = (Gradients){0};
}

// All arrivals of a layer with one projection whose rows are its sources.
static bool mark_rows(Gradients *gradients, const Wiring *wiring,
                      const LayerState *state)
{
    const SnnModule *module = gradients->module;
    uint32_t first = state->layer->projections[0];
    const SnnProjection *only = &module->projections[first];
    if (state->layer->n_projections != 1 || only->synapses ||
        wiring_rows(wiring, first))
        return false;
    uint8_t *flags = gradients->touched[only->parameter];
    for (size_t k = 0; flags && k < state->n_arrivals; k++)
        flags[state->run.arrival_row[k]] = 1;
    return true;
}

static void mark_layer(Gradients *gradients, const Wiring *wiring,
                       const LayerState *state)
{
    const SnnModule *module = gradients->module;
    const SnnLayer *layer = state->layer;
    const SnnLayerRun *run = &state->run;
    if (layer->n_projections == 0 || mark_rows(gradients, wiring, state))
        return;
    for (size_t k = 0; k < state->n_arrivals; k++) {
        uint32_t index = layer->projections[run->arrival_projection[k]];
        uint32_t parameter = module->projections[index].parameter;
        uint8_t *flags = gradients->touched[parameter];
        if (flags)
            topology_mark(module, index, run->arrival_row[k], flags);
        if (!wiring_rows(wiring, index))
            continue;
        flags = gradients->touched[module->projections[index].delay_parameter];
        if (flags)
            wiring_mark(wiring, index, run->arrival_row[k], flags);
    }
}

void gradients_mark(Gradients *gradients, const Network *network)
{
    const SnnModule *module = gradients->module;
    for (uint32_t l = 0; l < module->n_layers; l++)
        if (!network->layers[l].layer->is_input)
            mark_layer(gradients, network->wiring, &network->layers[l]);
    for (uint32_t k = 0; k < network->n_loops; k++)
        loop_mark(&network->loops[k], gradients->touched);
    for (uint32_t k = 0; k < module->n_parameters; k++)
        if (gradients->touched[k] && module->parameters[k].shape != SNN_DENSE)
            gradients->touched[k][0] = 1;
}

static void *row_of(const Gradients *gradients, uint32_t which, uint32_t row)
{
    const SnnModule *module = gradients->module;
    return real_at(gradients->values[which], module->real_size,
                   (size_t)row * module->parameters[which].stride);
}

// Consecutive rows of a parameter with a flag.
typedef struct Run {
    uint32_t first, end;
} Run;

// The next behind run->end; {0, 0} before the first. False: no more.
static bool next_run(const Gradients *gradients, uint32_t which, Run *run)
{
    const uint8_t *flags = gradients->touched[which];
    uint32_t rows = gradients->module->parameters[which].rows;
    const uint8_t *found =
        flags ? memchr(flags + run->end, 1, rows - run->end) : NULL;
    if (!found)
        return false;
    run->first = (uint32_t)(found - flags);
    found = memchr(found, 0, rows - run->first);
    run->end = found ? (uint32_t)(found - flags) : rows;
    return true;
}

static size_t extent_of(const Gradients *gradients, uint32_t which, Run run)
{
    return (size_t)(run.end - run.first) *
           gradients->module->parameters[which].stride;
}

enum { NARROW_BYTES = 256, STRIP_BYTES = 4096 };

static uint32_t rows_of_strip(const SnnModule *module, uint32_t which)
{
    uint32_t row_bytes = module->parameters[which].stride * module->real_size;
    return row_bytes <= NARROW_BYTES ? STRIP_BYTES / row_bytes : 1;
}

void gradients_widen(Gradients *gradients)
{
    const SnnModule *module = gradients->module;
    for (uint32_t k = 0; k < module->n_parameters; k++) {
        uint8_t *flags = gradients->touched[k];
        uint32_t rows = module->parameters[k].rows;
        uint32_t strip = rows_of_strip(module, k);
        if (!flags || strip == 1)
            continue;
        for (uint32_t row = 0; row < rows; row += strip) {
            uint32_t n = row + strip < rows ? strip : rows - row;
            if (memchr(flags + row, 1, n))
                memset(flags + row, 1, n);
        }
    }
}

void gradients_clear(Gradients *gradients)
{
    const SnnModule *module = gradients->module;
    for (uint32_t k = 0; k < module->n_parameters; k++) {
        size_t row_bytes = module->parameters[k].stride * module->real_size;
        Run run = {0, 0};
        while (next_run(gradients, k, &run)) {
            for (uint32_t row = run.first; row < run.end; row++)
                memset(row_of(gradients, k, row), 0, row_bytes);
            memset(gradients->touched[k] + run.first, 0, run.end - run.first);
        }
    }
}

bool gradients_all_zero(const Gradients *gradients)
{
    const SnnModule *module = gradients->module;
    for (uint32_t k = 0; k < module->n_parameters; k++)
        if (gradients->values[k] &&
            !real_all_zero(gradients->values[k], module->real_size,
                           parameter_extent(&module->parameters[k])))
            return false;
    return true;
}

// The run as a whole is the quick test; what pads its rows may hold anything.
static bool run_is_finite(const Gradients *gradients, uint32_t which, Run run)
{
    const SnnModule *module = gradients->module;
    if (real_all_finite(row_of(gradients, which, run.first), module->real_size,
                        extent_of(gradients, which, run)))
        return true;
    for (uint32_t row = run.first; row < run.end; row++)
        if (!real_all_finite(row_of(gradients, which, row), module->real_size,
                             module->parameters[which].columns))
            return false;
    return true;
}

bool gradients_are_finite(const Gradients *gradients)
{
    for (uint32_t k = 0; k < gradients->module->n_parameters; k++) {
        Run run = {0, 0};
        while (next_run(gradients, k, &run))
            if (!run_is_finite(gradients, k, run))
                return false;
    }
    return true;
}

void gradients_add_to(const Gradients *gradients, double *const *sums)
{
    const SnnModule *module = gradients->module;
    for (uint32_t k = 0; k < module->n_parameters; k++) {
        const SnnParameter *p = &module->parameters[k];
        for (uint32_t row = 0; gradients->touched[k] && row < p->rows; row++) {
            if (!gradients->touched[k][row])
                continue;
            const void *values = row_of(gradients, k, row);
            size_t first = (size_t)row * p->columns;
            size_t left = parameter_count(p) - first;
            uint32_t n = left < p->columns ? (uint32_t)left : p->columns;
            double *sum = sums[k] + first;
            for (uint32_t column = 0; column < n; column++)
                sum[column] += real_get(values, module->real_size, column);
        }
    }
}
