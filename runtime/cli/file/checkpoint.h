// A saved training: parameters under their names, and under state/... all that
// is needed to go on with the same bits: optimiser, position, seed, overrides.
#ifndef SNN_CLI_CHECKPOINT_H
#define SNN_CLI_CHECKPOINT_H

#include "train/trainer.h"

// Atomic. False with a sentence in `error`: the old file is untouched.
bool checkpoint_save(const Trainer *trainer, const char *path, char *error,
                     size_t error_size);

// What of the saved state the command line may contradict.
typedef struct CheckpointWishes {
    bool has_seed, has_batch;
    uint64_t seed;
    uint32_t batch;
} CheckpointWishes;

// Ends the program when the file is not a checkpoint of this model.
void checkpoint_resume(Trainer *trainer, const char *path,
                       const CheckpointWishes *wishes);

#endif
