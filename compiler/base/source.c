// Source texts and places in them. The table of line starts is made once, so
// that turning an offset into line and column is a binary search.
#include "base/source.h"

#include <string.h>

static uint32_t count_lines(const char *text, uint32_t length)
{
    uint32_t n = 1;
    for (uint32_t i = 0; i < length; i++)
        n += text[i] == '\n';
    return n;
}

Source *source_new(Arena *arena, const char *path, const char *text,
                   uint32_t length)
{
    Source *source = ARENA_NEW(arena, Source);
    source->path = arena_strdup(arena, path);
    source->text = text;
    source->length = length;
    source->n_lines = count_lines(text, length);
    source->lines = ARENA_ARRAY(arena, uint32_t, source->n_lines);
    uint32_t line = 0;
    for (uint32_t i = 0; i < length; i++)
        if (text[i] == '\n')
            source->lines[++line] = i + 1;
    return source;
}

LineColumn source_locate(const Source *source, uint32_t offset)
{
    if (offset > source->length)
        offset = source->length;
    // lines[low] <= offset < lines[high]
    uint32_t low = 0, high = source->n_lines;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (source->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return (LineColumn){low + 1, offset - source->lines[low] + 1};
}

Span span_join(Span a, Span b)
{
    if (a.source == NULL)
        return b;
    if (b.source == NULL || b.source != a.source)
        return a;
    return (Span){a.source, a.begin < b.begin ? a.begin : b.begin,
                  a.end > b.end ? a.end : b.end};
}
