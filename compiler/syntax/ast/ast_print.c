// Prints files, declarations and statements (ast_print.h).
#include "syntax/ast/ast_print.h"

static void print_stmts(const AstStmts *stmts, int depth, FILE *out);

static void indent(int depth, FILE *out)
{
    fprintf(out, "%*s", depth * AST_PRINT_STEP, "");
}

// ---- parameters -----------------------------------------------------------

static void print_type(bool has_unit, const AstUnit *unit, FILE *out)
{
    if (!has_unit)
        return;
    fputs(" : ", out);
    ast_print_unit(unit, out);
}

static void print_value(const AstExpr *value, FILE *out)
{
    if (value == NULL)
        return;
    fputs(" = ", out);
    ast_print_expr(value, out);
}

static void print_params(const AstParams *params, FILE *out)
{
    fputc('(', out);
    for (size_t i = 0; i < params->count; i++) {
        const AstParam *param = &params->items[i];
        fprintf(out, "%s%s", i > 0 ? ", " : "", param->name.name);
        print_type(param->has_unit, &param->unit, out);
        print_value(param->value, out);
    }
    fputc(')', out);
}

// ---- statements -----------------------------------------------------------

static void print_assign(const AstStmt *stmt, FILE *out)
{
    static const char *const texts[] = {
        [AST_SET] = "=",           [AST_ADD_TO] = "+=",
        [AST_DIVIDE_BY] = "/=",    [AST_SUBTRACT_FROM] = "-=",
        [AST_MULTIPLY_BY] = "*=",
    };
    fprintf(out, "%s %s ", stmt->assign.name.name, texts[stmt->assign.op]);
    ast_print_expr(stmt->assign.value, out);
}

// `{ v = 0 }` for a single assignment, else lines.
static void print_block(const AstStmts *body, int depth, FILE *out)
{
    if (body->count == 0) {
        fputs(" {}", out);
    } else if (body->count == 1 && body->items[0]->kind == AST_ASSIGN) {
        fputs(" { ", out);
        print_assign(body->items[0], out);
        fputs(" }", out);
    } else {
        fputs(" {\n", out);
        print_stmts(body, depth + 1, out);
        indent(depth, out);
        fputc('}', out);
    }
}

static void print_receive(const AstStmt *stmt, int depth, FILE *out)
{
    fputs("receive", out);
    if (stmt->receive.port.name != NULL)
        fprintf(out, " %s", stmt->receive.port.name);
    print_params(&stmt->receive.params, out);
    print_block(&stmt->receive.body, depth, out);
}

static void print_condition(const AstExpr *condition, FILE *out)
{
    if (condition == NULL)
        return;
    fputs(" when ", out);
    ast_print_expr(condition, out);
}

static void print_spike(const AstStmt *stmt, int depth, FILE *out)
{
    fputs("spike", out);
    print_condition(stmt->spike.condition, out);
    print_block(&stmt->spike.body, depth, out);
}

static void print_refractory(const AstStmt *stmt, int depth, FILE *out)
{
    fputs("refractory for ", out);
    ast_print_expr(stmt->refractory.time, out);
    print_block(&stmt->refractory.body, depth, out);
    if (stmt->refractory.end.count == 0)
        return;
    fputs(" then", out);
    print_block(&stmt->refractory.end, depth, out);
}

static void print_emit(const AstStmt *stmt, FILE *out)
{
    fputs("spike at ", out);
    ast_print_expr(stmt->emit.time, out);
    print_condition(stmt->emit.condition, out);
}

static void print_stmt(const AstStmt *stmt, int depth, FILE *out)
{
    switch (stmt->kind) {
    case AST_STATE:
        fprintf(out, "state %s", stmt->state.name.name);
        print_value(stmt->state.value, out);
        break;
    case AST_FLOW:
        fprintf(out, "%s'", stmt->flow.name.name);
        print_value(stmt->flow.value, out);
        break;
    case AST_ASSIGN:
        print_assign(stmt, out);
        break;
    case AST_RECEIVE:
        print_receive(stmt, depth, out);
        break;
    case AST_SPIKE:
        print_spike(stmt, depth, out);
        break;
    case AST_REFRACTORY:
        print_refractory(stmt, depth, out);
        break;
    case AST_EMIT:
        print_emit(stmt, out);
        break;
    case AST_BIAS:
        fputs("bias at ", out);
        ast_print_expr(stmt->bias.time, out);
        break;
    case AST_KEEP:
        fputs("keep", out);
        print_condition(stmt->keep.condition, out);
        break;
    case AST_RESULT:
        ast_print_expr(stmt->result.value, out);
        break;
    }
}

