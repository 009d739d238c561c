// A slot: a fixed part of a batch. Its samples run in order on one worker into
// gradients of its own, so that sums do not depend on the number of threads.
#ifndef SNN_TRAIN_SLOT_H
#define SNN_TRAIN_SLOT_H

#include "train/silence.h"
#include "train/worker.h"

enum { SLOTS_MAX = 8 };

// How many slots a batch is cut into: by its size and the size of a slot's
// gradients only.
uint32_t slot_count(uint32_t batch_size, size_t gradient_bytes);

// What a slot runs: samples[0..n) of a data set, transformed for an epoch.
typedef struct SlotWork {
    const Stimuli *stimuli;
    const uint32_t *samples;
    uint32_t n;
    const double *hypers;
    uint64_t seed, epoch;
    bool is_training;        // transforms apply
} SlotWork;

typedef struct Slot {
    Gradients gradients;
    Totals totals;           // of its work
    RunError error;
    Silence silence;         // of its samples, when a rule reads it
    Buffer is_bad;           // [n] uint8_t, in the careful pass
} Slot;

// Forward and backward for all samples. A sample whose adjoint is not finite is
// found and left out.
void slot_run(Slot *slot, Worker *worker, const SlotWork *work);
void slot_free(Slot *slot);

#endif
