// Linear cells in long double: closed forms that do not cancel when two time
// constants are close, and the first crossing by monotone pieces.
#include <math.h>
#include "crossing_fuzz.h"

enum { MAX_CUTS = 6, MAX_STEPS = 300 };
static const Real series_below = 0.5L;

typedef Real Function(const Cell *cell, const Charge *start, Real s);

// Integral over 0..s of e^(-a (s - u)) e^(-b u) du.
static Real kernel_exponential(Real a, Real b, Real s)
{
    Real d = fabsl(a - b);
    if (d == 0)
        return s * expl(-a * s);
    return expl(-fminl(a, b) * s) * -expm1l(-d * s) / d;
}

// Integral over 0..s of e^(-a (s - u)) u e^(-b u) du.
static Real kernel_alpha(Real a, Real b, Real s)
{
    Real x = (a - b) * s;
    if (fabsl(x) >= series_below)
        return (s * expl(-b * s) - kernel_exponential(a, b, s)) / (a - b);
    Real term = 1, sum = 0;
    for (int n = 0; n < 24; n++) {
        sum += term / (Real)(n + 2);
        term *= x / (Real)(n + 1);
    }
    return expl(-a * s) * s * s * sum;
}

// The three forms share: v = bias + (v0 - bias) e^(-a s) + a sum c K(s).
static Real membrane(const Cell *cell, const Charge *start, Real s)
{
    Real a = 1 / cell->tau_mem, b = 1 / cell->tau[0];
    Real sum = start->x[0] * kernel_exponential(a, b, s);
    if (cell->shape == SHAPE_ALPHA)
        sum += start->x[1] * b * kernel_alpha(a, b, s);
    if (cell->shape == SHAPE_TWO)
        sum += start->x[1] * kernel_exponential(a, 1 / cell->tau[1], s);
    return cell->bias + (start->v - cell->bias) * expl(-a * s) + a * sum;
}

static Real guard(const Cell *cell, const Charge *start, Real s)
{
    return membrane(cell, start, s) - cell->threshold;
}

// tau_mem v', each kernel by its own equation, free of the bias's offset.
static Real slope(const Cell *cell, const Charge *start, Real s)
{
    Real a = 1 / cell->tau_mem, b = 1 / cell->tau[0];
    Real sum = start->x[0] * (expl(-b * s) - a * kernel_exponential(a, b, s));
    if (cell->shape == SHAPE_ALPHA)
        sum += start->x[1] * b * (s * expl(-b * s) - a * kernel_alpha(a, b, s));
    if (cell->shape == SHAPE_TWO) {
        Real c = 1 / cell->tau[1];
        sum += start->x[1] * (expl(-c * s) - a * kernel_exponential(a, c, s));
    }
    return sum - (start->v - cell->bias) * expl(-a * s);
}

Charge cell_advance(const Cell *cell, const Charge *start, Real s)
{
    if (cell->shape >= SHAPE_RING)
        return linear_advance(cell, start, s);
    Real b = 1 / cell->tau[0], c = 1 / cell->tau[1];
    Charge end = {.v = membrane(cell, start, s)};
    end.x[0] = start->x[0] * expl(-b * s);
    end.x[1] = start->x[1] * expl(-c * s);
    if (cell->shape == SHAPE_ALPHA)
        end.x[0] += start->x[1] * b * s * expl(-b * s);
    return end;
}

// A zero between points of opposite sign: false position, and the middle
// whenever that does not halve the bracket.
static Real zero_between(Function *f, const Cell *cell, const Charge *start,
                         Real low, Real high)
{
    Real f_low = f(cell, start, low), f_high = f(cell, start, high);
    for (int k = 0; k < MAX_STEPS && high - low > 1e-18L * high; k++) {
        Real width = high - low;
        Real at = low - f_low * width / (f_high - f_low);
        if (k % 2 || !(at > low && at < high))
            at = low + width / 2;
        if (at <= low || at >= high)
            break;
        Real value = f(cell, start, at);
        if (value == 0)
            return at;
        if ((value < 0) == (f_low < 0)) {
            low = at;
            f_low = value;
            f_high /= k % 2 ? 1 : 2;
        } else {
            high = at;
            f_high = value;
            f_low /= k % 2 ? 1 : 2;
        }
    }
    return low + (high - low) / 2;
}

// Where the derivative of e^(s / tau_mem) v' is zero; 0 when nowhere.
static Real turn(const Cell *cell, const Charge *start)
{
    Real b = 1 / cell->tau[0], c = 1 / cell->tau[1];
    Real at = 0;
    if (cell->shape == SHAPE_ALPHA && start->x[1] != 0)
        at = (start->x[1] - start->x[0]) / (start->x[1] * b);
    if (cell->shape == SHAPE_TWO && b != c &&
        signbit(start->x[0]) != signbit(start->x[1]) && start->x[0] != 0 &&
        start->x[1] != 0)
        at = logl(-b * start->x[0] / (c * start->x[1])) / (b - c);
    return at > 0 ? at : 0;
}

// The one extremum of v between low and high, or `high` when there is none.
// The bracket grows from `low`, as long tails are flat.
static Real extremum(const Cell *cell, const Charge *start, Real low, Real high)
{
    Real f_low = slope(cell, start, low), f_high = slope(cell, start, high);
    if (!(f_low < 0 && f_high > 0) && !(f_low > 0 && f_high < 0))
        return high;
    Real near = fminl(cell->tau_mem, cell->tau[0]);
    Real upper = low + near;
    while (upper < high && (slope(cell, start, upper) < 0) == (f_low < 0)) {
        low = upper;
        near *= 2;
        upper += near;
    }
    return zero_between(slope, cell, start, low, fminl(upper, high));
}

// v cannot reach the threshold when neither it nor its drive does.
static bool is_quiet(const Cell *cell, const Charge *start)
{
    Real drive = fmaxl(start->x[0], 0) + fmaxl(start->x[1], 0);
    return start->v < cell->threshold && cell->bias + drive < cell->threshold;
}

Stretch cell_stretch(const Cell *cell, const Charge *start, Real length)
{
    Stretch stretch = {.top = -1};
    if (cell->shape >= SHAPE_RING)
        return linear_stretch(cell, start, length);
    if (is_quiet(cell, start))
        return stretch;
    Real cut[MAX_CUTS] = {0}, middle = turn(cell, start);
    int n = 1;
    if (middle > 0 && middle < length) {
        cut[n++] = extremum(cell, start, 0, middle);
        cut[n++] = middle;
        cut[n++] = extremum(cell, start, middle, length);
    } else {
        cut[n++] = extremum(cell, start, 0, length);
    }
    cut[n++] = length;
    Real before = start->v - cell->threshold;
    stretch.top = before;
    for (int k = 1; k < n; k++) {
        Real after = guard(cell, start, cut[k]);
        stretch.top = fmaxl(stretch.top, after);
        if (!stretch.crosses && before < 0 && after >= 0) {
            stretch.crosses = true;
            stretch.at = zero_between(guard, cell, start, cut[k - 1], cut[k]);
        }
        before = after;
    }
    return stretch;
}
