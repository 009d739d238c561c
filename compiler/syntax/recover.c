// The feed of tokens to the parser, and where it goes on after a syntax error.
//
// The parser gives up what it was in up to the innermost list (statements,
// items, settings, declarations) and then discards tokens up to NEXT_STMT or
// NEXT_DECL. These are put in here, before the error's token or a later one:
// NEXT_STMT before a line that begins with the right word at the right depth,
// before ';' and before the '}' that ends the list; NEXT_DECL before a line
// that begins with a word for declarations only. When such a line comes while
// braces are open, the braces are closed first.
#include "syntax/parse_state.h"

#include "syntax/parser.h"
#include "syntax/parse_report.h"

#define LOOK_BACK 4096 // tokens

static int starts(int kind)
{
    switch (kind) {
#define KEYWORD(token, text, reserved, begins) \
    case TOKEN_##token:                        \
        return begins;
#include "syntax/keyword.def"
#undef KEYWORD
    default:
        return kind == TOKEN_NAME;
    }
}

static uint32_t column_of(const Token *token)
{
    return source_locate(token->span.source, token->span.begin).column;
}

static int depth_change(int kind)
{
    return (kind == TOKEN_OPEN_BLOCK) - (kind == TOKEN_CLOSE_BLOCK);
}

static int parens_change(int kind)
{
    return (kind == TOKEN_OPEN || kind == TOKEN_OPEN_LINE
            || kind == TOKEN_OPEN_INDEX)
           - (kind == TOKEN_CLOSE || kind == TOKEN_CLOSE_INDEX);
}

// ---- the error ------------------------------------------------------------

// Counts the brackets open at the error and finds where the line of the
// outermost begins: a line that is not indented deeper is a new statement.
static void look_back(ParseState *state, size_t at)
{
    const Token *tokens = state->tokens.items;
    size_t stop = at > LOOK_BACK ? at - LOOK_BACK : 0;
    size_t outermost = at;
    int balance = 0;
    state->error_parens = 0;
    for (size_t i = at; i-- > stop && depth_change(tokens[i].kind) == 0;) {
        balance += parens_change(tokens[i].kind);
        if (balance > state->error_parens) {
            state->error_parens = balance;
            outermost = i;
        }
    }
    while (outermost > stop && !tokens[outermost].first_on_line)
        outermost--;
    state->error_column = column_of(&tokens[outermost]);
}

static void step(ParseState *state)
{
    int kind = state->tokens.items[state->next].kind;
    state->depth += depth_change(kind);
    if (state->depth < 0)
        state->depth = 0;
    state->error_parens += parens_change(kind);
    state->offered_stmt = state->offered_decl = false;
    if (kind != TOKEN_END)
        state->next++;
}

bool recover_begin(ParseState *state)
{
    bool repeated = state->error_plus_1 == state->last + 1;
    state->error_plus_1 = state->last + 1;
    state->next = state->last;
    state->depth = state->error_depth = state->last_depth;
    state->recovering = true;
    state->offered_stmt = state->offered_decl = false;
    state->missing_closes = 0;
    look_back(state, state->next);
    if (repeated)
        step(state);
    return !repeated;
}

// ---- where to go on -------------------------------------------------------

static bool begins_declaration(const ParseState *state, const Token *token)
{
    if (token->kind == TOKEN_END)
        return true;
    if (!token->first_on_line)
        return false;
    if (starts(token->kind) == 2)
        return state->depth == 0 || column_of(token) == 1;
    return state->depth == 0
           && (token->kind == TOKEN_LOSS || token->kind == TOKEN_OPTIMIZER);
}

static bool begins_statement(const ParseState *state, const Token *token)
{
    if (begins_declaration(state, token))
        return true;
    if (state->depth != state->error_depth)
        return false;
    if (token->kind == TOKEN_CLOSE_BLOCK)
        return true;
    if (token->kind == TOKEN_SEMICOLON)
        return state->error_parens <= 0;
    return token->first_on_line && starts(token->kind) != 0
           && (state->error_parens <= 0
               || column_of(token) <= state->error_column);
}

void recover_done(ParseState *state)
{
    const Token *token = &state->tokens.items[state->next];
    state->recovering = false;
    if (state->offered_decl)
        state->depth = 0;
    else if (state->depth > 0 && begins_declaration(state, token))
        state->missing_closes = state->depth;
}

// The synthetic token that belongs before `next`, or -1 to take that.
static int recovery_token(ParseState *state)
{
    for (;;) {
        const Token *token = &state->tokens.items[state->next];
        if (!state->offered_stmt && begins_statement(state, token)) {
            state->offered_stmt = true;
            return TOKEN_NEXT_STMT;
        }
        if (!state->offered_decl && begins_declaration(state, token)) {
            state->offered_decl = true;
            return TOKEN_NEXT_DECL;
        }
        if (token->kind == TOKEN_END)
            return -1;
        step(state);
    }
}

static int synthetic_token(ParseState *state)
{
    if (state->recovering)
        return recovery_token(state);
    if (state->missing_closes == 0)
        return -1;
    state->missing_closes--;
    return TOKEN_CLOSE_BLOCK;
}

static void hand_out_value(const Token *token, SYNTAX_STYPE *value)
{
    if (token->kind == TOKEN_NUMBER)
        value->TOKEN_NUMBER = token->number;
    else if (token->kind == TOKEN_STRING)
        value->TOKEN_STRING = token->string;
    else
        value->TOKEN_NAME = token->name;
}

int syntax_lex(SYNTAX_STYPE *value, Span *span, ParseState *state)
{
    int kind = synthetic_token(state);
    const Token *token = &state->tokens.items[state->next];
    if (kind != -1) {
        *span = (Span){token->span.source, token->span.begin,
                       token->span.begin};
        if (kind == TOKEN_CLOSE_BLOCK && state->missing_closes == 0)
            state->depth = 0;
        return kind;
    }
    state->last = state->next;
    state->last_depth = state->depth;
    step(state);
    hand_out_value(token, value);
    *span = token->span;
    return token->kind;
}
