// Assignments of bodies: resets, arrivals, optimiser steps, local definitions.
#include "sema/neuron/body.h"

static const char *suggest_target(const Env *env, Name wrong)
{
    const char *names[64];
    size_t n = 0;
    for (const Scope *scope = env->scope; scope; scope = scope->parent)
        for (const Binding *b = scope->first; b && n < 64; b = b->next)
            if (b->assignable)
                names[n++] = b->name;
    return suggest_name(wrong, names, n);
}

static AstOperator assign_operator(AstAssignOp op)
{
    switch (op) {
    case AST_ADD_TO: return AST_OP_ADD;
    case AST_SUBTRACT_FROM: return AST_OP_SUBTRACT;
    case AST_MULTIPLY_BY: return AST_OP_MULTIPLY;
    default: return AST_OP_DIVIDE;
    }
}

static void define(const Env *env, Ident name, Operand operand)
{
    // A local name keeps its value whatever it is: number, truth or poison.
    scope_add(env->sema->arena, env->scope, name.name, name.span,
              "local name", operand.value);
}

static void update(const Env *env, const AstStmt *stmt, Binding *target,
                   Operand operand)
{
    Ident name = stmt->assign.name;
    Value old = target->value;
    target->used = true;
    if (stmt->assign.op != AST_SET)
        operand.value =
            operate(env, assign_operator(stmt->assign.op),
                    stmt->assign.op_span, (Operand){old, name.span}, operand);
    if (value_is_poison(old) || value_is_poison(operand.value))
        return;
    const char *what =
        arena_printf(env->sema->arena, "%s '%s'", target->what, name.name);
    Value value = conform(env, operand, old.dimension, what);
    if (!value_is_poison(value))
        value = conform_scalar(env, (Operand){value, operand.span}, what);
    if (!value_is_poison(value))
        target->value = value;
}

static void reject_target(const Env *env, Ident name, const Binding *target)
{
    if (target) {
        Diag *diag = REPORT(env, NOT_ASSIGNABLE, name.span, name.name,
                            target->what);
        diag_note(diag, target->span, "declared here");
        return;
    }
    Diag *diag = REPORT(env, UNKNOWN_TARGET, name.span, name.name);
    const char *near = suggest_target(env, name.name);
    if (near)
        diag_suggest(diag, "did you mean '%s'?", near);
}

void body_assign(const Env *env, const AstStmt *stmt, bool may_define)
{
    Ident name = stmt->assign.name;
    Operand operand = evaluate_operand(env, stmt->assign.value);
    Binding *target = scope_find(env->scope, name.name);
    if (target && target->assignable)
        update(env, stmt, target, operand);
    else if (!target && may_define && stmt->assign.op == AST_SET)
        define(env, name, operand);
    else
        reject_target(env, name, target);
}

Scope *body_scope(Sema *sema, Scope *scope)
{
    Scope *body = scope_new(sema->arena, scope);
    for (const Scope *s = scope; s; s = s->parent)
        for (const Binding *b = s->first; b; b = b->next)
            if (b->assignable && !scope_find_here(body, b->name))
                scope_add(sema->arena, body, b->name, b->span, b->what,
                          b->value)
                    ->assignable = true;
    return body;
}
