// The optimiser's states and one step over all learned parameters.
#ifndef SNN_TRAIN_OPTIMIZER_H
#define SNN_TRAIN_OPTIMIZER_H

#include <stdbool.h>
#include "core/parameters.h"
#include "core/pool.h"
#include "train/gradients.h"

// Consecutive rows of one parameter that one worker updates.
typedef struct RowBlock {
    uint32_t parameter;
    uint32_t first, end;
} RowBlock;

typedef struct Optimizer {
    const SnnModule *module;
    Parameters *parameters;
    Parameters *states;      // [n_optimizer_states], each shaped as parameters
    RowBlock *blocks;
    uint32_t n_blocks;
    size_t n_elements;       // of all blocks
} Optimizer;

typedef struct OptimizerStep {
    const double *hypers;
    double scale;            // of the sum of the gradients
    uint64_t step;           // 1, 2, ...
    uint64_t epoch;          // 0, 1, ...
} OptimizerStep;

enum { OPTIMIZER_GRADIENTS_MAX = 32 };

bool optimizer_new(Optimizer *optimizer, const SnnModule *module,
                   Parameters *parameters);
void optimizer_free(Optimizer *optimizer);

// One step from the sum of the gradients of the slots, in their order; the
// gradients are zero afterwards. n_slots <= OPTIMIZER_GRADIENTS_MAX.
void optimizer_apply(Optimizer *optimizer, Pool *pool, Gradients *slots,
                     uint32_t n_slots, const OptimizerStep *step);

size_t optimizer_bytes(const SnnModule *module);

#endif
