// A hand-written module: 5 inputs, 20 hidden and 3 output LIF neurons, loss of
// first spikes, Adam, input dropout (off by default). What a compiler would emit,
// to test the runtime by itself. -DFAKE_REAL=float makes it single precision,
// -DFAKE_BYTES gives the data as bytes.
#include <math.h>
#include <stdlib.h>
#include "fake_kernel.h"
#include "snn/reader.h"

#define HIDDEN 20u
#define OUT 3u
#define STRIDE(n) (((n) * sizeof(FakeReal) + 63) / 64 * 64 / sizeof(FakeReal))
static const double duration = 60e-3;

enum { P_INPUT, P_OUTPUT, P_HIDDEN_THRESHOLD, P_OUT_THRESHOLD, N_PARAMETERS };
enum { H_RATE, H_BETA1, H_BETA2, H_EPS, H_TAU0, H_DROPOUT, N_HYPERS };

// ---- parameters

static const uint8_t one_gaussian[] = {1};
static const uint8_t one_uniform[] = {0};

static double initial_input(const double *draws, double fan_in, double fan_out)
{
    (void)fan_in, (void)fan_out;
    return 2 + 0.78 * draws[0];
}

static double initial_output(const double *draws, double fan_in,
                             double fan_out)
{
    (void)fan_in, (void)fan_out;
    return 2 + draws[0];
}

static double initial_threshold(const double *draws, double fan_in,
                                double fan_out)
{
    (void)draws, (void)fan_in, (void)fan_out;
    return 1;
}

#define PARAMETER(NAME, SHAPE, ROWS, COLUMNS)                                \
    .name = NAME, .unit = "1", .shape = SHAPE, .learned = 1, .rows = ROWS,    \
    .columns = COLUMNS, .stride = STRIDE(COLUMNS)
static const SnnParameter parameters[N_PARAMETERS] = {
    {PARAMETER("x_hidden.weight", SNN_DENSE, 5, HIDDEN), .n_draws = 1,
     .layer = 1, .projection = 0, .rank = 2, .dims = {5, HIDDEN},
     .low = -INFINITY, .high = INFINITY, .draw_kinds = one_gaussian,
     .initial = initial_input},
    {PARAMETER("hidden_out.weight", SNN_DENSE, HIDDEN, OUT), .n_draws = 1,
     .layer = 2, .projection = 1, .rank = 2, .dims = {HIDDEN, OUT},
     .low = -INFINITY, .high = INFINITY, .draw_kinds = one_gaussian,
     .initial = initial_output},
    {PARAMETER("hidden.threshold", SNN_PER_NEURON, 1, HIDDEN), .layer = 1,
     .projection = ~0u, .rank = 1, .dims = {HIDDEN}, .low = 0.5, .high = 2,
     .initial = initial_threshold},
    {PARAMETER("out.threshold", SNN_SHARED, 1, 1), .layer = 2,
     .projection = ~0u, .low = 0.5, .high = 2, .initial = initial_threshold},
};

// ---- layers

static const FakeLayer hidden = {&snn_module, 1, P_HIDDEN_THRESHOLD, 1};
static const FakeLayer out = {&snn_module, 2, P_OUT_THRESHOLD, 0};

static int32_t hidden_forward(SnnLayerRun *run)
{
    return fake_forward(&hidden, run);
}

static int32_t hidden_backward(SnnLayerRun *run)
{
    return fake_backward(&hidden, run);
}

static int32_t out_forward(SnnLayerRun *run)
{
    return fake_forward(&out, run);
}

static int32_t out_backward(SnnLayerRun *run)
{
    return fake_backward(&out, run);
}

