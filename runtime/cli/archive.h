// Npz files as trainers use them: arrays by name. Reading ends the program with
// a message when a file is missing, damaged or of a wrong type.
#ifndef SNN_CLI_ARCHIVE_H
#define SNN_CLI_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { ARCHIVE_F32, ARCHIVE_F64, ARCHIVE_I64 } ArchiveType;
enum { ARCHIVE_RANK_MAX = 8 };

// An array of a file; opaque but for its shape.
typedef struct ArchiveArray {
    uint32_t rank;
    uint64_t shape[ARCHIVE_RANK_MAX];
    size_t count;              // elements
    size_t index;              // in the archive
} ArchiveArray;

typedef struct Archive Archive;

Archive *archive_open(const char *path);
void archive_close(Archive *archive);
const char *archive_path(const Archive *archive);
size_t archive_count(const Archive *archive);
const char *archive_name(const Archive *archive, size_t index);
bool archive_find(const Archive *archive, const char *name,
                  ArchiveArray *out_array);
// Copies, to be freed; from any numeric type (integers: from integers only).
double *archive_doubles(const Archive *archive, const ArchiveArray *array);
int64_t *archive_integers(const Archive *archive, const ArchiveArray *array);

typedef struct ArchiveWriter ArchiveWriter;

ArchiveWriter *archive_writer_new(void);
// `data` is malloc memory in C order and becomes the writer's.
void archive_add(ArchiveWriter *writer, const char *name, ArchiveType type,
                 uint32_t rank, const uint64_t *shape, void *data);
// Shorthands: a copy is made.
void archive_add_integer(ArchiveWriter *writer, const char *name,
                         int64_t value);
void archive_add_double(ArchiveWriter *writer, const char *name, double value);
void archive_add_doubles(ArchiveWriter *writer, const char *name,
                         const double *values, size_t n);
void archive_add_integers(ArchiveWriter *writer, const char *name,
                          const int64_t *values, size_t n);
// Writes all of it atomically: the old file stays until the new one is whole.
// Frees the writer. False with a sentence in `error`.
bool archive_write(ArchiveWriter *writer, const char *path, char *error,
                   size_t error_size);

#endif
