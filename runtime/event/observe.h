// Observables of a sample: what loss and prediction see of a run.
#ifndef SNN_EVENT_OBSERVE_H
#define SNN_EVENT_OBSERVE_H

#include "event/layer.h"

typedef struct Observer {
    const SnnModule *module;
    double label;             // of the sample
    const double *hypers;
    int64_t *spike;           // [n_observed_values] the kernel's index of the
                              // spike behind a value (n-th spikes), or -1
    Buffer first, order;      // spikes of one layer by neuron
} Observer;

bool observer_new(Observer *observer, const SnnModule *module);
void observer_free(Observer *observer);

// Fills values[n_observed_values]. False: no memory.
bool observe_collect(Observer *observer, const LayerState *states,
                     double *values);

// Adds d loss / d value to the spikes' and the states' gradients; behind
// observe_collect. False: no memory.
bool observe_return_gradient(Observer *observer, LayerState *states,
                             const double *gradient);

#endif
