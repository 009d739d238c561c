// Philox4x32-10 (Salmon et al. 2011): ten rounds of multiply and mix turn a
// 128-bit counter and a 64-bit key into 128 random bits.
#include "core/random.h"

#include <math.h>
#include "snn/abi.h"

typedef struct Block {
    uint32_t word[4];
} Block;

enum {
    ROUNDS = 10,
};
static const uint32_t multiplier[2] = {0xD2511F53u, 0xCD9E8D57u};
static const uint32_t weyl[2] = {0x9E3779B9u, 0xBB67AE85u};

static Block mix(Block x, uint32_t key0, uint32_t key1)
{
    uint64_t p0 = (uint64_t)multiplier[0] * x.word[0];
    uint64_t p1 = (uint64_t)multiplier[1] * x.word[2];
    return (Block){{
        (uint32_t)(p1 >> 32) ^ x.word[1] ^ key0,
        (uint32_t)p1,
        (uint32_t)(p0 >> 32) ^ x.word[3] ^ key1,
        (uint32_t)p0,
    }};
}

static Block philox(RandomPlace place)
{
    Block x = {{place.c, place.b, place.a, place.stream}};
    uint32_t key0 = (uint32_t)place.seed;
    uint32_t key1 = (uint32_t)(place.seed >> 32);
    for (int round = 0; round < ROUNDS; round++) {
        x = mix(x, key0, key1);
        key0 += weyl[0];
        key1 += weyl[1];
    }
    return x;
}

static uint64_t join(uint32_t low, uint32_t high)
{
    return ((uint64_t)high << 32) | low;
}

static double unit(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

uint64_t random_bits(RandomPlace place)
{
    Block x = philox(place);
    return join(x.word[0], x.word[1]);
}

double random_uniform(RandomPlace place)
{
    return unit(random_bits(place));
}

double random_gaussian(RandomPlace place)
{
    Block x = philox(place);
    double radius = 1 - unit(join(x.word[0], x.word[1])); // in (0, 1]
    double angle = unit(join(x.word[2], x.word[3]));
    return sqrt(-2 * log(radius)) * cos(6.283185307179586 * angle);
}

uint64_t random_below(RandomPlace place, uint64_t n)
{
    uint64_t bits = random_bits(place);
    // The high half of bits * n, by 32-bit halves.
    uint64_t low = (bits & 0xffffffffu) * (n & 0xffffffffu);
    uint64_t mid1 = (bits >> 32) * (n & 0xffffffffu) + (low >> 32);
    uint64_t mid2 = (bits & 0xffffffffu) * (n >> 32) + (mid1 & 0xffffffffu);
    return (bits >> 32) * (n >> 32) + (mid1 >> 32) + (mid2 >> 32);
}

double random_draw(RandomPlace place, uint8_t kind)
{
    return kind & SNN_DRAW_GAUSSIAN ? random_gaussian(place)
                                    : random_uniform(place);
}
