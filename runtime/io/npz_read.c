// Reading npz: the arrays of an archive in native byte order and C order, and
// their conversion to doubles and integers.
#include "io/npz.h"

#include <stdlib.h>
#include <string.h>
#include "io/file.h"
#include "io/npy.h"
#include "io/zip.h"

struct SnnNpz {
    char *path;
    SnnNpzArray *arrays;       // name and data are owned
    size_t n_arrays;
};

// Where an array comes from, for messages.
typedef struct Place {
    const SnnNpz *npz;
    const char *name;
    char *error;
    size_t size;
} Place;

static int fail_array(const Place *place, const char *what)
{
    return snn_io_fail(place->error, place->size, "%s: array '%s' %s",
                       place->npz->path, place->name, what);
}

// ---- types ----------------------------------------------------------------

size_t snn_io_npz_type_size(SnnNpzType type)
{
    static const size_t sizes[] = {
#define NPZ_TYPE(id, type, code) sizeof(type),
#include "io/npz_types.def"
#undef NPZ_TYPE
    };
    return type < SNN_NPZ_TYPES ? sizes[type] : 0;
}

const char *snn_io_npz_type_name(SnnNpzType type)
{
    static const char *const names[] = {
#define NPZ_TYPE(id, type, code) code,
#include "io/npz_types.def"
#undef NPZ_TYPE
    };
    return type < SNN_NPZ_TYPES ? names[type] : "other";
}

// ---- one array ------------------------------------------------------------

// The product of the shape, or -1 when its bytes are not just those there are.
static int count_elements(const SnnNpyHeader *header, uint64_t n_bytes,
                          uint64_t *out_count)
{
    size_t size = snn_io_npz_type_size(header->type);
    uint64_t room = n_bytes / size, count = 1;
    *out_count = 0;
    for (uint32_t i = 0; i < header->rank; i++)
        if (header->shape[i] == 0)
            return n_bytes == 0 ? 0 : -1;
    for (uint32_t i = 0; i < header->rank; i++) {
        if (header->shape[i] > room / count)
            return -1;
        count *= header->shape[i];
    }
    *out_count = count;
    return count * size == n_bytes ? 0 : -1;
}

static void swap_bytes(unsigned char *bytes, uint64_t count, size_t size)
{
    for (uint64_t i = 0; i < count; i++, bytes += size)
        for (size_t k = 0; k < size / 2; k++) {
            unsigned char byte = bytes[k];
            bytes[k] = bytes[size - 1 - k];
            bytes[size - 1 - k] = byte;
        }
}

// Fortran order: the first index runs fastest in `from`.
static void copy_fortran(const SnnNpzArray *array, size_t size,
                         const unsigned char *from, unsigned char *to)
{
    uint64_t stride[SNN_NPZ_RANK], index[SNN_NPZ_RANK] = {0}, at = 0, step = 1;
    for (uint32_t d = 0; d < array->rank; d++) {
        stride[d] = step;
        step *= array->shape[d];
    }
    for (uint64_t i = 0; i < array->count; i++, to += size) {
        memcpy(to, from + at * size, size);
        for (uint32_t d = array->rank; d-- > 0;) {
            at += stride[d];
            if (++index[d] < array->shape[d])
                break;
            at -= stride[d] * array->shape[d];
            index[d] = 0;
        }
    }
}

static int copy_data(const Place *place, const SnnNpyHeader *header,
                     const unsigned char *from, SnnNpzArray *out)
{
    size_t size = snn_io_npz_type_size(header->type);
    unsigned char *data = malloc(out->count * size + 1);
    if (data == NULL)
        return fail_array(place, "does not fit in memory");
    if (header->is_fortran && out->rank > 1)
        copy_fortran(out, size, from, data);
    else
        memcpy(data, from, out->count * size);
    if (header->is_swapped)
        swap_bytes(data, out->count, size);
    out->data = data;
    return 0;
}

static int parse_array(const Place *place, const unsigned char *bytes, size_t n,
                       SnnNpzArray *out)
{
    SnnNpyHeader header;
    const char *trouble = snn_io_npy_parse(bytes, n, &header);
    if (trouble != NULL)
        return fail_array(place, trouble);
    memcpy(out->descr, header.descr, sizeof out->descr);
    memcpy(out->shape, header.shape, sizeof out->shape);
    out->type = header.type;
    out->rank = header.rank;
    if (header.type == SNN_NPZ_OTHER)
        return 0;
    if (count_elements(&header, n - header.data_offset, &out->count) < 0)
        return fail_array(place, "has another number of bytes than its shape "
                                 "and type say");
    return copy_data(place, &header, bytes + header.data_offset, out);
}

static int read_array(const Place *place, const SnnZip *zip,
                      const SnnZipMember *member, SnnNpzArray *out)
{
    const unsigned char *view;
    unsigned char *owned;
    if (snn_io_zip_unpack(zip, member, &view, &owned, place->error,
                          place->size) < 0)
        return -1;
    int status = parse_array(place, view, member->size, out);
    free(owned);
    return status;
}

// ---- the archive ----------------------------------------------------------

// The length of a member's name without ".npy"; 0 when it is no array.
static size_t stem_length(const SnnZipMember *member)
{
    const size_t suffix = strlen(".npy");
    size_t n = member->name_length;
    if (n <= suffix || memcmp(member->name + n - suffix, ".npy", suffix) != 0)
        return 0;
    return n - suffix;
}

