// Prints the items of a model (ast_print.h).
#include "syntax/ast/ast_print.h"

static void indent(int depth, FILE *out)
{
    fprintf(out, "%*s", depth * AST_PRINT_STEP, "");
}

static void print_shape(const AstExprs *shape, FILE *out)
{
    for (size_t i = 0; i < shape->count; i++) {
        fputs(i == 0 ? "[" : ", ", out);
        ast_print_expr(shape->items[i], out);
    }
    if (shape->count > 0)
        fputc(']', out);
}

static void print_times(const AstExprs *times, FILE *out)
{
    for (size_t i = 0; i < times->count; i++) {
        fputs(i == 0 ? " at " : ", ", out);
        ast_print_expr(times->items[i], out);
    }
}

static void print_duration(const AstItem *item, FILE *out)
{
    fputs("duration ", out);
    ast_print_expr(item->duration.value, out);
}

static void print_input(const AstItem *item, FILE *out)
{
    fprintf(out, "input %s", item->input.name.name);
    print_shape(&item->input.shape, out);
    print_times(&item->input.times, out);
}

static void print_layer(const AstItem *item, FILE *out)
{
    fprintf(out, "layer %s", item->layer.name.name);
    print_shape(&item->layer.shape, out);
    if (item->layer.neuron.name.name == NULL)
        return;
    fputs(" : ", out);
    ast_print_use(&item->layer.neuron, out);
    if (item->layer.solver.name.name == NULL)
        return;
    fputs(" solved by ", out);
    ast_print_use(&item->layer.solver, out);
}

// ---- connections ----------------------------------------------------------

static void print_setting_lines(const AstArgs *settings, FILE *out)
{
    fputs(" {\n", out);
    for (size_t i = 0; i < settings->count; i++) {
        indent(2, out);
        ast_print_arg(&settings->items[i], out);
        fputc('\n', out);
    }
    indent(1, out);
    fputc('}', out);
}

static void print_settings(const AstArgs *settings, FILE *out)
{
    if (settings->count > 1) {
        print_setting_lines(settings, out);
    } else if (settings->count == 1) {
        fputs(" { ", out);
        ast_print_arg(&settings->items[0], out);
        fputs(" }", out);
    }
}

static void print_connect(const AstItem *item, FILE *out)
{
    fprintf(out, "connect %s -> %s", item->connect.source.name,
            item->connect.target.name);
    if (item->connect.port.name != NULL)
        fprintf(out, ".%s", item->connect.port.name);
    if (item->connect.name.name != NULL)
        fprintf(out, " as %s", item->connect.name.name);
    if (item->connect.pattern.name.name == NULL)
        return;
    fputs(" : ", out);
    ast_print_use(&item->connect.pattern, out);
    if (item->connect.without.name != NULL)
        fprintf(out, " without %s", item->connect.without.name);
    print_settings(&item->connect.settings, out);
}

// ---- training -------------------------------------------------------------

static void print_loss(const AstItem *item, FILE *out)
{
    fputs("loss ", out);
    ast_print_use(&item->loss.use, out);
}

static void print_predict(const AstItem *item, FILE *out)
{
    fputs(item->predict.maximum ? "predict argmax " : "predict argmin ", out);
    ast_print_expr(item->predict.value, out);
}

// A line that goes on with the item above.
static void print_more(const char *words, const AstUse *use, FILE *out)
{
    fputc('\n', out);
    indent(2, out);
    fputs(words, out);
    ast_print_use(use, out);
}

static void print_data(const AstItem *item, FILE *out)
{
    fputs("data ", out);
    ast_print_use(&item->data.source, out);
    if (item->data.encoder.name.name != NULL)
        print_more("encoded by ", &item->data.encoder, out);
    for (size_t i = 0; i < item->data.transforms.count; i++)
        print_more("transformed by ", &item->data.transforms.items[i], out);
}

static void print_amount(const char *word, const AstExpr *value, FILE *out)
{
    if (value == NULL)
        return;
    fputc('\n', out);
    indent(2, out);
    fputs(word, out);
    ast_print_expr(value, out);
}

static void print_targets(const AstTargets *targets, FILE *out)
{
    for (size_t i = 0; i < targets->count; i++) {
        const AstTarget *target = &targets->items[i];
        fprintf(out, "%s%s", i > 0 ? ", " : " for ", target->owner.name);
        if (target->member.name != NULL)
            fprintf(out, ".%s", target->member.name);
    }
}

static void print_rule(const AstRule *rule, FILE *out)
{
    for (size_t i = 0; i < rule->chain.count; i++) {
        if (i == 0) {
            print_more("optimizer ", &rule->chain.items[i], out);
            continue;
        }
        fputs(" then ", out);
        ast_print_use(&rule->chain.items[i], out);
    }
    print_targets(&rule->targets, out);
}

static void print_train(const AstItem *item, FILE *out)
{
    fputs("train {", out);
    for (size_t i = 0; i < item->train.rules.count; i++)
        print_rule(&item->train.rules.items[i], out);
    print_amount("batch ", item->train.batch, out);
    print_amount("epochs ", item->train.epochs, out);
    fputc('\n', out);
    indent(1, out);
    fputc('}', out);
}

void ast_print_item(const AstItem *item, FILE *out)
{
    static void (*const printers[])(const AstItem *, FILE *) = {
        [AST_DURATION] = print_duration, [AST_INPUT] = print_input,
        [AST_LAYER] = print_layer,       [AST_CONNECT] = print_connect,
        [AST_LOSS] = print_loss,         [AST_PREDICT] = print_predict,
        [AST_DATA] = print_data,         [AST_TRAIN] = print_train,
    };
    indent(1, out);
    printers[item->kind](item, out);
    fputc('\n', out);
}
