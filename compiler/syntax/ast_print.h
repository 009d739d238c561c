// --emit=ast: a file as source that parses to the same tree.
#ifndef SNNC_SYNTAX_AST_PRINT_H
#define SNNC_SYNTAX_AST_PRINT_H

#include <stdio.h>
#include "syntax/ast.h"

void ast_print(const AstFile *file, FILE *out);

#endif
