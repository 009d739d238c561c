// The commands of a trainer. Each returns the exit status.
#ifndef SNN_CLI_COMMANDS_H
#define SNN_CLI_COMMANDS_H

#include "cli/options.h"
#include "snn/abi.h"

#define COMMAND(id, name, function, summary)                                  \
    int function(const SnnModule *module, const Options *options);
#include "cli/commands.def"
#undef COMMAND

#endif
