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
        size_t k = d->flow->order[at];
        for (size_t j = 0; j < out->n; j++)
            if (drives[k] &&
                !expr_is_const(d->flow->matrix[k * out->n + j], 0))
                drives[j] = true;
    }
}

static bool is_linear(const Derivation *d, const Expr *e, Span span,
                      const Expr **row, const Expr **rest)
{
    if (expr_as_linear(d->pool, e, d->out->states, d->out->n, row, rest))
        return true;
    diag_report(d->diags, DIAG_GUARD_NOT_LINEAR, span,
                d->population->system->neuron);
    return false;
}

bool derive_is_linear(const Derivation *d, const Expr *e, Span span)
{
    const Expr *rest;
    return is_linear(d, e, span, derive_new_row(d), &rest);
}

// row . x' of d/dt (last . x') + rate last . x', with x'' = A x'
static const Expr **next_row(const Derivation *d, const Expr *const *last,
                             const Expr *rate)
{
    size_t n = d->out->n;
    const Expr **row = derive_new_row(d);
    for (size_t i = 0; i < n; i++) {
        row[i] = expr_mul(d->pool, rate, last[i]);
        for (size_t j = 0; j < n; j++)
            row[i] = expr_add(d->pool, row[i], expr_mul(
                d->pool, last[j], d->flow->matrix[j * n + i]));
        row[i] = expr_expand(d->pool, row[i]);
    }
    return row;
}

static void push(const Derivation *d, ZeroSequence *out, const Expr **row,
                 const Expr *rate)
{
    const Expr *last = out->functional[out->n - 1];
    const Expr *next = expr_add(d->pool, derive_rate(d, last),
                                expr_mul(d->pool, out->rate[out->n - 1], last));
    out->functional[out->n] = expr_expand(d->pool, next);
    out->row[out->n] = row;
    out->rate[out->n++] = rate;
}

bool derive_zeros(const Derivation *d, const Expr *e, Span span,
                  ZeroSequence *out)
{
    const Derived *derived = d->out;
    size_t n = derived->n;
    const Expr *rest, **row = derive_new_row(d);
    if (!is_linear(d, e, span, row, &rest))
        return false;
    bool *drives = arena_alloc(d->arena, n + 1);
    mark_drivers(d, e, drives);
    out->functional = ARENA_ARRAY(d->arena, const Expr *, n + 1);
    out->rate = ARENA_ARRAY(d->arena, const Expr *, n + 1);
    out->row = ARENA_ARRAY(d->arena, const Expr **, n + 1);
    out->functional[0] = e;
    out->rate[0] = expr_const(d->pool, 0);
    out->row[0] = NULL;
    out->n = 1;
    for (size_t at = 0; at < n; at++) {
        size_t k = d->flow->order[at];
        if (!drives[k])
            continue;
        if (out->n > 1)
            row = next_row(d, row, out->rate[out->n - 1]);
        push(d, out, row,
             expr_neg(d->pool, d->flow->matrix[k * n + k]));
    }
    return true;
}

bool derive_extrema(const Derivation *d, const Expr *e, Span span,
                    ZeroSequence *out)
{
    if (!derive_zeros(d, e, span, out))
        return false;
    out->functional++;
    out->rate++;
    out->row++;
    out->n--;
    return true;
}
