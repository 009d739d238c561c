// Contexts and environments: symbols that a place offers, and the trace of uses
// that a message carries along.
#include "sema/context.h"

const char *context_text(ContextKind kind)
{
    static const char *const texts[] = {
#define CONTEXT(id, text) [CONTEXT_##id] = text,
#include "sema/builtin.def"
    };
    return texts[kind];
}

static const char *builtin_name_text(BuiltinName name)
{
    static const char *const texts[] = {
#define BUILTIN_NAME(id, text, dimension, contexts) [BUILTIN_NAME_##id] = text,
#include "sema/builtin.def"
    };
    return texts[name];
}

Context *context_new(Sema *sema, ContextKind kind)
{
    Context *context = ARENA_NEW(sema->arena, Context);
    context->kind = kind;
    context->names[BUILTIN_NAME_T_END] = sema->t_end;
    context->names[BUILTIN_NAME_DURATION] = sema->t_end;
    context->names[BUILTIN_NAME_STEP] = sema->step;
    context->names[BUILTIN_NAME_EPOCH] = sema->epoch;
    context->names[BUILTIN_NAME_LABEL] = sema->label;
    context->names[BUILTIN_NAME_TIME] = sema->time;
    context->names[BUILTIN_NAME_OTHER_TIME] = sema->other_time;
    return context;
}

const Expr *context_symbol(Sema *sema, Context *context, BuiltinName name)
{
    if (!context->names[name])
        context->names[name] = expr_symbol(
            sema->pool, builtin_name_text(name), NULL, AXIS_SCALAR);
    return context->names[name];
}

Env env_new(Sema *sema, ContextKind kind, Scope *scope)
{
    return (Env){.sema = sema, .context = context_new(sema, kind),
                 .scope = scope};
}

Env env_enter(const Env *env, Scope *scope, Ident callee, Span span,
              Frame *out_frame)
{
    *out_frame = (Frame){callee.name, span, env->frame};
    Env inner = *env;
    inner.scope = scope;
    inner.frame = out_frame;
    return inner;
}

Diag *env_trace(const Env *env, Diag *diag)
{
    for (const Frame *f = env->frame; f; f = f->outer)
        diag_note(diag, f->span, "in this use of '%s'", f->callee);
    return diag;
}

const char *sema_axis_name(const Sema *sema, uint32_t axis)
{
    return axis >= AXIS_STAND_IN ? sema->stand_ins[axis - AXIS_STAND_IN]->name
                                 : sema->model->populations[axis - 1]->name;
}
