// Samples through the network: populations in order, then in reverse.
#include "event/network.h"

#include <string.h>
#include "event/arrivals.h"

static bool begins_loop(const SnnModule *module, uint32_t layer)
{
    const SnnLayer *l = &module->layers[layer];
    return l->handlers && (layer == 0 || l[-1].block != l->block);
}

static bool new_loops(Network *network)
{
    const SnnModule *module = network->module;
    for (uint32_t l = 0; l < module->n_layers; l++)
        if (begins_loop(module, l) &&
            !loop_new(&network->loops[network->n_loops++], module,
                      network->wiring, network->layers, l))
            return false;
    return true;
}

// The loop that runs the layer, or NULL.
static Loop *loop_of(const Network *network, uint32_t layer)
{
    for (uint32_t k = 0; k < network->n_loops; k++)
        if (layer >= network->loops[k].first && layer < network->loops[k].end)
            return &network->loops[k];
    return NULL;
}

static SpikeList clock_spikes(const SnnLayer *input)
{
    return (SpikeList){input->clock_times, input->clock_channels, NULL,
                       input->size};
}

bool network_new(Network *network, const SnnModule *module,
                 const Wiring *wiring, void *const *parameters,
                 bool wants_input_gradient)
{
    *network = (Network){
        .module = module,
        .wiring = wiring,
        .parameters = parameters,
        .wants_input_gradient = wants_input_gradient,
        .layers = memory_array(module->n_layers, sizeof(LayerState)),
        .loops = memory_array(module->n_layers, sizeof(Loop)),
        .observed = memory_array(module->n_observed_values, sizeof(double)),
        .observed_gradient =
            memory_array(module->n_observed_values, sizeof(double)),
    };
    if (!network->layers || !network->loops || !network->observed ||
        !network->observed_gradient ||
        !observer_new(&network->observer, module))
        return false;
    for (uint32_t l = 0; l < module->n_layers; l++) {
        LayerState *state = &network->layers[l];
        if (!layer_new(state, module, wiring, l))
            return false;
        if (wants_input_gradient)
            state->wants_arrival_gradient = true;
        state->run.parameters = (void **)parameters;
        if (state->layer->clock_times)
            state->spikes = clock_spikes(state->layer);
    }
    return new_loops(network);
}

void network_free(Network *network)
{
    for (uint32_t l = 0; network->layers && l < network->module->n_layers; l++)
        layer_free(&network->layers[l]);
    for (uint32_t k = 0; k < network->n_loops; k++)
        loop_free(&network->loops[k]);
    memory_free(network->layers);
    memory_free(network->loops);
    memory_free(network->observed);
    memory_free(network->observed_gradient);
    observer_free(&network->observer);
    buffer_free(&network->split_times);
    buffer_free(&network->split_neurons);
    buffer_free(&network->split_origins);
    *network = (Network){0};
}

size_t network_bytes(const Network *network)
{
    size_t bytes = 0;
    for (uint32_t l = 0; l < network->module->n_layers; l++)
        bytes += layer_bytes(&network->layers[l]);
    for (uint32_t k = 0; k < network->n_loops; k++)
        bytes += loop_bytes(&network->loops[k]);
    return bytes + network->split_times.capacity +
           network->split_neurons.capacity + network->split_origins.capacity;
}

static uint32_t count_inputs(const SnnModule *module, uint32_t *out_first)
{
    uint32_t n = 0;
    for (uint32_t l = 0; l < module->n_layers; l++)
        if (layer_takes_data(&module->layers[l]) && n++ == 0)
            *out_first = l;
    return n;
}

// Several inputs: each takes the spikes of its channels, renumbered from 0;
// origins keep their place in the whole.
static bool split_input(Network *network, const double *times,
                        const uint32_t *channels, size_t n)
{
    if (!buffer_reserve(&network->split_times, n * sizeof(double)) ||
        !buffer_reserve(&network->split_neurons, n * sizeof(uint32_t)) ||
        !buffer_reserve(&network->split_origins, n * sizeof(uint32_t)))
        return false;
    double *to_time = network->split_times.data;
    uint32_t *to_neuron = network->split_neurons.data;
    uint32_t *to_origin = network->split_origins.data;
    uint32_t base = 0;
    for (uint32_t l = 0; l < network->module->n_layers; l++) {
        LayerState *state = &network->layers[l];
        uint32_t size = state->layer->size;
        if (!layer_takes_data(state->layer))
            continue;
        size_t count = 0;
        for (size_t k = 0; k < n; k++) {
            if (channels[k] < base || channels[k] - base >= size)
                continue;
            to_time[count] = times[k];
            to_neuron[count] = channels[k] - base;
            to_origin[count++] = (uint32_t)k;
        }
        state->spikes = (SpikeList){to_time, to_neuron, to_origin, count};
        to_time += count;
        to_neuron += count;
        to_origin += count;
        base += size;
    }
    return true;
}

bool network_set_input(Network *network, const double *times,
                       const uint32_t *channels, size_t n)
{
    uint32_t first = 0;
    uint32_t n_inputs = count_inputs(network->module, &first);
    if (n_inputs == 1)
        network->layers[first].spikes = (SpikeList){times, channels, NULL, n};
    return n_inputs == 1 || split_input(network, times, channels, n);
}

static bool fail(NetworkError *error, int32_t status, uint32_t layer,
                 int64_t neuron, double time)
{
    *error = (NetworkError){status, layer, neuron, time};
    return false;
}

