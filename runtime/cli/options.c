// Parsing the command line by its tables.
#include "cli/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/failure.h"

typedef enum { TEXT, COUNT, NUMBER, REAL, FLAG, LIST } Kind;

typedef struct Row {
    const char *name;
    Kind kind;
    const char *argument;
    unsigned commands;
} Row;

static const Row rows[] = {
#define OPTION(id, name, kind, argument, commands, summary)                   \
    {name, kind, argument, commands},
#include "cli/options.def"
#undef OPTION
};

static const char *const option_names[] = {
#define OPTION(id, name, kind, argument, commands, summary) name,
#include "cli/options.def"
#undef OPTION
};

static const char *const command_names[] = {
#define COMMAND(id, name, function, summary) name,
#include "cli/commands.def"
#undef COMMAND
};

static void parse_command(Options *options, const char *word)
{
    for (int c = 0; c < COMMAND_COUNT; c++)
        if (strcmp(word, command_names[c]) == 0) {
            options->command = (CommandId)c;
            options->has_command = true;
            return;
        }
    const char *near = suggest(word, command_names, COMMAND_COUNT);
    if (near)
        fail("unknown command '%s'; did you mean '%s'?", word, near);
    fail("unknown command '%s'; --help lists the commands", word);
}

// The option named by the first `length` bytes of `word`.
static OptionId find_option(const char *word, size_t length)
{
    for (int id = 0; id < OPTION_COUNT; id++)
        if (strlen(rows[id].name) == length &&
            strncmp(rows[id].name, word, length) == 0)
            return (OptionId)id;
    char name[64];
    size_t n = length < sizeof name - 1 ? length : sizeof name - 1;
    memcpy(name, word, n);
    name[n] = 0;
    const char *near = suggest(name, option_names, OPTION_COUNT);
    if (near)
        fail("unknown option --%s; did you mean --%s?", name, near);
    fail("unknown option --%s; --help lists the options", name);
}

static void check_number(const Row *row, const char *text)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    uint64_t least = row->kind == COUNT;
    if (*text < '0' || *text > '9' || *end || errno || value < least ||
        (row->kind == COUNT && value > UINT32_MAX))
        fail("--%s needs a whole number%s, not '%s'", row->name,
             least ? " of at least 1" : "", text);
}

static void check_real(const Row *row, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value) || value <= 0)
        fail("--%s needs a positive number, not '%s'", row->name, text);
}

static void store(Options *options, OptionId id, const char *value)
{
    const Row *row = &rows[id];
    if (row->kind == COUNT || row->kind == NUMBER)
        check_number(row, value);
    if (row->kind == REAL)
        check_real(row, value);
    if (row->kind == TEXT && !*value)
        fail("--%s needs %s", row->name, row->argument);
    if (row->kind == LIST)
        options->assignments[options->n_assignments++] = value;
    options->values[id] = value;
}

// One option at argv[k]; returns how many words it took.
static int parse_option(Options *options, int argc, char **argv, int k)
{
    const char *word = argv[k] + 2;
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    OptionId id = find_option(word, length);
    if (rows[id].kind == FLAG) {
        if (equals)
            fail("--%s takes no value", rows[id].name);
        options->values[id] = "";
        return 1;
    }
    if (equals) {
        store(options, id, equals + 1);
        return 1;
    }
    if (k + 1 >= argc)
        fail("--%s needs %s", rows[id].name, rows[id].argument);
    store(options, id, argv[k + 1]);
    return 2;
}

static void check_applicable(const Options *options)
{
    for (int id = 0; id < OPTION_COUNT; id++)
        if (options->values[id] &&
            !(rows[id].commands >> options->command & 1))
            fail("--%s has no meaning for %s", rows[id].name,
                 command_names[options->command]);
}

void options_parse(Options *options, int argc, char **argv)
{
    *options = (Options){.program = argc > 0 ? argv[0] : "trainer"};
    options->assignments = calloc((size_t)argc + 1, sizeof(char *));
    if (!options->assignments)
        fail("not enough memory");
    for (int k = 1; k < argc;) {
        if (strcmp(argv[k], "-h") == 0) {
            options->values[OPTION_HELP] = "";
            k++;
        } else if (strncmp(argv[k], "--", 2) == 0 && argv[k][2]) {
            k += parse_option(options, argc, argv, k);
        } else if (argv[k][0] == '-' && argv[k][1]) {
            fail("unknown option %s; options start with --", argv[k]);
        } else if (options->has_command) {
            fail("unexpected argument '%s' after %s", argv[k],
                 command_names[options->command]);
        } else {
            parse_command(options, argv[k++]);
        }
    }
    if (!options_has(options, OPTION_HELP))
        check_applicable(options);
}

void options_free(Options *options)
{
    free(options->assignments);
}

bool options_has(const Options *options, OptionId id)
{
    return options->values[id] != NULL;
}

const char *options_text(const Options *options, OptionId id,
                         const char *fallback)
{
    return options->values[id] ? options->values[id] : fallback;
}

uint64_t options_number(const Options *options, OptionId id, uint64_t fallback)
{
    return options->values[id] ? strtoull(options->values[id], NULL, 10)
                               : fallback;
}

double options_real(const Options *options, OptionId id, double fallback)
{
    return options->values[id] ? strtod(options->values[id], NULL) : fallback;
}
