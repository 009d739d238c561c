// Rational exponents and the arithmetic of dimensions. Results saturate at
// UNIT_EXPONENT_LIMIT, so that no chain of powers overflows.
#include "syntax/unit.h"

#include <math.h>

static long long greatest_divisor(long long a, long long b)
{
    while (b != 0) {
        long long rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

static int saturate(long long value)
{
    if (value > UNIT_EXPONENT_LIMIT)
        return UNIT_EXPONENT_LIMIT;
    if (value < -UNIT_EXPONENT_LIMIT)
        return -UNIT_EXPONENT_LIMIT;
    return (int)value;
}

Rational rational_make(long long num, long long den)
{
    long long divisor = greatest_divisor(num, den);
    if (den < 0)
        divisor = -divisor;
    return (Rational){saturate(num / divisor), saturate(den / divisor)};
}

Rational rational_add(Rational a, Rational b)
{
    return rational_make((long long)a.num * b.den + (long long)b.num * a.den,
                         (long long)a.den * b.den);
}

Rational rational_multiply(Rational a, Rational b)
{
    return rational_make((long long)a.num * b.num,
                         (long long)a.den * b.den);
}

bool rational_equal(Rational a, Rational b)
{
    return a.num == b.num && a.den == b.den;
}

bool rational_from_double(double value, Rational *out)
{
    if (!(fabs(value) <= UNIT_EXPONENT_LIMIT))
        return false;
    for (int den = 1; den <= 12; den++) {
        long long num = llround(value * den);
        if ((double)num / den == value) {
            *out = rational_make(num, den);
            return true;
        }
    }
    return false;
}

Dimension dimension_none(void)
{
    Dimension result;
    for (int i = 0; i < BASE_COUNT; i++)
        result.e[i] = (Rational){0, 1};
    return result;
}

Dimension dimension_of_time(void)
{
    Dimension result = dimension_none();
    result.e[BASE_SECOND].num = 1;
    return result;
}

Dimension dimension_multiply(Dimension a, Dimension b)
{
    for (int i = 0; i < BASE_COUNT; i++)
        a.e[i] = rational_add(a.e[i], b.e[i]);
    return a;
}

Dimension dimension_divide(Dimension a, Dimension b)
{
    return dimension_multiply(a, dimension_power(b, (Rational){-1, 1}));
}

Dimension dimension_power(Dimension a, Rational exponent)
{
    for (int i = 0; i < BASE_COUNT; i++)
        a.e[i] = rational_multiply(a.e[i], exponent);
    return a;
}

bool dimension_equal(Dimension a, Dimension b)
{
    for (int i = 0; i < BASE_COUNT; i++)
        if (!rational_equal(a.e[i], b.e[i]))
            return false;
    return true;
}

bool dimension_is_none(Dimension a)
{
    return dimension_equal(a, dimension_none());
}
