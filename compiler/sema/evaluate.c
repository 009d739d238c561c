// Expressions: dispatch over the syntax, literals and names.
#include "sema/evaluate.h"

#include <math.h>
#include <string.h>
#include "sema/declare.h"

static Value evaluate_literal(const Env *env, const AstExpr *expr)
{
    Sema *sema = env->sema;
    Dimension dimension;
    double scale, number = unit_number_value(expr);
    if (!unit_resolve(&expr->number.unit, &dimension, &scale))
        return VALUE_POISONED;
    Value value = value_number(expr_const(sema->pool, number), dimension);
    value.fits_any = number == 0 && !expr->number.unit.count;
    return value;
}

// ---- names -----------------------------------------------------------------

static const char *suggest_value(const Env *env, Name wrong)
{
    const char *names[256];
    size_t n = builtin_candidates(names, false);
    for (const Scope *scope = env->scope; scope; scope = scope->parent)
        for (const Binding *b = scope->first; b && n < 256; b = b->next)
            names[n++] = b->name;
    const Sema *sema = env->sema;
    for (size_t i = 0; i < sema->n_decls && n < 256; i++)
        if (sema->decls[i].ast->kind == AST_CONST)
            names[n++] = sema->decls[i].ast->name.name;
    return suggest_name(wrong, names, n);
}

static Value unknown_name(const Env *env, Ident name)
{
    Diag *diag = REPORT(env, UNKNOWN_NAME, name.span, name.name);
    const char *near = suggest_value(env, name.name);
    if (near)
        diag_suggest(diag, "did you mean '%s'?", near);
    else if (declare_find(env->sema, AST_FUNCTION, name.name))
        diag_suggest(diag, "'%s' is a function: call it with arguments in "
                           "parentheses", name.name);
    return VALUE_POISONED;
}

static Value evaluate_name(const Env *env, Ident name)
{
    Binding *binding = scope_find(env->scope, name.name);
    if (binding) {
        binding->used = true;
        return binding->value;
    }
    Value value;
    if (builtin_name(env, name, &value))
        return value;
    Declared *constant = declare_find(env->sema, AST_CONST, name.name);
    if (!constant)
        return unknown_name(env, name);
    if (constant->status == DECLARED_SOUND)
        return constant->value;
    env->sema->is_tainted = true;
    return VALUE_POISONED;
}

// ---- the rest --------------------------------------------------------------

// Operands are evaluated one by one: the order of symbols and draws must not
// hang on the C compiler.
static Value evaluate_binary(const Env *env, const AstExpr *expr)
{
    Operand left = evaluate_operand(env, expr->binary.left);
    Operand right = evaluate_operand(env, expr->binary.right);
    return operate(env, expr->binary.op, expr->binary.op_span, left, right);
}

static Value evaluate_if(const Env *env, const AstExpr *expr)
{
    Operand condition = evaluate_operand(env, expr->conditional.condition);
    Operand then = evaluate_operand(env, expr->conditional.then);
    Operand otherwise = evaluate_operand(env, expr->conditional.otherwise);
    return operate_select(env, expr->span, condition, then, otherwise);
}

static Value evaluate_index(const Env *env, const AstExpr *expr)
{
    Operand base = evaluate_operand(env, expr->index.base);
    Operand index = evaluate_operand(env, expr->index.index);
    return operate_index(env, base, index);
}

Operand evaluate_operand(const Env *env, const AstExpr *expr)
{
    return (Operand){evaluate(env, expr), expr ? expr->span : SPAN_NONE};
}

static Value evaluate_kind(const Env *env, const AstExpr *expr)
{
    switch (expr->kind) {
    case AST_NUMBER: return evaluate_literal(env, expr);
    case AST_STRING:
        return (Value){.kind = VALUE_TEXT, .text = expr->string.text};
    case AST_NAME:
        return evaluate_name(env, (Ident){expr->name.name, expr->span});
    case AST_MEMBER: return observe_member(env, expr);
    case AST_UNARY:
        return operate_unary(env, expr->unary.op,
                             evaluate_operand(env, expr->unary.operand));
    case AST_BINARY: return evaluate_binary(env, expr);
    case AST_CALL: return call_evaluate(env, expr);
    case AST_INDEX: return evaluate_index(env, expr);
    case AST_IF: return evaluate_if(env, expr);
    case AST_EXPR_ERROR: break;
    }
    return VALUE_POISONED;
}

// Names and calls lead from one expression into the next: all of them together
// must leave room on the stack.
Value evaluate(const Env *env, const AstExpr *expr)
{
    enum { MAX_DEPTH = 3000 };
    Sema *sema = env->sema;
    if (!expr) // missing: the syntax check has said so
        return VALUE_POISONED;
    if (sema->depth == MAX_DEPTH) {
        diag_report(sema->diags, DIAG_NESTED_TOO_DEEPLY, expr->span);
        return VALUE_POISONED;
    }
    sema->depth++;
    Value value = evaluate_kind(env, expr);
    sema->depth--;
    return value;
}
