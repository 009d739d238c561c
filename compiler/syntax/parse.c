// Loads and parses files (parse.h).
#include "syntax/parse.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "syntax/check.h"
#include "syntax/parser.h"

typedef struct Loading {
    ParseContext *context;
    AstFile *first, *last;
    const char **paths;      // canonical, of all files begun
    size_t n_paths, capacity;
} Loading;

// The whole file with a final NUL, or NULL with errno set.
static char *read_text(Arena *arena, const char *path, size_t *out_length)
{
    size_t length = 0, capacity = 1 << 14;
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *text = arena_alloc(arena, capacity);
    for (;;) {
        size_t n = fread(text + length, 1, capacity - length - 1, file);
        if (n == 0)
            break;
        length += n;
        if (length + 1 < capacity)
            continue;
        char *larger = arena_alloc(arena, 2 * capacity);
        memcpy(larger, text, length);
        text = larger;
        capacity *= 2;
    }
    bool failed = ferror(file) || length > INT32_MAX;
    fclose(file);
    *out_length = length;
    if (failed)
        errno = length > INT32_MAX ? EFBIG : EIO;
    return failed ? NULL : text;
}

static bool begun_before(Loading *l, const char *path)
{
    char *real = realpath(path, NULL);
    const char *canonical = arena_strdup(l->context->arena, real ? real : path);
    free(real);
    for (size_t k = 0; k < l->n_paths; k++)
        if (strcmp(l->paths[k], canonical) == 0)
            return true;
    ARENA_PUSH(l->context->arena, l->paths, l->n_paths, l->capacity, canonical);
    return false;
}

static bool load(Loading *l, const char *path);

static const char *folder_of(Arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? arena_strndup(arena, path, (size_t)(slash - path)) : ".";
}

static bool load_from(Loading *l, const char *folder, const char *name)
{
    Arena *arena = l->context->arena;
    const char *ending = strrchr(name, '.');
    bool complete = ending && strcmp(ending, ".snn") == 0;
    return load(l, arena_printf(arena, "%s/%s%s", folder, name,
                                complete ? "" : ".snn"));
}

static void load_import(Loading *l, const Source *from, const AstImport *import)
{
    ParseContext *context = l->context;
    const char *folder = folder_of(context->arena, from->path);
    if (load_from(l, folder, import->path))
        return;
    for (size_t k = 0; k < context->n_include_dirs; k++)
        if (load_from(l, context->include_dirs[k], import->path))
            return;
    Diag *diag = diag_report(context->diags, DIAG_MISSING_IMPORT, import->span,
                             import->path);
    diag_note(diag, SPAN_NONE, "looked in '%s'", folder);
    for (size_t k = 0; k < context->n_include_dirs; k++)
        diag_note(diag, SPAN_NONE, "looked in '%s'", context->include_dirs[k]);
}

static AstFile *parse_source(ParseContext *context, Source *source)
{
    ParseState state = {.arena = context->arena, .diags = context->diags,
                        .file = ARENA_NEW(context->arena, AstFile)};
    state.file->source = source;
    state.tokens = lex_source(context->arena, context->names, context->diags,
                              source);
    syntax_parse(&state);
    bool is_whole = state.error_plus_1 == 0; // else it would only cascade
    if (is_whole)
        syntax_check(context->arena, context->diags, state.file);
    return state.file;
}

static bool load(Loading *l, const char *path)
{
    ParseContext *context = l->context;
    size_t length;
    char *text = read_text(context->arena, path, &length);
    if (!text)
        return false;
    if (begun_before(l, path))
        return true;
    Source *source = source_new(context->arena, path, text, (uint32_t)length);
    source->next = context->sources;
    context->sources = source;
    AstFile *file = parse_source(context, source);
    for (size_t k = 0; k < file->n_imports; k++)
        load_import(l, source, &file->imports[k]);
    if (l->last)
        l->last->next = file;
    else
        l->first = file;
    l->last = file;
    return true;
}

AstFile *parse_program(ParseContext *context, const char *path)
{
    Loading l = {.context = context};
    if (!load(&l, path))
        fatal_world("cannot read '%s': %s", path, strerror(errno));
    return l.first;
}
