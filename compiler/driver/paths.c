// Finding the standard library and the runtime (paths.h).
#include "driver/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/diag.h"

// The folder of the running program.
static const char *own_folder(Arena *arena)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return ".";
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    return arena_strdup(arena, path);
}

static const char *from_environment(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value ? value : NULL;
}

const char *paths_stdlib(Arena *arena)
{
    const char *given = from_environment("SNNC_STDLIB");
    if (given)
        return given;
    const char *folder = own_folder(arena);
    const char *installed = arena_printf(arena, "%s/../share/snnc/stdlib",
                                         folder);
    if (access(installed, R_OK) == 0)
        return installed;
    return arena_printf(arena, "%s/stdlib", folder);
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
    triple = short_triple(arena, triple);
    const char *given = from_environment("SNNC_RUNTIME");
    const char *folder = own_folder(arena);
    const char *places[] = {
        arena_printf(arena, "%s/../lib/snnc/runtime/%s/libsnn.a", folder,
                     triple),
        arena_printf(arena, "%s/runtime-%s/libsnn.a", folder, triple),
    };
    if (given)
        places[0] = places[1] =
            arena_printf(arena, "%s/%s/libsnn.a", given, triple);
    for (int k = 0; k < 2; k++)
        if (access(places[k], R_OK) == 0)
            return places[k];
    fatal_world("there is no runtime for '%s': looked for '%s'%s%s%s", triple,
                places[0], given ? "" : " and '", given ? "" : places[1],
                given ? "" : "'");
}
