// The trainer: parameters, optimiser and where training stands; batches of
// training and evaluation of data sets. The same bits for any number of
// workers.
#ifndef SNN_TRAIN_TRAINER_H
#define SNN_TRAIN_TRAINER_H

#include "core/pool.h"
#include "train/hypers.h"
#include "train/optimizer.h"
#include "train/slot.h"

// Where training stands; with parameters, optimiser states and overrides this
// is all that a resumed run needs.
typedef struct Progress {
    uint64_t seed;
    uint64_t epoch;          // 0, 1, ...: the epoch under way
    uint64_t batch;          // batches done in it
    uint64_t step;           // optimiser steps done in all
    Totals totals;           // of the epoch under way
} Progress;

typedef struct Trainer {
    const SnnModule *module;
    Pool *pool;
    Parameters parameters;
    Wiring wiring;
    Optimizer optimizer;
    Hypers hypers;
    Progress progress;
    uint32_t batch_size;
    Worker *workers;         // [n_workers]
    uint32_t n_workers;
    Slot *slots;             // [n_slots]; made for the first batch
    uint32_t n_slots;
    Silence silence;         // of a batch, when an optimiser's rule reads it
    Buffer order;            // uint32_t: the epoch's order of samples
    uint64_t order_epoch;    // for which it holds
    uint32_t order_size;
} Trainer;

// Parameters are zero: draw or load them. False: no memory; free then too.
bool trainer_new(Trainer *trainer, const SnnModule *module, Pool *pool,
                 uint32_t batch_size, uint64_t seed);
void trainer_free(Trainer *trainer);
size_t trainer_bytes(const Trainer *trainer);

// What follows from the parameters before a sample is run: the order of delayed
// synapses. Batches and evaluation do it by themselves. False: no memory.
bool trainer_update(Trainer *trainer);

uint64_t trainer_batches(const Trainer *trainer, const Stimuli *train);

// The next batch of the epoch: gradients, one optimiser step, progress. False:
// a kernel failed (out_error), nothing has changed.
bool trainer_step(Trainer *trainer, const Stimuli *train, RunError *out_error);
// After the last batch of an epoch: on to the next.
void trainer_end_epoch(Trainer *trainer);

// The two halves of trainer_step, for measuring; or gradients are dropped.
bool trainer_accumulate(Trainer *trainer, const Stimuli *train,
                        Totals *out_totals, RunError *out_error);
void trainer_apply(Trainer *trainer, uint32_t n_samples);
void trainer_discard(Trainer *trainer);
// Samples of the batch that is next.
uint32_t trainer_next_size(const Trainer *trainer, const Stimuli *train);

// Loss, accuracy and spikes over samples 0..n-1 of a set, without transforms.
// results[n] may be NULL. False: a kernel failed or no memory.
bool trainer_evaluate(Trainer *trainer, const Stimuli *set, uint32_t n,
                      Totals *out_totals, SampleResult *results,
                      RunError *out_error);

#endif