static const uint32_t into_hidden[] = {0}, into_out[] = {1};
static const SnnProjection projections[] = {
    {"x_hidden", 0, 1, P_INPUT, 0, NULL, NULL, SNN_NONE, 0, 0},
    {"hidden_out", 1, 2, P_OUTPUT, 0, NULL, NULL, SNN_NONE, 0, 0},
};
static const SnnLayer layers[] = {
    {.name = "x", .neuron = "input", .solver = "", .size = 5, .is_input = 1},
    {.name = "hidden", .neuron = "lif", .solver = "bisection", .size = HIDDEN,
     .n_projections = 1, .projections = into_hidden,
     .forward = hidden_forward, .backward = hidden_backward, .block = 1},
    {.name = "out", .neuron = "lif", .solver = "bisection", .size = OUT,
     .n_projections = 1, .projections = into_out, .scratch_fixed = 64,
     .scratch_interval = 8, .forward = out_forward,
     .backward = out_backward, .block = 2},
};
static const SnnObservable observables[] = {{SNN_NTH_SPIKE, 2, 1, 0, NULL}};

// ---- loss, prediction, hyperparameters

static const SnnHyper hypers[N_HYPERS] = {
    [H_RATE] = {"optimizer.rate", "1"},   [H_BETA1] = {"optimizer.beta1", "1"},
    [H_BETA2] = {"optimizer.beta2", "1"}, [H_EPS] = {"optimizer.eps", "1"},
    [H_TAU0] = {"loss.tau0", "s"},        [H_DROPOUT] = {"dropout.p", "1"},
};

static void evaluate_hypers(double step, double epoch, const double *stalls,
                            double *values)
{
    (void)stalls;
    (void)step;
    values[H_RATE] = 5e-3 * pow(0.98, epoch);
    values[H_BETA1] = 0.9;
    values[H_BETA2] = 0.999;
    values[H_EPS] = 1e-8;
    values[H_TAU0] = 2e-3;
    values[H_DROPOUT] = 0;
}

static double loss(const double *observed, double label, const double *values,
                   double *gradient)
{
    double p[OUT], sum = 0, first = INFINITY, tau0 = values[H_TAU0];
    uint32_t l = (uint32_t)label;
    for (uint32_t k = 0; k < OUT; k++) {
        p[k] = isfinite(observed[k]) ? observed[k] : duration;
        first = fmin(first, p[k]);
    }
    double at = p[l];
    for (uint32_t k = 0; k < OUT; k++)
        sum += p[k] = exp(-(p[k] - first) / tau0);
    for (uint32_t k = 0; gradient && k < OUT; k++)
        gradient[k] = isfinite(observed[k])
                          ? ((k == l) - p[k] / sum) / tau0
                          : 0;
    return (at - first) / tau0 + log(sum);
}

static int64_t predict(const double *observed, const double *values)
{
    int64_t best = -1;
    double earliest = INFINITY;
    (void)values;
    for (uint32_t k = 0; k < OUT; k++)
        if (observed[k] < earliest) {
            earliest = observed[k];
            best = k;
        }
    return best;
}

// ---- optimiser

static const double optimizer_initial[] = {0, 0};
static const char *const optimizer_names[] = {"m", "s"};

static FakeReal take(void *const *gradients, uint32_t touched, int64_t at)
{
    double g = 0;
    for (int64_t k = 0; touched >> k; k++) {
        if (!(touched >> k & 1))
            continue;
        g += ((FakeReal *)gradients[k])[at];
        ((FakeReal *)gradients[k])[at] = 0;
    }
    return (FakeReal)g;
}

static int64_t optimize(int64_t rows, int64_t columns, int64_t stride,
                        void *parameter, void *const *states,
                        void *const *gradients, const uint32_t *touched,
                        const double *values, double scale,
                        const double *facts, const void *silence)
{
    double step = facts[SNN_FACT_STEP];
    double low = facts[SNN_FACT_LOW], high = facts[SNN_FACT_HIGH];
    FakeReal *w = parameter, *m = states[0], *s = states[1];
    double b1 = values[H_BETA1], b2 = values[H_BETA2];
    (void)silence, (void)columns;
    for (int64_t i = 0; i < rows * stride; i++) {
        if (touched[i / stride] == SNN_ROW_RESTS)
            continue;
        double g = scale * take(gradients, touched[i / stride], i);
        m[i] = (FakeReal)(b1 * m[i] + (1 - b1) * g);
        s[i] = (FakeReal)(b2 * s[i] + (1 - b2) * g * g);
        double next = w[i] - values[H_RATE] * (m[i] / (1 - pow(b1, step))) /
                                 (sqrt(s[i] / (1 - pow(b2, step))) +
                                  values[H_EPS]);
        w[i] = (FakeReal)fmin(fmax(next, low), high);
    }
    return 0;
}

