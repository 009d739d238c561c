// Writing npz: a zip archive of uncompressed npy members. Sizes are known
// before a member is written, so records need no patching and the file is a
// stream.
#include "io/npz.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "io/file.h"
#include "io/npy.h"
#include "io/zip.h"

// 1980-01-01, zip's first day: bytes must not depend on the clock.
enum { EPOCH_TIME = 0, EPOCH_DATE = 0x21, VERSION_PLAIN = 20, VERSION_64 = 45 };
// A header of eight dimensions needs some 240 bytes; records' fixed parts less.
enum { HEADER_MAX = 512, RECORD_MAX = 128, NAME_MAX_LENGTH = 32767 };

typedef struct Entry {
    char *name;                // with ".npy"
    uint64_t offset, size;
    uint32_t crc;
} Entry;

struct SnnNpzWriter {
    SnnAtomicFile *file;
    char *path;
    Entry *entries;
    size_t n_entries, capacity;
    uint64_t limit;
    const char *trouble;       // what no system call has caused, or NULL
};

SnnNpzWriter *snn_io_npz_create(const char *path, char *error, size_t size)
{
    SnnNpzWriter *writer = calloc(1, sizeof *writer);
    if (writer == NULL || (writer->path = strdup(path)) == NULL) {
        snn_io_fail(error, size, "not enough memory to write %s", path);
        free(writer);
        return NULL;
    }
    writer->limit = ZIP_ELSEWHERE32;
    writer->file = snn_io_atomic_open(path, error, size);
    if (writer->file == NULL) {
        free(writer->path);
        free(writer);
        return NULL;
    }
    return writer;
}

void snn_io_npz_set_zip64_limit(SnnNpzWriter *writer, uint64_t limit)
{
    writer->limit = limit < ZIP_ELSEWHERE32 ? limit : ZIP_ELSEWHERE32;
}

// ---- records --------------------------------------------------------------

static bool is_large(const SnnNpzWriter *writer, uint64_t number)
{
    return number >= writer->limit;
}

// The 26 bytes that local and central records have in common.
static unsigned char *put_common(unsigned char *to, const Entry *entry,
                                 bool is_large_size, size_t extra_length)
{
    bool is_ascii = true;
    for (const char *c = entry->name; *c != '\0'; c++)
        is_ascii &= (unsigned char)*c < 0x80;
    uint64_t size = is_large_size ? ZIP_ELSEWHERE32 : entry->size;
    to = zip_put(to, extra_length > 0 ? VERSION_64 : VERSION_PLAIN, 2);
    to = zip_put(to, is_ascii ? 0 : ZIP_FLAG_UTF8, 2);
    to = zip_put(to, ZIP_STORED, 2);
    to = zip_put(to, EPOCH_TIME, 2);
    to = zip_put(to, EPOCH_DATE, 2);
    to = zip_put(to, entry->crc, 4);
    to = zip_put(to, size, 4);
    to = zip_put(to, size, 4);
    to = zip_put(to, strlen(entry->name), 2);
    return zip_put(to, extra_length, 2);
}

static unsigned char *put_extra(unsigned char *to, const uint64_t *numbers,
                                size_t n)
{
    if (n == 0)
        return to;
    to = zip_put(to, ZIP_EXTRA64, 2);
    to = zip_put(to, 8 * n, 2);
    for (size_t i = 0; i < n; i++)
        to = zip_put(to, numbers[i], 8);
    return to;
}

static size_t extra_length(size_t n)
{
    return n == 0 ? 0 : 4 + 8 * n;
}

static void write_local(SnnNpzWriter *writer, const Entry *entry)
{
    unsigned char record[RECORD_MAX], extra[RECORD_MAX];
    const uint64_t numbers[] = {entry->size, entry->size};
    size_t n = is_large(writer, entry->size) ? 2 : 0;
    unsigned char *to = zip_put(record, ZIP_LOCAL_MARK, 4);
    to = put_common(to, entry, n > 0, extra_length(n));
    snn_io_atomic_write(writer->file, record, (size_t)(to - record));
    snn_io_atomic_write(writer->file, entry->name, strlen(entry->name));
    to = put_extra(extra, numbers, n);
    snn_io_atomic_write(writer->file, extra, (size_t)(to - extra));
}

