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
    s->program = plan_events(s->derived, target);
    if (o->explain)
        plan_explain(s->program, stderr);
    return true;
}

bool pass_emit(Session *s)
{
    LLVMContextRef context = LLVMContextCreate();
    s->n_parts = 1;
    s->parts[0] = (Part){context, emit_module(s->program, s->target, context),
                         *s->target};
    return true;
}

// Whoever wants to see the module gets it whole.
static bool may_cut(const Session *s)
{
    const Options *o = &s->options;
    return o->emit == EMIT_EXE && o->opt_level >= 2 &&
           o->stop_after > PASS_CODEGEN && !o->print_after[PASS_OPTIMISE];
}

static void optimise(const Part *part, size_t index, void *context)
{
    const Session *s = context;
    (void)index;
    output_optimise(part->module, &part->target, s->options.opt_level);
}

bool pass_optimise(Session *s)
{
    if (may_cut(s))
        s->n_parts = parts_cut(s->parts, s->target);
    parts_each(s->parts, s->n_parts, optimise, s);
    return true;
}

// The output's path: as given, or the model's name with an ending.
static const char *output_path(const Session *s, const char *ending)
{
    return s->options.output
               ? s->options.output
               : arena_printf(s->arena, "%s%s", s->model->name, ending);
}

static void write_object(const Part *part, size_t index, void *context)
{
    const Session *s = context;
    output_to_file(part->module, &part->target, OUTPUT_OBJECT,
                   s->objects[index]);
}

static void write_objects(Session *s)
{
    // Looked for before anything is written, as it may end snnc.
    s->runtime = paths_runtime(s->arena, s->target->triple);
    for (size_t p = 0; p < s->n_parts; p++)
        s->objects[p] =
            place_beside(s->arena, output_path(s, ""),
                         arena_printf(s->arena, "%zu.o", p));
    parts_each(s->parts, s->n_parts, write_object, s);
}

bool pass_codegen(Session *s)
{
    const Part *whole = &s->parts[0];
    const char *output = s->options.output ? s->options.output : "-";
    switch (s->options.emit) {
    case EMIT_LLVM_IR:
        output_to_file(whole->module, &whole->target, OUTPUT_IR, output);
        return true;
    case EMIT_ASM:
        output_to_file(whole->module, &whole->target, OUTPUT_ASSEMBLY,
                       output_path(s, ".s"));
        return true;
    case EMIT_OBJ:
        output_to_file(whole->module, &whole->target, OUTPUT_OBJECT,
                       output_path(s, ".o"));
        return true;
    default:
        write_objects(s);
        return true;
    }
}

bool pass_link(Session *s)
{
    const char *output = output_path(s, "");
    bool is_foreign = !s->target->is_host;
    LinkInput input = {s->objects, s->runtime, output,
                       is_foreign ? s->options.target : NULL,
                       s->options.verbose};
    const char *trouble = link_trainer(s->arena, &input);
    for (size_t p = 0; s->objects[p]; p++) {
        unlink(s->objects[p]);
        s->objects[p] = NULL;
    }
    if (trouble)
        fatal_world("cannot link '%s': %s", output, trouble);
    return true;
}
