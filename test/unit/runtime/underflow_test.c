// Flushing of numbers below the least normal one: between the two calls only.
#include "core/underflow.h"

#include <float.h>
#include "../unit.h"

static double half(volatile double *x)
{
    return *x * 0.5;
}

int main(void)
{
    volatile double least = DBL_MIN;
    CHECK(half(&least) > 0);
    uint64_t before = underflow_flush();
    double between = half(&least), normal = half(&(volatile double){1});
    underflow_restore(before);
    CHECK(normal == 0.5);
#if defined(__x86_64__) || defined(__aarch64__)
    CHECK(between == 0);
#else
    CHECK(between >= 0);
#endif
    CHECK(half(&least) > 0);
    return unit_report();
}
