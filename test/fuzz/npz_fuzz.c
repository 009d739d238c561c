// Fuzzes the npz reader: archives whose bytes, or whose arrays' headers under a
// right checksum, are changed at random. Each must be refused with a sentence or
// give arrays that can be read to the last element.
//     npz_fuzz [archives] [seed]
#include <stdbool.h>
#include <stdlib.h>
#include "../unit/unit.h"
#include "io/npy.h"
#include "io/npz.h"
#include "io/zip.h"
#ifndef SNN_NO_ZLIB
#include <zlib.h>
#endif

enum { ROOM = 4096, ARRAYS = 3, PACKED = 700 };

static uint64_t state;

static uint32_t draw(uint32_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 32) * below >> 32);
}

// ---- making archives ----------------------------------------------------------

typedef struct Member {
    unsigned char npy[PACKED], packed[PACKED];
    size_t n, n_packed;
    bool is_deflated;
} Member;

typedef struct Shape {
    const char *header;
    size_t n_bytes;
} Shape;

static const Shape shapes[] = {
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }\n", 96},
    {"{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3, 5), }\n", 60},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (), }\n", 1},
    {"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }\n", 8},
    {"{'descr': '<u8', 'fortran_order': True, 'shape': (9, 0), }\n", 0},
};
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static void fill(Member *member)
{
    const Shape *shape = &shapes[draw(N_SHAPES)];
    size_t length = strlen(shape->header);
    unsigned char version = (unsigned char)(1 + draw(3));
    memcpy(member->npy, NPY_MAGIC, NPY_MAGIC_SIZE);
    unsigned char *to = zip_put(member->npy + NPY_MAGIC_SIZE, version, 2);
    to = zip_put(to, length, version == 1 ? 2 : 4);
    memcpy(to, shape->header, length);
    to += length;
    for (size_t i = 0; i < shape->n_bytes; i++)
        *to++ = (unsigned char)draw(256);
    member->n = (size_t)(to - member->npy);
}

// Text of headers rather than noise, half of the time.
static void change(unsigned char *bytes, size_t n, uint32_t changes)
{
    static const char likely[] = "0123456789(),:'{}[]<>|=L \n\\fuibTFPK\1\2\5\6";
    while (changes-- > 0 && n > 0) {
        unsigned char *at = &bytes[draw((uint32_t)n)];
        switch (draw(4)) {
        case 0:
            *at ^= (unsigned char)(1u << draw(8));
            break;
        case 1:
            *at = (unsigned char)-(int)draw(2);
            break;
        default:
            *at = (unsigned char)likely[draw(sizeof likely)];
        }
    }
}

static void pack(Member *member)
{
    member->is_deflated = false;
    member->n_packed = member->n;
    memcpy(member->packed, member->npy, member->n);
#ifndef SNN_NO_ZLIB
    z_stream stream = {.next_in = member->npy, .avail_in = (uInt)member->n,
                       .next_out = member->packed, .avail_out = PACKED};
    if (draw(2) == 0)
        return;
    deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    deflate(&stream, Z_FINISH);
    deflateEnd(&stream);
    member->n_packed = stream.total_out;
    member->is_deflated = true;
#endif
}

static unsigned char *put_facts(unsigned char *to, const Member *member,
                                bool is_zip64)
{
    to = zip_put(zip_put(to, 45, 2), 0, 2);
    to = zip_put(to, member->is_deflated ? ZIP_DEFLATED : ZIP_STORED, 2);
    to = zip_put(zip_put(to, 0, 4), snn_io_crc32(0, member->npy, member->n), 4);
    to = zip_put(to, is_zip64 ? ZIP_ELSEWHERE32 : member->n_packed, 4);
    to = zip_put(to, is_zip64 ? ZIP_ELSEWHERE32 : member->n, 4);
    return zip_put(zip_put(to, 5, 2), is_zip64 ? 20 : 0, 2);
}

static unsigned char *put_name(unsigned char *to, int index,
                               const Member *member, bool is_zip64)
{
    memcpy(to, "a.npy", 5);
    to[0] = (unsigned char)('a' + index);
    to += 5;
    if (!is_zip64)
        return to;
    to = zip_put(zip_put(to, ZIP_EXTRA64, 2), 16, 2);
    return zip_put(zip_put(to, member->n, 8), member->n_packed, 8);
}

