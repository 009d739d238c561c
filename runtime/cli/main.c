// A trainer's main: the command named on the command line runs on the module
// that the compiler linked in.
#include <stdio.h>
#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/resolve.h"

typedef int CommandFunction(const SnnModule *module, const Options *options);

static CommandFunction *const functions[] = {
#define COMMAND(id, name, function, summary) function,
#include "cli/commands.def"
#undef COMMAND
};

static int run(const Options *options)
{
    Topology topology;
    resolve_open(&topology, &snn_module, options);
    int status = functions[options->command](&topology.module, options);
    topology_free(&topology);
    return status;
}

int main(int argc, char **argv)
{
    Options options;
    int status = EXIT_FINE;
    options_parse(&options, argc, argv);
    if (options_has(&options, OPTION_HELP))
        options_print_help(&options, snn_module.name);
    else
        status = run(&options);
    options_free(&options);
    if (fflush(stdout) != 0 || ferror(stdout))
        fail("cannot write to standard output");
    return status;
}
