// The closed form of a triangular linear flow x' = A x + b. Order the states so
// that A is triangular; then each entry of exp(A h) is a sum over the paths of
// the dependency graph,
//     (e^{Ah})_ij = sum over paths i = k0, k1, ..., km = j of
//                   A_k0k1 ... A_k(m-1)km  h^m  expdd(h A_k0k0, ..., h A_kmkm),
// with expdd the divided difference of exp (Opitz; McCurdy, Ng & Parlett 1984).
// The drive b is one more node with rate 0. Equal and nearly equal rates need
// no case of their own.
#include "model/derive_parts.h"

typedef struct Path {
    const Expr *weight;     // product of couplings
    const Expr **nodes;     // h * rate of each state on the path
    size_t length;
} Path;

static const Expr *coupling(const Derivation *d, size_t i, size_t j)
{
    return d->flow->matrix[i * d->out->n + j];
}

static bool linearise(Derivation *d)
{
    Derived *out = d->out;
    size_t n = out->n;
    const HybridSystem *system = d->population->system;
    d->flow->matrix = ARENA_ARRAY(d->arena, const Expr *, n * n);
    d->flow->drive = derive_new_row(d);
    for (size_t k = 0; k < n; k++) {
        const State *state = &system->states[k];
        if (expr_as_linear(d->pool, d->rates[k], out->states, n,
                           d->flow->matrix + k * n, &d->flow->drive[k]))
            continue;
        Diag *diag = diag_report(d->diags, DIAG_FLOW_NOT_LINEAR, state->span,
                                 state->name, system->neuron);
        diag_note(diag, d->population->span, "in layer '%s'",
                  d->population->name);
        return false;
    }
    return true;
}

// Depth-first search; a state that is met again while open closes a cycle.
static bool visit(Derivation *d, size_t k, unsigned char *mark, size_t *count)
{
    if (mark[k] == 2)
        return true;
    if (mark[k] == 1)
        return false;
    mark[k] = 1;
    for (size_t j = 0; j < d->out->n; j++)
        if (j != k && !expr_is_const(coupling(d, k, j), 0)
            && !visit(d, j, mark, count))
            return false;
    mark[k] = 2;
    d->flow->order[--*count] = (uint32_t)k;
    return true;
}

static bool order_states(Derivation *d)
{
    size_t n = d->out->n, count = n;
    unsigned char *mark = arena_alloc(d->arena, n + 1);
    d->flow->order = ARENA_ARRAY(d->arena, uint32_t, n);
    for (size_t k = 0; k < n; k++) {
        if (visit(d, k, mark, &count))
            continue;
        const State *state = &d->population->system->states[k];
        Diag *diag = diag_report(d->diags, DIAG_FLOW_NOT_TRIANGULAR,
                                 state->span, state->name,
                                 d->population->system->neuron);
        diag_note(diag, d->population->span, "in layer '%s'",
                  d->population->name);
        return false;
    }
    return true;
}

// Most states in a row, each driven by the next.
static size_t longest_chain(const Derivation *d)
{
    size_t n = d->out->n, longest = 0;
    size_t *length = ARENA_ARRAY(d->arena, size_t, n);
    for (size_t at = n; at-- > 0;) { // drivers first
        size_t k = d->flow->order[at];
        for (size_t j = 0; j < n; j++)
            if (j != k && !expr_is_const(coupling(d, k, j), 0)
                && length[j] > length[k])
                length[k] = length[j];
        if (++length[k] > longest)
            longest = length[k];
    }
    return longest;
}

static bool is_small(const Derivation *d)
{
    const HybridSystem *system = d->population->system;
    size_t chain = longest_chain(d);
    if (d->out->n > DERIVED_STATES_MAX)
        diag_report(d->diags, DIAG_TOO_MANY_STATES, d->population->span,
                    system->neuron, (int)d->out->n, DERIVED_STATES_MAX);
    else if (chain > DERIVED_CHAIN_MAX)
        diag_report(d->diags, DIAG_CHAIN_TOO_LONG, d->population->span,
                    system->neuron, (int)chain, DERIVED_CHAIN_MAX);
    else
        return true;
    return false;
}

static const Expr *path_value(const Derivation *d, const Path *path,
                              size_t power)
{
    const Expr *h = expr_pow(d->pool, d->out->interval,
                             expr_const(d->pool, (double)power));
    const Expr *dd = expr_expdd(d->pool, path->nodes, path->length);
    return expr_mul(d->pool, expr_mul(d->pool, path->weight, h), dd);
}

static const Expr *follow(const Derivation *d, size_t state, Path path)
{
    const Derived *out = d->out;
    size_t at = path.length;
    path.nodes[path.length++] = expr_mul(d->pool, out->interval,
                                         coupling(d, state, state));
    const Expr *sum = expr_mul(d->pool, path_value(d, &path, at),
                               out->states[state]);
    for (size_t j = 0; j < out->n; j++) {
        if (j == state || expr_is_const(coupling(d, state, j), 0))
            continue;
        Path longer = path;
        longer.weight = expr_mul(d->pool, path.weight, coupling(d, state, j));
        sum = expr_add(d->pool, sum, follow(d, j, longer));
    }
    if (!expr_is_const(d->flow->drive[state], 0)) {
        Path driven = path;
        driven.weight = expr_mul(d->pool, path.weight, d->flow->drive[state]);
        driven.nodes[driven.length++] = expr_const(d->pool, 0);
        sum = expr_add(d->pool, sum, path_value(d, &driven, at + 1));
    }
    return sum;
}

bool derive_flow(Derivation *d)
{
    Derived *out = d->out;
    size_t n = out->n;
    if (!linearise(d) || !order_states(d) || !is_small(d))
        return false;
    d->flow->advance = derive_new_row(d);
    for (size_t k = 0; k < n; k++) {
        Path path = {expr_const(d->pool, 1),
                     ARENA_ARRAY(d->arena, const Expr *, n + 1), 0};
        d->flow->advance[k] = follow(d, k, path);
    }
    d->flow->lambda = derive_new_row(d);
    expr_vjp(d->pool, d->flow->advance, out->lambda, n, out->states, n,
             d->flow->lambda);
    derive_gradients(d, d->flow->advance, out->lambda, n,
                     &d->flow->gradients);
    return true;
}
