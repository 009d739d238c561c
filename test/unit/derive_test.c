// The derived adjoint held to definitions that know nothing of it: flows to a
// Runge-Kutta on a fine grid, adjoints and gradients to difference quotients of
// the maps they belong to, a spike's jump to difference quotients of the
// implicitly defined spike itself, sequences of zeros to their recursion.
#include <math.h>
#include <stdlib.h>
#include "hand_model.h"
#include "unit.h"

enum { MAX_N = 4 };

typedef struct Case {
    Hand hand;
    const Population *layer;
    const Derived *d;
    Values values;             // parameters, states, lambda, ...
    double x[MAX_N], lambda[MAX_N];
    double weight;             // what gradients are scaled by, for tolerances
} Case;

static uint64_t seed = 1;

static double uniform(double low, double high)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(seed >> 11) * 0x1p-53;
}

static void set_states(Case *c, const double *x)
{
    for (size_t k = 0; k < c->d->n; k++)
        *values_at(&c->values, c->d->states[k]) = x[k];
}

static void set_parameters(Case *c)
{
    for (size_t k = 0; k < c->layer->n_parameters; k++) {
        const Parameter *p = c->layer->parameters[k];
        const Expr *g = p->initial.draws[0].symbol;
        double zero = 0;
        *values_at(&c->values, p->symbol) =
            expr_eval(p->initial.value, &g, &zero, 1);
    }
}

static void draw_states(Case *c)
{
    for (size_t k = 0; k < c->d->n; k++) {
        c->x[k] = uniform(-1, 2);
        c->lambda[k] = uniform(-1, 1);
        *values_at(&c->values, c->d->lambda[k]) = c->lambda[k];
    }
    set_states(c, c->x);
}

// sum_k lambda[k] y[k]
static double weighed(const Case *c, const double *y)
{
    double sum = 0;
    for (size_t k = 0; k < c->d->n; k++)
        sum += c->lambda[k] * y[k];
    return sum;
}

// ---- maps ---------------------------------------------------------------------

static void flow_at(Case *c, const double *x, double *out)
{
    set_states(c, x);
    for (size_t k = 0; k < c->d->n; k++)
        out[k] = values_eval(&c->values, c->layer->system->states[k].flow);
}

static void runge_kutta(Case *c, double *x, double h, int steps)
{
    double k[4][MAX_N], y[MAX_N], dt = h / steps;
    static const double at[] = {0, 0.5, 0.5, 1};
    for (int s = 0; s < steps; s++) {
        for (int stage = 0; stage < 4; stage++) {
            for (size_t i = 0; i < c->d->n; i++)
                y[i] = x[i] + (stage ? at[stage] * dt * k[stage - 1][i] : 0);
            flow_at(c, y, k[stage]);
        }
        for (size_t i = 0; i < c->d->n; i++)
            x[i] += dt / 6 * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]);
    }
}

static void advance(Case *c, const double *x, double h, double *out)
{
    set_states(c, x);
    *values_at(&c->values, c->d->interval) = h;
    double y[MAX_N];
    for (size_t k = 0; k < c->d->n; k++)
        y[k] = values_eval(&c->values, c->d->flow.advance[k]);
    memcpy(out, y, sizeof y);
}

static void apply(Case *c, const Expr *const *map, const double *x, double *out)
{
    double y[MAX_N];
    set_states(c, x);
    for (size_t k = 0; k < c->d->n; k++)
        y[k] = values_eval(&c->values, map[k]);
    memcpy(out, y, sizeof y);
}

static double guard_at(Case *c, const double *x)
{
    set_states(c, x);
    return values_eval(&c->values, c->layer->system->guard);
}

// ---- difference quotients -------------------------------------------------------

// A loss of the case as it stands: states c->x, parameters in c->values.
typedef double Loss(Case *c);

static double quotient(Case *c, double *at, double scale, Loss *loss)
{
    double keep = *at, step = 1e-3 * scale, q[2];
    for (int k = 0; k < 2; k++) { // Richardson
        double h = step / (1 << k);
        *at = keep + h;
        double up = loss(c);
        *at = keep - h;
        q[k] = (up - loss(c)) / (2 * h);
    }
    *at = keep;
    return (4 * q[1] - q[0]) / 3;
}

