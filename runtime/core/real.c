// Access to arrays of float or double.
#include "core/real.h"

#include <string.h>
#include "core/clones.h"

double real_get(const void *array, uint32_t real_size, size_t index)
{
    return real_size == sizeof(float) ? ((const float *)array)[index]
                                      : ((const double *)array)[index];
}

void real_set(void *array, uint32_t real_size, size_t index, double value)
{
    if (real_size == sizeof(float))
        ((float *)array)[index] = (float)value;
    else
        ((double *)array)[index] = value;
}

void real_add(void *array, uint32_t real_size, size_t index, double value)
{
    double sum = real_get(array, real_size, index) + value;
    real_set(array, real_size, index, sum);
}

void *real_at(void *array, uint32_t real_size, size_t index)
{
    return (char *)array + index * real_size;
}

// Not finite: all bits of the exponent set. Then adding 1 to it carries into
// the sign's place, which is cleared before; a float is checked so in each half
// of a word. Integers vectorise without relaxed arithmetic.
VECTOR_CLONES
static bool words_finite(const void *array, size_t n_words, uint64_t magnitude,
                         uint64_t one)
{
    const char *bytes = array;
    uint64_t carries = 0;
    for (size_t i = 0; i < n_words; i++) {
        uint64_t bits;
        memcpy(&bits, bytes + i * sizeof bits, sizeof bits);
        carries |= (bits & magnitude) + one;
    }
    return !(carries & ~magnitude);
}

static bool float_finite(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & 0x7f800000u) != 0x7f800000u;
}

static bool floats_finite(const float *x, size_t n)
{
    return words_finite(x, n / 2, 0x7fffffff7fffffffu, 0x0080000000800000u) &&
           (n % 2 == 0 || float_finite(x[n - 1]));
}

static bool doubles_finite(const double *x, size_t n)
{
    return words_finite(x, n, 0x7fffffffffffffffu, 0x0010000000000000u);
}

bool real_all_finite(const void *array, uint32_t real_size, size_t n)
{
    return real_size == sizeof(float) ? floats_finite(array, n)
                                      : doubles_finite(array, n);
}

bool real_all_zero(const void *array, uint32_t real_size, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (real_get(array, real_size, i) != 0)
            return false;
    return true;
}

enum { LANES = 8 };

static void add_lanes(double *sum, const void *array, uint32_t real_size,
                      size_t first, size_t n)
{
    if (real_size == sizeof(float))
        for (size_t k = 0; k < n; k++)
            sum[k] += ((const float *)array)[first + k];
    else
        for (size_t k = 0; k < n; k++)
            sum[k] += ((const double *)array)[first + k];
}

double real_squares_of_sum(const void *const *arrays, uint32_t n_arrays,
                           uint32_t real_size, size_t n)
{
    double squares[LANES] = {0}, total = 0;
    for (size_t first = 0; first < n; first += LANES) {
        double sum[LANES] = {0};
        size_t some = n - first < LANES ? n - first : LANES;
        for (uint32_t a = 0; a < n_arrays; a++)
            add_lanes(sum, arrays[a], real_size, first, some);
        for (size_t k = 0; k < LANES; k++)
            squares[k] += sum[k] * sum[k];
    }
    for (size_t k = 0; k < LANES; k++)
        total += squares[k];
    return total;
}
