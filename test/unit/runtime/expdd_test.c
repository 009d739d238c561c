// Divided differences of exp: closed forms, confluence, symmetry, and the
// recursion in long double where that is exact enough.
#include "../unit.h"

#include "solve/expdd.h"

static void test_simple(void)
{
    double one[] = {0.7}, equal[] = {-2, -2, -2, -2};
    double far[] = {-1000, 0}, zeros[8] = {0};
    CHECK_NEAR(expdd(one, 1), exp(0.7), 1e-15);
    CHECK_NEAR(expdd(equal, 4), exp(-2) / 6, 1e-15);
    CHECK_NEAR(expdd(far, 2), 1e-3, 1e-15);
    CHECK_NEAR(expdd(zeros, 8), 1.0 / 5040, 1e-15);
    double nan[] = {0, NAN};
    CHECK(isnan(expdd(nan, 2)));
}

// (e^a - e^b)/(a - b) = e^((a+b)/2) sinh(d)/d, d = (a - b)/2.
static void test_pairs(void)
{
    for (double d = 1e-12; d < 100; d *= 3) {
        double nodes[] = {-d, -3 * d};
        double value = exp(-2 * d) * sinh(d) / d;
        CHECK_NEAR(expdd(nodes, 2), value, 1e-14);
    }
}

// e^a [a, a, b] = (e^b - e^a - (b-a) e^a) / (b-a)^2, in long double.
static void test_confluent(void)
{
    for (long double d = 0.05L; d < 300; d *= 2) {
        double nodes[] = {-(double)d, 0, -(double)d};
        long double a = nodes[0], h = -a;
        long double value = (1 - expl(a) - h * expl(a)) / (h * h);
        CHECK_NEAR(expdd(nodes, 3), (double)value, 1e-14);
    }
}

static void test_symmetry(void)
{
    double a[] = {-1, -30, -2.5, -1, -7}, b[] = {-7, -1, -1, -2.5, -30};
    CHECK(expdd(a, 5) == expdd(b, 5));
}

// Far apart, the plain recursion is fine.
static void test_far(void)
{
    double x[] = {-60, -40, -20, 0};
    long double t[4];
    for (int k = 0; k < 4; k++)
        t[k] = expl(x[k]);
    for (int level = 1; level < 4; level++)
        for (int k = 0; k + level < 4; k++)
            t[k] = (t[k + 1] - t[k]) / (x[k + level] - x[k]);
    CHECK_NEAR(expdd(x, 4), (double)t[0], 1e-15);
}

// A shift of all nodes is a factor.
static void test_shift(void)
{
    double x[] = {0, -1, -1.5, -20, -20.0001, -3};
    double y[6];
    for (int k = 0; k < 6; k++)
        y[k] = x[k] - 5;
    CHECK_NEAR(expdd(y, 6), exp(-5) * expdd(x, 6), 1e-13);
}

int main(void)
{
    test_simple();
    test_pairs();
    test_confluent();
    test_symmetry();
    test_far();
    test_shift();
    return unit_report();
}