static void write_central(SnnNpzWriter *writer, const Entry *entry)
{
    unsigned char record[RECORD_MAX], extra[RECORD_MAX];
    bool is_large_size = is_large(writer, entry->size);
    bool is_far = is_large(writer, entry->offset);
    uint64_t numbers[3];
    size_t n = 0;
    if (is_large_size) {
        numbers[n++] = entry->size;
        numbers[n++] = entry->size;
    }
    if (is_far)
        numbers[n++] = entry->offset;
    unsigned char *to = zip_put(record, ZIP_CENTRAL_MARK, 4);
    to = zip_put(to, n > 0 ? VERSION_64 : VERSION_PLAIN, 2);
    to = put_common(to, entry, is_large_size, extra_length(n));
    to = zip_put(to, 0, 8);    // comment, disk, attributes
    to = zip_put(to, 0, 2);
    to = zip_put(to, is_far ? ZIP_ELSEWHERE32 : entry->offset, 4);
    snn_io_atomic_write(writer->file, record, (size_t)(to - record));
    snn_io_atomic_write(writer->file, entry->name, strlen(entry->name));
    to = put_extra(extra, numbers, n);
    snn_io_atomic_write(writer->file, extra, (size_t)(to - extra));
}

static unsigned char *put_end64(unsigned char *to, uint64_t count,
                                uint64_t length, uint64_t offset)
{
    to = zip_put(to, ZIP_END64_MARK, 4);
    to = zip_put(to, ZIP_END64_SIZE - 12, 8);
    to = zip_put(to, VERSION_64, 2);
    to = zip_put(to, VERSION_64, 2);
    to = zip_put(to, 0, 8);    // disks
    to = zip_put(to, count, 8);
    to = zip_put(to, count, 8);
    to = zip_put(to, length, 8);
    to = zip_put(to, offset, 8);
    to = zip_put(to, ZIP_LOCATOR_MARK, 4);
    to = zip_put(to, 0, 4);
    to = zip_put(to, offset + length, 8);
    return zip_put(to, 1, 4);
}

static void write_end(SnnNpzWriter *writer, uint64_t offset)
{
    unsigned char record[RECORD_MAX], *to = record;
    uint64_t length = snn_io_atomic_offset(writer->file) - offset;
    uint64_t count = writer->n_entries;
    bool is_many = count >= ZIP_ELSEWHERE16 || is_large(writer, count);
    bool is_long = is_large(writer, length), is_far = is_large(writer, offset);
    if (is_many || is_long || is_far)
        to = put_end64(to, count, length, offset);
    uint64_t count16 = is_many ? ZIP_ELSEWHERE16 : count;
    to = zip_put(to, ZIP_END_MARK, 4);
    to = zip_put(to, 0, 4);    // disks
    to = zip_put(to, count16, 2);
    to = zip_put(to, count16, 2);
    to = zip_put(to, is_long ? ZIP_ELSEWHERE32 : length, 4);
    to = zip_put(to, is_far ? ZIP_ELSEWHERE32 : offset, 4);
    to = zip_put(to, 0, 2);    // comment
    snn_io_atomic_write(writer->file, record, (size_t)(to - record));
}

// ---- arrays ---------------------------------------------------------------

static char order_mark(SnnNpzType type)
{
    if (snn_io_npz_type_size(type) == 1)
        return '|';
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? '>' : '<';
}

