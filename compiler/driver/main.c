// snnc: the command. Runs the passes of pipeline.def in order, times them, and
// stops where it was asked to.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/deep_stack.h"
#include "config.h"
#include "driver/session.h"

enum { STATUS_FINE = 0, STATUS_WRONG_MODEL = 1 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static PassId earlier(PassId a, PassId b)
{
    return a < b ? a : b;
}

// The pass that makes what --emit asks for.
static PassId stage_pass(EmitStage stage)
{
    static const PassId makes[] = {
#define STAGE(id, name, pass) PASS_##pass,
#include "driver/stage.def"
#undef STAGE
    };
    return makes[stage];
}

// That pass, or one before it by request. Diagnostics to be verified come from
// no pass after the plan.
static PassId last_pass(const Options *o)
{
    PassId last = earlier(stage_pass(o->emit), o->stop_after);
    return o->verify ? earlier(last, PASS_PLAN) : last;
}

static bool run_passes(Session *s)
{
    static const PassFunction functions[] = {
#define PASS(id, name, print, summary) pass_##name,
#include "driver/pipeline.def"
#undef PASS
    };
    PassId last = last_pass(&s->options);
    for (PassId k = 0; k <= last; k++) {
        double start = now();
        bool fine = functions[k](s);
        s->seconds[k] = now() - start;
        if (!fine)
            return false;
        if (s->options.print_after[k])
            session_print(s, k, stdout);
    }
    return true;
}

static void print_times(const Session *s)
{
    double all = 0;
    for (size_t k = 0; k < PASS_COUNT; k++) {
        all += s->seconds[k];
        fprintf(stderr, "%-10s %9.3f ms\n", pass_name((PassId)k),
                1e3 * s->seconds[k]);
    }
    fprintf(stderr, "%-10s %9.3f ms\n", "all", 1e3 * all);
}

// ---- results ----------------------------------------------------------------

static bool wants_colour(void)
{
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) && !(no_colour && *no_colour) &&
           terminal && strcmp(terminal, "dumb") != 0;
}

static void check_written(FILE *out, const char *name)
{
    if (fflush(out) != 0 || ferror(out))
        fatal_world("cannot write '%s': %s", name, strerror(errno));
}

// What --emit asks for, when it is a text of our own.
static void print_result(const Session *s)
{
    const Options *o = &s->options;
    PassId last = last_pass(o);
    // A stop before that stage leaves nothing to show.
    if (o->emit > EMIT_EVENTS || o->stop_after < stage_pass(o->emit))
        return;
    bool to_file = o->output && strcmp(o->output, "-") != 0;
    FILE *out = to_file ? fopen(o->output, "w") : stdout;
    if (!out)
        fatal_world("cannot write '%s': %s", o->output, strerror(errno));
    session_print(s, last, out);
    check_written(out, to_file ? o->output : "standard output");
    if (to_file)
        fclose(out);
}

static int finish(const Session *s, bool fine)
{
    if (s->options.verify)
        return diags_verify(s->diags, s->parsing.sources, stderr)
                   ? STATUS_FINE : STATUS_WRONG_MODEL;
    diags_print(s->diags, stderr, wants_colour());
    if (!fine)
        return STATUS_WRONG_MODEL;
    print_result(s);
    return STATUS_FINE;
}

typedef struct Compilation {
    Session *session;
    int status;
} Compilation;

static void compile(void *context)
{
    Compilation *compilation = context;
    Session *s = compilation->session;
    s->names = interner_new();
    s->diags = diags_new(s->arena);
    compilation->status = finish(s, run_passes(s));
    if (s->options.time_passes)
        print_times(s);
    for (size_t p = 0; p < s->n_parts && s->objects[p]; p++)
        unlink(s->objects[p]);
    parts_free(s->parts, s->n_parts);
    if (s->target)
        emit_target_free(s->target);
    interner_free(s->names);
}

int main(int argc, char **argv)
{
    Session session = {.arena = arena_new()};
    Compilation compilation = {&session, STATUS_FINE};
    session.options = options_parse(session.arena, argc, argv);
    if (session.options.help)
        options_print_help(stdout);
    else if (session.options.version)
        printf("snnc %s (LLVM %s, %s)\n", PACKAGE_VERSION, SNNC_LLVM_VERSION,
               SNNC_HOST_TRIPLE);
    else if (session.options.list_passes)
        options_print_passes(stdout);
    else
        deep_stack_call(compile, &compilation);
    check_written(stdout, "standard output");
    arena_free(session.arena);
    return compilation.status;
}
