// Encoding: bytes and numbers give the same spikes; transforms are drawn by
// (seed, epoch, sample); data that do not fit are told.
#include "../unit.h"

#include <stdlib.h>
#include "train/stimuli.h"

static void encode_plain(double value, double channel, double *times)
{
    (void)channel;
    times[0] = value > 1 ? (255 - value) * 1e-4 : NAN;
    times[1] = value > 200 ? value * 1e-4 : INFINITY;
}

static void encode_by_channel(double value, double channel, double *times)
{
    encode_plain(value, channel, times);
    times[0] += channel * 1e-3;
}

static void encode_negative(double value, double channel, double *times)
{
    (void)channel;
    times[0] = (value - 3) * 1e-3;
}

static int32_t drop_and_move(double *time, double *channel, const double *draws,
                             const double *hypers)
{
    (void)channel;
    *time += 1e-3 * draws[1];
    return draws[0] >= hypers[0];
}

static const uint8_t kinds[] = {0, SNN_DRAW_GAUSSIAN};
static const SnnTransform transform = {"t", 2, 0, kinds, drop_and_move};

// The first draw is the sample's, the second the spike's.
static int32_t shift(double *time, double *channel, const double *draws,
                     const double *hypers)
{
    (void)hypers;
    *time = draws[1];
    *channel += 4 * draws[0] - 2;
    return 1;
}

static const uint8_t shift_kinds[] = {SNN_DRAW_OF_SAMPLE, 0};
static const SnnTransform shifts = {"s", 2, 0, shift_kinds, shift};
static const double bias_times[] = {0.01};
static const SnnLayer layers[] = {{.name = "x", .size = 7, .is_input = 1},
                                  {.name = "out", .size = 3}};

enum { SAMPLES = 50, VALUES = 6 };
static uint8_t bytes[SAMPLES * VALUES];
static double doubles[SAMPLES * VALUES];
static int32_t labels[SAMPLES];

static SnnModule make_module(const SnnEncoder *encoder)
{
    return (SnnModule){.n_layers = 2, .layers = layers, .predict_layer = 1,
                       .encoder = encoder, .n_transforms = 1,
                       .transforms = &transform};
}

static SnnSet make_set(bool is_bytes)
{
    for (int i = 0; i < SAMPLES * VALUES; i++)
        doubles[i] = bytes[i] = (uint8_t)(rand() % 256);
    return (SnnSet){.n_samples = SAMPLES, .n_values = VALUES,
                    .bytes = is_bytes ? bytes : NULL,
                    .doubles = is_bytes ? NULL : doubles, .labels = labels};
}

static void compare_ways(const SnnEncoder *encoder)
{
    SnnModule module = make_module(encoder);
    SnnSet as_bytes = make_set(true), as_numbers = as_bytes;
    as_numbers.bytes = NULL;
    as_numbers.doubles = doubles;
    Stimuli a, b;
    Stimulus x = {0}, y = {0};
    StimuliFailure failure;
    CHECK(stimuli_new(&a, &module, &as_bytes, &failure));
    CHECK(stimuli_new(&b, &module, &as_numbers, &failure));
    for (uint32_t i = 0; i < SAMPLES; i++) {
        CHECK(stimulus_fetch(&x, &a, i) && stimulus_fetch(&y, &b, i));
        CHECK(x.count == y.count && x.count > 0);
        CHECK(memcmp(x.times, y.times, x.count * sizeof(double)) == 0);
        CHECK(memcmp(x.channels, y.channels, x.count * sizeof(uint32_t)) == 0);
        for (size_t k = 1; k < x.count; k++)
            CHECK(x.times[k - 1] < x.times[k] ||
                  (x.times[k - 1] == x.times[k] &&
                   x.channels[k - 1] <= x.channels[k]));
    }
    stimulus_free(&x);
    stimulus_free(&y);
    stimuli_free(&a);
    stimuli_free(&b);
}

static void test_transform(void)
{
    SnnEncoder encoder = {2, 1, bias_times, encode_plain};
    SnnModule module = make_module(&encoder);
    SnnSet set = make_set(true);
    Stimuli stimuli;
    Stimulus x = {0}, y = {0};
    StimuliFailure failure;
    double p = 0.3;
    size_t before = 0, after = 0, moved = 0;
    CHECK(stimuli_new(&stimuli, &module, &set, &failure));
    for (uint32_t i = 0; i < SAMPLES; i++) {
        CHECK(stimulus_fetch(&x, &stimuli, i));
        before += x.count;
        CHECK(stimulus_transform(&x, &module, (StimulusDraw){1, 2, i}, &p));
        CHECK(stimulus_fetch(&y, &stimuli, i));
        CHECK(stimulus_transform(&y, &module, (StimulusDraw){1, 2, i}, &p));
        CHECK(x.count == y.count);
        CHECK(memcmp(x.times, y.times, x.count * sizeof(double)) == 0);
        after += x.count;
        for (size_t k = 0; k < x.count; k++)
            CHECK(x.times[k] >= 0 && (k == 0 || x.times[k - 1] <= x.times[k]));
        CHECK(stimulus_fetch(&y, &stimuli, i));
        CHECK(stimulus_transform(&y, &module, (StimulusDraw){1, 3, i}, &p));
        moved += x.count != y.count ||
                 memcmp(x.times, y.times, x.count * sizeof(double)) != 0;
    }
    CHECK(fabs((double)(after - SAMPLES) / (double)(before - SAMPLES) - 0.7)
          < 0.1);
    CHECK(moved > SAMPLES / 2);
    stimulus_free(&x);
    stimulus_free(&y);
    stimuli_free(&stimuli);
}

