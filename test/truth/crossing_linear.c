// Cells of which two states drive each other, as x' = A x + b in long double.
// Nothing is known of modes here: steps are powers of one matrix, made of
// Taylor's series; within a step the series itself is the solution. Steps are
// so short that the guard and its slope turn at most once in each; where only
// their derivatives show that, the turn is looked for.
#include <math.h>
#include <string.h>
#include "crossing_fuzz.h"

enum { N = 3, TERMS = 24 };
static const Real step_angle = 0.1L; // of the largest rate

typedef struct Flow {
    Real a[N][N], b[N];
    Real largest;        // rate
} Flow;

typedef struct Matrix {
    Real at[N + 1][N + 1]; // with a constant 1 as the last state
} Matrix;

// ---- the flow ------------------------------------------------------------------

static Flow flow_of(const Cell *c)
{
    Flow f = {0};
    if (c->shape == SHAPE_RING) { // v = y, x[0] = x
        f.a[0][0] = f.a[1][1] = -c->tau[0];
        f.a[0][1] = c->tau[1];
        f.a[1][0] = -c->tau[1];
    } else {                      // v, x[0] = i, x[1] = u
        f.a[0][0] = -1 / c->tau_mem;
        f.a[0][1] = 1 / c->tau_mem;
        f.a[0][2] = -1 / c->tau_mem;
        f.b[0] = c->bias / c->tau_mem;
        f.a[1][1] = -1 / c->tau[0];
        f.a[2][0] = c->coupling / c->tau[1];
        f.a[2][2] = -1 / c->tau[1];
    }
    for (int i = 0; i < N; i++) {
        Real row = fabsl(f.b[i]);
        for (int j = 0; j < N; j++)
            row += fabsl(f.a[i][j]);
        f.largest = fmaxl(f.largest, row);
    }
    return f;
}

static void rate_of(const Flow *f, const Real *x, bool homogeneous, Real *out)
{
    for (int i = 0; i < N; i++) {
        out[i] = homogeneous ? 0 : f->b[i];
        for (int j = 0; j < N; j++)
            out[i] += f->a[i][j] * x[j];
    }
}

// x a time s later; s * largest is small.
static void move(const Flow *f, const Real *x, Real s, Real *out)
{
    Real term[N], next[N];
    memcpy(term, x, sizeof term);
    memcpy(out, x, sizeof term);
    for (int k = 1; k < TERMS; k++) {
        rate_of(f, term, k > 1, next);
        for (int i = 0; i < N; i++) {
            term[i] = next[i] * s / (Real)k;
            out[i] += term[i];
        }
    }
}

static Matrix matrix_of(const Flow *f, Real s)
{
    Matrix m = {0};
    for (int j = 0; j <= N; j++) {
        Real unit[N] = {0}, column[N];
        if (j < N)
            unit[j] = 1;
        move(f, unit, s, column);
        for (int i = 0; i < N; i++)
            m.at[i][j] = column[i];
    }
    for (int i = 0; i < N; i++) // columns above hold the drive as well
        for (int j = 0; j < N; j++)
            m.at[i][j] -= m.at[i][N];
    m.at[N][N] = 1;
    return m;
}

static Matrix multiply(const Matrix *a, const Matrix *b)
{
    Matrix out = {0};
    for (int i = 0; i <= N; i++)
        for (int k = 0; k <= N; k++)
            for (int j = 0; j <= N; j++)
                out.at[i][j] += a->at[i][k] * b->at[k][j];
    return out;
}

static void apply(const Matrix *m, const Real *x, Real *out)
{
    for (int i = 0; i < N; i++) {
        Real sum = m->at[i][N];
        for (int j = 0; j < N; j++)
            sum += m->at[i][j] * x[j];
        out[i] = sum;
    }
}

static void unpack(const Charge *charge, Real *x)
{
    x[0] = charge->v;
    x[1] = charge->x[0];
    x[2] = charge->x[1];
}

