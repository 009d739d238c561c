// Where results go (place.h).
#include "driver/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/diag.h"

bool place_is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

void place_check(const char *path, const Source *sources)
{
    struct stat out, in;
    if (stat(path, &out) != 0)
        return;
    if (S_ISDIR(out.st_mode))
        fatal_world("cannot write '%s': %s", path, strerror(EISDIR));
    for (; sources; sources = sources->next)
        if (S_ISREG(out.st_mode) && stat(sources->path, &in) == 0 &&
            in.st_dev == out.st_dev && in.st_ino == out.st_ino)
            fatal_world("the output '%s' would replace the source '%s'; "
                        "expected another file", path, sources->path);
}

const char *place_beside(Arena *arena, const char *output, const char *ending)
{
    static const char template[] = "snnc.XXXXXX";
    const char *folder = getenv("TMPDIR");
    long id = (long)getpid();
    if (!place_is_special(output))
        return arena_printf(arena, "%s.%ld.%s", output, id, ending);
    char *path = arena_printf(arena, "%s/%s",
                              folder && *folder ? folder : "/tmp", template);
    int descriptor = mkstemp(path);
    if (descriptor < 0)
        fatal_world("cannot write '%s': %s", path, strerror(errno));
    close(descriptor);
    return path;
}

static bool copy(FILE *in, FILE *out)
{
    char bytes[1 << 14];
    size_t n;
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
        if (fwrite(bytes, 1, n, out) != n)
            return false;
    return !ferror(in) && fflush(out) == 0;
}

static bool copy_file(const char *from, const char *to)
{
    FILE *in = fopen(from, "rb"), *out = in ? fopen(to, "wb") : NULL;
    bool fine = out && copy(in, out);
    int reason = errno;
    if (in)
        fclose(in);
    if (out)
        fclose(out);
    errno = reason;
    return fine;
}

const char *place_move(Arena *arena, const char *made, const char *output)
{
    bool is_special = place_is_special(output);
    bool fine = is_special ? copy_file(made, output)
                           : rename(made, output) == 0;
    const char *trouble = fine ? NULL : arena_strdup(arena, strerror(errno));
    if (is_special || !fine)
        unlink(made);
    return trouble;
}