static void near_scaled(double got, double expected, double scale,
                        const char *what, const Case *c, int line)
{
    unit_checks++;
    if (fabs(got - expected) <= 1e-6 * (fabs(expected) + scale))
        return;
    unit_fail(__FILE__, line);
    printf("%s of %s: %.12g, expected %.12g\n", what, c->layer->system->neuron,
           got, expected);
}

static double gradient_of(Case *c, const Gradients *gradients,
                          const Parameter *p)
{
    for (size_t k = 0; k < gradients->count; k++)
        if (gradients->items[k].parameter == p)
            return values_eval(&c->values, gradients->items[k].value);
    return 0;
}

// lambda and gradients against quotients of `loss`.
static void check_adjoint(Case *c, Loss *loss, const Expr *const *lambda,
                          const Gradients *gradients, const char *what)
{
    double got[MAX_N], by_parameter[16];
    set_states(c, c->x);
    for (size_t k = 0; k < c->d->n && lambda; k++)
        got[k] = values_eval(&c->values, lambda[k]);
    for (size_t k = 0; k < c->layer->n_parameters; k++)
        by_parameter[k] = gradient_of(c, gradients, c->layer->parameters[k]);
    for (size_t k = 0; k < c->d->n && lambda; k++)
        near_scaled(got[k], quotient(c, &c->x[k], 0.1, loss), c->weight, what, c,
                    __LINE__);
    for (size_t k = 0; k < c->layer->n_parameters; k++) {
        const Parameter *p = c->layer->parameters[k];
        double *at = values_at(&c->values, p->symbol);
        double scale = fabs(*at) + 1e-3;
        near_scaled(scale * by_parameter[k],
                    scale * quotient(c, at, scale, loss), c->weight, what, c,
                    __LINE__);
    }
    set_states(c, c->x);
}

// ---- flow -----------------------------------------------------------------------

static double interval;

static double flow_loss(Case *c)
{
    double y[MAX_N];
    advance(c, c->x, interval, y);
    return weighed(c, y);
}

static void check_flow(Case *c)
{
    double exact[MAX_N], y[MAX_N], half[MAX_N];
    interval = uniform(0, 0.04);
    memcpy(exact, c->x, sizeof exact);
    runge_kutta(c, exact, interval, 1000);
    advance(c, c->x, interval, y);
    advance(c, c->x, 0.3 * interval, half);
    advance(c, half, 0.7 * interval, half);
    for (size_t k = 0; k < c->d->n; k++) {
        CHECK(fabs(y[k] - exact[k]) < 1e-10);
        CHECK(fabs(y[k] - half[k]) < 1e-13);
    }
    advance(c, c->x, 0, y);
    for (size_t k = 0; k < c->d->n; k++)
        CHECK(y[k] == c->x[k]);
    *values_at(&c->values, c->d->interval) = interval;
    c->weight = 1;
    check_adjoint(c, flow_loss, c->d->flow.lambda, &c->d->flow.gradients, "flow");
}

// The order has each state before those that drive it.
static void check_order(const Case *c)
{
    size_t n = c->d->n, place[MAX_N];
    for (size_t k = 0; k < n; k++)
        place[c->d->flow.order[k]] = k;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (i != j && !expr_is_const(c->d->flow.matrix[i * n + j], 0))
                CHECK(place[i] < place[j]);
}

// ---- arrivals ---------------------------------------------------------------------

static const Port *port;
static double arrival;         // time of the arrival

static double port_loss(Case *c)
{
    double y[MAX_N];
    advance(c, c->x, arrival, y);
    apply(c, port->after, y, y);
    advance(c, y, -arrival, y);
    return weighed(c, y);
}

static void check_ports(Case *c)
{
    for (size_t k = 0; k < c->layer->system->n_ports; k++) {
        const DerivedPort *derived = &c->d->ports[k];
        port = &c->layer->system->ports[k];
        arrival = 0;
        double *w = values_at(&c->values, port->weight);
        *w = uniform(-1, 1);
        check_adjoint(c, port_loss, derived->lambda, &derived->gradients, "port");
        double got = values_eval(&c->values, derived->weight_gradient);
        near_scaled(got, quotient(c, w, 1, port_loss), 1, "weight", c, __LINE__);
        set_states(c, c->x);
        got = values_eval(&c->values, derived->time_gradient);
        near_scaled(got * 1e-2, 1e-2 * quotient(c, &arrival, 1e-3, port_loss), 1,
                    "arrival time", c, __LINE__);
        CHECK(!derived->reads_state);
    }
}

