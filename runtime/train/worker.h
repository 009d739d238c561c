// What one worker needs to run samples: a network and a copy of the sample.
#ifndef SNN_TRAIN_WORKER_H
#define SNN_TRAIN_WORKER_H

#include "event/network.h"
#include "train/gradients.h"
#include "train/stimuli.h"
#include "train/totals.h"

typedef struct Worker {
    Network network;
    Stimulus stimulus;
} Worker;

// A kernel failed on a sample.
typedef struct RunError {
    NetworkError network;     // status SNN_OK: none
    uint32_t sample;
} RunError;

typedef struct SampleResult {
    double loss;
    int64_t predicted;        // -1: none
    bool is_finite;           // loss and its gradient
} SampleResult;

bool worker_new(Worker *worker, const SnnModule *module,
                const Wiring *wiring, void *const *parameters,
                bool wants_input_gradient);
void worker_free(Worker *worker);

// Puts the spikes of worker->stimulus through the network; counts in totals.
// With wants_gradient, network.observed_gradient is ready for backward.
bool worker_forward(Worker *worker, uint32_t sample, int32_t label,
                    const double *hypers, bool wants_gradient, Totals *totals,
                    SampleResult *out_result, NetworkError *out_error);

// The adjoint of the sample just run; adds to gradients and flags its rows.
bool worker_backward(Worker *worker, Gradients *gradients,
                     const double *hypers, NetworkError *out_error);

#endif
