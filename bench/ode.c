// One numeric layer through samples, neuron by neuron, by SUNDIALS CVODE with
// root finding: what a scalar loop around a library's solver costs. Written
// from the equations of stdlib/neurons, independently of the compiler.
//
//     ode NEURON TOLERANCE METHOD NETWORK
//
// METHOD is adams (fixed-point iteration) or bdf (Newton with a dense
// Jacobian). NETWORK, a text file of numbers: inputs, neurons, weights (inputs
// x neurons), samples; for each sample its count of events, then time (s) and
// channel of each, in order of time.
//
// Prints a line `spike SAMPLE NEURON TIME` for each spike, then a last one:
// `seconds S steps N spikes N` (processor time of the integration alone).
#include <cvode/cvode.h>
#include <math.h>
#include <nvector/nvector_serial.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>
#include <sunnonlinsol/sunnonlinsol_fixedpoint.h>
#include <time.h>

#define DURATION 60e-3 /* s */

enum { STATES_MAX = 3 };

// Potentials in mV, times in ms, so that all states are of a like size.
typedef struct Kind {
    const char *name;
    int n;
    double start[STATES_MAX];
    double size[STATES_MAX];   // what absolute tolerances are measured by
    double peak;               // the potential of a spike
    double gain;               // current of an arrival of weight 1
    int current;               // the state that arrivals add to
    void (*flow)(const double *x, double *rate); // per ms
    void (*reset)(double *x);
} Kind;

static void qif_flow(const double *x, double *rate)
{
    rate[0] = (x[0] * (x[0] - 1) + x[1]) / 10;
    rate[1] = -x[1] / 5;
}

static void qif_reset(double *x)
{
    x[0] = 0;
}

static void eif_flow(const double *x, double *rate)
{
    rate[0] = (-65 - x[0] + 2 * exp((x[0] + 55) / 2) + x[1]) / 20;
    rate[1] = -x[1] / 5;
}

static void eif_reset(double *x)
{
    x[0] = -65;
}

// currents in pA, conductances in nS, capacity in pF
static void adex_flow(const double *x, double *rate)
{
    rate[0] = (30 * (-70.6 - x[0] + 2 * exp((x[0] + 50.4) / 2)) - x[1] + x[2])
              / 281;
    rate[1] = (4 * (x[0] + 70.6) - x[1]) / 144;
    rate[2] = -x[2] / 5;
}

static void adex_reset(double *x)
{
    x[0] = -70.6;
    x[1] += 80.5;
}

static void izhikevich_flow(const double *x, double *rate)
{
    rate[0] = 0.04 * x[0] * x[0] + 5 * x[0] + 140 - x[1] + x[2];
    rate[1] = 0.02 * (0.2 * x[0] - x[1]);
    rate[2] = -x[2] / 5;
}

static void izhikevich_reset(double *x)
{
    x[0] = -65;
    x[1] += 8;
}

static const Kind kinds[] = {
    {"qif", 2, {0, 0}, {10, 1}, 10, 1, 1, qif_flow, qif_reset},
    {"eif", 2, {-65, 0}, {65, 10}, -30, 10, 1, eif_flow, eif_reset},
    {"adex", 3, {-70.6, 0, 0}, {70, 100, 600}, -30, 600, 2, adex_flow,
     adex_reset},
    {"izhikevich", 3, {-70, -14, 0}, {70, 14, 10}, 30, 10, 2, izhikevich_flow,
     izhikevich_reset},
};

static void fail(const char *what)
{
    fprintf(stderr, "ode: %s\n", what);
    exit(2);
}

static void check(int status, const char *what)
{
    if (status < 0)
        fail(what);
}

static int rates(realtype t, N_Vector x, N_Vector rate, void *user)
{
    (void)t;
    ((const Kind *)user)->flow(N_VGetArrayPointer(x),
                               N_VGetArrayPointer(rate));
    return 0;
}

static int guard(realtype t, N_Vector x, realtype *value, void *user)
{
    (void)t;
    value[0] = N_VGetArrayPointer(x)[0] - ((const Kind *)user)->peak;
    return 0;
}

// ---- the solver ------------------------------------------------------------

typedef struct Solver {
    const Kind *kind;
    void *cvode;
    N_Vector x;
    long steps, spikes;
} Solver;

static void use_newton(Solver *s, SUNContext context)
{
    SUNMatrix a = SUNDenseMatrix(s->kind->n, s->kind->n, context);
    check(CVodeSetLinearSolver(s->cvode, SUNLinSol_Dense(s->x, a, context), a),
          "no linear solver");
}

