// Which came first: samples of numbers from [0, 1), whose class is the place of
// the least. Drawn by counter, so that the sets grow without changing.
#include <stdlib.h>
#include "core/random.h"
#include "data/options.h"

enum { MAX_SAMPLES = 100000000, MAX_VALUES = 1000 };

typedef struct Drawing {
    const ReaderCall *call;
    uint32_t n_values, seed;
} Drawing;

static int32_t place_of_least(const double *values, uint32_t n)
{
    uint32_t least = 0;
    for (uint32_t k = 1; k < n; k++)
        if (values[k] < values[least])
            least = k;
    return (int32_t)least;
}

// `which` set: 0, 1 or 2. Their draws are apart.
static int draw_set(const Drawing *d, const char *name, uint32_t fallback,
                    uint32_t which, SnnSet *out_set)
{
    uint32_t n, m = d->n_values;
    if (reader_option_whole(d->call, name, fallback, MAX_SAMPLES, &n) < 0)
        return -1;
    *out_set = (SnnSet){.n_samples = n, .n_values = m};
    if (n == 0)
        return 0;
    out_set->doubles = malloc((size_t)n * m * sizeof(double));
    out_set->labels = malloc(n * sizeof(int32_t));
    if (!out_set->doubles || !out_set->labels)
        return READER_FAIL(d->call, "not enough memory for %u samples", n);
    for (uint32_t i = 0; i < n; i++) {
        double *values = out_set->doubles + (size_t)i * m;
        for (uint32_t k = 0; k < m; k++)
            values[k] = random_uniform(
                (RandomPlace){d->seed, RANDOM_DATA, i, k, which});
        out_set->labels[i] = place_of_least(values, m);
    }
    return 0;
}

static int read_numbers(Drawing *d)
{
    if (reader_option_whole(d->call, "values", 2, MAX_VALUES, &d->n_values) <
            0 ||
        reader_option_whole(d->call, "seed", 1, UINT32_MAX, &d->seed) < 0)
        return -1;
    if (d->n_values < 2)
        return READER_FAIL(d->call, "data option 'values' is %u; a whole "
                           "number from 2 to %d is needed", d->n_values,
                           MAX_VALUES);
    return 0;
}

static int read_order(const SnnReaderOption *options, uint32_t n_options,
                      const char *data_dir, SnnDataset *out, char *error,
                      size_t error_size)
{
    ReaderCall call = {options, n_options, data_dir, error, error_size};
    Drawing drawing = {.call = &call};
    *out = (SnnDataset){0};
    if (read_numbers(&drawing) < 0 ||
        draw_set(&drawing, "train", 1000, 0, &out->train) < 0 ||
        draw_set(&drawing, "validation", 500, 1, &out->validation) < 0 ||
        draw_set(&drawing, "test", 500, 2, &out->test) < 0) {
        snn_dataset_free(out);
        return -1;
    }
    out->n_classes = drawing.n_values;
    return 0;
}

const SnnReader snn_reader_order = {"order", read_order};
