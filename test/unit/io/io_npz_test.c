// Npz files: what is written is read back, by us and by Python, whatever the
// type; the same arrays give the same bytes; ZIP64.
#include <float.h>
#include <stdbool.h>
#include "io/file.h"
#include "io/npz.h"
#include "../scratch.h"
#include "../unit.h"

static char error[512];

static SnnNpzWriter *create(const char *name)
{
    SnnNpzWriter *writer = snn_io_npz_create(scratch_path(name), error,
                                             sizeof error);
    if (!writer)
        printf("%s\n", error);
    return writer;
}

static SnnNpz *open_file(const char *name)
{
    SnnNpz *npz = snn_io_npz_open(scratch_path(name), error, sizeof error);
    if (!npz)
        printf("%s\n", error);
    return npz;
}

// Extremes of each type.
static const float values_F4[] = {0, -1.5f, FLT_MAX};
static const double values_F8[] = {0.1, -INFINITY, DBL_TRUE_MIN};
static const int8_t values_I1[] = {0, INT8_MIN, INT8_MAX};
static const int16_t values_I2[] = {0, INT16_MIN, INT16_MAX};
static const int32_t values_I4[] = {0, INT32_MIN, INT32_MAX};
static const int64_t values_I8[] = {0, INT64_MIN, INT64_MAX};
static const uint8_t values_U1[] = {0, 1, UINT8_MAX};
static const uint16_t values_U2[] = {0, 1, UINT16_MAX};
static const uint32_t values_U4[] = {0, 1, UINT32_MAX};
static const uint64_t values_U8[] = {0, 1, UINT64_MAX};
static const uint8_t values_B1[] = {0, 1, 1};