static const SnnOptimizer optimizers[] = {
    {"adam", 2, 0, 1, 0, optimizer_initial, optimizer_names, optimize},
};

// ---- data

static void encode(double value, double channel, double *times)
{
    (void)channel;
#ifdef FAKE_BYTES
    value /= 255;
#endif
    times[0] = value * 30e-3;
}

static const double bias_times[] = {0};
static const SnnEncoder encoder = {1, 1, bias_times, encode};

static int32_t drop(double *time, double *channel, const double *draws,
                    const double *values)
{
    (void)time, (void)channel;
    return draws[0] >= values[H_DROPOUT];
}

static const SnnTransform transforms[] = {
    {"dropout", 1, 0, one_uniform, drop},
};

// Points of the unit square in three diagonal bands.
static int make_set(SnnSet *set, uint32_t n, uint32_t seed)
{
    *set = (SnnSet){.n_samples = n, .n_values = 4};
    set->labels = calloc(n, sizeof *set->labels);
    double *values = calloc((size_t)n * 4, sizeof *values);
    for (uint32_t i = 0; i < n; i++) {
        double xy[2];
        for (int k = 0; k < 2; k++) {
            seed = seed * 1664525u + 1013904223u;
            xy[k] = (seed >> 8) / 16777216.0;
            values[4 * i + (uint32_t)k] = xy[k];
            values[4 * i + 2 + (uint32_t)k] = 1 - xy[k];
        }
        double d = xy[0] - xy[1];
        set->labels[i] = d < -0.2 ? 0 : d < 0.2 ? 1 : 2;
    }
#ifdef FAKE_BYTES
    set->bytes = calloc((size_t)n * 4, 1);
    for (uint32_t i = 0; i < 4 * n; i++)
        set->bytes[i] = (uint8_t)(values[i] * 255);
    free(values);
#else
    set->doubles = values;
#endif
    return 0;
}

static int read_fake(const SnnReaderOption *options, uint32_t n_options,
                     const char *folder, SnnDataset *dataset, char *error,
                     size_t error_size)
{
    (void)options, (void)n_options, (void)folder, (void)error, (void)error_size;
    *dataset = (SnnDataset){.n_classes = OUT};
    make_set(&dataset->train, 200, 1);
    make_set(&dataset->test, 100, 2);
    return 0;
}

static const SnnReader reader = {"bands", read_fake};

const SnnModule snn_module = {
    .magic = SNN_ABI_MAGIC,
    .version = SNN_ABI_VERSION,
    .size = sizeof(SnnModule),
    .real_size = sizeof(FakeReal),
    .name = "bands",
    .target = "plain C",
    .duration = 60e-3,
    .n_layers = 3,
    .n_projections = 2,
    .n_parameters = N_PARAMETERS,
    .n_observables = 1,
    .n_observed_values = OUT,
    .n_hypers = N_HYPERS,
    .n_optimizers = 1,
    .n_transforms = 1,
    .batch = 20,
    .epochs = 5,
    .predict_layer = 2,
    .layers = layers,
    .projections = projections,
    .parameters = parameters,
    .observables = observables,
    .hypers = hypers,
    .evaluate_hypers = evaluate_hypers,
    .loss = loss,
    .predict = predict,
    .optimizers = optimizers,
    .encoder = &encoder,
    .transforms = transforms,
    .reader = &reader,
};
