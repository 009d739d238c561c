// The logarithm family: log, log1p, log1prel.
//
// u = 2^k m with m in [sqrt(1/2), sqrt(2)), f = m - 1, s = f / (2 + f):
// log m = 2 atanh(s) = f - f^2/2 + s (f^2/2 + z Q(z)), z = s^2, with Q of
// vmath_coef.h. A correction c (what rounding lost from u, relative) rides
// along with the low-order terms.
#include <math.h>
#include "emit/vmath/vmath_coef.h"
#include "emit/vmath/vmath_gen.h"

#define LN2_HEAD_F32 0x1.63p-1
#define LN2_TAIL_F32 -0x1.bd0106p-13
#define LN2_HEAD_F64 0x1.62e42ffp-1
#define LN2_TAIL_F64 -0x1.718432a1b0e26p-35

typedef struct Split {
    GenValue k; // exponent, as a number
    GenValue f; // mantissa - 1
} Split;

// `less` is subtracted from the exponent (arguments scaled up beforehand).
static Split split(const Gen *g, GenValue u, GenValue less)
{
    bool wide = g->is_double;
    uint64_t one = wide ? 0x3ff0000000000000 : 0x3f800000;
    uint64_t half_root = wide ? 0x3fe6a09e00000000 : 0x3f3504f3;
    uint64_t fraction = wide ? 0x000fffffffffffff : 0x007fffff;
    GenValue large = gen_pick(g, 0x1p23, 0x1p52);
    LLVMBuilderRef b = g->b;

    GenValue moved =
        LLVMBuildAdd(b, gen_bits(g, u), gen_int(g, one - half_root), "");
    GenValue biased = LLVMBuildLShr(b, moved, gen_int(g, wide ? 52 : 23), "");
    GenValue digits = LLVMBuildOr(b, biased, gen_bits(g, large), "");
    GenValue bias = gen_pick(g, 0x1p23 + 127, 0x1p52 + 1023);
    GenValue k = gen_sub(g, gen_from_bits(g, digits), gen_add(g, bias, less));

    GenValue low = LLVMBuildAnd(b, moved, gen_int(g, fraction), "");
    GenValue m = LLVMBuildAdd(b, low, gen_int(g, half_root), "");
    return (Split){k, gen_sub(g, gen_from_bits(g, m), gen_real(g, 1))};
}

// log(2^k (1 + f)) + c.
static GenValue assemble(const Gen *g, Split u, GenValue c)
{
    GenValue s = gen_div(g, u.f, gen_add(g, u.f, gen_real(g, 2)));
    GenValue z = gen_mul(g, s, s);
    GenValue half = gen_mul(g, gen_mul(g, u.f, u.f), gen_real(g, 0.5));
    GenValue series = GEN_POLYNOMIAL(g, z, coef_log);
    GenValue head = gen_pick(g, LN2_HEAD_F32, LN2_HEAD_F64);
    GenValue tail = gen_pick(g, LN2_TAIL_F32, LN2_TAIL_F64);
    GenValue low = gen_fma(g, u.k, tail, c);
    low = gen_fma(g, s, gen_fma(g, z, series, half), low);
    GenValue high = gen_fma(g, u.k, head, u.f);
    // What k ln2 + f loses in rounding, so that the tail can carry it.
    GenValue lost = gen_sub(g, u.f, gen_sub(g, high, gen_mul(g, u.k, head)));
    GenValue rest = gen_add(g, gen_sub(g, low, half), lost);
    return gen_add(g, high, rest);
}

// -inf at 0, NaN below, inf at inf, NaN for NaN; else y.
static GenValue limits(const Gen *g, GenValue u, GenValue y)
{
    GenValue zero = gen_real(g, 0), infinite = gen_real(g, INFINITY);
    y = gen_select(g, gen_lt(g, zero, u), y, gen_real(g, NAN));
    y = gen_select(g, gen_eq(g, u, zero), gen_real(g, -INFINITY), y);
    return gen_select(g, gen_eq(g, u, infinite), u, y);
}

GenValue gen_log(const Gen *g, const GenValue *args)
{
    GenValue x = args[0], zero = gen_real(g, 0);
    GenValue tiny = gen_lt(g, x, gen_pick(g, 0x1p-126, 0x1p-1022));
    GenValue grown = gen_mul(g, x, gen_pick(g, 0x1p24, 0x1p54));
    GenValue less = gen_select(g, tiny, gen_pick(g, 24, 54), zero);
    Split u = split(g, gen_select(g, tiny, grown, x), less);
    return limits(g, x, assemble(g, u, zero));
}

// u = 1 + x rounded; what it lost, divided by u, is the correction.
GenValue gen_log1p(const Gen *g, const GenValue *args)
{
    GenValue x = args[0], one = gen_real(g, 1), zero = gen_real(g, 0);
    GenValue u = gen_add(g, x, one);
    GenValue if_small = gen_sub(g, x, gen_sub(g, u, one));
    GenValue if_large = gen_sub(g, one, gen_sub(g, u, x));
    GenValue is_large = gen_le(g, one, x);
    GenValue lost = gen_select(g, is_large, if_large, if_small);
    GenValue c = gen_div(g, lost, u);
    return limits(g, u, assemble(g, split(g, u, zero), c));
}

GenValue gen_log1prel(const Gen *g, const GenValue *args)
{
    GenValue x = args[0];
    GenValue y = vmath_log1p(g->vmath, g->b, x);
    GenValue ratio = gen_div(g, y, x);
    GenValue infinite = gen_eq(g, x, gen_real(g, INFINITY));
    ratio = gen_select(g, infinite, gen_real(g, 0), ratio);
    GenValue is_zero = gen_eq(g, x, gen_real(g, 0));
    return gen_select(g, is_zero, gen_real(g, 1), ratio);
}
