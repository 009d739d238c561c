// Divided differences of exp, accurate for any spacing of the nodes.
//
// Nodes near each other: measured from the least one all are >= 0, and
//     exp[y0..ym] = sum over k of h_k(y) / (m + k)!
// with the complete homogeneous symmetric polynomials h_k has positive terms
// only, so nothing cancels. Nodes far apart: the recurrence
//     exp[x0..xm] = (exp[x0..xl] - exp[x1..xm]) / (x0 - xm), x0 >= .. xl >= xm
// subtracts a value about m / (x0 - xm) times the first one; with a spread
// above WIDE that costs little. Differences over neighbours in sorted order are
// all that the recurrence needs.
#include "math/expr.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define WIDE 24.0

typedef struct Nodes {
    double x[EXP_DIVIDED_MAX]; // descending
    int n;
    double table[EXP_DIVIDED_MAX][EXP_DIVIDED_MAX]; // [first][last], or -1
} Nodes;

static void sort_descending(Nodes *nodes, const double *x)
{
    for (int i = 0; i < nodes->n; i++) {
        int at = i;
        for (; at > 0 && nodes->x[at - 1] < x[i]; at--)
            nodes->x[at] = nodes->x[at - 1];
        nodes->x[at] = x[i];
    }
}

// sum over k of h_k(y) / (m + k)!, all y >= 0; y[0] is the largest of m + 1.
// h[j] holds h_k(y_0..y_j) / (m + k)!.
static double positive_series(const double *y, int m)
{
    double h[EXP_DIVIDED_MAX], sum, term = 1;
    for (int k = 2; k <= m; k++)
        term /= k;
    for (int j = 0; j <= m; j++)
        h[j] = term;
    sum = term;
    for (int k = 1; h[m] > 0x1p-60 * sum; k++) {
        double left = 0;
        for (int j = 0; j <= m; j++)
            left = h[j] = left + y[j] * (h[j] / (m + k));
        sum += h[m];
    }
    return sum;
}

// exp[x_first..x_last] * e^(-x_0), for nodes no more than WIDE apart.
static double near_difference(const Nodes *nodes, int first, int last)
{
    const double *x = nodes->x;
    double y[EXP_DIVIDED_MAX];
    for (int i = first; i <= last; i++)
        y[i - first] = x[i] - x[last];
    return exp(x[last] - x[0]) * positive_series(y, last - first);
}

// (e^x0 - e^x1)/(x0 - x1) * e^(-x_0)
static double pair_difference(const Nodes *nodes, int first)
{
    double spread = nodes->x[first] - nodes->x[first + 1];
    double scale = exp(nodes->x[first] - nodes->x[0]);
    return spread == 0 ? scale : scale * (-expm1(-spread) / spread);
}

static double difference(Nodes *nodes, int first, int last)
{
    double *known = &nodes->table[first][last];
    double spread = nodes->x[first] - nodes->x[last];
    if (*known >= 0)
        return *known;
    if (last == first)
        *known = exp(nodes->x[first] - nodes->x[0]);
    else if (last == first + 1)
        *known = pair_difference(nodes, first);
    else if (spread <= WIDE)
        *known = near_difference(nodes, first, last);
    else
        *known = (difference(nodes, first, last - 1) -
                  difference(nodes, first + 1, last)) / spread;
    return *known;
}

// e^x * scaled without overflow on the way.
static double times_exp(double x, double scaled)
{
    if (x < 700)
        return exp(x) * scaled;
    return exp(x / 2) * scaled * exp(x / 2);
}

double exp_divided_difference(const double *x, int n)
{
    Nodes nodes = {.n = n};
    assert(1 <= n && n <= EXP_DIVIDED_MAX);
    for (int i = 0; i < n; i++)
        if (isnan(x[i]))
            return x[i];
    sort_descending(&nodes, x);
    if (isinf(nodes.x[0]))
        return nodes.x[0] < 0 ? 0 : nodes.x[0];
    for (int i = 0; i < n; i++)
        for (int j = i; j < n; j++)
            nodes.table[i][j] = -1;
    return times_exp(nodes.x[0], difference(&nodes, 0, n - 1));
}
