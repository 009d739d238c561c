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

static void mark_layer(Gradients *gradients, const LayerState *state)
{
    const SnnModule *module = gradients->module;
    const SnnLayer *layer = state->layer;
    const SnnLayerRun *run = &state->run;
    for (size_t k = 0; k < state->n_arrivals; k++) {
        uint32_t index = layer->projections[run->arrival_projection[k]];
        uint32_t parameter = module->projections[index].parameter;
        uint8_t *flags = gradients->touched[parameter];
        if (flags)
            topology_mark(module, index, run->arrival_row[k], flags);
    }
}

void gradients_mark(Gradients *gradients, const Network *network)
{
    const SnnModule *module = gradients->module;
    for (uint32_t l = 0; l < module->n_layers; l++)
        if (!network->layers[l].layer->is_input)
            mark_layer(gradients, &network->layers[l]);
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

void gradients_clear(Gradients *gradients)
{
    const SnnModule *module = gradients->module;
    for (uint32_t k = 0; k < module->n_parameters; k++) {
        const SnnParameter *p = &module->parameters[k];
        for (uint32_t row = 0; gradients->touched[k] && row < p->rows; row++) {
            if (!gradients->touched[k][row])
                continue;
            memset(row_of(gradients, k, row), 0,
                   (size_t)p->stride * module->real_size);
            gradients->touched[k][row] = 0;
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

bool gradients_are_finite(const Gradients *gradients)
{
    const SnnModule *module = gradients->module;
    for (uint32_t k = 0; k < module->n_parameters; k++) {
        const SnnParameter *p = &module->parameters[k];
        for (uint32_t row = 0; gradients->touched[k] && row < p->rows; row++)
            if (gradients->touched[k][row] &&
                !real_all_finite(row_of(gradients, k, row), module->real_size,
                                 p->columns))
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
