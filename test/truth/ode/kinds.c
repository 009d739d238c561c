// The neurons, each as its paper writes it, in SI units.
#include "ode.h"

#include <math.h>
#include <string.h>

#define PI M_PIq

static Real logistic(Real x)
{
    return 1 / (1 + expq(-x));
}

// ---- leaky integrator and integrate-and-fire -----------------------------------

static void start_zero(const Real *p, Real *x)
{
    (void)p;
    memset(x, 0, ODE_STATES * sizeof *x);
}

static void li_flow(const Real *p, const Real *x, Real *rate)
{
    rate[0] = (x[1] - x[0] + p[2]) / p[0];
    rate[1] = -x[1] / p[1];
}

static void add_second(const Real *p, Real *x, int port, Real w)
{
    (void)p, (void)port;
    x[1] += w;
}

static void lif_flow(const Real *p, const Real *x, Real *rate)
{
    rate[0] = (x[1] - x[0] + p[4]) / p[0];
    rate[1] = -x[1] / p[1];
}

static Real lif_guard(const Real *p, const Real *x)
{
    return x[0] - p[2];
}

static void lif_reset(const Real *p, Real *x)
{
    x[0] = p[3];
}

// ---- quadratic, exponential, theta ---------------------------------------------

enum { QIF_MEM, QIF_SYN, QIF_CRIT, QIF_PEAK, QIF_RESET, QIF_BIAS };

static void qif_flow(const Real *p, const Real *x, Real *rate)
{
    rate[0] = (x[0] * x[0] - p[QIF_CRIT] * x[0] + x[1] + p[QIF_BIAS])
              / p[QIF_MEM];
    rate[1] = -x[1] / p[QIF_SYN];
}

static Real qif_guard(const Real *p, const Real *x)
{
    return x[0] - p[QIF_PEAK];
}

static void qif_reset(const Real *p, Real *x)
{
    x[0] = p[QIF_RESET];
}

enum { EIF_MEM, EIF_SYN, EIF_REST, EIF_RISE, EIF_SLOPE, EIF_PEAK, EIF_RESET,
       EIF_GAIN };

static void eif_start(const Real *p, Real *x)
{
    x[0] = p[EIF_REST];
    x[1] = 0;
}

static void eif_flow(const Real *p, const Real *x, Real *rate)
{
    Real active = p[EIF_SLOPE] * expq((x[0] - p[EIF_RISE]) / p[EIF_SLOPE]);
    rate[0] = (p[EIF_REST] - x[0] + active + x[1]) / p[EIF_MEM];
    rate[1] = -x[1] / p[EIF_SYN];
}

static Real eif_guard(const Real *p, const Real *x)
{
    return x[0] - p[EIF_PEAK];
}

static void eif_reset(const Real *p, Real *x)
{
    x[0] = p[EIF_RESET];
}

static void eif_receive(const Real *p, Real *x, int port, Real w)
{
    (void)port;
    x[1] += w * p[EIF_GAIN];
}

enum { THETA_TAU, THETA_SYN, THETA_BIAS, THETA_START };

static void theta_start(const Real *p, Real *x)
{
    x[0] = p[THETA_START];
    x[1] = 0;
}

static void theta_flow(const Real *p, const Real *x, Real *rate)
{
    // 1 - cos = 2 sin^2 of the half, 1 + cos = 2 cos^2 of it
    Real s = sinq(x[0] / 2), c = cosq(x[0] / 2);
    rate[0] = 2 * (s * s + c * c * (x[1] + p[THETA_BIAS])) / p[THETA_TAU];
    rate[1] = -x[1] / p[THETA_SYN];
}

static Real theta_guard(const Real *p, const Real *x)
{
    (void)p;
    return x[0] - PI;
}

static void theta_reset(const Real *p, Real *x)
{
    (void)p;
    x[0] -= 2 * PI;
}

// ---- two variables: adex, izhikevich -------------------------------------------

enum { ADEX_CAPACITY, ADEX_LEAK, ADEX_REST, ADEX_RISE, ADEX_SLOPE, ADEX_TAU,
       ADEX_COUPLING, ADEX_JUMP, ADEX_PEAK, ADEX_RESET, ADEX_SYN, ADEX_GAIN };

static void adex_start(const Real *p, Real *x)
{
    x[0] = p[ADEX_REST];
    x[1] = x[2] = 0;
}

