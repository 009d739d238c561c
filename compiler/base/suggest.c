// "did you mean": the candidate nearest to a mistyped name by the optimal
// string alignment distance (insert, delete, replace, swap of neighbours).
// Bounded: a third of the name may be wrong, else silence is the better help.
#include "base/diag.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST = 64 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

// Replacing a letter by its other case is nearly no mistake, but not none.
static unsigned letter_cost(char a, char b)
{
    if (a == b)
        return 0;
    return tolower((unsigned char)a) == tolower((unsigned char)b) ? 1 : 2;
}

// Twice the distance, so that a difference of case can cost half.
static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
    unsigned rows[3][LONGEST + 1];
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = 2 * (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned *now = rows[i % 3], *up = rows[(i + 2) % 3];
        const unsigned *up2 = rows[(i + 1) % 3];
        now[0] = 2 * (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            now[j] = least(least(up[j] + 2, now[j - 1] + 2),
                           up[j - 1] + letter_cost(a[i - 1], b[j - 1]));
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                           a[i - 2] == b[j - 1];
            if (swapped)
                now[j] = least(now[j], up2[j - 2] + 2);
        }
    }
    return rows[n % 3][m];
}

const char *suggest_name(const char *wrong, const char *const *candidates,
                         size_t count)
{
    size_t n = strlen(wrong);
    if (n == 0 || n > LONGEST)
        return NULL;
    const char *best = NULL;
    unsigned best_distance = 2 * (unsigned)((n + 2) / 3) + 1;
    for (size_t i = 0; i < count; i++) {
        size_t m = strlen(candidates[i]);
        if (m == 0 || m > LONGEST)
            continue;
        unsigned found = distance(wrong, n, candidates[i], m);
        // A name of one or two letters shares nothing with another of them.
        if (found >= 2 * (unsigned)(n > m ? n : m))
            continue;
        if (found < best_distance) {
            best_distance = found;
            best = candidates[i];
        }
    }
    return best;
}

bool diag_suggest_name(Diag *diag, const char *wrong,
                       const char *const *candidates, size_t n)
{
    const char *near = suggest_name(wrong, candidates, n);
    if (near)
        diag_suggest(diag, "did you mean '%s'?", near);
    return near;
}
