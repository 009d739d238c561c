// --emit=ast: a file as source that parses to the same tree. The layout is one
// and the same for all; comments are dropped, but for those just above a
// declaration (AstDecl.doc).
#ifndef SNNC_SYNTAX_AST_PRINT_H
#define SNNC_SYNTAX_AST_PRINT_H

#include <stdio.h>
#include "syntax/ast.h"

#define AST_PRINT_STEP 4 // blanks of a level of indentation

void ast_print(const AstFile *file, FILE *out);

// ---- parts (ast_print_expr.c, ast_print_model.c) --------------------------

void ast_print_expr(const AstExpr *expr, FILE *out);
// As a line below another statement, with which it must not go on.
void ast_print_result(const AstExpr *expr, FILE *out);
// `text` between quotes, escaped.
void ast_print_string(const char *text, FILE *out);
// The unit behind a ':', "1" without factors.
void ast_print_unit(const AstUnit *unit, FILE *out);
// With its name and modifiers.
void ast_print_arg(const AstArg *arg, FILE *out);
// With the parentheses around them.
void ast_print_args(const AstArgs *args, FILE *out);
// `adam(rate = 1e-3)`, without parentheses when there are no arguments.
void ast_print_use(const AstUse *use, FILE *out);
// The lines of an item, indented.
void ast_print_item(const AstItem *item, FILE *out);

#endif
