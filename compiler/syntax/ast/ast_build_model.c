// Builders of items and declarations.
#include "syntax/ast/ast_build.h"

#define ADD(state, list, value)                                                \
    ARENA_PUSH((state)->arena, (list).items, (list).count, (list).capacity,    \
               value)

static AstItem *item_new(ParseState *state, AstItemKind kind, Span span)
{
    AstItem *item = ARENA_NEW(state->arena, AstItem);
    item->kind = kind;
    item->span = span;
    return item;
}

AstItems ast_items_add(ParseState *state, AstItems items, AstItem *item)
{
    if (item)
        ADD(state, items, item);
    return items;
}

AstItem *ast_duration(ParseState *state, Span span, AstExpr *value)
{
    AstItem *item = item_new(state, AST_DURATION, span);
    item->duration.value = value;
    return item;
}

AstItem *ast_input(ParseState *state, Span span, Ident name, AstExprs shape)
{
    AstItem *item = item_new(state, AST_INPUT, span);
    item->input.name = name;
    item->input.shape = shape;
    return item;
}

AstItem *ast_input_at(ParseState *state, Span span, Ident name, AstExprs times)
{
    AstItem *item = item_new(state, AST_INPUT, span);
    item->input.name = name;
    item->input.times = times;
    return item;
}

AstItem *ast_layer(ParseState *state, Span span, Ident name, AstExprs shape,
                   AstUse *use)
{
    AstItem *item = item_new(state, AST_LAYER, span);
    item->layer.name = name;
    item->layer.shape = shape;
    if (use)
        item->layer.neuron = *use;
    return item;
}

AstItem *ast_layer_solved(AstItem *item, AstUse *solver)
{
    item->layer.solver = *solver;
    return item;
}

AstItem *ast_connect(ParseState *state, Ident source, Ident target, Ident port,
                     Ident name)
{
    AstItem *item = item_new(state, AST_CONNECT, source.span);
    item->connect.source = source;
    item->connect.target = target;
    item->connect.port = port;
    item->connect.name = name;
    return item;
}

AstItem *ast_connect_pattern(AstItem *item, Span span, const AstUse *pattern,
                             Ident without, AstArgs settings)
{
    item->span = span;
    item->connect.pattern = *pattern;
    item->connect.without = without;
    item->connect.settings = settings;
    return item;
}

AstItem *ast_loss(ParseState *state, Span span, AstUse *use)
{
    AstItem *item = item_new(state, AST_LOSS, span);
    item->loss.use = *use;
    return item;
}

AstItem *ast_predict(ParseState *state, Span span, bool maximum, AstExpr *value)
{
    AstItem *item = item_new(state, AST_PREDICT, span);
    item->predict.maximum = maximum;
    item->predict.value = value;
    return item;
}

AstItem *ast_data(ParseState *state, Span span, AstUse *use)
{
    AstItem *item = item_new(state, AST_DATA, span);
    item->data.source = *use;
    return item;
}

AstItem *ast_data_encoded(AstItem *item, Span span, AstUse *use)
{
    item->span = span;
    item->data.encoder = *use;
    return item;
}

AstItem *ast_data_transformed(ParseState *state, AstItem *item, Span span,
                              AstUse *use)
{
    item->span = span;
    ADD(state, item->data.transforms, *use);
    return item;
}

AstItem *ast_train(ParseState *state)
{
    return item_new(state, AST_TRAIN, SPAN_NONE);
}

static void once(ParseState *state, bool is_first, const char *word, Span span)
{
    if (!is_first)
        diag_report(state->diags, DIAG_DUPLICATE_MODIFIER, span, word);
}

AstUses ast_uses_add(ParseState *state, AstUses uses, AstUse *use)
{
    ADD(state, uses, *use);
    return uses;
}

AstTargets ast_targets_add(ParseState *state, AstTargets targets,
                           AstTarget target)
{
    ADD(state, targets, target);
    return targets;
}

static bool has_general_rule(const AstItem *item)
{
    for (size_t i = 0; i < item->train.rules.count; i++)
        if (item->train.rules.items[i].targets.count == 0)
            return true;
    return false;
}

AstItem *ast_train_optimizer(ParseState *state, AstItem *item, Span word,
                             AstUses chain, AstTargets targets)
{
    bool is_first = targets.count > 0 || !has_general_rule(item);
    once(state, is_first, "optimizer", word);
    AstRule rule = {chain, targets, word};
    ADD(state, item->train.rules, rule);
    return item;
}

AstItem *ast_train_batch(ParseState *state, AstItem *item, Span word,
                         AstExpr *value)
{
    once(state, !item->train.batch, "batch", word);
    item->train.batch = value;
    return item;
}

AstItem *ast_train_epochs(ParseState *state, AstItem *item, Span word,
                          AstExpr *value)
{
    once(state, !item->train.epochs, "epochs", word);
    item->train.epochs = value;
    return item;
}

AstItem *ast_item_spanned(AstItem *item, Span span)
{
    item->span = span;
    return item;
}

static AstDecl *decl_new(ParseState *state, AstDeclKind kind, Span span,
                         Ident name)
{
    AstDecl *decl = ARENA_NEW(state->arena, AstDecl);
    decl->kind = kind;
    decl->span = span;
    decl->name = name;
    return decl;
}

AstDecl *ast_const(ParseState *state, Span span, Ident name, AstUnit *unit,
                   AstExpr *value)
{
    AstDecl *decl = decl_new(state, AST_CONST, span, name);
    if (unit) {
        decl->has_unit = true;
        decl->unit = *unit;
    }
    decl->value = value;
    return decl;
}

AstDecl *ast_decl(ParseState *state, AstDeclKind kind, Span span, Ident name,
                  AstParams params, AstStmts body)
{
    AstDecl *decl = decl_new(state, kind, span, name);
    decl->params = params;
    decl->body = body;
    return decl;
}

AstDecl *ast_dataset(ParseState *state, Span span, Ident name, AstParams params,
                     AstUse *reader)
{
    AstDecl *decl = decl_new(state, AST_DATASET, span, name);
    decl->params = params;
    if (reader)
        decl->reader = *reader;
    return decl;
}

AstDecl *ast_model(ParseState *state, Span span, Ident name, AstItems items)
{
    AstDecl *decl = decl_new(state, AST_MODEL, span, name);
    decl->items = items;
    return decl;
}

void ast_file_add(ParseState *state, AstDecl *decl)
{
    if (!decl)
        return;
    decl->doc = ast_doc_above(state->arena, decl->span);
    ADD(state, state->file->decls, decl);
}

void ast_file_import(ParseState *state, Span span, const char *path)
{
    AstImport import = {path, span};
    ARENA_PUSH(state->arena, state->file->imports, state->file->n_imports,
               state->file->imports_capacity, import);
}