Charge linear_advance(const Cell *cell, const Charge *start, Real s)
{
    Flow f = flow_of(cell);
    Real x[N], end[N];
    int halvings = 0;
    for (; s * f.largest > step_angle; s /= 2)
        halvings++;
    Matrix m = matrix_of(&f, s);
    for (int k = 0; k < halvings; k++)
        m = multiply(&m, &m);
    unpack(start, x);
    apply(&m, x, end);
    return (Charge){end[0], {end[1], end[2]}};
}

// ---- crossings -----------------------------------------------------------------

typedef struct Step {
    const Flow *flow;
    Real x[N], length, threshold;
} Step;

// The guard and its derivatives a time s into the step.
static Real derivative(const Step *step, int order, Real s)
{
    Real x[N], next[N];
    move(step->flow, step->x, s, x);
    for (int k = 0; k < order; k++) {
        rate_of(step->flow, x, k > 0, next);
        memcpy(x, next, sizeof x);
    }
    return order ? x[0] : x[0] - step->threshold;
}

static Real zero(const Step *step, int order, Real low, Real high)
{
    bool below = derivative(step, order, low) < 0;
    for (int k = 0; k < 70; k++) {
        Real middle = low + (high - low) / 2;
        if ((derivative(step, order, middle) < 0) == below)
            low = middle;
        else
            high = middle;
    }
    return high;
}

// Zeros of a derivative in the step, by those of the next; two orders down the
// ends decide.
static int zeros(const Step *step, int order, Real *out)
{
    Real cut[8] = {0};
    int n = 1, found = 0;
    if (order < 3)
        n += zeros(step, order + 1, cut + 1);
    cut[n++] = step->length;
    for (int k = 1; k < n; k++) {
        bool before = derivative(step, order, cut[k - 1]) < 0;
        if (before != (derivative(step, order, cut[k]) < 0))
            out[found++] = zero(step, order, cut[k - 1], cut[k]);
    }
    return found;
}

// Whether the guard may come near to 0 in the step, from values at its start.
static bool may_reach(const Step *step, const Real *rate)
{
    Real fast = 0;
    for (int i = 0; i < N; i++)
        fast = fmaxl(fast, fabsl(rate[i]));
    return step->x[0] - step->threshold
           + 2 * fast * (1 + step->flow->largest * step->length) * step->length
           > -1e-9L * fabsl(step->threshold);
}

static void look(const Step *step, Real at, Stretch *stretch)
{
    Real cut[8] = {0};
    int n = 1 + zeros(step, 1, cut + 1);
    cut[n++] = step->length;
    for (int k = 1; k < n; k++) {
        Real before = derivative(step, 0, cut[k - 1]);
        Real after = derivative(step, 0, cut[k]);
        stretch->top = fmaxl(stretch->top, after);
        if (!stretch->crosses && before < 0 && after >= 0) {
            stretch->crosses = true;
            stretch->at = at + zero(step, 0, cut[k - 1], cut[k]);
        }
    }
}

Stretch linear_stretch(const Cell *cell, const Charge *start, Real length)
{
    Flow f = flow_of(cell);
    Step step = {.flow = &f, .length = step_angle / f.largest,
                 .threshold = cell->threshold};
    Matrix m = matrix_of(&f, step.length);
    Stretch stretch = {.top = start->v - cell->threshold};
    Real at = 0, next[N], rate[N];
    unpack(start, step.x);
    while (at < length) {
        step.length = fminl(step.length, length - at);
        rate_of(&f, step.x, false, rate);
        if (may_reach(&step, rate))
            look(&step, at, &stretch);
        Real fast = fabsl(rate[0]) + fabsl(rate[1]) + fabsl(rate[2]);
        // At rest: whatever follows is below what a double sees.
        if (stretch.crosses || fast < 1e-22L * f.largest)
            break;
        apply(&m, step.x, next);
        memcpy(step.x, next, sizeof next);
        at += step.length;
    }
    return stretch;
}