// ---- spikes -----------------------------------------------------------------------

static double spike_factor;    // dL/dt of the spike itself

// Follows the state to the guard, resets there, and goes back to time 0.
static double spike_loss(Case *c)
{
    double y[MAX_N], t = 0;
    for (int k = 0; k < 50; k++) {
        advance(c, c->x, t, y);
        double g = guard_at(c, y), d = 1e-7, z[MAX_N];
        advance(c, c->x, t + d, z);
        t -= g * d / (guard_at(c, z) - g);
    }
    advance(c, c->x, t, y);
    const Expr *reset[MAX_N];
    for (size_t k = 0; k < c->d->n; k++)
        reset[k] = c->layer->system->states[k].reset;
    apply(c, reset, y, y);
    advance(c, y, -t, y);
    return weighed(c, y) + spike_factor * t;
}

static void check_spike(Case *c)
{
    if (!c->layer->system->guard)
        return;
    draw_states(c);
    for (size_t k = 1; k < c->d->n; k++)
        c->x[k] = uniform(2, 4);
    c->x[0] = 0;
    c->x[0] = -guard_at(c, c->x); // now on the guard
    set_states(c, c->x);
    double slope = values_eval(&c->values, c->d->spike.slope);
    spike_factor = uniform(-10, 10);
    *values_at(&c->values, c->d->spike_gradient) = spike_factor;
    double total = values_eval(&c->values, c->d->spike.total);
    if (!(fabs(slope) > 1))
        return;
    *values_at(&c->values, c->d->shift) = total / slope;
    c->weight = 1 + fabs(total / slope);
    check_adjoint(c, spike_loss, c->d->spike.lambda, &c->d->spike.gradients,
                  "spike");
}

// ---- zeros and observables ----------------------------------------------------------

static double along(Case *c, const Expr *e, double t)
{
    double y[MAX_N];
    advance(c, c->x, t, y);
    set_states(c, y);
    return values_eval(&c->values, e);
}

static double rate_along(Case *c, const Expr *e)
{
    double h = 1e-5, q[2];
    for (int k = 0; k < 2; k++, h /= 2)
        q[k] = (along(c, e, h) - along(c, e, -h)) / (2 * h);
    set_states(c, c->x);
    return (4 * q[1] - q[0]) / 3;
}

static void check_zeros(Case *c, const ZeroSequence *z)
{
    for (size_t k = 0; k < z->n; k++) {
        double rate = values_eval(&c->values, z->rate[k]);
        double f = along(c, z->functional[k], 0);
        double next = k + 1 < z->n ? along(c, z->functional[k + 1], 0) : 0;
        double size = (fabs(rate) + 200) * (fabs(f) + pow(200, (double)k));
        near_scaled(rate_along(c, z->functional[k]) + rate * f, next, size,
                    "zeros", c, __LINE__);
    }
}

static void check_observable(Case *c)
{
    const DerivedObservable *o = &c->d->observables[0];
    near_scaled(rate_along(c, o->value), along(c, o->slope, 0), 1, "slope", c,
                __LINE__);
    near_scaled(along(c, o->extrema.functional[0], 0), along(c, o->slope, 0), 1,
                "extrema", c, __LINE__);
    check_zeros(c, &o->extrema);
    set_states(c, c->x);
    double start = values_eval(&c->values, o->value);
    for (size_t k = 0; k < c->d->n; k++) {
        double x[MAX_N];
        memcpy(x, c->x, sizeof x);
        x[k] += 1;
        double slope = values_eval(&c->values, o->lambda[k]);
        set_states(c, x);
        CHECK(fabs(values_eval(&c->values, o->value) - start - slope) < 1e-12);
        set_states(c, c->x);
    }
}

static double initial_loss(Case *c)
{
    double y[MAX_N];
    for (size_t k = 0; k < c->d->n; k++)
        y[k] = values_eval(&c->values, c->layer->system->states[k].initial);
    return weighed(c, y);
}

// ---- all shapes and time constants -----------------------------------------------------

static const struct { double mem, syn, slow; } regimes[] = {
    {20e-3, 5e-3, 10e-3}, {10e-3, 10e-3, 10e-3}, {10e-3, 10e-3 * (1 + 1e-7), 5e-3},
    {20e-3, 10e-3, 2e-3}, {5e-3, 20e-3, 20e-3},
};

