// Parsing: a model file and all that it imports become syntax trees.
#ifndef SNNC_SYNTAX_PARSE_H
#define SNNC_SYNTAX_PARSE_H

#include "base/diag.h"
#include "syntax/ast.h"

typedef struct ParseContext {
    Arena *arena;
    Interner *names;
    Diags *diags;
    const char *const *include_dirs; // after the importing file's folder
    size_t n_include_dirs;
    Source *sources;                 // all that were read, the last one first
} ParseContext;

// The file and its imports, each once, imported before importing. A main file
// that cannot be read ends snnc; a missing import is a diagnostic.
AstFile *parse_program(ParseContext *context, const char *path);

#endif
