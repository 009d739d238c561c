// A list of neurons on its way through pieces of free motion (walk.h).
#include "emit/numeric/walk.h"

#include "emit/kernel/spike.h"
#include "snn/abi.h"

enum { ENDLESS = 1 << 20 };

LLVMValueRef walk_load(const Walk *w, LLVMValueRef slot)
{
    return ir_load(w->n->k.e, w->n->k.vector, slot);
}

LLVMValueRef walk_row(const Walk *w, LLVMValueRef memory, unsigned i)
{
    Emit *e = w->n->k.e;
    return ir_at(e, w->n->k.vector, memory, ir_i64(e, i));
}

static LLVMValueRef absolute(const Walk *w, LLVMValueRef x)
{
    return vmath_abs(w->n->k.e->vmath, w->n->k.e->b, x);
}

LLVMValueRef walk_both(const Walk *w, LLVMValueRef a, LLVMValueRef b)
{
    return LLVMBuildAnd(w->n->k.e->b, a, b, "");
}

LLVMValueRef walk_compare(const Walk *w, LLVMRealPredicate predicate,
                          LLVMValueRef a, LLVMValueRef b)
{
    return LLVMBuildFCmp(w->n->k.e->b, predicate, a, b, "");
}

LLVMValueRef walk_is_positive(const Walk *w, LLVMValueRef x)
{
    return walk_compare(w, LLVMRealOGT, x, kernel_zero(&w->n->k));
}

// ---- a walk ----------------------------------------------------------------

// From the parameters run, neurons, states, lengths, control of `function`:
// control holds the step to try and the sizes of the states.
Walk walk_new(Numeric *n, LLVMValueRef function)
{
    Kernel *k = &n->k;
    Emit *e = k->e;
    Walk w = {.n = n, .run = LLVMGetParam(function, 0),
              .neurons = LLVMGetParam(function, 1)};
    w.parameters = kernel_scope(k, w.run, w.neurons);
    w.x = numeric_row(n, "x", k->n);
    w.end = numeric_row(n, "end", k->n);
    w.length = numeric_row(n, "length", 1);
    w.beyond = kernel_zero(k);
    w.h = ir_slot(e, k->vector, "h");
    w.left = ir_slot(e, k->vector, "left");
    w.gone = ir_slot(e, k->vector, "gone");
    w.rounds = ir_slot(e, e->i64, "rounds");
    for (unsigned i = 0; i < k->n; i++)
        w.size[i] = ir_slot(e, k->vector, "size");
    return w;
}

void walk_begin(const Walk *w, LLVMValueRef function)
{
    const Kernel *k = &w->n->k;
    Emit *e = k->e;
    LLVMValueRef control = LLVMGetParam(function, 4), x[NUMERIC_STATES];
    kernel_load_row(k, LLVMGetParam(function, 2), x);
    kernel_store_row(k, w->x, x);
    ir_store(e, ir_load_loose(e, k->vector, LLVMGetParam(function, 3)),
             w->left);
    ir_store(e, kernel_zero(k), w->gone);
    ir_store(e, ir_i64(e, 0), w->rounds);
    ir_store(e, ir_load_loose(e, k->vector, control), w->h);
    for (unsigned i = 0; i < k->n; i++) {
        LLVMValueRef size = ir_load_loose(e, k->vector,
                                          walk_row(w, control, 1 + i));
        ir_store(e, vmath_max(e->vmath, e->b, size, absolute(w, x[i])),
                 w->size[i]);
    }
}

void walk_keep_control(const Walk *w, LLVMValueRef control)
{
    const Kernel *k = &w->n->k;
    ir_store_loose(k->e, walk_load(w, w->h), control);
    for (unsigned i = 0; i < k->n; i++)
        ir_store_loose(k->e, walk_load(w, w->size[i]),
                       walk_row(w, control, 1 + i));
}

// How errors are measured: as in a sweep.
static void measure(const Walk *w, const Try *t, LLVMValueRef *out)
{
    const Kernel *k = &w->n->k;
    Emit *e = k->e;
    for (unsigned i = 0; i < k->n; i++) {
        LLVMValueRef driven = kernel_zero(k);
        for (unsigned j = 0; j < k->n; j++) {
            const Expr *rate = k->derived->flow.jacobian[i * k->n + j];
            if (j != i && !expr_is_const(rate, 0))
                driven = vmath_fma(
                    e->vmath, e->b, absolute(w, scope_lanes(t->first, rate)),
                    walk_load(w, w->size[j]), driven);
        }
        out[i] = vmath_fma(e->vmath, e->b, driven, t->tried,
                           walk_load(w, w->size[i]));
    }
}

