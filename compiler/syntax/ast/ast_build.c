// Builders of units, arguments, statements and lists; ast_build_expr.c has the
// expressions, ast_build_model.c items and declarations.
#include "syntax/ast/ast_build.h"

#include <stdlib.h>
#include <string.h>
#include "syntax/unit.h"

#define ADD(state, list, value)                                       \
    ARENA_PUSH((state)->arena, (list).items, (list).count,            \
               (list).capacity, value)

// ---- units ----------------------------------------------------------------

AstUnit *ast_unit_add(ParseState *state, AstUnit *unit, bool divide,
                      AstUnitFactor *factor)
{
    unit->span = span_join(unit->span, factor->name.span);
    if (strcmp(factor->name.name, "1") == 0)
        return unit;
    AstUnitFactor *items = ARENA_ARRAY(state->arena, AstUnitFactor,
                                       unit->count + 1);
    if (unit->count > 0)
        memcpy(items, unit->factors, unit->count * sizeof *items);
    items[unit->count] = *factor;
    if (divide)
        items[unit->count].numerator *= -1;
    unit->factors = items;
    unit->count++;
    return unit;
}

AstUnit *ast_unit(ParseState *state, AstUnitFactor *factor)
{
    AstUnit *unit = ARENA_NEW(state->arena, AstUnit);
    unit->span = factor->name.span;
    return ast_unit_add(state, unit, false, factor);
}

AstUnitFactor *ast_unit_factor(ParseState *state, Ident name)
{
    AstUnitFactor *factor = ARENA_NEW(state->arena, AstUnitFactor);
    *factor = (AstUnitFactor){name, 1, 1};
    return factor;
}

// What is no small integer becomes an exponent that the syntax check refuses.
static int exponent_value(const AstExpr *number)
{
    const char *text = number->number.text;
    bool is_plain = number->number.unit.count == 0
                    && text[strspn(text, "0123456789")] == '\0';
    double value = number->number.value;
    return is_plain && value <= UNIT_EXPONENT_MAX ? (int)value
                                                  : UNIT_EXPONENT_MAX + 1;
}

AstUnitFactor *ast_unit_power(ParseState *state, AstUnitFactor *factor,
                              bool negative, AstExpr *numerator,
                              AstExpr *denominator)
{
    (void)state;
    Span span = denominator != NULL ? denominator->span : numerator->span;
    factor->name.span = span_join(factor->name.span, span);
    factor->numerator = exponent_value(numerator);
    if (negative)
        factor->numerator *= -1;
    if (denominator != NULL)
        factor->denominator = exponent_value(denominator);
    return factor;
}

AstUnitFactor *ast_unit_one(ParseState *state, AstExpr *number)
{
    bool is_one = strcmp(number->number.text, "1") == 0
                  && number->number.unit.count == 0;
    Name name = is_one ? "1" : number->number.text;
    return ast_unit_factor(state, (Ident){name, number->span});
}

// ---- arguments and parameters ---------------------------------------------

AstArgs ast_args_add(ParseState *state, AstArgs args, AstArg *arg)
{
    ADD(state, args, *arg);
    return args;
}

AstArg *ast_arg(ParseState *state, Span span, Ident name, bool random,
                AstExpr *value, const AstArg *modifiers)
{
    AstArg *arg = ARENA_NEW(state->arena, AstArg);
    *arg = *modifiers;
    arg->name = name;
    arg->random = random;
    arg->value = value;
    arg->span = span;
    return arg;
}

AstUse *ast_use(ParseState *state, Span span, Ident name, AstArgs args)
{
    AstUse *use = ARENA_NEW(state->arena, AstUse);
    *use = (AstUse){name, args, span};
    return use;
}

AstArg *ast_modifiers(ParseState *state)
{
    return ARENA_NEW(state->arena, AstArg);
}

static void set_modifier(ParseState *state, bool *flag, const char *words,
                         Span span)
{
    if (*flag)
        diag_report(state->diags, DIAG_DUPLICATE_MODIFIER, span, words);
    *flag = true;
}

AstArg *ast_modify(ParseState *state, AstArg *modifiers, AstModifier which,
                   Span span)
{
    switch (which) {
    case MODIFIER_LEARNED:
        set_modifier(state, &modifiers->learned, "learned", span);
        break;
    case MODIFIER_FROZEN:
        set_modifier(state, &modifiers->frozen, "frozen", span);
        break;
    }
    return modifiers;
}

AstArg *ast_per(ParseState *state, AstArg *modifiers, Ident per, Span span)
{
    if (modifiers->per.name != NULL)
        diag_report(state->diags, DIAG_DUPLICATE_MODIFIER, span, "per");
    modifiers->per = per;
    return modifiers;
}

