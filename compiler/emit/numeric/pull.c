// A Runge-Kutta step taken back: the vector-Jacobian product of the step as it
// was made. With kappa_i the adjoint of rate k_i and mu_i that of the stage's
// states,
//     kappa_i = h (b_i lambda1 + sum over j > i of a_ji mu_j)
//     mu_i    = (df/dx)^T kappa_i          lambda0 = lambda1 + sum of mu_i
// and each parameter gets the sum of kappa_i . df/dp. The same with the weights
// of the error formula in place of b, and one stage more at the step's end,
// estimates the error of lambda0.
//
// Then a motion taken back: what is a step for the states may be too long for
// the adjoint, above all where a neuron rests and lambda does not. Steps that
// err are taken back in parts; the states in between come from steps of their
// own from the same start.
#include "emit/numeric/numeric.h"

enum { LAST = TABLEAU_STAGES };

typedef LLVMValueRef Row[NUMERIC_STATES];

typedef struct Pull {
    Numeric *n;
    LLVMValueRef h;
    Row x, lambda;
    Scope *scope[TABLEAU_STAGES + 1]; // of each stage: states and their flow
    Row rate[TABLEAU_STAGES];
    Row mu[TABLEAU_STAGES + 1];
} Pull;

// a_ji, the weights of the step for the stage at its end.
static double weight_in(unsigned j, unsigned i)
{
    return j == LAST ? tableau_b[i] : tableau_a[j][i];
}

static LLVMValueRef fma_const(const Pull *p, LLVMValueRef x, double factor,
                              LLVMValueRef sum)
{
    const Kernel *k = &p->n->k;
    if (factor == 0)
        return sum;
    return vmath_fma(k->e->vmath, k->e->b, x, vmath_const(k->vector, factor),
                     sum);
}

static void redo_stages(Pull *p, const Scope *parameters)
{
    const Kernel *k = &p->n->k;
    const State *states = k->plan->population->system->states;
    for (unsigned j = 0; j <= LAST; j++) {
        Row at;
        for (unsigned i = 0; i < k->n; i++) {
            LLVMValueRef sum = kernel_zero(k);
            for (unsigned m = 0; m < j; m++)
                sum = fma_const(p, p->rate[m][i], weight_in(j, m), sum);
            at[i] = vmath_fma(k->e->vmath, k->e->b, p->h, sum, p->x[i]);
        }
        p->scope[j] = numeric_scope(p->n, parameters, at);
        for (unsigned i = 0; j < LAST && i < k->n; i++)
            p->rate[j][i] = scope_lanes(p->scope[j], states[i].flow);
    }
}

// The stages taken back with weights b; `gradients` (memory) gets the
// parameters' parts, unless NULL.
static void pull_stages(Pull *p, const double *b, unsigned stages,
                        LLVMValueRef gradients)
{
    const Kernel *k = &p->n->k;
    Emit *e = k->e;
    const Gradients *flow = &k->derived->flow.pull_gradients;
    for (unsigned j = stages; j-- > 0;) {
        Row kappa;
        for (unsigned i = 0; i < k->n; i++) {
            LLVMValueRef sum = fma_const(p, p->lambda[i], b[j], kernel_zero(k));
            for (unsigned m = j + 1; m < stages; m++)
                sum = fma_const(p, p->mu[m][i], weight_in(m, j), sum);
            kappa[i] = LLVMBuildFMul(e->b, p->h, sum, "");
        }
        Scope *scope = scope_open(e, p->scope[j], e->real, k->lanes);
        kernel_bind_row(scope, k->derived->lambda, kappa, k->n);
        for (size_t g = 0; gradients && g < flow->count; g++) {
            LLVMValueRef at = ir_at(e, k->vector, gradients,
                                    ir_i64(e, (int64_t)g));
            LLVMValueRef value = scope_lanes(scope, flow->items[g].value);
            if (j + 1 < stages)
                value = LLVMBuildFAdd(
                    e->b, ir_load_loose(e, k->vector, at), value, "");
            ir_store_loose(e, value, at);
        }
        for (unsigned i = 0; i < k->n; i++)
            p->mu[j][i] = scope_lanes(scope, k->derived->flow.pull[i]);
    }
}

