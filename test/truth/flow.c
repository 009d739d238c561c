// The membrane between arrivals, in closed form at 512 bits. With rates
// a = 1/tau_mem and b of a synapse,
//     v = bias + (v0 - bias) e^(-a s) + a * sum over drives of c K(s)
// where K' = -a K + e^(-b s) (exponential) or K' = -a K + s e^(-b s) (alpha).
// Nearly equal rates only cost digits, of which there are enough: two rates
// 1e-22 apart lose 44 of 154 in the worst term; equal ones have their own form.
#include <stdlib.h>
#include "truth.h"

struct Flow {
    Drive drive;
    mpfr_t a, b[2], bias;
    State start;
    mpfr_t ea, eb, k, k1, k2, c, t, u; // scratch
};

static mpfr_ptr flow_reals(Flow *flow, size_t i)
{
    mpfr_ptr all[] = {flow->a, flow->b[0], flow->b[1], flow->bias, flow->ea,
                      flow->eb, flow->k, flow->k1, flow->k2, flow->c, flow->t,
                      flow->u};
    return i < sizeof all / sizeof *all ? all[i] : NULL;
}

void state_init(State *state)
{
    mpfr_inits2(TRUTH_BITS, state->v, state->x[0], state->x[1], (mpfr_ptr)0);
    mpfr_set_zero(state->v, 1);
    mpfr_set_zero(state->x[0], 1);
    mpfr_set_zero(state->x[1], 1);
}

void state_clear(State *state)
{
    mpfr_clears(state->v, state->x[0], state->x[1], (mpfr_ptr)0);
}

Flow *flow_new(const Neuron *neuron)
{
    Flow *flow = calloc(1, sizeof *flow);
    for (size_t i = 0; flow_reals(flow, i); i++)
        mpfr_init2(flow_reals(flow, i), TRUTH_BITS);
    state_init(&flow->start);
    flow->drive = neuron->kind->drive;
    bool two = flow->drive == DRIVE_TWO;
    mpfr_ui_div(flow->a, 1, neuron->quantity[TAU_MEM], ROUND);
    mpfr_ui_div(flow->b[0], 1, neuron->quantity[two ? TAU_FAST : TAU_SYN], ROUND);
    mpfr_ui_div(flow->b[1], 1, neuron->quantity[two ? TAU_SLOW : TAU_SYN], ROUND);
    mpfr_set(flow->bias, neuron->quantity[BIAS], ROUND);
    return flow;
}

void flow_free(Flow *flow)
{
    for (size_t i = 0; flow_reals(flow, i); i++)
        mpfr_clear(flow_reals(flow, i));
    state_clear(&flow->start);
    free(flow);
}

void flow_start(Flow *flow, const State *state)
{
    mpfr_set(flow->start.v, state->v, ROUND);
    mpfr_set(flow->start.x[0], state->x[0], ROUND);
    mpfr_set(flow->start.x[1], state->x[1], ROUND);
}

static void decay(mpfr_t out, const mpfr_t rate, const mpfr_t s)
{
    mpfr_mul(out, rate, s, ROUND);
    mpfr_neg(out, out, ROUND);
    mpfr_exp(out, out, ROUND);
}

// K of an exponential synapse of rate b; ea, eb hold the decays.
static void kernel_exponential(Flow *flow, const mpfr_t b, const mpfr_t s)
{
    if (mpfr_equal_p(flow->a, b)) {
        mpfr_mul(flow->k, s, flow->ea, ROUND);
    } else {
        mpfr_sub(flow->t, flow->a, b, ROUND);
        mpfr_sub(flow->k, flow->eb, flow->ea, ROUND);
        mpfr_div(flow->k, flow->k, flow->t, ROUND);
    }
    mpfr_mul(flow->t, flow->a, flow->k, ROUND);    // K' = e^(-b s) - a K
    mpfr_sub(flow->k1, flow->eb, flow->t, ROUND);
    mpfr_mul(flow->t, b, flow->eb, ROUND);         // K'' = -b e^(-b s) - a K'
    mpfr_mul(flow->u, flow->a, flow->k1, ROUND);
    mpfr_add(flow->k2, flow->t, flow->u, ROUND);
    mpfr_neg(flow->k2, flow->k2, ROUND);
}

// K of the alpha synapse's second state.
static void kernel_alpha(Flow *flow, const mpfr_t b, const mpfr_t s)
{
    if (mpfr_equal_p(flow->a, b)) {
        mpfr_sqr(flow->k, s, ROUND);
        mpfr_mul(flow->k, flow->k, flow->ea, ROUND);
        mpfr_div_ui(flow->k, flow->k, 2, ROUND);
    } else { // (s e^(-b s) - (e^(-b s) - e^(-a s)) / d) / d, d = a - b
        mpfr_sub(flow->t, flow->a, b, ROUND);
        mpfr_sub(flow->u, flow->eb, flow->ea, ROUND);
        mpfr_div(flow->u, flow->u, flow->t, ROUND);
        mpfr_mul(flow->k, s, flow->eb, ROUND);
        mpfr_sub(flow->k, flow->k, flow->u, ROUND);
        mpfr_div(flow->k, flow->k, flow->t, ROUND);
    }
    mpfr_mul(flow->t, flow->a, flow->k, ROUND);    // K' = s e^(-b s) - a K
    mpfr_mul(flow->k1, s, flow->eb, ROUND);
    mpfr_sub(flow->k1, flow->k1, flow->t, ROUND);
    mpfr_mul(flow->t, b, s, ROUND);                // K'' = (1 - b s) e^(-b s) - a K'
    mpfr_ui_sub(flow->t, 1, flow->t, ROUND);
    mpfr_mul(flow->t, flow->t, flow->eb, ROUND);
    mpfr_mul(flow->u, flow->a, flow->k1, ROUND);
    mpfr_sub(flow->k2, flow->t, flow->u, ROUND);
}

