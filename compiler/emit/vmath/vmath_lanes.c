// Lanes and masks: splats, tests of a mask, sums over lanes.
#include <string.h>
#include "base/diag.h"
#include "emit/compat.h"
#include "emit/vmath/vmath_gen.h"

LLVMTypeRef vmath_vector_type(LLVMTypeRef scalar, unsigned lanes)
{
    return lanes > 1 ? LLVMVectorType(scalar, lanes) : scalar;
}

LLVMValueRef vmath_const(LLVMTypeRef type, double value)
{
    if (LLVMGetTypeKind(type) != LLVMVectorTypeKind)
        return LLVMConstReal(type, value);
    LLVMValueRef all[64];
    unsigned lanes = LLVMGetVectorSize(type);
    LLVMValueRef one = LLVMConstReal(LLVMGetElementType(type), value);
    for (unsigned i = 0; i < lanes; i++)
        all[i] = one;
    return LLVMConstVector(all, lanes);
}

LLVMValueRef vmath_splat(LLVMBuilderRef b, LLVMValueRef scalar,
                         unsigned lanes)
{
    if (lanes <= 1)
        return scalar;
    LLVMTypeRef type = LLVMVectorType(LLVMTypeOf(scalar), lanes);
    LLVMContextRef context = LLVMGetTypeContext(type);
    LLVMTypeRef i32 = LLVMInt32TypeInContext(context);
    LLVMValueRef poison = LLVMGetPoison(type);
    LLVMValueRef first = LLVMBuildInsertElement(
        b, poison, scalar, LLVMConstInt(i32, 0, false), "");
    LLVMValueRef zeros = LLVMConstNull(LLVMVectorType(i32, lanes));
    return LLVMBuildShuffleVector(b, first, poison, zeros, "");
}

static unsigned mask_lanes(LLVMValueRef mask)
{
    LLVMTypeRef type = LLVMTypeOf(mask);
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind
               ? LLVMGetVectorSize(type)
               : 1;
}

static LLVMValueRef mask_integer(VMath *vmath, LLVMBuilderRef b,
                                 LLVMValueRef mask)
{
    LLVMTypeRef type =
        LLVMIntTypeInContext(vmath->context, mask_lanes(mask));
    return LLVMBuildBitCast(b, mask, type, "");
}

LLVMValueRef vmath_any(VMath *vmath, LLVMBuilderRef b, LLVMValueRef mask)
{
    if (mask_lanes(mask) == 1)
        return mask_integer(vmath, b, mask);
    if (!vmath->target->has_movemask) {
        LLVMTypeRef type = LLVMTypeOf(mask);
        return compat_intrinsic(vmath->module, b, "llvm.vector.reduce.or",
                                &type, 1, &mask, 1);
    }
    LLVMValueRef bits = mask_integer(vmath, b, mask);
    LLVMValueRef zero = LLVMConstNull(LLVMTypeOf(bits));
    return LLVMBuildICmp(b, LLVMIntNE, bits, zero, "");
}

LLVMValueRef vmath_bitmask(VMath *vmath, LLVMBuilderRef b, LLVMValueRef mask)
{
    LLVMTypeRef i64 = LLVMInt64TypeInContext(vmath->context);
    LLVMValueRef bits = mask_integer(vmath, b, mask);
    return mask_lanes(mask) == 64 ? bits
                                  : LLVMBuildZExt(b, bits, i64, "");
}

LLVMValueRef vmath_compress(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x,
                            LLVMValueRef mask)
{
    LLVMTypeRef type = LLVMTypeOf(x);
    LLVMValueRef args[] = {x, mask, LLVMGetUndef(type)};
    return compat_intrinsic(vmath->module, b,
                            "llvm.experimental.vector.compress", &type, 1,
                            args, 3);
}

LLVMValueRef vmath_popcount(VMath *vmath, LLVMBuilderRef b, LLVMValueRef mask)
{
    LLVMValueRef bits = vmath_bitmask(vmath, b, mask);
    LLVMTypeRef type = LLVMTypeOf(bits);
    return compat_intrinsic(vmath->module, b, "llvm.ctpop", &type, 1, &bits,
                            1);
}

LLVMValueRef vmath_lane_numbers(LLVMTypeRef type, unsigned lanes)
{
    LLVMValueRef numbers[64];
    for (unsigned i = 0; i < lanes; i++)
        numbers[i] = LLVMConstInt(type, i, false);
    return lanes > 1 ? LLVMConstVector(numbers, lanes) : numbers[0];
}

LLVMValueRef vmath_first_lanes(VMath *vmath, LLVMBuilderRef b,
                               LLVMValueRef count, unsigned lanes)
{
    LLVMValueRef iota = vmath_lane_numbers(LLVMTypeOf(count), lanes);
    (void)vmath;
    LLVMValueRef limit = vmath_splat(b, count, lanes);
    return LLVMBuildICmp(b, LLVMIntULT, iota, limit, "");
}

// Lanes first..first+n-1 of x.
static LLVMValueRef slice(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x,
                          unsigned first, unsigned n)
{
    LLVMTypeRef i32 = LLVMInt32TypeInContext(vmath->context);
    LLVMValueRef at[64];
    for (unsigned i = 0; i < n; i++)
        at[i] = LLVMConstInt(i32, first + i, false);
    LLVMValueRef poison = LLVMGetPoison(LLVMTypeOf(x));
    return LLVMBuildShuffleVector(b, x, poison, LLVMConstVector(at, n), "");
}

LLVMValueRef vmath_sum_lanes(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x)
{
    unsigned lanes = mask_lanes(x);
    if (LLVMGetTypeKind(LLVMTypeOf(x)) != LLVMVectorTypeKind)
        return x;
    if (lanes & (lanes - 1))
        fatal_internal("emit", "sum of %u lanes, not a power of two", lanes);
    for (; lanes > 1; lanes /= 2) {
        LLVMValueRef low = slice(vmath, b, x, 0, lanes / 2);
        LLVMValueRef high = slice(vmath, b, x, lanes / 2, lanes / 2);
        x = LLVMBuildFAdd(b, low, high, "");
    }
    LLVMTypeRef i32 = LLVMInt32TypeInContext(vmath->context);
    return LLVMBuildExtractElement(b, x, LLVMConstInt(i32, 0, false), "");
}
