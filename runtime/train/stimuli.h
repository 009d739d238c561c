// A data set as input spikes. Values given as numbers are encoded once; values
// given as bytes stay bytes, and a table holds the spikes of each byte value,
// so that a set of images costs one byte a pixel.
#ifndef SNN_TRAIN_STIMULI_H
#define SNN_TRAIN_STIMULI_H

#include <stdbool.h>
#include "core/memory.h"
#include "snn/abi.h"
#include "snn/reader.h"

typedef struct Stimuli {
    const SnnModule *module;
    const SnnSet *set;       // labels, and bytes where kept
    uint32_t n_samples;
    // from numbers: sorted spikes of all samples
    uint64_t *first;         // [n_samples + 1]
    double *times;
    uint32_t *channels;
    // from bytes: spikes by rank of their time
    double *rank_times;      // [n_ranks], rising
    uint32_t n_ranks;
    uint32_t *ranks;         // [tables][256][n_spikes]; NO_SPIKE: none
    uint32_t *bias_ranks;    // [n_biases]
    bool per_channel;        // a table for each channel, else one
    bool skips_zeros;        // a byte of 0 makes no spike
} Stimuli;

typedef enum {
    STIMULI_NO_MEMORY,
    STIMULI_NO_ENCODER,      // the model does not say how values become spikes
    STIMULI_WRONG_SIZE,      // n_values and n_biases against n_inputs
    STIMULI_WRONG_LABEL,     // sample, label against n_classes
    STIMULI_NEGATIVE_TIME,   // value on channel yields time
    STIMULI_NEGATIVE_BIAS,   // bias spike `channel` is at time
} StimuliFailureKind;

typedef struct StimuliFailure {
    StimuliFailureKind kind;
    uint32_t n_values, n_biases, n_inputs, n_classes;
    uint32_t sample, channel;
    int32_t label;
    double value, time;      // s
} StimuliFailure;

// A sample's spikes, sorted by (time, channel).
typedef struct Stimulus {
    double *times;           // s
    uint32_t *channels;
    size_t count;
    uint32_t n_data;         // channels of the data; biases lie behind them
    Buffer time_buffer, channel_buffer, counts, keys, spare;
} Stimulus;

// Which copy of a sample a transform draws for.
typedef struct StimulusDraw {
    uint64_t seed, epoch;
    uint32_t sample;
} StimulusDraw;

// Encodes a set, which must outlive the stimuli. False when it does not fit the
// model; out_failure says why.
bool stimuli_new(Stimuli *stimuli, const SnnModule *module, const SnnSet *set,
                 StimuliFailure *out_failure);
void stimuli_free(Stimuli *stimuli);
size_t stimuli_bytes(const Stimuli *stimuli);
int32_t stimuli_label(const Stimuli *stimuli, uint32_t sample);

// A fresh copy of a sample's spikes. False: no memory.
bool stimulus_fetch(Stimulus *stimulus, const Stimuli *stimuli,
                    uint32_t sample);
// The model's transforms, drawn anew for (seed, epoch, sample): a spike of the
// data dropped or moved. A time before 0 becomes 0, a channel the nearest whole
// number; a time that is not a number or a channel that the data has not drops
// the spike.
bool stimulus_transform(Stimulus *stimulus, const SnnModule *module,
                        StimulusDraw draw, const double *hypers);
// Sorts by (time, channel, place); places[k] (may be NULL) becomes the old
// place of spike k. False: no memory.
bool stimulus_sort(Stimulus *stimulus, uint32_t *places);
bool stimulus_reserve(Stimulus *stimulus, size_t n);
void stimulus_free(Stimulus *stimulus);

#endif
