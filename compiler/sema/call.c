// Calls: functions and initialisers are expanded at each use, so that they are
// as polymorphic in dimension as their text. Messages from inside carry a note
// at the use.
#include "sema/argument.h"
#include "sema/neuron/body.h"
#include "sema/declare.h"

// ---- bodies ----------------------------------------------------------------

Value call_body(const Env *env, const AstDecl *decl)
{
    Value result = VALUE_POISONED;
    for (size_t i = 0; i < decl->body.count; i++) {
        const AstStmt *stmt = decl->body.items[i];
        if (stmt->kind == AST_ASSIGN)
            body_assign(env, stmt, true);
        else if (stmt->kind == AST_RESULT)
            result = evaluate(env, stmt->result.value);
    }
    return result;
}

// A chain of functions that each call the last one twice doubles at every link.
// A thousand functions that each lead to its end cost a thousand times that.
static bool has_budget(const Env *env, Ident callee, Span span)
{
    enum { MAX_EXPANSIONS = 100000, MAX_ALL = 5 * MAX_EXPANSIONS };
    Sema *sema = env->sema;
    size_t n = ++sema->n_expansions;
    if (n <= MAX_EXPANSIONS && sema->all_expansions + n <= MAX_ALL)
        return true;
    bool is_first = n == MAX_EXPANSIONS + 1 ||
                    sema->all_expansions + n == MAX_ALL + 1;
    if (is_first && n > MAX_EXPANSIONS)
        diag_report(sema->diags, DIAG_EXPANDS_TOO_FAR, span, callee.name,
                    MAX_EXPANSIONS);
    else if (is_first)
        diag_report(sema->diags, DIAG_EXPANDS_TOO_MUCH, span, callee.name,
                    MAX_ALL);
    return false;
}

// ---- uses ------------------------------------------------------------------

static Value expand(const Env *env, Declared *declared, const AstArgs *args,
                    Span span)
{
    const AstDecl *decl = declared->ast;
    Frame frame;
    Ident callee = decl->name;
    if (!has_budget(env, callee, span))
        return VALUE_POISONED;
    Env inner = env_enter(env, scope_new(env->sema->arena, NULL), callee, span,
                          &frame);
    if (!argument_bind(env, &inner, decl, PARAMETERS_ANY, args, span,
                       argument_supply, NULL))
        return VALUE_POISONED;
    return call_body(&inner, decl);
}

static bool allows_initializers(const Env *env)
{
    return env->context->kind == CONTEXT_INITIAL ||
           env->context->kind == CONTEXT_WEIGHT;
}

static const char *suggest_function(const Env *env, Name wrong)
{
    const Sema *sema = env->sema;
    const char *names[256];
    size_t n = builtin_candidates(names, true);
    for (size_t i = 0; i < sema->n_decls && n < 256; i++) {
        AstDeclKind kind = sema->decls[i].ast->kind;
        if (kind == AST_FUNCTION ||
            (kind == AST_INITIALIZER && allows_initializers(env)))
            names[n++] = sema->decls[i].ast->name.name;
    }
    return suggest_name(wrong, names, n);
}

static Value unknown_function(const Env *env, Ident callee)
{
    Diag *diag = REPORT(env, UNKNOWN_FUNCTION, callee.span, callee.name);
    const char *near = suggest_function(env, callee.name);
    if (near)
        diag_suggest(diag, "did you mean '%s'?", near);
    else if (declare_find(env->sema, AST_INITIALIZER, callee.name))
        diag_suggest(diag, "'%s' is an initializer: it stands behind '~'",
                     callee.name);
    return VALUE_POISONED;
}

// uniform() and gaussian() are draws; with arguments they are initialisers.
Value call_evaluate(const Env *env, const AstExpr *call)
{
    Sema *sema = env->sema;
    Ident callee = call->call.callee;
    const AstArgs *args = &call->call.args;
    Value value;
    bool may_draw = args->count == 0;
    if (may_draw && builtin_call(env, call, &value))
        return value;
    Declared *used = allows_initializers(env)
                         ? declare_find(sema, AST_INITIALIZER, callee.name)
                         : NULL;
    if (!used)
        used = declare_find(sema, AST_FUNCTION, callee.name);
    if (!used && builtin_call(env, call, &value))
        return value;
    if (!used)
        return unknown_function(env, callee);
    if (used->status == DECLARED_BROKEN) {
        sema->is_tainted = true;
        return VALUE_POISONED;
    }
    return expand(env, used, args, call->span);
}

Value call_initializer(const Env *env, Declared *initializer,
                       const AstArgs *args, Span span)
{
    return expand(env, initializer, args, span);
}

// ---- declarations on their own ---------------------------------------------

static void check_body(Sema *sema, Declared *declared, ContextKind kind)
{
    Scope *scope = scope_new(sema->arena, NULL);
    Env env = env_new(sema, kind, scope);
    argument_bind_symbols(&env, declared->ast, PARAMETERS_ANY);
    call_body(&env, declared->ast);
    argument_warn_unused(&env, scope);
}

void function_check(Sema *sema, Declared *declared)
{
    Ident name = declared->ast->name;
    Env env = env_new(sema, CONTEXT_FUNCTION, NULL);
    if (builtin_has_function(name.name))
        REPORT(&env, BUILTIN_REDEFINED, name.span, name.name);
    check_body(sema, declared, CONTEXT_FUNCTION);
}

void initializer_check(Sema *sema, Declared *declared)
{
    check_body(sema, declared, CONTEXT_WEIGHT);
}