static void adex_flow(const Real *p, const Real *x, Real *rate)
{
    Real above = x[0] - p[ADEX_REST], leak = p[ADEX_LEAK];
    Real active = leak * p[ADEX_SLOPE]
                  * expq((x[0] - p[ADEX_RISE]) / p[ADEX_SLOPE]);
    rate[0] = (active - leak * above - x[1] + x[2]) / p[ADEX_CAPACITY];
    rate[1] = (p[ADEX_COUPLING] * above - x[1]) / p[ADEX_TAU];
    rate[2] = -x[2] / p[ADEX_SYN];
}

static Real adex_guard(const Real *p, const Real *x)
{
    return x[0] - p[ADEX_PEAK];
}

static void adex_reset(const Real *p, Real *x)
{
    x[0] = p[ADEX_RESET];
    x[1] += p[ADEX_JUMP];
}

static void adex_receive(const Real *p, Real *x, int port, Real w)
{
    (void)port;
    x[2] += w * p[ADEX_GAIN];
}

enum { IZH_A, IZH_B, IZH_C, IZH_D, IZH_PEAK, IZH_SYN, IZH_GAIN };

// v' = 0 and u = b v without input; SI: 0.04 /(mV ms) = 4e4 /(V s).
static void izhikevich_start(const Real *p, Real *x)
{
    Real linear = 5000 - p[IZH_B];
    x[0] = (-linear - sqrtq(linear * linear - 4 * 40000.0Q * 140)) / 80000;
    x[1] = p[IZH_B] * x[0];
    x[2] = 0;
}

static void izhikevich_flow(const Real *p, const Real *x, Real *rate)
{
    rate[0] = (40000 * x[0] + 5000) * x[0] + 140 - x[1] + x[2];
    rate[1] = p[IZH_A] * (p[IZH_B] * x[0] - x[1]);
    rate[2] = -x[2] / p[IZH_SYN];
}

static Real izhikevich_guard(const Real *p, const Real *x)
{
    return x[0] - p[IZH_PEAK];
}

static void izhikevich_reset(const Real *p, Real *x)
{
    x[0] = p[IZH_C];
    x[1] += p[IZH_D];
}

static void izhikevich_receive(const Real *p, Real *x, int port, Real w)
{
    (void)port;
    x[2] += w * p[IZH_GAIN];
}

// ---- linear, with a guard or a coupling of their own ---------------------------

enum { ALIF_MEM, ALIF_SYN, ALIF_ADAPT, ALIF_THRESHOLD, ALIF_JUMP, ALIF_RESET,
       ALIF_BIAS };

static void alif_flow(const Real *p, const Real *x, Real *rate)
{
    rate[0] = (x[1] - x[0] + p[ALIF_BIAS]) / p[ALIF_MEM];
    rate[1] = -x[1] / p[ALIF_SYN];
    rate[2] = -x[2] / p[ALIF_ADAPT];
}

static Real alif_guard(const Real *p, const Real *x)
{
    return x[0] - (p[ALIF_THRESHOLD] + x[2]);
}

static void alif_reset(const Real *p, Real *x)
{
    x[0] = p[ALIF_RESET];
    x[2] += p[ALIF_JUMP];
}

enum { AC_MEM, AC_SYN, AC_ADAPT, AC_COUPLING, AC_JUMP, AC_THRESHOLD, AC_RESET,
       AC_BIAS };

static void ac_flow(const Real *p, const Real *x, Real *rate)
{
    rate[0] = (x[1] - x[0] - x[2] + p[AC_BIAS]) / p[AC_MEM];
    rate[1] = -x[1] / p[AC_SYN];
    rate[2] = (p[AC_COUPLING] * x[0] - x[2]) / p[AC_ADAPT];
}

static Real ac_guard(const Real *p, const Real *x)
{
    return x[0] - p[AC_THRESHOLD];
}

static void ac_reset(const Real *p, Real *x)
{
    x[0] = p[AC_RESET];
    x[2] += p[AC_JUMP];
}

enum { RF_DAMPING, RF_FREQUENCY, RF_THRESHOLD, RF_X, RF_Y };

static void rf_flow(const Real *p, const Real *x, Real *rate)
{
    rate[0] = -p[RF_DAMPING] * x[0] - p[RF_FREQUENCY] * x[1];
    rate[1] = p[RF_FREQUENCY] * x[0] - p[RF_DAMPING] * x[1];
}

static Real rf_guard(const Real *p, const Real *x)
{
    return x[1] - p[RF_THRESHOLD];
}

