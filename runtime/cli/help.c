// --help, from the tables.
#include "cli/options.h"

#include <stdio.h>

typedef struct HelpRow {
    const char *name;
    const char *argument;
    unsigned commands;
    const char *summary;
} HelpRow;

static const HelpRow option_rows[] = {
#define OPTION(id, name, kind, argument, commands, summary)                   \
    {name, argument, commands, summary},
#include "cli/options.def"
#undef OPTION
};

static const char *const command_names[] = {
#define COMMAND(id, name, function, summary) name,
#include "cli/commands.def"
#undef COMMAND
};

static const char *const command_summaries[] = {
#define COMMAND(id, name, function, summary) summary,
#include "cli/commands.def"
#undef COMMAND
};

static const char *const paragraphs[] = {
#define HELP(command, text) [COMMAND_##command] = text,
#include "cli/help.def"
#undef HELP
};

static void print_option(const HelpRow *row)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", row->name,
             row->argument ? " " : "", row->argument ? row->argument : "");
    printf("  %-18s  %s\n", left, row->summary);
}

static void print_options(unsigned commands)
{
    puts("Options:");
    for (int id = 0; id < OPTION_COUNT; id++)
        if (option_rows[id].commands & commands)
            print_option(&option_rows[id]);
}

static void print_overview(const Options *options, const char *model)
{
    printf("Usage: %s [COMMAND] [OPTIONS]\n\n", options->program);
    printf("Trains the spiking neural network '%s' with exact gradients, event "
           "by event.\n\nCommands:\n", model);
    for (int c = 0; c < COMMAND_COUNT; c++)
        printf("  %-18s  %s\n", command_names[c], command_summaries[c]);
    printf("\n`%s COMMAND --help` tells more about a command.\n\n",
           options->program);
    puts("Options of train:");
    for (int id = 0; id < OPTION_COUNT; id++)
        if (option_rows[id].commands & ON_TRAIN)
            print_option(&option_rows[id]);
    puts("\nExit status: 0 fine, 1 a check failed, 2 wrong usage or a failing "
         "file or disk,\n130 interrupted.");
}

void options_print_help(const Options *options, const char *model)
{
    if (!options->has_command) {
        print_overview(options, model);
        return;
    }
    printf("Usage: %s %s [OPTIONS]\n\n%s\n", options->program,
           command_names[options->command], paragraphs[options->command]);
    print_options(1u << options->command);
}
