// Reading the command line (options.h).
#include "driver/options.h"

#include <stdlib.h>
#include <string.h>

typedef enum {
#define OPTION(id, spelling, argument, summary) OPTION_##id,
#include "driver/options.def"
#undef OPTION
    OPTION_COUNT
} OptionId;

typedef struct OptionRow {
    const char *spelling, *argument, *summary;
} OptionRow;

static const OptionRow rows[] = {
#define OPTION(id, spelling, argument, summary) {spelling, argument, summary},
#include "driver/options.def"
#undef OPTION
};

static const char *const stages[] = {
#define STAGE(id, name, pass) name,
#include "driver/stage.def"
#undef STAGE
};
static const char *const passes[] = {
#define PASS(id, name, print, summary) #name,
#include "driver/pipeline.def"
#undef PASS
};
static const char *const pass_summaries[] = {
#define PASS(id, name, print, summary) summary,
#include "driver/pipeline.def"
#undef PASS
};

const char *pass_name(PassId pass)
{
    return passes[pass];
}

static size_t find_word(const char *word, const char *const *words, size_t n)
{
    size_t k = 0;
    while (k < n && strcmp(word, words[k]) != 0)
        k++;
    return k;
}

// The word's place in a list; ends snnc when it is not there.
static size_t choose(const char *option, const char *word,
                     const char *const *words, size_t n)
{
    size_t k = find_word(word, words, n);
    if (k < n)
        return k;
    const char *near = suggest_name(word, words, n);
    fatal_world("unknown value '%s' for %s%s%s%s", word, option,
                near ? "; did you mean '" : "", near ? near : "",
                near ? "'?" : "");
}

static PassId choose_pass(const char *option, const char *word)
{
    return (PassId)choose(option, word, passes, PASS_COUNT);
}

// ---- effects ----------------------------------------------------------------

static void add_define(Arena *arena, Options *o, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        fatal_world("expected NAME=VALUE after -D, found '%s'", text);
    SemaDefine define = {arena_strndup(arena, text, (size_t)(equals - text)),
                         equals + 1};
    ARENA_PUSH(arena, o->defines, o->n_defines, o->defines_capacity, define);
}

static void set_level(Options *o, const char *text)
{
    if (strlen(text) != 1 || *text < '0' || *text > '3')
        fatal_world("expected -O0, -O1, -O2 or -O3, found '-O%s'", text);
    o->opt_level = *text - '0';
}

static void set_precision(Options *o, const char *text)
{
    static const char *const words[] = {"f32", "f64"};
    o->real_size = choose("--precision", text, words, 2) == 0 ? 4 : 8;
}

static void set_strategy(Options *o, const char *text)
{
    static const char *const words[] = {"auto", "events"};
    o->only_events = choose("--strategy", text, words, 2) == 1;
}

static const char *const solvers[] = {
#define SOLVER(id, name, summary) name,
#include "model/solver.def"
#undef SOLVER
};

static void set_tolerance(Options *o, const char *text)
{
    char *end;
    o->solver.tolerance = strtod(text, &end);
    if (*end || !(o->solver.tolerance >= SOLVER_TOLERANCE_MIN
                  && o->solver.tolerance <= SOLVER_TOLERANCE_MAX))
        fatal_world("expected a number from %g to %g for --tolerance, found "
                    "'%s'", SOLVER_TOLERANCE_MIN, SOLVER_TOLERANCE_MAX, text);
}

static void apply(Arena *arena, Options *o, OptionId id, const char *text)
{
    switch (id) {
    case OPTION_OUTPUT: o->output = text; break;
    case OPTION_OPT_LEVEL: set_level(o, text); break;
    case OPTION_DEFINE: add_define(arena, o, text); break;
    case OPTION_INCLUDE:
        ARENA_PUSH(arena, o->include_dirs, o->n_include_dirs,
                   o->include_dirs_capacity, text);
        break;
    case OPTION_MODEL: o->model = text; break;
    case OPTION_PRECISION: set_precision(o, text); break;
    case OPTION_STRATEGY: set_strategy(o, text); break;
    case OPTION_SOLVER:
        o->solver.kind = (SolverKind)choose("--solver", text, solvers,
                                            SOLVER_COUNT);
        break;
    case OPTION_TOLERANCE: set_tolerance(o, text); break;
    case OPTION_TARGET: o->target = text; break;
    case OPTION_CPU: o->cpu = text; break;
    case OPTION_EMIT:
        o->emit = (EmitStage)choose("--emit", text, stages, EMIT_COUNT);
        break;
    case OPTION_LATEX: o->latex = true; break;
    case OPTION_OBJECT: o->emit = EMIT_OBJ; break;
    case OPTION_ASSEMBLY: o->emit = EMIT_ASM; break;
    case OPTION_EXPLAIN: o->explain = true; break;
    case OPTION_TIME_PASSES: o->time_passes = true; break;
    case OPTION_LIST_PASSES: o->list_passes = true; break;
    case OPTION_STOP_AFTER:
        o->stop_after = choose_pass("--stop-after", text);
        break;
    case OPTION_PRINT_AFTER:
        o->print_after[choose_pass("--print-after", text)] = true;
        break;
    case OPTION_VERIFY: o->verify = true; break;
    case OPTION_VERBOSE: o->verbose = true; break;
    case OPTION_HELP: o->help = true; break;
    case OPTION_VERSION: o->version = true; break;
    case OPTION_COUNT: break;
    }
}

