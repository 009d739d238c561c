// What a trainer does before its command: checks that module and runtime belong
// together and builds the module's tables of synapses.
#ifndef SNN_CLI_RESOLVE_H
#define SNN_CLI_RESOLVE_H

#include "cli/options.h"
#include "topology/topology.h"

// Ends the program with a message when it fails.
void resolve_open(Topology *topology, const SnnModule *module,
                  const Options *options);

#endif
