// The exponential family: exp, expm1, exprel, sigmoid, tanh.
//
// x = n ln2 + r with |r| <= ln2/2; ln2 is split so that n * (its head) is
// exact; e^r - 1 = r + r^2 P(r) with P of vmath_coef.h; 2^n goes straight
// into the exponent bits.
#include "emit/vmath_coef.h"
#include "emit/vmath_gen.h"

#define LN2_HEAD_F32 0x1.63p-1
#define LN2_TAIL_F32 -0x1.bd0106p-13
#define LN2_HEAD_F64 0x1.62e42ffp-1
#define LN2_TAIL_F64 -0x1.718432a1b0e26p-35
#define LOG2_E 0x1.71547652b82fep0

// The largest x whose e^x is finite, and the smallest whose e^x is normal.
#define EXP_LAST_F32 0x1.62e42ep6
#define EXP_LAST_F64 0x1.62e42fefa39efp9
#define EXP_FIRST_F32 -0x1.5d589ep6
#define EXP_FIRST_F64 -0x1.6232bdd7abcd2p9

typedef struct Reduced {
    GenValue r;       // x - n ln2
    GenValue shifted; // a number whose low bits are n
} Reduced;

static Reduced reduce(const Gen *g, GenValue x)
{
    Reduced out;
    GenValue scaled = gen_mul(g, x, gen_real(g, LOG2_E));
    GenValue n = gen_round(g, scaled, &out.shifted);
    GenValue head = gen_pick(g, LN2_HEAD_F32, LN2_HEAD_F64);
    GenValue tail = gen_pick(g, LN2_TAIL_F32, LN2_TAIL_F64);
    out.r = gen_fnma(g, n, tail, gen_fnma(g, n, head, x));
    return out;
}

// e^r - 1 for a reduced r.
static GenValue expm1_reduced(const Gen *g, GenValue r)
{
    GenValue tail = GEN_POLYNOMIAL(g, r, coef_exp);
    return gen_fma(g, gen_mul(g, r, r), tail, r);
}

// n in the exponent field, ready to be added to the bits of a number.
static GenValue exponent_bits(const Gen *g, GenValue shifted)
{
    GenValue width = gen_int(g, g->is_double ? 52 : 23);
    return LLVMBuildShl(g->b, gen_bits(g, shifted), width, "");
}

static GenValue scale(const Gen *g, GenValue y, GenValue shifted)
{
    GenValue bits = gen_bits(g, y);
    GenValue moved =
        LLVMBuildAdd(g->b, bits, exponent_bits(g, shifted), "");
    return gen_from_bits(g, moved);
}

// `y` up to the last finite argument; infinity beyond; NaN for NaN.
static GenValue overflow(const Gen *g, GenValue x, GenValue y)
{
    GenValue last = gen_pick(g, EXP_LAST_F32, EXP_LAST_F64);
    GenValue beyond = gen_mul(g, x, gen_pick(g, 0x1p127, 0x1p1023));
    return gen_select(g, gen_le(g, x, last), y, beyond);
}

GenValue gen_exp(const Gen *g, const GenValue *args)
{
    GenValue x = args[0];
    Reduced reduced = reduce(g, x);
    GenValue near_one =
        gen_add(g, expm1_reduced(g, reduced.r), gen_real(g, 1));
    GenValue y = scale(g, near_one, reduced.shifted);
    GenValue first = gen_pick(g, EXP_FIRST_F32, EXP_FIRST_F64);
    y = gen_select(g, gen_lt(g, x, first), gen_real(g, 0), y);
    return overflow(g, x, y);
}

// 2 (p 2^(n-1) + 2^(n-1) - 1/2): halved, so that 2^n never overflows first.
GenValue gen_expm1(const Gen *g, const GenValue *args)
{
    GenValue lowest = gen_pick(g, -24, -48); // e^lowest is far below 1 ulp
    GenValue x = gen_select(g, gen_lt(g, args[0], lowest), lowest, args[0]);
    Reduced reduced = reduce(g, x);
    GenValue p = expm1_reduced(g, reduced.r);
    GenValue half = gen_real(g, 0.5);
    GenValue power = scale(g, half, reduced.shifted);
    GenValue y = gen_fma(g, p, power, gen_sub(g, power, half));
    y = overflow(g, x, gen_mul(g, y, gen_real(g, 2)));
    return gen_binary(g, "llvm.copysign", y, args[0]);
}

GenValue gen_exprel(const Gen *g, const GenValue *args)
{
    GenValue x = args[0];
    GenValue y = vmath_expm1(g->vmath, g->b, x);
    GenValue last = gen_pick(g, EXP_LAST_F32, EXP_LAST_F64);
    GenValue ratio = gen_div(g, y, x);
    ratio = gen_select(g, gen_lt(g, last, x), y, ratio);
    GenValue is_zero = gen_eq(g, x, gen_real(g, 0));
    return gen_select(g, is_zero, gen_real(g, 1), ratio);
}

GenValue gen_sigmoid(const Gen *g, const GenValue *args)
{
    GenValue one = gen_real(g, 1);
    GenValue y = vmath_exp(g->vmath, g->b, gen_neg(g, args[0]));
    return gen_div(g, one, gen_add(g, one, y));
}

// e / (e + 2) with e = expm1(2 |x|), and the sign of x.
GenValue gen_tanh(const Gen *g, const GenValue *args)
{
    GenValue flat = gen_pick(g, 10, 20); // 1 from here on
    GenValue x = gen_unary(g, "llvm.fabs", args[0]);
    x = gen_select(g, gen_lt(g, flat, x), flat, x);
    GenValue e = vmath_expm1(g->vmath, g->b, gen_add(g, x, x));
    GenValue y = gen_div(g, e, gen_add(g, e, gen_real(g, 2)));
    return gen_binary(g, "llvm.copysign", y, args[0]);
}
