// What diag.c collects, for the two that read it: diag_print.c and
// diag_verify.c. Nobody else includes this.
#ifndef SNNC_BASE_DIAG_RECORD_H
#define SNNC_BASE_DIAG_RECORD_H

#include "base/diag.h"

typedef struct DiagNote {
    Span span; // without a source: belongs to the diagnostic's own place
    const char *text;
} DiagNote;

struct Diag {
    Arena *arena;
    DiagId id;
    Severity severity;
    Span span;
    const char *message; // as in the catalogue
    const char *text;    // with the suggestions: "message; did you mean 'x'?"
    size_t serial;       // order of reporting
    bool duplicate;      // the same message at the same place came before
    bool is_beyond;      // of no place in the list: the list is full
    DiagNote *notes;
    size_t n_notes, notes_capacity;
};

struct Diags {
    Arena *arena;
    Diag **items;
    size_t count, capacity;
    size_t n_errors;
    size_t n_beyond;     // reported when the list was full
    Diag beyond;         // stands for all of them
};

// So many are kept; a file that is no model at all would give a million.
enum { DIAGS_MAX = 1000 };

// All but duplicates, ordered by file, place and time of reporting; `out_count`
// gets their number. The array is the caller's to free.
const Diag **diags_sorted(const Diags *diags, size_t *out_count);

#endif
