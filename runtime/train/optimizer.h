// The optimiser's states and one step over all learned parameters.
#ifndef SNN_TRAIN_OPTIMIZER_H
#define SNN_TRAIN_OPTIMIZER_H

#include <stdbool.h>
#include "core/parameters.h"
#include "core/pool.h"
#include "train/gradients.h"
#include "train/silence.h"

// Consecutive rows of one parameter that one worker updates.
typedef struct RowBlock {
    uint32_t parameter;
    uint32_t first, end;
} RowBlock;

typedef struct Optimizer {
    const SnnModule *module;
    Parameters *parameters;
    Parameters *states;      // [n_states], each shaped as parameters
    uint32_t n_states;       // of the rule that has most
    uint32_t reads;          // SNN_READS_... of all rules
    RowBlock *blocks;
    uint32_t n_blocks;
    size_t n_elements;       // of all blocks
    double *block_squares;   // [n_blocks] of the gradients' elements
    double *norms;           // [n_parameters] of the gradients
    double total_norm;
    uint64_t *block_kept;    // [n_blocks] elements whose step was not finite
    void **silence;          // [n_parameters] a row; NULL where not read
    uint8_t **is_awake;      // [n_parameters][rows] ever had a gradient; NULL
                             // where the rule has no rows that rest
} Optimizer;

typedef struct OptimizerStep {
    const double *hypers;
    double scale;            // of the sum of the gradients
    uint64_t step;           // 1, 2, ...
    uint64_t epoch;          // 0, 1, ...
    const Silence *silence;  // for rules that read it
} OptimizerStep;

enum { OPTIMIZER_GRADIENTS_MAX = 16 };

bool optimizer_new(Optimizer *optimizer, const SnnModule *module,
                   Parameters *parameters);
void optimizer_free(Optimizer *optimizer);

// One step from the sum of the gradients of the slots, in their order; the
// gradients are zero afterwards. n_slots <= OPTIMIZER_GRADIENTS_MAX. Returns
// how many elements kept their value because the new one was not finite.
uint64_t optimizer_apply(Optimizer *optimizer, Pool *pool, Gradients *slots,
                     uint32_t n_slots, const OptimizerStep *step);
// After its states were changed by somebody else.
void optimizer_wake(Optimizer *optimizer);

// SNN_READS_... of all rules of a module.
uint32_t optimizer_readings(const SnnModule *module);
// The rule of a parameter, and how many states it keeps for each element.
const SnnOptimizer *optimizer_rule(const SnnModule *module,
                                   uint32_t parameter);
uint32_t optimizer_n_states(const SnnModule *module, uint32_t parameter);
size_t optimizer_bytes(const SnnModule *module);

#endif
