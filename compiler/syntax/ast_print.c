// Prints a file as it was written (ast_print.h): layout and comments stay.
#include "syntax/ast_print.h"

void ast_print(const AstFile *file, FILE *out)
{
    fwrite(file->source->text, 1, file->source->length, out);
}
