// Target: the machine that code is generated for, and what it is good at.
// Triple and CPU come from the command line; vector width and fused
// multiply-add are found by asking LLVM's code generator itself.
#ifndef SNNC_EMIT_TARGET_H
#define SNNC_EMIT_TARGET_H

#include <llvm-c/TargetMachine.h>
#include <stdbool.h>
#include "base/arena.h"

typedef struct EmitTarget {
    LLVMTargetMachineRef machine;
    LLVMTargetDataRef layout;
    const char *triple;   // normalised
    const char *cpu;      // as LLVM names it, "generic" when none was given
    const char *features; // "" when the CPU's own
    unsigned lanes_f32;   // f32 lanes of the widest preferred vector, >= 4
    unsigned lanes_f64;   // half of it
    bool has_fma;         // llvm.fma is one instruction
    bool has_movemask;    // a lane mask becomes an integer cheaply (x86)
    bool has_compress;    // lanes of a mask move to the front at once
    bool has_estimates;   // of reciprocals and their roots, 14 bits (AVX-512)
    bool is_host;         // code for it may run on this machine
    int opt_level;
} EmitTarget;

// `triple` NULL is the host. `cpu` NULL or "native" is the host's CPU with all
// of its features (only for the host's architecture; a cross target without a
// CPU gets "generic"). `opt_level` 0..3. An unknown triple or CPU is a
// fatal_world. The target lives until emit_target_free.
EmitTarget *emit_target_new(Arena *arena, const char *triple, const char *cpu,
                            int opt_level);
void emit_target_free(EmitTarget *target);
// Another machine for the same target: one serves one thread.
LLVMTargetMachineRef emit_target_machine(const EmitTarget *target);

#endif
