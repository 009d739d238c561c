// Reading IDX files. What the header says is believed only as far as the file
// has bytes: memory grows with what really comes.
#include "data/idx.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "io/file.h"

enum { HEADER = 4, FIRST_PIECE = 1 << 16 };

// Bytes of one element; 0 for a code that is no type.
static size_t size_of(unsigned code)
{
    switch (code) {
#define IDX_TYPE(id, code, n_bytes, name)                                   \
    case code:                                                              \
        return n_bytes;
#include "data/idx_types.def"
#undef IDX_TYPE
    default:
        return 0;
    }
}

static const char known_types[] =
#define IDX_TYPE(id, code, n_bytes, name) " " #code " " name
#include "data/idx_types.def"
#undef IDX_TYPE
    ;

// ---- finding ----------------------------------------------------------------

static char *join(const char *folder, const char *name, const char *ending)
{
    size_t size = strlen(folder) + strlen(name) + strlen(ending) + 2;
    char *path = malloc(size);
    if (!path)
        return NULL;
    if (name[0] == '/')
        snprintf(path, size, "%s%s", name, ending);
    else
        snprintf(path, size, "%s/%s%s", folder, name, ending);
    return path;
}

// The plain file wins; a file that is there but unreadable counts as found.
static char *find_path(const ReaderCall *call, const char *name)
{
    char *plain = join(call->data_dir, name, "");
    char *packed = join(call->data_dir, name, ".gz");
    if (!plain || !packed)
        READER_FAIL(call, "not enough memory");
    else if (access(plain, F_OK) == 0) {
        free(packed);
        return plain;
    } else if (access(packed, F_OK) == 0) {
        free(plain);
        return packed;
    } else
        READER_FAIL(call, "there is neither %s nor %s (--data DIR says where "
                    "the data is)", plain, packed);
    free(plain);
    free(packed);
    return NULL;
}

// ---- reading ----------------------------------------------------------------

typedef struct Source {
    const ReaderCall *call;
    SnnStream *stream;
    const char *path;
} Source;

static int read_some(const Source *from, void *bytes, size_t n, size_t *out_n)
{
    return snn_io_stream_read(from->stream, bytes, n, out_n, from->call->error,
                              from->call->error_size);
}

