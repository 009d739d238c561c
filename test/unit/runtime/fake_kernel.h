// A naive LIF kernel in plain C, for tests of the runtime without a compiler
// and as a reference: one neuron at a time, roots by bisection, the adjoint from
// a tape of states before each event.
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include "snn/abi.h"

#ifndef FAKE_REAL
#define FAKE_REAL double
#endif
typedef FAKE_REAL FakeReal;

// Which parameters a layer uses.
typedef struct FakeLayer {
    const SnnModule *module;
    uint32_t layer;
    uint32_t threshold;       // parameter
    uint32_t threshold_step;  // 1: per neuron, 0: shared
} FakeLayer;

enum { FAKE_SPIKES_MAX = 1000 }; // of a neuron and interval: more is runaway

int32_t fake_forward(const FakeLayer *which, SnnLayerRun *run);
int32_t fake_backward(const FakeLayer *which, SnnLayerRun *run);

#endif