AstArg *ast_bound(ParseState *state, AstArg *modifiers, AstExpr *low,
                  AstExpr *high, Span span)
{
    if (modifiers->low != NULL)
        diag_report(state->diags, DIAG_DUPLICATE_MODIFIER, span, "in");
    modifiers->low = low;
    modifiers->high = high;
    return modifiers;
}

AstExprs ast_exprs_add(ParseState *state, AstExprs exprs, AstExpr *expr)
{
    ADD(state, exprs, expr);
    return exprs;
}

AstParams ast_params_add(ParseState *state, AstParams params, AstParam *param)
{
    ADD(state, params, *param);
    return params;
}

AstParam *ast_param(ParseState *state, Span span, Ident name, AstUnit *unit,
                    AstExpr *value)
{
    AstParam *param = ARENA_NEW(state->arena, AstParam);
    *param = (AstParam){.name = name, .has_unit = unit != NULL,
                        .value = value, .span = span};
    if (unit != NULL)
        param->unit = *unit;
    return param;
}

// ---- statements -----------------------------------------------------------

AstStmts ast_stmts_add(ParseState *state, AstStmts stmts, AstStmt *stmt)
{
    if (stmt != NULL)
        ADD(state, stmts, stmt);
    return stmts;
}

AstStmts ast_stmts_join(ParseState *state, AstStmts stmts, AstStmts more)
{
    for (size_t i = 0; i < more.count; i++)
        ADD(state, stmts, more.items[i]);
    return stmts;
}

AstStmts ast_stmts_of(ParseState *state, AstStmt *stmt)
{
    return ast_stmts_add(state, (AstStmts){0}, stmt);
}

static AstStmt *new_stmt(ParseState *state, AstStmtKind kind, Span span)
{
    AstStmt *stmt = ARENA_NEW(state->arena, AstStmt);
    stmt->kind = kind;
    stmt->span = span;
    return stmt;
}

AstStmt *ast_state(ParseState *state, Span span, Ident name, AstExpr *value)
{
    AstStmt *stmt = new_stmt(state, AST_STATE, span);
    stmt->state.name = name;
    stmt->state.value = value;
    return stmt;
}

AstStmt *ast_flow(ParseState *state, Span span, Ident name, AstExpr *value)
{
    AstStmt *stmt = new_stmt(state, AST_FLOW, span);
    stmt->flow.name = name;
    stmt->flow.value = value;
    return stmt;
}

AstStmt *ast_assign(ParseState *state, Span span, Ident name, AstAssignOp op,
                    Span op_span, AstExpr *value)
{
    AstStmt *stmt = new_stmt(state, AST_ASSIGN, span);
    stmt->assign.name = name;
    stmt->assign.op = op;
    stmt->assign.op_span = op_span;
    stmt->assign.value = value;
    return stmt;
}

AstStmt *ast_receive(ParseState *state, Span span, Ident port,
                     AstParams params, AstStmts body)
{
    AstStmt *stmt = new_stmt(state, AST_RECEIVE, span);
    stmt->receive.port = port;
    stmt->receive.params = params;
    stmt->receive.body = body;
    return stmt;
}

AstStmt *ast_spike(ParseState *state, Span span, AstExpr *condition,
                   AstStmts body)
{
    AstStmt *stmt = new_stmt(state, AST_SPIKE, span);
    stmt->spike.condition = condition;
    stmt->spike.body = body;
    return stmt;
}

AstStmt *ast_refractory(ParseState *state, Span span, AstExpr *time,
                        AstStmts body, AstStmts end)
{
    AstStmt *stmt = new_stmt(state, AST_REFRACTORY, span);
    stmt->refractory.time = time;
    stmt->refractory.body = body;
    stmt->refractory.end = end;
    return stmt;
}

AstStmt *ast_spike_bare(ParseState *state, Span spike)
{
    diag_report(state->diags, DIAG_SPIKE_NEEDS_WORD, spike);
    return NULL;
}

AstStmt *ast_emit(ParseState *state, Span span, AstExpr *time,
                  AstExpr *condition)
{
    AstStmt *stmt = new_stmt(state, AST_EMIT, span);
    stmt->emit.time = time;
    stmt->emit.condition = condition;
    return stmt;
}

AstStmt *ast_bias(ParseState *state, Span span, AstExpr *time)
{
    AstStmt *stmt = new_stmt(state, AST_BIAS, span);
    stmt->bias.time = time;
    return stmt;
}

AstStmt *ast_keep(ParseState *state, Span span, AstExpr *condition)
{
    AstStmt *stmt = new_stmt(state, AST_KEEP, span);
    stmt->keep.condition = condition;
    return stmt;
}

AstStmt *ast_result(ParseState *state, AstExpr *value)
{
    AstStmt *stmt = new_stmt(state, AST_RESULT, value->span);
    stmt->result.value = value;
    return stmt;
}
