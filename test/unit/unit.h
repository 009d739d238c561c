// The smallest unit test harness: a test is a program that checks, prints every
// check that fails, and ends with `return unit_report();`.
#ifndef SNNC_TEST_UNIT_H
#define SNNC_TEST_UNIT_H

#include <math.h>
#include <stdio.h>
#include <string.h>

static int unit_checks, unit_failures;

static inline void unit_fail(const char *file, int line)
{
    unit_failures++;
    printf("%s:%d: ", file, line);
}

// `cond` must hold.
#define CHECK(cond)                                                         \
    do {                                                                    \
        unit_checks++;                                                      \
        if (!(cond)) {                                                      \
            unit_fail(__FILE__, __LINE__);                                  \
            printf("not so: %s\n", #cond);                                  \
        }                                                                   \
    } while (0)

static inline void unit_check_near(double a, double b, double rel,
                                   const char *text, const char *file,
                                   int line)
{
    unit_checks++;
    double scale = fmax(fabs(a), fabs(b));
    // Equal infinities are near; a NaN is near nothing.
    if (a == b || fabs(a - b) <= rel * scale)
        return;
    unit_fail(file, line);
    printf("%s: %.17g, expected %.17g (relative difference %.3g)\n", text, a,
           b, fabs(a - b) / scale);
}

// a and b agree to `rel` of the larger.
#define CHECK_NEAR(a, b, rel)                                               \
    unit_check_near((a), (b), (rel), #a, __FILE__, __LINE__)

static inline void unit_check_text(const char *a, const char *b,
                                   const char *file, int line)
{
    unit_checks++;
    if (a != NULL && b != NULL ? strcmp(a, b) == 0 : a == b)
        return;
    unit_fail(file, line);
    printf("got\n%s\nexpected\n%s\n", a ? a : "(null)", b ? b : "(null)");
}

// Two strings are equal (or both NULL).
#define CHECK_TEXT(a, b) unit_check_text((a), (b), __FILE__, __LINE__)

// The exit status: 0 when all held and something was checked at all.
static inline int unit_report(void)
{
    printf("%d checks, %d failed\n", unit_checks, unit_failures);
    return unit_failures > 0 || unit_checks == 0;
}

#endif
