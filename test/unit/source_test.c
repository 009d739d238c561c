// Sources: offsets to lines and columns, joined spans.
#include "base/source.h"

#include "unit.h"

static void check_at(const Source *s, uint32_t offset, uint32_t line,
                     uint32_t column)
{
    LineColumn at = source_locate(s, offset);
    CHECK(at.line == line);
    CHECK(at.column == column);
}

static void test_locate(Arena *arena)
{
    const char *text = "ab\n\nxyz\n";
    Source *s = source_new(arena, "a.snn", text, 8);
    CHECK(s->n_lines == 4);
    check_at(s, 0, 1, 1);
    check_at(s, 2, 1, 3);
    check_at(s, 3, 2, 1);
    check_at(s, 4, 3, 1);
    check_at(s, 6, 3, 3);
    check_at(s, 8, 4, 1);
    check_at(s, 99, 4, 1);
    Source *empty = source_new(arena, "b.snn", "", 0);
    check_at(empty, 0, 1, 1);
}

static void test_join(Arena *arena)
{
    Source *s = source_new(arena, "a.snn", "abcdef", 6);
    Source *t = source_new(arena, "b.snn", "abcdef", 6);
    Span joined = span_join((Span){s, 4, 5}, (Span){s, 1, 2});
    CHECK(joined.source == s && joined.begin == 1 && joined.end == 5);
    CHECK(span_join(SPAN_NONE, (Span){s, 1, 2}).source == s);
    CHECK(span_join((Span){s, 1, 2}, SPAN_NONE).end == 2);
    CHECK(span_join((Span){s, 1, 2}, (Span){t, 3, 4}).source == s);
}

int main(void)
{
    Arena *arena = arena_new();
    test_locate(arena);
    test_join(arena);
    arena_free(arena);
    return unit_report();
}
