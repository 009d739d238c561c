// The check of statements against the table check.def, and of what else the
// grammar leaves open (check.h).
#include "syntax/check.h"

#include <ctype.h>
#include <string.h>
#include "syntax/parse_state.h"
#include "syntax/unit.h"

typedef struct Check {
    Arena *arena;
    Diags *diags;
    bool is_too_deep; // this declaration, reported
} Check;

// ---- the table ------------------------------------------------------------

enum { STATEMENT_COUNT = AST_RESULT + 1 };

typedef enum {
#define BODY(id, text, ...) BODY_##id,
#include "syntax/check.def"
#undef BODY
} BodyKind;

static const struct { const char *text; bool allows[STATEMENT_COUNT]; }
    bodies[] = {
#define BODY(id, text, ...) {text, {__VA_ARGS__}},
#include "syntax/check.def"
#undef BODY
};

static const struct { const char *keyword, *found, *expected; }
    statements[] = {
#define STATEMENT(kind, keyword, found, expected) \
    [AST_##kind] = {keyword, found, expected},
#include "syntax/check.def"
#undef STATEMENT
};

// ---- what messages say ----------------------------------------------------

// The name a statement is about; name.name NULL without.
static Ident statement_name(const AstStmt *stmt)
{
    switch (stmt->kind) {
    case AST_STATE:
        return stmt->state.name;
    case AST_FLOW:
        return stmt->flow.name;
    case AST_ASSIGN:
        return stmt->assign.name;
    default:
        return (Ident){0};
    }
}

// The word or name the statement begins with, or all of an expression.
static Span statement_place(const AstStmt *stmt)
{
    const char *keyword = statements[stmt->kind].keyword;
    Ident name = statement_name(stmt);
    Span span = stmt->span;
    if (name.name != NULL)
        return name.span;
    if (keyword != NULL)
        span.end = span.begin + (uint32_t)strlen(keyword);
    return span;
}

static const char *statement_text(const Check *c, const AstStmt *stmt)
{
    const char *found = statements[stmt->kind].found;
    Ident name = statement_name(stmt);
    return name.name == NULL
               ? found
               : arena_printf(c->arena, "%s '%s'", found, name.name);
}

static const char *allowed_text(const Check *c, BodyKind body)
{
    const char *text = "";
    int left = 0;
    for (int k = 0; k < STATEMENT_COUNT; k++)
        left += bodies[body].allows[k];
    for (int k = 0; k < STATEMENT_COUNT; k++) {
        if (!bodies[body].allows[k])
            continue;
        const char *glue = text[0] == '\0' ? "" : left == 1 ? " or " : ", ";
        text = arena_printf(c->arena, "%s%s%s", text, glue,
                            statements[k].expected);
        left--;
    }
    return text;
}

// ---- expressions ----------------------------------------------------------

typedef enum { LEFT, RIGHT, NONE } Associativity;

static const struct { const char *text; Associativity side; } operators[] = {
#define OPERATOR(id, text, precedence, side) [AST_OP_##id] = {text, side},
#include "syntax/operator.def"
#undef OPERATOR
};

// A comparison without parentheses around it.
static bool is_open_comparison(const AstExpr *e)
{
    return e->kind == AST_BINARY && operators[e->binary.op].side == NONE
           && e->span.begin == e->binary.left->span.begin;
}

// a < b < c: reported once, at the second operator.
static void check_chain(const Check *c, const AstExpr *e)
{
    const AstExpr *left = e->binary.left;
    if (operators[e->binary.op].side != NONE || !is_open_comparison(left)
        || is_open_comparison(left->binary.left))
        return;
    diag_report(c->diags, DIAG_CHAINED_COMPARISON, e->binary.op_span,
                operators[e->binary.op].text);
}

static void report_unit(const Check *c, Span span, const char *name)
{
    Diag *diag = diag_report(c->diags, DIAG_UNKNOWN_UNIT, span, name);
    const char *near = unit_suggest(name);
    if (near != NULL)
        diag_suggest(diag, "did you mean '%s'?", near);
}

static bool is_exponent(const AstUnitFactor *factor)
{
    return factor->numerator <= UNIT_EXPONENT_MAX
           && factor->numerator >= -UNIT_EXPONENT_MAX
           && factor->denominator <= UNIT_EXPONENT_MAX
           && factor->denominator > 0;
}

static void check_unit(const Check *c, const AstUnit *unit)
{
    for (size_t i = 0; i < unit->count; i++) {
        const AstUnitFactor *factor = &unit->factors[i];
        const char *name = factor->name.name;
        Dimension dimension;
        double scale;
        if (!unit_lookup(name, &dimension, &scale))
            report_unit(c, factor->name.span, name);
        else if (!is_exponent(factor))
            diag_report(c->diags, DIAG_BAD_EXPONENT, factor->name.span, name,
                        UNIT_EXPONENT_MAX);
    }
}

static void check_args(Check *c, const AstArgs *args, int depth);

static void check_expr(Check *c, const AstExpr *e, int depth)
{
    if (e == NULL || c->is_too_deep)
        return;
    if (++depth > AST_DEPTH_MAX) {
        diag_report(c->diags, DIAG_NESTED_TOO_DEEPLY, e->span);
        c->is_too_deep = true;
        return;
    }
    switch (e->kind) {
    case AST_NUMBER:
        check_unit(c, &e->number.unit);
        break;
    case AST_MEMBER:
        check_expr(c, e->member.base, depth);
        break;
    case AST_UNARY:
        check_expr(c, e->unary.operand, depth);
        break;
    case AST_BINARY:
        check_chain(c, e);
        check_expr(c, e->binary.left, depth);
        check_expr(c, e->binary.right, depth);
        break;
    case AST_CALL:
        check_args(c, &e->call.args, depth);
        break;
    case AST_INDEX:
        check_expr(c, e->index.base, depth);
        check_expr(c, e->index.index, depth);
        break;
    case AST_IF:
        check_expr(c, e->conditional.condition, depth);
        check_expr(c, e->conditional.then, depth);
        check_expr(c, e->conditional.otherwise, depth);
        break;
    case AST_STRING:
    case AST_NAME:
    case AST_EXPR_ERROR:
        break;
    }
}

static void check_args(Check *c, const AstArgs *args, int depth)
{
    for (size_t i = 0; i < args->count; i++) {
        check_expr(c, args->items[i].value, depth);
        check_expr(c, args->items[i].low, depth);
        check_expr(c, args->items[i].high, depth);
    }
}

static void check_use(Check *c, const AstUse *use)
{
    check_args(c, &use->args, 0);
}

static void check_params(Check *c, const AstParams *params)
{
    for (size_t i = 0; i < params->count; i++) {
        check_unit(c, &params->items[i].unit);
        check_expr(c, params->items[i].value, 0);
    }
}

// ---- statements -----------------------------------------------------------

static void check_body(Check *c, BodyKind kind, const AstStmts *body);

static void check_spike(Check *c, const AstStmt *stmt)
{
    check_expr(c, stmt->spike.condition, 0);
    check_body(c, BODY_SPIKE, &stmt->spike.body);
}

static void check_receive(Check *c, const AstStmt *stmt)
{
    check_params(c, &stmt->receive.params);
    check_body(c, BODY_RECEIVE, &stmt->receive.body);
}

static void check_refractory(Check *c, const AstStmt *stmt)
{
    check_expr(c, stmt->refractory.time, 0);
    check_body(c, BODY_REFRACTORY, &stmt->refractory.body);
    check_body(c, BODY_END, &stmt->refractory.end);
}

static void check_inside(Check *c, const AstStmt *stmt)
{
    switch (stmt->kind) {
    case AST_STATE:
        check_expr(c, stmt->state.value, 0);
        break;
    case AST_FLOW:
        check_expr(c, stmt->flow.value, 0);
        break;
    case AST_ASSIGN:
        check_expr(c, stmt->assign.value, 0);
        break;
    case AST_RECEIVE:
        check_receive(c, stmt);
        break;
    case AST_SPIKE:
        check_spike(c, stmt);
        break;
    case AST_REFRACTORY:
        check_refractory(c, stmt);
        break;
    case AST_EMIT:
        check_expr(c, stmt->emit.time, 0);
        check_expr(c, stmt->emit.condition, 0);
        break;
    case AST_BIAS:
        check_expr(c, stmt->bias.time, 0);
        break;
    case AST_KEEP:
        check_expr(c, stmt->keep.condition, 0);
        break;
    case AST_RESULT:
        check_expr(c, stmt->result.value, 0);
        break;
    }
}

static bool is_word_character(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c < 0;
}

// A name behind a number, on its line, was meant as its unit: `3 volt`.
static bool is_behind_number(const AstExpr *name)
{
    const char *text = name->span.source->text;
    size_t end = name->span.begin;
    while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\t'))
        end--;
    size_t begin = end;
    while (begin > 0 && is_word_character(text[begin - 1]))
        begin--;
    return begin < end && (isdigit((unsigned char)text[begin])
                           || text[begin] == '.');
}

// The name that the statement, an expression, begins with; NULL when it is no
// unit that was mistyped.
static const AstExpr *mistyped_unit(const AstStmt *stmt)
{
    if (stmt->kind != AST_RESULT)
        return NULL;
    const AstExpr *e = stmt->result.value;
    while (e->kind == AST_BINARY && e->span.begin == e->binary.left->span.begin)
        e = e->binary.left;
    return e->kind == AST_NAME && is_behind_number(e) ? e : NULL;
}

static void refuse_stmt(const Check *c, BodyKind body, const AstStmt *stmt)
{
    const AstExpr *unit = mistyped_unit(stmt);
    if (unit != NULL)
        report_unit(c, unit->span, unit->name.name);
    else
        diag_report(c->diags, DIAG_STATEMENT_HERE, statement_place(stmt),
                    statement_text(c, stmt), bodies[body].text,
                    allowed_text(c, body));
}

// One that is refused is not looked into.
static void check_stmt(Check *c, BodyKind body, const AstStmt *stmt)
{
    if (stmt->kind == AST_SPIKE && stmt->spike.condition == NULL)
        diag_report(c->diags, DIAG_SPIKE_NEEDS_WORD, statement_place(stmt));
    else if (bodies[body].allows[stmt->kind])
        check_inside(c, stmt);
    else
        refuse_stmt(c, body, stmt);
}

static void check_body(Check *c, BodyKind kind, const AstStmts *body)
{
    for (size_t i = 0; i < body->count; i++)
        check_stmt(c, kind, body->items[i]);
}

static void report_behind(const Check *c, BodyKind kind, const AstStmt *value,
                          const AstStmt *next)
{
    const AstExpr *unit = mistyped_unit(value);
    if (unit != NULL) {
        report_unit(c, unit->span, unit->name.name);
        return;
    }
    Diag *diag = diag_report(c->diags, DIAG_BEHIND_RESULT,
                             statement_place(next), statement_text(c, next),
                             bodies[kind].text);
    diag_note(diag, value->span, "the value is here");
}

// The value stands last, once. The first statement behind it is reported.
static void check_result(const Check *c, BodyKind kind, const AstDecl *decl)
{
    const AstStmts *body = &decl->body;
    size_t i = 0;
    while (i < body->count && body->items[i]->kind != AST_RESULT)
        i++;
    if (i == body->count)
        diag_report(c->diags, DIAG_NO_RESULT, decl->name.span,
                    strchr(bodies[kind].text, ' ') + 1, decl->name.name);
    else if (i + 1 < body->count)
        report_behind(c, kind, body->items[i], body->items[i + 1]);
}

static void check_braces(Check *c, BodyKind kind, const AstDecl *decl)
{
    size_t before = diags_error_count(c->diags);
    check_body(c, kind, &decl->body);
    if (bodies[kind].allows[AST_RESULT]
        && diags_error_count(c->diags) == before)
        check_result(c, kind, decl);
}

// ---- items ----------------------------------------------------------------

static void missing(const Check *c, Span span, const char *what, Ident name,
                    const char *part, const char *such)
{
    diag_report(c->diags, DIAG_MISSING_PART, span, what, name.name, part,
                arena_printf(c->arena, such, name.name));
}

static void check_exprs(Check *c, const AstExprs *exprs)
{
    for (size_t i = 0; i < exprs->count; i++)
        check_expr(c, exprs->items[i], 0);
}

static void check_input(Check *c, const AstItem *item)
{
    Ident name = item->input.name;
    if (item->input.shape.count == 0 && item->input.times.count == 0)
        missing(c, name.span, "input", name, "size", "input %s[5]");
    check_exprs(c, &item->input.shape);
    check_exprs(c, &item->input.times);
}

static void check_layer(Check *c, const AstItem *item)
{
    Ident name = item->layer.name;
    if (item->layer.shape.count == 0)
        missing(c, name.span, "layer", name, "size", "layer %s[100] : lif");
    else if (item->layer.neuron.name.name == NULL)
        missing(c, name.span, "layer", name, "neuron", "layer %s[100] : lif");
    check_exprs(c, &item->layer.shape);
    check_use(c, &item->layer.neuron);
    check_use(c, &item->layer.solver);
}

static void check_connect(Check *c, const AstItem *item)
{
    if (item->connect.pattern.name.name == NULL)
        missing(c, item->connect.target.span, "connection to",
                item->connect.target, "pattern",
                "... -> %s : dense { weight ~ normal(1, 0.1) }");
    check_use(c, &item->connect.pattern);
    check_args(c, &item->connect.settings, 0);
}

static void check_data(Check *c, const AstItem *item)
{
    check_use(c, &item->data.source);
    check_use(c, &item->data.encoder);
    for (size_t i = 0; i < item->data.transforms.count; i++)
        check_use(c, &item->data.transforms.items[i]);
}

static void check_train(Check *c, const AstItem *item)
{
    for (size_t i = 0; i < item->train.rules.count; i++)
        for (size_t k = 0; k < item->train.rules.items[i].chain.count; k++)
            check_use(c, &item->train.rules.items[i].chain.items[k]);
    check_expr(c, item->train.batch, 0);
    check_expr(c, item->train.epochs, 0);
}

static void check_item(Check *c, const AstItem *item)
{
    switch (item->kind) {
    case AST_DURATION:
        check_expr(c, item->duration.value, 0);
        break;
    case AST_INPUT:
        check_input(c, item);
        break;
    case AST_LAYER:
        check_layer(c, item);
        break;
    case AST_CONNECT:
        check_connect(c, item);
        break;
    case AST_LOSS:
        check_use(c, &item->loss.use);
        break;
    case AST_PREDICT:
        check_expr(c, item->predict.value, 0);
        break;
    case AST_DATA:
        check_data(c, item);
        break;
    case AST_TRAIN:
        check_train(c, item);
        break;
    }
}

// ---- declarations ---------------------------------------------------------

static const signed char body_kinds[] = {
    [AST_FUNCTION] = BODY_FUNCTION,       [AST_NEURON] = BODY_NEURON,
    [AST_LOSS_DECL] = BODY_LOSS_DECL,     [AST_OPTIMIZER] = BODY_OPTIMIZER,
    [AST_ENCODER] = BODY_ENCODER,         [AST_INITIALIZER] = BODY_INITIALIZER,
    [AST_TRANSFORM] = BODY_TRANSFORM,     [AST_CONST] = -1,
    [AST_DATASET] = -1,                   [AST_MODEL] = -1,
};

static void check_decl(Check *c, const AstDecl *decl)
{
    c->is_too_deep = false;
    check_params(c, &decl->params);
    check_unit(c, &decl->unit);
    check_expr(c, decl->value, 0);
    if (body_kinds[decl->kind] >= 0)
        check_braces(c, (BodyKind)body_kinds[decl->kind], decl);
    check_use(c, &decl->reader);
    for (size_t i = 0; i < decl->items.count; i++)
        check_item(c, decl->items.items[i]);
}

void syntax_check(Arena *arena, Diags *diags, const AstFile *file)
{
    Check c = {.arena = arena, .diags = diags};
    for (size_t i = 0; i < file->decls.count; i++)
        check_decl(&c, file->decls.items[i]);
}
