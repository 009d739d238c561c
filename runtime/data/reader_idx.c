// MNIST and its family: four IDX files, values and labels for training and for
// testing. The first training samples can be kept for validation.
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "data/idx.h"
#include "data/options.h"

enum { MAX_COUNT = 2000000000 };

// Values and labels that belong together.
typedef struct Pair {
    IdxFile values, labels;
} Pair;

// ---- reading and checking ------------------------------------------------

static int open_named(const ReaderCall *call, const char *option, IdxFile *out)
{
    const char *name =
        snn_option_text(call->options, call->n_options, option, NULL);
    if (!name)
        return READER_FAIL(call, "the data names no file for '%s'", option);
    return idx_open(call, name, out);
}

static int check_pair(const ReaderCall *call, const Pair *pair)
{
    const IdxFile *values = &pair->values, *labels = &pair->labels;
    if (labels->rank != 1)
        return READER_FAIL(call, "%s has %u dimensions; labels have one",
                           labels->path, labels->rank);
    if (values->sizes[0] != labels->sizes[0])
        return READER_FAIL(call, "%s has %u samples, but %s has %u labels",
                           values->path, values->sizes[0], labels->path,
                           labels->sizes[0]);
    if (values->n_per_sample < 1 || values->n_per_sample > UINT32_MAX)
        return READER_FAIL(call, "%s has %llu values a sample; 1 to %u are "
                           "possible", values->path,
                           (unsigned long long)values->n_per_sample,
                           UINT32_MAX);
    return 0;
}

static void close_pair(Pair *pair)
{
    idx_close(&pair->values);
    idx_close(&pair->labels);
}

static int open_pair(const ReaderCall *call, const char *values_option,
                     const char *labels_option, Pair *out)
{
    *out = (Pair){0};
    if (open_named(call, values_option, &out->values) == 0 &&
        open_named(call, labels_option, &out->labels) == 0 &&
        check_pair(call, out) == 0)
        return 0;
    close_pair(out);
    return -1;
}

// ---- taking samples ------------------------------------------------------

static int take_labels(const ReaderCall *call, const IdxFile *labels,
                       uint32_t first, SnnSet *set, uint32_t *n_classes)
{
    for (uint32_t i = 0; i < set->n_samples; i++) {
        double label = idx_value(labels, (size_t)first + i);
        if (!(label >= 0 && label < INT32_MAX) || label != floor(label))
            return READER_FAIL(call, "%s: label %u is %g; a class is a whole "
                               "number from 0", labels->path, first + i,
                               label);
        set->labels[i] = (int32_t)label;
        if (*n_classes <= (uint32_t)label)
            *n_classes = (uint32_t)label + 1;
    }
    return 0;
}

static int take_doubles(const ReaderCall *call, const IdxFile *values,
                        size_t first, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = idx_value(values, first + i);
        if (!isfinite(out[i]))
            return READER_FAIL(call, "%s: value %zu of sample %zu is not a "
                               "number", values->path,
                               (first + i) % (size_t)values->n_per_sample,
                               (first + i) / (size_t)values->n_per_sample);
    }
    return 0;
}

static int take_values(const ReaderCall *call, const IdxFile *values,
                       uint32_t first, SnnSet *set)
{
    size_t n = (size_t)set->n_samples * set->n_values;
    size_t skipped = (size_t)first * set->n_values;
    if (values->type == IDX_U8) {
        if (set->is_in_file)
            set->bytes = values->bytes + skipped;
        else
            memcpy(set->bytes, values->bytes + skipped, n);
        return 0;
    }
    return take_doubles(call, values, skipped, n, set->doubles);
}

static bool allocate(SnnSet *set, bool is_bytes)
{
    size_t n = (size_t)set->n_samples * set->n_values;
    set->labels = malloc(set->n_samples * sizeof(int32_t));
    if (set->is_in_file)
        return set->labels;
    if (is_bytes)
        set->bytes = malloc(n);
    else
        set->doubles = n <= SIZE_MAX / sizeof(double)
                           ? malloc(n * sizeof(double)) : NULL;
    return (set->bytes || set->doubles) && set->labels;
}

