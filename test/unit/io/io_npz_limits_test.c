// Where npz files meet the limits of their formats: many members, names beyond
// ASCII, ZIP64 where it belongs, and shapes whose product overflows.
#include "io/npz.h"
#include "io/file.h"
#include "npz_build.h"
#include "../scratch.h"
#include "../unit.h"

static char error[512];

static SnnNpz *open_bytes(const void *bytes, size_t n)
{
    error[0] = '\0';
    return snn_io_npz_open_memory(bytes, n, "file", error, sizeof error);
}

static SnnNpzWriter *create(uint64_t limit)
{
    SnnNpzWriter *writer =
        snn_io_npz_create(scratch_path("a.npz"), error, sizeof error);
    snn_io_npz_set_zip64_limit(writer, limit);
    return writer;
}

// The file that the writer makes; to be freed.
static unsigned char *finish(SnnNpzWriter *writer, size_t *out_n)
{
    unsigned char *bytes = NULL;
    CHECK(snn_io_npz_commit(writer, error, sizeof error) == 0);
    CHECK(snn_io_file_read(scratch_path("a.npz"), &bytes, out_n, error,
                           sizeof error) == 0);
    return bytes;
}

// ---- writing --------------------------------------------------------------------

// The end record counts to 65535 only.
static void test_many(void)
{
    enum { MANY = 66000 };
    char name[32];
    size_t n;
    SnnNpzWriter *writer = create(UINT64_MAX);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "%d", i);
        snn_io_npz_add(writer, name, SNN_NPZ_U1, 0, NULL, &i);
    }
    unsigned char *bytes = finish(writer, &n);
    CHECK(zip_get16(bytes + n - ZIP_END_SIZE + 10) == ZIP_ELSEWHERE16);
    SnnNpz *npz = open_bytes(bytes, n);
    CHECK(npz != NULL && snn_io_npz_count(npz) == MANY);
    CHECK(npz != NULL && snn_io_npz_find(npz, "65999") != NULL);
    snn_io_npz_close(npz);
    free(bytes);
}

// The flag tells readers that a name is UTF-8; ASCII names need none.
static void test_names(void)
{
    size_t n;
    SnnNpzWriter *writer = create(UINT64_MAX);
    snn_io_npz_add(writer, "l\xc3\xa4nge", SNN_NPZ_U1, 0, NULL, "x");
    unsigned char *bytes = finish(writer, &n);
    CHECK(zip_get16(bytes + 6) == ZIP_FLAG_UTF8);
    SnnNpz *npz = open_bytes(bytes, n);
    CHECK(npz != NULL && snn_io_npz_find(npz, "l\xc3\xa4nge") != NULL);
    snn_io_npz_close(npz);
    free(bytes);
    writer = create(UINT64_MAX);
    snn_io_npz_add(writer, "length", SNN_NPZ_U1, 0, NULL, "x");
    bytes = finish(writer, &n);
    CHECK(zip_get16(bytes + 6) == 0);
    free(bytes);
}

static void test_long_name(void)
{
    char name[40000];
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    SnnNpzWriter *writer = create(UINT64_MAX);
    snn_io_npz_add(writer, name, SNN_NPZ_U1, 0, NULL, "x");
    snn_io_npz_add(writer, "b", SNN_NPZ_U1, 0, NULL, "x");
    CHECK(snn_io_npz_commit(writer, error, sizeof error) == -1);
    CHECK(strstr(error, "a.npz: an array's name is too long"));
}

// The second member's entry in the directory of two small arrays.
static const unsigned char *second_entry(const unsigned char *bytes, size_t n)
{
    const unsigned char *found = NULL;
    for (size_t at = 0; at + 4 <= n; at++)
        if (zip_get32(bytes + at) == ZIP_CENTRAL_MARK)
            found = bytes + at;
    return found;
}

