// The text of syntax errors: `unexpected X, expected Y or Z`, with tokens named
// as people see them, and what helps: a word nearly written, the bracket that
// is still open, a name that is reserved.
#include <stdio.h>
#include <string.h>
#include "syntax/parse_state.h"
#include "syntax/parser.h"
#include "syntax/parse_report.h"
#include "syntax/unit.h"

#define MAX_EXPECTED 128
#define MAX_NAMED 6

typedef struct Keyword { const char *text; int kind; bool reserved; } Keyword;

static const Keyword keywords[] = {
#define KEYWORD(token, text, reserved, starts) \
    {text, TOKEN_##token, reserved},
#include "syntax/keyword.def"
#undef KEYWORD
};

static const struct { const char *text; bool quiet; const char *members; }
    sets[] = {
#define EXPECTED(text, quiet, members) {text, quiet, members},
#include "syntax/expected.def"
#undef EXPECTED
};

// What people write out of habit from other languages.
static const struct { const char *before, *found, *meant; } habits[] = {
    {"", "=", "=="}, {"*", "*", "^"}, {"<", "-", "->"}, {"=", ">", "->"},
};

#define COUNT(table) (sizeof table / sizeof *table)

typedef struct Expected {
    const char *names[MAX_EXPECTED]; // NULL: has been taken into a set
    size_t count;
} Expected;

static const Keyword *find_keyword(const char *text)
{
    for (size_t i = 0; i < COUNT(keywords); i++)
        if (strcmp(keywords[i].text, text) == 0)
            return &keywords[i];
    return NULL;
}

static size_t find_n(const Expected *e, const char *name, size_t length)
{
    for (size_t i = 0; i < e->count; i++)
        if (e->names[i] != NULL && strlen(e->names[i]) == length
            && memcmp(e->names[i], name, length) == 0)
            return i;
    return e->count;
}

static bool has(const Expected *e, const char *name)
{
    return find_n(e, name, strlen(name)) < e->count;
}

// ---- what was expected ----------------------------------------------------

static bool has_members(const Expected *e, const char *members)
{
    while (*members != '\0') {
        size_t n = strcspn(members, " ");
        if (find_n(e, members, n) == e->count)
            return false;
        members += n + (members[n] == ' ');
    }
    return true;
}

static void take_members(Expected *e, const char *members)
{
    while (*members != '\0') {
        size_t n = strcspn(members, " ");
        e->names[find_n(e, members, n)] = NULL;
        members += n + (members[n] == ' ');
    }
}

// Words that can be names say nothing beside "name"; nor do synthetic tokens.
static void drop_hidden(Expected *e)
{
    bool has_name = has(e, "name");
    for (size_t i = 0; i < e->count; i++) {
        const char *name = e->names[i];
        const Keyword *word = find_keyword(name);
        bool is_plain = word != NULL && !word->reserved
                        && strcmp(name, "bias") != 0
                        && strcmp(name, "keep") != 0;
        if ((is_plain && has_name) || strncmp(name, "next_", 5) == 0
            || strcmp(name, "bad") == 0)
            e->names[i] = NULL;
    }
}

static const char *shown(Arena *arena, const char *name)
{
    if (strcmp(name, "name") == 0 || strcmp(name, "number") == 0
        || strcmp(name, "string") == 0)
        return arena_printf(arena, "a %s", name);
    if (strcmp(name, "end") == 0)
        return "end of file";
    return arena_printf(arena, "'%s'", name);
}

typedef struct List { const char *items[MAX_NAMED]; size_t count; } List;

static void list_add(List *list, const char *text)
{
    if (list->count < MAX_NAMED)
        list->items[list->count++] = text;
}

static List name_expected(Arena *arena, Expected *e)
{
    List list = {0}, quiet = {0};
    drop_hidden(e);
    for (size_t i = 0; i < COUNT(sets); i++)
        if (has_members(e, sets[i].members)) {
            take_members(e, sets[i].members);
            list_add(sets[i].quiet ? &quiet : &list, sets[i].text);
        }
    for (size_t i = 0; i < e->count; i++)
        if (e->names[i] != NULL && strcmp(e->names[i], "bias") != 0
            && strcmp(e->names[i], "keep") != 0
            && strcmp(e->names[i], "(line") != 0)
            list_add(&list, shown(arena, e->names[i]));
    return list.count > 0 ? list : quiet;
}

static const char *join(Arena *arena, const List *list)
{
    const char *text = "";
    for (size_t i = 0; i < list->count; i++) {
        const char *glue = i == 0 ? ", expected "
                           : i + 1 == list->count ? " or " : ", ";
        text = arena_printf(arena, "%s%s%s", text, glue, list->items[i]);
    }
    return text;
}

// ---- what was found -------------------------------------------------------

static const char *found_text(Arena *arena, const Token *token)
{
    switch (token->kind) {
    case TOKEN_END:
        return "end of file";
    case TOKEN_NAME:
        return arena_printf(arena, "name '%s'", token->name);
    case TOKEN_NUMBER:
        return arena_printf(arena, "number %s", token->number->number.text);
    case TOKEN_STRING:
        return "string";
    default:
        return arena_printf(arena, "'%.*s'",
                            (int)(token->span.end - token->span.begin),
                            token->span.source->text + token->span.begin);
    }
}

// ---- what helps -----------------------------------------------------------

static void suggest_keyword(Diag *diag, const Expected *e, const Token *found)
{
    const char *words[COUNT(keywords)];
    size_t n = 0;
    for (size_t i = 0; i < COUNT(keywords); i++)
        if (has(e, keywords[i].text))
            words[n++] = keywords[i].text;
    const char *near = suggest_name(found->name, words, n);
    if (near != NULL)
        diag_suggest(diag, "did you mean '%s'?", near);
}

static bool is_text(const Token *token, const char *text)
{
    size_t n = strlen(text);
    return token->span.end - token->span.begin == n
           && memcmp(token->span.source->text + token->span.begin, text, n)
                  == 0;
}

static void suggest_operator(Diag *diag, const Expected *e,
                             const Token *found, const Token *before)
{
    for (size_t i = 0; i < COUNT(habits); i++) {
        if (!is_text(found, habits[i].found))
            continue;
        bool fits = habits[i].before[0] == '\0'
                        ? has(e, habits[i].meant)
                        : before != NULL && is_text(before, habits[i].before);
        if (fits) {
            diag_suggest(diag, "did you mean '%s'?", habits[i].meant);
            return;
        }
    }
}

static void note_reserved(Diag *diag, const Expected *e, const Token *found)
{
    const Keyword *word = NULL;
    for (size_t i = 0; i < COUNT(keywords); i++)
        if (keywords[i].kind == found->kind)
            word = &keywords[i];
    if (word != NULL && word->reserved && has(e, "name")
        && !found->first_on_line)
        diag_note(diag, SPAN_NONE,
                  "'%s' is a word of the language and cannot be a name",
                  word->text);
}

static const char *closer_of(int kind)
{
    switch (kind) {
    case TOKEN_OPEN:
    case TOKEN_OPEN_LINE:
        return ")";
    case TOKEN_OPEN_INDEX:
        return "]";
    case TOKEN_OPEN_BLOCK:
        return "}";
    default:
        return NULL;
    }
}

static bool is_closer(int kind)
{
    return kind == TOKEN_CLOSE || kind == TOKEN_CLOSE_INDEX
           || kind == TOKEN_CLOSE_BLOCK;
}

// Points at the innermost bracket that is open before token `at`.
static void note_open(ParseState *state, Diag *diag, const Expected *e,
                      size_t at)
{
    const Token *tokens = state->tokens.items;
    int closed = 0;
    for (size_t i = at; i-- > 0;) {
        const char *closer = closer_of(tokens[i].kind);
        closed += is_closer(tokens[i].kind);
        if (closer == NULL || closed-- > 0)
            continue;
        if (has(e, closer))
            diag_note(diag, tokens[i].span, "this '%c' is still open",
                      *closer == '}'   ? '{'
                      : *closer == ']' ? '['
                                       : '(');
        return;
    }
}

// A name behind a number was meant as its unit.
static bool report_unit(ParseState *state, const Token *found,
                        const Token *before)
{
    Dimension dimension;
    double scale;
    if (found->kind != TOKEN_NAME || before == NULL || found->first_on_line
        || before->kind != TOKEN_NUMBER || before->number->number.unit.count
        || unit_lookup(found->name, &dimension, &scale))
        return false;
    Diag *diag = diag_report(state->diags, DIAG_UNKNOWN_UNIT, found->span,
                             found->name);
    const char *near = unit_suggest(found->name);
    if (near != NULL)
        diag_suggest(diag, "did you mean '%s'?", near);
    return true;
}

void syntax_report(ParseState *state, const char *const *expected,
                   size_t count)
{
    size_t at = state->last;
    const Token *found = &state->tokens.items[at];
    const Token *before = at > 0 ? found - 1 : NULL;
    if (!recover_begin(state) || found->kind == TOKEN_BAD
        || report_unit(state, found, before))
        return;
    Expected e = {.count = count < MAX_EXPECTED ? count : MAX_EXPECTED};
    memcpy(e.names, expected, e.count * sizeof *expected);
    Expected named = e;
    List list = name_expected(state->arena, &named);
    Diag *diag = diag_report(state->diags, DIAG_SYNTAX, found->span,
                             arena_printf(state->arena, "unexpected %s%s",
                                          found_text(state->arena, found),
                                          join(state->arena, &list)));
    if (found->kind == TOKEN_NAME)
        suggest_keyword(diag, &e, found);
    suggest_operator(diag, &e, found, before);
    note_reserved(diag, &e, found);
    if (found->kind == TOKEN_END || found->first_on_line)
        note_open(state, diag, &e, at);
}

void syntax_error(const Span *span, ParseState *state, const char *message)
{
    (void)message; // bison has one only: its stack is full
    diag_report(state->diags, DIAG_NESTED_TOO_DEEPLY, *span);
}