// Spikes of each channel; the bias has the last one.
static void count_channels(const Stimulus *stimulus, int *counts)
{
    memset(counts, 0, (VALUES + 1) * sizeof *counts);
    for (size_t k = 0; k < stimulus->count; k++)
        counts[stimulus->channels[k]]++;
}

static bool is_moved_by(int distance, const int *before, const int *after)
{
    for (int c = 0; c < VALUES; c++) {
        int from = c - distance;
        if (after[c] != (from >= 0 && from < VALUES ? before[from] : 0))
            return false;
    }
    return true;
}

// All spikes of a sample move as far; those that leave the data's channels are
// dropped. The bias stays.
static void test_shift(void)
{
    SnnEncoder encoder = {2, 1, bias_times, encode_plain};
    SnnModule module = make_module(&encoder);
    SnnSet set = make_set(true);
    Stimuli stimuli;
    Stimulus x = {0};
    StimuliFailure failure;
    int distances[5] = {0}, n_draws = 0;
    module.transforms = &shifts;
    CHECK(stimuli_new(&stimuli, &module, &set, &failure));
    for (uint32_t i = 0; i < SAMPLES; i++) {
        int before[VALUES + 1], after[VALUES + 1], fits = 0;
        CHECK(stimulus_fetch(&x, &stimuli, i));
        count_channels(&x, before);
        CHECK(stimulus_transform(&x, &module, (StimulusDraw){1, 2, i}, NULL));
        count_channels(&x, after);
        CHECK(before[VALUES] == 1 && after[VALUES] == 1);
        for (size_t k = 0; k < x.count; k++)
            CHECK(x.channels[k] < VALUES || x.times[k] == bias_times[0]);
        for (size_t k = 1; k < x.count; k++)
            n_draws += x.times[k] != x.times[k - 1];
        for (int d = -2; d <= 2; d++) {
            bool fit = is_moved_by(d, before, after);
            distances[d + 2] += fit;
            fits += fit;
        }
        CHECK(fits >= 1);
    }
    for (int d = 0; d < 5; d++)
        CHECK(distances[d] > 0);
    CHECK(n_draws > SAMPLES);
    stimulus_free(&x);
    stimuli_free(&stimuli);
}

static void expect_failure(const SnnModule *module, const SnnSet *set,
                           StimuliFailureKind kind)
{
    Stimuli stimuli;
    StimuliFailure failure;
    CHECK(!stimuli_new(&stimuli, module, set, &failure));
    CHECK(failure.kind == kind);
    stimuli_free(&stimuli);
}

static void test_failures(void)
{
    SnnEncoder encoder = {2, 1, bias_times, encode_plain};
    SnnEncoder unbiased = {2, 0, NULL, encode_plain};
    SnnEncoder negative = {1, 1, bias_times, encode_negative};
    SnnModule module = make_module(&encoder);
    SnnSet set = make_set(true), numbers = make_set(false);
    set.bytes[5] = 1;
    numbers.doubles[4] = 2;
    SnnModule other = make_module(&unbiased);
    expect_failure(&other, &set, STIMULI_WRONG_SIZE);
    other = make_module(NULL);
    expect_failure(&other, &set, STIMULI_NO_ENCODER);
    other = make_module(&negative);
    expect_failure(&other, &set, STIMULI_NEGATIVE_TIME);
    expect_failure(&other, &numbers, STIMULI_NEGATIVE_TIME);
    labels[3] = 3;
    expect_failure(&module, &set, STIMULI_WRONG_LABEL);
    labels[3] = -1;
    expect_failure(&module, &set, STIMULI_WRONG_LABEL);
    labels[3] = 0;
}

int main(void)
{
    SnnEncoder plain = {2, 1, bias_times, encode_plain};
    SnnEncoder by_channel = {2, 1, bias_times, encode_by_channel};
    compare_ways(&plain);
    compare_ways(&by_channel);
    test_transform();
    test_shift();
    test_failures();
    return unit_report();
}
