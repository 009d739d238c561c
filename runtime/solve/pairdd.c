// Divided differences of exp at real nodes and pairs (pairdd.h).
//
// With the nodes (the blocks ((a, 1), (d, a)) of pairs) on the diagonal of a
// matrix and 1 above it, the difference is the corner of the matrix's
// exponential (Opitz); the element below the corner's row is that of
// (z - a) e^z with the first pair's a. All nodes are halved until they are
// small, where Taylor's series is summed, and doubled again by squaring. On the
// way up the diagonal blocks are not squared but computed afresh: an error of
// the others is then carried along, not doubled (McCurdy, Ng & Parlett 1984).
// Element (i, j) is kept times t^(i - j), t the part of the nodes that is left,
// so that nothing in the matrix is small by its place.
#include "solve/pairdd.h"

#include <math.h>
#include <string.h>

enum { MAX = PAIRDD_NODES_MAX, TERMS = 17 };
// Nodes below it need TERMS terms more than their number.
static const double small = 0.5;

typedef struct Blocks {
    int n;
    double centre[MAX];  // a of both rows of a pair, or the real node
    double square[MAX];  // d in the first row of a pair
    int is_pair[MAX];    // the first row of one
    double top;          // the largest real part, taken off the nodes
} Blocks;

typedef struct Square {
    double at[MAX][MAX];
} Square;

static double root_of(double d)
{
    return sqrt(fabs(d));
}

static void read_blocks(Blocks *b, const double *nodes, int pairs, int reals)
{
    memset(b, 0, sizeof *b);
    b->n = 2 * pairs + reals;
    b->top = -INFINITY;
    for (int k = 0; k < pairs; k++) {
        double a = nodes[2 * k], d = nodes[2 * k + 1];
        b->is_pair[2 * k] = 1;
        b->centre[2 * k] = b->centre[2 * k + 1] = a;
        b->square[2 * k] = d;
        b->top = fmax(b->top, d > 0 ? a + root_of(d) : a);
    }
    for (int k = 2 * pairs; k < b->n; k++) {
        b->centre[k] = nodes[k];
        b->top = fmax(b->top, nodes[k]);
    }
    for (int k = 0; k < b->n; k++)
        b->centre[k] -= b->top;
}

// Larger than each node's size.
static double largest_node(const Blocks *b)
{
    double largest = 0;
    for (int k = 0; k < b->n; k++)
        largest = fmax(largest, fabs(b->centre[k]) + root_of(b->square[k]));
    return largest;
}

// sum = e^M for M with nodes t times those of b.
static void sum_series(const Blocks *b, double t, Square *sum)
{
    double row[MAX + 2], next[MAX + 2];
    for (int i = 0; i < b->n; i++) {
        memset(row, 0, sizeof row);
        row[i + 1] = 1; // row[j + 1] is column j
        for (int j = 0; j < b->n; j++)
            sum->at[i][j] = row[j + 1];
        for (int k = 1; k < b->n + TERMS; k++) {
            next[0] = next[b->n + 1] = 0;
            for (int j = 0; j < b->n; j++) {
                double back = b->is_pair[j] ? b->square[j] * t * t : 0;
                double value = t * b->centre[j] * row[j + 1] + row[j]
                               + back * row[j + 2];
                next[j + 1] = value / k;
                sum->at[i][j] += next[j + 1];
            }
            memcpy(row, next, sizeof row);
        }
    }
}

// The pair's own block: e^a (C, S; d S, C) with C = cosh, S = sinh / sqrt(d) of
// sqrt(d), or cos and sin.
static void set_pair(const Blocks *b, double t, int i, Square *m)
{
    double a = t * b->centre[i], d = t * t * b->square[i];
    double w = root_of(d), c, s;
    if (w == 0) {
        c = s = exp(a);
    } else if (d < 0) {
        double e = exp(a);
        c = e * cos(w);
        s = e * (sin(w) / w);
    } else {
        double high = exp(a + w), fall = expm1(-2 * w);
        c = high * (1 + fall / 2);
        s = high * (-fall / (2 * w));
    }
    m->at[i][i] = m->at[i + 1][i + 1] = c;
    m->at[i][i + 1] = s;
    m->at[i + 1][i] = d * s;
}

static void set_diagonal(const Blocks *b, double t, Square *m)
{
    for (int i = 0; i < b->n; i++) {
        if (b->is_pair[i])
            set_pair(b, t, i++, m);
        else
            m->at[i][i] = exp(t * b->centre[i]);
    }
}

// From the nodes' part t / 2 to t.
static void double_nodes(const Blocks *b, double t, const Square *from,
                         Square *to)
{
    for (int i = 0; i < b->n; i++) {
        int first = i > 0 ? i - 1 : 0;
        double scale = i > 0 ? 2 : 1;
        for (int j = first; j < b->n; j++, scale /= 2) {
            double sum = 0;
            for (int k = first; k <= j + 1 && k < b->n; k++)
                sum += from->at[i][k] * from->at[k][j];
            to->at[i][j] = scale * sum;
        }
    }
    set_diagonal(b, t, to);
}

// Only elements on, above and next below the diagonal are made. Returns the
// one of two that holds it.
static const Square *exponential(const Blocks *b, Square two[2])
{
    double largest = largest_node(b), t = 1;
    int doublings = 0;
    for (; largest * t > small; t /= 2)
        doublings++;
    sum_series(b, t, &two[0]);
    set_diagonal(b, t, &two[0]);
    for (int k = 0; k < doublings; k++) {
        t *= 2;
        double_nodes(b, t, &two[k % 2], &two[1 - k % 2]);
    }
    return &two[doublings % 2];
}

static int are_finite(const double *nodes, int n)
{
    for (int k = 0; k < n; k++)
        if (!isfinite(nodes[k]))
            return 0;
    return 1;
}

double pairdd(const double *nodes, int n_pairs, int n_reals)
{
    Blocks b;
    Square two[2];
    if (!are_finite(nodes, 2 * n_pairs + n_reals))
        return NAN;
    read_blocks(&b, nodes, n_pairs, n_reals);
    const Square *m = exponential(&b, two);
    return exp(b.top) * m->at[0][b.n - 1];
}

double pairdd_times(double base, const double *nodes, int n_pairs, int n_reals)
{
    Blocks b;
    Square two[2];
    if (!isfinite(base) || !are_finite(nodes, 2 * n_pairs + n_reals))
        return NAN;
    read_blocks(&b, nodes, n_pairs, n_reals);
    const Square *m = exponential(&b, two);
    double away = nodes[0] - base;
    return exp(b.top) * (m->at[1][b.n - 1] + away * m->at[0][b.n - 1]);
}
