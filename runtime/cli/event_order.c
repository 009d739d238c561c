// Which arrivals each spike of a sample had behind it. Spikes that appear,
// vanish or pass an arrival change the loss's derivative at once; sources that
// change places between two spikes of their target do not.
#include "cli/event_order.h"

#include "core/random.h"

static uint64_t mixed(uint32_t what, uint32_t neuron, uint64_t before)
{
    RandomPlace place = {what, RANDOM_CHOICE, neuron, (uint32_t)before,
                         (uint32_t)(before >> 32)};
    return random_bits(place);
}

static uint64_t order_of_layer(const SpikeList *spikes, uint32_t layer)
{
    uint64_t sum = 0;
    for (size_t k = 0; k < spikes->count; k++)
        sum += mixed(2 * layer, spikes->neurons[k], 0);
    return sum;
}

static uint64_t order_across(const Network *network, uint32_t projection)
{
    const SnnProjection *p = &network->module->projections[projection];
    const SpikeList *source = &network->layers[p->source].spikes;
    const SpikeList *target = &network->layers[p->target].spikes;
    uint64_t sum = 0, before = 0;
    for (size_t k = 0, next = 0; k < target->count; k++) {
        for (; next < source->count &&
               source->times[next] <= target->times[k]; next++)
            before += mixed(2 * p->source, source->neurons[next], 0);
        sum += mixed(2 * projection + 1, target->neurons[k], before);
    }
    return sum;
}

uint64_t event_order_of(const Network *network)
{
    const SnnModule *module = network->module;
    uint64_t sum = 0;
    for (uint32_t l = 0; l < module->n_layers; l++)
        sum += order_of_layer(&network->layers[l].spikes, l);
    for (uint32_t p = 0; p < module->n_projections; p++)
        sum += order_across(network, p);
    return sum;
}