static int read_arrays(SnnNpz *npz, const SnnZip *zip, char *error, size_t size)
{
    npz->arrays = calloc(zip->n_members + 1, sizeof *npz->arrays);
    if (npz->arrays == NULL)
        return snn_io_fail(error, size, "not enough memory to read %s",
                           npz->path);
    for (size_t i = 0; i < zip->n_members; i++) {
        size_t length = stem_length(&zip->members[i]);
        if (length == 0)
            continue;
        SnnNpzArray *array = &npz->arrays[npz->n_arrays++];
        array->name = strndup((const char *)zip->members[i].name, length);
        if (array->name == NULL)
            return snn_io_fail(error, size, "not enough memory to read %s",
                               npz->path);
        Place place = {npz, array->name, error, size};
        if (read_array(&place, zip, &zip->members[i], array) < 0)
            return -1;
    }
    return 0;
}

SnnNpz *snn_io_npz_open_memory(const void *bytes, size_t n, const char *path,
                               char *error, size_t size)
{
    SnnNpz *npz = calloc(1, sizeof *npz);
    if (npz == NULL || (npz->path = strdup(path)) == NULL) {
        snn_io_fail(error, size, "not enough memory to read %s", path);
        free(npz);
        return NULL;
    }
    SnnZip zip = {.path = path, .bytes = bytes, .n = n};
    if (snn_io_zip_list(&zip, error, size) < 0 ||
        read_arrays(npz, &zip, error, size) < 0) {
        snn_io_npz_close(npz);
        npz = NULL;
    }
    free(zip.members);
    return npz;
}

SnnNpz *snn_io_npz_open(const char *path, char *error, size_t size)
{
    unsigned char *bytes;
    size_t n;
    if (snn_io_file_read(path, &bytes, &n, error, size) < 0)
        return NULL;
    SnnNpz *npz = snn_io_npz_open_memory(bytes, n, path, error, size);
    free(bytes);
    return npz;
}

void snn_io_npz_close(SnnNpz *npz)
{
    if (npz == NULL)
        return;
    for (size_t i = 0; i < npz->n_arrays; i++) {
        free((void *)(uintptr_t)npz->arrays[i].name);
        free((void *)(uintptr_t)npz->arrays[i].data);
    }
    free(npz->arrays);
    free(npz->path);
    free(npz);
}

const char *snn_io_npz_path(const SnnNpz *npz)
{
    return npz->path;
}

size_t snn_io_npz_count(const SnnNpz *npz)
{
    return npz->n_arrays;
}

const SnnNpzArray *snn_io_npz_at(const SnnNpz *npz, size_t index)
{
    return &npz->arrays[index];
}

const SnnNpzArray *snn_io_npz_find(const SnnNpz *npz, const char *name)
{
    // Of two of one name the last counts, as in every reader of zip.
    for (size_t i = npz->n_arrays; i-- > 0;)
        if (strcmp(npz->arrays[i].name, name) == 0)
            return &npz->arrays[i];
    return NULL;
}

// ---- conversion -----------------------------------------------------------

static int fail_type(const SnnNpz *npz, const SnnNpzArray *array,
                     const char *expected, char *error, size_t size)
{
    return snn_io_fail(error, size, "%s: array '%s' has type '%s', expected %s",
                       npz->path, array->name, array->descr, expected);
}

int snn_io_npz_doubles(const SnnNpz *npz, const SnnNpzArray *array, double *out,
                       char *error, size_t size)
{
    switch (array->type) {
#define NPZ_TYPE(id, ctype, code)                                             \
    case SNN_NPZ_##id:                                                        \
        for (uint64_t i = 0; i < array->count; i++)                           \
            out[i] = (double)((const ctype *)array->data)[i];                 \
        return 0;
#include "io/npz_types.def"
#undef NPZ_TYPE
    default:
        return fail_type(npz, array, "numbers", error, size);
    }
}

static int take_unsigned(const SnnNpz *npz, const SnnNpzArray *array,
                         int64_t *out, char *error, size_t size)
{
    const uint64_t *from = array->data;
    for (uint64_t i = 0; i < array->count; i++) {
        if (from[i] > INT64_MAX)
            return snn_io_fail(error, size, "%s: array '%s' holds %llu, "
                               "expected at most 2^63 - 1", npz->path,
                               array->name, (unsigned long long)from[i]);
        out[i] = (int64_t)from[i];
    }
    return 0;
}

int snn_io_npz_integers(const SnnNpz *npz, const SnnNpzArray *array,
                        int64_t *out, char *error, size_t size)
{
    switch (array->type) {
    case SNN_NPZ_F4:
    case SNN_NPZ_F8:
    case SNN_NPZ_OTHER:
        return fail_type(npz, array, "integers", error, size);
    case SNN_NPZ_U8:
        return take_unsigned(npz, array, out, error, size);
#define INTEGERS(id, ctype)                                                   \
    case SNN_NPZ_##id:                                                        \
        for (uint64_t i = 0; i < array->count; i++)                           \
            out[i] = ((const ctype *)array->data)[i];                         \
        return 0;
        INTEGERS(I1, int8_t)
        INTEGERS(I2, int16_t)
        INTEGERS(I4, int32_t)
        INTEGERS(I8, int64_t)
        INTEGERS(U1, uint8_t)
        INTEGERS(U2, uint16_t)
        INTEGERS(U4, uint32_t)
        INTEGERS(B1, uint8_t)
#undef INTEGERS
    }
    return fail_type(npz, array, "integers", error, size);
}
