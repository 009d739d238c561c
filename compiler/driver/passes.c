// The passes as the driver calls them: what each needs is taken from the
// session, what it makes is put there.
#include <unistd.h>
#include "driver/link.h"
#include "driver/paths.h"
#include "driver/place.h"
#include "driver/session.h"
#include "emit/module.h"
#include "emit/output.h"

bool pass_parse(Session *s)
{
    Options *o = &s->options;
    ARENA_PUSH(s->arena, o->include_dirs, o->n_include_dirs,
               o->include_dirs_capacity, paths_stdlib(s->arena));
    s->parsing = (ParseContext){.arena = s->arena, .names = s->names,
                                .diags = s->diags,
                                .include_dirs = o->include_dirs,
                                .n_include_dirs = o->n_include_dirs};
    s->files = parse_program(&s->parsing, o->input);
    if (o->output)
        place_check(o->output, s->parsing.sources);
    return s->files && diags_error_count(s->diags) == 0;
}

bool pass_check(Session *s)
{
    SemaInput input = {s->arena, s->names, expr_pool_new(s->arena), s->diags,
                       s->files, s->options.defines, s->options.n_defines,
                       s->options.model, s->options.solver};
    s->model = sema_check(&input);
    if (!s->model)
        return false;
    model_verify(s->model);
    return diags_error_count(s->diags) == 0;
}

bool pass_derive(Session *s)
{
    s->derived = derive_adjoint(s->model, s->diags);
    return s->derived != NULL;
}

bool pass_plan(Session *s)
{
    const Options *o = &s->options;
    s->target = emit_target_new(s->arena, o->target, o->cpu, o->opt_level);
    PlanTarget target = {o->real_size, o->real_size == 8
                                           ? s->target->lanes_f64
                                           : s->target->lanes_f32,
                         o->only_events};
    s->program = plan_events(s->derived, target, s->diags);
    if (s->program && o->explain)
        plan_explain(s->program, stderr);
    return s->program != NULL;
}

bool pass_emit(Session *s)
{
    s->context = LLVMContextCreate();
    s->module = emit_module(s->program, s->target, s->context);
    return true;
}

bool pass_optimise(Session *s)
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

bool pass_codegen(Session *s)
{
    const char *output = s->options.output ? s->options.output : "-";
    OutputKind kind = OUTPUT_OBJECT;
    switch (s->options.emit) {
    case EMIT_LLVM_IR:
        kind = OUTPUT_IR;
        break;
    case EMIT_ASM:
        kind = OUTPUT_ASSEMBLY;
        output = output_path(s, ".s");
        break;
    case EMIT_OBJ:
        output = output_path(s, ".o");
        break;
    default:
        // Looked for before anything is written, as it may end snnc.
        s->runtime = paths_runtime(s->arena, s->target->triple);
        output = s->object = place_beside(s->arena, output_path(s, ""), "o");
    }
    output_to_file(s->module, s->target, kind, output);
    return true;
}

bool pass_link(Session *s)
{
    const char *output = output_path(s, "");
    bool is_foreign = !s->target->is_host;
    LinkInput input = {s->object, s->runtime, output,
                       is_foreign ? s->options.target : NULL,
                       s->options.verbose};
    const char *trouble = link_trainer(s->arena, &input);
    unlink(s->object);
    s->object = NULL;
    if (trouble)
        fatal_world("cannot link '%s': %s", output, trouble);
    return true;
}
