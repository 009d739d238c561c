// Files. Reading: a stream that sees through gzip, and whole files. Writing:
// atomically, so that a name always shows the old bytes or all of the new.
#ifndef SNN_IO_FILE_H
#define SNN_IO_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "io/error.h"

// ---- reading --------------------------------------------------------------

typedef struct SnnStream SnnStream;

// Opens a file, plain or gzip (told by its first bytes, not its name). NULL
// with a sentence when it is missing or unreadable, or gzip in a build without
// zlib.
SnnStream *snn_io_stream_open(const char *path, char *error, size_t size);
// Reads up to n bytes; *out_n is less than n only at the end. -1 with a
// sentence when the disk fails or the gzip data is damaged or cut short.
int snn_io_stream_read(SnnStream *stream, void *bytes, size_t n, size_t *out_n,
                       char *error, size_t size);
void snn_io_stream_close(SnnStream *stream);

// The whole of a file, unpacked when it is gzip; free(*out_bytes).
int snn_io_file_read(const char *path, unsigned char **out_bytes, size_t *out_n,
                     char *error, size_t size);

// ---- writing --------------------------------------------------------------

// A file that appears under its name on commit only. It grows beside it under a
// temporary name; a link is followed; the mode of an old file is kept. A device
// or pipe is written directly.
typedef struct SnnAtomicFile SnnAtomicFile;

SnnAtomicFile *snn_io_atomic_open(const char *path, char *error, size_t size);
// Buffered. A failure is remembered: later writes do nothing, and commit
// reports it.
void snn_io_atomic_write(SnnAtomicFile *file, const void *bytes, size_t n);
// Bytes written so far.
uint64_t snn_io_atomic_offset(const SnnAtomicFile *file);
// Both free `file`. When commit fails (-1) the old file is as it was and the
// temporary one is gone; the sentence says which call failed and why.
int snn_io_atomic_commit(SnnAtomicFile *file, char *error, size_t size);
void snn_io_atomic_abort(SnnAtomicFile *file);

// All of it at once.
int snn_io_file_write(const char *path, const void *bytes, size_t n,
                      char *error, size_t size);

// ---- what tests replace ---------------------------------------------------

// The calls that can fail when writing. Tests put their own here, to fail the
// n-th; nothing else writes it.
typedef struct SnnIoHooks {
    int (*open)(const char *path, int flags, mode_t mode);
    ssize_t (*write)(int fd, const void *bytes, size_t n);
    int (*fsync)(int fd);
    int (*close)(int fd);
    int (*rename)(const char *from, const char *to);
} SnnIoHooks;

extern SnnIoHooks snn_io_hooks;

#endif
