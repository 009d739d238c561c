// The generator's vocabulary: constants, arithmetic, comparisons and
// polynomials over one scalar or vector type.
#include "emit/vmath/vmath_gen.h"

#include "emit/compat.h"

static LLVMTypeRef element_of(LLVMTypeRef type)
{
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind
               ? LLVMGetElementType(type)
               : type;
}

static unsigned lanes_of(LLVMTypeRef type)
{
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind
               ? LLVMGetVectorSize(type)
               : 0;
}

static LLVMTypeRef with_lanes(LLVMTypeRef scalar, unsigned lanes)
{
    return lanes ? LLVMVectorType(scalar, lanes) : scalar;
}

Gen gen_for(VMath *vmath, LLVMBuilderRef b, LLVMTypeRef type)
{
    bool is_double =
        LLVMGetTypeKind(element_of(type)) == LLVMDoubleTypeKind;
    LLVMTypeRef integer = is_double ? LLVMInt64TypeInContext(vmath->context)
                                    : LLVMInt32TypeInContext(vmath->context);
    return (Gen){
        .vmath = vmath,
        .b = b,
        .type = type,
        .int_type = with_lanes(integer, lanes_of(type)),
        .lanes = lanes_of(type),
        .is_double = is_double,
    };
}

Gen gen_widened(const Gen *g)
{
    LLVMTypeRef scalar = LLVMDoubleTypeInContext(g->vmath->context);
    return gen_for(g->vmath, g->b, with_lanes(scalar, g->lanes));
}

static LLVMValueRef splat_constant(LLVMValueRef scalar, unsigned lanes)
{
    LLVMValueRef all[64];
    if (!lanes)
        return scalar;
    for (unsigned i = 0; i < lanes; i++)
        all[i] = scalar;
    return LLVMConstVector(all, lanes);
}

GenValue gen_real(const Gen *g, double value)
{
    return vmath_const(g->type, value);
}

GenValue gen_int(const Gen *g, uint64_t value)
{
    LLVMTypeRef scalar = element_of(g->int_type);
    return splat_constant(LLVMConstInt(scalar, value, false), g->lanes);
}

GenValue gen_pick(const Gen *g, double for_f32, double for_f64)
{
    return gen_real(g, g->is_double ? for_f64 : for_f32);
}

GenValue gen_add(const Gen *g, GenValue a, GenValue b)
{
    return LLVMBuildFAdd(g->b, a, b, "");
}

GenValue gen_sub(const Gen *g, GenValue a, GenValue b)
{
    return LLVMBuildFSub(g->b, a, b, "");
}

GenValue gen_mul(const Gen *g, GenValue a, GenValue b)
{
    return LLVMBuildFMul(g->b, a, b, "");
}

GenValue gen_div(const Gen *g, GenValue a, GenValue b)
{
    return LLVMBuildFDiv(g->b, a, b, "");
}

GenValue gen_neg(const Gen *g, GenValue a)
{
    return LLVMBuildFNeg(g->b, a, "");
}

static GenValue intrinsic(const Gen *g, const char *name, GenValue *args,
                          unsigned n)
{
    LLVMTypeRef type = LLVMTypeOf(args[0]);
    return compat_intrinsic(g->vmath->module, g->b, name, &type, 1, args, n);
}

GenValue gen_fma(const Gen *g, GenValue a, GenValue b, GenValue c)
{
    if (!g->vmath->target->has_fma)
        return gen_add(g, gen_mul(g, a, b), c);
    return intrinsic(g, "llvm.fma", (GenValue[]){a, b, c}, 3);
}

GenValue gen_fnma(const Gen *g, GenValue a, GenValue b, GenValue c)
{
    if (!g->vmath->target->has_fma)
        return gen_sub(g, c, gen_mul(g, a, b));
    return gen_fma(g, gen_neg(g, a), b, c);
}

GenValue gen_unary(const Gen *g, const char *name, GenValue x)
{
    return intrinsic(g, name, &x, 1);
}

GenValue gen_binary(const Gen *g, const char *name, GenValue x, GenValue y)
{
    return intrinsic(g, name, (GenValue[]){x, y}, 2);
}

GenValue gen_lt(const Gen *g, GenValue a, GenValue b)
{
    return LLVMBuildFCmp(g->b, LLVMRealOLT, a, b, "");
}

GenValue gen_le(const Gen *g, GenValue a, GenValue b)
{
    return LLVMBuildFCmp(g->b, LLVMRealOLE, a, b, "");
}

GenValue gen_eq(const Gen *g, GenValue a, GenValue b)
{
    return LLVMBuildFCmp(g->b, LLVMRealOEQ, a, b, "");
}

GenValue gen_select(const Gen *g, GenValue mask, GenValue a, GenValue b)
{
    return LLVMBuildSelect(g->b, mask, a, b, "");
}

GenValue gen_bits(const Gen *g, GenValue x)
{
    return LLVMBuildBitCast(g->b, x, g->int_type, "");
}

GenValue gen_from_bits(const Gen *g, GenValue bits)
{
    return LLVMBuildBitCast(g->b, bits, g->type, "");
}

GenValue gen_polynomial(const Gen *g, GenValue x, const double *c, size_t n)
{
    GenValue terms[32];
    for (size_t i = 0; i < n; i++)
        terms[i] = gen_real(g, c[i]);
    while (n > 1) {
        size_t half = n / 2;
        for (size_t i = 0; i < half; i++)
            terms[i] = gen_fma(g, x, terms[2 * i + 1], terms[2 * i]);
        if (n % 2)
            terms[half] = terms[n - 1];
        n = half + n % 2;
        if (n > 1)
            x = gen_mul(g, x, x);
    }
    return terms[0];
}

GenValue gen_round(const Gen *g, GenValue x, double factor,
                   GenValue *out_shifted)
{
    GenValue large = gen_pick(g, 0x1.8p23, 0x1.8p52);
    *out_shifted = gen_fma(g, x, gen_real(g, factor), large);
    return gen_sub(g, *out_shifted, large);
}
