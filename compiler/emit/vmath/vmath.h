// Vector maths: elementary functions as LLVM IR, for a scalar or a vector of
// float or double (the type is that of the operand, any lane count).
//
// Each function of vmath.def is generated once per type, on demand, as an
// internal function of the module ("snn.exp.v8f32"); the builders here emit a
// call to it. No fast-math flags: results are the same on every run, NaN goes
// in and comes out, infinities are exact limits. Error bounds, in units of
// the last place, are columns of vmath.def and are tested.
// Results below the smallest normal number may become 0.
#ifndef SNNC_EMIT_VMATH_H
#define SNNC_EMIT_VMATH_H

#include <llvm-c/Core.h>
#include "base/arena.h"
#include "emit/target.h"

typedef struct VMath VMath;

typedef enum {
#define VMATH(id, name, arity, style, ulp_f32, ulp_f64) VMATH_##id,
#include "emit/vmath/vmath.def"
#undef VMATH
    VMATH_COUNT
} VMathFn;

VMath *vmath_new(Arena *arena, LLVMModuleRef module, const EmitTarget *target);

// Apply function `fn` of the table; `args` has as many values as its arity,
// all of one type.
LLVMValueRef vmath_call(VMath *vmath, LLVMBuilderRef b, VMathFn fn,
                        LLVMValueRef *args);

const char *vmath_name(VMathFn fn);
unsigned vmath_arity(VMathFn fn);
double vmath_claimed_ulp(VMathFn fn, bool is_double);

LLVMValueRef vmath_exp(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);
LLVMValueRef vmath_log(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);
LLVMValueRef vmath_expm1(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);
LLVMValueRef vmath_log1p(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);

// (e^x - 1) / x, 1 at 0; infinite as soon as e^x overflows.
LLVMValueRef vmath_exprel(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);

enum { VMATH_EXPDD_MAX = 16 };

// Divided difference of exp at n nodes, 1 <= n <= VMATH_EXPDD_MAX: in any
// order and spacing, equal ones too, all of one type. Within 3 units of the
// last place for each node: test/unit/vmath_expdd_test.c measures it.
LLVMValueRef vmath_expdd(VMath *vmath, LLVMBuilderRef b, LLVMValueRef *nodes,
                         unsigned n);

// log(1 + x) / x, 1 at 0, infinite at -1, 0 at infinity.
LLVMValueRef vmath_log1prel(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);

// |x| <= 1e6 is computed in vectors; lanes beyond go through libm's sin/cos.
LLVMValueRef vmath_sin(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);
LLVMValueRef vmath_cos(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);

LLVMValueRef vmath_tanh(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);

// 1 / (1 + e^-x).
LLVMValueRef vmath_sigmoid(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);

// x^y with the special cases of C's pow. f32 is computed in vectors of
// double; f64 calls libm's pow lane by lane.
LLVMValueRef vmath_pow(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x,
                       LLVMValueRef y);

// x^n for a known small integer n, by multiplication (1 / x^-n for n < 0).
LLVMValueRef vmath_powi(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x, int n);

// Exact operations: one instruction on most targets (floor below SSE4.1 is a
// call of libm per lane).
LLVMValueRef vmath_sqrt(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);
LLVMValueRef vmath_abs(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);
LLVMValueRef vmath_floor(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);
// Relative errors below 2^-13 (f32) and 2^-26 (f64) for normal numbers; the
// root of 0 may be NaN. For steps that the next one corrects.
LLVMValueRef vmath_near_sqrt(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);
LLVMValueRef vmath_near_reciprocal(VMath *vmath, LLVMBuilderRef b,
                                   LLVMValueRef x);
// x < y ? x : y and x > y ? x : y: a NaN in either operand yields y.
LLVMValueRef vmath_min(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x,
                       LLVMValueRef y);
LLVMValueRef vmath_max(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x,
                       LLVMValueRef y);

// -1, 0 or 1; a NaN yields 0.
LLVMValueRef vmath_sign(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);

// x * y + z: one rounding where the target has it, else two.
LLVMValueRef vmath_fma(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x,
                       LLVMValueRef y, LLVMValueRef z);

// Constants and lanes. `type` is a scalar or a vector type.
LLVMValueRef vmath_const(LLVMTypeRef type, double value);
LLVMTypeRef vmath_vector_type(LLVMTypeRef scalar, unsigned lanes);

// `scalar` in all of `lanes` lanes; lanes <= 1 gives the scalar itself.
LLVMValueRef vmath_splat(LLVMBuilderRef b, LLVMValueRef scalar,
                         unsigned lanes);

// Masks are i1 or <N x i1>, as comparisons give them.
// Is any lane set (i1)?
LLVMValueRef vmath_any(VMath *vmath, LLVMBuilderRef b, LLVMValueRef mask);
// The lanes as bits of an i64, lane 0 lowest (N <= 64).
LLVMValueRef vmath_bitmask(VMath *vmath, LLVMBuilderRef b, LLVMValueRef mask);
// The number of set lanes, as i64.
LLVMValueRef vmath_popcount(VMath *vmath, LLVMBuilderRef b,
                            LLVMValueRef mask);
// The set lanes in front, in their order; what follows is undefined. Fast where
// EmitTarget.has_compress.
LLVMValueRef vmath_compress(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x,
                            LLVMValueRef mask);
// Lane i is set when i < count (`count` any integer type, unsigned).
LLVMValueRef vmath_lane_numbers(LLVMTypeRef type, unsigned lanes);
LLVMValueRef vmath_first_lanes(VMath *vmath, LLVMBuilderRef b,
                               LLVMValueRef count, unsigned lanes);
// Sum of all lanes in a fixed tree order (halves added until one remains).
LLVMValueRef vmath_sum_lanes(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x);

#endif