Try walk_try(const Walk *w)
{
    Numeric *n = w->n;
    const Kernel *k = &n->k;
    Emit *e = k->e;
    Try t;
    LLVMValueRef error[NUMERIC_STATES], sizes[NUMERIC_STATES];
    LLVMValueRef left = walk_load(w, w->left);
    LLVMValueRef ahead = LLVMBuildFAdd(e->b, left, w->beyond, "");
    t.tried = vmath_min(e->vmath, e->b,
                        numeric_length(n, walk_load(w, w->h), ahead), left);
    NumericStep step = {.n = n, .parameters = w->parameters, .h = t.tried};
    kernel_load_row(k, w->x, t.x);
    kernel_load_row(k, w->x, step.x);
    t.first = numeric_scope(n, w->parameters, t.x);
    numeric_flow(n, t.first, step.rate[0]);
    numeric_step(&step, t.end);
    t.last = numeric_scope(n, w->parameters, t.end);
    numeric_flow(n, t.last, step.rate[TABLEAU_STAGES]);
    numeric_step_error(&step, error);
    measure(w, &t, sizes);
    t.norm = numeric_norm(n, error, t.end, sizes);
    LLVMValueRef good = walk_compare(w, LLVMRealOLE, t.norm,
                                     vmath_const(k->vector, 1));
    t.kept = walk_both(w, good, walk_is_positive(w, t.tried));
    kernel_store_row(k, w->end, t.end);
    ir_store_loose(e, t.tried, w->length);
    return t;
}

void walk_move(const Walk *w, const Try *t)
{
    const Kernel *k = &w->n->k;
    Emit *e = k->e;
    LLVMValueRef x[NUMERIC_STATES], zero = kernel_zero(k);
    LLVMValueRef length = kernel_select(k, t->kept, t->tried, zero);
    for (unsigned i = 0; i < k->n; i++) {
        x[i] = kernel_select(k, t->kept, t->end[i], t->x[i]);
        ir_store(e, vmath_max(e->vmath, e->b, absolute(w, x[i]),
                              walk_load(w, w->size[i])), w->size[i]);
    }
    kernel_store_row(k, w->x, x);
    ir_store(e, LLVMBuildFSub(e->b, walk_load(w, w->left), length, ""),
             w->left);
    ir_store(e, LLVMBuildFAdd(e->b, walk_load(w, w->gone), length, ""),
             w->gone);
    ir_store(e, numeric_next_length(w->n, walk_load(w, w->h), t->tried, t->norm,
                                    t->kept), w->h);
}

// Returns from the function where the walk makes no way.
void walk_count(const Walk *w)
{
    const Kernel *k = &w->n->k;
    Emit *e = k->e;
    LLVMValueRef rounds = LLVMBuildAdd(e->b, ir_load(e, e->i64, w->rounds),
                                       ir_i64(e, 1), "");
    ir_store(e, rounds, w->rounds);
    LLVMValueRef open = vmath_bitmask(
        e->vmath, e->b, walk_is_positive(w, walk_load(w, w->left)));
    LLVMValueRef lost = LLVMBuildAnd(
        e->b, LLVMBuildICmp(e->b, LLVMIntSGE, rounds, ir_i64(e, ENDLESS), ""),
        LLVMBuildICmp(e->b, LLVMIntNE, open, ir_i64(e, 0), ""), "");
    spike_stop_if(k, w->run, w->neurons, lost, open,
                  LLVMConstReal(e->f64, e->model->duration), SNN_NO_STEP);
}

IrWhile walk_loop(const Walk *w)
{
    Emit *e = w->n->k.e;
    IrWhile loop = ir_while_begin(e);
    ir_while_test(e, &loop, vmath_any(
        e->vmath, e->b, walk_is_positive(w, walk_load(w, w->left))));
    return loop;
}

void walk_return(Emit *e)
{
    LLVMBuildRet(e->b, ir_i32(e, 0));
    ir_function_end(e);
}
