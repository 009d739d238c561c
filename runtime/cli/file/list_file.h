// Lists of synapses: npz files with `sources` and `targets`, a pair of neurons
// for each synapse, and maybe `weights`, initial values in SI units.
#ifndef SNN_CLI_LIST_FILE_H
#define SNN_CLI_LIST_FILE_H

#include "snn/abi.h"
#include "topology/synapses.h"

// The list of a projection, from the file that its pattern names, relative to
// `folder`. Ends the program with a message when it does not fit.
void list_file_read(SynapsePairs *pairs, const SnnModule *module,
                    uint32_t projection, const char *folder);
void list_file_free(SynapsePairs *pairs);

// All tables of the module into one file: PROJECTION/sources and
// PROJECTION/targets.
void list_file_write(const SnnModule *module, const char *path);

#endif
