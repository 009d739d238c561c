// The closed form of a linear flow x' = A x + b whose states drive each other
// in blocks of one or two. Order the blocks so that each is driven by later
// ones only; then each entry of exp(A h) is a sum over the paths of the
// dependency graph from block to block,
//     (e^{Ah})_ij = sum over paths from i to j of the product of its couplings
//                   times h^m times the divided difference of exp over the
//                   m + 1 rates h A_kk on the path
// (Opitz; McCurdy, Ng & Parlett 1984). A block (p, q) counts as the pair of its
// eigenvalues a +- sqrt(d), whatever the sign of d; its resolvent is
//     ((z - A_qq, A_pq), (A_qp, z - A_pp)) / ((z - a)^2 - d)
// so that a path from p to q has the coupling A_pq, and one from p to p the
// factor z - A_qq = (z - a) + (A_pp - A_qq) / 2 in front of e^z. The drive b is
// one more node with rate 0. Equal and nearly equal rates need no case of their
// own, nor does d = 0.
#include "model/derive_parts.h"

#include <string.h>

enum { NODES_MAX = DERIVED_CHAIN_MAX + 1 };

// (weight + slope (z - base)) e^{hz} over the nodes; the base is that of the
// first pair.
typedef struct Path {
    const Expr *weight, *slope;
    const FlowPair *pairs[NODES_MAX];
    const Expr *reals[NODES_MAX]; // rates
    size_t n_pairs, n_reals;
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

// ---- blocks ----------------------------------------------------------------

// reaches[i * n + j]: j drives i, directly or through others.
static bool *find_reach(const Derivation *d)
{
    size_t n = d->out->n;
    bool *reaches = arena_alloc(d->arena, n * n + 1);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            reaches[i * n + j] = i != j && !expr_is_const(coupling(d, i, j), 0);
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                reaches[i * n + j] |= reaches[i * n + k] && reaches[k * n + j];
    return reaches;
}

static const Expr *name(const Derivation *d, Named named)
{
    DerivedFlow *flow = d->flow;
    ARENA_PUSH(d->arena, flow->named, flow->n_named, flow->named_capacity,
               named);
    return named.symbol;
}

// `letter` with the names of the pair's states.
static const Expr *name_rate(const Derivation *d, const char *letter, size_t p,
                             size_t q, const Expr *meaning)
{
    const State *states = d->population->system->states;
    const char *a = states[p].name, *b = states[q].name;
    const Expr *symbol = expr_symbol(
        d->pool, arena_printf(d->arena, "%s_%s%s", letter, a, b),
        arena_printf(d->arena, "%s_{\\mathrm{%s},\\mathrm{%s}}", letter, a, b),
        AXIS_SCALAR);
    d->flow->n_rates++;
    return name(d, (Named){symbol, meaning});
}

static FlowPair *new_pair(const Derivation *d, size_t p, size_t q)
{
    FlowPair *pair = ARENA_NEW(d->arena, FlowPair);
    const Expr *half = expr_const(d->pool, 0.5);
    const Expr *a = coupling(d, p, p), *b = coupling(d, q, q);
    pair->states[0] = (uint32_t)p;
    pair->states[1] = (uint32_t)q;
    pair->centre = expr_mul(d->pool, half, expr_add(d->pool, a, b));
    pair->offset = expr_mul(d->pool, half, expr_sub(d->pool, a, b));
    pair->square = expr_add(
        d->pool, expr_mul(d->pool, pair->offset, pair->offset),
        expr_mul(d->pool, coupling(d, p, q), coupling(d, q, p)));
    pair->centre_name = name_rate(d, "a", p, q, pair->centre);
    pair->square_name = name_rate(d, "D", p, q, pair->square);
    return pair;
}

// Which states drive each other; false after a diagnostic where more than two
// do.
static bool pair_states(Derivation *d)
{
    size_t n = d->out->n;
    const bool *reaches = find_reach(d);
    d->flow->pairs = ARENA_ARRAY(d->arena, const FlowPair *, n + 1);
    for (size_t p = 0; p < n; p++)
        for (size_t q = p + 1; q < n; q++) {
            if (!reaches[p * n + q] || !reaches[q * n + p])
                continue;
            if (!d->flow->pairs[p] && !d->flow->pairs[q]) {
                d->flow->pairs[p] = d->flow->pairs[q] = new_pair(d, p, q);
                continue;
            }
            const State *state = &d->population->system->states[p];
            Diag *diag = diag_report(d->diags, DIAG_FLOW_NOT_TRIANGULAR,
                                     state->span, state->name,
                                     d->population->system->neuron);
            diag_note(diag, d->population->span, "in layer '%s'",
                      d->population->name);
            return false;
        }
    return true;
}

// A block: the number of its states, which are written to `states`.
static size_t block_of(const Derivation *d, size_t k, size_t *states)
{
    const FlowPair *pair = d->flow->pairs[k];
    states[0] = pair ? pair->states[0] : k;
    states[1] = pair ? pair->states[1] : k;
    return pair ? 2 : 1;
}

static bool is_within(const size_t *block, size_t size, size_t k)
{
    return k == block[0] || (size == 2 && k == block[1]);
}

// Depth-first search; blocks have no cycle.
static void visit(Derivation *d, size_t k, bool *seen, size_t *count)
{
    size_t block[2], size = block_of(d, k, block);
    if (seen[k])
        return;
    for (size_t i = 0; i < size; i++)
        seen[block[i]] = true;
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < d->out->n; j++)
            if (!is_within(block, size, j)
                && !expr_is_const(coupling(d, block[i], j), 0))
                visit(d, j, seen, count);
    for (size_t i = size; i-- > 0;)
        d->flow->order[--*count] = (uint32_t)block[i];
}

