// Reading files, plain and gzip; writing them atomically with every system call
// failing in turn: the old file stays, no temporary one does.
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include "io/file.h"
#include "../scratch.h"
#include "../unit.h"
#ifndef SNN_NO_ZLIB
#include <zlib.h>
#endif

enum { LARGE = 300000 };
static char error[512];
static unsigned char large[LARGE];

static bool holds(const char *name, const void *bytes, size_t n)
{
    unsigned char *found = NULL;
    size_t found_n = 0;
    if (snn_io_file_read(scratch_path(name), &found, &found_n, error,
                         sizeof error) < 0)
        return false;
    bool is_same = found_n == n && memcmp(found, bytes, n) == 0;
    free(found);
    return is_same;
}

static int write_file(const char *name, const void *bytes, size_t n)
{
    error[0] = '\0';
    return snn_io_file_write(scratch_path(name), bytes, n, error, sizeof error);
}

static void test_round_trip(void)
{
    for (size_t n = 0; n < LARGE; n = 3 * n + 1) {
        CHECK(write_file("a", large, n) == 0);
        CHECK(holds("a", large, n));
    }
    CHECK(scratch_count() == 1);
    scratch_remove("a");
}

static void test_pieces(void)
{
    SnnAtomicFile *file = snn_io_atomic_open(scratch_path("a"), error, 512);
    for (size_t at = 0, n = 1; at < LARGE; at += n, n = 2 * n + 1) {
        n = n < LARGE - at ? n : LARGE - at;
        snn_io_atomic_write(file, large + at, n);
    }
    CHECK(snn_io_atomic_offset(file) == LARGE);
    CHECK(snn_io_atomic_commit(file, error, sizeof error) == 0);
    CHECK(holds("a", large, LARGE));
    scratch_remove("a");
}

static void test_abort(void)
{
    write_file("a", "old", 3);
    SnnAtomicFile *file = snn_io_atomic_open(scratch_path("a"), error, 512);
    snn_io_atomic_write(file, large, LARGE);
    CHECK(scratch_count() == 2);
    snn_io_atomic_abort(file);
    CHECK(scratch_count() == 1 && holds("a", "old", 3));
    scratch_remove("a");
}

static void test_mode_and_link(void)
{
    struct stat status;
    write_file("a", "old", 3);
    CHECK(chmod(scratch_path("a"), 0640) == 0);
    CHECK(symlink("a", scratch_path("link")) == 0);
    CHECK(write_file("link", "new", 3) == 0);
    CHECK(lstat(scratch_path("link"), &status) == 0 && S_ISLNK(status.st_mode));
    CHECK(stat(scratch_path("a"), &status) == 0);
    CHECK((status.st_mode & 0777) == 0640);
    CHECK(holds("a", "new", 3));
    scratch_remove("link");
    scratch_remove("a");
}

static void test_places(void)
{
    CHECK(write_file("none/a", "x", 1) == -1);
    CHECK(strstr(error, "none/a: open: No such file or directory"));
    CHECK(write_file(".", "x", 1) == -1 && strstr(error, "Is a directory"));
    CHECK(snn_io_file_write("/dev/null", "x", 1, error, sizeof error) == 0);
    CHECK(snn_io_file_write("/dev/full", "x", 1, error, sizeof error) == -1);
    CHECK_TEXT(error, "cannot write /dev/full: write: No space left on device");
    CHECK(!holds("none", "", 0) && strstr(error, "cannot open"));
    CHECK(!holds(".", "", 0) && strstr(error, "Is a directory"));
}

// ---- system calls that fail ---------------------------------------------------

static SnnIoHooks real;
static const char *failing_call; // which
static int until_failure;        // calls of it that still succeed
static int failing_errno;

static bool fails(const char *call)
{
    if (failing_call == NULL || strcmp(call, failing_call) != 0)
        return false;
    if (until_failure-- > 0)
        return false;
    errno = failing_errno;
    return true;
}

static int bad_open(const char *path, int flags, mode_t mode)
{
    return fails("open") ? -1 : real.open(path, flags, mode);
}

// Writes less than it is asked, as a disk may that is nearly full.
static ssize_t bad_write(int fd, const void *bytes, size_t n)
{
    return fails("write") ? -1 : real.write(fd, bytes, n > 9999 ? 9999 : n);
}

static int bad_fsync(int fd)
{
    return fails("fsync") ? -1 : real.fsync(fd);
}

