// exp_divided_difference against the exponential of the bidiagonal matrix of its
// nodes in quadruple precision (scaling and squaring), for thousands of node
// sets: spread evenly, clustered, equal, far below zero, mixed.
#include <stdint.h>
#include "math/expr.h"
#include "../draw.h"
#include "../unit.h"

#ifdef __SIZEOF_FLOAT128__
__extension__ typedef __float128 Quad;
#else
typedef long double Quad;
#endif

enum { LARGEST = 8, SETS = 6000 };
#define TOLERANCE 1e-14

typedef struct Matrix {
    int n;
    Quad at[LARGEST][LARGEST]; // upper triangle
} Matrix;

static void multiply(const Matrix *a, const Matrix *b, Matrix *out)
{
    *out = (Matrix){.n = a->n};
    for (int i = 0; i < a->n; i++)
        for (int j = i; j < a->n; j++)
            for (int k = i; k <= j; k++)
                out->at[i][j] += a->at[i][k] * b->at[k][j];
}

// exp of the matrix a of small norm, by Taylor's series in Horner's form.
static Matrix small_exponential(const Matrix *a)
{
    Matrix sum = {.n = a->n}, next;
    for (int i = 0; i < a->n; i++)
        sum.at[i][i] = 1;
    for (int k = 16; k > 0; k--) {
        multiply(a, &sum, &next);
        sum = next;
        for (int i = 0; i < a->n; i++) {
            for (int j = i; j < a->n; j++)
                sum.at[i][j] /= k;
            sum.at[i][i] += 1;
        }
    }
    return sum;
}

// The corner of exp of the matrix with x on and 1 above the diagonal.
static double reference(const double *x, int n)
{
    Matrix a = {.n = n}, squared;
    double largest = 1;
    int halvings = 7;
    for (int i = 0; i < n; i++)
        largest = fmax(largest, fabs(x[i]));
    for (; largest > 1; largest /= 2)
        halvings++;
    Quad scale = 1;
    for (int k = 0; k < halvings; k++)
        scale /= 2;
    for (int i = 0; i < n; i++) {
        a.at[i][i] = x[i] * scale;
        if (i + 1 < n)
            a.at[i][i + 1] = scale;
    }
    a = small_exponential(&a);
    for (int k = 0; k < halvings; k++) {
        multiply(&a, &a, &squared);
        a = squared;
    }
    return (double)a.at[0][n - 1];
}

static void draw_even(double *x, int n)
{
    double spread = magnitude(-3, 2.5);
    for (int i = 0; i < n; i++)
        x[i] = spread * (uniform() - 1) + 2;
}

static void draw_near(double *x, int n)
{
    double centre = -40 * uniform();
    for (int i = 0; i < n; i++)
        x[i] = centre + magnitude(-17, -1) * (uniform() - 0.5);
}

static void draw_equal(double *x, int n)
{
    double first = 10 * uniform() - 20;
    for (int i = 0; i < n; i++)
        x[i] = uniform() < 0.7 ? first : 10 * uniform() - 20;
}

static void draw_far(double *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = -magnitude(-3, 5);
    x[0] = -uniform();
}

static void draw_clusters(double *x, int n)
{
    double centres[3];
    for (int k = 0; k < 3; k++)
        centres[k] = -magnitude(-2, 3);
    centres[0] = -3 * uniform();
    for (int i = 0; i < n; i++)
        x[i] = centres[(int)(3 * uniform())] + magnitude(-14, 0);
}

static void draw_at_limit(double *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = uniform() < 0.5 ? 0 : -20 - 10 * uniform();
}

static void draw_positive(double *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = 600 * uniform();
}

typedef struct Kind {
    const char *name;
    void (*draw)(double *x, int n);
} Kind;

static const Kind kinds[] = {
    {"even", draw_even},         {"near", draw_near},
    {"equal", draw_equal},       {"far", draw_far},
    {"clusters", draw_clusters}, {"at the limit", draw_at_limit},
    {"positive", draw_positive},
};

static void test_kind(const Kind *kind)
{
    double worst = 0;
    for (int set = 0; set < SETS; set++) {
        double x[LARGEST];
        int n = 1 + (int)(LARGEST * uniform());
        kind->draw(x, n);
        double expected = reference(x, n);
        double got = exp_divided_difference(x, n);
        if (expected < 1e-290)
            continue;
        worst = fmax(worst, fabs(got - expected) / expected);
    }
    printf("%-14s worst relative error %.2g\n", kind->name, worst);
    CHECK(worst < TOLERANCE);
}

static void test_edges(void)
{
    const double zeros[] = {0, 0, 0, 0};
    const double low[] = {-1e4, -2e4, -1e5};
    const double mixed[] = {0, -INFINITY, -1e300};
    const double high[] = {709, 709, 600};
    CHECK_NEAR(exp_divided_difference(zeros, 1), 1, 0);
    CHECK_NEAR(exp_divided_difference(zeros, 2), 1, 0);
    CHECK_NEAR(exp_divided_difference(zeros, 4), 1 / 6.0, 1e-16);
    CHECK_NEAR(exp_divided_difference(low, 3), 0, 0);
    CHECK_NEAR(exp_divided_difference(mixed, 2), 0, 0);
    CHECK_NEAR(exp_divided_difference(mixed, 3), 0, 0);
    CHECK(isfinite(exp_divided_difference(high, 3)));
    CHECK(isnan(exp_divided_difference((double[]){NAN, 1}, 2)));
}

int main(void)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        test_kind(&kinds[i]);
    test_edges();
    return unit_report();
}
