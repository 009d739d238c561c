// Numbers and the units behind them. A name behind a number, on the same line,
// is its unit when it is in the table of units and is not the begin of
// something else: a call, a flow, an assignment. `*` and `/` written without
// spaces go on with the unit: 3 mV/ms.
#include "syntax/token.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "syntax/ast/ast_build.h"
#include "syntax/parser.h"
#include "syntax/unit.h"
#include "syntax/utf8.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

size_t lex_name_byte_count(const char *text, size_t length)
{
    if (length == 0)
        return 0;
    char c = text[0];
    if (is_digit(c) || c == '_' || (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z'))
        return 1;
    size_t n = utf8_length(text, length);
    return utf8_is_letter(utf8_decode(text, n)) && n > 1 ? n : 0;
}

size_t lex_name_length(const char *text, size_t length)
{
    size_t used = 0, n;
    while ((n = lex_name_byte_count(text + used, length - used)) != 0)
        used += n;
    return used;
}

// ---- one factor -----------------------------------------------------------

typedef struct Cursor { const char *text; size_t at, length; } Cursor;

static char peek(const Cursor *c)
{
    return c->at < c->length ? c->text[c->at] : '\0';
}

static bool accept(Cursor *c, char wanted)
{
    if (peek(c) != wanted)
        return false;
    c->at++;
    return true;
}

// At most UNIT_EXPONENT_MAX + 1, whatever is written.
static int scan_digits(Cursor *c)
{
    int value = 0;
    for (; is_digit(peek(c)); c->at++)
        if (value <= UNIT_EXPONENT_MAX)
            value = value * 10 + (peek(c) - '0');
    return value > UNIT_EXPONENT_MAX ? UNIT_EXPONENT_MAX + 1 : value;
}

// The pattern of lexer.l has seen to it that this is well-formed.
static void scan_exponent(Cursor *c, AstUnitFactor *factor)
{
    if (!accept(c, '^'))
        return;
    bool parens = accept(c, '(');
    int sign = accept(c, '-') ? -1 : 1;
    factor->numerator = sign * scan_digits(c);
    if (parens && accept(c, '/'))
        factor->denominator = scan_digits(c);
    if (parens)
        accept(c, ')');
}

static bool scan_factor(LexState *lex, Cursor *c, uint32_t base,
                        AstUnitFactor *out)
{
    size_t start = c->at;
    size_t n = peek(c) == '%' ? 1 : lex_name_length(c->text + start,
                                                    c->length - start);
    Dimension dimension;
    int decimal;
    if (!unit_lookup_n(c->text + start, n, &dimension, &decimal))
        return false;
    uint32_t begin = base + (uint32_t)start;
    *out = (AstUnitFactor){
        .name = {intern_n(lex->names, c->text + start, n),
                 {lex->source, begin, begin + (uint32_t)n}},
        .numerator = 1, .denominator = 1};
    c->at += n;
    scan_exponent(c, out);
    return true;
}

// ---- the whole unit -------------------------------------------------------

// Does what follows at `text` make the name before it something other than a
// unit: `s(`, `s'`, `s[`, `s.`, `s =`, `s += 1`, `s ~`? But `s ==` compares.
static bool begins_other(const char *text)
{
    if (text[0] == '[' || text[0] == '.')
        return true;
    text += strspn(text, " \t");
    if (text[0] != '\0' && strchr("('~", text[0]) != NULL)
        return true;
    if (text[0] == '=')
        return text[1] != '=';
    return text[0] != '\0' && strchr("+-*/", text[0]) != NULL
           && text[1] == '=';
}

typedef struct Factors {
    AstUnitFactor *items;
    size_t count, capacity;
} Factors;

// Reads factors from the cursor on; leaves it behind the last one that belongs
// to the unit.
static AstUnit scan_unit(LexState *lex, Cursor *c)
{
    const char *source = lex->source->text + lex->begin;
    Factors factors = {0};
    size_t start = c->at, end = c->at;
    int sign = 1;
    for (;;) {
        AstUnitFactor factor;
        if (!scan_factor(lex, c, lex->begin, &factor)
            || begins_other(source + c->at))
            break;
        factor.numerator *= sign;
        ARENA_PUSH(lex->arena, factors.items, factors.count,
                   factors.capacity, factor);
        end = c->at;
        if (peek(c) != '*' && peek(c) != '/')
            break;
        sign = peek(c) == '/' ? -1 : 1;
        c->at++;
    }
    c->at = end;
    Span span = {lex->source, lex->begin + (uint32_t)start,
                 lex->begin + (uint32_t)end};
    return (AstUnit){factors.items, factors.count, span};
}

static size_t count_number_bytes(const char *text, size_t length)
{
    size_t n = 0;
    while (n < length && (is_digit(text[n]) || text[n] == '.'))
        n++;
    if (n == length || (text[n] != 'e' && text[n] != 'E'))
        return n;
    size_t m = n + 1;
    if (m < length && (text[m] == '+' || text[m] == '-'))
        m++;
    if (m == length || !is_digit(text[m]))
        return n;
    while (m < length && is_digit(text[m]))
        m++;
    return m;
}

// Zero is meant when all digits of the mantissa are zero.
static bool is_written_zero(const char *digits)
{
    size_t n = strcspn(digits, "eE");
    return strspn(digits, "0.") >= n;
}

static double read_value(LexState *lex, Name digits)
{
    double value = strtod(digits, NULL);
    Span span = {lex->source, lex->begin,
                 lex->begin + (uint32_t)strlen(digits)};
    if (isinf(value))
        diag_report(lex->diags, DIAG_NUMBER_TOO_LARGE, span);
    else if (value == 0 && !is_written_zero(digits))
        diag_report(lex->diags, DIAG_NUMBER_TOO_SMALL, span);
    return isinf(value) ? 0 : value;
}

size_t lex_number(LexState *lex, const char *text, size_t length)
{
    size_t digits = count_number_bytes(text, length);
    Cursor cursor = {text, digits, length};
    while (peek(&cursor) == ' ' || peek(&cursor) == '\t')
        cursor.at++;
    AstUnit unit = {0};
    if (cursor.at < length)
        unit = scan_unit(lex, &cursor);
    size_t used = unit.count > 0 ? cursor.at : digits;
    lex->end = lex->begin + (uint32_t)used;
    Name written = intern_n(lex->names, text, digits);
    AstExpr *number = ast_number(lex->arena, lex_span(lex),
                                 read_value(lex, written), written, unit);
    lex_push(lex, TOKEN_NUMBER)->number = number;
    return used;
}