// ---- matching ---------------------------------------------------------------

static _Noreturn void unknown_option(Arena *arena, const char *word)
{
    const char *known[OPTION_COUNT];
    size_t length = strcspn(word, "=");
    const char *bare = arena_strndup(arena, word, length);
    for (size_t k = 0; k < OPTION_COUNT; k++)
        known[k] = arena_strndup(arena, rows[k].spelling,
                                 strcspn(rows[k].spelling, "="));
    const char *near = suggest_name(bare, known, OPTION_COUNT);
    if (near)
        fatal_world("unknown option '%s'; did you mean '%s'?", word, near);
    fatal_world("unknown option '%s'; see snnc --help", word);
}

// Whether `word` is the option; its argument begins at *text, which is NULL
// when it is the next word: --target=X and --target X, -oX and -o X.
static bool matches(const OptionRow *row, const char *word, const char **text)
{
    size_t n = strlen(row->spelling);
    *text = NULL;
    if (!row->argument || strncmp(word, row->spelling, n) != 0) {
        bool is_long = row->spelling[n - 1] == '=';
        size_t bare = is_long ? n - 1 : n;
        return strlen(word) == bare && strncmp(word, row->spelling, bare) == 0;
    }
    if (word[n] != '\0' || row->spelling[n - 1] == '=')
        *text = word + n;
    return true;
}

static int read_option(Arena *arena, Options *o, int at, int argc, char **argv)
{
    const char *text, *word = argv[at];
    for (int k = 0; k < OPTION_COUNT; k++) {
        if (!matches(&rows[k], word, &text))
            continue;
        bool separate = rows[k].argument && !text;
        if (separate && at + 1 < argc)
            text = argv[++at];
        if (rows[k].argument && (!text || *text == '\0'))
            fatal_world("option '%s' needs %s", word, rows[k].argument);
        apply(arena, o, (OptionId)k, text);
        return at + 1;
    }
    unknown_option(arena, word);
}

Options options_parse(Arena *arena, int argc, char **argv)
{
    Options o = {.emit = EMIT_EXE, .stop_after = PASS_COUNT, .opt_level = 2,
                 .real_size = 4};
    bool only_files = false;
    for (int at = 1; at < argc;) {
        const char *word = argv[at];
        if (!only_files && strcmp(word, "--") == 0) {
            only_files = true;
            at++;
        } else if (!only_files && word[0] == '-' && word[1] != '\0') {
            at = read_option(arena, &o, at, argc, argv);
        } else if (o.input) {
            fatal_world("expected one model file, found '%s' and '%s'", o.input,
                        word);
        } else {
            o.input = argv[at++];
        }
    }
    if (!o.input && !o.help && !o.version && !o.list_passes)
        fatal_world("expected a model file; see snnc --help");
    return o;
}

// ---- texts ------------------------------------------------------------------

void options_print_help(FILE *out)
{
    fprintf(out, "usage: snnc MODEL.snn [-o OUT] [options]\n\n"
                 "Compiles a model of spiking neurons into a program that "
                 "trains it.\n\n");
    for (size_t k = 0; k < OPTION_COUNT; k++) {
        char left[40];
        const char *argument = rows[k].argument ? rows[k].argument : "";
        bool spaced = *argument && strlen(rows[k].spelling) == 2
                      && rows[k].spelling[1] != 'O';
        snprintf(left, sizeof left, "%s%s%s", rows[k].spelling,
                 spaced ? " " : "", argument);
        fprintf(out, "  %-24s %s\n", left, rows[k].summary);
    }
    fprintf(out, "\nExit status: 0 fine, 1 the model is wrong, 2 the command "
                 "line or the world is.\n");
}

void options_print_passes(FILE *out)
{
    for (size_t k = 0; k < PASS_COUNT; k++)
        fprintf(out, "%-10s %s\n", passes[k], pass_summaries[k]);
}
