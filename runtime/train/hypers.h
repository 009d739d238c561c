// Hyperparameters: their values at a step of training, and overrides that hold
// instead of the model's expression.
#ifndef SNN_TRAIN_HYPERS_H
#define SNN_TRAIN_HYPERS_H

#include <stdbool.h>
#include "snn/abi.h"

typedef struct Hypers {
    const SnnModule *module;
    double *values;       // [n_hypers] as of the last hypers_evaluate
    double *overrides;    // [n_hypers], where is_overridden
    bool *is_overridden;
    double *stalls;       // [n_stalls] how often the loss stopped to improve
    double *waited;       // [n_stalls] epochs since the best, or the last stall
    double best;          // least loss of an epoch; infinity before the first
} Hypers;

bool hypers_new(Hypers *hypers, const SnnModule *module);
void hypers_free(Hypers *hypers);

// Values at a step (1, 2, ...) of an epoch (0, 1, ...).
void hypers_evaluate(Hypers *hypers, uint64_t step, uint64_t epoch);

// An epoch ended with this mean loss (one that is not finite is no better).
void hypers_end_epoch(Hypers *hypers, double loss);

// From now on `value` (SI) at every step.
void hypers_override(Hypers *hypers, uint32_t which, double value);

#endif
