// Loss and prediction of one sample, in f64: expressions that mix scalars with
// vectors over the neurons of a population. A vector that is reduced, indexed
// or returned is computed into memory by a loop; everything between is computed
// element by element inside of it.
#include "emit/functions.h"

typedef struct Stored {
    const Expr *expr;
    LLVMValueRef array;
} Stored;

typedef struct Vectors {
    Emit *e;
    Scope *scalars;
    Stored *stored;
    size_t count, capacity;
    const Expr **iotas;
    size_t n_iotas, iotas_capacity;
} Vectors;

static uint32_t axis_length(const Emit *e, uint32_t axis)
{
    return axis == AXIS_SCALAR ? 1 : e->model->populations[axis - 1]->size;
}

static void store(Vectors *v, const Expr *expr, LLVMValueRef array)
{
    Stored s = {expr, array};
    ARENA_PUSH(v->e->arena, v->stored, v->count, v->capacity, s);
}

static LLVMValueRef stored_array(const Vectors *v, const Expr *expr)
{
    for (size_t k = 0; k < v->count; k++)
        if (v->stored[k].expr == expr)
            return v->stored[k].array;
    return NULL;
}

// Element `index` of everything along one axis.
static Scope *element_scope(const Vectors *v, uint32_t axis, LLVMValueRef index)
{
    Emit *e = v->e;
    Scope *scope = scope_open(e, v->scalars, e->f64, 1);
    for (size_t k = 0; k < v->count; k++) {
        if (v->stored[k].expr->axis != axis)
            continue;
        LLVMValueRef at = ir_at(e, e->f64, v->stored[k].array, index);
        scope_bind(scope, v->stored[k].expr, ir_load(e, e->f64, at));
    }
    for (size_t k = 0; k < v->n_iotas; k++)
        scope_bind(scope, v->iotas[k],
                   LLVMBuildSIToFP(e->b, index, e->f64, ""));
    return scope;
}

static void compute_into(Vectors *v, const Expr *expr, LLVMValueRef array)
{
    Emit *e = v->e;
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                ir_i64(e, axis_length(e, expr->axis)));
    Scope *scope = element_scope(v, expr->axis, loop.index);
    ir_store(e, scope_number(scope, expr), ir_at(e, e->f64, array, loop.index));
    ir_loop_end(e, &loop);
}

static void materialise(Vectors *v, const Expr *expr)
{
    Emit *e = v->e;
    if (expr->axis == AXIS_SCALAR || stored_array(v, expr))
        return;
    LLVMTypeRef type = LLVMArrayType2(e->f64, axis_length(e, expr->axis));
    LLVMValueRef array = ir_slot(e, type, "vector");
    compute_into(v, expr, array);
    store(v, expr, array);
}

// ---- reductions ------------------------------------------------------------

typedef struct Fold {
    LLVMValueRef value, position; // slots
} Fold;

// Largest (or smallest) element and the position of its first occurrence.
static Fold fold_extremum(Vectors *v, const Expr *arg, bool largest,
                          bool finite_only)
{
    Emit *e = v->e;
    LLVMBuilderRef b = e->b;
    Fold fold = {ir_slot(e, e->f64, "best"), ir_slot(e, e->i64, "at")};
    double worst = largest ? -__builtin_inf() : __builtin_inf();
    ir_store(e, LLVMConstReal(e->f64, worst), fold.value);
    ir_store(e, ir_i64(e, finite_only ? -1 : 0), fold.position);
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                ir_i64(e, axis_length(e, arg->axis)));
    LLVMValueRef x = scope_number(element_scope(v, arg->axis, loop.index), arg);
    LLVMValueRef best = ir_load(e, e->f64, fold.value);
    LLVMValueRef better = LLVMBuildFCmp(
        b, largest ? LLVMRealOGT : LLVMRealOLT, x, best, "");
    if (finite_only)
        better = LLVMBuildAnd(
            b, better,
            LLVMBuildFCmp(b, LLVMRealOLT, vmath_abs(e->vmath, b, x),
                          LLVMConstReal(e->f64, __builtin_inf()), ""), "");
    ir_store(e, LLVMBuildSelect(b, better, x, best, ""), fold.value);
    LLVMValueRef at = ir_load(e, e->i64, fold.position);
    ir_store(e, LLVMBuildSelect(b, better, loop.index, at, ""), fold.position);
    ir_loop_end(e, &loop);
    return fold;
}

