// Npz files: zip archives of npy arrays, as numpy reads and writes them. The
// reader checks every offset, size and checksum before it believes it, and
// never holds more than the file can justify. The writer's bytes depend on the
// arrays only. A build without zlib (SNN_NO_ZLIB) reads uncompressed members
// only.
#ifndef SNN_IO_NPZ_H
#define SNN_IO_NPZ_H

#include <stddef.h>
#include <stdint.h>
#include "io/error.h"

typedef enum {
#define NPZ_TYPE(id, type, code) SNN_NPZ_##id,
#include "io/npz_types.def"
#undef NPZ_TYPE
    SNN_NPZ_TYPES,
    SNN_NPZ_OTHER = SNN_NPZ_TYPES, // text, objects, ...: listed, not readable
} SnnNpzType;

enum { SNN_NPZ_RANK = 8 };

// Bytes of one element; 0 for SNN_NPZ_OTHER.
size_t snn_io_npz_type_size(SnnNpzType type);
// "f8", ...
const char *snn_io_npz_type_name(SnnNpzType type);

// ---- reading --------------------------------------------------------------

// One array, owned by its archive.
typedef struct SnnNpzArray {
    const char *name;             // without ".npy"
    char descr[32];               // numpy's name of the type: "<f8"
    SnnNpzType type;
    uint32_t rank;                // 0: a single value
    uint64_t shape[SNN_NPZ_RANK];
    uint64_t count;               // elements, the product of the shape
    const void *data;             // native byte order, C order, aligned;
                                  // never NULL but for SNN_NPZ_OTHER
} SnnNpzArray;

typedef struct SnnNpz SnnNpz;

// The whole archive is read and checked here. NULL with a sentence.
SnnNpz *snn_io_npz_open(const char *path, char *error, size_t size);
// The same for bytes in memory, which are needed during the call only; `path`
// is what messages call them.
SnnNpz *snn_io_npz_open_memory(const void *bytes, size_t n, const char *path,
                               char *error, size_t size);
void snn_io_npz_close(SnnNpz *npz);

const char *snn_io_npz_path(const SnnNpz *npz);
// Arrays in the order of the file; members that are not *.npy are left out.
size_t snn_io_npz_count(const SnnNpz *npz);
const SnnNpzArray *snn_io_npz_at(const SnnNpz *npz, size_t index);
// NULL without such a name.
const SnnNpzArray *snn_io_npz_find(const SnnNpz *npz, const char *name);

// Copies into out[array->count], C order. Integers come from integer types and
// booleans only, and must fit.
int snn_io_npz_doubles(const SnnNpz *npz, const SnnNpzArray *array, double *out,
                       char *error, size_t size);
int snn_io_npz_integers(const SnnNpz *npz, const SnnNpzArray *array,
                        int64_t *out, char *error, size_t size);

// ---- writing --------------------------------------------------------------

typedef struct SnnNpzWriter SnnNpzWriter;

// Begins a file that appears on commit only (io/file.h). NULL with a sentence.
SnnNpzWriter *snn_io_npz_create(const char *path, char *error, size_t size);
// Writes an array at once, uncompressed; `data` is in C order and is not kept.
// Names differ from each other and have no ".npy". Failures show on commit.
void snn_io_npz_add(SnnNpzWriter *writer, const char *name, SnnNpzType type,
                    uint32_t rank, const uint64_t *shape, const void *data);
// Both free the writer. When commit fails (-1) the old file is untouched.
int snn_io_npz_commit(SnnNpzWriter *writer, char *error, size_t size);
void snn_io_npz_abort(SnnNpzWriter *writer);
// Sizes, offsets and counts from `limit` on are written as ZIP64; by default as
// late as the format allows. Tests lower it.
void snn_io_npz_set_zip64_limit(SnnNpzWriter *writer, uint64_t limit);

#endif
