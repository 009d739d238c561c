// Finds the comment of a declaration: the lines beginning with `//` that stand
// just above it.
#include <string.h>
#include "syntax/ast/ast_build.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_comment(const char *line)
{
    while (is_blank(*line))
        line++;
    return line[0] == '/' && line[1] == '/';
}

// Where the line above the one that begins at `line` begins.
static uint32_t line_above(const char *text, uint32_t line)
{
    line--;
    while (line > 0 && text[line - 1] != '\n')
        line--;
    return line;
}

// Copies lines without the blanks around them.
static const char *copy_lines(Arena *arena, const char *text, size_t length)
{
    char *out = arena_alloc(arena, length + 1);
    size_t n = 0;
    for (const char *stop = text + length; text < stop;) {
        while (is_blank(*text))
            text++;
        const char *end = memchr(text, '\n', (size_t)(stop - text));
        const char *next = end + 1;
        while (is_blank(end[-1]))
            end--;
        memcpy(out + n, text, (size_t)(end - text));
        n += (size_t)(end - text);
        out[n++] = '\n';
        text = next;
    }
    out[n] = '\0';
    return out;
}

const char *ast_doc_above(Arena *arena, Span decl)
{
    const char *text = decl.source->text;
    uint32_t end = decl.begin;
    while (end > 0 && is_blank(text[end - 1]))
        end--;
    if (end == 0 || text[end - 1] != '\n')
        return NULL;
    uint32_t begin = end;
    while (begin > 0 && is_comment(text + line_above(text, begin)))
        begin = line_above(text, begin);
    return begin < end ? copy_lines(arena, text + begin, end - begin) : NULL;
}
