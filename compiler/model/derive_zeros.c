// Sequences that isolate zeros along a linear flow (derive.h, ZeroSequence).
// Along x' = A x + b with triangular A, a linear function of the state is a
// combination of exponentials, one for each state that drives it and one
// constant; (d/dt + r) removes the one with rate -r, and is again a linear
// function of the state: no modes are ever computed, so equal or nearly equal
// rates do no harm.
//
// A pair of states with eigenvalues a +- sqrt(d) is removed by
//     L = (d/dt - a)^2 - d = (d/dt + q - 2a)(d/dt - q)
// for any solution q = u'/u of L u = 0. Where u > 0 both factors keep what the
// sequence is made for: f' - q f has a zero between two zeros of f. With d >= 0
// u = e^{(a - sqrt d) t} is positive for ever; else u = e^{at} cos(w (t - m)),
// w^2 = -d, is for less than pi / w around the middle m of a piece.
#include "model/derive_parts.h"

// Which states drive `e`, directly or through others.
static void mark_drivers(const Derivation *d, const Expr *e, bool *drives)
{
    const Derived *out = d->out;
    for (size_t k = 0; k < out->n; k++)
        drives[k] = expr_depends_on(e, out->states[k]);
    for (size_t at = 0; at < out->n; at++) { // order: each before its drivers
        size_t k = d->flow->order[at];
        const FlowPair *pair = d->flow->pairs[k];
        if (pair && (drives[pair->states[0]] || drives[pair->states[1]]))
            drives[pair->states[0]] = drives[pair->states[1]] = true;
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

// The functional F = row . x' (or of the states), as far as it is taken apart.
typedef struct Front {
    const Expr *value, **row;
} Front;

static const Expr **combine(const Derivation *d, const Expr *const *a,
                            const Expr *factor, const Expr *const *b)
{
    const Expr **row = derive_new_row(d);
    for (size_t i = 0; i < d->out->n; i++)
        row[i] = expr_expand(d->pool, expr_add(
            d->pool, a[i], expr_mul(d->pool, factor, b[i])));
    return row;
}

// row . x'' = (row A) . x'
static const Expr **row_rate(const Derivation *d, const Expr *const *last)
{
    size_t n = d->out->n;
    const Expr **row = derive_new_row(d);
    for (size_t i = 0; i < n; i++) {
        row[i] = expr_const(d->pool, 0);
        for (size_t j = 0; j < n; j++)
            row[i] = expr_add(d->pool, row[i], expr_mul(
                d->pool, last[j], d->flow->matrix[j * n + i]));
    }
    return row;
}

// F' + rate F
static Front next_front(const Derivation *d, Front f, const Expr *rate)
{
    const Expr *sum = expr_add(d->pool, derive_rate(d, f.value),
                               expr_mul(d->pool, rate, f.value));
    return (Front){expr_expand(d->pool, sum),
                   combine(d, row_rate(d, f.row), rate, f.row)};
}

static void push(ZeroSequence *out, Front f, const Expr *rate)
{
    out->functional[out->n] = f.value;
    out->row[out->n] = f.row;
    out->rate[out->n++] = rate;
}

static Front push_state(const Derivation *d, size_t k, Front f,
                        ZeroSequence *out)
{
    const Expr *rate = expr_neg(d->pool,
                                d->flow->matrix[k * d->out->n + k]);
    push(out, f, rate);
    return next_front(d, f, rate);
}

// ---- pairs -----------------------------------------------------------------

// Less than pi, for the cosine at a piece's ends to be well above 0.
static const double piece_angle = 2.5, no_limit = 1e30;

static const Expr *root_of(const Derivation *d, const FlowPair *pair)
{
    return expr_unary(d->pool, EXPR_SQRT,
                      expr_unary(d->pool, EXPR_ABS, pair->square));
}

static const Expr *is_complex(const Derivation *d, const FlowPair *pair)
{
    return expr_binary(d->pool, EXPR_LT, pair->square, expr_const(d->pool, 0));
}

// u'/u
static const Expr *growth(const Derivation *d, const FlowPair *pair,
                          const Expr *middle)
{
    ExprPool *pool = d->pool;
    const Expr *w = root_of(d, pair);
    const Expr *angle = expr_mul(pool, w, expr_sub(pool, d->out->interval,
                                                   middle));
    const Expr *tangent = expr_div(pool, expr_unary(pool, EXPR_SIN, angle),
                                   expr_unary(pool, EXPR_COS, angle));
    const Expr *turn = expr_select(pool, is_complex(d, pair),
                                   expr_mul(pool, w, tangent), w);
    return expr_sub(pool, pair->centre, turn);
}

static const Expr *shorter_piece(const Derivation *d, const FlowPair *pair,
                                 const Expr *longest)
{
    const Expr *own = expr_select(
        d->pool, is_complex(d, pair),
        expr_div(d->pool, expr_const(d->pool, piece_angle), root_of(d, pair)),
        expr_const(d->pool, no_limit));
    return longest ? expr_binary(d->pool, EXPR_MIN, longest, own) : own;
}

static Front push_pair(const Derivation *d, const FlowPair *pair, Front f,
                       ZeroSequence *out)
{
    ExprPool *pool = d->pool;
    if (!out->middle)
        out->middle = expr_symbol(pool, "m", NULL, AXIS_SCALAR);
    const Expr *q = growth(d, pair, out->middle), *zero = expr_const(pool, 0);
    const Expr *twice = expr_mul(pool, expr_const(pool, 2), pair->centre);
    Front slope = next_front(d, f, zero), curve = next_front(d, slope, zero);
    Front inner = {expr_sub(pool, slope.value, expr_mul(pool, q, f.value)),
                   combine(d, slope.row, expr_neg(pool, q), f.row)};
    out->pair[out->n] = pair;
    push(out, f, expr_neg(pool, q));
    push(out, inner, expr_sub(pool, q, twice));
    out->longest = shorter_piece(d, pair, out->longest);
    // F'' - 2 a F' + (a^2 - d) F, in which the pair's own states cancel
    const Expr *rest = expr_sub(
        pool, expr_mul(pool, pair->centre, pair->centre), pair->square);
    twice = expr_neg(pool, twice);
    const Expr *value = expr_add(
        pool, curve.value, expr_add(pool, expr_mul(pool, twice, slope.value),
                                    expr_mul(pool, rest, f.value)));
    Front next = {expr_expand(pool, value),
                  combine(d, combine(d, curve.row, twice, slope.row), rest,
                          f.row)};
    next.row[pair->states[0]] = next.row[pair->states[1]] = zero;
    return next;
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
    out->pair = ARENA_ARRAY(d->arena, const FlowPair *, n + 1);
    push(out, (Front){e, NULL}, expr_const(d->pool, 0));
    Front front = {expr_expand(d->pool, derive_rate(d, e)), row};
    for (size_t at = 0; at < n; at++) {
        size_t k = d->flow->order[at];
        const FlowPair *pair = d->flow->pairs[k];
        if (!drives[k])
            continue;
        if (!pair)
            front = push_state(d, k, front, out);
        else if (pair->states[0] == k)
            front = push_pair(d, pair, front, out);
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
    out->pair++;
    out->n--;
    return true;
}
