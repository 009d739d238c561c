// Error and step length: the same for the states and for the adjoint.
#include "emit/numeric/numeric.h"

#include <math.h>

// The bits of 1.0f times 6/5, less what centres the error of
// fifth_root_inverse.
static const double one_bits = 0x3f800000 * 1.2 - 0x48000;

// max over the row of |error| / (tolerance * size); NaN where any is.
LLVMValueRef numeric_norm(Numeric *n, const LLVMValueRef *errors,
                          const LLVMValueRef *ends, const LLVMValueRef *sizes)
{
    const Kernel *k = &n->k;
    Emit *e = k->e;
    double least = e->real == e->f64 ? 1e-290 : 1e-33;
    LLVMValueRef norm = kernel_zero(k);
    for (unsigned i = 0; i < k->n; i++) {
        LLVMValueRef size = vmath_max(
            e->vmath, e->b, vmath_abs(e->vmath, e->b, ends[i]), sizes[i]);
        LLVMValueRef allowed = vmath_fma(
            e->vmath, e->b, size,
            vmath_const(k->vector, k->plan->step_tolerance),
            vmath_const(k->vector, least));
        LLVMValueRef part = LLVMBuildFDiv(
            e->b, vmath_abs(e->vmath, e->b, errors[i]), allowed, "");
        LLVMValueRef less = LLVMBuildFCmp(e->b, LLVMRealOLE, part, norm, "");
        LLVMValueRef lost = LLVMBuildFCmp(e->b, LLVMRealUNO, norm, norm, "");
        norm = kernel_select(k, LLVMBuildOr(e->b, less, lost, ""), norm, part);
    }
    return norm;
}

LLVMValueRef numeric_length(Numeric *n, LLVMValueRef h, LLVMValueRef left)
{
    const Kernel *k = &n->k;
    Emit *e = k->e;
    LLVMValueRef half = LLVMBuildFMul(e->b, left, vmath_const(k->vector, 0.5),
                                      "");
    LLVMValueRef one = LLVMBuildFCmp(e->b, LLVMRealOGE, h, left, "");
    LLVMValueRef two = LLVMBuildFCmp(e->b, LLVMRealOGE, h, half, "");
    return kernel_select(k, one, left, kernel_select(k, two, half, h));
}

// About x^(-1/5), within 4 %, for x between 1e-6 and 1e6: floats read as
// integers are a logarithm of a kind.
static LLVMValueRef fifth_root_inverse(Numeric *n, LLVMValueRef x)
{
    const Kernel *k = &n->k;
    Emit *e = k->e;
    LLVMTypeRef floats = ir_vector(e, e->f32, k->lanes);
    LLVMValueRef small = e->real == e->f64
        ? LLVMBuildFPTrunc(e->b, x, floats, "") : x;
    LLVMValueRef bits = LLVMBuildSIToFP(
        e->b, LLVMBuildBitCast(e->b, small, k->ints, ""), floats, "");
    LLVMValueRef scaled = LLVMBuildFMul(e->b, bits, vmath_const(floats, -0.2),
                                        "");
    scaled = LLVMBuildFAdd(e->b, scaled, vmath_const(floats, one_bits), "");
    LLVMValueRef root = LLVMBuildBitCast(
        e->b, LLVMBuildFPToSI(e->b, scaled, k->ints, ""), floats, "");
    return e->real == e->f64 ? LLVMBuildFPExt(e->b, root, k->vector, "") : root;
}

LLVMValueRef numeric_next_length(Numeric *n, LLVMValueRef h,
                                 LLVMValueRef tried, LLVMValueRef norm,
                                 LLVMValueRef kept)
{
    const Kernel *k = &n->k;
    Emit *e = k->e;
    VMath *m = e->vmath;
    LLVMValueRef least = vmath_const(k->vector, 1e-6);
    LLVMValueRef most = vmath_const(k->vector, 1e6);
    LLVMValueRef bounded = vmath_max(m, e->b, vmath_min(m, e->b, norm, most),
                                     least);
    LLVMValueRef factor = fifth_root_inverse(n, bounded);
    factor = LLVMBuildFMul(e->b, factor, vmath_const(k->vector, 0.9), "");
    factor = vmath_min(m, e->b, factor, vmath_const(k->vector, 10));
    factor = vmath_max(m, e->b, factor, vmath_const(k->vector, 0.2));
    LLVMValueRef finite = LLVMBuildFCmp(e->b, LLVMRealOLT, norm,
                                        vmath_const(k->vector, INFINITY), "");
    factor = kernel_select(k, finite, factor, vmath_const(k->vector, 0.1));
    LLVMValueRef next = LLVMBuildFMul(e->b, tried, factor, "");
    LLVMValueRef shortened = LLVMBuildFCmp(e->b, LLVMRealOLT, tried, h, "");
    LLVMValueRef longer = vmath_max(
        m, e->b, next, kernel_select(k, shortened, h, next));
    next = kernel_select(k, kept, longer, next);
    LLVMValueRef still = LLVMBuildFCmp(e->b, LLVMRealOLE, tried, kernel_zero(k),
                                       "");
    return kernel_select(k, still, h, next);
}
