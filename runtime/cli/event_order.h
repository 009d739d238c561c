// A fingerprint of the order in which a network's sample happened.
#ifndef SNN_CLI_EVENT_ORDER_H
#define SNN_CLI_EVENT_ORDER_H

#include <stdint.h>
#include "event/network.h"

// Of the sample just run: equal when every spike has the same neuron and the
// same arrivals before it. Only then is the loss smooth between two runs.
uint64_t event_order_of(const Network *network);

#endif