static LLVMValueRef fold_sum(Vectors *v, const Expr *arg, LLVMValueRef shift)
{
    Emit *e = v->e;
    LLVMValueRef sum = ir_slot(e, e->f64, "sum");
    ir_store(e, LLVMConstReal(e->f64, 0), sum);
    IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                ir_i64(e, axis_length(e, arg->axis)));
    LLVMValueRef x = scope_number(element_scope(v, arg->axis, loop.index), arg);
    if (shift)
        x = vmath_exp(e->vmath, e->b, LLVMBuildFSub(e->b, x, shift, ""));
    ir_store(e, LLVMBuildFAdd(e->b, ir_load(e, e->f64, sum), x, ""), sum);
    ir_loop_end(e, &loop);
    return ir_load(e, e->f64, sum);
}

static LLVMValueRef fold_logsumexp(Vectors *v, const Expr *arg)
{
    Emit *e = v->e;
    Fold top = fold_extremum(v, arg, true, false);
    LLVMValueRef largest = ir_load(e, e->f64, top.value);
    LLVMValueRef sum = fold_sum(v, arg, largest);
    return LLVMBuildFAdd(e->b, largest, vmath_log(e->vmath, e->b, sum), "");
}

static LLVMValueRef element_at(Vectors *v, const Expr *vector,
                               const Expr *position)
{
    Emit *e = v->e;
    LLVMValueRef at = scope_number(v->scalars, position);
    at = LLVMBuildFPToSI(e->b, at, e->i64, "");
    return ir_load(e, e->f64, ir_at(e, e->f64, stored_array(v, vector), at));
}

static LLVMValueRef position(Vectors *v, const Expr *arg, bool largest)
{
    Fold fold = fold_extremum(v, arg, largest, false);
    return LLVMBuildSIToFP(v->e->b, ir_load(v->e, v->e->i64, fold.position),
                           v->e->f64, "");
}

static LLVMValueRef reduce(Vectors *v, const Expr *expr)
{
    Emit *e = v->e;
    const Expr *arg = expr->n_args > 0 ? expr->args[0] : NULL;
    switch (expr->op) {
    case EXPR_SUM: return fold_sum(v, arg, NULL);
    case EXPR_LOGSUMEXP: return fold_logsumexp(v, arg);
    case EXPR_INDEX: return element_at(v, arg, expr->args[1]);
    case EXPR_ARGMAX: return position(v, arg, true);
    case EXPR_ARGMIN: return position(v, arg, false);
    case EXPR_COUNT:
        return LLVMConstReal(e->f64, axis_length(e, arg->axis));
    case EXPR_MAXIMUM: case EXPR_MINIMUM: {
        Fold fold = fold_extremum(v, arg, expr->op == EXPR_MAXIMUM, false);
        return ir_load(e, e->f64, fold.value);
    }
    default: return scope_number(v->scalars, expr);
    }
}

static bool is_reduction(const Expr *e)
{
    return e->axis == AXIS_SCALAR && e->n_args > 0
           && e->args[0]->axis != AXIS_SCALAR;
}

// Everything below the roots: scalars bound, reduced vectors in memory.
static void compute(Vectors *v, const Expr *const *roots, size_t n)
{
    Emit *e = v->e;
    size_t count;
    const Expr **nodes = expr_topological(e->arena, roots, n, &count);
    for (size_t k = 0; k < count; k++)
        if (nodes[k]->op == EXPR_IOTA)
            ARENA_PUSH(e->arena, v->iotas, v->n_iotas, v->iotas_capacity,
                       nodes[k]);
    for (size_t k = 0; k < count; k++) {
        if (is_reduction(nodes[k]) && nodes[k]->op != EXPR_COUNT)
            materialise(v, nodes[k]->args[0]);
        if (nodes[k]->axis == AXIS_SCALAR)
            scope_bind(v->scalars, nodes[k], reduce(v, nodes[k]));
    }
}