// Adds a c K and its derivatives.
static void add_kernel(Flow *flow, const mpfr_t c, mpfr_t v, mpfr_t slope,
                       mpfr_t curvature)
{
    mpfr_mul(flow->t, flow->a, c, ROUND);
    mpfr_ptr outs[] = {v, slope, curvature};
    mpfr_ptr kernels[] = {flow->k, flow->k1, flow->k2};
    for (int i = 0; i < 3; i++) {
        if (!outs[i])
            continue;
        mpfr_mul(flow->u, flow->t, kernels[i], ROUND);
        mpfr_add(outs[i], outs[i], flow->u, ROUND);
    }
}

// bias + (v0 - bias) e^(-a s) and derivatives.
static void membrane_alone(Flow *flow, mpfr_t v, mpfr_t slope, mpfr_t curvature)
{
    mpfr_sub(flow->t, flow->start.v, flow->bias, ROUND);
    mpfr_mul(flow->t, flow->t, flow->ea, ROUND);
    if (v)
        mpfr_add(v, flow->bias, flow->t, ROUND);
    mpfr_mul(flow->t, flow->t, flow->a, ROUND);
    if (slope)
        mpfr_neg(slope, flow->t, ROUND);
    if (curvature)
        mpfr_mul(curvature, flow->t, flow->a, ROUND);
}

void flow_membrane(Flow *flow, const mpfr_t s, mpfr_t v, mpfr_t slope,
                   mpfr_t curvature)
{
    const State *start = &flow->start;
    int n_drives = flow->drive == DRIVE_NONE ? 0 : flow->drive == DRIVE_TWO ? 2 : 1;
    decay(flow->ea, flow->a, s);
    membrane_alone(flow, v, slope, curvature);
    for (int k = 0; k < n_drives; k++) {
        decay(flow->eb, flow->b[k], s);
        kernel_exponential(flow, flow->b[k], s);
        add_kernel(flow, start->x[k], v, slope, curvature);
    }
    if (flow->drive == DRIVE_ALPHA) {
        kernel_alpha(flow, flow->b[0], s);
        mpfr_mul(flow->c, start->x[1], flow->b[0], ROUND);
        add_kernel(flow, flow->c, v, slope, curvature);
    }
}

void flow_state(Flow *flow, const mpfr_t s, State *out)
{
    flow_membrane(flow, s, out->v, NULL, NULL);
    for (int k = 0; k < 2; k++) {
        decay(flow->eb, flow->b[k], s);
        mpfr_set(flow->t, flow->start.x[k], ROUND);
        if (flow->drive == DRIVE_ALPHA && k == 0) { // i = (i0 + a0 b s) e^(-b s)
            mpfr_mul(flow->u, flow->start.x[1], flow->b[0], ROUND);
            mpfr_mul(flow->u, flow->u, s, ROUND);
            mpfr_add(flow->t, flow->t, flow->u, ROUND);
        }
        mpfr_mul(out->x[k], flow->t, flow->eb, ROUND);
    }
}

// The derivative of e^(a s) v' is a e^(a s) times that of the drive. One
// exponential is monotone; the alpha drive's derivative is
// b e^(-b s) (a0 - i0 - a0 b s).
static bool turn_alpha(Flow *flow, mpfr_t out)
{
    if (mpfr_zero_p(flow->start.x[1]))
        return false;
    mpfr_sub(flow->t, flow->start.x[1], flow->start.x[0], ROUND);
    mpfr_mul(flow->u, flow->start.x[1], flow->b[0], ROUND);
    mpfr_div(out, flow->t, flow->u, ROUND);
    return mpfr_sgn(out) > 0;
}

// b0 f0 e^(-b0 s) + b1 s0 e^(-b1 s) = 0 needs f0, s0 of opposite signs and
// different rates: s = log(-b0 f0 / (b1 s0)) / (b0 - b1).
static bool turn_two(Flow *flow, mpfr_t out)
{
    if (mpfr_sgn(flow->start.x[0]) * mpfr_sgn(flow->start.x[1]) >= 0 ||
        mpfr_equal_p(flow->b[0], flow->b[1]))
        return false;
    mpfr_mul(flow->t, flow->b[0], flow->start.x[0], ROUND);
    mpfr_mul(flow->u, flow->b[1], flow->start.x[1], ROUND);
    mpfr_div(out, flow->t, flow->u, ROUND);
    mpfr_neg(out, out, ROUND);
    mpfr_log(out, out, ROUND);
    mpfr_sub(flow->t, flow->b[0], flow->b[1], ROUND);
    mpfr_div(out, out, flow->t, ROUND);
    return mpfr_sgn(out) > 0;
}

bool flow_turn(Flow *flow, mpfr_t out)
{
    switch (flow->drive) {
    case DRIVE_ALPHA: return turn_alpha(flow, out);
    case DRIVE_TWO: return turn_two(flow, out);
    case DRIVE_NONE:
    case DRIVE_EXPONENTIAL: break;
    }
    return false;
}
