// The generator of vector maths: a thin vocabulary over LLVMBuild, for a type
// that is fixed when a function's body is begun. Constants are splat to the
// type, integers have the width of its elements. Private to vmath*.c.
#ifndef SNNC_EMIT_VMATH_GEN_H
#define SNNC_EMIT_VMATH_GEN_H

#include <stdint.h>
#include "emit/vmath/vmath.h"

struct VMath {
    LLVMModuleRef module;
    LLVMContextRef context;
    const EmitTarget *target;
};

typedef LLVMValueRef GenValue;

typedef struct Gen {
    VMath *vmath;
    LLVMBuilderRef b;
    LLVMTypeRef type;     // float, double, or a vector of them
    LLVMTypeRef int_type; // i32, i64, or a vector of them
    unsigned lanes;       // 0 for a scalar
    bool is_double;
} Gen;

// The vocabulary for values of `type`.
Gen gen_for(VMath *vmath, LLVMBuilderRef b, LLVMTypeRef type);

// The same lanes in double.
Gen gen_widened(const Gen *g);

GenValue gen_real(const Gen *g, double value);
GenValue gen_int(const Gen *g, uint64_t value);

// The constant that differs between the precisions.
GenValue gen_pick(const Gen *g, double for_f32, double for_f64);

GenValue gen_add(const Gen *g, GenValue a, GenValue b);
GenValue gen_sub(const Gen *g, GenValue a, GenValue b);
GenValue gen_mul(const Gen *g, GenValue a, GenValue b);
GenValue gen_div(const Gen *g, GenValue a, GenValue b);
GenValue gen_neg(const Gen *g, GenValue a);
// a * b + c and c - a * b, fused when the target does it in one instruction.
GenValue gen_fma(const Gen *g, GenValue a, GenValue b, GenValue c);
GenValue gen_fnma(const Gen *g, GenValue a, GenValue b, GenValue c);

// Intrinsics of one overloaded type: gen_unary(g, "llvm.fabs", x).
GenValue gen_unary(const Gen *g, const char *name, GenValue x);
GenValue gen_binary(const Gen *g, const char *name, GenValue x, GenValue y);

// Ordered comparisons (false for NaN), and a choice.
GenValue gen_lt(const Gen *g, GenValue a, GenValue b);
GenValue gen_le(const Gen *g, GenValue a, GenValue b);
GenValue gen_eq(const Gen *g, GenValue a, GenValue b);
GenValue gen_select(const Gen *g, GenValue mask, GenValue a, GenValue b);

// The bits of a number, and a number from its bits.
GenValue gen_bits(const Gen *g, GenValue x);
GenValue gen_from_bits(const Gen *g, GenValue bits);

// c[0] + c[1] x + ... + c[n-1] x^(n-1), by pairs (Estrin): short chains.
GenValue gen_polynomial(const Gen *g, GenValue x, const double *c, size_t n);
#define GEN_POLYNOMIAL(g, x, name)                                        \
    ((g)->is_double                                                       \
         ? gen_polynomial((g), (x), name##_f64,                           \
                          sizeof name##_f64 / sizeof *name##_f64)         \
         : gen_polynomial((g), (x), name##_f32,                           \
                          sizeof name##_f32 / sizeof *name##_f32))

// The integer nearest to x * factor, by adding and subtracting a large number.
// `out_shifted` is the sum, whose low bits are the integer. Needs a product
// below 2^22 (f32), 2^51 (f64).
GenValue gen_round(const Gen *g, GenValue x, double factor,
                   GenValue *out_shifted);

// A function of `arity` (at most 16) values of one type, and how to build it.
typedef struct GenFunction {
    const char *name;
    unsigned arity;
    bool always_inline;
    GenValue (*body)(const Gen *g, const GenValue *args);
} GenFunction;

// Calls `function` for the type of its arguments; its first call builds it.
GenValue gen_call(VMath *vmath, LLVMBuilderRef b, const GenFunction *function,
                  GenValue *args);

// The bodies: one per row of vmath.def, `args` as many as its arity.
#define VMATH(id, name, arity, style, ulp_f32, ulp_f64) \
    GenValue gen_##name(const Gen *g, const GenValue *args);
#include "emit/vmath/vmath.def"
#undef VMATH

#endif
