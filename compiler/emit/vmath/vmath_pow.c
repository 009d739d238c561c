// General powers. Single precision goes through the double precision
// logarithm and exponential, whose error is far below half an ulp of float;
// double precision would need a logarithm of twice the width and is left to
// libm's pow, lane by lane.
#include <math.h>
#include "emit/vmath/vmath_gen.h"

// |x|^y in double: 1 for y = 0 and for |x| = 1, whatever the other is.
static GenValue magnitude(const Gen *wide, GenValue x, GenValue y)
{
    LLVMBuilderRef b = wide->b;
    GenValue a = gen_unary(wide, "llvm.fabs", x);
    GenValue zero = gen_real(wide, 0), one = gen_real(wide, 1);
    GenValue product = gen_mul(wide, y, vmath_log(wide->vmath, b, a));
    GenValue p = vmath_exp(wide->vmath, b, product);
    GenValue certain = LLVMBuildOr(b, gen_eq(wide, y, zero),
                                   gen_eq(wide, a, one), "");
    return gen_select(wide, certain, one, p);
}

// The sign and domain of x^y for x below 0: NaN unless y is an integer or x
// infinite, negative when y is odd.
static GenValue with_sign(const Gen *wide, GenValue x, GenValue y, GenValue p)
{
    LLVMBuilderRef b = wide->b;
    GenValue zero = gen_real(wide, 0);
    GenValue half = gen_mul(wide, y, gen_real(wide, 0.5));
    GenValue is_integer = gen_eq(wide, y, gen_unary(wide, "llvm.floor", y));
    GenValue is_even =
        gen_eq(wide, half, gen_unary(wide, "llvm.floor", half));
    GenValue is_odd =
        LLVMBuildAnd(b, is_integer, LLVMBuildNot(b, is_even, ""), "");
    GenValue sign = gen_select(wide, is_odd, x, gen_real(wide, 1));
    GenValue infinite = gen_real(wide, -INFINITY);
    GenValue is_below = LLVMBuildAnd(b, gen_lt(wide, x, zero),
                                     gen_lt(wide, infinite, x), "");
    GenValue is_bad =
        LLVMBuildAnd(b, is_below, LLVMBuildNot(b, is_integer, ""), "");
    p = gen_binary(wide, "llvm.copysign", p, sign);
    return gen_select(wide, is_bad, gen_real(wide, NAN), p);
}

// C's pow: 1^y and x^0 are 1 even for NaN; (-1)^NaN is NaN.
static GenValue pow_double(const Gen *wide, GenValue x, GenValue y)
{
    GenValue zero = gen_real(wide, 0), one = gen_real(wide, 1);
    GenValue p = with_sign(wide, x, y, magnitude(wide, x, y));
    GenValue certain = LLVMBuildOr(wide->b, gen_eq(wide, y, zero),
                                   gen_eq(wide, x, one), "");
    return gen_select(wide, certain, one, p);
}

GenValue gen_pow(const Gen *g, const GenValue *args)
{
    if (g->is_double)
        return gen_binary(g, "llvm.pow", args[0], args[1]);
    Gen wide = gen_widened(g);
    GenValue x = LLVMBuildFPExt(g->b, args[0], wide.type, "");
    GenValue y = LLVMBuildFPExt(g->b, args[1], wide.type, "");
    return LLVMBuildFPTrunc(g->b, pow_double(&wide, x, y), g->type, "");
}
