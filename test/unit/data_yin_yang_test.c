// The generated Yin-Yang sets equal the published ones, bit for bit.
#include <stdlib.h>
#include "sha256.h"
#include "snn/reader.h"
#include "unit.h"

extern const SnnReader snn_reader_yin_yang;

static char error[256];

static int read_set(const SnnReaderOption *options, uint32_t n,
                    SnnDataset *out)
{
    error[0] = 0;
    return snn_reader_yin_yang.read(options, n, ".", out, error, sizeof error);
}

static void check_set(const SnnSet *set, const uint32_t counts[3],
                      const char *values_sum, const char *labels_sum)
{
    char sum[65];
    uint32_t found[3] = {0};
    uint8_t *labels = malloc(set->n_samples);
    for (uint32_t i = 0; i < set->n_samples; i++) {
        labels[i] = (uint8_t)set->labels[i];
        found[set->labels[i]]++;
    }
    CHECK(memcmp(found, counts, sizeof found) == 0);
    CHECK(set->bytes == NULL && set->n_values == 4);
    sha256_text(set->doubles, (size_t)set->n_samples * 32, sum);
    CHECK_TEXT(sum, values_sum);
    sha256_text(labels, set->n_samples, sum);
    CHECK_TEXT(sum, labels_sum);
    free(labels);
}

static void test_sha256(void)
{
    char sum[65];
    sha256_text("abc", 3, sum);
    CHECK_TEXT(sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_published(void)
{
    SnnDataset set;
    CHECK(read_set(NULL, 0, &set) == 0);
    CHECK(set.n_classes == 3);
    CHECK(set.train.n_samples == 5000);
    CHECK(set.validation.n_samples == 1000 && set.test.n_samples == 1000);
    check_set(&set.train, (uint32_t[]){1681, 1702, 1617},
              "f5a4054d56f2a058f8250fba7ff9720458e1625db7af78a295e45701745b2228",
              "7ea074c03c7531b4326ee49652960539cc5f919a390a1f5fa441daf677b146af");
    check_set(&set.validation, (uint32_t[]){316, 336, 348},
              "5eac358bdf2122763dce3703a79f3005e56e46a4db25ec329a07333d0f7b8093",
              "6a5d1f872dddf69dabf9dc7ab600556b69e541c4deef6f1f756ab5cbffe7d699");
    check_set(&set.test, (uint32_t[]){350, 316, 334},
              "7bab3ed668ed4992679cff6339fe21bfe7d0c921ddc6187eaa3bc6ef34b888d7",
              "2e48e04154ecf043575fb66e9013e714e5a79652e013cca1e4cc966d4484ecf0");
    snn_dataset_free(&set);
    CHECK(set.train.doubles == NULL && set.train.n_samples == 0);
}

// Fewer samples are the beginning of more; a set of size 0 is absent.
static void test_options(void)
{
    SnnReaderOption options[] = {{"train", NULL, 7}, {"validation", NULL, 0},
                                 {"test", NULL, 3}, {"test_seed", NULL, 42}};
    SnnDataset set;
    CHECK(read_set(options, 4, &set) == 0);
    CHECK(set.train.n_samples == 7 && set.test.n_samples == 3);
    CHECK(set.validation.n_samples == 0 && set.validation.doubles == NULL);
    CHECK(memcmp(set.train.doubles, set.test.doubles, 3 * 32) == 0);
    snn_dataset_free(&set);
}

static void test_bad_option(const char *name, double value)
{
    SnnReaderOption option = {name, NULL, value};
    SnnDataset set;
    CHECK(read_set(&option, 1, &set) == -1);
    CHECK(strstr(error, name) && strstr(error, "whole number"));
    CHECK(set.train.doubles == NULL);
}

int main(void)
{
    test_sha256();
    test_published();
    test_options();
    test_bad_option("train", -1);
    test_bad_option("test", 2.5);
    test_bad_option("train_seed", 4294967296.0);
    test_bad_option("test_seed", NAN);
    return unit_report();
}
