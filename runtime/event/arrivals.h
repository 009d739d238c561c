// From the sorted spikes of a population's sources to its arrivals: merged in
// the order (time, projection, source neuron), those of one instant in a group.
#ifndef SNN_EVENT_ARRIVALS_H
#define SNN_EVENT_ARRIVALS_H

#include "event/layer.h"

// Fills states[which].run's arrivals and n_arrivals. Spikes at or after the
// duration do not arrive. False: no memory.
bool arrivals_build(LayerState *states, const SnnModule *module,
                    uint32_t which);

// After the population's backward pass: adds each arrival's gradient to the
// spike that caused it, projection by projection in the order of the arrivals.
void arrivals_return_gradient(LayerState *states, const SnnModule *module,
                              uint32_t which);

#endif
