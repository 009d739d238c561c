// Functions of single elements: initial values, encoders, transforms,
// hyperparameters. All in f64.
#include "emit/functions.h"

void emit_bind_hypers(Emit *e, Scope *scope, LLVMValueRef hypers)
{
    for (size_t k = 0; k < e->model->n_hypers; k++) {
        LLVMValueRef at = ir_at(e, e->f64, hypers, ir_i64(e, (int64_t)k));
        scope_bind(scope, e->model->hypers[k].symbol, ir_load(e, e->f64, at));
    }
}

static void bind_draws(Emit *e, Scope *scope, const Draw *draws, size_t n,
                       LLVMValueRef values)
{
    for (size_t k = 0; k < n; k++) {
        LLVMValueRef at = ir_at(e, e->f64, values, ir_i64(e, (int64_t)k));
        scope_bind(scope, draws[k].symbol, ir_load(e, e->f64, at));
    }
}

LLVMValueRef emit_hypers(Emit *e)
{
    const Model *model = e->model;
    LLVMTypeRef types[] = {e->f64, e->f64, e->pointer, e->pointer};
    LLVMValueRef f = ir_function_begin(e, "hypers", e->none, types, 4, false);
    Scope *scope = scope_open(e, NULL, e->f64, 1);
    scope_bind(scope, model->step, LLVMGetParam(f, 0));
    scope_bind(scope, model->epoch, LLVMGetParam(f, 1));
    for (size_t k = 0; k < model->n_stalls; k++) {
        LLVMValueRef at = ir_at(e, e->f64, LLVMGetParam(f, 2),
                                ir_i64(e, (int64_t)k));
        scope_bind(scope, model->stalls[k].symbol, ir_load(e, e->f64, at));
    }
    for (size_t k = 0; k < model->n_hypers; k++)
        ir_store(e, scope_number(scope, model->hypers[k].value),
                 ir_at(e, e->f64, LLVMGetParam(f, 3), ir_i64(e, (int64_t)k)));
    LLVMBuildRetVoid(e->b);
    ir_function_end(e);
    return f;
}

LLVMValueRef emit_initial(Emit *e, const Parameter *parameter)
{
    const Initial *initial = &parameter->initial;
    LLVMTypeRef types[] = {e->pointer, e->f64, e->f64};
    const char *name = arena_printf(e->arena, "initial.%s", parameter->name);
    LLVMValueRef f = ir_function_begin(e, name, e->f64, types, 3, false);
    Scope *scope = scope_open(e, NULL, e->f64, 1);
    bind_draws(e, scope, initial->draws, initial->n_draws, LLVMGetParam(f, 0));
    if (initial->fan_in)
        scope_bind(scope, initial->fan_in, LLVMGetParam(f, 1));
    if (initial->fan_out)
        scope_bind(scope, initial->fan_out, LLVMGetParam(f, 2));
    LLVMBuildRet(e->b, scope_number(scope, initial->value));
    ir_function_end(e);
    return f;
}

LLVMValueRef emit_encode(Emit *e)
{
    const Encoder *encoder = e->model->data->encoder;
    LLVMTypeRef types[] = {e->f64, e->f64, e->pointer};
    LLVMValueRef f = ir_function_begin(e, "encode", e->none, types, 3, false);
    Scope *scope = scope_open(e, NULL, e->f64, 1);
    scope_bind(scope, encoder->value, LLVMGetParam(f, 0));
    scope_bind(scope, encoder->channel, LLVMGetParam(f, 1));
    LLVMValueRef none = LLVMConstReal(e->f64, __builtin_nan(""));
    for (size_t k = 0; k < encoder->n_spikes; k++) {
        const EncodedSpike *spike = &encoder->spikes[k];
        LLVMValueRef at = scope_number(scope, spike->at);
        if (spike->when)
            at = LLVMBuildSelect(e->b, scope_mask(scope, spike->when), at, none,
                                 "");
        ir_store(e, at, ir_at(e, e->f64, LLVMGetParam(f, 2),
                              ir_i64(e, (int64_t)k)));
    }
    LLVMBuildRetVoid(e->b);
    ir_function_end(e);
    return f;
}

LLVMValueRef emit_transform(Emit *e, const Transform *transform)
{
    LLVMTypeRef types[] = {e->pointer, e->pointer, e->pointer, e->pointer};
    const char *name = arena_printf(e->arena, "transform.%s", transform->name);
    LLVMValueRef f = ir_function_begin(e, name, e->i32, types, 4, false);
    Scope *scope = scope_open(e, NULL, e->f64, 1);
    LLVMValueRef time = LLVMGetParam(f, 0), channel = LLVMGetParam(f, 1);
    LLVMValueRef keep = ir_i32(e, 1);
    scope_bind(scope, transform->time, ir_load(e, e->f64, time));
    scope_bind(scope, transform->channel, ir_load(e, e->f64, channel));
    bind_draws(e, scope, transform->draws, transform->n_draws,
               LLVMGetParam(f, 2));
    emit_bind_hypers(e, scope, LLVMGetParam(f, 3));
    if (transform->keep)
        keep = LLVMBuildZExt(e->b, scope_mask(scope, transform->keep), e->i32,
                             "");
    if (transform->next_time != transform->time)
        ir_store(e, scope_number(scope, transform->next_time), time);
    if (transform->next_channel != transform->channel)
        ir_store(e, scope_number(scope, transform->next_channel), channel);
    LLVMBuildRet(e->b, keep);
    ir_function_end(e);
    return f;
}
