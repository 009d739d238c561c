// What one run of the parser works on: shared by parser.y, the feed that hands
// it tokens (recover.c), its messages (syntax_error.c) and the builders.
#ifndef SNNC_SYNTAX_PARSE_STATE_H
#define SNNC_SYNTAX_PARSE_STATE_H

#include "syntax/token.h"

// Expressions deeper than this are refused, so that the passes may recurse.
#define AST_DEPTH_MAX 2000

typedef struct ParseState {
    Arena *arena;
    Diags *diags;
    AstFile *file;
    Tokens tokens;
    size_t next;         // the token to hand out next
    size_t last;         // the one handed out last
    int depth;           // open braces before `next`
    int last_depth;      // open braces before `last`
    // Recovery from a syntax error; see recover.c.
    bool recovering;
    bool offered_stmt;   // NEXT_STMT was handed out before `next`
    bool offered_decl;   // NEXT_DECL was
    int error_depth;     // open braces at the error
    int error_parens;    // open brackets there, since the last brace
    uint32_t error_column; // where the line of the outermost of these begins
    int missing_closes;  // '}' to hand out before going on
    size_t error_plus_1; // the last error's token + 1; 0: none yet
} ParseState;

// Called by the builder when a statement has been given up and the next begins.
void recover_done(ParseState *state);
// Called when a syntax error has been found at the token `last`. False when an
// error was found at the same token before: it is not worth a report.
bool recover_begin(ParseState *state);

#endif
