// Arena allocation: a list of chunks, each twice the size of the last up to a
// limit; the newest chunk serves requests. With SNNC_MALLOC_ARENAS every
// request gets a chunk of its own, so that a sanitizer sees each object's
// bounds.
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/diag.h"

#ifdef SNNC_TORTURE
enum { CHUNK_FIRST = 64, CHUNK_LAST = 256 };
#else
enum { CHUNK_FIRST = 16 * 1024, CHUNK_LAST = 1024 * 1024 };
#endif

typedef struct Chunk {
    struct Chunk *next;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
} Chunk;

struct Arena {
    Chunk *newest;
    size_t next_size;
};

static void out_of_memory(void)
{
    fatal_world("out of memory");
}

Arena *arena_new(void)
{
    Arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL)
        out_of_memory();
    arena->next_size = CHUNK_FIRST;
    return arena;
}

void arena_free(Arena *arena)
{
    if (arena == NULL)
        return;
    for (Chunk *chunk = arena->newest, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(arena);
}

static Chunk *add_chunk(Arena *arena, size_t size)
{
    if (size > SIZE_MAX - sizeof(Chunk))
        out_of_memory();
    Chunk *chunk = calloc(1, sizeof(Chunk) + size);
    if (chunk == NULL)
        out_of_memory();
    chunk->size = size;
    chunk->next = arena->newest;
    arena->newest = chunk;
    return chunk;
}

#ifdef SNNC_MALLOC_ARENAS

void *arena_alloc(Arena *arena, size_t size)
{
    return add_chunk(arena, size)->bytes;
}

#else

static size_t round_up(size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX - align)
        out_of_memory();
    return (size + align - 1) / align * align;
}

// A chunk with room for `size`: the newest, a regular one, or one just for it.
static Chunk *chunk_for(Arena *arena, size_t size)
{
    Chunk *chunk = arena->newest;
    if (chunk != NULL && chunk->size - chunk->used >= size)
        return chunk;
    if (size > arena->next_size)
        return add_chunk(arena, size);
    chunk = add_chunk(arena, arena->next_size);
    if (arena->next_size < CHUNK_LAST)
        arena->next_size *= 2;
    return chunk;
}

void *arena_alloc(Arena *arena, size_t size)
{
    // Objects of no size still get addresses of their own.
    size = round_up(size == 0 ? 1 : size);
    Chunk *chunk = chunk_for(arena, size);
    void *memory = chunk->bytes + chunk->used;
    chunk->used += size;
    return memory;
}

#endif

char *arena_strndup(Arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    if (length > 0)
        memcpy(copy, text, length);
    return copy;
}

char *arena_strdup(Arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_vprintf(Arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        fatal_internal("base", "bad format '%s'", format);
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, args);
    return text;
}

char *arena_printf(Arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void *arena_grow(Arena *arena, void *items, size_t count, size_t *capacity,
                 size_t item_size)
{
    size_t wanted = *capacity < 4 ? 8 : *capacity * 2;
    if (wanted > SIZE_MAX / item_size)
        out_of_memory();
    void *grown = arena_alloc(arena, wanted * item_size);
    if (count > 0)
        memcpy(grown, items, count * item_size);
    *capacity = wanted;
    return grown;
}

void *arena_append(Arena *arena, const void *items, size_t n, size_t size,
                   const void *item)
{
    char *longer = arena_alloc(arena, (n + 1) * size);
    if (n > 0)
        memcpy(longer, items, n * size);
    memcpy(longer + n * size, item, size);
    return longer;
}
