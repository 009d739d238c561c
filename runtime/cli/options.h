// The command line of a trainer, from the tables commands.def and options.def.
#ifndef SNN_CLI_OPTIONS_H
#define SNN_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
#define COMMAND(id, name, function, summary) COMMAND_##id,
#include "cli/commands.def"
#undef COMMAND
    COMMAND_COUNT
} CommandId;

enum {
#define COMMAND(id, name, function, summary) ON_##id = 1 << COMMAND_##id,
#include "cli/commands.def"
#undef COMMAND
    ON_ALL = (1 << COMMAND_COUNT) - 1,
    ON_DATA =
        ON_TRAIN | ON_EVALUATE | ON_PREDICT | ON_CHECK_GRADIENT | ON_BENCH,
};

typedef enum {
#define OPTION(id, name, kind, argument, commands, summary) OPTION_##id,
#include "cli/options.def"
#undef OPTION
    OPTION_COUNT
} OptionId;

typedef struct Options {
    CommandId command;
    bool has_command;                 // named, not by default
    const char *program;
    const char *values[OPTION_COUNT]; // NULL: not given; "" for flags
    const char **assignments;         // --set, in order
    uint32_t n_assignments;
} Options;

// Ends with status 2 and a message when the command line is wrong.
void options_parse(Options *options, int argc, char **argv);
void options_free(Options *options);

bool options_has(const Options *options, OptionId id);
const char *options_text(const Options *options, OptionId id,
                         const char *fallback);
uint64_t options_number(const Options *options, OptionId id,
                        uint64_t fallback);
double options_real(const Options *options, OptionId id, double fallback);

// --help: of the command, or of all when none is named.
void options_print_help(const Options *options, const char *model);

#endif