static void sum_mu(const Pull *p, unsigned stages, LLVMValueRef *sum)
{
    const Kernel *k = &p->n->k;
    for (unsigned i = 0; i < k->n; i++)
        for (unsigned j = stages; j-- > 0;)
            sum[i] = LLVMBuildFAdd(k->e->b, sum[i], p->mu[j][i], "");
}

void numeric_emit_pull(Numeric *n)
{
    const Kernel *k = &n->k;
    Emit *e = k->e;
    LLVMValueRef f = numeric_function(n, "pull", e->none, 8, -1);
    n->pull = f;
    Pull *p = ARENA_NEW(e->arena, Pull);
    Row before, error;
    p->n = n;
    p->h = ir_load_loose(e, k->vector, LLVMGetParam(f, 3));
    kernel_load_row(k, LLVMGetParam(f, 2), p->x);
    kernel_load_row(k, LLVMGetParam(f, 4), p->lambda);
    redo_stages(p, kernel_scope(k, LLVMGetParam(f, 0), LLVMGetParam(f, 1)));
    pull_stages(p, tableau_b, TABLEAU_STAGES, LLVMGetParam(f, 7));
    for (unsigned i = 0; i < k->n; i++) {
        before[i] = p->lambda[i];
        error[i] = kernel_zero(k);
    }
    sum_mu(p, TABLEAU_STAGES, before);
    pull_stages(p, tableau_error, TABLEAU_STAGES + 1, NULL);
    sum_mu(p, TABLEAU_STAGES + 1, error);
    kernel_store_row(k, LLVMGetParam(f, 5), before);
    kernel_store_row(k, LLVMGetParam(f, 6), error);
    LLVMBuildRetVoid(e->b);
    ir_function_end(e);
}

// ---- a motion --------------------------------------------------------------

enum { MOST_PARTS = 4096 };

typedef struct Motion {
    Numeric *n;
    LLVMValueRef run, vector, start; // start: memory of the states
    LLVMValueRef lambda, sums;       // memory, the caller's
    LLVMValueRef control;            // memory: next length; sizes of lambda
    LLVMValueRef left;               // slot: of the motion
    LLVMValueRef from, part, x;      // memory of the part tried
    LLVMValueRef before, error, gains;
    LLVMValueRef count;              // slot
} Motion;

static LLVMValueRef at_row(const Motion *m, LLVMValueRef row, size_t i)
{
    Emit *e = m->n->k.e;
    return ir_at(e, m->n->k.vector, row, ir_i64(e, (int64_t)i));
}

static LLVMValueRef load_at(const Motion *m, LLVMValueRef row, size_t i)
{
    return ir_load_loose(m->n->k.e, m->n->k.vector, at_row(m, row, i));
}

// The part behind `from`: the states there, and its pull.
static void try_part(const Motion *m, LLVMValueRef length)
{
    const Kernel *k = &m->n->k;
    Emit *e = k->e;
    LLVMValueRef left = ir_load(e, k->vector, m->left);
    LLVMValueRef from = LLVMBuildFSub(e->b, left, length, "");
    ir_store_loose(e, from, m->from);
    ir_store_loose(e, length, m->part);
    LLVMValueRef split = LLVMBuildFCmp(e->b, LLVMRealOGT, from, kernel_zero(k),
                                       "");
    LLVMValueRef x[NUMERIC_STATES];
    kernel_load_row(k, m->start, x);
    kernel_store_row(k, m->x, x);
    IrIf some = ir_if_rarely(e, vmath_any(e->vmath, e->b, split));
    LLVMValueRef reach[] = {m->run, m->vector, m->start, m->from, m->x};
    ir_call(e, m->n->reach, reach, 5);
    ir_if_end(e, &some);
    LLVMValueRef args[] = {m->run, m->vector, m->x, m->part, m->lambda,
                           m->before, m->error, m->gains};
    ir_call(e, m->n->pull, args, 8);
}

static LLVMValueRef part_norm(const Motion *m)
{
    const Kernel *k = &m->n->k;
    Emit *e = k->e;
    LLVMValueRef sizes[NUMERIC_STATES], error[NUMERIC_STATES];
    LLVMValueRef before[NUMERIC_STATES];
    kernel_load_row(k, m->error, error);
    kernel_load_row(k, m->before, before);
    for (unsigned i = 0; i < k->n; i++) {
        LLVMValueRef now = vmath_abs(e->vmath, e->b, load_at(m, m->lambda, i));
        sizes[i] = vmath_max(e->vmath, e->b, now,
                             load_at(m, m->control, 1 + i));
        ir_store_loose(e, sizes[i], at_row(m, m->control, 1 + i));
    }
    return numeric_norm(m->n, error, before, sizes);
}

