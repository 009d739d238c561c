// Which neurons stayed silent: for each neuron the number of samples in which
// it spiked. Counted only when an optimiser's rule reads it.
#ifndef SNN_TRAIN_SILENCE_H
#define SNN_TRAIN_SILENCE_H

#include "event/network.h"

typedef struct Silence {
    const SnnModule *module;
    uint32_t **fired;     // [n_layers][size] samples with a spike
    uint32_t **last;      // [n_layers][size] the latest such sample
    uint32_t n_samples;   // counted so far
} Silence;

bool silence_new(Silence *silence, const SnnModule *module);
void silence_free(Silence *silence);
void silence_clear(Silence *silence);
// Counts the sample that the network just ran.
void silence_count(Silence *silence, const Network *network);
void silence_add(Silence *sum, const Silence *more);
// Part of the samples in which a neuron was silent; of all neurons the mean.
double silence_of(const Silence *silence, uint32_t layer, uint32_t neuron);
double silence_mean(const Silence *silence, uint32_t layer);

#endif
