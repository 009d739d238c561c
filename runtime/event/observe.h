// Observables of a sample: what loss and prediction see of a run.
#ifndef SNN_EVENT_OBSERVE_H
#define SNN_EVENT_OBSERVE_H

#include "event/layer.h"

// Fills values[n_observed_values]. first_spike[k] becomes the kernel's index of
// the spike behind value k (first-spike observables), or -1.
void observe_collect(const LayerState *states, const SnnModule *module,
                     double *values, int64_t *first_spike);

// Adds d loss / d value to the spikes' and the states' gradients.
void observe_return_gradient(LayerState *states, const SnnModule *module,
                             const double *gradient,
                             const int64_t *first_spike);

#endif