static bool order_states(Derivation *d)
{
    size_t n = d->out->n, count = n;
    bool *seen = arena_alloc(d->arena, n + 1);
    if (!pair_states(d))
        return false;
    d->flow->order = ARENA_ARRAY(d->arena, uint32_t, n);
    for (size_t k = 0; k < n; k++)
        visit(d, k, seen, &count);
    return true;
}

// Most states in a row, each driven by the next; a block counts as a whole.
static size_t longest_chain(const Derivation *d)
{
    size_t n = d->out->n, longest = 0, block[2];
    size_t *length = ARENA_ARRAY(d->arena, size_t, n + 1);
    for (size_t at = n; at-- > 0;) { // drivers first
        size_t k = d->flow->order[at], size = block_of(d, k, block), behind = 0;
        for (size_t i = 0; i < size; i++)
            for (size_t j = 0; j < n; j++)
                if (!is_within(block, size, j) && length[j] > behind
                    && !expr_is_const(coupling(d, block[i], j), 0))
                    behind = length[j];
        length[k] = behind + size;
        if (length[k] > longest)
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

// ---- paths -----------------------------------------------------------------

static const Expr *scaled(const Derivation *d, const Expr *rate, double power)
{
    const Expr *h = expr_pow(d->pool, d->out->interval,
                             expr_const(d->pool, power));
    return expr_mul(d->pool, h, rate);
}

// The difference over the path's nodes, times h to the number of them less one;
// a factor z - base costs one power of h.
static const Expr *difference(const Derivation *d, const Path *path,
                              const Expr *base)
{
    const Expr *nodes[2 * NODES_MAX];
    size_t n = 0, all = 2 * path->n_pairs + path->n_reals;
    for (size_t k = 0; k < path->n_pairs; k++) {
        nodes[n++] = scaled(d, path->pairs[k]->centre_name, 1);
        nodes[n++] = scaled(d, path->pairs[k]->square_name, 2);
    }
    for (size_t k = 0; k < path->n_reals; k++)
        nodes[n++] = scaled(d, path->reals[k], 1);
    const Expr *dd = expr_pairdd(d->pool, base, nodes, path->n_pairs,
                                 path->n_reals);
    return scaled(d, dd, (double)all - (base ? 2 : 1));
}

static const Expr *path_value(const Derivation *d, const Path *path)
{
    const Expr *value = expr_mul(d->pool, path->weight,
                                 difference(d, path, NULL));
    if (expr_is_const(path->slope, 0))
        return value;
    const Expr *base = scaled(d, path->pairs[0]->centre_name, 1);
    return expr_add(d->pool, value, expr_mul(d->pool, path->slope,
                                             difference(d, path, base)));
}

static Path with_weight(const Derivation *d, Path path, const Expr *factor)
{
    path.weight = expr_mul(d->pool, path.weight, factor);
    path.slope = expr_mul(d->pool, path.slope, factor);
    return path;
}

// What the path, which has come to `state` of the pair that it met last, is
// worth: there, through the drive and through other blocks.
static const Expr *follow(const Derivation *d, size_t state, Path path);

static const Expr *depart(const Derivation *d, size_t state, const Path *path)
{
    const Derived *out = d->out;
    size_t block[2], size = block_of(d, state, block);
    const Expr *drive = d->flow->drive[state];
    const Expr *sum = expr_mul(d->pool, path_value(d, path),
                               out->states[state]);
    for (size_t j = 0; j < out->n; j++) {
        const Expr *weight = coupling(d, state, j);
        if (!is_within(block, size, j) && !expr_is_const(weight, 0))
            sum = expr_add(d->pool, sum,
                           follow(d, j, with_weight(d, *path, weight)));
    }
    if (expr_is_const(drive, 0))
        return sum;
    Path driven = with_weight(d, *path, drive);
    driven.reals[driven.n_reals++] = expr_const(d->pool, 0);
    return expr_add(d->pool, sum, path_value(d, &driven));
}

// From a state of a pair, which is the path's last, to the same state: times
// (z - a) + offset. With the base b of an earlier pair, z - a is
// (z - b) + (b - a); (z - b)^2 is d_b, and takes that pair off the path.
static const Expr *return_to(const Derivation *d, size_t state,
                             const Expr *offset, Path path)
{
    ExprPool *pool = d->pool;
    const FlowPair *base = path.pairs[0], *last = path.pairs[path.n_pairs - 1];
    if (path.n_pairs == 1) {
        path.slope = path.weight;
        path.weight = expr_mul(pool, path.weight, offset);
        return depart(d, state, &path);
    }
    const Expr *away = expr_sub(pool, base->centre_name, last->centre_name);
    offset = expr_add(pool, offset, away);
    Path longer = path, shorter = path;
    longer.weight = expr_add(pool, expr_mul(pool, path.weight, offset),
                             expr_mul(pool, path.slope, base->square_name));
    longer.slope = expr_add(pool, path.weight,
                            expr_mul(pool, path.slope, offset));
    const Expr *sum = depart(d, state, &longer);
    if (expr_is_const(path.slope, 0))
        return sum;
    shorter.weight = path.slope;
    shorter.slope = expr_const(pool, 0);
    shorter.n_pairs--;
    memmove(shorter.pairs, shorter.pairs + 1,
            shorter.n_pairs * sizeof *shorter.pairs);
    return expr_add(pool, sum, depart(d, state, &shorter));
}

static const Expr *follow(const Derivation *d, size_t state, Path path)
{
    const FlowPair *pair = d->flow->pairs[state];
    if (!pair) {
        path.reals[path.n_reals++] = coupling(d, state, state);
        return depart(d, state, &path);
    }
    bool is_first = pair->states[0] == state;
    size_t other = pair->states[is_first ? 1 : 0];
    const Expr *offset = is_first ? pair->offset
                                  : expr_neg(d->pool, pair->offset);
    path.pairs[path.n_pairs++] = pair;
    Path across = with_weight(d, path, coupling(d, state, other));
    return expr_add(d->pool, return_to(d, state, offset, path),
                    depart(d, other, &across));
}

// ---- gradients -------------------------------------------------------------

static const Expr *by_symbol(const Derivation *d, const Expr *symbol)
{
    const Expr *value;
    expr_vjp(d->pool, d->flow->advance, d->out->lambda, d->out->n, &symbol, 1,
             &value);
    return value;
}

static void name_gradients(const Derivation *d)
{
    DerivedFlow *flow = d->flow;
    for (size_t k = 0; k < flow->n_rates; k++) {
        const Expr *rate = flow->named[k].symbol;
        const char *text = expr_text(d->arena, rate);
        const Expr *symbol = expr_symbol(
            d->pool, arena_printf(d->arena, "dL/d%s", text),
            arena_printf(d->arena, "\\frac{d L}{d %s}",
                         expr_latex(d->arena, rate)), AXIS_SCALAR);
        name(d, (Named){symbol, by_symbol(d, rate)});
    }
}

// Directly, and through the rates of pairs.
static const Expr *whole_gradient(const Derivation *d, const Expr *parameter)
{
    const DerivedFlow *flow = d->flow;
    const Expr *sum = by_symbol(d, parameter);
    for (size_t k = 0; k < flow->n_rates; k++) {
        const Expr *change = expr_diff(d->pool, flow->named[k].meaning,
                                       parameter);
        const Expr *by_rate = flow->named[flow->n_rates + k].symbol;
        sum = expr_add(d->pool, sum, expr_mul(d->pool, by_rate, change));
    }
    return sum;
}

static void derive_flow_gradients(const Derivation *d)
{
    Gradients *out = &d->flow->gradients;
    name_gradients(d);
    for (size_t k = 0; k < d->population->n_parameters; k++) {
        const Parameter *p = d->population->parameters[k];
        if (!p->learned)
            continue;
        ParameterGradient g = {p, whole_gradient(d, p->symbol)};
        if (!expr_is_const(g.value, 0))
            ARENA_PUSH(d->arena, out->items, out->count, out->capacity, g);
    }
}

const Expr *derive_spell_out(ExprPool *pool, const DerivedFlow *flow,
                             const Expr *e)
{
    for (size_t k = flow->n_named; k-- > 0;)
        e = expr_substitute(pool, e, &flow->named[k].symbol,
                            &flow->named[k].meaning, 1);
    return e;
}

bool derive_flow(Derivation *d)
{
    Derived *out = d->out;
    size_t n = out->n;
    if (!linearise(d) || !order_states(d) || !is_small(d))
        return false;
    d->flow->advance = derive_new_row(d);
    for (size_t k = 0; k < n; k++) {
        Path path = {.weight = expr_const(d->pool, 1),
                     .slope = expr_const(d->pool, 0)};
        d->flow->advance[k] = follow(d, k, path);
    }
    d->flow->lambda = derive_new_row(d);
    expr_vjp(d->pool, d->flow->advance, out->lambda, n, out->states, n,
             d->flow->lambda);
    derive_flow_gradients(d);
    return true;
}
