// Error and step length: the same for the states and for the adjoint.
#include "emit/numeric/numeric.h"

#include <math.h>

// max over the row of |error| / (tolerance * size); NaN where any is.
LLVMValueRef numeric_norm(Numeric *n, LLVMValueRef error, LLVMValueRef end,
                          const LLVMValueRef *sizes)
{
    const Kernel *k = &n->k;
    Emit *e = k->e;
    double least = e->real == e->f64 ? 1e-290 : 1e-33;
    LLVMValueRef norm = kernel_zero(k), errors[NUMERIC_STATES];
    LLVMValueRef ends[NUMERIC_STATES];
    kernel_load_row(k, error, errors);
    kernel_load_row(k, end, ends);
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

LLVMValueRef numeric_next_length(Numeric *n, LLVMValueRef h,
                                 LLVMValueRef tried, LLVMValueRef norm,
                                 LLVMValueRef kept)
{
    const Kernel *k = &n->k;
    Emit *e = k->e;
    VMath *m = e->vmath;
    LLVMValueRef bounded = vmath_max(m, e->b, norm,
                                     vmath_const(k->vector, 1e-12));
    LLVMValueRef factor = vmath_exp(m, e->b, LLVMBuildFMul(
        e->b, vmath_log(m, e->b, bounded), vmath_const(k->vector, -0.2), ""));
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
