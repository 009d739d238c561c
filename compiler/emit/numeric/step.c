// Runge-Kutta steps of a vector of neurons, each lane of its own length.
#include "emit/numeric/numeric.h"

#include "emit/numeric/tableau.h"

typedef struct Step {
    Numeric *n;
    Scope *parameters;
    LLVMValueRef h;
    LLVMValueRef x[NUMERIC_STATES];                     // at the start
    LLVMValueRef rate[TABLEAU_STAGES + 1][NUMERIC_STATES];
} Step;

static void flow(Step *s, const LLVMValueRef *x, LLVMValueRef *out)
{
    const Kernel *k = &s->n->k;
    const State *states = k->plan->population->system->states;
    Scope *scope = numeric_scope(s->n, s->parameters, x);
    for (unsigned i = 0; i < k->n; i++)
        out[i] = scope_lanes(scope, states[i].flow);
}

// sum over stages of weights[j] * rate[j][i]
static LLVMValueRef weigh(const Step *s, const double *weights, unsigned count,
                          unsigned i)
{
    const Kernel *k = &s->n->k;
    LLVMValueRef sum = kernel_zero(k);
    for (unsigned j = 0; j < count; j++)
        if (weights[j] != 0)
            sum = vmath_fma(k->e->vmath, k->e->b, s->rate[j][i],
                            vmath_const(k->vector, weights[j]), sum);
    return sum;
}

static void move(const Step *s, const double *weights, unsigned count,
                 LLVMValueRef *out)
{
    const Kernel *k = &s->n->k;
    for (unsigned i = 0; i < k->n; i++)
        out[i] = vmath_fma(k->e->vmath, k->e->b, s->h,
                           weigh(s, weights, count, i), s->x[i]);
}

static void step(Step *s, LLVMValueRef *end)
{
    LLVMValueRef at[NUMERIC_STATES];
    flow(s, s->x, s->rate[0]);
    for (unsigned j = 1; j < TABLEAU_STAGES; j++) {
        move(s, tableau_a[j], j, at);
        flow(s, at, s->rate[j]);
    }
    move(s, tableau_b, TABLEAU_STAGES, end);
}

static Step step_begin(Numeric *n, LLVMValueRef function)
{
    const Kernel *k = &n->k;
    LLVMValueRef run = LLVMGetParam(function, 0);
    Step s = {.n = n,
              .parameters = kernel_scope(k, run, LLVMGetParam(function, 1)),
              .h = ir_load_loose(k->e, k->vector, LLVMGetParam(function, 3))};
    kernel_load_row(k, LLVMGetParam(function, 2), s.x);
    return s;
}

void numeric_emit_reach(Numeric *n)
{
    Emit *e = n->k.e;
    LLVMValueRef end[NUMERIC_STATES];
    n->reach = numeric_function(n, "reach", e->none, 5, -1);
    Step s = step_begin(n, n->reach);
    step(&s, end);
    kernel_store_row(&n->k, LLVMGetParam(n->reach, 4), end);
    LLVMBuildRetVoid(e->b);
    ir_function_end(e);
}

void numeric_emit_attempt(Numeric *n)
{
    Emit *e = n->k.e;
    LLVMValueRef end[NUMERIC_STATES], error[NUMERIC_STATES];
    n->attempt = numeric_function(n, "attempt", e->none, 6, -1);
    Step s = step_begin(n, n->attempt);
    step(&s, end);
    flow(&s, end, s.rate[TABLEAU_STAGES]);
    for (unsigned i = 0; i < n->k.n; i++)
        error[i] = LLVMBuildFMul(
            e->b, s.h, weigh(&s, tableau_error, TABLEAU_STAGES + 1, i), "");
    kernel_store_row(&n->k, LLVMGetParam(n->attempt, 4), end);
    kernel_store_row(&n->k, LLVMGetParam(n->attempt, 5), error);
    LLVMBuildRetVoid(e->b);
    ir_function_end(e);
}
