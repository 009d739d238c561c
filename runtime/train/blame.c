// Finding what made a gradient not finite.
#include "train/blame.h"

#include <math.h>
#include <stdio.h>
#include "core/real.h"

void blame_loss(Blame *blame, const Network *network, uint32_t sample,
                double loss)
{
    const SnnModule *module = network->module;
    *blame = (Blame){.kind = BLAME_LOSS, .sample = sample};
    for (uint32_t k = 0; isfinite(loss) && k < module->n_observables; k++) {
        const SnnObservable *o = &module->observables[k];
        for (uint32_t j = 0; j < module->layers[o->layer].size; j++)
            if (!isfinite(network->observed_gradient[o->offset + j])) {
                *blame = (Blame){.kind = BLAME_OBSERVABLE, .sample = sample,
                                 .layer = o->layer, .neuron = j};
                return;
            }
    }
}

static bool blame_spike(Blame *blame, const Network *network, uint32_t layer)
{
    const SnnLayerRun *run = &network->layers[layer].run;
    bool found = false;
    for (int64_t k = 0; k < run->spike_count; k++) {
        if (isfinite(run->spike_gradient[k]) ||
            (found && run->spike_time[k] <= blame->time))
            continue;
        found = true;
        blame->kind = BLAME_SPIKE;
        blame->layer = layer;
        blame->neuron = run->spike_neuron[k];
        blame->time = run->spike_time[k];
    }
    return found;
}

static bool blame_parameter(Blame *blame, const Gradients *gradients,
                            uint32_t which)
{
    const SnnModule *module = gradients->module;
    const SnnParameter *p = &module->parameters[which];
    const void *values = gradients->values[which];
    for (uint32_t row = 0; values && row < p->rows; row++)
        for (uint32_t column = 0; column < p->columns; column++) {
            size_t place = (size_t)row * p->stride + column;
            if (isfinite(real_get(values, module->real_size, place)))
                continue;
            blame->kind = BLAME_PARAMETER;
            blame->parameter = which;
            blame->element = (uint64_t)row * p->columns + column;
            return true;
        }
    return false;
}

void blame_adjoint(Blame *blame, const Network *network,
                   const Gradients *gradients, uint32_t sample)
{
    const SnnModule *module = network->module;
    *blame = (Blame){.kind = BLAME_SUM, .sample = sample};
    for (uint32_t l = module->n_layers; l-- > 0;)
        if (!module->layers[l].is_input && blame_spike(blame, network, l))
            return;
    for (uint32_t k = 0; k < module->n_parameters; k++)
        if (blame_parameter(blame, gradients, k))
            return;
}

void blame_format(const Blame *blame, const SnnModule *module, char *out,
                  size_t size)
{
    int n = snprintf(out, size, "sample %u: ", blame->sample);
    char *rest = out + n;
    size_t left = size - (size_t)n;
    switch (blame->kind) {
    case BLAME_LOSS:
        snprintf(rest, left, "its loss is not finite");
        break;
    case BLAME_OBSERVABLE:
        snprintf(rest, left, "the derivative of the loss by what it observes "
                 "of neuron %u of '%s' is not finite", blame->neuron,
                 module->layers[blame->layer].name);
        break;
    case BLAME_SPIKE:
        snprintf(rest, left, "the gradient of the spike of neuron %u of '%s' "
                 "at %.9g s is not finite", blame->neuron,
                 module->layers[blame->layer].name, blame->time);
        break;
    case BLAME_PARAMETER:
        snprintf(rest, left, "the gradient of '%s' is not finite at element "
                 "%llu", module->parameters[blame->parameter].name,
                 (unsigned long long)blame->element);
        break;
    case BLAME_SUM:
    case BLAME_UNKNOWN:
        snprintf(rest, left, "the sum of gradients of it and others is not "
                 "finite");
        break;
    }
}