static void check_case(HandShape shape, size_t regime, HandMode mode)
{
    Case c = {.hand = hand_new(60e-3)};
    c.hand.mode = mode;
    c.hand.tau_mem = regimes[regime].mem;
    c.hand.tau_syn = regimes[regime].syn;
    c.hand.tau_slow = regimes[regime].slow;
    c.hand.v_reset = 0.2;
    c.hand.bias = 0.3;
    c.hand.v_start = 0.1;
    Population *layer = hand_neuron(&c.hand, "layer", 3, shape);
    c.layer = layer;
    hand_observe(&c.hand, OBSERVE_MAXIMUM, layer,
                 layer->system->states[0].symbol);
    const DerivedModel *model = derive_adjoint(c.hand.model, c.hand.diags);
    CHECK(model != NULL);
    c.d = model->populations[0];
    CHECK(c.d->crossing.n == (layer->system->guard ? c.d->n + 1 : 0));
    set_parameters(&c);
    check_order(&c);
    for (int k = 0; k < 3; k++) {
        draw_states(&c);
        check_flow(&c);
        check_ports(&c);
        check_zeros(&c, &c.d->crossing);
        check_observable(&c);
        check_spike(&c);
    }
    check_adjoint(&c, initial_loss, NULL, &c.d->initial, "initial");
    arena_free(c.hand.arena);
}

// ---- what is refused ---------------------------------------------------------------------

static void refuse(void change(Hand *h, Population *p), const char *text)
{
    Hand h = hand_new(1);
    Population *p = hand_neuron(&h, "layer", 3, HAND_LIF);
    change(&h, p);
    p->solver.kind = SOLVER_CLOSED_FORM;
    CHECK(derive_adjoint(h.model, h.diags) == NULL);
    CHECK(diags_error_count(h.diags) == 1);
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);
    diags_print(h.diags, out, false);
    fclose(out);
    CHECK(printed && strstr(printed, text));
    free(printed);
    // Without the demand it is numeric, and says why.
    p->solver.kind = SOLVER_AUTOMATIC;
    const DerivedModel *model = derive_adjoint(h.model, h.diags);
    CHECK(model && model->populations[0]->numeric);
    CHECK(strstr(text, model->populations[0]->reason)
          || strstr(model->populations[0]->reason, text));
    arena_free(h.arena);
}

static void make_flow_quadratic(Hand *h, Population *p)
{
    State *s = p->system->states;
    s[0].flow = expr_mul(h->pool, s[0].symbol, s[1].symbol);
}

// v is driven by i, i by a third state, and that by v again.
static void make_cycle(Hand *h, Population *p)
{
    const Expr *tau = expr_const(h->pool, 1);
    p->system->n_ports = 0;
    hand_decay(h, p, 1, hand_state(h, p, "third"), tau);
    hand_decay(h, p, 2, p->system->states[0].symbol, tau);
}

static void make_guard_quadratic(Hand *h, Population *p)
{
    p->system->guard = expr_mul(h->pool, p->system->guard,
                                p->system->states[1].symbol);
}

static void observe_square(Hand *h, Population *p)
{
    const Expr *v = p->system->states[0].symbol;
    hand_observe(h, OBSERVE_FINAL, p, expr_mul(h->pool, v, v));
}

static void make_long_chain(Hand *h, Population *p)
{
    const Expr *tau = expr_const(h->pool, 1);
    p->system->n_ports = 0;
    while (p->system->n_states < 9) {
        size_t k = p->system->n_states - 1;
        const Expr *next = hand_state(h, p, arena_printf(h->arena, "s%zu", k));
        hand_decay(h, p, k, next, tau);

    }
    hand_decay(h, p, 8, NULL, tau);
}

int main(void)
{
    for (int shape = 0; shape < HAND_SHAPES; shape++)
        for (size_t r = 0; r < sizeof regimes / sizeof *regimes; r++)
            for (int mode = 0; mode <= HAND_PER_NEURON; mode++)
                check_case((HandShape)shape, r, (HandMode)mode);
    refuse(make_flow_quadratic, "is not linear in the states");
    refuse(make_cycle, "drive each other in a cycle");
    refuse(make_guard_quadratic, "is not linear in the states");
    refuse(observe_square, "is not linear in the states");
    refuse(make_long_chain, "states that drive each other in a row");
    return unit_report();
}
