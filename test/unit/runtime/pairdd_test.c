// pairdd against the exponential of the same matrix in quadruple precision, for
// thousands of sets of nodes: damped and not, confluent pairs and pairs that
// are nearly so, pairs of reals, nodes far below, chains of several pairs.
#include <stdbool.h>
#include <stdint.h>
#include "solve/pairdd.h"
#include "../draw.h"
#include "../unit.h"

#ifdef __SIZEOF_FLOAT128__
__extension__ typedef __float128 Quad;
#else
typedef long double Quad;
#endif

enum { LARGEST = 9, SETS = 1500 };
#define TOLERANCE 2e-14

typedef struct Matrix {
    int n;
    Quad at[LARGEST][LARGEST];
} Matrix;

static void multiply(const Matrix *a, const Matrix *b, Matrix *out)
{
    *out = (Matrix){.n = a->n};
    for (int i = 0; i < a->n; i++)
        for (int k = 0; k < a->n; k++)
            for (int j = 0; j < a->n && a->at[i][k] != 0; j++)
                out->at[i][j] += a->at[i][k] * b->at[k][j];
}

// By Taylor's series in Horner's form, and squaring.
static Matrix exponential(Matrix a, double largest)
{
    Matrix sum = {.n = a.n}, next;
    int halvings = 5;
    for (; largest > 1; largest /= 2)
        halvings++;
    Quad scale = 1;
    for (int k = 0; k < halvings; k++)
        scale /= 2;
    for (int i = 0; i < a.n; i++) {
        sum.at[i][i] = 1;
        for (int j = 0; j < a.n; j++)
            a.at[i][j] *= scale;
    }
    for (int k = 18; k > 0; k--) {
        multiply(&a, &sum, &next);
        sum = next;
        for (int i = 0; i < a.n; i++) {
            for (int j = 0; j < a.n; j++)
                sum.at[i][j] /= k;
            sum.at[i][i] += 1;
        }
    }
    for (int k = 0; k < halvings; k++) {
        multiply(&sum, &sum, &next);
        sum = next;
    }
    return sum;
}

typedef struct Set {
    int pairs, reals, n;
    double nodes[LARGEST], base;
} Set;

// real: each pair's root is taken off its d, which bounds the others.
static Matrix matrix_of(const Set *set, bool real, double *largest)
{
    Matrix m = {.n = set->n};
    *largest = 1;
    for (int i = 0; i < set->n; i++) {
        bool in_pair = i < 2 * set->pairs;
        double a = set->nodes[in_pair ? i - i % 2 : i];
        double d = in_pair ? set->nodes[i - i % 2 + 1] : 0;
        m.at[i][i] = a;
        if (i + 1 < set->n)
            m.at[i][i + 1] = 1;
        if (in_pair && i % 2 == 0 && !(real && d < 0))
            m.at[i + 1][i] = d;
        *largest = fmax(*largest, fmax(fabs(a), fabs(d)));
    }
    return m;
}

typedef enum { RINGING, CONFLUENT, REAL_PAIRS, FAR, SAME, KINDS } Kind;

static double draw_square(Kind kind, double a)
{
    switch (kind) {
    case CONFLUENT: return magnitude(-16, -1) * (uniform() < 0.5 ? 1 : -1);
    case REAL_PAIRS: return a * a * uniform();
    case FAR: return -magnitude(-2, 4);
    default: return -magnitude(-3, 2.5);
    }
}

static Set draw(Kind kind)
{
    Set set = {.pairs = 1 + (int)(2 * uniform()),
               .reals = (int)(4 * uniform())};
    set.n = 2 * set.pairs + set.reals;
    for (int k = 0; k < set.pairs; k++) {
        double a = -magnitude(-3, kind == FAR ? 3 : 1.3);
        set.nodes[2 * k] = kind == SAME && k > 0 ? set.nodes[0] : a;
        set.nodes[2 * k + 1] = kind == SAME && k > 0 ? set.nodes[1]
                                                     : draw_square(kind, a);
    }
    for (int k = 2 * set.pairs; k < set.n; k++)
        set.nodes[k] = uniform() < 0.3 ? 0 : uniform() < 0.4
            ? set.nodes[0] : -magnitude(-2, kind == FAR ? 4 : 1.3);
    set.base = uniform() < 0.5 ? set.nodes[0] : -magnitude(-2, 1);
    return set;
}

static void test_kind(Kind kind)
{
    double worst = 0;
    for (int s = 0; s < SETS / (kind == FAR ? 4 : 1); s++) {
        Set set = draw(kind);
        double largest;
        Matrix exact = matrix_of(&set, false, &largest);
        exact = exponential(exact, largest);
        Matrix bound = matrix_of(&set, true, &largest);
        bound = exponential(bound, largest);
        int last = set.n - 1;
        double away = set.nodes[0] - set.base;
        double wanted[] = {(double)exact.at[0][last],
            (double)(exact.at[1][last] + (Quad)away * exact.at[0][last])};
        double size[] = {(double)bound.at[0][last],
            (double)(bound.at[1][last]) + fabs(away) * (double)bound.at[0][last]};
        double got[] = {pairdd(set.nodes, set.pairs, set.reals),
            pairdd_times(set.base, set.nodes, set.pairs, set.reals)};
        for (int k = 0; k < 2; k++) {
            double error = fabs(got[k] - wanted[k]) / (size[k] + 1e-300);
            CHECK(error <= TOLERANCE);
            worst = fmax(worst, error);
        }
    }
    if (worst > TOLERANCE)
        printf("    kind %d: worst %.2g\n", kind, worst);
}

static void test_alone(void)
{
    double ringing[] = {-0.5, -4}, confluent[] = {-0.5, 0}, real[] = {-0.5, 0.04};
    CHECK_NEAR(pairdd(ringing, 1, 0), exp(-0.5) * sin(2) / 2, 1e-15);
    CHECK_NEAR(pairdd_times(-0.5, ringing, 1, 0), exp(-0.5) * cos(2), 1e-15);
    CHECK_NEAR(pairdd(confluent, 1, 0), exp(-0.5), 1e-15);
    CHECK_NEAR(pairdd(real, 1, 0), (exp(-0.3) - exp(-0.7)) / 0.4, 1e-15);
    CHECK_NEAR(pairdd_times(-0.5, real, 1, 0), (exp(-0.3) + exp(-0.7)) / 2,
               1e-15);
    CHECK(isnan(pairdd((double[]){NAN, 1}, 1, 0)));
    CHECK(pairdd((double[]){-1e5, -1e9}, 1, 0) == 0);
}

int main(void)
{
    for (int kind = 0; kind < KINDS; kind++)
        test_kind((Kind)kind);
    test_alone();
    return unit_report();
}
