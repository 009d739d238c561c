// Output: from a finished module to optimised IR, assembly or an object.
#ifndef SNNC_EMIT_OUTPUT_H
#define SNNC_EMIT_OUTPUT_H

#include <llvm-c/Core.h>
#include <stddef.h>
#include "emit/target.h"

typedef enum { OUTPUT_OBJECT, OUTPUT_ASSEMBLY, OUTPUT_IR } OutputKind;

// Give the module the target's triple and data layout; do it before any type
// size is asked for.
void output_prepare(LLVMModuleRef module, const EmitTarget *target);

// A module that LLVM rejects is a defect of snnc: fatal_internal(pass, ...).
void output_verify(LLVMModuleRef module, const char *pass);

// Run the pipeline of level 0..3 (names: output_pipeline).
void output_optimise(LLVMModuleRef module, const EmitTarget *target,
                     int opt_level);

// Run a pipeline in the syntax of LLVM's new pass manager.
void output_run_passes(LLVMModuleRef module, const EmitTarget *target,
                       const char *pipeline);

// The pipeline text of a level.
const char *output_pipeline(int opt_level);

// The module as `kind` in a new buffer; the caller disposes of it with
// LLVMDisposeMemoryBuffer.
LLVMMemoryBufferRef output_to_buffer(LLVMModuleRef module,
                                     const EmitTarget *target,
                                     OutputKind kind);

// The module as `kind` in file `path` ("-" is stdout): written beside it and
// renamed, so that a half-written file is never seen. fatal_world on failure.
void output_to_file(LLVMModuleRef module, const EmitTarget *target,
                    OutputKind kind, const char *path);

#endif
