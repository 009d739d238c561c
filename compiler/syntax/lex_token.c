// The tokens without a number: names and keywords, strings, brackets, and what
// is no token at all. Called by the rules of lexer.l.
#include "syntax/token.h"

#include <string.h>
#include "syntax/parser.h"
#include "syntax/utf8.h"

typedef struct Keyword { const char *text; int kind; } Keyword;

static const Keyword keywords[] = {
#define KEYWORD(token, text, reserved, starts) {text, TOKEN_##token},
#include "syntax/keyword.def"
#undef KEYWORD
};

static const struct { const char *bytes, *code, *ascii; } confusables[] = {
#define CONFUSABLE(bytes, code, ascii) {bytes, code, ascii},
#include "syntax/confusable.def"
#undef CONFUSABLE
};

#define COUNT(table) (sizeof table / sizeof *table)

Span lex_span(const LexState *lex)
{
    return (Span){lex->source, lex->begin, lex->end};
}

Token *lex_push(LexState *lex, int kind)
{
    Token token = {.kind = kind, .first_on_line = lex->first_on_line,
                   .span = lex_span(lex)};
    ARENA_PUSH(lex->arena, lex->tokens.items, lex->tokens.count,
               lex->tokens.capacity, token);
    lex->first_on_line = false;
    return &lex->tokens.items[lex->tokens.count - 1];
}

static int keyword_kind(Name name)
{
    for (size_t i = 0; i < COUNT(keywords); i++)
        if (strcmp(keywords[i].text, name) == 0)
            return keywords[i].kind;
    return TOKEN_NAME;
}

size_t lex_name(LexState *lex, const char *text, size_t length)
{
    size_t used = lex_name_length(text, length);
    if (used == 0) {
        used = utf8_length(text, length);
        lex->end = lex->begin + (uint32_t)used;
        lex_stray(lex, text, used);
        return used;
    }
    lex->end = lex->begin + (uint32_t)used;
    Name name = intern_n(lex->names, text, used);
    lex_push(lex, keyword_kind(name))->name = name;
    return used;
}

// A '(' that begins a line outside of brackets does not continue a call: it
// begins an expression of its own.
void lex_open(LexState *lex, int kind)
{
    if (kind == TOKEN_OPEN && lex->first_on_line && lex->depth == 0)
        kind = TOKEN_OPEN_LINE;
    lex_push(lex, kind);
    lex->depth++;
}

void lex_close(LexState *lex, int kind)
{
    lex_push(lex, kind);
    if (lex->depth > 0)
        lex->depth--;
}

void lex_newlines(LexState *lex, const char *text, size_t length)
{
    (void)text;
    (void)length;
    lex->first_on_line = true;
}

void lex_open_comment(LexState *lex)
{
    Span span = {lex->source, lex->comment, lex->comment + 2};
    diag_report(lex->diags, DIAG_OPEN_COMMENT, span);
}

void lex_open_string(LexState *lex)
{
    diag_report(lex->diags, DIAG_OPEN_STRING, lex_span(lex));
    lex_push(lex, TOKEN_STRING)->string = "";
}

static char unescape(LexState *lex, char c, uint32_t at)
{
    switch (c) {
    case 'n':
        return '\n';
    case '"':
    case '\\':
        return c;
    default:
        diag_report(lex->diags, DIAG_UNKNOWN_ESCAPE,
                    (Span){lex->source, at, at + 2});
        return c;
    }
}

void lex_string(LexState *lex, const char *text, size_t length)
{
    char *out = arena_alloc(lex->arena, length);
    size_t n = 0;
    for (size_t i = 1; i + 1 < length; i++) {
        char c = text[i];
        if (c == '\0')
            lex_stray(lex, &text[i], 1);
        if (c == '\\') {
            c = unescape(lex, text[i + 1], lex->begin + (uint32_t)i);
            i++;
        }
        out[n++] = c;
    }
    lex_push(lex, TOKEN_STRING)->string = out;
}

static const char *stray_text(LexState *lex, const char *text, size_t length)
{
    unsigned char c = (unsigned char)text[0];
    if (length > 1)
        return arena_printf(lex->arena, "'%.*s'", (int)length, text);
    if (c < 0x20 || c >= 0x7F)
        return arena_printf(lex->arena, "byte 0x%02X", c);
    return arena_printf(lex->arena, "'%c'", c);
}

void lex_stray(LexState *lex, const char *text, size_t length)
{
    const char *shown = stray_text(lex, text, length);
    Diag *diag = diag_report(lex->diags, DIAG_STRAY_CHARACTER, lex_span(lex),
                             shown);
    for (size_t i = 0; i < COUNT(confusables); i++)
        if (strlen(confusables[i].bytes) == length
            && memcmp(confusables[i].bytes, text, length) == 0)
            diag_suggest(diag, "this is %s, did you mean '%s'?",
                         confusables[i].code, confusables[i].ascii);
    lex_push(lex, TOKEN_BAD);
}

void lex_start(LexState *lex)
{
    const Source *source = lex->source;
    if (source->length >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0)
        lex->end = 3;
    uint32_t i = lex->end;
    while (i < source->length) {
        size_t n = utf8_length(source->text + i, source->length - i);
        if (n == 1 && (unsigned char)source->text[i] >= 0x80) {
            diag_report(lex->diags, DIAG_INVALID_UTF8,
                        (Span){source, i, i + 1},
                        (unsigned)(unsigned char)source->text[i]);
            return;
        }
        i += (uint32_t)n;
    }
}
