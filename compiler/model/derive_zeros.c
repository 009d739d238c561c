// Sequences that isolate zeros along a linear flow (derive.h, ZeroSequence).
// Along x' = A x + b with triangular A, a linear function of the state is a
// combination of exponentials, one for each state that drives it and one
// constant; (d/dt + r) removes the one with rate -r, and is again a linear
// function of the state: no modes are ever computed, so equal or nearly equal
// rates do no harm.
#include "model/derive_parts.h"

// Which states drive `e`, directly or through others.
static void mark_drivers(const Derivation *d, const Expr *e, bool *drives)
{
    const Derived *out = d->out;
    for (size_t k = 0; k < out->n; k++)
        drives[k] = expr_depends_on(e, out->states[k]);
    for (size_t at = 0; at < out->n; at++) { // order: each before its drivers
        size_t k = out->flow.order[at];
        for (size_t j = 0; j < out->n; j++)
            if (drives[k] && !expr_is_const(out->flow.matrix[k * out->n + j], 0))
                drives[j] = true;
    }
}

static bool is_linear(const Derivation *d, const Expr *e, Span span,
                      const Expr **rest)
{
    const Expr **row = derive_new_row(d);
    if (expr_as_linear(d->pool, e, d->out->states, d->out->n, row, rest))
        return true;
    diag_report(d->diags, DIAG_GUARD_NOT_LINEAR, span,
                d->population->system->neuron);
    return false;
}

bool derive_is_linear(const Derivation *d, const Expr *e, Span span)
{
    const Expr *rest;
    return is_linear(d, e, span, &rest);
}

static bool has_constant(const Derivation *d, const Expr *rest,
                         const bool *drives)
{
    bool constant = !expr_is_const(rest, 0);
    for (size_t k = 0; k < d->out->n; k++)
        constant |= drives[k] && !expr_is_const(d->out->flow.drive[k], 0);
    return constant;
}

static void push(const Derivation *d, ZeroSequence *out, const Expr *rate)
{
    const Expr *last = out->functional[out->n - 1];
    const Expr *next = expr_add(d->pool, derive_rate(d, last),
                                expr_mul(d->pool, out->rate[out->n - 1], last));
    out->functional[out->n] = expr_expand(d->pool, next);
    out->rate[out->n++] = rate;
}

bool derive_zeros(const Derivation *d, const Expr *e, Span span, bool affine,
                  ZeroSequence *out)
{
    const Derived *derived = d->out;
    size_t n = derived->n;
    const Expr *rest;
    if (!is_linear(d, e, span, &rest))
        return false;
    bool *drives = arena_alloc(d->arena, n + 1);
    mark_drivers(d, e, drives);
    bool constant = affine || has_constant(d, rest, drives);
    out->functional = ARENA_ARRAY(d->arena, const Expr *, n + 2);
    out->rate = ARENA_ARRAY(d->arena, const Expr *, n + 2);
    for (size_t at = 0; at < n + 1; at++) {
        const Expr *rate = expr_const(d->pool, 0);
        if (at > 0) {
            size_t k = derived->flow.order[at - 1];
            if (!drives[k])
                continue;
            rate = expr_neg(d->pool, derived->flow.matrix[k * n + k]);
        } else if (!constant) {
            continue;
        }
        if (out->n > 0) {
            push(d, out, rate);
            continue;
        }
        out->functional[0] = e;
        out->rate[out->n++] = rate;
    }
    return true;
}