static bool sort_spikes(Network *network, uint32_t l, NetworkError *error)
{
    int64_t bad;
    if (!layer_sort_spikes(&network->layers[l], network->module->duration,
                           &bad))
        return fail(error, SNN_NO_MEMORY, l, -1, 0);
    return bad < 0 || fail(error, NETWORK_BAD_TIME, l, bad, 0);
}

static bool fail_loop(const Network *network, LoopError from,
                      NetworkError *error)
{
    const SnnLayerRun *run = &network->layers[from.layer].run;
    return fail(error, from.status, from.layer, run->error_neuron,
                run->error_time);
}

static bool forward_loop(Network *network, Loop *loop, NetworkError *error)
{
    LoopError from = loop_forward(loop);
    if (from.status != SNN_OK)
        return fail_loop(network, from, error);
    for (uint32_t l = loop->first; l < loop->end; l++)
        if (!sort_spikes(network, l, error))
            return false;
    return true;
}

static bool forward_layer(Network *network, uint32_t l, NetworkError *error)
{
    const SnnModule *module = network->module;
    LayerState *state = &network->layers[l];
    SnnLayerRun *run = &state->run;
    if (!arrivals_build(network->layers, module, l) ||
        !slices_build(&state->slices, run, state->n_arrivals) ||
        !layer_begin_forward(state))
        return fail(error, SNN_NO_MEMORY, l, -1, 0);
    int32_t status = state->layer->forward(run);
    if (status != SNN_OK)
        return fail(error, status, l, run->error_neuron, run->error_time);
    return sort_spikes(network, l, error);
}

bool network_forward(Network *network, double label, const double *hypers,
                     NetworkError *out_error)
{
    *out_error = (NetworkError){.status = SNN_OK};
    for (uint32_t l = 0; l < network->module->n_layers; l++) {
        LayerState *state = &network->layers[l];
        if (state->layer->is_input)
            continue;
        Loop *loop = loop_of(network, l);
        state->run.hypers = (double *)hypers;
        if (loop && loop->end != l + 1)
            continue; // its last layer runs all
        if (loop ? !forward_loop(network, loop, out_error)
                 : !forward_layer(network, l, out_error))
            return false;
    }
    network->observer.label = label;
    network->observer.hypers = hypers;
    return observe_collect(&network->observer, network->layers,
                           network->observed) ||
           fail(out_error, SNN_NO_MEMORY, 0, -1, 0);
}

static bool begin_input_gradient(LayerState *state)
{
    size_t bytes = state->spikes.count * sizeof(double);
    if (!buffer_reserve(&state->input_gradients, bytes))
        return false;
    state->input_gradient = state->input_gradients.data;
    memset(state->input_gradient, 0, bytes);
    return true;
}

static bool begin_backward(Network *network)
{
    for (uint32_t l = 0; l < network->module->n_layers; l++) {
        LayerState *state = &network->layers[l];
        bool ok = true;
        if (!state->layer->is_input)
            ok = layer_begin_backward(state);
        else if (network->wants_input_gradient)
            ok = begin_input_gradient(state);
        if (!ok)
            return false;
    }
    return true;
}

static bool backward_layer(Network *network, uint32_t l, NetworkError *error)
{
    LayerState *state = &network->layers[l];
    if (!slices_begin_back(&state->slices, &state->run))
        return fail(error, SNN_NO_MEMORY, l, -1, 0);
    int32_t status = state->layer->backward(&state->run);
    if (status != SNN_OK)
        return fail(error, status, l, state->run.error_neuron,
                    state->run.error_time);
    slices_return(&state->slices, &state->run, state->n_arrivals);
    arrivals_return_gradient(network->layers, network->module, l);
    return true;
}

static bool backward_loop(Network *network, Loop *loop, NetworkError *error)
{
    LoopError from = loop_backward(loop);
    return from.status == SNN_OK || fail_loop(network, from, error);
}

bool network_backward(Network *network, void *const *gradients,
                      const double *hypers, NetworkError *out_error)
{
    const SnnModule *module = network->module;
    *out_error = (NetworkError){.status = SNN_OK};
    if (!begin_backward(network) ||
        !observe_return_gradient(&network->observer, network->layers,
                                 network->observed_gradient))
        return fail(out_error, SNN_NO_MEMORY, 0, -1, 0);
    for (uint32_t l = module->n_layers; l-- > 0;) {
        LayerState *state = &network->layers[l];
        if (state->layer->is_input)
            continue;
        state->run.gradients = (void **)gradients;
        state->run.hypers = (double *)hypers;
        Loop *loop = loop_of(network, l);
        if (loop && loop->first != l)
            continue; // its first layer, reached last, runs all
        if (loop ? !backward_loop(network, loop, out_error)
                 : !backward_layer(network, l, out_error))
            return false;
    }
    return true;
}

NetworkStats network_stats(const Network *network)
{
    NetworkStats stats = {0, 0, 0};
    for (uint32_t l = 0; l < network->module->n_layers; l++) {
        const LayerState *state = &network->layers[l];
        if (state->layer->is_input)
            continue;
        stats.n_spikes += state->spikes.count;
        stats.n_grazing += (uint64_t)state->run.n_grazing;
        stats.n_steps += (uint64_t)state->run.n_steps;
    }
    return stats;
}

void network_input_gradient(const Network *network, double *out)
{
    for (uint32_t l = 0; l < network->module->n_layers; l++) {
        const LayerState *state = &network->layers[l];
        if (!layer_takes_data(state->layer))
            continue;
        for (size_t k = 0; k < state->spikes.count; k++) {
            size_t place = state->spikes.origins ? state->spikes.origins[k] : k;
            out[place] = state->input_gradient[k];
        }
    }
}
