// Options: the command line of snnc, read by the table options.def.
#ifndef SNNC_DRIVER_OPTIONS_H
#define SNNC_DRIVER_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>
#include "base/arena.h"
#include "base/diag.h"
#include "sema/sema.h"

typedef enum {
#define PASS(id, name, print, summary) PASS_##id,
#include "driver/pipeline.def"
#undef PASS
    PASS_COUNT
} PassId;

typedef enum {
#define STAGE(id, name, pass) EMIT_##id,
#include "driver/stage.def"
#undef STAGE
    EMIT_COUNT
} EmitStage;

typedef struct Options {
    const char *input, *output;   // output NULL: from the model's name
    EmitStage emit;
    PassId stop_after;            // PASS_COUNT: none
    bool print_after[PASS_COUNT];
    int opt_level;
    unsigned real_size;           // 4 or 8
    bool only_events;             // no layer is run as a sweep
    Solver solver;                // of layers that choose none
    const char *target, *cpu;     // NULL: this machine
    const char *model;            // NULL: the only one
    SemaDefine *defines;
    size_t n_defines, defines_capacity;
    const char **include_dirs;
    size_t n_include_dirs, include_dirs_capacity;
    bool latex, explain, time_passes, verify, verbose;
    bool list_passes, help, version;
} Options;

// Ends snnc with status 2 and a sentence when the command line is wrong.
Options options_parse(Arena *arena, int argc, char **argv);
void options_print_help(FILE *out);
void options_print_passes(FILE *out);
const char *pass_name(PassId pass);

#endif
