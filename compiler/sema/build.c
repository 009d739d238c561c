// The model's items, in an order in which each finds what it needs: duration,
// populations, neurons, projections, losses, prediction, data, training.
#include "sema/build.h"

#include <math.h>
#include "sema/declare.h"

static const double max_batch = 1048576;   // 2^20
static const double max_epochs = 1000000;

// ---- items that may stand once ---------------------------------------------

static const char *const once_texts[] = {
    [AST_DURATION] = "duration", [AST_PREDICT] = "predict",
    [AST_DATA] = "data",         [AST_TRAIN] = "train",
};

static const char *once_text(AstItemKind kind)
{
    size_t count = sizeof once_texts / sizeof *once_texts;
    return (size_t)kind < count ? once_texts[kind] : NULL;
}

static const AstItem *find_item(const AstDecl *model, AstItemKind kind)
{
    for (size_t i = 0; i < model->items.count; i++)
        if (model->items.items[i]->kind == kind)
            return model->items.items[i];
    return NULL;
}

static void check_once(Sema *sema, const AstDecl *model)
{
    for (size_t i = 0; i < model->items.count; i++) {
        const AstItem *item = model->items.items[i];
        if (!once_text(item->kind))
            continue;
        const AstItem *first = find_item(model, item->kind);
        if (first == item)
            continue;
        Diag *diag = diag_report(sema->diags, DIAG_ITEM_TWICE, item->span,
                                 model->name.name, once_text(item->kind));
        diag_note(diag, first->span, "the first one is here");
    }
}

// ---- duration, training ----------------------------------------------------

static void build_duration(Sema *sema, const AstDecl *decl)
{
    Model *model = sema->model;
    model->duration = 1;
    const AstItem *item = find_item(decl, AST_DURATION);
    if (!item) {
        diag_report(sema->diags, DIAG_MISSING_ITEM, decl->name.span,
                    decl->name.name, "duration", "duration 60 ms");
        return;
    }
    Env env = env_new(sema, CONTEXT_CONSTANT, NULL);
    Operand operand = evaluate_operand(&env, item->duration.value);
    operand.value =
        conform(&env, operand, dimension_of_time(), "the duration");
    double duration;
    if (!conform_constant(&env, operand, "the duration", &duration))
        return;
    if (duration > 0)
        model->duration = duration;
    else
        REPORT(&env, BAD_DURATION, operand.span, duration);
}

static uint32_t build_count(Sema *sema, const AstExpr *expr, const char *what,
                            double most, uint32_t fallback)
{
    if (!expr)
        return fallback;
    Env env = env_new(sema, CONTEXT_CONSTANT, NULL);
    Operand operand = evaluate_operand(&env, expr);
    operand.value = conform(&env, operand, dimension_none(), what);
    double count;
    if (!conform_constant(&env, operand, what, &count))
        return fallback;
    if (count >= 1 && count <= most && floor(count) == count)
        return (uint32_t)count;
    REPORT(&env, BAD_COUNT, operand.span, what, most, count);
    return fallback;
}

static void build_training(Sema *sema, const AstDecl *decl)
{
    Model *model = sema->model;
    const AstItem *item = find_item(decl, AST_TRAIN);
    model->batch = 32;
    model->epochs = 10;
    if (!item)
        return;
    model->batch = build_count(sema, item->train.batch, "the batch size",
                               max_batch, model->batch);
    model->epochs = build_count(sema, item->train.epochs,
                                "the number of epochs", max_epochs,
                                model->epochs);
    optimizer_use(sema, &item->train.rules);
}

// ---- data ------------------------------------------------------------------

static void build_data(Sema *sema, const AstDecl *decl)
{
    const AstItem *item = find_item(decl, AST_DATA);
    if (!item)
        return;
    Data *data = ARENA_NEW(sema->arena, Data);
    dataset_use(sema, &item->data.source, data);
    if (item->data.encoder.name.name)
        data->encoder = encoder_use(sema, &item->data.encoder);
    const AstUses *uses = &item->data.transforms;
    data->transforms = ARENA_ARRAY(sema->arena, Transform, uses->count + 1);
    for (size_t i = 0; i < uses->count; i++)
        data->n_transforms += transform_use(
            sema, &uses->items[i], &data->transforms[data->n_transforms]);
    sema->model->data = data;
}

// ---- losses and prediction -------------------------------------------------

static void build_loss(Sema *sema, const AstDecl *decl, Scope *scope)
{
    bool has_loss = false;
    for (size_t i = 0; i < decl->items.count; i++) {
        const AstItem *item = decl->items.items[i];
        if (item->kind != AST_LOSS)
            continue;
        has_loss = true;
        loss_add(sema, item, scope);
    }
    if (!has_loss)
        diag_report(sema->diags, DIAG_NO_LOSS, decl->name.span,
                    decl->name.name);
    if (!sema->model->loss)
        sema->model->loss = expr_const(sema->pool, 0);
    hyper_settle(sema);
    const AstItem *predict = find_item(decl, AST_PREDICT);
    if (predict)
        loss_predict(sema, predict, scope);
}

static void build_projections(Sema *sema, const AstDecl *decl)
{
    sema->model->projections =
        ARENA_ARRAY(sema->arena, Projection *, decl->items.count + 1);
    for (size_t i = 0; i < decl->items.count; i++)
        if (decl->items.items[i]->kind == AST_CONNECT)
            projection_add(sema, decl->items.items[i]);
    projection_share(sema);
}

void build_model(Sema *sema, const AstDecl *decl)
{
    Model *model = ARENA_NEW(sema->arena, Model);
    sema->model = model;
    *model = (Model){.arena = sema->arena, .pool = sema->pool,
                     .name = decl->name.name, .label = sema->label,
                     .step = sema->step, .epoch = sema->epoch,
                     .time = sema->time, .other_time = sema->other_time};
    Scope *scope = scope_new(sema->arena, NULL);
    check_once(sema, decl);
    build_duration(sema, decl);
    sema->t_end = expr_const(sema->pool, model->duration);
    population_declare(sema, decl, scope);
    population_fill(sema, decl, scope);
    build_projections(sema, decl);
    if (diags_error_count(sema->diags) == 0)
        projection_warn(sema);
    build_loss(sema, decl, scope);
    build_data(sema, decl);
    build_training(sema, decl);
}