static uint32_t big_word(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

static int check_magic(const Source *from, const unsigned char *magic)
{
    if (magic[0] != 0 || magic[1] != 0)
        return READER_FAIL(from->call, "%s is no IDX file: it begins with %02x "
                           "%02x %02x %02x, not with 00 00, a type and a rank",
                           from->path, magic[0], magic[1], magic[2], magic[3]);
    if (size_of(magic[2]) == 0)
        return READER_FAIL(from->call, "%s has elements of IDX type 0x%02x; "
                           "known are%s", from->path, magic[2], known_types);
    if (magic[3] < 1 || magic[3] > IDX_RANK_MAX)
        return READER_FAIL(from->call, "%s has %u dimensions; 1 to %d are "
                           "possible", from->path, magic[3], IDX_RANK_MAX);
    return 0;
}

static int fail_short(const Source *from, uint64_t found, uint64_t expected)
{
    return READER_FAIL(from->call, "%s is cut short: %llu bytes instead of "
                       "%llu", from->path, (unsigned long long)found,
                       (unsigned long long)expected);
}

static int read_header(const Source *from, IdxFile *out)
{
    unsigned char bytes[HEADER + 4 * IDX_RANK_MAX];
    size_t n;
    if (read_some(from, bytes, HEADER, &n) < 0)
        return -1;
    if (n < HEADER)
        return fail_short(from, n, HEADER);
    if (check_magic(from, bytes) < 0)
        return -1;
    out->type = (IdxType)bytes[2];
    out->rank = bytes[3];
    if (read_some(from, bytes + HEADER, 4 * (size_t)out->rank, &n) < 0)
        return -1;
    if (n < 4 * (size_t)out->rank)
        return fail_short(from, HEADER + n, HEADER + 4 * (uint64_t)out->rank);
    for (uint32_t k = 0; k < out->rank; k++)
        out->sizes[k] = big_word(bytes + HEADER + 4 * k);
    return 0;
}

// Bytes of all elements, and elements of a sample.
static int measure(const Source *from, IdxFile *out, size_t *out_n_bytes)
{
    size_t n = size_of(out->type);
    bool is_huge = false;
    out->n_per_sample = 1;
    for (uint32_t k = 1; k < out->rank; k++)
        if (__builtin_mul_overflow(out->n_per_sample, out->sizes[k],
                                   &out->n_per_sample))
            is_huge = true;
    if (is_huge || __builtin_mul_overflow(n, out->sizes[0], &n) ||
        __builtin_mul_overflow(n, out->n_per_sample, &n) ||
        n > SIZE_MAX / 2)
        return READER_FAIL(from->call, "%s is damaged: its sizes multiply to "
                           "more than any memory", from->path);
    *out_n_bytes = n;
    return 0;
}

// n bytes, in pieces that double: a false header costs no memory.
static int read_elements(const Source *from, IdxFile *out, size_t n)
{
    size_t header = HEADER + 4 * (size_t)out->rank;
    size_t done = 0, got, capacity = FIRST_PIECE;
    do {
        capacity = capacity < n ? capacity : n;
        unsigned char *grown = realloc(out->bytes, capacity + 1);
        if (!grown)
            return READER_FAIL(from->call, "not enough memory for the %zu "
                               "bytes of %s", n, from->path);
        out->bytes = grown;
        if (read_some(from, out->bytes + done, capacity - done, &got) < 0)
            return -1;
        done += got;
        if (done < capacity)
            return fail_short(from, header + done, header + n);
        capacity *= 2;
    } while (done < n);
    return 0;
}

static int check_end(const Source *from)
{
    unsigned char rest;
    size_t got;
    if (read_some(from, &rest, 1, &got) < 0)
        return -1;
    if (got > 0)
        return READER_FAIL(from->call, "%s is longer than its sizes say",
                           from->path);
    return 0;
}

static int read_all(const Source *from, IdxFile *out)
{
    size_t n = 0;
    if (read_header(from, out) < 0 || measure(from, out, &n) < 0 ||
        read_elements(from, out, n) < 0)
        return -1;
    return check_end(from);
}

int idx_open(const ReaderCall *call, const char *name, IdxFile *out)
{
    *out = (IdxFile){.path = find_path(call, name)};
    if (!out->path)
        return -1;
    Source from = {.call = call, .path = out->path};
    from.stream = snn_io_stream_open(out->path, call->error, call->error_size);
    int status = from.stream ? read_all(&from, out) : -1;
    snn_io_stream_close(from.stream);
    if (status < 0)
        idx_close(out);
    return status;
}

void idx_close(IdxFile *file)
{
    free(file->path);
    free(file->bytes);
    *file = (IdxFile){0};
}

// ---- elements ---------------------------------------------------------------

static uint64_t big_bits(const unsigned char *bytes, size_t n)
{
    uint64_t bits = 0;
    for (size_t k = 0; k < n; k++)
        bits = bits << 8 | bytes[k];
    return bits;
}

static double float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

double idx_value(const IdxFile *file, size_t index)
{
    size_t n = size_of(file->type);
    uint64_t bits = big_bits(file->bytes + index * n, n);
    switch (file->type) {
    case IDX_U8:
        return (uint8_t)bits;
    case IDX_I8:
        return (int8_t)bits;
    case IDX_I16:
        return (int16_t)bits;
    case IDX_I32:
        return (int32_t)bits;
    case IDX_F32:
        return float_of((uint32_t)bits);
    case IDX_F64:
        return double_of(bits);
    }
    return 0;
}
