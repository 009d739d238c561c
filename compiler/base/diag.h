// Diagnostics: what is wrong with the model. Every message has a name in the
// catalogue base/diag.def (severity, format); arguments follow the format.
// They are collected, sorted by place, deduplicated, and printed once at the
// end as `file:line:col: error: text`, with the line and a caret run.
//
// Wording: lower case, no full stop, what was found and what was expected.
//
//     Diag *d = diag_report(diags, DIAG_UNKNOWN_NAME, span, name);
//     diag_note(d, other_span, "declared here");
//     diag_suggest(d, "did you mean '%s'?", near);
#ifndef SNNC_BASE_DIAG_H
#define SNNC_BASE_DIAG_H

#include <stdbool.h>
#include <stdio.h>
#include "base/arena.h"
#include "base/source.h"

typedef enum { SEVERITY_ERROR, SEVERITY_WARNING } Severity;

typedef enum {
#define DIAG(id, severity, format) DIAG_##id,
#include "base/diag.def"
#undef DIAG
    DIAG_COUNT
} DiagId;

typedef struct Diag Diag;
typedef struct Diags Diags;

Diags *diags_new(Arena *arena);

// Report catalogue entry `id` at `span`. Never NULL. The arguments must match
// the entry's printf format.
Diag *diag_report(Diags *diags, DiagId id, Span span, ...);

// Attach a note at another place (span may be SPAN_NONE), or a suggestion.
void diag_note(Diag *diag, Span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diag_suggest(Diag *diag, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

size_t diags_error_count(const Diags *diags);
// The message that was reported first; NULL without one.
const char *diags_first(const Diags *diags);

// Print all, in order of file and place. `colour` uses ANSI sequences.
void diags_print(const Diags *diags, FILE *out, bool colour);

// --verify-diagnostics: comments of the form
//     // expected-error {{text}}   or  // expected-warning@-1 {{text}}
// (also expected-note; @+N/@-N shift the line) must match what was reported,
// each exactly once. Prints what is missing or unexpected; true when equal.
bool diags_verify(const Diags *diags, const Source *sources, FILE *out);

// The best candidate within a bounded edit distance, or NULL.
const char *suggest_name(const char *wrong, const char *const *candidates,
                         size_t count);
// Suggests the name nearest to the wrong one; false: none is near.
bool diag_suggest_name(Diag *diag, const char *wrong,
                       const char *const *candidates, size_t n);

// The world failed (file, linker, disk): message on stderr, exit status 2.
_Noreturn void fatal_world(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

// snnc itself is wrong: pass and message, abort.
_Noreturn void fatal_internal(const char *pass, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
