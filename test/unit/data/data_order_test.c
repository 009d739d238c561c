// The sets of the reader `order`: labels, ranges, and draws that do not depend on
// a set's size.
#include <stdlib.h>
#include <string.h>
#include "snn/reader.h"
#include "../unit.h"

extern const SnnReader snn_reader_order;

static char error[256];

static int read_with(const SnnReaderOption *options, uint32_t n,
                     SnnDataset *out)
{
    error[0] = 0;
    return snn_reader_order.read(options, n, ".", out, error, sizeof error);
}

static void check_set(const SnnSet *set, uint32_t n_values)
{
    uint32_t counts[3] = {0};
    for (uint32_t i = 0; i < set->n_samples; i++) {
        const double *v = set->doubles + (size_t)i * n_values;
        for (uint32_t k = 0; k < n_values; k++) {
            CHECK(v[k] >= 0 && v[k] < 1);
            CHECK(v[set->labels[i]] <= v[k]);
        }
        counts[set->labels[i]]++;
    }
    for (uint32_t k = 0; k < n_values; k++)
        CHECK(counts[k] > set->n_samples / (2 * n_values));
}

static void test_sets(void)
{
    SnnDataset few, many;
    SnnReaderOption options[] = {{"values", NULL, 3}, {"train", NULL, 300}};
    CHECK(read_with(options, 1, &many) == 0);
    CHECK(read_with(options, 2, &few) == 0);
    CHECK(many.n_classes == 3 && many.train.n_samples == 1000);
    CHECK(few.train.n_samples == 300 && few.test.n_samples == 500);
    check_set(&many.train, 3);
    check_set(&many.test, 3);
    CHECK(memcmp(few.train.doubles, many.train.doubles,
                 900 * sizeof(double)) == 0);
    CHECK(memcmp(many.train.doubles, many.test.doubles,
                 900 * sizeof(double)) != 0);
    snn_dataset_free(&few);
    snn_dataset_free(&many);
}

static void test_refused(void)
{
    SnnDataset set;
    SnnReaderOption one = {"values", NULL, 1}, half = {"train", NULL, 2.5};
    CHECK(read_with(&one, 1, &set) == -1);
    CHECK_TEXT(error, "data option 'values' is 1; a whole number from 2 to 1000 "
                      "is needed");
    CHECK(read_with(&half, 1, &set) == -1);
    CHECK(strstr(error, "'train' is 2.5"));
}

int main(void)
{
    test_sets();
    test_refused();
    return unit_report();
}
