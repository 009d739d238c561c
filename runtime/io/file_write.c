// Writing a file atomically: the bytes go to a temporary file in the same
// folder, reach the disk, and take the name with one rename. Whatever fails,
// the old file stays as it was and the temporary one goes.
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1 << 16, TEMPORARY_TRIES = 1000 };

struct SnnAtomicFile {
    char *path;               // links resolved
    char *temporary;          // NULL: written directly
    int fd;
    uint64_t offset;
    const char *failed_call;  // the first that failed, or NULL
    int failed_errno;
    size_t used;
    unsigned char buffer[BUFFER];
};

static int open_plain(const char *path, int flags, mode_t mode)
{
    return open(path, flags, mode);
}

SnnIoHooks snn_io_hooks = {open_plain, write, fsync, close, rename};

// ---- opening --------------------------------------------------------------

static void free_file(SnnAtomicFile *file)
{
    free(file->path);
    free(file->temporary);
    free(file);
}

// Another trainer may write the same file, and a killed one may have left its
// temporary file behind: take the first name that is free.
static int open_temporary(SnnAtomicFile *file)
{
    size_t size = strlen(file->path) + 48;
    file->temporary = malloc(size);
    if (file->temporary == NULL)
        return -1;
    for (int i = 0; i < TEMPORARY_TRIES; i++) {
        snprintf(file->temporary, size, "%s.tmp-%ld-%d", file->path,
                 (long)getpid(), i);
        file->fd = snn_io_hooks.open(
            file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file->fd >= 0 || errno != EEXIST)
            break;
    }
    return file->fd < 0 ? -1 : 0;
}

static int open_directly(SnnAtomicFile *file)
{
    file->fd = snn_io_hooks.open(file->path, O_WRONLY | O_CLOEXEC, 0);
    return file->fd < 0 ? -1 : 0;
}

static int open_beside(SnnAtomicFile *file)
{
    struct stat old;
    bool is_there = stat(file->path, &old) == 0;
    if (is_there && S_ISDIR(old.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    if (is_there && !S_ISREG(old.st_mode))
        return open_directly(file);
    // A file one may not write is not to be replaced either.
    if (is_there && access(file->path, W_OK) < 0)
        return -1;
    if (open_temporary(file) < 0)
        return -1;
    // Best effort: some file systems have no modes.
    if (is_there && fchmod(file->fd, old.st_mode & 0777) < 0)
        errno = 0;
    return 0;
}

static char *resolve_links(const char *path)
{
    char *real = realpath(path, NULL);
    return real != NULL ? real : strdup(path);
}

SnnAtomicFile *snn_io_atomic_open(const char *path, char *error, size_t size)
{
    SnnAtomicFile *file = malloc(sizeof *file);
    if (file == NULL) {
        snn_io_fail(error, size, "not enough memory to write %s", path);
        return NULL;
    }
    memset(file, 0, offsetof(SnnAtomicFile, buffer));
    file->path = resolve_links(path);
    if (file->path == NULL || open_beside(file) < 0) {
        snn_io_fail(error, size, "cannot write %s: open: %s", path,
                    strerror(errno));
        free_file(file);
        return NULL;
    }
    return file;
}

// ---- writing --------------------------------------------------------------

static void note_failure(SnnAtomicFile *file, const char *call, int number)
{
    if (file->failed_call != NULL)
        return;
    file->failed_call = call;
    file->failed_errno = number;
}

static void write_through(SnnAtomicFile *file, const unsigned char *bytes,
                          size_t n)
{
    while (n > 0 && file->failed_call == NULL) {
        // Linux writes 2 GiB a call at most.
        size_t piece = n < (1u << 30) ? n : 1u << 30;
        ssize_t done = snn_io_hooks.write(file->fd, bytes, piece);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            note_failure(file, "write", done < 0 ? errno : ENOSPC);
            return;
        }
        bytes += done;
        n -= (size_t)done;
    }
}

static void flush_buffer(SnnAtomicFile *file)
{
    write_through(file, file->buffer, file->used);
    file->used = 0;
}

void snn_io_atomic_write(SnnAtomicFile *file, const void *bytes, size_t n)
{
    if (n == 0 || file->failed_call != NULL)
        return;
    file->offset += n;
    if (n > BUFFER - file->used)
        flush_buffer(file);
    if (n > BUFFER) {
        write_through(file, bytes, n);
        return;
    }
    memcpy(file->buffer + file->used, bytes, n);
    file->used += n;
}

uint64_t snn_io_atomic_offset(const SnnAtomicFile *file)
{
    return file->offset;
}

// ---- closing --------------------------------------------------------------

static void close_descriptor(SnnAtomicFile *file)
{
    if (file->temporary != NULL && file->failed_call == NULL &&
        snn_io_hooks.fsync(file->fd) < 0)
        note_failure(file, "fsync", errno);
    if (snn_io_hooks.close(file->fd) < 0)
        note_failure(file, "close", errno);
}

static void take_name(SnnAtomicFile *file)
{
    if (file->temporary == NULL || file->failed_call != NULL)
        return;
    if (snn_io_hooks.rename(file->temporary, file->path) < 0)
        note_failure(file, "rename", errno);
}

// Makes the rename itself survive a power failure. The file is whole whether or
// not this succeeds, so a failure is no failure.
static void sync_folder(const SnnAtomicFile *file)
{
    char *slash = strrchr(file->path, '/');
    if (slash != NULL)
        slash[1] = '\0';
    int fd = open(slash != NULL ? file->path : ".", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)!fsync(fd);
    close(fd);
}

int snn_io_atomic_commit(SnnAtomicFile *file, char *error, size_t size)
{
    flush_buffer(file);
    close_descriptor(file);
    take_name(file);
    int status = 0;
    if (file->failed_call != NULL) {
        status = snn_io_fail(error, size, "cannot write %s: %s: %s", file->path,
                             file->failed_call, strerror(file->failed_errno));
        if (file->temporary != NULL)
            unlink(file->temporary);
    } else if (file->temporary != NULL) {
        sync_folder(file);
    }
    free_file(file);
    return status;
}

void snn_io_atomic_abort(SnnAtomicFile *file)
{
    if (file == NULL)
        return;
    close(file->fd);
    if (file->temporary != NULL)
        unlink(file->temporary);
    free_file(file);
}

int snn_io_file_write(const char *path, const void *bytes, size_t n,
                      char *error, size_t size)
{
    SnnAtomicFile *file = snn_io_atomic_open(path, error, size);
    if (file == NULL)
        return -1;
    snn_io_atomic_write(file, bytes, n);
    return snn_io_atomic_commit(file, error, size);
}
