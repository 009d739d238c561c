// The Yin-Yang set of Kriener et al. 2022, doi 10.1145/3517343.3517380: points
// of a disc in three classes. The authors draw them with numpy's legacy random
// numbers; the same generator and the same order of draws give the same bits,
// so that no file is needed. Values of a sample: x, y, 1 - x, 1 - y.
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include "data/options.h"
#include "data/twister.h"

enum { N_VALUES = 4, N_CLASSES = 3, MAX_SAMPLES = 100000000 };
enum { YIN, YANG, DOT };

static const double big_radius = 0.5, small_radius = 0.1;

// Each square is rounded before the sum: a fused multiply-add would move points
// at the edges to another class than the authors'.
static double distance(double x, double y, double centre)
{
    volatile double dx2 = (x - centre) * (x - centre);
    volatile double dy2 = (y - 0.5) * (y - 0.5);
    return sqrt(dx2 + dy2);
}

static int class_of(double x, double y)
{
    double right = distance(x, y, 0.75), left = distance(x, y, 0.25);
    if (right < small_radius || left < small_radius)
        return DOT;
    bool is_in_left = left > small_radius && left <= big_radius / 2;
    bool is_above = y > 0.5 && right > big_radius / 2;
    return right <= small_radius || is_in_left || is_above ? YANG : YIN;
}

static int draw_goal(Twister *twister)
{
    uint32_t goal;
    do
        goal = twister_next(twister) & 3;
    while (goal == N_CLASSES);
    return (int)goal;
}

// A point of the class, by rejection.
static void draw_point(Twister *twister, int goal, double *out_values)
{
    double x, y;
    do {
        x = twister_uniform(twister);
        y = twister_uniform(twister);
    } while (distance(x, y, 0.5) > big_radius || class_of(x, y) != goal);
    out_values[0] = x;
    out_values[1] = y;
    out_values[2] = 1 - x;
    out_values[3] = 1 - y;
}

static int generate(const ReaderCall *call, uint32_t n, uint32_t seed,
                    SnnSet *out_set)
{
    Twister twister;
    *out_set = (SnnSet){.n_samples = n, .n_values = N_VALUES};
    if (n == 0)
        return 0;
    out_set->doubles = malloc((size_t)n * N_VALUES * sizeof(double));
    out_set->labels = malloc(n * sizeof(int32_t));
    if (!out_set->doubles || !out_set->labels)
        return READER_FAIL(call, "not enough memory for %u Yin-Yang samples",
                           n);
    twister_seed(&twister, seed);
    for (uint32_t i = 0; i < n; i++) {
        int goal = draw_goal(&twister);
        draw_point(&twister, goal, out_set->doubles + (size_t)i * N_VALUES);
        out_set->labels[i] = goal;
    }
    return 0;
}

static int generate_named(const ReaderCall *call, const char *count_name,
                          uint32_t count, const char *seed_name,
                          uint32_t seed, SnnSet *out_set)
{
    if (reader_option_whole(call, count_name, count, MAX_SAMPLES, &count) < 0 ||
        reader_option_whole(call, seed_name, seed, UINT32_MAX, &seed) < 0)
        return -1;
    return generate(call, count, seed, out_set);
}

static int read_yin_yang(const SnnReaderOption *options, uint32_t n_options,
                         const char *data_dir, SnnDataset *out, char *error,
                         size_t error_size)
{
    ReaderCall call = {options, n_options, data_dir, error, error_size};
    *out = (SnnDataset){.n_classes = N_CLASSES};
    if (generate_named(&call, "train", 5000, "train_seed", 42,
                       &out->train) < 0 ||
        generate_named(&call, "validation", 1000, "validation_seed", 41,
                       &out->validation) < 0 ||
        generate_named(&call, "test", 1000, "test_seed", 40, &out->test) < 0) {
        snn_dataset_free(out);
        return -1;
    }
    return 0;
}

const SnnReader snn_reader_yin_yang = {"yin_yang", read_yin_yang};
