// snnc: the command. Runs the passes of pipeline.def in order, times them, and
// stops where it was asked to.
#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/diag.h"
#include "driver/link.h"
#include "driver/options.h"
#include "driver/paths.h"
#include "emit/compat.h"
#include "emit/module.h"
#include "emit/output.h"
#include "events/plan.h"
#include "model/derive.h"
#include "syntax/ast_print.h"
#include "syntax/parse.h"

typedef struct Session {
    Options options;
    Arena *arena;
    Interner *names;
    Diags *diags;
    EmitTarget *target;
    ParseContext parsing;
    AstFile *files;
    Model *model;
    DerivedModel *derived;
    EventProgram *program;
    LLVMContextRef context;
    LLVMModuleRef module;
    double seconds[PASS_COUNT];
} Session;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// ---- passes --------------------------------------------------------------------

static bool pass_parse(Session *s)
{
    Options *o = &s->options;
    ARENA_PUSH(s->arena, o->include_dirs, o->n_include_dirs,
               o->include_dirs_capacity, paths_stdlib(s->arena));
    s->parsing = (ParseContext){.arena = s->arena, .names = s->names,
                                .diags = s->diags,
                                .include_dirs = o->include_dirs,
                                .n_include_dirs = o->n_include_dirs};
    s->files = parse_program(&s->parsing, o->input);
    return s->files && diags_error_count(s->diags) == 0;
}

static bool pass_check(Session *s)
{
    SemaInput input = {s->arena, s->names, expr_pool_new(s->arena), s->diags,
                       s->files, s->options.defines, s->options.n_defines,
                       s->options.model};
    s->model = sema_check(&input);
    if (!s->model)
        return false;
    model_verify(s->model);
    return diags_error_count(s->diags) == 0;
}

static bool pass_derive(Session *s)
{
    s->derived = derive_adjoint(s->model, s->diags);
    return s->derived != NULL;
}

static bool pass_plan(Session *s)
{
    const Options *o = &s->options;
    s->target = emit_target_new(s->arena, o->target, o->cpu, o->opt_level);
    PlanTarget target = {o->real_size, o->real_size == 8
                                           ? s->target->lanes_f64
                                           : s->target->lanes_f32};
    s->program = plan_events(s->derived, target, s->diags);
    if (s->program && o->explain)
        plan_explain(s->program, stderr);
    return s->program != NULL;
}

static bool pass_emit(Session *s)
{
    s->context = LLVMContextCreate();
    s->module = emit_module(s->program, s->target, s->context);
    return true;
}

static bool pass_optimise(Session *s)
{
    output_optimise(s->module, s->target, s->options.opt_level);
    return true;
}

// The output's path: as given, or the model's name with an ending.
static const char *output_path(const Session *s, const char *ending)
{
    return s->options.output
               ? s->options.output
               : arena_printf(s->arena, "%s%s", s->model->name, ending);
}

static const char *object_path(const Session *s)
{
    return arena_printf(s->arena, "%s.%ld.o", output_path(s, ""),
                        (long)getpid());
}

static bool pass_codegen(Session *s)
{
    const Options *o = &s->options;
    const char *text = o->output ? o->output : "-";
    switch (o->emit) {
    case EMIT_LLVM_IR:
        output_to_file(s->module, s->target, OUTPUT_IR, text);
        break;
    case EMIT_ASM:
        output_to_file(s->module, s->target, OUTPUT_ASSEMBLY,
                       output_path(s, ".s"));
        break;
    case EMIT_OBJ:
        output_to_file(s->module, s->target, OUTPUT_OBJECT,
                       output_path(s, ".o"));
        break;
    default:
        output_to_file(s->module, s->target, OUTPUT_OBJECT, object_path(s));
    }
    return true;
}

static bool pass_link(Session *s)
{
    const char *object = object_path(s);
    LinkInput input = {object, paths_runtime(s->arena, s->target->triple),
                       output_path(s, ""), s->options.target,
                       s->options.verbose};
    link_trainer(s->arena, &input);
    unlink(object);
    return true;
}

typedef bool (*PassFunction)(Session *session);

static const PassFunction functions[PASS_COUNT] = {
    [PASS_PARSE] = pass_parse, [PASS_CHECK] = pass_check,
    [PASS_DERIVE] = pass_derive, [PASS_PLAN] = pass_plan,
    [PASS_EMIT] = pass_emit, [PASS_OPTIMISE] = pass_optimise,
    [PASS_CODEGEN] = pass_codegen, [PASS_LINK] = pass_link,
};

// The pass after which --emit has what it shows.
static PassId last_pass(const Options *o)
{
    static const PassId last[EMIT_COUNT] = {
        [EMIT_AST] = PASS_PARSE, [EMIT_MODEL] = PASS_CHECK,
        [EMIT_EQUATIONS] = PASS_DERIVE, [EMIT_EVENTS] = PASS_PLAN,
        [EMIT_LLVM_IR] = PASS_CODEGEN, [EMIT_ASM] = PASS_CODEGEN,
        [EMIT_OBJ] = PASS_CODEGEN, [EMIT_EXE] = PASS_LINK,
    };
    PassId end = last[o->emit];
    return o->stop_after < end ? o->stop_after : end;
}

// ---- results --------------------------------------------------------------------

// The main file is the last: imported ones come before it.
static const AstFile *main_file(const Session *s)
{
    const AstFile *file = s->files;
    while (file->next)
        file = file->next;
    return file;
}

static void print_result(Session *s, FILE *out)
{
    switch (s->options.emit) {
    case EMIT_AST: ast_print(main_file(s), out); break;
    case EMIT_MODEL: model_print(s->model, out); break;
    case EMIT_EQUATIONS:
        derived_print(s->derived, s->options.latex, out);
        break;
    case EMIT_EVENTS: plan_print(s->program, out); break;
    default: break;
    }
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

static bool run_passes(Session *s)
{
    PassId last = last_pass(&s->options);
    for (size_t k = 0; k <= last; k++) {
        double start = now();
        bool fine = functions[k](s);
        s->seconds[k] = now() - start;
        if (!fine)
            return false;
    }
    return true;
}

static int finish(Session *s, bool fine)
{
    if (s->options.verify)
        return diags_verify(s->diags, s->parsing.sources, stderr) ? 0 : 1;
    diags_print(s->diags, stderr, isatty(STDERR_FILENO));
    if (!fine)
        return 1;
    FILE *out = stdout;
    bool text = last_pass(&s->options) < PASS_EMIT;
    if (text && s->options.output && !(out = fopen(s->options.output, "w")))
        fatal_world("cannot write '%s'", s->options.output);
    if (text)
        print_result(s, out);
    if (fflush(out) != 0 || ferror(out))
        fatal_world("cannot write the result");
    return 0;
}

static int compile(Session *s)
{
    s->names = interner_new();
    s->diags = diags_new(s->arena);
    int status = finish(s, run_passes(s));
    if (s->options.time_passes)
        print_times(s);
    if (s->module)
        LLVMDisposeModule(s->module);
    if (s->context)
        LLVMContextDispose(s->context);
    if (s->target)
        emit_target_free(s->target);
    interner_free(s->names);
    return status;
}

int main(int argc, char **argv)
{
    Session session = {.arena = arena_new()};
    int status = 0;
    session.options = options_parse(session.arena, argc, argv);
    if (session.options.help)
        options_print_help(stdout);
    else if (session.options.version)
        printf("snnc %s, LLVM %u\n", SNNC_VERSION, compat_llvm_version());
    else if (session.options.list_passes)
        options_print_passes(stdout);
    else
        status = compile(&session);
    arena_free(session.arena);
    return status;
}
