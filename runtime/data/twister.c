// The Mersenne Twister: a linear recurrence over 624 words and a tempering.
#include "data/twister.h"

enum { MIDDLE = 397 };

void twister_seed(Twister *twister, uint32_t seed)
{
    uint32_t *w = twister->words;
    w[0] = seed;
    for (uint32_t i = 1; i < TWISTER_WORDS; i++)
        w[i] = 1812433253u * (w[i - 1] ^ (w[i - 1] >> 30)) + i;
    twister->next = TWISTER_WORDS;
}

static void refill(Twister *twister)
{
    uint32_t *w = twister->words;
    for (uint32_t i = 0; i < TWISTER_WORDS; i++) {
        uint32_t y = (w[i] & 0x80000000u) |
                     (w[(i + 1) % TWISTER_WORDS] & 0x7fffffffu);
        w[i] = w[(i + MIDDLE) % TWISTER_WORDS] ^ (y >> 1) ^
               (y & 1 ? 0x9908b0dfu : 0);
    }
    twister->next = 0;
}

uint32_t twister_next(Twister *twister)
{
    if (twister->next == TWISTER_WORDS)
        refill(twister);
    uint32_t y = twister->words[twister->next++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

double twister_uniform(Twister *twister)
{
    double high = twister_next(twister) >> 5; // 27 bits
    double low = twister_next(twister) >> 6;  // 26 bits
    return (high * 0x1p26 + low) * 0x1p-53;
}
