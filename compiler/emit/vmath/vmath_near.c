// Roots and reciprocals to about half of the digits: estimates of the CPU where
// it has them, in a fifth of the time that all digits take.
#include <stdio.h>
#include "emit/compat.h"
#include "emit/vmath/vmath_gen.h"

// AVX-512's estimates have 14 bits. NULL for vectors that have none.
static GenValue estimate(const Gen *g, const char *what, GenValue x)
{
    unsigned bits = g->lanes * (g->is_double ? 64 : 32);
    const EmitTarget *target = g->vmath->target;
    if (!target->has_estimates || (bits != 128 && bits != 256 && bits != 512))
        return NULL;
    char name[48];
    snprintf(name, sizeof name, "llvm.x86.avx512.%s14.p%c.%u", what,
             g->is_double ? 'd' : 's', bits);
    unsigned mask_bits = g->lanes < 8 ? 8 : g->lanes;
    LLVMTypeRef mask = LLVMIntTypeInContext(g->vmath->context, mask_bits);
    LLVMValueRef args[] = {x, LLVMConstNull(g->type),
                           LLVMConstAllOnes(mask)};
    return compat_intrinsic(g->vmath->module, g->b, name, NULL, 0, args, 3);
}

// One step of Newton's method doubles the bits.
LLVMValueRef vmath_near_sqrt(VMath *vmath, LLVMBuilderRef b, LLVMValueRef x)
{
    Gen g = gen_for(vmath, b, LLVMTypeOf(x));
    GenValue y = estimate(&g, "rsqrt", x);
    if (!y)
        return vmath_sqrt(vmath, b, x);
    GenValue root = gen_mul(&g, x, y);
    if (!g.is_double)
        return root;
    GenValue half = gen_mul(&g, y, gen_real(&g, 0.5));
    return gen_fma(&g, gen_fnma(&g, root, root, x), half, root);
}

LLVMValueRef vmath_near_reciprocal(VMath *vmath, LLVMBuilderRef b,
                                   LLVMValueRef x)
{
    Gen g = gen_for(vmath, b, LLVMTypeOf(x));
    GenValue y = estimate(&g, "rcp", x);
    if (!y)
        return gen_div(&g, gen_real(&g, 1), x);
    if (!g.is_double)
        return y;
    return gen_fma(&g, gen_fnma(&g, x, y, gen_real(&g, 1)), y, y);
}
