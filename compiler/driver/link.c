// Linking a trainer (link.h): no shell, the output moved into place. What the
// runtime itself needs is read from the list that was installed with it.
#include "driver/link.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "driver/place.h"

extern char **environ;

typedef struct Words {
    const char **items;
    size_t count, capacity;
} Words;

static void add_word(Arena *arena, Words *words, const char *word)
{
    ARENA_PUSH(arena, words->items, words->count, words->capacity, word);
}

static const char *linker_of(Arena *arena, const LinkInput *input)
{
    const char *given = getenv("SNNC_CC");
    if (given && *given)
        return given;
    return input->triple ? arena_printf(arena, "%s-gcc", input->triple) : "cc";
}

// The words of libsnn.libs beside libsnn.a; false when it cannot be read.
static bool add_runtime_libs(Arena *arena, Words *words, const char *archive)
{
    char line[1024];
    size_t stem = strlen(archive) - strlen(".a");
    FILE *in = fopen(arena_printf(arena, "%.*s.libs", (int)stem, archive), "r");
    if (!in)
        return false;
    while (fgets(line, sizeof line, in))
        for (char *at = line, *word; (word = strtok_r(at, " \n", &at));)
            add_word(arena, words, arena_strdup(arena, word));
    fclose(in);
    return true;
}

static void show(const Words *words)
{
    for (size_t k = 0; words->items[k]; k++)
        fprintf(stderr, "%s%s", k ? " " : "", words->items[k]);
    fputc('\n', stderr);
}

// Runs the command; NULL or what went wrong.
static const char *run(Arena *arena, const LinkInput *input,
                       const Words *words)
{
    pid_t child;
    int status = 0;
    if (input->verbose)
        show(words);
    int error = posix_spawnp(&child, words->items[0], NULL, NULL,
                             (char **)words->items, environ);
    if (error != 0) {
        const char *package = "gcc";
        if (input->triple)
            package = arena_printf(arena, "gcc-%s", input->triple);
        return arena_printf(arena, "cannot run '%s': %s (Debian package %s)",
                            words->items[0], strerror(error), package);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return NULL;
    return arena_printf(arena, "'%s' did not succeed", words->items[0]);
}

const char *link_trainer(Arena *arena, const LinkInput *input)
{
    const char *partial = place_beside(arena, input->output, "partial");
    Words words = {0};
    add_word(arena, &words, linker_of(arena, input));
    add_word(arena, &words, "-o");
    add_word(arena, &words, partial);
    for (size_t k = 0; input->objects[k]; k++)
        add_word(arena, &words, input->objects[k]);
    add_word(arena, &words, input->runtime);
    if (!add_runtime_libs(arena, &words, input->runtime))
        return arena_printf(arena, "no list of libraries beside '%s'",
                            input->runtime);
    add_word(arena, &words, "-Wl,--gc-sections");
    add_word(arena, &words, NULL);

    const char *trouble = run(arena, input, &words);
    if (!trouble)
        return place_move(arena, partial, input->output);
    unlink(partial);
    return trouble;
}
