// Hoisting of event scalars (hoist.h). Sums and products are split: their part
// that is the same for all neurons becomes one scalar.
#include "events/hoist.h"

static bool is_uniform(const Hoist *h, const Expr *e)
{
    const Expr **symbols = NULL;
    size_t count = 0, capacity = 0;
    expr_free_symbols(e, h->arena, &symbols, &count, &capacity);
    for (size_t k = 0; k < count; k++)
        if (h->is_lane(h->context, symbols[k]))
            return false;
    return true;
}

static const Expr *scalar(const Hoist *h, const Expr *e)
{
    EventScalars *out = h->out;
    if (e->op == EXPR_CONST ||
        (h->interval && !expr_depends_on(e, h->interval)))
        return e;
    for (size_t k = 0; k < out->count; k++)
        if (out->scalars[k] == e)
            return out->symbols[k];
    const char *name = arena_printf(h->arena, "e%zu", out->count);
    const Expr *symbol = expr_symbol(h->pool, name, NULL, AXIS_SCALAR);
    if (out->count == out->capacity) {
        size_t capacity = out->capacity;
        out->scalars = arena_grow(h->arena, out->scalars, out->count,
                                  &capacity, sizeof *out->scalars);
        out->symbols = arena_grow(h->arena, out->symbols, out->count,
                                  &out->capacity, sizeof *out->symbols);
    }
    out->scalars[out->count] = e;
    out->symbols[out->count++] = symbol;
    return symbol;
}

const Expr *hoist(const Hoist *h, const Expr *e)
{
    if (is_uniform(h, e))
        return scalar(h, e);
    if (e->n_args == 0)
        return e;
    bool splits = e->op == EXPR_ADD || e->op == EXPR_MUL;
    const Expr **rest = ARENA_ARRAY(h->arena, const Expr *, e->n_args + 1);
    const Expr **uniform = ARENA_ARRAY(h->arena, const Expr *, e->n_args);
    size_t n_rest = 0, n_uniform = 0;
    for (size_t k = 0; k < e->n_args; k++) {
        if (splits && is_uniform(h, e->args[k]))
            uniform[n_uniform++] = e->args[k];
        else
            rest[n_rest++] = hoist(h, e->args[k]);
    }
    if (n_uniform > 0)
        rest[n_rest++] = scalar(h, expr_make(h->pool, e->op, uniform,
                                             n_uniform));
    return expr_make(h->pool, e->op, rest, n_rest);
}
