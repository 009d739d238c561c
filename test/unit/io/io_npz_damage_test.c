// What the npz reader says about files that others made or broke: every kind of
// npy header, truncation at every byte, every byte changed, and hostile sizes.
#include <stdbool.h>
#include "io/npz.h"
#include "npz_build.h"
#include "../unit.h"

static char error[512];

static SnnNpz *open_build(const Build *build)
{
    error[0] = 0;
    return snn_io_npz_open_memory(build->bytes, build->n, "file.npz", error,
                                  sizeof error);
}

#define BYTES(...) (const unsigned char[]){__VA_ARGS__}, \
                   sizeof((const unsigned char[]){__VA_ARGS__})

// ---- npy headers ----------------------------------------------------------------

static Build one_array(int version, const char *header, const void *data,
                       size_t n)
{
    Build build = {0};
    build_array(&build, "a.npy", version, header, data, n);
    build_end(&build);
    return build;
}

static void check_values(int line, const char *header, int version,
                         const void *data, size_t n, const double *expected)
{
    double out[8];
    Build build = one_array(version, header, data, n);
    SnnNpz *npz = open_build(&build);
    const SnnNpzArray *a = npz ? snn_io_npz_find(npz, "a") : NULL;
    bool is_read = a && a->count <= 8 &&
                   snn_io_npz_doubles(npz, a, out, error, sizeof error) == 0;
    CHECK(is_read && memcmp(out, expected, a->count * sizeof *out) == 0);
    if (!is_read)
        printf("  called from line %d: %s\n", line, error);
    snn_io_npz_close(npz);
}

#define VALUES(...) (const double[]){__VA_ARGS__}
#define CHECK_VALUES(header, version, data_and_size, expected) \
    check_values(__LINE__, header, version, data_and_size, expected)

static void test_headers(void)
{
    const char *order = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 2), }";
    CHECK_VALUES(order, 1, BYTES(0, 1, 0, 2, 0, 3, 255, 252), VALUES(1, 3, 2, -4));
    CHECK_VALUES(order, 2, BYTES(0, 1, 0, 2, 0, 3, 255, 252), VALUES(1, 3, 2, -4));
    CHECK_VALUES(order, 3, BYTES(0, 1, 0, 2, 0, 3, 255, 252), VALUES(1, 3, 2, -4));
    CHECK_VALUES("{\"shape\":(),\"fortran_order\":False,\"descr\":\"<u2\"}", 1,
                 BYTES(2, 1), VALUES(258));
    CHECK_VALUES("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", 1,
                 BYTES(0, 1), VALUES(0, 1));
    CHECK_VALUES("{'descr': '|i1', 'fortran_order': False, 'shape': (2L,)}", 1,
                 BYTES(255, 1), VALUES(-1, 1));
    CHECK_VALUES("{'descr': '>f4', 'fortran_order': False, 'shape': (1, 1)}", 1,
                 BYTES(0xc0, 0x20, 0, 0), VALUES(-2.5));
    CHECK_VALUES("{'descr': '<f8', 'fortran_order': True, 'shape': (1,)}", 1,
                 BYTES(0, 0, 0, 0, 0, 0, 0xe0, 0x3f), VALUES(0.5));
    CHECK_VALUES("{'descr': '>u8', 'fortran_order': True, 'shape': (0, 3)}", 1,
                 BYTES(), VALUES(0));
}

static void check_refused(int line, const Build *build, const char *words)
{
    SnnNpz *npz = open_build(build);
    bool is_right = !npz && strstr(error, "file.npz") && strstr(error, words);
    CHECK(is_right);
    if (!is_right)
        printf("  called from line %d: '%s', expected '%s'\n", line, error,
               words);
    snn_io_npz_close(npz);
}

#define CHECK_REFUSED(build, words) check_refused(__LINE__, build, words)

static void test_bad_headers(void)
{
    static const char *const headers[] = {
        "", "{", "{}", "()", "{'descr': '<f8'}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1 2)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1.0,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': 1}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f8', 'fortran_order': Maybe, 'shape': (1,)}",
        "{'descr': 7, 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f8, 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f8', 'descr': '<f8', 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}",
        "{'descr': ['<f8', 'fortran_order': False, 'shape': (1,)}",
    };
    for (size_t k = 0; k < sizeof headers / sizeof headers[0]; k++) {
        Build build = one_array(1, headers[k], "12345678", 8);
        CHECK_REFUSED(&build, "array 'a' has an npy header that is not");
    }
}

