// Declarations: one flat list of all files; kinds are namespaces of their own,
// so that a neuron and an encoder may share a name.
#include "sema/declare.h"

static const char *const kind_texts[] = {
    [AST_CONST] = "constant",       [AST_FUNCTION] = "function",
    [AST_NEURON] = "neuron",        [AST_LOSS_DECL] = "loss",
    [AST_OPTIMIZER] = "optimizer",  [AST_ENCODER] = "encoder",
    [AST_INITIALIZER] = "initializer", [AST_TRANSFORM] = "transform",
    [AST_DATASET] = "dataset",      [AST_MODEL] = "model",
};

typedef void Check(Sema *sema, Declared *declared);

static Check *const checks[] = {
    [AST_CONST] = constant_check,     [AST_FUNCTION] = function_check,
    [AST_NEURON] = neuron_check,      [AST_LOSS_DECL] = loss_check,
    [AST_OPTIMIZER] = optimizer_check, [AST_ENCODER] = encoder_check,
    [AST_INITIALIZER] = initializer_check, [AST_TRANSFORM] = transform_check,
    [AST_DATASET] = dataset_check,    [AST_MODEL] = NULL,
};

// Names are interned: their addresses tell them apart.
static size_t hash(AstDeclKind kind, Name name)
{
    uint64_t key = (uint64_t)(uintptr_t)name + (uint64_t)kind;
    return (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 20);
}

// Where the declaration stands in the index, or would stand.
static Declared **slot(const Sema *sema, AstDeclKind kind, Name name)
{
    size_t mask = sema->index_size - 1;
    for (size_t i = hash(kind, name) & mask;; i = (i + 1) & mask) {
        Declared *d = sema->index[i];
        if (!d || (d->ast->kind == kind && d->ast->name.name == name))
            return &sema->index[i];
    }
}

static Declared *find(const Sema *sema, AstDeclKind kind, Name name)
{
    return *slot(sema, kind, name);
}

// ---- collecting ------------------------------------------------------------

static size_t count_declarations(const AstFile *files)
{
    size_t count = 0;
    for (const AstFile *file = files; file; file = file->next)
        count += file->decls.count;
    return count;
}

static void collect(Sema *sema, const AstDecl *decl)
{
    Declared **at = slot(sema, decl->kind, decl->name.name);
    const Declared *before = *at;
    if (before) {
        Diag *diag = diag_report(sema->diags, DIAG_DUPLICATE, decl->name.span,
                                 kind_texts[decl->kind], decl->name.name);
        diag_note(diag, before->ast->name.span, "first declared here");
    }
    Declared *declared = &sema->decls[sema->n_decls++];
    *declared = (Declared){.ast = decl};
    if (!before)
        *at = declared;
}

void declare_collect(Sema *sema)
{
    const AstFile *files = sema->input->files;
    size_t count = count_declarations(files) + 1;
    sema->decls = ARENA_ARRAY(sema->arena, Declared, count);
    for (sema->index_size = 2; sema->index_size < 2 * count;)
        sema->index_size *= 2;
    sema->index = ARENA_ARRAY(sema->arena, Declared *, sema->index_size);
    for (const AstFile *file = files; file; file = file->next)
        for (size_t i = 0; i < file->decls.count; i++)
            collect(sema, file->decls.items[i]);
}

// ---- checking --------------------------------------------------------------

static void report_recursion(Sema *sema, const Declared *declared)
{
    const AstDecl *decl = declared->ast;
    diag_report(sema->diags, DIAG_RECURSION, decl->name.span,
                kind_texts[decl->kind], decl->name.name);
}

bool declare_check(Sema *sema, Declared *declared)
{
    if (declared->status == DECLARED_CHECKING) {
        report_recursion(sema, declared);
        declared->status = DECLARED_BROKEN;
    }
    if (declared->status != DECLARED_UNCHECKED)
        return declared->status == DECLARED_SOUND;
    Check *check = checks[declared->ast->kind];
    size_t outer_errors = sema->errors;
    size_t outer_expansions = sema->n_expansions;
    bool outer_tainted = sema->is_tainted;
    sema->is_tainted = false;
    sema->n_expansions = 0;
    sema->errors = diags_error_count(sema->diags);
    declared->status = DECLARED_CHECKING;
    if (check)
        check(sema, declared);
    bool is_sound = declare_is_clean(sema) && !sema->is_tainted;
    declared->status = is_sound ? DECLARED_SOUND : DECLARED_BROKEN;
    sema->errors = outer_errors;
    sema->all_expansions += sema->n_expansions;
    sema->n_expansions = outer_expansions;
    sema->is_tainted = outer_tainted;
    return is_sound;
}

bool declare_is_clean(const Sema *sema)
{
    return diags_error_count(sema->diags) == sema->errors;
}

Declared *declare_find(Sema *sema, AstDeclKind kind, Name name)
{
    Declared *declared = find(sema, kind, name);
    if (declared)
        declare_check(sema, declared);
    return declared;
}

const char *declare_suggest(Sema *sema, AstDeclKind kind, Name wrong)
{
    const char *names[256];
    size_t n = 0;
    for (size_t i = 0; i < sema->n_decls && n < 256; i++)
        if (sema->decls[i].ast->kind == kind)
            names[n++] = sema->decls[i].ast->name.name;
    return suggest_name(wrong, names, n);
}

static const Declared *find_any_kind(Sema *sema, Name name)
{
    for (size_t i = 0; i < sema->n_decls; i++)
        if (sema->decls[i].ast->name.name == name)
            return &sema->decls[i];
    return NULL;
}

static void report_unknown(const Env *env, AstDeclKind kind, Ident name)
{
    Diag *diag = REPORT(env, UNKNOWN_DECLARATION, name.span, kind_texts[kind],
                        name.name);
    const char *near = declare_suggest(env->sema, kind, name.name);
    const Declared *other = find_any_kind(env->sema, name.name);
    if (other)
        diag_note(diag, other->ast->name.span, "'%s' is declared as %s here",
                  name.name, kind_texts[other->ast->kind]);
    if (near)
        diag_suggest(diag, "did you mean '%s'?", near);
    else if (!other)
        diag_suggest(diag, "declare it, or import the file that does");
}

Declared *declare_use(const Env *env, AstDeclKind kind, Ident name)
{
    Declared *declared = declare_find(env->sema, kind, name.name);
    if (!declared)
        report_unknown(env, kind, name);
    return declared && declared->status == DECLARED_SOUND ? declared : NULL;
}
