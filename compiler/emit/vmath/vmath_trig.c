// sin and cos.
//
// x = n pi/2 + r with |r| <= pi/4, and what rounding loses from r beside it.
// pi/2 is cut into parts of 33 bits, whose products with n < 2^20 are exact
// in double; single precision is reduced in double. Beyond 1e6 lanes go
// through libm in a branch that is hardly ever taken.
#include <math.h>
#include "emit/vmath/vmath_coef.h"
#include "emit/vmath/vmath_gen.h"

#define LARGEST 1e6
#define TWO_OVER_PI 0x1.45f306dc9c883p-1
#define HALF_PI_1 0x1.921fb544p0
#define HALF_PI_2 0x1.0b4611a6p-34
#define HALF_PI_3 0x1.3198a2ep-69
#define HALF_PI_4 0x1.b839a252049c1p-104

typedef struct Angle {
    GenValue r, lost; // x - n pi/2 = r + lost
    GenValue n;       // integer of the element's width; low bits count
} Angle;

// a - b, and what its rounding loses, for any a and b.
static GenValue exact_sub(const Gen *g, GenValue a, GenValue b,
                          GenValue *out_lost)
{
    GenValue s = gen_sub(g, a, b);
    GenValue back = gen_sub(g, s, a);
    GenValue of_a = gen_sub(g, a, gen_sub(g, s, back));
    *out_lost = gen_sub(g, of_a, gen_add(g, b, back));
    return s;
}

static Angle reduce_double(const Gen *g, GenValue x)
{
    GenValue shifted, lost_2, lost_3;
    GenValue n = gen_round(g, x, TWO_OVER_PI, &shifted);
    GenValue r = gen_fnma(g, n, gen_real(g, HALF_PI_1), x);
    GenValue part_2 = gen_mul(g, n, gen_real(g, HALF_PI_2));
    GenValue part_3 = gen_mul(g, n, gen_real(g, HALF_PI_3));
    r = exact_sub(g, r, part_2, &lost_2);
    r = exact_sub(g, r, part_3, &lost_3);
    GenValue low = gen_add(g, lost_2, lost_3);
    low = gen_fnma(g, n, gen_real(g, HALF_PI_4), low);
    GenValue sum = gen_add(g, r, low);
    GenValue lost = gen_add(g, gen_sub(g, r, sum), low);
    return (Angle){sum, lost, gen_bits(g, shifted)};
}

static Angle reduce_single(const Gen *g, GenValue x)
{
    Gen wide = gen_widened(g);
    LLVMBuilderRef b = g->b;
    GenValue shifted;
    GenValue y = LLVMBuildFPExt(b, x, wide.type, "");
    GenValue n = gen_round(&wide, y, TWO_OVER_PI, &shifted);
    y = gen_fnma(&wide, n, gen_real(&wide, HALF_PI_1), y);
    y = gen_fnma(&wide, n, gen_real(&wide, HALF_PI_2), y);
    GenValue r = LLVMBuildFPTrunc(b, y, g->type, "");
    GenValue back = LLVMBuildFPExt(b, r, wide.type, "");
    GenValue lost =
        LLVMBuildFPTrunc(b, gen_sub(&wide, y, back), g->type, "");
    GenValue bits = gen_bits(&wide, shifted);
    return (Angle){r, lost, LLVMBuildTrunc(b, bits, g->int_type, "")};
}

// r + r^3 S(z) + lost (1 - z/2)
static GenValue sine(const Gen *g, Angle a, GenValue z, GenValue half)
{
    GenValue cube = gen_mul(g, a.r, z);
    GenValue series = GEN_POLYNOMIAL(g, z, coef_sin);
    GenValue low = gen_fnma(g, a.lost, half, a.lost);
    return gen_add(g, a.r, gen_fma(g, cube, series, low));
}

// 1 - z/2 + z^2 C(z) - r lost, with what 1 - z/2 loses
static GenValue cosine(const Gen *g, Angle a, GenValue z, GenValue half)
{
    GenValue one = gen_real(g, 1);
    GenValue series = GEN_POLYNOMIAL(g, z, coef_cos);
    GenValue high = gen_sub(g, one, half);
    GenValue lost = gen_sub(g, gen_sub(g, one, high), half);
    GenValue low = gen_fma(g, gen_mul(g, z, z), series, lost);
    return gen_add(g, high, gen_fnma(g, a.r, a.lost, low));
}

// sin(x + quarter_turns pi/2) for |x| <= LARGEST.
static GenValue by_quadrant(const Gen *g, GenValue x, unsigned quarter_turns)
{
    LLVMBuilderRef b = g->b;
    Angle a = g->is_double ? reduce_double(g, x) : reduce_single(g, x);
    GenValue z = gen_mul(g, a.r, a.r);
    GenValue half = gen_mul(g, z, gen_real(g, 0.5));
    GenValue n = LLVMBuildAdd(b, a.n, gen_int(g, quarter_turns), "");
    GenValue odd = LLVMBuildAnd(b, n, gen_int(g, 1), "");
    GenValue is_even = LLVMBuildICmp(b, LLVMIntEQ, odd, gen_int(g, 0), "");
    GenValue y = gen_select(g, is_even, sine(g, a, z, half),
                            cosine(g, a, z, half));
    GenValue turned = LLVMBuildAnd(b, n, gen_int(g, 2), "");
    GenValue to_sign = gen_int(g, g->is_double ? 62 : 30);
    GenValue sign = LLVMBuildShl(b, turned, to_sign, "");
    return gen_from_bits(g, LLVMBuildXor(b, gen_bits(g, y), sign, ""));
}

// `y`, with the lanes beyond LARGEST replaced by libm's answer.
static GenValue patch_large(const Gen *g, GenValue x, GenValue y,
                            const char *libm)
{
    LLVMBuilderRef b = g->b;
    LLVMContextRef context = g->vmath->context;
    LLVMBasicBlockRef here = LLVMGetInsertBlock(b);
    LLVMValueRef fn = LLVMGetBasicBlockParent(here);
    LLVMBasicBlockRef far =
        LLVMAppendBasicBlockInContext(context, fn, "large");
    LLVMBasicBlockRef end = LLVMAppendBasicBlockInContext(context, fn, "end");
    GenValue size = gen_unary(g, "llvm.fabs", x);
    GenValue is_large = gen_lt(g, gen_real(g, LARGEST), size);
    LLVMBuildCondBr(b, vmath_any(g->vmath, b, is_large), far, end);

    LLVMPositionBuilderAtEnd(b, far);
    GenValue slow = gen_select(g, is_large, gen_unary(g, libm, x), y);
    LLVMBuildBr(b, end);

    LLVMPositionBuilderAtEnd(b, end);
    GenValue phi = LLVMBuildPhi(b, g->type, "");
    LLVMAddIncoming(phi, (GenValue[]){y, slow},
                    (LLVMBasicBlockRef[]){here, far}, 2);
    return phi;
}

GenValue gen_sin(const Gen *g, const GenValue *args)
{
    GenValue y = by_quadrant(g, args[0], 0);
    return patch_large(g, args[0], y, "llvm.sin");
}

GenValue gen_cos(const Gen *g, const GenValue *args)
{
    GenValue y = by_quadrant(g, args[0], 1);
    return patch_large(g, args[0], y, "llvm.cos");
}
