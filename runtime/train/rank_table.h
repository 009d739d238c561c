// Spikes of byte values: the encoder's times for all 256 values, as ranks among
// the distinct times, so that a sample is sorted by counting.
#ifndef SNN_TRAIN_RANK_TABLE_H
#define SNN_TRAIN_RANK_TABLE_H

#include "train/stimuli.h"

enum { NO_SPIKE = 0xffffffffu };

// Fills rank_times, ranks, bias_ranks, per_channel of stimuli over bytes.
bool rank_table_build(Stimuli *stimuli, StimuliFailure *out_failure);

// The spikes of a sample, sorted by (time, channel). False: no memory.
bool rank_table_fetch(const Stimuli *stimuli, uint32_t sample,
                      Stimulus *stimulus);

#endif
