// Counting silent neurons.
#include "train/silence.h"

#include <string.h>
#include "core/memory.h"

static bool new_arrays(uint32_t ***arrays, const SnnModule *module)
{
    *arrays = memory_array(module->n_layers, sizeof(uint32_t *));
    if (!*arrays)
        return false;
    for (uint32_t l = 0; l < module->n_layers; l++) {
        (*arrays)[l] = memory_array(module->layers[l].size, sizeof(uint32_t));
        if (!(*arrays)[l])
            return false;
    }
    return true;
}

static void free_arrays(uint32_t **arrays, const SnnModule *module)
{
    for (uint32_t l = 0; arrays && l < module->n_layers; l++)
        memory_free(arrays[l]);
    memory_free(arrays);
}

bool silence_new(Silence *silence, const SnnModule *module)
{
    *silence = (Silence){.module = module};
    return new_arrays(&silence->fired, module) &&
           new_arrays(&silence->last, module);
}

void silence_free(Silence *silence)
{
    if (silence->module) {
        free_arrays(silence->fired, silence->module);
        free_arrays(silence->last, silence->module);
    }
    *silence = (Silence){0};
}

void silence_clear(Silence *silence)
{
    const SnnModule *module = silence->module;
    for (uint32_t l = 0; l < module->n_layers; l++) {
        size_t bytes = module->layers[l].size * sizeof(uint32_t);
        memset(silence->fired[l], 0, bytes);
        memset(silence->last[l], 0, bytes);
    }
    silence->n_samples = 0;
}

void silence_count(Silence *silence, const Network *network)
{
    uint32_t now = ++silence->n_samples;
    for (uint32_t l = 0; l < silence->module->n_layers; l++) {
        const SpikeList *spikes = &network->layers[l].spikes;
        for (size_t k = 0; k < spikes->count; k++) {
            uint32_t neuron = spikes->neurons[k];
            silence->fired[l][neuron] += silence->last[l][neuron] != now;
            silence->last[l][neuron] = now;
        }
    }
}

void silence_add(Silence *sum, const Silence *more)
{
    for (uint32_t l = 0; l < sum->module->n_layers; l++)
        for (uint32_t j = 0; j < sum->module->layers[l].size; j++)
            sum->fired[l][j] += more->fired[l][j];
    sum->n_samples += more->n_samples;
}

double silence_of(const Silence *silence, uint32_t layer, uint32_t neuron)
{
    uint32_t n = silence->n_samples;
    return n ? 1 - (double)silence->fired[layer][neuron] / n : 0;
}

double silence_mean(const Silence *silence, uint32_t layer)
{
    uint32_t size = silence->module->layers[layer].size;
    double sum = 0;
    for (uint32_t j = 0; j < size; j++)
        sum += silence_of(silence, layer, j);
    return sum / size;
}
