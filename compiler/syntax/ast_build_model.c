// Builders of items and declarations.
#include "syntax/ast_build.h"

#define ADD(state, list, value)                                                \
    ARENA_PUSH((state)->arena, (list).items, (list).count, (list).capacity,    \
               value)
static AstItem *mi(ParseState *st, AstItemKind k, Span s)
{
    AstItem *i = ARENA_NEW(st->arena, AstItem);
    i->kind = k;
    i->span = s;
    return i;
}
AstItems ast_items_add(ParseState *st, AstItems items, AstItem *i)
{
    if (i)
        ADD(st, items, i);
    return items;
}
AstItem *ast_duration(ParseState *st, Span s, AstExpr *v)
{
    AstItem *i = mi(st, AST_DURATION, s);
    i->duration.value = v;
    return i;
}
AstItem *ast_input(ParseState *st, Span s, Ident n, AstExpr *z)
{
    AstItem *i = mi(st, AST_INPUT, s);
    i->input.name = n;
    i->input.size = z;
    return i;
}
AstItem *ast_layer(ParseState *st, Span s, Ident n, AstExpr *z, AstUse *u)
{
    AstItem *i = mi(st, AST_LAYER, s);
    i->layer.name = n;
    i->layer.size = z;
    if (u)
        i->layer.neuron = *u;
    return i;
}
AstItem *ast_connect(ParseState *st, Ident a, Ident b, Ident p, Ident n)
{
    AstItem *i = mi(st, AST_CONNECT, a.span);
    i->connect.source = a;
    i->connect.target = b;
    i->connect.port = p;
    i->connect.name = n;
    return i;
}
AstItem *ast_connect_pattern(AstItem *i, Span s, Ident p, AstArgs a)
{
    i->span = s;
    i->connect.pattern = p;
    i->connect.settings = a;
    return i;
}
AstItem *ast_loss(ParseState *st, Span s, AstUse *u)
{
    AstItem *i = mi(st, AST_LOSS, s);
    i->loss.use = *u;
    return i;
}
AstItem *ast_predict(ParseState *st, Span s, bool m, AstExpr *v)
{
    AstItem *i = mi(st, AST_PREDICT, s);
    i->predict.maximum = m;
    i->predict.value = v;
    return i;
}
AstItem *ast_data(ParseState *st, Span s, AstUse *u)
{
    AstItem *i = mi(st, AST_DATA, s);
    i->data.source = *u;
    return i;
}
AstItem *ast_data_encoded(AstItem *i, Span s, AstUse *u)
{
    i->span = s;
    i->data.encoder = *u;
    return i;
}
AstItem *ast_data_transformed(ParseState *st, AstItem *i, Span s, AstUse *u)
{
    i->span = s;
    ADD(st, i->data.transforms, *u);
    return i;
}
AstItem *ast_train(ParseState *st)
{
    return mi(st, AST_TRAIN, SPAN_NONE);
}
AstItem *ast_train_optimizer(ParseState *st, AstItem *i, Span w, AstUse *u)
{
    (void)st;
    (void)w;
    i->train.optimizer = *u;
    return i;
}
AstItem *ast_train_batch(ParseState *st, AstItem *i, Span w, AstExpr *v)
{
    (void)st;
    (void)w;
    i->train.batch = v;
    return i;
}
AstItem *ast_train_epochs(ParseState *st, AstItem *i, Span w, AstExpr *v)
{
    (void)st;
    (void)w;
    i->train.epochs = v;
    return i;
}
AstItem *ast_item_spanned(AstItem *i, Span s)
{
    i->span = s;
    return i;
}
static AstDecl *md(ParseState *st, AstDeclKind k, Span s, Ident n)
{
    AstDecl *d = ARENA_NEW(st->arena, AstDecl);
    d->kind = k;
    d->span = s;
    d->name = n;
    return d;
}
AstDecl *ast_const(ParseState *st, Span s, Ident n, AstUnit *u, AstExpr *v)
{
    AstDecl *d = md(st, AST_CONST, s, n);
    if (u) {
        d->has_unit = true;
        d->unit = *u;
    }
    d->value = v;
    return d;
}
AstDecl *ast_decl(ParseState *st, AstDeclKind k, Span s, Ident n, AstParams p,
                  AstStmts b)
{
    AstDecl *d = md(st, k, s, n);
    d->params = p;
    d->body = b;
    return d;
}
AstDecl *ast_dataset(ParseState *st, Span s, Ident n, AstParams p, AstUse *r)
{
    AstDecl *d = md(st, AST_DATASET, s, n);
    d->params = p;
    if (r)
        d->reader = *r;
    return d;
}
AstDecl *ast_model(ParseState *st, Span s, Ident n, AstItems i)
{
    AstDecl *d = md(st, AST_MODEL, s, n);
    d->items = i;
    return d;
}
void ast_file_add(ParseState *st, AstDecl *d)
{
    if (!d)
        return;
    d->doc = ast_doc_above(st->arena, d->span);
    ADD(st, st->file->decls, d);
}
void ast_file_import(ParseState *st, Span s, const char *p)
{
    AstImport im = {p, s};
    ARENA_PUSH(st->arena, st->file->imports, st->file->n_imports,
               st->file->imports_capacity, im);
}
