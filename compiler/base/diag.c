// Collecting diagnostics: the catalogue, notes, suggestions, order and
// duplicates. Printing is diag_print.c, the test mode is diag_verify.c.
#include "base/diag_record.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct CatalogueEntry {
    Severity severity;
    const char *format;
} CatalogueEntry;

#define ERROR SEVERITY_ERROR
#define WARNING SEVERITY_WARNING
static const CatalogueEntry catalogue[] = {
#define DIAG(id, severity, format) {severity, format},
#include "base/diag.def"
#undef DIAG
};
#undef ERROR
#undef WARNING

Diags *diags_new(Arena *arena)
{
    Diags *diags = ARENA_NEW(arena, Diags);
    diags->arena = arena;
    return diags;
}

static bool same_place(Span a, Span b)
{
    return a.source == b.source && a.begin == b.begin && a.end == b.end;
}

static bool is_reported(const Diags *diags, const Diag *diag)
{
    for (size_t i = 0; i < diags->count; i++) {
        const Diag *other = diags->items[i];
        if (same_place(other->span, diag->span) && other->id == diag->id &&
            strcmp(other->message, diag->message) == 0)
            return true;
    }
    return false;
}

// One for all that a full list has no room for: what is attached is dropped.
static Diag *report_beyond(Diags *diags, DiagId id)
{
    diags->n_errors += catalogue[id].severity == SEVERITY_ERROR;
    diags->n_beyond++;
    diags->beyond = (Diag){.id = id, .is_beyond = true};
    return &diags->beyond;
}

Diag *diag_report(Diags *diags, DiagId id, Span span, ...)
{
    if (diags->count == DIAGS_MAX)
        return report_beyond(diags, id);
    Diag *diag = ARENA_NEW(diags->arena, Diag);
    diag->arena = diags->arena;
    diag->id = id;
    diag->severity = catalogue[id].severity;
    diag->span = span;
    diag->serial = diags->count;
    va_list args;
    va_start(args, span);
    diag->message = arena_vprintf(diags->arena, catalogue[id].format, args);
    diag->text = diag->message;
    va_end(args);
    // The caller may still attach notes, so duplicates are kept and marked.
    diag->duplicate = is_reported(diags, diag);
    if (diag->severity == SEVERITY_ERROR && !diag->duplicate)
        diags->n_errors++;
    ARENA_PUSH(diags->arena, diags->items, diags->count, diags->capacity,
               diag);
    return diag;
}

void diag_note(Diag *diag, Span span, const char *format, ...)
{
    if (diag->is_beyond)
        return;
    va_list args;
    va_start(args, format);
    DiagNote note = {span, arena_vprintf(diag->arena, format, args)};
    va_end(args);
    ARENA_PUSH(diag->arena, diag->notes, diag->n_notes, diag->notes_capacity,
               note);
}

void diag_suggest(Diag *diag, const char *format, ...)
{
    if (diag->is_beyond)
        return;
    va_list args;
    va_start(args, format);
    const char *suggestion = arena_vprintf(diag->arena, format, args);
    va_end(args);
    diag->text = arena_printf(diag->arena, "%s; %s", diag->text, suggestion);
}

size_t diags_error_count(const Diags *diags)
{
    return diags->n_errors;
}

const char *diags_first(const Diags *diags)
{
    return diags->count ? diags->items[0]->message : NULL;
}

static int compare_numbers(size_t a, size_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_diags(const void *left, const void *right)
{
    const Diag *a = *(const Diag *const *)left;
    const Diag *b = *(const Diag *const *)right;
    const Source *source_a = a->span.source, *source_b = b->span.source;
    if (source_a != source_b) {
        // What has no place comes first.
        if (source_a == NULL || source_b == NULL)
            return source_a == NULL ? -1 : 1;
        int order = strcmp(source_a->path, source_b->path);
        if (order != 0)
            return order;
    }
    if (a->span.begin != b->span.begin)
        return compare_numbers(a->span.begin, b->span.begin);
    return compare_numbers(a->serial, b->serial);
}

const Diag **diags_sorted(const Diags *diags, size_t *out_count)
{
    const Diag **sorted = calloc(diags->count + 1, sizeof *sorted);
    if (sorted == NULL)
        fatal_world("out of memory");
    size_t n = 0;
    for (size_t i = 0; i < diags->count; i++)
        if (!diags->items[i]->duplicate)
            sorted[n++] = diags->items[i];
    qsort(sorted, n, sizeof *sorted, compare_diags);
    *out_count = n;
    return sorted;
}