static void rf_reset(const Real *p, Real *x)
{
    x[0] = p[RF_X];
    x[1] = p[RF_Y];
}

static void rf_receive(const Real *p, Real *x, int port, Real w)
{
    (void)p, (void)port;
    x[0] += w;
}

enum { TWO_SOMA, TWO_DENDRITE, TWO_COUPLING, TWO_BACK, TWO_SYN, TWO_THRESHOLD,
       TWO_RESET };

static void two_flow(const Real *p, const Real *x, Real *rate)
{
    Real across = x[1] - x[0];
    rate[0] = (x[2] - x[0] + p[TWO_COUPLING] * across) / p[TWO_SOMA];
    rate[1] = (x[3] - x[1] - p[TWO_BACK] * across) / p[TWO_DENDRITE];
    rate[2] = -x[2] / p[TWO_SYN];
    rate[3] = -x[3] / p[TWO_SYN];
}

static Real two_guard(const Real *p, const Real *x)
{
    return x[0] - p[TWO_THRESHOLD];
}

static void two_reset(const Real *p, Real *x)
{
    x[0] = p[TWO_RESET];
}

static void two_receive(const Real *p, Real *x, int port, Real w)
{
    (void)p;
    x[2 + port] += w;
}

// ---- conductances ----------------------------------------------------------------

enum { CO_CAPACITY, CO_LEAK, CO_REST, CO_EXC, CO_INH, CO_TAU_EXC, CO_TAU_INH,
       CO_THRESHOLD, CO_RESET, CO_GAIN };

static void co_start(const Real *p, Real *x)
{
    x[0] = p[CO_REST];
    x[1] = x[2] = 0;
}

static void co_flow(const Real *p, const Real *x, Real *rate)
{
    Real current = p[CO_LEAK] * (p[CO_REST] - x[0])
                   + x[1] * (p[CO_EXC] - x[0]) + x[2] * (p[CO_INH] - x[0]);
    rate[0] = current / p[CO_CAPACITY];
    rate[1] = -x[1] / p[CO_TAU_EXC];
    rate[2] = -x[2] / p[CO_TAU_INH];
}

static Real co_guard(const Real *p, const Real *x)
{
    return x[0] - p[CO_THRESHOLD];
}

static void co_reset(const Real *p, Real *x)
{
    x[0] = p[CO_RESET];
}

static void co_receive(const Real *p, Real *x, int port, Real w)
{
    x[1 + port] += w * p[CO_GAIN];
}

enum { RE_CAPACITY, RE_LEAK, RE_REST, RE_EXC, RE_INH, RE_AMPA, RE_NMDA, RE_RISE,
       RE_GABA, RE_MG, RE_THRESHOLD, RE_RESET, RE_GAIN };

static void re_start(const Real *p, Real *x)
{
    memset(x, 0, ODE_STATES * sizeof *x);
    x[0] = p[RE_REST];
}

// v, ampa, nmda, rise, gaba; 3.57 mM are 3.57 mol/m^3.
static void re_flow(const Real *p, const Real *x, Real *rate)
{
    Real block = 1 + p[RE_MG] / 3.57Q * expq(-x[0] / 0.01613Q);
    Real current = p[RE_LEAK] * (p[RE_REST] - x[0])
                   + (x[1] + x[2] / block) * (p[RE_EXC] - x[0])
                   + x[4] * (p[RE_INH] - x[0]);
    rate[0] = current / p[RE_CAPACITY];
    rate[1] = -x[1] / p[RE_AMPA];
    rate[2] = (x[3] - x[2]) / p[RE_NMDA];
    rate[3] = -x[3] / p[RE_RISE];
    rate[4] = -x[4] / p[RE_GABA];
}

static Real re_guard(const Real *p, const Real *x)
{
    return x[0] - p[RE_THRESHOLD];
}

static void re_reset(const Real *p, Real *x)
{
    x[0] = p[RE_RESET];
}

static void re_receive(const Real *p, Real *x, int port, Real w)
{
    static const int state[] = {1, 3, 4};
    x[state[port]] += w * p[RE_GAIN];
}

// ---- gated unit --------------------------------------------------------------------

enum { GRU_MEM, GRU_SYN, GRU_U, GRU_R, GRU_Z, GRU_THRESHOLD, GRU_RESET };

