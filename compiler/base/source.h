// Sources: the text of the model file and of all that it imports, and spans in
// them. A span is the unit in which every node says where it came from.
#ifndef SNNC_BASE_SOURCE_H
#define SNNC_BASE_SOURCE_H

#include <stdint.h>
#include "base/arena.h"

typedef struct Source {
    const char *path;   // as shown in diagnostics
    const char *text;   // NUL-terminated
    uint32_t length;    // bytes
    uint32_t *lines;    // byte offset of each line's start
    uint32_t n_lines;
    struct Source *next;
} Source;

// Bytes begin..end (exclusive) of a source; source == NULL is "nowhere"
// (the command line, a built-in).
typedef struct Span {
    const Source *source;
    uint32_t begin, end;
} Span;

typedef struct LineColumn {
    uint32_t line, column; // 1-based; column counts bytes
} LineColumn;

// `text` must outlive the source; the line table goes into the arena.
Source *source_new(Arena *arena, const char *path, const char *text,
                   uint32_t length);
LineColumn source_locate(const Source *source, uint32_t offset);

// The smallest span that covers both (of one source).
Span span_join(Span a, Span b);
#define SPAN_NONE ((Span){0})

#endif