// Each number goes to the ZIP64 record from the limit on, and not before.
static void test_zip64(void)
{
    // A member is 129 bytes; the second lies at 30 + 5 + 129 = 164.
    static const struct { uint64_t limit; int is_large, is_far; } cases[] = {
        {129, 1, 1}, {130, 0, 1}, {164, 0, 1}, {165, 0, 0}, {UINT64_MAX, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n;
        SnnNpzWriter *writer = create(cases[i].limit);
        snn_io_npz_add(writer, "a", SNN_NPZ_U1, 0, NULL, "x");
        snn_io_npz_add(writer, "b", SNN_NPZ_U1, 0, NULL, "y");
        unsigned char *bytes = finish(writer, &n);
        const unsigned char *entry = second_entry(bytes, n);
        CHECK((zip_get32(entry + 24) == ZIP_ELSEWHERE32) == cases[i].is_large);
        CHECK((zip_get32(entry + 42) == ZIP_ELSEWHERE32) == cases[i].is_far);
        SnnNpz *npz = open_bytes(bytes, n);
        const SnnNpzArray *b = npz ? snn_io_npz_find(npz, "b") : NULL;
        CHECK(b != NULL && *(const char *)b->data == 'y');
        snn_io_npz_close(npz);
        free(bytes);
    }
}

// ---- reading --------------------------------------------------------------------

// The ZIP64 record is there but too short for the sizes it must hold.
static void test_short_zip64(void)
{
    size_t n;
    SnnNpzWriter *writer = create(1);
    snn_io_npz_add(writer, "a", SNN_NPZ_U1, 0, NULL, "x");
    unsigned char *bytes = finish(writer, &n);
    unsigned char *entry = bytes + (second_entry(bytes, n) - bytes);
    for (unsigned length = 0; length < 16; length++) {
        zip_put(entry + ZIP_CENTRAL_SIZE + 5 + 2, length, 2);
        CHECK(open_bytes(bytes, n) == NULL);
        CHECK(strstr(error, "a ZIP64 entry is too short"));
    }
    free(bytes);
}

static void test_zero_in_name(void)
{
    Build build = {0};
    build_array(&build, "axa.npy", 1,
                "{'descr': '|u1', 'fortran_order': False, 'shape': ()}", "x", 1);
    build_end(&build);
    for (size_t at = 0; at + 7 <= build.n; at++)
        if (memcmp(build.bytes + at, "axa.npy", 7) == 0)
            build.bytes[at + 1] = '\0';
    CHECK(open_bytes(build.bytes, build.n) == NULL);
    CHECK(strstr(error, "name has a zero byte"));
}

static void check_shape(const char *type, const char *shape, size_t n,
                        int is_right)
{
    char header[160];
    Build build = {0};
    snprintf(header, sizeof header,
             "{'descr': '%s', 'fortran_order': True, 'shape': (%s)}", type, shape);
    build_array(&build, "a.npy", 1, header, "0123456789abcdef", n);
    build_end(&build);
    SnnNpz *npz = open_bytes(build.bytes, build.n);
    CHECK((npz != NULL) == is_right);
    CHECK(is_right || strstr(error, "another number of bytes"));
    snn_io_npz_close(npz);
}

// Products that are right modulo 2^64 are wrong.
static void test_shapes(void)
{
    check_shape("<f4", "2, 2", 16, 1);
    check_shape("<f4", "2, 1", 16, 0);
    check_shape("<f4", "2, 3", 16, 0);
    check_shape("|u1", "4, 4", 15, 0);
    check_shape("|u1", "4294967296, 4294967296", 0, 0);
    check_shape("|u1", "4294967296, 4294967296, 0", 0, 1);
    check_shape("<f8", "2305843009213693952", 0, 0);
    check_shape("<f8", "2305843009213693953", 8, 0);
    check_shape("|u1", "4294967296, 4294967296, 4294967296, 4294967296", 0, 0);
}

int main(void)
{
    scratch_open();
    test_many();
    test_names();
    test_long_name();
    test_zip64();
    test_short_zip64();
    test_zero_in_name();
    test_shapes();
    scratch_close();
    return unit_report();
}
