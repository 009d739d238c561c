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
} Hypers;

bool hypers_new(Hypers *hypers, const SnnModule *module);
void hypers_free(Hypers *hypers);

// Values at a step (1, 2, ...) of an epoch (0, 1, ...).
void hypers_evaluate(Hypers *hypers, uint64_t step, uint64_t epoch);

// From now on `value` (SI) at every step.
void hypers_override(Hypers *hypers, uint32_t which, double value);

#endif