// Padded so that the numbers are aligned within the member, as numpy does it.
static size_t format_header(unsigned char *out, SnnNpzType type, uint32_t rank,
                            const uint64_t *shape)
{
    const size_t start = NPY_MAGIC_SIZE + 4;
    char *text = (char *)out + start;
    int n = snprintf(text, HEADER_MAX - start,
                     "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
                     order_mark(type), snn_io_npz_type_name(type));
    for (uint32_t i = 0; i < rank; i++)
        n += snprintf(text + n, HEADER_MAX - start - (size_t)n,
                      i == 0 ? "%" PRIu64 "%s" : " %" PRIu64 "%s", shape[i],
                      i + 1 < rank || rank == 1 ? "," : "");
    n += snprintf(text + n, HEADER_MAX - start - (size_t)n, "), }");
    size_t end = start + (size_t)n + 1;
    size_t padded = (end + NPY_ALIGNMENT - 1) / NPY_ALIGNMENT * NPY_ALIGNMENT;
    memset(text + n, ' ', padded - end);
    out[padded - 1] = '\n';
    memcpy(out, NPY_MAGIC "\1\0", NPY_MAGIC_SIZE + 2);
    zip_put(out + NPY_MAGIC_SIZE + 2, padded - start, 2);
    return padded;
}

static Entry *add_entry(SnnNpzWriter *writer, const char *name)
{
    if (writer->n_entries == writer->capacity) {
        size_t capacity = 2 * writer->capacity + 16;
        Entry *grown = realloc(writer->entries, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        writer->entries = grown;
        writer->capacity = capacity;
    }
    size_t size = strlen(name) + sizeof ".npy";
    char *full = malloc(size);
    if (full == NULL)
        return NULL;
    snprintf(full, size, "%s.npy", name);
    Entry *entry = &writer->entries[writer->n_entries++];
    *entry = (Entry){.name = full};
    return entry;
}

void snn_io_npz_add(SnnNpzWriter *writer, const char *name, SnnNpzType type,
                    uint32_t rank, const uint64_t *shape, const void *data)
{
    assert(type < SNN_NPZ_TYPES && rank <= SNN_NPZ_RANK);
    unsigned char header[HEADER_MAX];
    size_t header_size = format_header(header, type, rank, shape);
    uint64_t size = snn_io_npz_type_size(type);
    for (uint32_t i = 0; i < rank; i++)
        size *= shape[i];
    Entry *entry = NULL;
    if (strlen(name) > NAME_MAX_LENGTH)
        writer->trouble = "an array's name is too long";
    else if ((entry = add_entry(writer, name)) == NULL)
        writer->trouble = "not enough memory";
    if (entry == NULL)
        return;
    entry->offset = snn_io_atomic_offset(writer->file);
    entry->size = header_size + size;
    entry->crc = snn_io_crc32(0, header, header_size);
    if (size > 0)
        entry->crc = snn_io_crc32(entry->crc, data, size);
    write_local(writer, entry);
    snn_io_atomic_write(writer->file, header, header_size);
    snn_io_atomic_write(writer->file, data, size);
}

// ---- closing --------------------------------------------------------------

static void free_writer(SnnNpzWriter *writer)
{
    for (size_t i = 0; i < writer->n_entries; i++)
        free(writer->entries[i].name);
    free(writer->entries);
    free(writer->path);
    free(writer);
}

int snn_io_npz_commit(SnnNpzWriter *writer, char *error, size_t size)
{
    int status;
    if (writer->trouble != NULL) {
        status = snn_io_fail(error, size, "cannot write %s: %s", writer->path,
                             writer->trouble);
        snn_io_atomic_abort(writer->file);
    } else {
        uint64_t offset = snn_io_atomic_offset(writer->file);
        for (size_t i = 0; i < writer->n_entries; i++)
            write_central(writer, &writer->entries[i]);
        write_end(writer, offset);
        status = snn_io_atomic_commit(writer->file, error, size);
    }
    free_writer(writer);
    return status;
}

void snn_io_npz_abort(SnnNpzWriter *writer)
{
    if (writer == NULL)
        return;
    snn_io_atomic_abort(writer->file);
    free_writer(writer);
}
