// The term of a sum over spikes: its value for one spike (or pair) of one
// neuron, and its derivatives by the times. In f64.
#include "emit/functions.h"

enum { ARG_TIME, ARG_OTHER, ARG_NEURON, ARG_LABEL, ARG_HYPERS, ARG_OUT,
       ARG_COUNT };

static void bind_position(Emit *e, Scope *scope, const Expr *const *roots,
                          size_t n, LLVMValueRef neuron)
{
    size_t count;
    const Expr **nodes = expr_topological(e->arena, roots, n, &count);
    for (size_t k = 0; k < count; k++)
        if (nodes[k]->op == EXPR_IOTA)
            scope_bind(scope, nodes[k], neuron);
}

LLVMValueRef emit_term(Emit *e, const Observable *observable)
{
    const Model *model = e->model;
    const Expr *term = observable->term;
    if (!term)
        return NULL;
    const Expr *roots[] = {term, expr_diff(model->pool, term, model->time),
                           expr_diff(model->pool, term, model->other_time)};
    LLVMTypeRef types[ARG_COUNT] = {e->f64, e->f64, e->f64, e->f64,
                                    e->pointer, e->pointer};
    LLVMValueRef f =
        ir_function_begin(e, "term", e->none, types, ARG_COUNT, false);
    Scope *scope = scope_open(e, NULL, e->f64, 1);
    emit_bind_hypers(e, scope, LLVMGetParam(f, ARG_HYPERS));
    scope_bind(scope, model->label, LLVMGetParam(f, ARG_LABEL));
    scope_bind(scope, model->time, LLVMGetParam(f, ARG_TIME));
    scope_bind(scope, model->other_time, LLVMGetParam(f, ARG_OTHER));
    bind_position(e, scope, roots, 3, LLVMGetParam(f, ARG_NEURON));
    for (int k = 0; k < 3; k++)
        ir_store(e, scope_number(scope, roots[k]),
                 ir_at(e, e->f64, LLVMGetParam(f, ARG_OUT), ir_i64(e, k)));
    LLVMBuildRetVoid(e->b);
    ir_function_end(e);
    return f;
}
