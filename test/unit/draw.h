// Random numbers of tests (xorshift64): the same in every run, and not made by
// what is tested.
#ifndef SNNC_TEST_UNIT_DRAW_H
#define SNNC_TEST_UNIT_DRAW_H

#include <math.h>
#include <stdint.h>

static inline uint64_t draw_bits(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

// In [0, 1).
static inline double draw_uniform(uint64_t *state)
{
    return (double)(draw_bits(state) >> 11) * 0x1p-53;
}

// The same of one stream for the whole program.
static inline double uniform(void)
{
    static uint64_t state = 88172645463325252u;
    return draw_uniform(&state);
}

// 10^low .. 10^high, evenly in the logarithm.
static inline double magnitude(double low, double high)
{
    return pow(10, low + (high - low) * uniform());
}

#endif