static void use_iteration(Solver *s, SUNContext context)
{
    check(CVodeSetNonlinearSolver(
              s->cvode, SUNNonlinSol_FixedPoint(s->x, 0, context)),
          "no fixed-point solver");
}

static Solver solver_new(const Kind *kind, double tolerance, const char *method)
{
    Solver s = {.kind = kind};
    SUNContext context;
    int up = 1;
    check(SUNContext_Create(NULL, &context), "no context");
    s.x = N_VNew_Serial(kind->n, context);
    N_Vector absolute = N_VNew_Serial(kind->n, context);
    for (int i = 0; i < kind->n; i++) {
        N_VGetArrayPointer(absolute)[i] = tolerance * kind->size[i];
        N_VGetArrayPointer(s.x)[i] = kind->start[i];
    }
    bool bdf = strcmp(method, "bdf") == 0;
    s.cvode = CVodeCreate(bdf ? CV_BDF : CV_ADAMS, context);
    check(CVodeInit(s.cvode, rates, 0, s.x), "no start");
    check(CVodeSVtolerances(s.cvode, tolerance, absolute), "no tolerances");
    check(CVodeSetUserData(s.cvode, (void *)kind), "no user data");
    check(CVodeSetMaxNumSteps(s.cvode, 1000000), "no steps");
    if (bdf)
        use_newton(&s, context);
    else
        use_iteration(&s, context);
    check(CVodeRootInit(s.cvode, 1, guard), "no root finding");
    check(CVodeSetRootDirection(s.cvode, &up), "no direction");
    return s;
}

static void start_again(Solver *s, double t)
{
    long steps = 0;
    CVodeGetNumSteps(s->cvode, &steps);
    s->steps += steps;
    check(CVodeReInit(s->cvode, t, s->x), "cannot start again");
}

// From one arrival to the next, or the end; times in ms.
static void advance(Solver *s, double *t, double to, int sample, int neuron)
{
    check(CVodeSetStopTime(s->cvode, to), "no stop time");
    while (*t < to) {
        int status = CVode(s->cvode, to, s->x, t, CV_NORMAL);
        check(status, "the solver gave up");
        if (status != CV_ROOT_RETURN)
            continue;
        s->spikes++;
        printf("spike %d %d %.17g\n", sample, neuron, *t * 1e-3);
        s->kind->reset(N_VGetArrayPointer(s->x));
        start_again(s, *t);
        check(CVodeSetStopTime(s->cvode, to), "no stop time");
    }
}

// ---- the network -----------------------------------------------------------

typedef struct Arrival {
    double time; // ms
    int channel;
} Arrival;

static double number(FILE *file)
{
    double value;
    if (fscanf(file, "%lf", &value) != 1)
        fail("the network ends too early");
    return value;
}

static void run_neuron(Solver *s, const Arrival *arrivals, int n,
                       const double *weights, int stride, int sample,
                       int neuron)
{
    double *x = N_VGetArrayPointer(s->x), t = 0;
    memcpy(x, s->kind->start, sizeof(double) * (size_t)s->kind->n);
    start_again(s, 0);
    for (int k = 0; k < n; k++) {
        if (arrivals[k].time > t)
            advance(s, &t, arrivals[k].time, sample, neuron);
        x[s->kind->current] +=
            weights[arrivals[k].channel * stride + neuron] * s->kind->gain;
        start_again(s, t);
    }
    advance(s, &t, DURATION * 1e3, sample, neuron);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
    const Kind *kind = NULL;
    for (size_t i = 0; argc == 5 && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, argv[1]) == 0)
            kind = &kinds[i];
    FILE *file = kind ? fopen(argv[4], "r") : NULL;
    if (!file)
        fail("usage: ode NEURON TOLERANCE adams|bdf NETWORK");
    int inputs = (int)number(file), neurons = (int)number(file);
    double *weights = calloc((size_t)(inputs * neurons), sizeof *weights);
    for (int k = 0; k < inputs * neurons; k++)
        weights[k] = number(file);
    Solver s = solver_new(kind, atof(argv[2]), argv[3]);
    int samples = (int)number(file);
    double spent = 0;
    for (int sample = 0; sample < samples; sample++) {
        int n = (int)number(file);
        Arrival *arrivals = calloc((size_t)n + 1, sizeof *arrivals);
        for (int k = 0; k < n; k++) {
            arrivals[k].time = number(file) * 1e3;
            arrivals[k].channel = (int)number(file);
        }
        double start = seconds();
        for (int j = 0; j < neurons; j++)
            run_neuron(&s, arrivals, n, weights, neurons, sample, j);
        spent += seconds() - start;
        free(arrivals);
    }
    free(weights);
    printf("seconds %.6f steps %ld spikes %ld\n", spent, s.steps, s.spikes);
    return 0;
}