static void test_false_shapes(void)
{
    static const char *const shapes[] = {
        "(2,)", "(0,)", "(1, 2)", "(1, 0)", "(9223372036854775807,)",
        "(4294967296, 4294967296)", "(4294967296, 4294967296, 0)"};
    for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
        char header[128];
        snprintf(header, sizeof header,
                 "{'descr': '<f8', 'fortran_order': False, 'shape': %s}",
                 shapes[k]);
        Build build = one_array(1, header, "12345678", 8);
        CHECK_REFUSED(&build, "another number of bytes than its shape");
    }
    Build many = one_array(1, "{'descr': '<f8', 'fortran_order': False, "
                           "'shape': (1,1,1,1,1,1,1,1,1)}", "12345678", 8);
    CHECK_REFUSED(&many, "more than 8 dimensions");
}

// An array that is no numbers can lie in the file, but not be used.
static void check_other(const char *header, const char *descr)
{
    double out[1];
    Build build = one_array(1, header, "12345678", 8);
    SnnNpz *npz = open_build(&build);
    const SnnNpzArray *a = npz ? snn_io_npz_find(npz, "a") : NULL;
    CHECK(a && a->type == SNN_NPZ_OTHER);
    if (!a)
        return;
    CHECK_TEXT(a->descr, descr);
    CHECK(snn_io_npz_doubles(npz, a, out, error, sizeof error) == -1);
    CHECK(strstr(error, descr) && strstr(error, "expected numbers"));
    snn_io_npz_close(npz);
}

static void test_other_types(void)
{
    check_other("{'descr': '<U2', 'fortran_order': False, 'shape': (1,)}", "<U2");
    check_other("{'descr': '|O', 'fortran_order': False, 'shape': (3,)}", "|O");
    check_other("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", "<c8");
    check_other("{'descr': [('x', '<f4'), ('y', '<f4', (1,))], "
                "'fortran_order': False, 'shape': (1,)}", "record");
}

static void test_no_npy(void)
{
    Build build = {0};
    build_member(&build, "a.npy", "text", 4);
    build_end(&build);
    CHECK_REFUSED(&build, "array 'a' is no npy data");
    build = (Build){0};
    build_member(&build, "a.npy", "\x93NUMPY\x04\0\0\0\0\0", 12);
    build_end(&build);
    CHECK_REFUSED(&build, "version other than 1, 2 and 3");
    build = (Build){0};
    build_member(&build, "a.npy", "\x93NUMPY\x01\0\xff\xff{}", 12);
    build_end(&build);
    CHECK_REFUSED(&build, "cut short");
}

// ---- damage ---------------------------------------------------------------------

static const char header_f8[] =
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }";
static const double data_f8[] = {1, 2, 3, 4};

// Two arrays and a member that is none.
static Build sample(bool is_packed, bool has_descriptors)
{
    Build build = {.is_packed = is_packed, .has_descriptors = has_descriptors};
    build_array(&build, "first.npy", 1, header_f8, data_f8, sizeof data_f8);
    build_member(&build, "notes.txt", "nothing", 7);
    build_array(&build, "second.npy", 2, header_f8, data_f8, sizeof data_f8);
    build_end(&build);
    return build;
}

static bool is_intact(const SnnNpz *npz, const char *name)
{
    const SnnNpzArray *a = snn_io_npz_find(npz, name);
    return a && a->rank == 2 && a->count == 4 && a->shape[0] == 2 &&
           memcmp(a->data, data_f8, sizeof data_f8) == 0;
}

static void check_truncation(const Build *whole)
{
    Build build = *whole;
    SnnNpz *npz = open_build(&build);
    CHECK(npz && snn_io_npz_count(npz) == 2);
    CHECK(npz && is_intact(npz, "first") && is_intact(npz, "second"));
    snn_io_npz_close(npz);
    for (build.n = 0; build.n < whole->n; build.n++)
        CHECK_REFUSED(&build, "cut short");
}

