// --verify-diagnostics: a test states in comments what must be reported and
// where; what was reported and what is expected must pair off exactly.
//
//     x = 3 ms + 2 mV   // expected-error {{cannot add time and voltage}}
//     // expected-note@-1 {{declared here}}      one line further up
//     // expected-error@* {{no model}}           any line, or nowhere
//
// The text in braces need only be part of the message.
#include "base/diag_record.h"

#include <stdlib.h>
#include <string.h>

typedef enum { FOUND_ERROR, FOUND_WARNING, FOUND_NOTE } FoundKind;

static const char *const kind_names[] = {"error", "warning", "note"};

// One message, as reported or as expected.
typedef struct Message {
    FoundKind kind;
    const Source *source; // NULL: nowhere
    uint32_t line;        // 0: any line, or nowhere
    const char *text;
    uint32_t length;
    bool matched;
} Message;

typedef struct Messages {
    Message *items;
    size_t count, capacity;
} Messages;

// ---- what was reported ------------------------------------------------------

static Message message_at(FoundKind kind, Span span, const char *text)
{
    uint32_t line = 0;
    if (span.source != NULL)
        line = source_locate(span.source, span.begin).line;
    return (Message){kind, span.source, line, text, (uint32_t)strlen(text),
                     false};
}

static void collect_reported(const Diags *diags, Arena *arena, Messages *out)
{
    size_t count;
    const Diag **sorted = diags_sorted(diags, &count);
    for (size_t i = 0; i < count; i++) {
        const Diag *d = sorted[i];
        FoundKind kind =
            d->severity == SEVERITY_ERROR ? FOUND_ERROR : FOUND_WARNING;
        ARENA_PUSH(arena, out->items, out->count, out->capacity,
                   message_at(kind, d->span, d->text));
        for (size_t j = 0; j < d->n_notes; j++) {
            const DiagNote *note = &d->notes[j];
            Span span = note->span.source != NULL ? note->span : d->span;
            ARENA_PUSH(arena, out->items, out->count, out->capacity,
                       message_at(FOUND_NOTE, span, note->text));
        }
    }
    free(sorted);
}

// ---- what is expected -------------------------------------------------------

static bool read_kind(const char **cursor, FoundKind *out_kind)
{
    for (int i = 0; i < 3; i++) {
        size_t length = strlen(kind_names[i]);
        if (strncmp(*cursor, kind_names[i], length) == 0) {
            *cursor += length;
            *out_kind = (FoundKind)i;
            return true;
        }
    }
    return false;
}

// "@+2", "@-1", "@*" or nothing: the line that is meant, 0 for any.
static uint32_t read_line(const char **cursor, uint32_t here)
{
    const char *c = *cursor;
    if (*c != '@')
        return here;
    if (c[1] == '*') {
        *cursor += 2;
        return 0;
    }
    char *end;
    long shift = strtol(c + 1, &end, 10);
    *cursor = end;
    return (uint32_t)((long)here + shift);
}

// Reads one expectation behind "expected-"; false when malformed.
static bool read_expectation(const Source *source, const char *cursor,
                             Message *out)
{
    uint32_t offset = (uint32_t)(cursor - source->text);
    out->source = source;
    if (!read_kind(&cursor, &out->kind))
        return false;
    out->line = read_line(&cursor, source_locate(source, offset).line);
    while (*cursor == ' ')
        cursor++;
    if (strncmp(cursor, "{{", 2) != 0)
        return false;
    const char *end = strstr(cursor, "}}");
    if (end == NULL)
        return false;
    out->text = cursor + 2;
    out->length = (uint32_t)(end - out->text);
    return true;
}

static bool collect_expected(const Source *source, Arena *arena, FILE *out,
                             Messages *expected)
{
    static const char word[] = "expected-";
    bool well_formed = true;
    const char *cursor = source->text;
    while ((cursor = strstr(cursor, word)) != NULL) {
        cursor += sizeof word - 1;
        Message m = {0};
        if (read_expectation(source, cursor, &m)) {
            ARENA_PUSH(arena, expected->items, expected->count,
                       expected->capacity, m);
            continue;
        }
        uint32_t offset = (uint32_t)(cursor - source->text);
        fprintf(out, "%s:%u: malformed expectation\n", source->path,
                source_locate(source, offset).line);
        well_formed = false;
    }
    return well_formed;
}

// ---- pairing ----------------------------------------------------------------

static bool contains(const Message *reported, const Message *expected)
{
    if (expected->length > reported->length)
        return false;
    uint32_t last = reported->length - expected->length;
    for (uint32_t i = 0; i <= last; i++)
        if (memcmp(reported->text + i, expected->text, expected->length) == 0)
            return true;
    return false;
}

static bool can_pair(const Message *reported, const Message *expected)
{
    if (reported->matched || reported->kind != expected->kind)
        return false;
    bool anywhere = expected->line == 0;
    if (!anywhere && (reported->source != expected->source ||
                      reported->line != expected->line))
        return false;
    return contains(reported, expected);
}

static void pair_off(Messages *reported, Messages *expected)
{
    for (size_t i = 0; i < expected->count; i++) {
        Message *e = &expected->items[i];
        for (size_t j = 0; j < reported->count && !e->matched; j++) {
            if (can_pair(&reported->items[j], e))
                reported->items[j].matched = e->matched = true;
        }
    }
}

static bool print_unmatched(const Messages *messages, const char *what,
                            FILE *out)
{
    bool all_matched = true;
    for (size_t i = 0; i < messages->count; i++) {
        const Message *m = &messages->items[i];
        if (m->matched)
            continue;
        all_matched = false;
        fprintf(out, "%s:%u: %s %s: %.*s\n",
                m->source != NULL ? m->source->path : "snnc", m->line, what,
                kind_names[m->kind], (int)m->length, m->text);
    }
    return all_matched;
}

bool diags_verify(const Diags *diags, const Source *sources, FILE *out)
{
    Arena *arena = arena_new();
    Messages reported = {0}, expected = {0};
    bool equal = true;
    collect_reported(diags, arena, &reported);
    for (const Source *s = sources; s != NULL; s = s->next)
        equal &= collect_expected(s, arena, out, &expected);
    pair_off(&reported, &expected);
    equal &= print_unmatched(&expected, "missing", out);
    equal &= print_unmatched(&reported, "unexpected", out);
    arena_free(arena);
    return equal;
}
