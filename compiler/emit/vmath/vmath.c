// Vector maths: the functions of the module that hold the generated bodies,
// and the builders that call them.
#include "emit/vmath/vmath.h"

#include <stdio.h>
#include "base/diag.h"
#include "emit/compat.h"
#include "emit/vmath/vmath_gen.h"

typedef struct Row {
    GenFunction function;
    double ulp_f32, ulp_f64;
} Row;

enum { STYLE_CALL, STYLE_INLINE, ARITY_MAX = 16 };

static const Row rows[VMATH_COUNT] = {
#define VMATH(id, name, arity, style, ulp_f32, ulp_f64)            \
    {{#name, arity, STYLE_##style == STYLE_INLINE, gen_##name}, \
     ulp_f32, ulp_f64},
#include "emit/vmath/vmath.def"
#undef VMATH
};

VMath *vmath_new(Arena *arena, LLVMModuleRef module, const EmitTarget *target)
{
    VMath *vmath = ARENA_NEW(arena, VMath);
    vmath->module = module;
    vmath->context = LLVMGetModuleContext(module);
    vmath->target = target;
    return vmath;
}

const char *vmath_name(VMathFn fn)
{
    return rows[fn].function.name;
}

unsigned vmath_arity(VMathFn fn)
{
    return rows[fn].function.arity;
}

double vmath_claimed_ulp(VMathFn fn, bool is_double)
{
    return is_double ? rows[fn].ulp_f64 : rows[fn].ulp_f32;
}

// "snn.exp.v8f32", "snn.exp.f64".
static void name_function(char *out, size_t size, const char *name,
                          const Gen *g)
{
    const char *element = g->is_double ? "f64" : "f32";
    if (g->lanes)
        snprintf(out, size, "snn.%s.v%u%s", name, g->lanes, element);
    else
        snprintf(out, size, "snn.%s.%s", name, element);
}

static LLVMTypeRef function_type(const GenFunction *function, LLVMTypeRef type)
{
    LLVMTypeRef params[ARITY_MAX];
    for (unsigned k = 0; k < function->arity; k++)
        params[k] = type;
    return LLVMFunctionType(type, params, function->arity, false);
}

static LLVMValueRef declare(VMath *vmath, const GenFunction *function,
                            LLVMTypeRef type, const char *name)
{
    LLVMValueRef fn =
        LLVMAddFunction(vmath->module, name, function_type(function, type));
    LLVMSetLinkage(fn, LLVMInternalLinkage);
    LLVMSetFunctionCallConv(fn, LLVMFastCallConv);
    compat_add_attribute(fn, "nounwind");
    compat_add_attribute(fn, "willreturn");
    compat_add_attribute(fn, "memory"); // memory(none)
    if (function->always_inline)
        compat_add_attribute(fn, "alwaysinline");
    return fn;
}

static void define(VMath *vmath, const GenFunction *function, LLVMTypeRef type,
                   LLVMValueRef fn)
{
    LLVMBuilderRef b = LLVMCreateBuilderInContext(vmath->context);
    LLVMBasicBlockRef entry =
        LLVMAppendBasicBlockInContext(vmath->context, fn, "entry");
    LLVMPositionBuilderAtEnd(b, entry);
    Gen g = gen_for(vmath, b, type);
    LLVMValueRef args[ARITY_MAX];
    LLVMGetParams(fn, args);
    LLVMBuildRet(b, function->body(&g, args));
    LLVMDisposeBuilder(b);
}

LLVMValueRef gen_call(VMath *vmath, LLVMBuilderRef b,
                      const GenFunction *function, LLVMValueRef *args)
{
    LLVMTypeRef type = LLVMTypeOf(args[0]);
    Gen g = gen_for(vmath, b, type);
    char name[48];
    name_function(name, sizeof name, function->name, &g);
    LLVMValueRef fn = LLVMGetNamedFunction(vmath->module, name);
    if (!fn) {
        fn = declare(vmath, function, type, name);
        define(vmath, function, type, fn);
    }
    LLVMValueRef call = LLVMBuildCall2(b, function_type(function, type), fn,
                                       args, function->arity, "");
    LLVMSetInstructionCallConv(call, LLVMFastCallConv);
    return call;
}

LLVMValueRef vmath_call(VMath *vmath, LLVMBuilderRef b, VMathFn id,
                        LLVMValueRef *args)
{
    return gen_call(vmath, b, &rows[id].function, args);
}

#define UNARY_BUILDER(id, name)                                             \
    LLVMValueRef vmath_##name(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x) \
    {                                                                       \
        return vmath_call(vmath, b, VMATH_##id, &x);                        \
    }

UNARY_BUILDER(EXP, exp)
UNARY_BUILDER(LOG, log)
UNARY_BUILDER(EXPM1, expm1)
UNARY_BUILDER(LOG1P, log1p)
UNARY_BUILDER(EXPREL, exprel)
UNARY_BUILDER(LOG1PREL, log1prel)
UNARY_BUILDER(SIN, sin)
UNARY_BUILDER(COS, cos)
UNARY_BUILDER(TANH, tanh)
UNARY_BUILDER(SIGMOID, sigmoid)

LLVMValueRef vmath_pow(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x,
                       LLVMValueRef y)
{
    return vmath_call(vmath, b, VMATH_POW, (LLVMValueRef[]){x, y});
}

LLVMValueRef vmath_powi(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x, int n)
{
    LLVMValueRef result = NULL, square = x;
    unsigned left = n < 0 ? 0u - (unsigned)n : (unsigned)n;
    for (; left; left >>= 1) {
        if (left & 1)
            result = result ? LLVMBuildFMul(b, result, square, "") : square;
        if (left > 1)
            square = LLVMBuildFMul(b, square, square, "");
    }
    LLVMValueRef one = vmath_const(LLVMTypeOf(x), 1);
    (void)vmath;
    if (!result)
        return one;
    return n < 0 ? LLVMBuildFDiv(b, one, result, "") : result;
}

static LLVMValueRef exact(VMath *vmath, LLVMBuilderRef b, const char *name,
                          LLVMValueRef *args, unsigned n)
{
    LLVMTypeRef type = LLVMTypeOf(args[0]);
    return compat_intrinsic(vmath->module, b, name, &type, 1, args, n);
}

LLVMValueRef vmath_sqrt(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x)
{
    return exact(vmath, b, "llvm.sqrt", &x, 1);
}

LLVMValueRef vmath_abs(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x)
{
    return exact(vmath, b, "llvm.fabs", &x, 1);
}

LLVMValueRef vmath_floor(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x)
{
    return exact(vmath, b, "llvm.floor", &x, 1);
}

// Compare and select rather than llvm.minnum: one instruction on x86, and the
// same answer for NaN and signed zeros everywhere.
LLVMValueRef vmath_min(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x,
                       LLVMValueRef y)
{
    (void)vmath;
    LLVMValueRef less = LLVMBuildFCmp(b, LLVMRealOLT, x, y, "");
    return LLVMBuildSelect(b, less, x, y, "");
}

LLVMValueRef vmath_max(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x,
                       LLVMValueRef y)
{
    (void)vmath;
    LLVMValueRef more = LLVMBuildFCmp(b, LLVMRealOGT, x, y, "");
    return LLVMBuildSelect(b, more, x, y, "");
}

LLVMValueRef vmath_sign(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x)
{
    (void)vmath;
    LLVMTypeRef type = LLVMTypeOf(x);
    LLVMValueRef zero = vmath_const(type, 0);
    LLVMValueRef negative = LLVMBuildFCmp(b, LLVMRealOLT, x, zero, "");
    LLVMValueRef positive = LLVMBuildFCmp(b, LLVMRealOGT, x, zero, "");
    LLVMValueRef low =
        LLVMBuildSelect(b, negative, vmath_const(type, -1), zero, "");
    return LLVMBuildSelect(b, positive, vmath_const(type, 1), low, "");
}

LLVMValueRef vmath_fma(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x,
                       LLVMValueRef y, LLVMValueRef z)
{
    Gen g = gen_for(vmath, b, LLVMTypeOf(x));
    return gen_fma(&g, x, y, z);
}