static size_t assemble(unsigned char *out, const Member *members, bool is_zip64)
{
    unsigned char *to = out, *starts[ARRAYS];
    for (int i = 0; i < ARRAYS; i++) {
        starts[i] = to;
        to = put_facts(zip_put(to, ZIP_LOCAL_MARK, 4), &members[i], is_zip64);
        to = put_name(to, i, &members[i], is_zip64);
        memcpy(to, members[i].packed, members[i].n_packed);
        to += members[i].n_packed;
    }
    uint64_t offset = (uint64_t)(to - out);
    for (int i = 0; i < ARRAYS; i++) {
        to = zip_put(zip_put(to, ZIP_CENTRAL_MARK, 4), 45, 2);
        to = zip_put(put_facts(to, &members[i], is_zip64), 0, 8);
        to = zip_put(zip_put(to, 0, 2), (uint64_t)(starts[i] - out), 4);
        to = put_name(to, i, &members[i], is_zip64);
    }
    uint64_t length = (uint64_t)(to - out) - offset;
    if (is_zip64) {
        uint64_t end = offset + length;
        to = zip_put(zip_put(to, ZIP_END64_MARK, 4), 44, 8);
        to = zip_put(zip_put(to, 45, 4), 0, 8);
        to = zip_put(zip_put(to, ARRAYS, 8), ARRAYS, 8);
        to = zip_put(zip_put(to, length, 8), offset, 8);
        to = zip_put(zip_put(to, ZIP_LOCATOR_MARK, 4), 0, 4);
        to = zip_put(zip_put(to, end, 8), 1, 4);
        length = offset = ZIP_ELSEWHERE32;
    }
    to = zip_put(zip_put(to, ZIP_END_MARK, 4), 0, 4);
    to = zip_put(zip_put(to, ARRAYS, 2), ARRAYS, 2);
    to = zip_put(zip_put(to, length, 4), offset, 4);
    return (size_t)(zip_put(to, 0, 2) - out);
}

// ---- reading them ---------------------------------------------------------------

static char error[512];

static void read_array(const SnnNpz *npz, const SnnNpzArray *array)
{
    uint64_t count = array->count;
    // Without a type there is no data, whatever the shape says.
    double *reals = malloc((count + 1) * sizeof *reals);
    int64_t *whole = malloc((count + 1) * sizeof *whole);
    int status = snn_io_npz_doubles(npz, array, reals, error, sizeof error);
    CHECK((status == 0) == (array->type != SNN_NPZ_OTHER));
    snn_io_npz_integers(npz, array, whole, error, sizeof error);
    free(reals);
    free(whole);
}

// Whether the archive was accepted.
static bool try_archive(const unsigned char *bytes, size_t n)
{
    unsigned char *copy = malloc(n + !n);
    memcpy(copy, bytes, n);
    error[0] = '\0';
    SnnNpz *npz = snn_io_npz_open_memory(copy, n, "file", error, sizeof error);
    free(copy);
    CHECK((npz == NULL) == (strstr(error, "file") != NULL));
    if (npz == NULL)
        return false;
    for (size_t i = 0; i < snn_io_npz_count(npz); i++)
        read_array(npz, snn_io_npz_at(npz, i));
    snn_io_npz_close(npz);
    return true;
}

// What is changed: nothing, headers, packed bytes, the archive, its length.
enum { NOTHING, HEADERS, DATA, ARCHIVE, LENGTH, WAYS };

static bool try_one(uint32_t way)
{
    unsigned char bytes[ROOM];
    Member members[ARRAYS];
    for (int i = 0; i < ARRAYS; i++) {
        fill(&members[i]);
        if (way == HEADERS)
            change(members[i].npy, members[i].n, draw(3));
        pack(&members[i]);
        if (way == DATA)
            change(members[i].packed, members[i].n_packed, draw(2));
    }
    size_t n = assemble(bytes, members, draw(2));
    if (way == ARCHIVE)
        change(bytes, n, 1 + draw(4));
    if (way == LENGTH)
        n = draw((uint32_t)n);
    return try_archive(bytes, n);
}

int main(int argc, char **argv)
{
    long n = argc > 1 ? atol(argv[1]) : 20000;
    state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    long accepted[WAYS] = {0}, tried[WAYS] = {0};
    for (long i = 0; i < n; i++) {
        uint32_t way = draw(WAYS);
        tried[way]++;
        accepted[way] += try_one(way);
    }
    CHECK(accepted[NOTHING] == tried[NOTHING]);
    CHECK(accepted[LENGTH] == 0);
    printf("accepted of tried: as is %ld of %ld, headers %ld of %ld, data %ld "
           "of %ld, archive %ld of %ld\n", accepted[NOTHING], tried[NOTHING],
           accepted[HEADERS], tried[HEADERS], accepted[DATA], tried[DATA],
           accepted[ARCHIVE], tried[ARCHIVE]);
    return unit_report();
}
