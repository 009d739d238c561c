// One neuron over a sample: steps by extrapolation, and its spikes.
#include "ode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 11, MAX_TRAIN = 4000 };

static const Real tolerance = 1e-24Q, longest = 5e-4Q; // s
static const Real shortest = 1e-20Q;                     // s

void train_push(Train *train, Real time)
{
    if (train->count == MAX_TRAIN)
        exit(3);
    if (train->count == train->capacity) {
        train->capacity = 2 * train->capacity + 8;
        train->times = realloc(train->times,
                               train->capacity * sizeof *train->times);
    }
    train->times[train->count++] = time;
}

void train_copy(Train *to, const Train *from)
{
    to->count = 0;
    for (size_t k = 0; k < from->count; k++)
        train_push(to, from->times[k]);
}

// ---- a step (Gragg, Bulirsch, Stoer) -------------------------------------------

// The modified midpoint rule, n substeps, with its smoothing at the end.
static void midpoint(const Kind *kind, const Real *p, const Real *x, Real h,
                     int n, Real *end)
{
    Real a[ODE_STATES], b[ODE_STATES], rate[ODE_STATES], sub = h / n;
    kind->flow(p, x, rate);
    for (size_t i = 0; i < kind->n_states; i++) {
        a[i] = x[i];
        b[i] = x[i] + sub * rate[i];
    }
    for (int k = 1; k < n; k++) {
        kind->flow(p, b, rate);
        for (size_t i = 0; i < kind->n_states; i++) {
            Real next = a[i] + 2 * sub * rate[i];
            a[i] = b[i];
            b[i] = next;
        }
    }
    kind->flow(p, b, rate);
    for (size_t i = 0; i < kind->n_states; i++)
        end[i] = (a[i] + b[i] + sub * rate[i]) / 2;
}

Real step_try(const Kind *kind, const Real *p, const Real *x, Real h,
              const Real *sizes, Real *end)
{
    Real table[ROWS][ODE_STATES], error = 0;
    for (int k = 0; k < ROWS; k++) {
        Real before[ODE_STATES];
        midpoint(kind, p, x, h, 2 * (k + 1), table[k]);
        // Aitken and Neville, in place: table[j] becomes T(k, k - j).
        for (int j = k - 1; j >= 0; j--) {
            Real ratio = (Real)(k + 1) / (j + 1);
            memcpy(before, table[j], sizeof before);
            for (size_t i = 0; i < kind->n_states; i++)
                table[j][i] = table[j + 1][i] + (table[j + 1][i] - before[i])
                                                    / (ratio * ratio - 1);
        }
    }
    for (size_t i = 0; i < kind->n_states; i++) {
        Real off = fabsq(table[0][i] - table[1][i]);
        Real size = fmaxq(sizes ? sizes[i] : 1, fabsq(table[0][i]));
        off /= fmaxq(size, 1e-300Q);
        error = fmaxq(error, finiteq(off) ? off : 1); // fmaxl drops a NaN
        end[i] = table[0][i];
    }
    return error;
}

// ---- a spike -------------------------------------------------------------------

static Real guard_slope(const Kind *kind, const Real *p, const Real *x)
{
    // By the flow, over a displacement: no guard here is worse than linear.
    Real rate[ODE_STATES], ahead[ODE_STATES], h = 1e-9Q;
    kind->flow(p, x, rate);
    for (size_t i = 0; i < kind->n_states; i++)
        ahead[i] = x[i] + h * rate[i];
    return (kind->guard(p, ahead) - kind->guard(p, x)) / h;
}

// The length at which the falling slope of the guard changes sign, nearly: only
// the guard's value there matters, which is flat.
static Real find_top(const Kind *kind, const Real *p, const Real *x, Real high)
{
    Real low = 0, at[ODE_STATES];
    for (int k = 0; k < 50; k++) {
        Real middle = (low + high) / 2;
        step_try(kind, p, x, middle, NULL, at);
        *(guard_slope(kind, p, at) > 0 ? &low : &high) = middle;
    }
    return high;
}

// The length in 0..high at which the guard comes to 0, which is below it at 0
// and not at `high`: by secants that halve an end's value when it stays (Illinois).
static Real find_root(const Kind *kind, const Real *p, const Real *x, Real high)
{
    Real low = 0, at[ODE_STATES], before = kind->guard(p, x);
    step_try(kind, p, x, high, NULL, at);
    Real after = kind->guard(p, at), last = high;
    int side = 0;
    for (int k = 0; k < 300 && before < 0 && after > 0; k++) {
        Real middle = k % 4 == 3 ? (low + high) / 2
                                 : (low * after - high * before) / (after - before);
        if (middle <= low || middle >= high || fabsq(middle - last) < 1e-33Q)
            return middle;
        last = middle;
        step_try(kind, p, x, middle, NULL, at);
        Real value = kind->guard(p, at);
        bool early = value < 0;
        *(early ? &low : &high) = middle;
        *(early ? &before : &after) = value;
        if (side == (early ? -1 : 1))
            *(early ? &after : &before) /= 2;
        side = early ? -1 : 1;
    }
    return high;
}