// A close that fails has still closed.
static int bad_close(int fd)
{
    int status = real.close(fd);
    return fails("close") ? -1 : status;
}

static int bad_rename(const char *from, const char *to)
{
    return fails("rename") ? -1 : real.rename(from, to);
}

static void test_failing(const char *call, int number, int after)
{
    char expected[256];
    failing_call = call;
    failing_errno = number;
    until_failure = after;
    CHECK(write_file("a", large, LARGE) == -1);
    snprintf(expected, sizeof expected, "a: %s: %s", call, strerror(number));
    CHECK(strstr(error, expected));
    failing_call = NULL;
    CHECK(scratch_count() == 1);
    CHECK(holds("a", "old", 3));
}

static void test_failures(void)
{
    real = snn_io_hooks;
    snn_io_hooks = (SnnIoHooks){bad_open, bad_write, bad_fsync, bad_close,
                                bad_rename};
    write_file("a", "old", 3);
    test_failing("open", EACCES, 0);
    for (int after = 0; after < LARGE / 9999; after += 7)
        test_failing("write", ENOSPC, after);
    test_failing("fsync", EIO, 0);
    test_failing("close", EDQUOT, 0);
    test_failing("rename", EACCES, 0);
    CHECK(write_file("a", large, LARGE) == 0);
    CHECK(holds("a", large, LARGE));
    snn_io_hooks = real;
    scratch_remove("a");
}

// A signal during write is no failure.
static ssize_t interrupted_write(int fd, const void *bytes, size_t n)
{
    static int calls;
    if (calls++ % 2 == 0) {
        errno = EINTR;
        return -1;
    }
    return write(fd, bytes, n);
}

static void test_interrupted(void)
{
    snn_io_hooks.write = interrupted_write;
    CHECK(write_file("a", large, LARGE) == 0 && holds("a", large, LARGE));
    snn_io_hooks.write = write;
    scratch_remove("a");
}

// A leftover of a killed program under the same name is stepped over.
static void test_leftover(void)
{
    char name[64];
    snprintf(name, sizeof name, "a.tmp-%ld-0", (long)getpid());
    scratch_write(name, "left", 4);
    CHECK(write_file("a", "new", 3) == 0 && holds("a", "new", 3));
    CHECK(holds(name, "left", 4));
    scratch_remove(name);
    scratch_remove("a");
}

// ---- gzip -----------------------------------------------------------------------

#ifndef SNN_NO_ZLIB

static void test_gzip(void)
{
    gzFile out = gzopen(scratch_path("a.gz"), "wb");
    CHECK(gzwrite(out, large, LARGE) == LARGE && gzclose(out) == Z_OK);
    CHECK(holds("a.gz", large, LARGE));
    scratch_remove("a.gz");
}

// Cut after any byte, and with any byte of the end changed.
static void test_damaged_gzip(void)
{
    unsigned char packed[256];
    gzFile out = gzopen(scratch_path("a"), "wb");
    gzwrite(out, "hello, hello, hello", 19);
    gzclose(out);
    FILE *in = fopen(scratch_path("a"), "rb");
    size_t n = fread(packed, 1, sizeof packed, in);
    fclose(in);
    for (size_t cut = 2; cut < n; cut++) {
        scratch_write("a", packed, cut);
        CHECK(!holds("a", "hello, hello, hello", 19));
        CHECK(strstr(error, "gzip"));
    }
    for (size_t at = n - 8; at < n; at++) {
        packed[at] ^= 1;
        scratch_write("a", packed, n);
        CHECK(!holds("a", "hello, hello, hello", 19));
        CHECK(strstr(error, "damaged gzip data"));
        packed[at] ^= 1;
    }
    scratch_remove("a");
}

#else

static void test_gzip(void)
{
    scratch_write("a", "\x1f\x8b\x08", 3);
    CHECK(!holds("a", "", 0) && strstr(error, "unpack it first"));
    scratch_remove("a");
}

static void test_damaged_gzip(void)
{
}

#endif

int main(void)
{
    uint32_t state = 1;
    for (int i = 0; i < LARGE; i++)
        large[i] = (unsigned char)((state = state * 1664525 + 1013904223) >> 24);
    scratch_open();
    test_round_trip();
    test_pieces();
    test_abort();
    test_mode_and_link();
    test_places();
    test_failures();
    test_interrupted();
    test_leftover();
    test_gzip();
    test_damaged_gzip();
    scratch_close();
    return unit_report();
}