// Bytes need no copy, unless most of a file would be kept for nothing.
static bool is_worth_keeping(const IdxFile *values, uint32_t n_taken)
{
    return values->type == IDX_U8 && n_taken >= values->sizes[0] / 2;
}

static void keep_file(IdxFile *values, SnnDataset *out)
{
    uint8_t **file = out->files[0] ? &out->files[1] : &out->files[0];
    *file = values->bytes;
    values->bytes = NULL;
}

// Samples first .. first + n - 1.
static int take(const ReaderCall *call, const Pair *pair, uint32_t first,
                uint32_t n, bool in_file, SnnSet *out, uint32_t *n_classes)
{
    *out = (SnnSet){.n_samples = n,
                    .is_in_file = in_file,
                    .n_values = (uint32_t)pair->values.n_per_sample};
    if (n == 0)
        return 0;
    if (!allocate(out, pair->values.type == IDX_U8))
        return READER_FAIL(call, "not enough memory for %u samples of %s", n,
                           pair->values.path);
    if (take_values(call, &pair->values, first, out) < 0)
        return -1;
    return take_labels(call, &pair->labels, first, out, n_classes);
}

// ---- the sets --------------------------------------------------------------

// `limit` 0 is none.
static uint32_t at_most(uint32_t n, uint32_t limit)
{
    return limit && limit < n ? limit : n;
}

static int check_match(const ReaderCall *call, const Pair *train,
                       const Pair *test)
{
    const IdxFile *a = &train->values, *b = &test->values;
    if (a->n_per_sample != b->n_per_sample)
        return READER_FAIL(call, "%s has %llu values a sample, but %s has "
                           "%llu", b->path, (unsigned long long)b->n_per_sample,
                           a->path, (unsigned long long)a->n_per_sample);
    return 0;
}

static int take_all(const ReaderCall *call, Pair *train, Pair *test,
                    SnnDataset *out)
{
    uint32_t n = train->values.sizes[0];
    uint32_t n_validation, most_train, most_test;
    if (check_match(call, train, test) < 0 ||
        reader_option_whole(call, "validation", 0, MAX_COUNT,
                            &n_validation) < 0 ||
        reader_option_whole(call, "train", 0, MAX_COUNT, &most_train) < 0 ||
        reader_option_whole(call, "test", 0, MAX_COUNT, &most_test) < 0)
        return -1;
    if (n_validation >= n)
        return READER_FAIL(call, "%s has %u samples; %u for validation leave "
                           "none for training", train->values.path, n,
                           n_validation);
    uint32_t n_train = at_most(n - n_validation, most_train);
    uint32_t n_test = at_most(test->values.sizes[0], most_test);
    bool keeps[] = {is_worth_keeping(&train->values, n_validation + n_train),
                    is_worth_keeping(&test->values, n_test)};
    if (take(call, train, 0, n_validation, keeps[0], &out->validation,
             &out->n_classes) < 0 ||
        take(call, train, n_validation, n_train, keeps[0], &out->train,
             &out->n_classes) < 0 ||
        take(call, test, 0, n_test, keeps[1], &out->test, &out->n_classes) < 0)
        return -1;
    if (keeps[0])
        keep_file(&train->values, out);
    if (keeps[1])
        keep_file(&test->values, out);
    return 0;
}

static int read_idx(const SnnReaderOption *options, uint32_t n_options,
                    const char *data_dir, SnnDataset *out, char *error,
                    size_t error_size)
{
    ReaderCall call = {options, n_options, data_dir ? data_dir : ".", error,
                       error_size};
    Pair train, test = {0};
    int status = -1;
    *out = (SnnDataset){0};
    if (open_pair(&call, "train_values", "train_labels", &train) < 0)
        return -1;
    if (open_pair(&call, "test_values", "test_labels", &test) == 0)
        status = take_all(&call, &train, &test, out);
    if (status < 0)
        snn_dataset_free(out);
    close_pair(&train);
    close_pair(&test);
    return status;
}

const SnnReader snn_reader_idx = {"idx", read_idx};
