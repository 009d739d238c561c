// IDX data sets: every element type, gzip, the split, and what is said about
// files that are wrong.
#include <stdbool.h>
#include <stdlib.h>
#ifndef SNN_NO_ZLIB
#include <zlib.h>
#endif
#include "scratch.h"
#include "snn/reader.h"
#include "unit.h"

extern const SnnReader snn_reader_idx;

static char error[512];
static SnnDataset set;

#define BYTES(...) (const unsigned char[]){__VA_ARGS__}, \
                   sizeof((const unsigned char[]){__VA_ARGS__})

// Three training samples of 1 x 2 bytes, two to test.
static void write_good(void)
{
    scratch_write("tv", BYTES(0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2,
                              10, 11, 20, 21, 30, 255));
    scratch_write("tl", BYTES(0, 0, 8, 1, 0, 0, 0, 3, 2, 0, 4));
    scratch_write("ev", BYTES(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2,
                              1, 2, 3, 4));
    scratch_write("el", BYTES(0, 0, 8, 1, 0, 0, 0, 2, 1, 0));
}

static int read_with(const SnnReaderOption *extra, uint32_t n)
{
    SnnReaderOption options[8] = {
        {"train_values", "tv", 0}, {"train_labels", "tl", 0},
        {"test_values", "ev", 0}, {"test_labels", "el", 0}};
    if (n)
        memcpy(options + 4, extra, n * sizeof *extra);
    error[0] = 0;
    return snn_reader_idx.read(options, 4 + n, scratch_folder, &set, error,
                               sizeof error);
}

// The reader refuses, saying all of the words.
static void check_refused(int line, const char *a, const char *b)
{
    bool is_refused = read_with(NULL, 0) == -1;
    CHECK(is_refused && strstr(error, a) && strstr(error, b));
    if (!is_refused || !strstr(error, a) || !strstr(error, b))
        printf("  called from line %d: %s\n", line, error);
    CHECK(set.train.bytes == NULL && set.test.labels == NULL);
    if (!is_refused)
        snn_dataset_free(&set);
}

#define CHECK_REFUSED(a, b) check_refused(__LINE__, a, b)

static void test_good(void)
{
    write_good();
    CHECK(read_with(NULL, 0) == 0);
    CHECK(set.train.n_samples == 3 && set.train.n_values == 2);
    CHECK(set.test.n_samples == 2 && set.validation.n_samples == 0);
    CHECK(set.n_classes == 5);
    CHECK(set.train.doubles == NULL);
    CHECK(set.train.bytes[0] == 10 && set.train.bytes[5] == 255);
    CHECK(set.train.labels[2] == 4 && set.test.labels[0] == 1);
    snn_dataset_free(&set);
}

static void test_split(void)
{
    SnnReaderOption extra[] = {{"validation", NULL, 1}, {"train", NULL, 1},
                               {"test", NULL, 1}};
    CHECK(read_with(extra, 3) == 0);
    CHECK(set.validation.n_samples == 1 && set.validation.bytes[1] == 11);
    CHECK(set.train.n_samples == 1 && set.train.bytes[0] == 20);
    CHECK(set.train.labels[0] == 0 && set.validation.labels[0] == 2);
    CHECK(set.test.n_samples == 1);
    CHECK(set.n_classes == 3);
    snn_dataset_free(&set);
    extra[0].number = 3;
    CHECK(read_with(extra, 3) == -1 && strstr(error, "leave none"));
    extra[0].number = 0.5;
    CHECK(read_with(extra, 3) == -1 && strstr(error, "'validation' is 0.5"));
}

// 1 x n elements of a type as the training values; n = 2.
static void check_type(unsigned char type, const unsigned char *two, size_t n,
                       double first, double second)
{
    unsigned char file[28] = {0, 0, type, 2, 0, 0, 0, 1, 0, 0, 0, 2};
    memcpy(file + 12, two, n);
    write_good();
    scratch_write("tv", file, 12 + n);
    scratch_write("ev", file, 12 + n);
    scratch_write("tl", BYTES(0, 0, 8, 1, 0, 0, 0, 1, 0));
    scratch_write("el", BYTES(0, 0, 0x0c, 1, 0, 0, 0, 1, 0, 0, 1, 0));
    CHECK(read_with(NULL, 0) == 0);
    CHECK(set.train.bytes == NULL && set.n_classes == 257);
    CHECK(set.train.doubles && set.train.doubles[0] == first);
    CHECK(set.train.doubles && set.train.doubles[1] == second);
    snn_dataset_free(&set);
}

static void test_types(void)
{
    check_type(0x09, BYTES(0xff, 0x7f), -1, 127);
    check_type(0x0b, BYTES(0xff, 0xfe, 0x01, 0x00), -2, 256);
    check_type(0x0c, BYTES(0x80, 0, 0, 0, 0, 1, 0, 0), -2147483648.0, 65536);
    check_type(0x0d, BYTES(0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0), 1, -2.5);
    check_type(0x0e, BYTES(0x3f, 0xe0, 0, 0, 0, 0, 0, 0,
                           0xc0, 0x20, 0, 0, 0, 0, 0, 0), 0.5, -8);
}

