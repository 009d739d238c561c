// The semantic check: declarations first, each on its own, then the model.
#include "sema/sema.h"

#include <string.h>
#include "sema/build.h"
#include "sema/declare.h"

static Sema sema_new(const SemaInput *input)
{
    Sema sema = {.input = input, .arena = input->arena, .pool = input->pool,
                 .diags = input->diags};
    sema.t_end = expr_symbol(sema.pool, "t_end", "T", AXIS_SCALAR);
    sema.step = expr_symbol(sema.pool, "step", NULL, AXIS_SCALAR);
    sema.epoch = expr_symbol(sema.pool, "epoch", NULL, AXIS_SCALAR);
    sema.time = expr_symbol(sema.pool, "time", "t", AXIS_SCALAR);
    sema.other_time = expr_symbol(sema.pool, "other_time", "t'", AXIS_SCALAR);
    sema.label = expr_symbol(sema.pool, "label", NULL, AXIS_SCALAR);
    return sema;
}

// ---- which model -----------------------------------------------------------

static const AstDecl *only_model(Sema *sema)
{
    const AstDecl *model = NULL;
    for (size_t i = 0; i < sema->n_decls; i++) {
        const AstDecl *decl = sema->decls[i].ast;
        if (decl->kind != AST_MODEL)
            continue;
        if (model) {
            Diag *diag = diag_report(sema->diags, DIAG_SEVERAL_MODELS,
                                     decl->name.span, decl->name.name);
            diag_note(diag, model->name.span, "another model is here");
            return NULL;
        }
        model = decl;
    }
    if (!model)
        diag_report(sema->diags, DIAG_NO_MODEL, SPAN_NONE);
    return model;
}

static const AstDecl *choose_model(Sema *sema)
{
    const char *wanted = sema->input->model_name;
    if (!wanted)
        return only_model(sema);
    for (size_t i = 0; i < sema->n_decls; i++) {
        const AstDecl *decl = sema->decls[i].ast;
        if (decl->kind == AST_MODEL && !strcmp(decl->name.name, wanted))
            return decl;
    }
    Diag *diag =
        diag_report(sema->diags, DIAG_UNKNOWN_MODEL, SPAN_NONE, wanted);
    const char *near = declare_suggest(sema, AST_MODEL, wanted);
    if (near)
        diag_suggest(diag, "did you mean '%s'?", near);
    return NULL;
}

Model *sema_check(const SemaInput *input)
{
    Sema sema = sema_new(input);
    declare_collect(&sema);
    constant_define(&sema);
    for (size_t i = 0; i < sema.n_decls; i++)
        declare_check(&sema, &sema.decls[i]);
    const AstDecl *model = choose_model(&sema);
    if (model)
        build_model(&sema, model);
    return diags_error_count(input->diags) ? NULL : sema.model;
}
