// Finding the standard library and the runtime (paths.h).
#include "driver/paths.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/diag.h"

// The prefix above bin/ of the running program, or NULL.
static const char *installed_prefix(Arena *arena)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return NULL;
    path[n] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(path, '/');
        if (!slash)
            return NULL;
        *slash = '\0';
    }
    return arena_strdup(arena, path);
}

const char *paths_stdlib(Arena *arena)
{
    const char *given = getenv("SNNC_STDLIB");
    if (given && *given)
        return given;
    const char *prefix = installed_prefix(arena);
    if (prefix) {
        const char *path = arena_printf(arena, "%s/share/snnc/stdlib", prefix);
        if (access(path, R_OK) == 0)
            return path;
    }
    return SNNC_SOURCE_DIR "/stdlib";
}

// Debian's name of a triple: x86_64-pc-linux-gnu is x86_64-linux-gnu.
static const char *short_triple(Arena *arena, const char *triple)
{
    const char *dash = strchr(triple, '-');
    const char *system = dash ? strstr(dash, "-linux") : NULL;
    if (!system)
        return triple;
    return arena_printf(arena, "%.*s%s", (int)(dash - triple), triple, system);
}

const char *paths_runtime(Arena *arena, const char *triple)
{
    const char *given = getenv("SNNC_RUNTIME");
    const char *name = arena_printf(arena, "%s/libsnn.a",
                                    short_triple(arena, triple));
    const char *prefix = installed_prefix(arena);
    const char *places[3] = {
        given && *given ? arena_printf(arena, "%s/%s", given, name) : NULL,
        prefix ? arena_printf(arena, "%s/lib/snnc/runtime/%s", prefix, name)
               : NULL,
        arena_printf(arena, "%s/runtime/%s", SNNC_BUILD_DIR, name),
    };
    for (int k = 0; k < 3; k++)
        if (places[k] && access(places[k], R_OK) == 0)
            return places[k];
    fatal_world("no runtime for '%s': looked for %s and %s", triple,
                places[1] ? places[1] : places[0], places[2]);
}
