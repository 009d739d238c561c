// Runge-Kutta steps of a vector of neurons, each lane of its own length.
#include "emit/numeric/numeric.h"

void numeric_flow(const Numeric *n, Scope *scope, LLVMValueRef *out)
{
    const State *states = n->k.plan->population->system->states;
    for (unsigned i = 0; i < n->k.n; i++)
        out[i] = scope_lanes(scope, states[i].flow);
}

// sum over stages of weights[j] * rate[j][i]
static LLVMValueRef weigh(const NumericStep *s, const double *weights,
                          unsigned count, unsigned i)
{
    const Kernel *k = &s->n->k;
    LLVMValueRef sum = kernel_zero(k);
    for (unsigned j = 0; j < count; j++)
        if (weights[j] != 0)
            sum = vmath_fma(k->e->vmath, k->e->b, s->rate[j][i],
                            vmath_const(k->vector, weights[j]), sum);
    return sum;
}

static void move(const NumericStep *s, const double *weights, unsigned count,
                 LLVMValueRef *out)
{
    const Kernel *k = &s->n->k;
    for (unsigned i = 0; i < k->n; i++)
        out[i] = vmath_fma(k->e->vmath, k->e->b, s->h,
                           weigh(s, weights, count, i), s->x[i]);
}

void numeric_step(NumericStep *s, LLVMValueRef *end)
{
    LLVMValueRef at[NUMERIC_STATES];
    for (unsigned j = 1; j < TABLEAU_STAGES; j++) {
        move(s, tableau_a[j], j, at);
        numeric_flow(s->n, numeric_scope(s->n, s->parameters, at), s->rate[j]);
    }
    move(s, tableau_b, TABLEAU_STAGES, end);
}

void numeric_step_error(const NumericStep *s, LLVMValueRef *out)
{
    Emit *e = s->n->k.e;
    for (unsigned i = 0; i < s->n->k.n; i++)
        out[i] = LLVMBuildFMul(
            e->b, s->h, weigh(s, tableau_error, TABLEAU_STAGES + 1, i), "");
}

// ---- states within a step --------------------------------------------------

NumericSpan *numeric_step_span(const NumericStep *s, const LLVMValueRef *end)
{
    Emit *e = s->n->k.e;
    NumericSpan *span = ARENA_NEW(e->arena, NumericSpan);
    for (unsigned i = 0; i < s->n->k.n; i++) {
        LLVMValueRef whole = LLVMBuildFSub(e->b, end[i], s->x[i], "");
        LLVMValueRef first = LLVMBuildFMul(e->b, s->h, s->rate[0][i], "");
        LLVMValueRef last = LLVMBuildFMul(
            e->b, s->h, s->rate[TABLEAU_STAGES][i], "");
        LLVMValueRef bend = LLVMBuildFSub(e->b, first, whole, "");
        span->part[0][i] = s->x[i];
        span->part[1][i] = whole;
        span->part[2][i] = bend;
        span->part[3][i] = LLVMBuildFSub(
            e->b, LLVMBuildFSub(e->b, whole, last, ""), bend, "");
        span->part[4][i] = LLVMBuildFMul(
            e->b, s->h, weigh(s, tableau_dense, TABLEAU_STAGES + 1, i), "");
    }
    return span;
}

void numeric_span_at(const Numeric *n, const NumericSpan *span,
                     LLVMValueRef theta, LLVMValueRef *out)
{
    const Kernel *k = &n->k;
    Emit *e = k->e;
    LLVMValueRef rest = LLVMBuildFSub(e->b, vmath_const(k->vector, 1), theta,
                                      "");
    for (unsigned i = 0; i < k->n; i++) {
        out[i] = span->part[4][i];
        for (unsigned p = 4; p-- > 0;)
            out[i] = vmath_fma(e->vmath, e->b, p % 2 ? rest : theta, out[i],
                               span->part[p][i]);
    }
}

// ---- a step of its own -----------------------------------------------------

void numeric_emit_reach(Numeric *n)
{
    Emit *e = n->k.e;
    const Kernel *k = &n->k;
    LLVMValueRef end[NUMERIC_STATES];
    LLVMValueRef f = numeric_function(n, "reach", e->none, 5, -1);
    n->reach = f;
    NumericStep s = {
        .n = n, .parameters = kernel_scope(k, LLVMGetParam(f, 0),
                                           LLVMGetParam(f, 1)),
        .h = ir_load_loose(e, k->vector, LLVMGetParam(f, 3))};
    kernel_load_row(k, LLVMGetParam(f, 2), s.x);
    numeric_flow(n, numeric_scope(n, s.parameters, s.x), s.rate[0]);
    numeric_step(&s, end);
    kernel_store_row(k, LLVMGetParam(f, 4), end);
    LLVMBuildRetVoid(e->b);
    ir_function_end(e);
}
