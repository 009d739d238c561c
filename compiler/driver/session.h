// Session: one compilation. It owns the arena, the names, the diagnostics and
// what each pass has made so far; nothing of it is static, so that two sessions
// in one process do not meet.
#ifndef SNNC_DRIVER_SESSION_H
#define SNNC_DRIVER_SESSION_H

#include "driver/options.h"
#include "emit/parts.h"
#include "events/plan.h"
#include "model/derive.h"
#include "syntax/parse.h"

typedef struct Session {
    Options options;
    Arena *arena;
    Interner *names;
    Diags *diags;
    ParseContext parsing;
    // What the passes made; NULL before.
    AstFile *files;
    Model *model;
    DerivedModel *derived;
    EmitTarget *target;
    EventProgram *program;
    Part parts[PARTS_MAX];       // of the module; one while it is whole
    size_t n_parts;
    const char *runtime;         // the archive to link with
    const char *objects[PARTS_MAX + 1]; // files of our own, to be removed
    double seconds[PASS_COUNT];
} Session;

// False when the model is wrong; the reason is in the diagnostics.
typedef bool (*PassFunction)(Session *session);
#define PASS(id, name, print, summary) bool pass_##name(Session *session);
#include "driver/pipeline.def"
#undef PASS

// What a pass made, as text.
void session_print(const Session *session, PassId pass, FILE *out);

#endif
