// Reading files, plain or gzip. zlib's gz functions do both; a build without
// zlib (SNN_NO_ZLIB) reads plain files and says so when it meets a packed one.
#include "io/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef SNN_NO_ZLIB
#include <zlib.h>
#endif

// What one call of the library is given at most: fits its int.
enum { PIECE = 1 << 26, FIRST_CAPACITY = 1 << 16 };

struct SnnStream {
    char *path;
#ifdef SNN_NO_ZLIB
    FILE *file;
#else
    gzFile file;
#endif
};

static int fail_memory(const char *path, char *error, size_t size)
{
    return snn_io_fail(error, size, "not enough memory to read %s", path);
}

#ifdef SNN_NO_ZLIB

static int open_file(SnnStream *stream)
{
    stream->file = fopen(stream->path, "rb");
    return stream->file == NULL ? -1 : 0;
}

static int check_plain(SnnStream *stream, char *error, size_t size)
{
    unsigned char magic[2];
    size_t n = fread(magic, 1, sizeof magic, stream->file);
    rewind(stream->file);
    if (n == sizeof magic && magic[0] == 0x1f && magic[1] == 0x8b)
        return snn_io_fail(error, size,
                           "%s is gzip data, which this program was built "
                           "without: unpack it first", stream->path);
    return 0;
}

static long read_piece(SnnStream *stream, void *bytes, size_t n)
{
    errno = 0;
    size_t got = fread(bytes, 1, n, stream->file);
    return got == 0 && ferror(stream->file) ? -1 : (long)got;
}

static int fail_read(SnnStream *stream, char *error, size_t size)
{
    return snn_io_fail(error, size, "cannot read %s: %s", stream->path,
                       strerror(errno));
}

static void close_file(SnnStream *stream)
{
    fclose(stream->file);
}

#else

static int open_file(SnnStream *stream)
{
    stream->file = gzopen(stream->path, "rb");
    return stream->file == NULL ? -1 : 0;
}

static int check_plain(SnnStream *stream, char *error, size_t size)
{
    (void)error, (void)size;
    gzbuffer(stream->file, FIRST_CAPACITY);
    return 0;
}

// gzread hands out the bytes before a defect; the defect shows at the end.
static long read_piece(SnnStream *stream, void *bytes, size_t n)
{
    errno = 0;
    int got = gzread(stream->file, bytes, (unsigned)n);
    int code = Z_OK;
    if (got == 0)
        gzerror(stream->file, &code);
    return code != Z_OK && code != Z_STREAM_END ? -1 : got;
}

static int fail_read(SnnStream *stream, char *error, size_t size)
{
    int code;
    const char *text = gzerror(stream->file, &code);
    if (code == Z_ERRNO)
        return snn_io_fail(error, size, "cannot read %s: %s", stream->path,
                           strerror(errno));
    if (code == Z_BUF_ERROR)
        return snn_io_fail(error, size, "%s is cut short: its gzip data "
                           "ends before its end mark", stream->path);
    return snn_io_fail(error, size, "%s is damaged gzip data: %s",
                       stream->path, text);
}

static void close_file(SnnStream *stream)
{
    gzclose(stream->file);
}

#endif

SnnStream *snn_io_stream_open(const char *path, char *error, size_t size)
{
    SnnStream *stream = calloc(1, sizeof *stream);
    if (stream == NULL || (stream->path = strdup(path)) == NULL) {
        fail_memory(path, error, size);
        free(stream);
        return NULL;
    }
    errno = 0;
    if (open_file(stream) < 0) {
        snn_io_fail(error, size, "cannot open %s: %s", path,
                    strerror(errno != 0 ? errno : ENOMEM));
        free(stream->path);
        free(stream);
        return NULL;
    }
    if (check_plain(stream, error, size) < 0) {
        snn_io_stream_close(stream);
        return NULL;
    }
    return stream;
}

int snn_io_stream_read(SnnStream *stream, void *bytes, size_t n, size_t *out_n,
                       char *error, size_t size)
{
    unsigned char *to = bytes;
    size_t done = 0;
    while (done < n) {
        size_t piece = n - done < PIECE ? n - done : PIECE;
        long got = read_piece(stream, to + done, piece);
        if (got < 0)
            return fail_read(stream, error, size);
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *out_n = done;
    return 0;
}

void snn_io_stream_close(SnnStream *stream)
{
    if (stream == NULL)
        return;
    close_file(stream);
    free(stream->path);
    free(stream);
}

// Appends until the end. The buffer always has room for more.
static int read_rest(SnnStream *stream, unsigned char **bytes, size_t *n,
                     char *error, size_t size)
{
    size_t capacity = FIRST_CAPACITY, got = 0;
    *n = 0;
    do {
        unsigned char *grown = realloc(*bytes, capacity);
        if (grown == NULL)
            return fail_memory(stream->path, error, size);
        *bytes = grown;
        if (snn_io_stream_read(stream, grown + *n, capacity - *n, &got, error,
                               size) < 0)
            return -1;
        *n += got;
        capacity *= 2;
    } while (*n == capacity / 2);
    return 0;
}

int snn_io_file_read(const char *path, unsigned char **out_bytes, size_t *out_n,
                     char *error, size_t size)
{
    unsigned char *bytes = NULL;
    SnnStream *stream = snn_io_stream_open(path, error, size);
    if (stream == NULL)
        return -1;
    int status = read_rest(stream, &bytes, out_n, error, size);
    snn_io_stream_close(stream);
    if (status < 0) {
        free(bytes);
        return -1;
    }
    *out_bytes = bytes;
    return 0;
}
