// One population's side of a sample: what its kernel sees (SnnLayerRun) and
// what the runtime keeps beside it. Belongs to one worker; buffers only grow.
#ifndef SNN_EVENT_LAYER_H
#define SNN_EVENT_LAYER_H

#include "event/slices/slices.h"
#include "event/stream.h"

typedef struct LayerState {
    SnnLayerRun run;          // first: kernels hand its address back
    const SnnLayer *layer;
    SpikeList spikes;         // after forward, or as given for an input
    bool wants_arrival_gradient;
    Stream *streams;          // [n_projections]
    size_t n_arrivals;
    uint32_t *arrival_spike;  // [n_arrivals] place in the source's `spikes`
    size_t n_counted;         // arrivals from the first on that are at their
                              // own place, of projection 0
    Slices slices;            // of the arrivals, where the layer has them
    double *input_gradient;   // input: [spikes.count] dL/dt, or NULL
    // storage of the above
    Buffer group_time, group_first, row, projection, spike, arrival_gradient;
    Buffer scratch, tape, spike_time, spike_neuron, spike_gradient;
    Buffer sorted_times, sorted_neurons, sorted_origins, input_gradients;
    Buffer observed, observed_gradient;
    Buffer keys, spare;
} LayerState;

// An input whose spikes are the sample's, and not at given times.
static inline bool layer_takes_data(const SnnLayer *layer)
{
    return layer->is_input && !layer->clock_times;
}

bool layer_new(LayerState *state, const SnnModule *module,
               const Wiring *wiring, uint32_t which);
void layer_free(LayerState *state);

// Room for n arrivals (and as many groups); false: no memory.
bool layer_reserve_arrivals(LayerState *state, size_t n);
// Room that depends on the arrivals just built; resets what forward appends to.
bool layer_begin_forward(LayerState *state);
// Zeroed gradients of spikes, arrivals and observables.
bool layer_begin_backward(LayerState *state);

// state->spikes from the kernel's spikes. False: no memory. *out_bad is the
// neuron of a spike whose time is not in 0..duration, else -1.
bool layer_sort_spikes(LayerState *state, double duration, int64_t *out_bad);

// Bytes that it holds now.
size_t layer_bytes(const LayerState *state);

#endif