// A changed byte is found, or is one that says nothing (dates, versions).
static void check_changes(const Build *whole)
{
    size_t n_found = 0;
    for (size_t at = 0; at < whole->n; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            Build build = *whole;
            build.bytes[at] ^= (unsigned char)(1u << bit);
            SnnNpz *npz = open_build(&build);
            n_found += npz == NULL;
            bool is_told = npz == NULL && strstr(error, "file.npz");
            bool is_harmless = npz && is_intact(npz, "first") &&
                               is_intact(npz, "second");
            if (!is_told && !is_harmless)
                printf("byte %zu bit %u: '%s'\n", at, bit, error);
            CHECK(is_told || is_harmless);
            snn_io_npz_close(npz);
        }
    CHECK(n_found > 4 * whole->n);
}

static void test_damage(void)
{
    for (int k = 0; k < 4; k++) {
#ifdef SNN_NO_ZLIB
        if (k & 1)
            continue;
#endif
        Build build = sample(k & 1, k & 2);
        check_truncation(&build);
        check_changes(&build);
    }
}

// Sets a number in the first record with this mark from `from` on.
static void overwrite(Build *build, uint32_t mark, size_t offset,
                      uint64_t value, int n_bytes)
{
    for (size_t at = 0; at + 4 <= build->n; at++)
        if (zip_get32(build->bytes + at) == mark) {
            zip_put(build->bytes + at + offset, value, n_bytes);
            return;
        }
    CHECK(!"the mark is there");
}

static void test_false_records(void)
{
    Build build = sample(false, false);
    overwrite(&build, ZIP_CENTRAL_MARK, 20, 0x7fffffff, 4);
    CHECK_REFUSED(&build, "a stored member has two sizes");
    overwrite(&build, ZIP_CENTRAL_MARK, 24, 0x7fffffff, 4);
    CHECK_REFUSED(&build, "reaches beyond the file");
    build = sample(false, false);
    overwrite(&build, ZIP_CENTRAL_MARK, 42, 1, 4);
    CHECK_REFUSED(&build, "not where the directory says");
    build = sample(false, false);
    overwrite(&build, ZIP_CENTRAL_MARK, 10, 12, 2);
    CHECK_REFUSED(&build, "neither 'stored' nor 'deflated'");
    build = sample(false, false);
    overwrite(&build, ZIP_CENTRAL_MARK, 8, 1, 2);
    CHECK_REFUSED(&build, "encrypted");
    build = sample(false, false);
    overwrite(&build, ZIP_CENTRAL_MARK, 16, 1, 4);
    CHECK_REFUSED(&build, "checksum");
    build = sample(false, false);
    overwrite(&build, ZIP_END_MARK, 10, 60000, 2);
    CHECK_REFUSED(&build, "fewer entries than it says");
    overwrite(&build, ZIP_END_MARK, 10, 1, 2);
    CHECK_REFUSED(&build, "more entries than it says");
    build = sample(false, false);
    overwrite(&build, ZIP_END_MARK, 16, 0x7fffffff, 4);
    CHECK_REFUSED(&build, "directory lies outside");
}

// Many names for the same bytes would unpack to more than the file holds.
static void test_overlap(void)
{
    Build build = {0};
    build_array(&build, "a.npy", 1, header_f8, data_f8, sizeof data_f8);
    while (build.n_entries < BUILD_MEMBERS)
        build.entries[build.n_entries++] = build.entries[0];
    build_end(&build);
    CHECK_REFUSED(&build, "overlap");
}

#ifndef SNN_NO_ZLIB

// A member that claims to unpack to gigabytes, which its data cannot.
static void test_false_unpacked_size(void)
{
    Build build = sample(true, true);
    overwrite(&build, ZIP_CENTRAL_MARK, 24, 0xfffffffe, 4);
    CHECK_REFUSED(&build, "unpacks to too much");
    overwrite(&build, ZIP_CENTRAL_MARK, 24, 20000, 4);
    CHECK_REFUSED(&build, "does not unpack");
    overwrite(&build, ZIP_CENTRAL_MARK, 24, 100, 4);
    CHECK_REFUSED(&build, "does not unpack");
}

#endif

int main(void)
{
    test_headers();
    test_bad_headers();
    test_false_shapes();
    test_other_types();
    test_no_npy();
    test_damage();
    test_false_records();
    test_overlap();
#ifndef SNN_NO_ZLIB
    test_false_unpacked_size();
#endif
    return unit_report();
}