static void write_types(const char *name, uint64_t zip64_limit)
{
    SnnNpzWriter *writer = create(name);
    snn_io_npz_set_zip64_limit(writer, zip64_limit);
#define NPZ_TYPE(id, type, code)                                             \
    snn_io_npz_add(writer, "array/" code, SNN_NPZ_##id, 1,                   \
                   (const uint64_t[]){3}, values_##id);
#include "io/npz_types.def"
#undef NPZ_TYPE
    CHECK(snn_io_npz_commit(writer, error, sizeof error) == 0);
}

// The bits that went in, and the value as a double.
static void check_array(const SnnNpz *npz, const char *name, SnnNpzType type,
                        const void *bits, double last)
{
    const SnnNpzArray *array = snn_io_npz_find(npz, name);
    double doubles[3] = {0};
    CHECK(array != NULL);
    if (!array)
        return;
    CHECK(array->type == type && array->rank == 1 && array->count == 3);
    CHECK(memcmp(array->data, bits, 3 * snn_io_npz_type_size(type)) == 0);
    CHECK(snn_io_npz_doubles(npz, array, doubles, error, sizeof error) == 0);
    CHECK(doubles[2] == last);
}

static void check_types(const char *file)
{
    SnnNpz *npz = open_file(file);
    if (!npz) {
        CHECK(npz != NULL);
        return;
    }
    CHECK(snn_io_npz_count(npz) == SNN_NPZ_TYPES);
    CHECK_TEXT(snn_io_npz_path(npz), scratch_path(file));
#define NPZ_TYPE(id, type, code)                                             \
    check_array(npz, "array/" code, SNN_NPZ_##id, values_##id,               \
                (double)values_##id[2]);
#include "io/npz_types.def"
#undef NPZ_TYPE
    CHECK(snn_io_npz_find(npz, "array/f9") == NULL);
    snn_io_npz_close(npz);
}

static void test_types(void)
{
    write_types("t.npz", UINT64_MAX);
    check_types("t.npz");
}

// All numbers as ZIP64, and each kind of number at its own.
static void test_zip64(void)
{
    static const uint64_t limits[] = {0, 1, 12, 140, 1000, 2000};
    for (size_t k = 0; k < sizeof limits / sizeof limits[0]; k++) {
        write_types("z.npz", limits[k]);
        check_types("z.npz");
    }
}

static void test_integers(void)
{
    int64_t out[3] = {0};
    SnnNpz *npz = open_file("t.npz");
    CHECK(snn_io_npz_integers(npz, snn_io_npz_find(npz, "array/i8"), out,
                              error, sizeof error) == 0);
    CHECK(out[1] == INT64_MIN && out[2] == INT64_MAX);
    CHECK(snn_io_npz_integers(npz, snn_io_npz_find(npz, "array/i1"), out,
                              error, sizeof error) == 0);
    CHECK(out[1] == INT8_MIN && out[2] == INT8_MAX);
    CHECK(snn_io_npz_integers(npz, snn_io_npz_find(npz, "array/u8"), out,
                              error, sizeof error) == -1);
    CHECK(strstr(error, "array/u8") && strstr(error, "18446744073709551615"));
    CHECK(snn_io_npz_integers(npz, snn_io_npz_find(npz, "array/f4"), out,
                              error, sizeof error) == -1);
    CHECK(strstr(error, "'<f4'") && strstr(error, "integers"));
    snn_io_npz_close(npz);
}

static void check_shape(uint32_t rank, const uint64_t *shape, uint64_t count)
{
    static const double data[120] = {7, 8};
    SnnNpzWriter *writer = create("s.npz");
    snn_io_npz_add(writer, "a", SNN_NPZ_F8, rank, shape, data);
    CHECK(snn_io_npz_commit(writer, error, sizeof error) == 0);
    SnnNpz *npz = open_file("s.npz");
    const SnnNpzArray *array = npz ? snn_io_npz_find(npz, "a") : NULL;
    CHECK(array && array->rank == rank && array->count == count);
    CHECK(array && array->data != NULL);
    CHECK(array && rank == 0 ? *(const double *)array->data == 7
                             : memcmp(array->shape, shape, rank * 8) == 0);
    snn_io_npz_close(npz);
}

static void test_shapes(void)
{
    check_shape(0, NULL, 1);
    check_shape(1, (uint64_t[]){5}, 5);
    check_shape(1, (uint64_t[]){0}, 0);
    check_shape(2, (uint64_t[]){2, 3}, 6);
    check_shape(3, (uint64_t[]){1ull << 40, 0, 1ull << 40}, 0);
    check_shape(8, (uint64_t[]){1, 2, 1, 3, 1, 4, 5, 1}, 120);
}

static void test_no_arrays(void)
{
    CHECK(snn_io_npz_commit(create("e.npz"), error, sizeof error) == 0);
    SnnNpz *npz = open_file("e.npz");
    CHECK(npz && snn_io_npz_count(npz) == 0);
    snn_io_npz_close(npz);
}

static void test_deterministic(void)
{
    unsigned char *first, *second;
    size_t n_first = 0, n_second = 0;
    write_types("u.npz", UINT64_MAX);
    CHECK(snn_io_file_read(scratch_path("t.npz"), &first, &n_first, error,
                           sizeof error) == 0);
    CHECK(snn_io_file_read(scratch_path("u.npz"), &second, &n_second, error,
                           sizeof error) == 0);
    CHECK(n_first == n_second && memcmp(first, second, n_first) == 0);
    free(first);
    free(second);
}

static int fail_to_write(int fd)
{
    (void)fd;
    return -1;
}

static void test_failure(void)
{
    SnnIoHooks hooks = snn_io_hooks;
    SnnNpzWriter *writer = create("t.npz");
    snn_io_npz_add(writer, "a", SNN_NPZ_F8, 0, NULL, values_F8);
    snn_io_hooks.fsync = fail_to_write;
    CHECK(snn_io_npz_commit(writer, error, sizeof error) == -1);
    snn_io_hooks = hooks;
    CHECK(strstr(error, "t.npz") && strstr(error, "fsync"));
    check_types("t.npz"); // the old one
    snn_io_npz_abort(create("t.npz"));
    check_types("t.npz");
    CHECK(snn_io_npz_create(scratch_path("none/a"), error, sizeof error) ==
          NULL);
    CHECK(strstr(error, "none/a") != NULL);
}

// ---- Python ---------------------------------------------------------------------

// Runs a script with the path of a file.
static bool python_agrees(const char *script, const char *file)
{
    char command[4096];
    snprintf(command, sizeof command, "python3 -c \"%s\" '%s'", script,
             scratch_path(file));
    fflush(stdout);
    return system(command) == 0;
}

static const char check_script[] =
    "import sys, zipfile, ast, struct\n"
    "z = zipfile.ZipFile(sys.argv[1])\n"
    "assert z.testzip() is None\n"
    "assert len(z.namelist()) == 11\n"
    "for name in z.namelist():\n"
    "    b = z.read(name)\n"
    "    n = 10 + struct.unpack('<H', b[8:10])[0]\n"
    "    h = ast.literal_eval(b[10:n].decode())\n"
    "    assert b[:8] == b'\\x93NUMPY\\x01\\x00' and n % 64 == 0\n"
    "    assert h['shape'] == (3,) and h['fortran_order'] is False\n"
    "    assert name == 'array/' + h['descr'][1:] + '.npy'\n"
    "    assert len(b) == n + 3 * int(h['descr'][2])\n"
    "n = 128\n"
    "x = struct.unpack('<3d', z.read('array/f8.npy')[n:])\n"
    "assert x == (0.1, -float('inf'), 5e-324)\n"
    "x = struct.unpack('<3q', z.read('array/i8.npy')[n:])\n"
    "assert x == (0, -2**63, 2**63 - 1)\n";

// To a stream that cannot seek: members are deflated, with data descriptors.
static const char write_script[] =
    "import sys, zipfile, struct\n"
    "class Stream:\n"
    "    def __init__(self, path): self.file = open(path, 'wb')\n"
    "    def write(self, bytes): return self.file.write(bytes)\n"
    "    def flush(self): self.file.flush()\n"
    "stream = Stream(sys.argv[1])\n"
    "header = str({'descr': '>i4', 'fortran_order': True, 'shape': (2, 3)})\n"
    "header = header.ljust(117) + '\\n'\n"
    "npy = b'\\x93NUMPY\\x01\\x00' + struct.pack('<H', 118) + header.encode()\n"
    "npy += struct.pack('>6i', 1, 2, 3, 4, 5, -6)\n"
    "with zipfile.ZipFile(stream, 'w', METHOD) as z:\n"
    "    z.writestr('notes.txt', 'no array')\n"
    "    with z.open('a.npy', 'w', force_zip64=True) as f: f.write(npy)\n"
    "    z.comment = b'a comment'\n"
    "stream.file.close()\n";

static void test_python_reads(void)
{
    CHECK(python_agrees(check_script, "t.npz"));
    write_types("z.npz", 0);
    CHECK(python_agrees(check_script, "z.npz"));
}

static void check_python_writes(const char *method)
{
    static const int64_t expected[] = {1, 3, 5, 2, 4, -6};
    int64_t out[6] = {0};
    char script[2048];
    const char *rest = strstr(write_script, "METHOD");
    snprintf(script, sizeof script, "%.*s%s%s", (int)(rest - write_script),
             write_script, method, rest + strlen("METHOD"));
    CHECK(python_agrees(script, "p.npz"));
    SnnNpz *npz = open_file("p.npz");
    const SnnNpzArray *array = npz ? snn_io_npz_find(npz, "a") : NULL;
    CHECK(array && snn_io_npz_count(npz) == 1);
    CHECK(array && array->shape[0] == 2 && array->shape[1] == 3);
    if (array)
        CHECK(snn_io_npz_integers(npz, array, out, error, sizeof error) == 0);
    CHECK(memcmp(out, expected, sizeof out) == 0);
    snn_io_npz_close(npz);
}

int main(void)
{
    scratch_open();
    test_types();
    test_zip64();
    test_integers();
    test_shapes();
    test_no_arrays();
    test_deterministic();
    test_failure();
    test_python_reads();
    check_python_writes("zipfile.ZIP_STORED");
#ifndef SNN_NO_ZLIB
    check_python_writes("zipfile.ZIP_DEFLATED");
#endif
    scratch_close();
    return unit_report();
}
