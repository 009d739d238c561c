// Random numbers by counter: published vectors, moments, independence of order.
#include "../unit.h"

#include <stdint.h>
#include "core/random.h"

// The two vectors that come with the definition of Philox4x32-10.
static void test_vectors(void)
{
    RandomPlace zeros = {0, 0, 0, 0, 0};
    RandomPlace ones = {UINT64_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX,
                        UINT32_MAX};
    CHECK(random_bits(zeros) == 0xe169c58d6627e8d5u);
    CHECK(random_bits(ones) == 0x41c83b0e408f276du);
}

static void test_moments(void)
{
    enum { N = 200000 };
    double mean = 0, square = 0, fourth = 0, uniform = 0, least = 1, most = 0;
    for (uint32_t i = 0; i < N; i++) {
        RandomPlace place = {7, RANDOM_INITIAL, 1, i, 0};
        double g = random_gaussian(place), u = random_uniform(place);
        mean += g / N;
        square += g * g / N;
        fourth += g * g * g * g / N;
        uniform += u / N;
        least = fmin(least, u);
        most = fmax(most, u);
    }
    CHECK(fabs(mean) < 0.01);
    CHECK(fabs(square - 1) < 0.02);
    CHECK(fabs(fourth - 3) < 0.15);
    CHECK(fabs(uniform - 0.5) < 0.005);
    CHECK(least >= 0 && most < 1);
}

static void test_below(void)
{
    int seen[7] = {0};
    for (uint32_t i = 0; i < 7000; i++) {
        uint64_t k = random_below((RandomPlace){1, RANDOM_SHUFFLE, 0, i, 0}, 7);
        CHECK(k < 7);
        seen[k % 7]++;
    }
    for (int k = 0; k < 7; k++)
        CHECK(seen[k] > 850 && seen[k] < 1150);
    // The high half of a product with a large n.
    RandomPlace place = {3, RANDOM_SHUFFLE, 0, 0, 0};
    uint64_t n = (UINT64_C(1) << 63) + 12345;
    unsigned __int128 exact = (unsigned __int128)random_bits(place) * n;
    CHECK(random_below(place, n) == (uint64_t)(exact >> 64));
}

static void test_streams_differ(void)
{
    RandomPlace a = {1, RANDOM_INITIAL, 2, 3, 4}, b = a;
    b.stream = RANDOM_TRANSFORM;
    CHECK(random_bits(a) != random_bits(b));
    b = a;
    b.seed = 2;
    CHECK(random_bits(a) != random_bits(b));
    CHECK(random_bits(a) == random_bits(a));
}

int main(void)
{
    test_vectors();
    test_moments();
    test_below();
    test_streams_differ();
    return unit_report();
}
