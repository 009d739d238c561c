// The exponential family: exp, expm1, exprel, sigmoid, tanh.
//
// x = n ln2 + r with |r| <= ln2/2; ln2 is split so that n * (its head) is
// exact; e^r - 1 = r + r^2 P(r) with P of vmath_coef.h; 2^n goes straight
// into the exponent bits.
#include "emit/vmath/vmath_coef.h"
#include "emit/vmath/vmath_gen.h"

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
    GenValue r, lost; // x - n ln2 = r + lost
    GenValue shifted; // a number whose low bits are n
} Reduced;

static Reduced reduce(const Gen *g, GenValue x)
{
    Reduced out;
    GenValue n = gen_round(g, x, LOG2_E, &out.shifted);
    GenValue head = gen_pick(g, LN2_HEAD_F32, LN2_HEAD_F64);
    GenValue tail = gen_pick(g, LN2_TAIL_F32, LN2_TAIL_F64);
    GenValue high = gen_fnma(g, n, head, x);
    out.r = gen_fnma(g, n, tail, high);
    out.lost = gen_fnma(g, n, tail, gen_sub(g, high, out.r));
    return out;
}

// r^2 P(r) + c for a reduced r.
static GenValue curve(const Gen *g, GenValue r, GenValue c)
{
    GenValue series = GEN_POLYNOMIAL(g, r, coef_exp);
    return gen_fma(g, gen_mul(g, r, r), series, c);
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
        gen_add(g, curve(g, reduced.r, reduced.r), gen_real(g, 1));
    GenValue y = scale(g, near_one, reduced.shifted);
    GenValue first = gen_pick(g, EXP_FIRST_F32, EXP_FIRST_F64);
    y = gen_select(g, gen_lt(g, x, first), gen_real(g, 0), y);
    return overflow(g, x, y);
}

// 2 (h r + h - 1/2 + h r^2 P(r)) with h = 2^(n-1): halved, so that 2^n never
// overflows first. What the sum of the large terms loses joins the small one.
GenValue gen_expm1(const Gen *g, const GenValue *args)
{
    GenValue lowest = gen_pick(g, -24, -48); // e^lowest is far below 1 ulp
    GenValue x = gen_select(g, gen_lt(g, args[0], lowest), lowest, args[0]);
    Reduced reduced = reduce(g, x);
    GenValue r = reduced.r, half = gen_real(g, 0.5);
    GenValue power = scale(g, half, reduced.shifted);
    GenValue flat = gen_sub(g, power, half);
    GenValue high = gen_fma(g, power, r, flat);
    GenValue lost = gen_fma(g, power, r, gen_sub(g, flat, high));
    GenValue low = gen_fma(g, power, curve(g, r, reduced.lost), lost);
    GenValue y = gen_add(g, high, low);
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
    GenValue tiny = gen_pick(g, 0x1p-30, 0x1p-60); // 1 to the last bit
    GenValue is_tiny = gen_lt(g, gen_unary(g, "llvm.fabs", x), tiny);
    return gen_select(g, is_tiny, gen_real(g, 1), ratio);
}

// With e = exp(-|x|): 1 / (1 + e) above 0, e / (1 + e) below. What 1 + e
// loses in rounding is taken off the quotient again.
GenValue gen_sigmoid(const Gen *g, const GenValue *args)
{
    GenValue one = gen_real(g, 1), x = args[0];
    GenValue size = gen_unary(g, "llvm.fabs", x);
    GenValue e = vmath_exp(g->vmath, g->b, gen_neg(g, size));
    GenValue is_below = gen_lt(g, x, gen_real(g, 0));
    GenValue top = gen_select(g, is_below, e, one);
    GenValue bottom = gen_add(g, one, e);
    GenValue lost = gen_sub(g, e, gen_sub(g, bottom, one));
    GenValue y = gen_div(g, top, bottom);
    return gen_fnma(g, y, lost, y);
}

// e / (e + 2) with e = expm1(2 |x|), and the sign of x. Near 0 the rounding of
// e + 2 would cost an ulp: there its loss, over 2, goes into the quotient.
GenValue gen_tanh(const Gen *g, const GenValue *args)
{
    GenValue flat = gen_pick(g, 10, 20); // 1 from here on
    GenValue two = gen_real(g, 2), x = gen_unary(g, "llvm.fabs", args[0]);
    x = gen_select(g, gen_lt(g, flat, x), flat, x);
    GenValue e = vmath_expm1(g->vmath, g->b, gen_add(g, x, x));
    GenValue below = gen_add(g, e, two);
    GenValue y = gen_div(g, e, below);
    GenValue lost = gen_sub(g, e, gen_sub(g, below, two));
    GenValue share = gen_mul(g, y, gen_real(g, 0.5));
    GenValue is_near = gen_lt(g, x, gen_real(g, 0.25));
    y = gen_select(g, is_near, gen_fnma(g, share, lost, y), y);
    return gen_binary(g, "llvm.copysign", y, args[0]);
}
