// Printing diagnostics for people:
//
//     lif.snn:4:12: error: cannot add time and voltage
//       4 |     v' = i + tau
//         |          ^~~~~~~
//     lif.snn:2:5: note: 'tau' is a time
#include "base/diag_record.h"

#include <stdlib.h>
#include <string.h>

typedef struct Palette {
    const char *place, *error, *warning, *note, *caret, *off;
} Palette;

static const Palette plain = {"", "", "", "", "", ""};
static const Palette ansi = {"\033[1m",    "\033[1;31m", "\033[1;35m",
                             "\033[1;36m", "\033[1;32m", "\033[0m"};

// A line of a source and the part of a span that lies on it. Of a line that is
// very long only the part around the span is shown.
typedef struct Excerpt {
    const char *text;
    uint32_t length;       // without line end
    bool is_cut_before, is_cut_behind;
    uint32_t begin, end;   // byte columns from 0, begin < end
    uint32_t line;
} Excerpt;

static Excerpt excerpt_of(Span span)
{
    const Source *source = span.source;
    LineColumn at = source_locate(source, span.begin);
    Excerpt e = {.line = at.line, .begin = at.column - 1};
    uint32_t start = source->lines[at.line - 1];
    e.text = source->text + start;
    while (start + e.length < source->length && e.text[e.length] != '\n')
        e.length++;
    if (e.length > 0 && e.text[e.length - 1] == '\r')
        e.length--;
    e.end = span.end > start ? span.end - start : 0;
    if (e.end > e.length)
        e.end = e.length;
    if (e.end <= e.begin)
        e.end = e.begin + 1;
    return e;
}

static bool continues_letter(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80; // UTF-8
}

// Cuts a line that is too long down to what fits around the span's begin.
static void shorten(Excerpt *e)
{
    enum { LONGEST = 400, BEFORE = 100 };
    if (e->length <= LONGEST)
        return;
    uint32_t from = e->begin > BEFORE ? e->begin - BEFORE : 0;
    while (from > 0 && continues_letter(e->text[from]))
        from--;
    uint32_t to = e->length - from > LONGEST ? from + LONGEST : e->length;
    while (to < e->length && continues_letter(e->text[to]))
        to++;
    e->is_cut_before = from > 0;
    e->is_cut_behind = to < e->length;
    e->text += from;
    e->length = to - from;
    e->begin -= from;
    e->end = e->end - from < e->length ? e->end - from : e->length;
    if (e->end <= e->begin)
        e->end = e->begin + 1;
}

// Blanks up to the span and then the run, one mark for each letter shown.
static void print_carets(const Excerpt *e, const Palette *p, FILE *out)
{
    for (uint32_t i = 0; i < e->begin && i < e->length; i++)
        if (!continues_letter(e->text[i]))
            fputc(e->text[i] == '\t' ? '\t' : ' ', out);
    fprintf(out, "%s^", p->caret);
    for (uint32_t i = e->begin + 1; i < e->end; i++)
        if (!continues_letter(e->text[i]))
            fputc('~', out);
    fprintf(out, "%s\n", p->off);
}

static void print_excerpt(Span span, const Palette *p, FILE *out)
{
    Excerpt e = excerpt_of(span);
    shorten(&e);
    const char *before = e.is_cut_before ? "..." : "";
    fprintf(out, "%5u | %s%.*s%s\n", e.line, before, (int)e.length, e.text,
            e.is_cut_behind ? "..." : "");
    fprintf(out, "      | %*s", (int)strlen(before), "");
    print_carets(&e, p, out);
}

static void print_place(Span span, const Palette *p, FILE *out)
{
    if (span.source == NULL) {
        fprintf(out, "%ssnnc: %s", p->place, p->off);
        return;
    }
    LineColumn at = source_locate(span.source, span.begin);
    fprintf(out, "%s%s:%u:%u: %s", p->place, span.source->path, at.line,
            at.column, p->off);
}

static void print_message(Span span, const char *colour, const char *word,
                          const char *text, const Palette *p, FILE *out)
{
    print_place(span, p, out);
    fprintf(out, "%s%s: %s%s\n", colour, word, p->off, text);
    if (span.source != NULL)
        print_excerpt(span, p, out);
}

// A note without a place of its own names the diagnostic's, but does not
// repeat its line.
static void print_note(const Diag *diag, const DiagNote *note,
                       const Palette *p, FILE *out)
{
    if (note->span.source != NULL) {
        print_message(note->span, p->note, "note", note->text, p, out);
        return;
    }
    print_place(diag->span, p, out);
    fprintf(out, "%snote: %s%s\n", p->note, p->off, note->text);
}

static void print_diag(const Diag *diag, const Palette *p, FILE *out)
{
    bool is_error = diag->severity == SEVERITY_ERROR;
    print_message(diag->span, is_error ? p->error : p->warning,
                  is_error ? "error" : "warning", diag->text, p, out);
    for (size_t i = 0; i < diag->n_notes; i++)
        print_note(diag, &diag->notes[i], p, out);
}

// What is read by nobody hides what comes first.
enum { SHOWN_MAX = 100 };

void diags_print(const Diags *diags, FILE *out, bool colour)
{
    size_t count;
    const Diag **sorted = diags_sorted(diags, &count);
    size_t shown = count < SHOWN_MAX ? count : SHOWN_MAX;
    size_t more = count - shown + diags->n_beyond;
    for (size_t i = 0; i < shown; i++)
        print_diag(sorted[i], colour ? &ansi : &plain, out);
    if (more)
        fprintf(out, "snnc: %zu more are not shown\n", more);
    free(sorted);
}
