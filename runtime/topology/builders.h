// The builders of synapses.c, one for each kind of pattern. Each fills first,
// target and, where a weight is not the synapse's own, weight; on failure
// returns false and leaves what it made to the caller.
#ifndef SNN_TOPOLOGY_BUILDERS_H
#define SNN_TOPOLOGY_BUILDERS_H

#include "topology/synapses.h"

typedef bool SynapseBuilder(SnnSynapses *s, const SnnPattern *pattern,
                            const SynapseEnds *ends);

SynapseBuilder build_dense;      // synapses.c
SynapseBuilder build_one_to_one;
SynapseBuilder build_random;     // draws.c
SynapseBuilder build_in_degree;
SynapseBuilder build_out_degree;
SynapseBuilder build_window;     // window.c
SynapseBuilder build_list;       // list.c

// Memory for n synapses; `first` is made when it is not there yet.
bool synapses_reserve(SnnSynapses *s, uint64_t n, bool has_weights);
// Makes first[] of the numbers of synapses that first[i + 1] holds, and sets
// n_synapses. False when an index does not hold them.
bool synapses_sum(SnnSynapses *s);

#endif