static void test_wrong_header(void)
{
    write_good();
    scratch_write("tv", BYTES('P', 'K', 3, 4, 5));
    CHECK_REFUSED("/tv is no IDX file", "begins with 50 4b 03 04");
    scratch_write("tv", BYTES(0, 0, 7, 1, 0, 0, 0, 1, 1));
    CHECK_REFUSED("/tv has elements of IDX type 0x07", "0x0d f32");
    scratch_write("tv", BYTES(0, 0, 8, 0, 1));
    CHECK_REFUSED("/tv has 0 dimensions", "1 to 8");
    scratch_write("tv", BYTES(0, 0, 8, 9, 1));
    CHECK_REFUSED("/tv has 9 dimensions", "1 to 8");
    scratch_write("tv", BYTES(0, 0, 14, 4, 255, 255, 255, 255, 255, 255, 255,
                              255, 255, 255, 255, 255, 255, 255, 255, 255));
    CHECK_REFUSED("/tv is damaged", "more than any memory");
}

// A header that promises 64 GiB must not be given them.
static void test_false_size(void)
{
    write_good();
    scratch_write("tv", BYTES(0, 0, 8, 2, 0, 1, 0, 0, 0, 16, 0, 0, 1, 2, 3));
    CHECK_REFUSED("/tv is cut short", "15 bytes instead of 68719476748");
}

static void test_wrong_relation(void)
{
    write_good();
    scratch_write("tl", BYTES(0, 0, 8, 1, 0, 0, 0, 2, 2, 0));
    CHECK_REFUSED("/tv has 3 samples", "/tl has 2 labels");
    scratch_write("tl", BYTES(0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 1, 2, 0, 4));
    CHECK_REFUSED("/tl has 2 dimensions", "labels have one");
    write_good();
    scratch_write("ev", BYTES(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 1, 2));
    CHECK_REFUSED("/ev has 1 values a sample", "/tv has 2");
    write_good();
    scratch_write("tl", BYTES(0, 0, 9, 1, 0, 0, 0, 3, 2, 0xff, 4));
    CHECK_REFUSED("/tl: label 1 is -1", "whole number");
    write_good();
    scratch_write("tv", BYTES(0, 0, 13, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0x7f, 0xc0,
                              0, 0, 0, 0, 0, 0));
    scratch_write("ev", BYTES(0, 0, 8, 1, 0, 0, 0, 2, 1, 2));
    CHECK_REFUSED("/tv: value 0 of sample 1", "not a number");
    write_good();
    scratch_write("tv", BYTES(0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 0));
    CHECK_REFUSED("/tv has 0 values a sample", "1 to");
}

static void test_missing(void)
{
    write_good();
    scratch_remove("el");
    CHECK_REFUSED("there is neither", "/el.gz");
    SnnReaderOption options[] = {{"train_values", "tv", 0}};
    CHECK(snn_reader_idx.read(options, 1, scratch_folder, &set, error,
                              sizeof error) == -1);
    CHECK(strstr(error, "'train_labels'"));
}

static void test_too_long(void)
{
    write_good();
    scratch_write("el", BYTES(0, 0, 8, 1, 0, 0, 0, 2, 1, 0, 9));
    CHECK_REFUSED("/el is longer", "sizes");
}

// However the file is cut, the message says so.
static void test_truncation(void)
{
    static const unsigned char whole[] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1,
                                          0, 0, 0, 2, 10, 11, 20, 21, 30, 40};
    write_good();
    for (size_t n = 0; n < sizeof whole; n++) {
        scratch_write("tv", whole, n);
        CHECK_REFUSED("/tv is cut short", "bytes instead of");
    }
}

#ifndef SNN_NO_ZLIB

static size_t pack(unsigned char *out, size_t room)
{
    static const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 3, 2, 0, 4};
    z_stream stream = {0};
    deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
    stream.next_in = (Bytef *)(uintptr_t)labels;
    stream.avail_in = sizeof labels;
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

static void test_gzip(void)
{
    unsigned char packed[128];
    size_t n = pack(packed, sizeof packed);
    write_good();
    scratch_remove("tl");
    scratch_write("tl.gz", packed, n);
    CHECK(read_with(NULL, 0) == 0);
    CHECK(set.train.n_samples == 3 && set.train.labels[2] == 4);
    snn_dataset_free(&set);
    for (size_t k = 0; k < n; k++) {
        scratch_write("tl.gz", packed, k);
        CHECK_REFUSED("/tl.gz", " ");
    }
    packed[n - 6] ^= 1; // of the checksum
    scratch_write("tl.gz", packed, n);
    CHECK_REFUSED("/tl.gz is damaged gzip data", "");
    scratch_remove("tl.gz");
}

#endif

int main(void)
{
    scratch_open();
    test_good();
    test_split();
    test_types();
    test_wrong_header();
    test_false_size();
    test_wrong_relation();
    test_missing();
    test_too_long();
    test_truncation();
#ifndef SNN_NO_ZLIB
    test_gzip();
#endif
    scratch_close();
    return unit_report();
}
