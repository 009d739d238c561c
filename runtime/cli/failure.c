// Errors of the command line, and suggestions for misspelt names.
#include "cli/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 63 };

_Noreturn void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fflush(stdout);
    fputs("error: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(EXIT_WORLD);
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

// Edits (insert, delete, replace) from a to b.
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(b);
    size_t row[NAME_MAX_LENGTH + 1];
    if (n > NAME_MAX_LENGTH || strlen(a) > NAME_MAX_LENGTH)
        return NAME_MAX_LENGTH;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t above = row[j];
            row[j] = smallest(above + 1, row[j - 1] + 1,
                              diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[n];
}

const char *suggest(const char *wrong, const char *const *candidates, size_t n)
{
    const char *best = NULL;
    size_t best_distance = strlen(wrong) / 3 + 1;
    for (size_t k = 0; k < n; k++) {
        size_t d = distance(wrong, candidates[k]);
        if (d <= best_distance && (!best || d < best_distance)) {
            best = candidates[k];
            best_distance = d;
        }
    }
    return best;
}