static void print_stmts(const AstStmts *stmts, int depth, FILE *out)
{
    for (size_t i = 0; i < stmts->count; i++) {
        const AstStmt *stmt = stmts->items[i];
        indent(depth, out);
        if (i > 0 && stmt->kind == AST_RESULT)
            ast_print_result(stmt->result.value, out);
        else
            print_stmt(stmt, depth, out);
        fputc('\n', out);
    }
}

// ---- declarations ---------------------------------------------------------

static void print_const(const AstDecl *decl, FILE *out)
{
    print_type(decl->has_unit, &decl->unit, out);
    print_value(decl->value, out);
    fputc('\n', out);
}

static void print_dataset(const AstDecl *decl, FILE *out)
{
    if (decl->params.count > 0)
        print_params(&decl->params, out);
    fputs(" = ", out);
    ast_print_use(&decl->reader, out);
    fputc('\n', out);
}

static void print_model(const AstDecl *decl, FILE *out)
{
    fputs(" {\n", out);
    for (size_t i = 0; i < decl->items.count; i++)
        ast_print_item(decl->items.items[i], out);
    fputs("}\n", out);
}

static void print_body(const AstDecl *decl, FILE *out)
{
    if (decl->params.count > 0 || decl->kind == AST_FUNCTION)
        print_params(&decl->params, out);
    fputs(" {\n", out);
    print_stmts(&decl->body, 1, out);
    fputs("}\n", out);
}

// What has a short form: `function half(x) = x / 2`.
static void print_formula(const AstDecl *decl, FILE *out)
{
    const AstStmts *body = &decl->body;
    if (body->count != 1 || body->items[0]->kind != AST_RESULT) {
        print_body(decl, out);
        return;
    }
    if (decl->params.count > 0 || decl->kind == AST_FUNCTION)
        print_params(&decl->params, out);
    print_value(body->items[0]->result.value, out);
    fputc('\n', out);
}

static const struct {
    const char *word;
    void (*print)(const AstDecl *, FILE *);
} kinds[] = {
    [AST_CONST] = {"const", print_const},
    [AST_FUNCTION] = {"function", print_formula},
    [AST_NEURON] = {"neuron", print_body},
    [AST_LOSS_DECL] = {"loss", print_body},
    [AST_OPTIMIZER] = {"optimizer", print_body},
    [AST_ENCODER] = {"encoder", print_body},
    [AST_INITIALIZER] = {"initializer", print_formula},
    [AST_TRANSFORM] = {"transform", print_body},
    [AST_DATASET] = {"dataset", print_dataset},
    [AST_MODEL] = {"model", print_model},
};

static void print_decl(const AstDecl *decl, FILE *out)
{
    if (decl->doc != NULL)
        fputs(decl->doc, out);
    fprintf(out, "%s %s", kinds[decl->kind].word, decl->name.name);
    kinds[decl->kind].print(decl, out);
}

// ---- the file -------------------------------------------------------------

// Constants that follow each other stay together.
static bool are_apart(const AstDecl *above, const AstDecl *below)
{
    return above->kind != AST_CONST || below->kind != AST_CONST
           || below->doc != NULL;
}

void ast_print(const AstFile *file, FILE *out)
{
    for (size_t i = 0; i < file->n_imports; i++) {
        fputs("import ", out);
        ast_print_string(file->imports[i].path, out);
        fputc('\n', out);
    }
    for (size_t i = 0; i < file->decls.count; i++) {
        const AstDecl *decl = file->decls.items[i];
        if (i > 0 ? are_apart(file->decls.items[i - 1], decl)
                  : file->n_imports > 0)
            fputc('\n', out);
        print_decl(decl, out);
    }
}
