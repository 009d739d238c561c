// Compat: everything that differs between LLVM 19, 20, 21 and 22. No other
// file asks for LLVM's version.
#ifndef SNNC_EMIT_COMPAT_H
#define SNNC_EMIT_COMPAT_H

#include <llvm-c/Core.h>
#include <stdbool.h>
#include "emit/target.h"

// The major version that snnc was built against.
unsigned compat_llvm_version(void);

// Overloaded intrinsic `name` ("llvm.fma") for the given types, called.
LLVMValueRef compat_intrinsic(LLVMModuleRef module, LLVMBuilderRef b,
                              const char *name, LLVMTypeRef *types,
                              unsigned n_types, LLVMValueRef *args,
                              unsigned n_args);

// The pointer argument `index` (0-based) is not kept by the function:
// `nocapture` up to 20, `captures(none)` from 21 on.
void compat_add_nocapture(LLVMValueRef function, unsigned index);

// Enum attribute by name on the function, ignored when LLVM has no such one.
void compat_add_attribute(LLVMValueRef function, const char *name);
void compat_add_param_attribute(LLVMValueRef function, unsigned index,
                                const char *name);

// Masked vector memory access; `align` in bytes. The alignment was an operand
// up to 21 and is an attribute of the pointer from 22 on.
LLVMValueRef compat_masked_load(LLVMModuleRef module, LLVMBuilderRef b,
                                LLVMTypeRef type, LLVMValueRef pointer,
                                unsigned align, LLVMValueRef mask,
                                LLVMValueRef otherwise);
void compat_masked_store(LLVMModuleRef module, LLVMBuilderRef b,
                         LLVMValueRef value, LLVMValueRef pointer,
                         unsigned align, LLVMValueRef mask);
LLVMValueRef compat_masked_gather(LLVMModuleRef module, LLVMBuilderRef b,
                                  LLVMTypeRef type, LLVMValueRef pointers,
                                  unsigned align, LLVMValueRef mask,
                                  LLVMValueRef otherwise);
void compat_masked_scatter(LLVMModuleRef module, LLVMBuilderRef b,
                           LLVMValueRef value, LLVMValueRef pointers,
                           unsigned align, LLVMValueRef mask);

#endif
