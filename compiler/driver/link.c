// Linking a trainer (link.h): no shell, output renamed into place.
#include "driver/link.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/diag.h"

extern char **environ;

enum { MAX_ARGUMENTS = 24 };

static const char *linker_of(Arena *arena, const LinkInput *input)
{
    const char *given = getenv("SNNC_CC");
    if (given && *given)
        return given;
    return input->triple ? arena_printf(arena, "%s-gcc", input->triple) : "cc";
}

static void show(const char *const *words)
{
    for (size_t k = 0; words[k]; k++)
        fprintf(stderr, "%s%s", k ? " " : "", words[k]);
    fputc('\n', stderr);
}

static void run(const LinkInput *input, const char **words, const char *partial)
{
    pid_t child;
    int status = 0;
    if (input->verbose)
        show(words);
    int error = posix_spawnp(&child, words[0], NULL, NULL, (char **)words,
                             environ);
    if (error != 0) {
        fatal_world("cannot run the linker '%s': %s%s", words[0],
                    strerror(error),
                    input->triple ? " (Debian: gcc-<architecture>-linux-gnu)"
                                  : " (Debian: gcc)");
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    unlink(partial);
    fatal_world("linking '%s' failed: '%s' did not succeed", input->output,
                words[0]);
}

void link_trainer(Arena *arena, const LinkInput *input)
{
    const char *partial = arena_printf(arena, "%s.%ld.partial", input->output,
                                       (long)getpid());
    const char *words[MAX_ARGUMENTS] = {linker_of(arena, input)};
    size_t n = 1;
    words[n++] = "-o";
    words[n++] = partial;
    words[n++] = input->object;
    words[n++] = input->runtime;
    if (!input->triple)
        words[n++] = SNNC_RUNTIME_LIBS;
    words[n++] = "-lm";
    words[n++] = "-lpthread";
    words[n++] = "-Wl,--gc-sections";
#ifdef SNNC_LINK_FLAGS
    words[n++] = SNNC_LINK_FLAGS;
#endif
    run(input, words, partial);
    if (rename(partial, input->output) == 0)
        return;
    int error = errno;
    unlink(partial);
    fatal_world("cannot write '%s': %s", input->output, strerror(error));
}
