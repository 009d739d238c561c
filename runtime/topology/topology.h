// A module with its tables of synapses: a copy in which sizes that hang on
// them are filled in. What runs takes this copy as its SnnModule.
#ifndef SNN_TOPOLOGY_TOPOLOGY_H
#define SNN_TOPOLOGY_TOPOLOGY_H

#include "snn/abi.h"
#include "topology/synapses.h"

typedef struct Topology {
    SnnModule module;
    SnnParameter *parameters;   // of the copy
    SnnProjection *projections;
    SnnSynapses *tables;        // [n_projections]; empty for plain dense
} Topology;

// lists[projection] are the pairs of its list; NULL without lists. False when
// there is no memory; nothing is left behind.
bool topology_new(Topology *topology, const SnnModule *module,
                  const SynapsePairs *lists);
void topology_free(Topology *topology);
// Bytes of all tables.
uint64_t topology_bytes(const SnnModule *module);

// Flags the rows of the weights that a spike of `source` reaches.
void topology_mark(const SnnModule *module, uint32_t projection,
                   uint32_t source, uint8_t *touched);

#endif
