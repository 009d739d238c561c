// Tables of synapses: what a pattern joins, by source neuron. A function of
// the pattern alone (its seed included), in time and memory O(neurons +
// synapses). No input or output.
#ifndef SNN_TOPOLOGY_SYNAPSES_H
#define SNN_TOPOLOGY_SYNAPSES_H

#include <stdbool.h>
#include "snn/pattern.h"

// Pairs of a list, in the order of its file.
typedef struct SynapsePairs {
    uint64_t n;
    const uint32_t *source, *target; // [n], checked
    const double *weight;            // [n] initial values; or NULL
} SynapsePairs;

typedef struct SynapseEnds {
    uint32_t n_sources, n_targets;
    uint32_t weight_stride;      // elements a row, of a dense weight
    const SynapsePairs *pairs;   // of a list
} SynapseEnds;

// False when there is no memory, or more synapses than an index holds; then
// nothing is left behind.
bool synapses_build(SnnSynapses *out, const SnnPattern *pattern,
                    const SynapseEnds *ends);
void synapses_free(SnnSynapses *synapses);
// Of a table: what it takes besides the struct itself.
uint64_t synapses_bytes(const SnnSynapses *synapses);

#endif