typedef struct Course {
    const Kind *kind;
    const Real *p;
    Real x[ODE_STATES], time;
    Real sizes[ODE_STATES], size;   // largest so far: of states, of the guard
    Train *spikes;
    Margin *margin;
} Course;

// The length of the step's part up to the spike in it, or -1.
static Real find_spike(Course *c, Real h, const Real *end)
{
    const Kind *kind = c->kind;
    Real at[ODE_STATES];
    if (kind->guard(c->p, end) >= 0)
        return find_root(kind, c->p, c->x, h);
    if (guard_slope(kind, c->p, c->x) <= 0 || guard_slope(kind, c->p, end) >= 0)
        return -1;
    Real top = find_top(kind, c->p, c->x, h);
    step_try(kind, c->p, c->x, top, NULL, at);
    Real value = kind->guard(c->p, at);
    c->margin->miss = fminq(c->margin->miss, fabsq(value) / c->size);
    return value < 0 ? -1 : find_root(kind, c->p, c->x, top);
}

static void spike(Course *c)
{
    do {
        train_push(c->spikes, c->time);
        c->kind->reset(c->p, c->x);
    } while (c->kind->guard(c->p, c->x) >= 0);
}

static void measure(Course *c)
{
    for (size_t i = 0; i < c->kind->n_states; i++)
        c->sizes[i] = fmaxq(c->sizes[i], fabsq(c->x[i]));
    if (c->kind->guard)
        c->size = fmaxq(c->size, fabsq(c->kind->guard(c->p, c->x)));
}

// What each state is measured by: its largest size so far, or how far a step
// takes it where the others have theirs. A state near 0 that is driven by a
// difference of large ones has no digits of its own.
static void take_scales(const Course *c, Real h, Real *scales)
{
    Real rate[ODE_STATES], moved[ODE_STATES], x[ODE_STATES];
    const Real part = 1e-3Q;
    size_t n = c->kind->n_states;
    c->kind->flow(c->p, c->x, rate);
    memcpy(scales, c->sizes, n * sizeof *scales);
    for (size_t j = 0; j < n; j++) {
        memcpy(x, c->x, sizeof x);
        x[j] += part * c->sizes[j];
        c->kind->flow(c->p, x, moved);
        for (size_t i = 0; i < n; i++)
            scales[i] += h * fabsq(moved[i] - rate[i]) / part;
    }
}

// To the time `until`, where there is no arrival before.
static void follow(Course *c, Real until)
{
    Real h = longest, end[ODE_STATES], scales[ODE_STATES];
    while (c->time < until) {
        Real tried = fminq(h, until - c->time);
        take_scales(c, tried, scales);
        Real error = step_try(c->kind, c->p, c->x, tried, scales, end);
        if (error > tolerance && tried > shortest) {
            h = tried / 2;
            continue;
        }
        Real found = c->kind->guard ? find_spike(c, tried, end) : -1;
        if (found >= 0) {
            step_try(c->kind, c->p, c->x, found, NULL, end);
            memcpy(c->x, end, sizeof end);
            c->time += found;
            c->margin->slope = fminq(c->margin->slope,
                                     1e-3Q * guard_slope(c->kind, c->p, c->x)
                                         / c->size);
            spike(c);
            measure(c);
            h = fminq(h, longest / 16);
            continue;
        }
        memcpy(c->x, end, sizeof end);
        measure(c);
        c->time = tried == until - c->time ? until : c->time + tried;
        h = fminq(error < tolerance / 64 ? 1.5Q * tried : tried, longest);
        h = fmaxq(h, shortest);
    }
}

void neuron_run(const Kind *kind, const Real *p, const Arrival *arrivals,
                size_t n, Real duration, Train *spikes, Real *end,
                Margin *margin)
{
    Margin unused = {1, 1};
    Course c = {.kind = kind, .p = p, .size = 1e-300Q, .spikes = spikes,
                .margin = margin ? margin : &unused};
    spikes->count = 0;
    kind->start(p, c.x);
    measure(&c);
    for (size_t k = 0; k < n && arrivals[k].time < duration; k++) {
        follow(&c, arrivals[k].time);
        kind->receive(p, c.x, arrivals[k].port, arrivals[k].weight);
        measure(&c);
        bool more = k + 1 < n && arrivals[k + 1].time == arrivals[k].time;
        if (kind->guard && !more && kind->guard(p, c.x) >= 0)
            spike(&c);
    }
    follow(&c, duration);
    memcpy(end, c.x, sizeof c.x);
}
