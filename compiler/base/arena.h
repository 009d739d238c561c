// Arena: bump allocation with one lifetime. Everything that a stage builds lies
// in an arena and is freed at once. Configured with --enable-malloc-arenas,
// each allocation is a malloc of its own, so that sanitizers see it.
#ifndef SNNC_BASE_ARENA_H
#define SNNC_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

typedef struct Arena Arena;

Arena *arena_new(void);
void arena_free(Arena *arena);

// Zeroed memory, aligned for any type; never NULL (out of memory ends snnc).
void *arena_alloc(Arena *arena, size_t size);
// A copy of the n items of so many bytes each, with one more behind them.
void *arena_append(Arena *arena, const void *items, size_t n, size_t size,
                   const void *item);

// A copy of `text`, or of its first `length` bytes, with a final NUL.
char *arena_strdup(Arena *arena, const char *text);
char *arena_strndup(Arena *arena, const char *text, size_t length);

// printf into the arena.
char *arena_printf(Arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(Arena *arena, const char *format, va_list args);

#define ARENA_NEW(arena, Type) ((Type *)arena_alloc((arena), sizeof(Type)))
#define ARENA_ARRAY(arena, Type, count) \
    ((Type *)arena_alloc((arena), sizeof(Type) * (size_t)(count)))

// Append to a growing array in an arena: `items` is Type*, `count` and
// `capacity` are size_t lvalues. Old storage stays in the arena.
void *arena_grow(Arena *arena, void *items, size_t count, size_t *capacity,
                 size_t item_size);
#define ARENA_PUSH(arena, items, count, capacity, value)                     \
    do {                                                                     \
        if ((count) == (capacity))                                           \
            (items) = arena_grow((arena), (items), (count), &(capacity),     \
                                 sizeof *(items));                           \
        (items)[(count)++] = (value);                                        \
    } while (0)

#endif
