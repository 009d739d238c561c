// One worker's network: runs samples forward and backward through the kernels
// of a module. Buffers grow to what the busiest sample needs and are reused.
#ifndef SNN_EVENT_NETWORK_H
#define SNN_EVENT_NETWORK_H

#include "core/parameters.h"
#include "event/loop.h"
#include "event/observe.h"

typedef struct Network {
    const SnnModule *module;
    const Wiring *wiring;
    LayerState *layers;         // [n_layers]
    Loop *loops;                // [n_loops] blocks that run event by event
    uint32_t n_loops;
    void *const *parameters;
    double *observed;           // [n_observed_values]
    double *observed_gradient;
    Observer observer;
    Buffer split_times, split_neurons, split_origins; // several inputs
    bool wants_input_gradient;
} Network;

// What went wrong in a kernel; layer is its index.
typedef struct NetworkError {
    int32_t status;             // SNN_OK, ...; NETWORK_BAD_TIME
    uint32_t layer;
    int64_t neuron;
    double time;                // s
} NetworkError;

enum { NETWORK_BAD_TIME = 100 }; // a kernel's spike outside 0..duration

typedef struct NetworkStats {
    uint64_t n_spikes;          // of all populations but inputs
    uint64_t n_grazing;
    uint64_t n_steps;           // of numeric solvers, each neuron's own
} NetworkStats;

// `wiring` and `parameters` must outlive the network; input gradients cost
// time.
bool network_new(Network *network, const SnnModule *module,
                 const Wiring *wiring, void *const *parameters,
                 bool wants_input_gradient);
void network_free(Network *network);
size_t network_bytes(const Network *network);

// Input spikes of a sample, sorted by (time, channel), times >= 0. Channels run
// through all inputs in order of layers. The arrays must live until the sample
// is done. False: no memory.
bool network_set_input(Network *network, const double *times,
                       const uint32_t *channels, size_t n);

// Runs the sample; network->observed holds the observables.
bool network_forward(Network *network, double label, const double *hypers,
                     NetworkError *out_error);

// The adjoint of the sample just run, from network->observed_gradient; adds to
// gradients (as SnnLayerRun.gradients).
bool network_backward(Network *network, void *const *gradients,
                      const double *hypers, NetworkError *out_error);

NetworkStats network_stats(const Network *network);

// dL/dt of input spikes in the order given to network_set_input.
void network_input_gradient(const Network *network, double *out);

#endif
