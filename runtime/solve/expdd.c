// Divided differences of exp: the one implementation, used by generated code
// (through snn_rt_expdd) and by the compiler's own evaluation of expressions.
//
// All divided differences of exp are positive. Nodes close together are summed
// as a power series around the smallest node, whose terms are positive, so
// nothing cancels; nodes far apart follow the recursion, where the two values
// subtracted differ by a large factor, so little cancels.
#include "solve/expdd.h"

#include <math.h>

enum { NODES_MAX = 8 };
// Spread of nodes up to which the series is used.
static const double series_spread = 8;

typedef struct Table {
    const double *nodes;                  // ascending, <= 0
    double values[NODES_MAX][NODES_MAX];  // of nodes i..j; < 0: not known yet
} Table;

static void sort_ascending(double *nodes, int n)
{
    for (int i = 1; i < n; i++) {
        double node = nodes[i];
        int j = i;
        for (; j > 0 && nodes[j - 1] > node; j--)
            nodes[j] = nodes[j - 1];
        nodes[j] = node;
    }
}

// e^x0 * sum over k of h_k(x - x0) / (k + n - 1)!, where h_k is the complete
// homogeneous symmetric polynomial of degree k. `terms[j]` holds
// h_k(x0..xj) / (k + n - 1)!.
static double sum_series(const double *nodes, int n)
{
    double terms[NODES_MAX];
    double inverse_factorial = 1;
    for (int k = 2; k < n; k++)
        inverse_factorial /= k;
    for (int j = 0; j < n; j++)
        terms[j] = inverse_factorial;
    double sum = terms[n - 1];
    for (int k = 1; k < 200; k++) {
        double scale = 1.0 / (k + n - 1);
        double below = 0;
        for (int j = 0; j < n; j++) {
            below += terms[j] * (nodes[j] - nodes[0]) * scale;
            terms[j] = below;
        }
        double before = sum;
        sum += terms[n - 1];
        if (sum == before && k > n)
            break;
    }
    return exp(nodes[0]) * sum;
}

static double divided(Table *table, int i, int j)
{
    const double *nodes = table->nodes;
    double spread = nodes[j] - nodes[i];
    if (i == j)
        return exp(nodes[i]);
    if (table->values[i][j] >= 0)
        return table->values[i][j];
    double value;
    if (j == i + 1 && spread > 500) // expm1 may overflow, exp underflow
        value = (exp(nodes[j]) - exp(nodes[i])) / spread;
    else if (j == i + 1 && spread > 0)
        value = exp(nodes[i]) * (expm1(spread) / spread);
    else if (spread <= series_spread)
        value = sum_series(nodes + i, j - i + 1);
    else
        value = (divided(table, i + 1, j) - divided(table, i, j - 1)) / spread;
    table->values[i][j] = value;
    return value;
}

double expdd(const double *nodes, int n)
{
    double sorted[NODES_MAX] = {0};
    for (int k = 0; k < n; k++) {
        if (isnan(nodes[k]))
            return nodes[k];
        sorted[k] = nodes[k];
    }
    sort_ascending(sorted, n);
    double top = sorted[n - 1];
    if (n == 1)
        return exp(top);
    for (int k = 0; k < n; k++)
        sorted[k] -= top;
    Table table = {.nodes = sorted};
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            table.values[i][j] = -1;
    return exp(top) * divided(&table, 0, n - 1);
}