static void accept(const Motion *m, LLVMValueRef good, LLVMValueRef length)
{
    const Kernel *k = &m->n->k;
    Emit *e = k->e;
    LLVMValueRef zero = kernel_zero(k);
    LLVMValueRef moved = LLVMBuildAnd(
        e->b, good, LLVMBuildFCmp(e->b, LLVMRealOGT, length, zero, ""), "");
    for (unsigned i = 0; i < k->n; i++)
        ir_store_loose(e, kernel_select(k, moved, load_at(m, m->before, i),
                                        load_at(m, m->lambda, i)),
                       at_row(m, m->lambda, i));
    for (size_t g = 0; g < k->derived->flow.pull_gradients.count; g++) {
        LLVMValueRef gain = kernel_select(k, moved, load_at(m, m->gains, g),
                                          zero);
        ir_store_loose(e, LLVMBuildFAdd(e->b, load_at(m, m->sums, g), gain, ""),
                       at_row(m, m->sums, g));
    }
    LLVMValueRef left = ir_load(e, k->vector, m->left);
    LLVMValueRef rest = LLVMBuildFSub(e->b, left, length, "");
    ir_store(e, kernel_select(k, moved, rest, left), m->left);
}

static void undo_part(const Motion *m)
{
    const Kernel *k = &m->n->k;
    Emit *e = k->e;
    LLVMValueRef h = load_at(m, m->control, 0);
    LLVMValueRef left = ir_load(e, k->vector, m->left);
    LLVMValueRef length = numeric_length(m->n, h, left);
    try_part(m, length);
    LLVMValueRef norm = part_norm(m);
    LLVMValueRef count = ir_load(e, e->i64, m->count);
    LLVMValueRef many = LLVMBuildICmp(e->b, LLVMIntSGT, count,
                                      ir_i64(e, MOST_PARTS), "");
    // What is not a number goes on its way, to be told in the end.
    LLVMValueRef good = LLVMBuildOr(
        e->b, kernel_splat(k, many),
        LLVMBuildFCmp(e->b, LLVMRealULE, norm, vmath_const(k->vector, 1), ""),
        "");
    accept(m, good, length);
    ir_store_loose(e, numeric_next_length(m->n, h, length, norm, good),
                   at_row(m, m->control, 0));
    ir_store(e, LLVMBuildAdd(e->b, count, ir_i64(e, 1), ""), m->count);
}

static Motion motion_new(Numeric *n, LLVMValueRef f)
{
    const Kernel *k = &n->k;
    Emit *e = k->e;
    Motion m = {.n = n, .run = LLVMGetParam(f, 0), .vector = LLVMGetParam(f, 1),
                .start = LLVMGetParam(f, 2), .lambda = LLVMGetParam(f, 4),
                .sums = LLVMGetParam(f, 5), .control = LLVMGetParam(f, 6)};
    m.left = ir_slot(e, k->vector, "left");
    m.count = ir_slot(e, e->i64, "count");
    m.from = numeric_row(n, "from", 1);
    m.part = numeric_row(n, "part", 1);
    m.x = numeric_row(n, "x", k->n);
    m.before = numeric_row(n, "before", k->n);
    m.error = numeric_row(n, "error", k->n);
    m.gains = numeric_row(
        n, "gains", (unsigned)k->derived->flow.pull_gradients.count);
    ir_store(e, ir_load_loose(e, k->vector, LLVMGetParam(f, 3)), m.left);
    ir_store(e, ir_i64(e, 0), m.count);
    return m;
}

void numeric_emit_retreat(Numeric *n)
{
    const Kernel *k = &n->k;
    Emit *e = k->e;
    LLVMValueRef f = numeric_function(n, "retreat", e->none, 7, -1);
    n->retreat = f;
    Motion m = motion_new(n, f);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef open = LLVMBuildFCmp(
        e->b, LLVMRealOGT, ir_load(e, k->vector, m.left), kernel_zero(k), "");
    ir_while_test(e, &loop, vmath_any(e->vmath, e->b, open));
    undo_part(&m);
    ir_while_end(e, &loop);
    LLVMBuildRetVoid(e->b);
    ir_function_end(e);
}
