// Divided differences of exp at n nodes, in vectors of lanes. All of them are
// positive. The compiler's own evaluation is math/exp_divided.c.
//
// Each lane takes one of two ways. Nodes close together are summed as a power
// series around the smallest, whose terms are positive: it stops once no lane
// changes any more, so a lane's bits do not depend on its neighbours. Nodes
// far apart follow the recursion over n - 1 nodes, where the two values
// subtracted differ by a large factor. A way that no lane takes is skipped.
#include <math.h>
#include <stdio.h>
#include "emit/vmath/vmath_gen.h"

enum { NODES_MAX = VMATH_EXPDD_MAX, TERMS_AT_ONCE = 4, EXITS_MAX = 64 };

// The larger the spread for the series, the less the recursion loses: at this
// one the larger of its two values is about 3.6 times the smaller, at any n.
static double series_spread(unsigned n)
{
    return 2.0 * (n - 1);
}

// Terms after which the series has its last bit, at the largest spread.
static unsigned series_terms(const Gen *g, unsigned n)
{
    double term = 1, limit = g->is_double ? 0x1p-56 : 0x1p-27;
    unsigned k = 0;
    for (; term > limit || k < series_spread(n); k++)
        term *= series_spread(n) / (k + n);
    return (k / TERMS_AT_ONCE + 1) * TERMS_AT_ONCE;
}

static void sort_ascending(const Gen *g, GenValue *nodes, unsigned n)
{
    for (unsigned last = n - 1; last > 0; last--)
        for (unsigned k = 0; k < last; k++) {
            GenValue a = nodes[k], b = nodes[k + 1];
            nodes[k] = vmath_min(g->vmath, g->b, a, b);
            nodes[k + 1] = vmath_max(g->vmath, g->b, a, b);
        }
}

static LLVMBasicBlockRef new_block(const Gen *g, const char *name)
{
    LLVMBasicBlockRef here = LLVMGetInsertBlock(g->b);
    return LLVMAppendBasicBlockInContext(
        g->vmath->context, LLVMGetBasicBlockParent(here), name);
}

// What follows is built in `block`, entered when any lane of `mask` is set;
// else control goes to `otherwise`.
static void enter_if_any(const Gen *g, GenValue mask, LLVMBasicBlockRef block,
                         LLVMBasicBlockRef otherwise)
{
    LLVMBuildCondBr(g->b, vmath_any(g->vmath, g->b, mask), block, otherwise);
    LLVMPositionBuilderAtEnd(g->b, block);
}

typedef struct Series {
    GenValue gaps[NODES_MAX];  // node - smallest node; gaps[0] = 0, not kept
    GenValue terms[NODES_MAX]; // terms[j]: h_k(gaps 0..j) / (k + n - 1)!
    GenValue sum;
} Series;

// Goes from the terms of degree k - 1 to those of degree k.
static void series_step(const Gen *g, Series *s, unsigned n, unsigned k)
{
    GenValue scale = gen_real(g, 1.0 / (k + n - 1)), below = NULL;
    for (unsigned j = 1; j < n; j++) {
        GenValue share = gen_mul(g, s->terms[j], scale);
        below = below ? gen_fma(g, share, s->gaps[j], below)
                      : gen_mul(g, share, s->gaps[j]);
        s->terms[j] = below;
    }
    s->sum = gen_add(g, s->sum, below);
}

// The sum over the lanes with `is_near`, 0 gaps in the others.
static GenValue series(const Gen *g, const GenValue *nodes, unsigned n,
                       GenValue is_near)
{
    Series s;
    double first = 1 / tgamma(n);
    for (unsigned j = 1; j < n; j++) {
        GenValue gap = gen_sub(g, nodes[j], nodes[0]);
        s.gaps[j] = gen_select(g, is_near, gap, gen_real(g, 0));
        s.terms[j] = gen_real(g, first);
    }
    s.sum = gen_real(g, first);
    LLVMBasicBlockRef done = new_block(g, "summed");
    GenValue sums[EXITS_MAX];
    LLVMBasicBlockRef from[EXITS_MAX];
    unsigned terms = series_terms(g, n), n_exits = 0;
    for (unsigned k = 1; k <= terms; k++) {
        GenValue before = s.sum;
        series_step(g, &s, n, k);
        if (k % TERMS_AT_ONCE)
            continue;
        sums[n_exits] = s.sum;
        from[n_exits++] = LLVMGetInsertBlock(g->b);
        if (k == terms)
            LLVMBuildBr(g->b, done);
        else
            enter_if_any(g, gen_lt(g, before, s.sum), new_block(g, "more"),
                         done);
    }
    LLVMPositionBuilderAtEnd(g->b, done);
    GenValue sum = LLVMBuildPhi(g->b, g->type, "sum");
    LLVMAddIncoming(sum, sums, from, n_exits);
    return gen_mul(g, vmath_exp(g->vmath, g->b, nodes[0]), sum);
}

