// The two failures that end snnc at once: the world does not cooperate (file,
// disk, linker), or snnc itself is wrong. What is wrong with a model is never
// reported here but by diag_report.
#include "base/diag.h"

#include <stdarg.h>
#include <stdlib.h>

enum { EXIT_WORLD = 2 };

_Noreturn void fatal_world(const char *format, ...)
{
    va_list args;
    fflush(stdout);
    fputs("snnc: error: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(EXIT_WORLD);
}

_Noreturn void fatal_internal(const char *pass, const char *format, ...)
{
    va_list args;
    fflush(stdout);
    fprintf(stderr, "snnc: internal error in '%s': ", pass);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs("\nthis is a defect of snnc, not of the model; please report it "
          "together with the model\n", stderr);
    abort();
}
