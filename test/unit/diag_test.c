// Diagnostics: order, duplicates, the printed form, and the verifying mode.
#include "base/diag.h"

#include <stdlib.h>
#include "unit.h"

static const char *printed(const Diags *diags, bool colour)
{
    static char text[4096];
    FILE *out = fmemopen(text, sizeof text, "w");
    diags_print(diags, out, colour);
    fclose(out);
    return text;
}

static Source *new_source(Arena *arena, const char *text)
{
    return source_new(arena, "m.snn", text, (uint32_t)strlen(text));
}

static void test_print(Arena *arena)
{
    Source *s = new_source(arena, "const a = 1\n\tb = a + \xC3\xA9 t\n");
    Diags *diags = diags_new(arena);
    Diag *late = diag_report(diags, DIAG_SYNTAX, (Span){s, 17, 25}, "bad sum");
    diag_note(late, (Span){s, 6, 7}, "'%s' is here", "a");
    diag_note(late, SPAN_NONE, "and so on");
    Diag *early = diag_report(diags, DIAG_SYNTAX, (Span){s, 0, 5}, "bad word");
    diag_suggest(early, "did you mean '%s'?", "constant");
    diag_report(diags, DIAG_SYNTAX, (Span){s, 0, 5}, "bad word");
    CHECK(diags_error_count(diags) == 2);
    CHECK_TEXT(printed(diags, false),
               "m.snn:1:1: error: bad word; did you mean 'constant'?\n"
               "    1 | const a = 1\n"
               "      | ^~~~~\n"
               "m.snn:2:6: error: bad sum\n"
               "    2 | \tb = a + \xC3\xA9 t\n"
               "      | \t    ^~~~~~~\n"
               "m.snn:1:7: note: 'a' is here\n"
               "    1 | const a = 1\n"
               "      |       ^\n"
               "m.snn:2:6: note: and so on\n");
}

static void test_odd_places(Arena *arena)
{
    Source *s = new_source(arena, "ab\ncd");
    Diags *diags = diags_new(arena);
    diag_report(diags, DIAG_SYNTAX, (Span){s, 1, 5}, "two lines");
    diag_report(diags, DIAG_SYNTAX, (Span){s, 5, 5}, "at the end");
    diag_report(diags, DIAG_SYNTAX, SPAN_NONE, "nowhere");
    CHECK_TEXT(printed(diags, false), "snnc: error: nowhere\n"
                                      "m.snn:1:2: error: two lines\n"
                                      "    1 | ab\n"
                                      "      |  ^\n"
                                      "m.snn:2:3: error: at the end\n"
                                      "    2 | cd\n"
                                      "      |   ^\n");
}

static void test_duplicates(Arena *arena)
{
    Source *s = new_source(arena, "ab\n");
    Diags *diags = diags_new(arena);
    for (int i = 0; i < 3; i++)
        diag_report(diags, DIAG_SYNTAX, (Span){s, 0, 2}, "once");
    CHECK(diags_error_count(diags) == 1);
    CHECK_TEXT(printed(diags, false), "m.snn:1:1: error: once\n"
                                      "    1 | ab\n"
                                      "      | ^~\n");
    CHECK(strstr(printed(diags, true), "\033[") != NULL);
}

static bool verify(Arena *arena, const char *text, const char **out_text)
{
    static char messages[1024];
    memset(messages, 0, sizeof messages);
    Source *s = new_source(arena, text);
    Diags *diags = diags_new(arena);
    Diag *d = diag_report(diags, DIAG_SYNTAX, (Span){s, 0, 1}, "found x");
    diag_note(d, SPAN_NONE, "because of y");
    FILE *out = fmemopen(messages, sizeof messages, "w");
    bool equal = diags_verify(diags, s, out);
    fclose(out);
    *out_text = messages;
    return equal;
}

static void test_verify(Arena *arena)
{
    const char *out;
    CHECK(verify(arena, "x // expected-error {{found x}}\n"
                        "// expected-note@-1 {{of y}}\n", &out));
    CHECK_TEXT(out, "");
    CHECK(verify(arena, "x // expected-error@*{{x}} expected-note{{y}}", &out));
    CHECK(!verify(arena, "x // expected-error {{found x}}\n", &out));
    CHECK_TEXT(out, "m.snn:1: unexpected note: because of y\n");
    CHECK(!verify(arena, "x // expected-error {{found z}} "
                         "expected-note {{y}}\n", &out));
    CHECK_TEXT(out, "m.snn:1: missing error: found z\n"
                    "m.snn:1: unexpected error: found x\n");
    CHECK(!verify(arena, "x // expected-error {{x}} expected-note {{y}} "
                         "expected-note {{y}}\n", &out));
    CHECK_TEXT(out, "m.snn:1: missing note: y\n");
    CHECK(!verify(arena, "x // expected-eror {{x}}\n", &out));
}

int main(void)
{
    Arena *arena = arena_new();
    test_print(arena);
    test_odd_places(arena);
    test_duplicates(arena);
    test_verify(arena);
    arena_free(arena);
    return unit_report();
}