static GenValue recursion(const Gen *g, GenValue *nodes, unsigned n,
                          GenValue spread)
{
    GenValue high = vmath_expdd(g->vmath, g->b, nodes + 1, n - 1);
    GenValue low = vmath_expdd(g->vmath, g->b, nodes, n - 1);
    return gen_div(g, gen_sub(g, high, low), spread);
}

// One way, taken where `mask` is set: its value there, `otherwise` elsewhere.
static GenValue way(const Gen *g, GenValue *nodes, unsigned n, GenValue mask,
                    GenValue spread, GenValue otherwise)
{
    LLVMBasicBlockRef skipped = LLVMGetInsertBlock(g->b);
    LLVMBasicBlockRef join = new_block(g, "join");
    enter_if_any(g, mask, new_block(g, spread ? "far" : "near"), join);
    GenValue value = spread ? recursion(g, nodes, n, spread)
                            : series(g, nodes, n, mask);
    value = gen_select(g, mask, value, otherwise);
    LLVMBasicBlockRef taken = LLVMGetInsertBlock(g->b);
    LLVMBuildBr(g->b, join);
    LLVMPositionBuilderAtEnd(g->b, join);
    GenValue both = LLVMBuildPhi(g->b, g->type, "");
    LLVMAddIncoming(both, (GenValue[]){otherwise, value},
                    (LLVMBasicBlockRef[]){skipped, taken}, 2);
    return both;
}

// NaN comes out where a node is NaN: then neither way is taken.
static GenValue body(const Gen *g, const GenValue *args, unsigned n)
{
    GenValue nodes[NODES_MAX], any_nan = args[0];
    for (unsigned k = 0; k < n; k++) {
        nodes[k] = args[k];
        any_nan = k ? gen_add(g, any_nan, args[k]) : any_nan;
    }
    sort_ascending(g, nodes, n);
    GenValue spread = gen_sub(g, nodes[n - 1], nodes[0]);
    GenValue limit = gen_real(g, series_spread(n));
    GenValue is_number = gen_eq(g, any_nan, any_nan);
    GenValue is_near = LLVMBuildAnd(g->b, gen_le(g, spread, limit),
                                    is_number, "");
    GenValue is_far = LLVMBuildAnd(g->b, gen_lt(g, limit, spread),
                                   is_number, "");
    GenValue value = way(g, nodes, n, is_near, NULL, any_nan);
    return way(g, nodes, n, is_far, spread, value);
}

// e^high * exprel(-|x - y|)
static GenValue pair(VMath *m, LLVMBuilderRef b, GenValue x, GenValue y)
{
    GenValue gap = vmath_abs(m, b, LLVMBuildFSub(b, x, y, ""));
    GenValue high = vmath_exp(m, b, vmath_max(m, b, x, y));
    GenValue ratio = vmath_exprel(m, b, LLVMBuildFNeg(b, gap, ""));
    return LLVMBuildFMul(b, high, ratio, "");
}

#define EXPDD(n)                                                 \
    static GenValue expdd_##n(const Gen *g, const GenValue *args) \
    {                                                            \
        return body(g, args, n);                                 \
    }
EXPDD(3) EXPDD(4) EXPDD(5) EXPDD(6) EXPDD(7) EXPDD(8) EXPDD(9)
EXPDD(10) EXPDD(11) EXPDD(12) EXPDD(13) EXPDD(14) EXPDD(15) EXPDD(16)

GenValue vmath_expdd(VMath *vmath, LLVMBuilderRef b, GenValue *nodes,
                     unsigned n)
{
    static const GenFunction of[NODES_MAX + 1] = {
#define ROW(n) [n] = {"expdd" #n, n, false, expdd_##n}
        ROW(3), ROW(4), ROW(5), ROW(6), ROW(7), ROW(8), ROW(9), ROW(10),
        ROW(11), ROW(12), ROW(13), ROW(14), ROW(15), ROW(16),
#undef ROW
    };
    if (n == 1)
        return vmath_exp(vmath, b, nodes[0]);
    if (n == 2)
        return pair(vmath, b, nodes[0], nodes[1]);
    return gen_call(vmath, b, &of[n], nodes);
}