// ---- functions -------------------------------------------------------------

uint32_t emit_observable_offset(const Model *model, size_t index)
{
    uint32_t offset = 0;
    for (size_t k = 0; k < index; k++)
        offset += model->observables[k]->population->size;
    return offset;
}

static Vectors begin(Emit *e, LLVMValueRef observed, LLVMValueRef hypers)
{
    Vectors v = {.e = e, .scalars = scope_open(e, NULL, e->f64, 1)};
    emit_bind_hypers(e, v.scalars, hypers);
    for (size_t k = 0; k < e->model->n_observables; k++) {
        uint32_t offset = emit_observable_offset(e->model, k);
        store(&v, e->model->observables[k]->symbol,
              ir_at(e, e->f64, observed, ir_i64(e, offset)));
    }
    return v;
}

static void emit_gradient(Vectors *v, LLVMValueRef out)
{
    Emit *e = v->e;
    const Model *model = e->model;
    size_t n = model->n_observables;
    const Expr **wanted = ARENA_ARRAY(e->arena, const Expr *, n + 1);
    const Expr **gradients = ARENA_ARRAY(e->arena, const Expr *, n + 1);
    const Expr *one = expr_const(model->pool, 1);
    for (size_t k = 0; k < n; k++)
        wanted[k] = model->observables[k]->symbol;
    expr_vjp(model->pool, &model->loss, &one, 1, wanted, n, gradients);
    compute(v, gradients, n);
    for (size_t k = 0; k < n; k++) {
        uint32_t axis = model->observables[k]->population->axis;
        LLVMValueRef at = ir_at(
            e, e->f64, out, ir_i64(e, emit_observable_offset(model, k)));
        IrLoop loop = ir_loop_begin(e, ir_i64(e, 0),
                                    ir_i64(e, axis_length(e, axis)));
        Scope *scope = element_scope(v, axis, loop.index);
        ir_store(e, scope_number(scope, gradients[k]),
                 ir_at(e, e->f64, at, loop.index));
        ir_loop_end(e, &loop);
    }
}

LLVMValueRef emit_loss(Emit *e)
{
    const Model *model = e->model;
    if (!model->loss)
        return NULL;
    LLVMTypeRef types[] = {e->pointer, e->f64, e->pointer, e->pointer};
    LLVMValueRef f = ir_function_begin(e, "loss", e->f64, types, 4, false);
    Vectors v = begin(e, LLVMGetParam(f, 0), LLVMGetParam(f, 2));
    scope_bind(v.scalars, model->label, LLVMGetParam(f, 1));
    compute(&v, &model->loss, 1);
    LLVMValueRef loss = scope_number(v.scalars, model->loss);
    LLVMValueRef none = LLVMBuildIsNull(e->b, LLVMGetParam(f, 3), "");
    ir_return_if(e, none, loss);
    emit_gradient(&v, LLVMGetParam(f, 3));
    LLVMBuildRet(e->b, loss);
    ir_function_end(e);
    return f;
}

LLVMValueRef emit_predict(Emit *e)
{
    const Model *model = e->model;
    if (!model->prediction)
        return NULL;
    LLVMTypeRef types[] = {e->pointer, e->pointer};
    LLVMValueRef f = ir_function_begin(e, "predict", e->i64, types, 2, false);
    Vectors v = begin(e, LLVMGetParam(f, 0), LLVMGetParam(f, 1));
    compute(&v, &model->prediction, 1);
    Fold best = fold_extremum(&v, model->prediction, model->predict_maximum,
                              true);
    LLVMBuildRet(e->b, ir_load(e, e->i64, best.position));
    ir_function_end(e);
    return f;
}
