// What the grammar takes and the language does not: statements in the wrong
// place, bodies without a value, chained comparisons, unknown units, items with
// a part left out, expressions nested too deeply for the passes behind.
#ifndef SNNC_SYNTAX_CHECK_H
#define SNNC_SYNTAX_CHECK_H

#include "base/diag.h"
#include "syntax/ast.h"

// Reports what is wrong in a file that has been parsed without syntax errors.
void syntax_check(Arena *arena, Diags *diags, const AstFile *file);

#endif
