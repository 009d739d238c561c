// Partial fractions of divided differences at pairs of nodes (lower_pair.h):
//     f[nodes] = sum over distinct nodes l of multiplicity m of
//                sum over k < m of f^(k)(l) / k! g_(m-1-k)
// where g are the Taylor coefficients at l of 1 / product of (z - other nodes).
#include "events/lower_pair.h"

#include <complex.h>
#include <math.h>

typedef double complex Complex;

// Nodes nearer than this, relative to the larger, keep the robust form.
static const double separation = 0.2;
enum { MAX_NODES = 8 };

typedef struct Fractions {
    ExprPool *pool;
    const Expr *h;
    Complex node[MAX_NODES];  // distinct; of a conjugate pair the upper one and
    int multiplicity[MAX_NODES]; // the lower one
    int n, total;
    bool has_factor;          // z - base
    double base;
} Fractions;

// e = rate * h^power
static bool constant_rate(const Fractions *f, const Expr *e, int power,
                          double *rate)
{
    const Expr *h = expr_pow(f->pool, f->h, expr_const(f->pool, power));
    const Expr *quotient = e->op == EXPR_CONST ? e : expr_div(f->pool, e, h);
    if (quotient->op != EXPR_CONST || (e == quotient && e->value != 0))
        return false;
    *rate = quotient->value;
    return true;
}

static bool add_node(Fractions *f, Complex node)
{
    f->total++;
    for (int k = 0; k < f->n; k++)
        if (f->node[k] == node) {
            f->multiplicity[k]++;
            return true;
        }
    if (f->n == MAX_NODES)
        return false;
    f->node[f->n] = node;
    f->multiplicity[f->n++] = 1;
    return true;
}

static bool read_nodes(Fractions *f, const Expr *e)
{
    PairNodes p = expr_pair_nodes(e);
    double a, d = 0;
    bool fits = true;
    f->has_factor = p.base != NULL;
    if (p.base && !constant_rate(f, p.base, 1, &f->base))
        return false;
    for (size_t k = 0; k < p.n && fits; k++) {
        bool is_pair = k < 2 * p.n_pairs;
        if (!constant_rate(f, p.nodes[k], 1, &a)
            || (is_pair && !constant_rate(f, p.nodes[++k], 2, &d)))
            return false;
        if (!is_pair)
            fits = add_node(f, a);
        else
            fits = add_node(f, a + csqrt(d)) && add_node(f, a - csqrt(d));
    }
    return fits;
}

static bool are_apart(const Fractions *f)
{
    for (int i = 0; i < f->n; i++)
        for (int j = 0; j < i; j++) {
            double scale = fmax(cabs(f->node[i]), cabs(f->node[j]));
            if (cabs(f->node[i] - f->node[j]) < separation * scale)
                return false;
        }
    return true;
}

// g[0..m-1] at node i, of multiplicity m.
static void rest_series(const Fractions *f, int i, Complex *g)
{
    int m = f->multiplicity[i];
    for (int k = 0; k < m; k++)
        g[k] = k == 0;
    for (int j = 0; j < f->n; j++) {
        Complex gap = f->node[i] - f->node[j];
        // over (gap + x): g_k becomes (g_k - g_(k-1)) / gap
        for (int r = 0; j != i && r < f->multiplicity[j]; r++)
            for (int k = 0; k < m; k++)
                g[k] = (g[k] - (k > 0 ? g[k - 1] : 0)) / gap;
    }
}

// weight h^power e^{node h}, and its conjugate if the node has one.
static const Expr *term(const Fractions *f, Complex node, Complex weight,
                        int power)
{
    ExprPool *pool = f->pool;
    const Expr *rate = expr_const(pool, creal(node));
    const Expr *decay = expr_unary(pool, EXPR_EXP, expr_mul(pool, rate, f->h));
    const Expr *wave = expr_const(pool, creal(weight));
    if (cimag(node) != 0) {
        const Expr *w = expr_mul(pool, expr_const(pool, cimag(node)), f->h);
        const Expr *c = expr_const(pool, 2 * creal(weight));
        const Expr *s = expr_const(pool, -2 * cimag(weight));
        wave = expr_add(
            pool, expr_mul(pool, c, expr_unary(pool, EXPR_COS, w)),
            expr_mul(pool, s, expr_unary(pool, EXPR_SIN, w)));
    }
    const Expr *h = expr_pow(pool, f->h, expr_const(pool, power));
    return expr_mul(pool, h, expr_mul(pool, decay, wave));
}

static const Expr *node_terms(const Fractions *f, int i)
{
    Complex g[2 * MAX_NODES], node = f->node[i];
    int m = f->multiplicity[i];
    const Expr *sum = expr_const(f->pool, 0);
    double factorial = 1;
    rest_series(f, i, g);
    for (int k = 0; k < m; k++) {
        Complex weight = g[m - 1 - k] / factorial;
        Complex factor = f->has_factor ? node - f->base : 1;
        sum = expr_add(f->pool, sum, term(f, node, weight * factor, k));
        if (f->has_factor && k > 0) // d/dz of the factor
            sum = expr_add(f->pool, sum, term(f, node, weight * k, k - 1));
        factorial *= k + 1;
    }
    return sum;
}

const Expr *lower_pair(ExprPool *pool, const Expr *e, const Expr *interval)
{
    Fractions f = {.pool = pool, .h = interval};
    if (!read_nodes(&f, e) || !are_apart(&f))
        return e;
    const Expr *sum = expr_const(pool, 0);
    for (int i = 0; i < f.n; i++)
        if (cimag(f.node[i]) >= 0)
            sum = expr_add(pool, sum, node_terms(&f, i));
    int power = f.has_factor ? 2 - f.total : 1 - f.total;
    const Expr *scale = expr_pow(pool, interval, expr_const(pool, power));
    return expr_mul(pool, scale, expr_expand(pool, sum));
}
