// What parser.y calls in other files: the feed of tokens and the messages.
#ifndef SNNC_SYNTAX_PARSE_REPORT_H
#define SNNC_SYNTAX_PARSE_REPORT_H

#include "syntax/parse_state.h"

// The next token for the parser, or a synthetic one while it recovers.
int syntax_lex(SYNTAX_STYPE *value, Span *span, ParseState *state);

// A syntax error at the token handed out last; `expected` are token names.
void syntax_report(ParseState *state, const char *const *expected,
                   size_t count);

// The parser's stack is full.
void syntax_error(const Span *span, ParseState *state, const char *message);

#endif
