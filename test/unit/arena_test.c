// Arenas: zeroed, aligned, distinct memory; strings; growing arrays.
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include "unit.h"

static void test_memory(Arena *arena)
{
    unsigned char *last = NULL;
    for (size_t size = 0; size < 5000; size += 7) {
        unsigned char *p = arena_alloc(arena, size);
        CHECK(p != last);
        CHECK((uintptr_t)p % alignof(max_align_t) == 0);
        for (size_t i = 0; i < size; i++)
            if (p[i] != 0) {
                CHECK(p[i] == 0);
                break;
            }
        memset(p, 0xAB, size);
        last = p;
    }
}

static void test_large(Arena *arena)
{
    size_t size = 5u * 1024 * 1024;
    char *p = arena_alloc(arena, size);
    p[0] = p[size - 1] = 'x';
    char *q = arena_strdup(arena, "after");
    CHECK_TEXT(q, "after");
    CHECK(p[size - 1] == 'x');
}

static void test_strings(Arena *arena)
{
    CHECK_TEXT(arena_strndup(arena, "threshold", 6), "thresh");
    CHECK_TEXT(arena_strndup(arena, "", 0), "");
    CHECK_TEXT(arena_printf(arena, "%s[%d]", "hidden", 200), "hidden[200]");
    CHECK_TEXT(arena_printf(arena, "%s", ""), "");
}

static void test_push(Arena *arena)
{
    int *items = NULL;
    size_t count = 0, capacity = 0;
    for (int i = 0; i < 1000; i++)
        ARENA_PUSH(arena, items, count, capacity, i);
    CHECK(count == 1000 && capacity >= count);
    for (int i = 0; i < 1000; i++)
        CHECK(items[i] == i);
}

int main(void)
{
    Arena *arena = arena_new();
    test_memory(arena);
    test_large(arena);
    test_strings(arena);
    test_push(arena);
    arena_free(arena);
    arena_free(NULL);
    return unit_report();
}