static void gru_start(const Real *p, Real *x)
{
    x[0] = 0;
    x[1] = p[GRU_U];
    x[2] = p[GRU_R];
    x[3] = p[GRU_Z];
}

static void gru_flow(const Real *p, const Real *x, Real *rate)
{
    rate[0] = logistic(x[1]) * (tanhq(x[3]) - x[0]) / p[GRU_MEM];
    for (int k = 1; k <= 3; k++)
        rate[k] = (p[GRU_U + k - 1] - x[k]) / p[GRU_SYN];
}

static Real gru_guard(const Real *p, const Real *x)
{
    return x[0] - p[GRU_THRESHOLD];
}

static void gru_reset(const Real *p, Real *x)
{
    x[0] = p[GRU_RESET];
}

static void gru_receive(const Real *p, Real *x, int port, Real w)
{
    (void)p;
    x[1 + port] += port == 2 ? w * logistic(x[2]) : w;
}

// ---- all of them -------------------------------------------------------------------

static const Kind kinds[] = {
    {"li", {"tau_mem", "tau_syn", "bias"}, 2, start_zero, li_flow, NULL, NULL,
     add_second},
    {"lif", {"tau_mem", "tau_syn", "threshold", "v_reset", "bias"}, 2,
     start_zero, lif_flow, lif_guard, lif_reset, add_second},
    {"qif", {"tau_mem", "tau_syn", "v_crit", "v_peak", "v_reset", "bias"}, 2,
     start_zero, qif_flow, qif_guard, qif_reset, add_second},
    {"eif", {"tau_mem", "tau_syn", "rest", "v_rise", "slope", "v_peak",
             "v_reset", "gain"}, 2,
     eif_start, eif_flow, eif_guard, eif_reset, eif_receive},
    {"theta", {"tau", "tau_syn", "bias", "start"}, 2, theta_start, theta_flow,
     theta_guard, theta_reset, add_second},
    {"adex", {"capacity", "leak", "rest", "v_rise", "slope", "tau_u",
              "coupling", "jump", "v_peak", "v_reset", "tau_syn", "gain"}, 3,
     adex_start, adex_flow, adex_guard, adex_reset, adex_receive},
    {"izhikevich", {"a", "b", "c", "d", "v_peak", "tau_syn", "gain"}, 3,
     izhikevich_start, izhikevich_flow, izhikevich_guard, izhikevich_reset,
     izhikevich_receive},
    {"alif", {"tau_mem", "tau_syn", "tau_adapt", "threshold", "jump",
              "v_reset", "bias"}, 3,
     start_zero, alif_flow, alif_guard, alif_reset, add_second},
    {"lif_adaptive_current", {"tau_mem", "tau_syn", "tau_adapt", "coupling",
                              "jump", "threshold", "v_reset", "bias"}, 3,
     start_zero, ac_flow, ac_guard, ac_reset, add_second},
    {"resonate_and_fire", {"damping", "frequency", "threshold", "x_reset",
                           "y_reset"}, 2,
     start_zero, rf_flow, rf_guard, rf_reset, rf_receive},
    {"two_compartment", {"tau_soma", "tau_dendrite", "coupling", "back",
                         "tau_syn", "threshold", "s_reset"}, 4,
     start_zero, two_flow, two_guard, two_reset, two_receive},
    {"lif_conductance", {"capacity", "leak", "rest", "e_reversal",
                         "i_reversal", "tau_exc", "tau_inh", "threshold",
                         "v_reset", "gain"}, 3,
     co_start, co_flow, co_guard, co_reset, co_receive},
    {"lif_receptors", {"capacity", "leak", "rest", "e_reversal", "i_reversal",
                       "tau_ampa", "tau_nmda", "tau_rise", "tau_gaba",
                       "magnesium", "threshold", "v_reset", "gain"}, 5,
     re_start, re_flow, re_guard, re_reset, re_receive},
    {"egru", {"tau_mem", "tau_syn", "b_u", "b_r", "b_z", "threshold",
              "c_reset"}, 4,
     gru_start, gru_flow, gru_guard, gru_reset, gru_receive},
};

const Kind *kind_find(const char *name)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (strcmp(kinds[k].name, name) == 0)
            return &kinds[k];
    return NULL;
}

int kind_quantity(const Kind *kind, const char *name)
{
    for (int q = 0; q < ODE_QUANTITIES && kind->quantities[q]; q++)
        if (strcmp(kind->quantities[q], name) == 0)
            return q;
    return -1;
}
