// Which neurons a projection joins, after the compiler checked and lowered it:
// shared by the model, the module's description and the builders of
// runtime/topology. A pattern that is no plain `dense` becomes a table of
// synapses when the trainer starts.
#ifndef SNN_PATTERN_H
#define SNN_PATTERN_H

#include <stdint.h>

typedef enum {
    SNN_PATTERN_DENSE,      // all with all
    SNN_PATTERN_ONE_TO_ONE, // neuron k with neuron k
    SNN_PATTERN_RANDOM,     // each pair with `probability`
    SNN_PATTERN_IN_DEGREE,  // `degree` different sources for each target
    SNN_PATTERN_OUT_DEGREE, // `degree` different targets for each source
    SNN_PATTERN_WINDOW,     // convolutions, pools, local connections
    SNN_PATTERN_LIST,       // pairs from a file
} SnnPatternKind;

// What has a weight of its own.
typedef enum {
    SNN_PER_SYNAPSE,
    SNN_PER_KERNEL,         // element of a kernel that all places share
    SNN_PER_PROJECTION,
    SNN_PER_SOURCE,
    SNN_PER_TARGET,
} SnnPer;

// One axis of a window: place `to` sees the places
// to * stride - padding + k * dilation, k < kernel, of the other side.
typedef struct SnnWindow {
    uint32_t from, to;      // extents of the two sides
    uint32_t kernel, stride, padding, dilation;
} SnnWindow;

typedef struct SnnPattern {
    uint32_t kind;          // SnnPatternKind
    uint32_t per;           // SnnPer, of the weights
    uint32_t without_self;  // no synapse from a neuron to itself
    uint32_t degree;
    uint64_t seed;
    double probability;
    uint32_t source_channels, target_channels, groups;
    uint32_t transposed;    // windows look from the source at the target
    SnnWindow y, x;         // `from` is the target's side when transposed
    const char *file;       // of a list, in the data folder
} SnnPattern;

// The synapses of a projection by source neuron: those of neuron i are
// first[i] .. first[i + 1] - 1, their targets ascending.
typedef struct SnnSynapses {
    uint32_t n_sources, n_targets;
    uint64_t n_synapses;
    uint32_t has_repeats;   // a pair of neurons may have several synapses
    uint32_t *first;        // [n_sources + 1]
    uint32_t *target;       // [n_synapses]
    uint32_t *weight;       // [n_synapses] element of the weight parameter's
                            // array; NULL: the synapse's own number
    uint32_t *in_degree;    // [n_targets]
    double *initial;        // of weights by element, from a list; or NULL
} SnnSynapses;

#endif
