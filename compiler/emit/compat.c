// What differs between LLVM versions; see the header.
#include "emit/compat.h"

#include <llvm/Config/llvm-config.h>
#include <string.h>
#include "base/diag.h"

unsigned compat_llvm_version(void)
{
    return LLVM_VERSION_MAJOR;
}

LLVMValueRef compat_intrinsic(LLVMModuleRef module, LLVMBuilderRef b,
                              const char *name, LLVMTypeRef *types,
                              unsigned n_types, LLVMValueRef *args,
                              unsigned n_args)
{
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    if (!id)
        fatal_internal("emit", "LLVM has no intrinsic '%s'", name);
    LLVMContextRef context = LLVMGetModuleContext(module);
    LLVMValueRef fn =
        LLVMGetIntrinsicDeclaration(module, id, types, n_types);
    LLVMTypeRef type = LLVMIntrinsicGetType(context, id, types, n_types);
    return LLVMBuildCall2(b, type, fn, args, n_args, "");
}

static LLVMContextRef context_of(LLVMValueRef function)
{
    return LLVMGetModuleContext(LLVMGetGlobalParent(function));
}

static void add_attribute(LLVMValueRef function, LLVMAttributeIndex index,
                          const char *name)
{
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    if (kind)
        LLVMAddAttributeAtIndex(
            function, index,
            LLVMCreateEnumAttribute(context_of(function), kind, 0));
}

void compat_add_attribute(LLVMValueRef function, const char *name)
{
    add_attribute(function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
                  name);
}

void compat_add_param_attribute(LLVMValueRef function, unsigned index,
                                const char *name)
{
    add_attribute(function, index + 1, name);
}

void compat_add_nocapture(LLVMValueRef function, unsigned index)
{
    // captures(none) is the attribute `captures` with no bit set.
    const char *name = LLVM_VERSION_MAJOR >= 21 ? "captures" : "nocapture";
    compat_add_param_attribute(function, index, name);
}

#if LLVM_VERSION_MAJOR >= 22
static void add_call_align(LLVMValueRef call, unsigned index, unsigned align)
{
    unsigned kind = LLVMGetEnumAttributeKindForName("align", 5);
    LLVMContextRef context = LLVMGetTypeContext(LLVMTypeOf(call));
    LLVMAddCallSiteAttribute(call, index + 1,
                             LLVMCreateEnumAttribute(context, kind, align));
}
#endif

// A masked access whose operands are `args`; the alignment goes in behind
// operand `pointer_at`.
static LLVMValueRef masked(LLVMModuleRef module, LLVMBuilderRef b,
                           const char *name, LLVMTypeRef *types,
                           LLVMValueRef *args, unsigned n,
                           unsigned pointer_at, unsigned align)
{
#if LLVM_VERSION_MAJOR >= 22
    LLVMValueRef call = compat_intrinsic(module, b, name, types, 2, args, n);
    add_call_align(call, pointer_at, align);
    return call;
#else
    LLVMValueRef all[5];
    LLVMContextRef context = LLVMGetModuleContext(module);
    LLVMTypeRef i32 = LLVMInt32TypeInContext(context);
    unsigned count = 0;
    for (unsigned i = 0; i < n; i++) {
        all[count++] = args[i];
        if (i == pointer_at)
            all[count++] = LLVMConstInt(i32, align, false);
    }
    return compat_intrinsic(module, b, name, types, 2, all, count);
#endif
}

LLVMValueRef compat_masked_load(LLVMModuleRef module, LLVMBuilderRef b,
                                LLVMTypeRef type, LLVMValueRef pointer,
                                unsigned align, LLVMValueRef mask,
                                LLVMValueRef otherwise)
{
    LLVMTypeRef types[] = {type, LLVMTypeOf(pointer)};
    LLVMValueRef args[] = {pointer, mask, otherwise};
    return masked(module, b, "llvm.masked.load", types, args, 3, 0, align);
}

void compat_masked_store(LLVMModuleRef module, LLVMBuilderRef b,
                         LLVMValueRef value, LLVMValueRef pointer,
                         unsigned align, LLVMValueRef mask)
{
    LLVMTypeRef types[] = {LLVMTypeOf(value), LLVMTypeOf(pointer)};
    LLVMValueRef args[] = {value, pointer, mask};
    masked(module, b, "llvm.masked.store", types, args, 3, 1, align);
}

LLVMValueRef compat_masked_gather(LLVMModuleRef module, LLVMBuilderRef b,
                                  LLVMTypeRef type, LLVMValueRef pointers,
                                  unsigned align, LLVMValueRef mask,
                                  LLVMValueRef otherwise)
{
    LLVMTypeRef types[] = {type, LLVMTypeOf(pointers)};
    LLVMValueRef args[] = {pointers, mask, otherwise};
    return masked(module, b, "llvm.masked.gather", types, args, 3, 0, align);
}

void compat_masked_scatter(LLVMModuleRef module, LLVMBuilderRef b,
                           LLVMValueRef value, LLVMValueRef pointers,
                           unsigned align, LLVMValueRef mask)
{
    LLVMTypeRef types[] = {LLVMTypeOf(value), LLVMTypeOf(pointers)};
    LLVMValueRef args[] = {value, pointers, mask};
    masked(module, b, "llvm.masked.scatter", types, args, 3, 1, align);
}

