// Tokens: the text of one file, cut up before the parser starts, so that error
// recovery can look around in it.
#ifndef SNNC_SYNTAX_TOKEN_H
#define SNNC_SYNTAX_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/diag.h"
#include "base/intern.h"
#include "base/source.h"
#include "syntax/ast.h"

typedef struct Token {
    int kind;            // TOKEN_... of the parser; 0 at the end of the file
    bool first_on_line;
    Span span;
    union {
        Name name;           // names and keywords
        AstExpr *number;     // with its unit
        const char *string;  // unescaped
    };
} Token;

typedef struct Tokens { Token *items; size_t count, capacity; } Tokens;

// What the actions of lexer.l work on.
typedef struct LexState {
    Arena *arena;
    Interner *names;
    Diags *diags;
    const Source *source;
    Tokens tokens;
    uint32_t begin, end; // bytes of the rule that just matched
    bool first_on_line;  // no token on this line yet
    int depth;           // open '(' and '[' since the last brace
    uint32_t comment;    // where the open /* began
} LexState;

// All tokens of a source, the last of kind 0. What cannot be a token is
// reported and becomes TOKEN_BAD, about which the parser keeps quiet.
Tokens lex_source(Arena *arena, Interner *names, Diags *diags,
                  const Source *source);

// ---- for lexer.l (lex_token.c, lex_number.c) ------------------------------

// The bytes at `text` that make a letter, digit or '_' of a name; 0: none.
size_t lex_name_byte_count(const char *text, size_t length);
size_t lex_name_length(const char *text, size_t length);

Span lex_span(const LexState *lex);
Token *lex_push(LexState *lex, int kind);

// Each gets the matched text and returns how many bytes of it it used.
size_t lex_name(LexState *lex, const char *text, size_t length);
size_t lex_number(LexState *lex, const char *text, size_t length);
void lex_string(LexState *lex, const char *text, size_t length);
void lex_open(LexState *lex, int kind);
void lex_close(LexState *lex, int kind);
void lex_stray(LexState *lex, const char *text, size_t length);
void lex_newlines(LexState *lex, const char *text, size_t length);
void lex_open_comment(LexState *lex); // at the end of the file
void lex_open_string(LexState *lex);  // at the end of the line
// Skips a byte order mark and reports text that is not UTF-8.
void lex_start(LexState *lex);

#endif
