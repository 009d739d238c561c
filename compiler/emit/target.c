// Target: triple, CPU and features; what they are good at is found by
// compiling a small function and reading the assembly, so that every CPU
// that LLVM knows is judged by LLVM itself.
#include "emit/target.h"

#include <llvm-c/Core.h>
#include <stdint.h>
#include <string.h>
#include "base/diag.h"
#include "emit/compat.h"

typedef struct CpuName {
    const char *architecture;
    const char *name;
    unsigned since; // LLVM version
} CpuName;

static const CpuName cpu_names[] = {
#define CPU(architecture, name, since) {architecture, name, since},
#include "emit/cpu.def"
#undef CPU
};
enum { N_CPU_NAMES = sizeof cpu_names / sizeof *cpu_names };

static void initialise_llvm(void)
{
    LLVMInitializeAllTargetInfos();
    LLVMInitializeAllTargets();
    LLVMInitializeAllTargetMCs();
    LLVMInitializeAllAsmPrinters();
}

static const char *take_message(Arena *arena, char *message)
{
    const char *copy = arena_strdup(arena, message);
    LLVMDisposeMessage(message);
    return copy;
}

static const char *normalise(Arena *arena, const char *triple)
{
    if (!triple)
        return take_message(arena, LLVMGetDefaultTargetTriple());
    return take_message(arena, LLVMNormalizeTargetTriple(triple));
}

static const char *architecture_of(Arena *arena, const char *triple)
{
    return arena_strndup(arena, triple, strcspn(triple, "-"));
}

static LLVMTargetRef find_target(const char *triple)
{
    LLVMTargetRef target;
    char *message = NULL;
    if (!LLVMGetTargetFromTriple(triple, &target, &message))
        return target;
    fatal_world("unknown target '%s' (this machine is '%s')", triple,
                LLVMGetDefaultTargetTriple());
}

static bool is_known_cpu(const char *architecture, const char *cpu,
                         const char **near_names, size_t *n_near)
{
    bool any = false;
    *n_near = 0;
    for (int i = 0; i < N_CPU_NAMES; i++) {
        const CpuName *row = &cpu_names[i];
        if (strcmp(row->architecture, architecture) != 0
            || row->since > compat_llvm_version())
            continue;
        any = true;
        near_names[(*n_near)++] = row->name;
        if (strcmp(row->name, cpu) == 0)
            return true;
    }
    return !any; // no list for this architecture: trust the user
}

static void check_cpu(const char *architecture, const char *cpu)
{
    const char *names[N_CPU_NAMES];
    size_t n;
    if (is_known_cpu(architecture, cpu, names, &n))
        return;
    const char *near_name = suggest_name(cpu, names, n);
    if (near_name)
        fatal_world("unknown CPU '%s' for %s; did you mean '%s'?", cpu,
                    architecture, near_name);
    fatal_world("unknown CPU '%s' for %s", cpu, architecture);
}

static bool is_host_triple(Arena *arena, const char *triple)
{
    const char *host = normalise(arena, NULL);
    const char *here = architecture_of(arena, host);
    const char *there = architecture_of(arena, triple);
    const char *system = strstr(host, "linux") ? "linux" : host;
    return strcmp(here, there) == 0 && strstr(triple, system) != NULL;
}

static void choose_cpu(Arena *arena, EmitTarget *out, const char *cpu)
{
    bool wants_native = !cpu || strcmp(cpu, "native") == 0;
    out->cpu = cpu;
    out->features = "";
    if (wants_native && out->is_host) {
        out->cpu = take_message(arena, LLVMGetHostCPUName());
        out->features = take_message(arena, LLVMGetHostCPUFeatures());
    } else if (cpu && wants_native) {
        fatal_world("--cpu=native needs the target of this machine, "
                    "found '%s'", out->triple);
    } else if (!cpu) {
        out->cpu = "generic";
    } else {
        check_cpu(architecture_of(arena, out->triple), cpu);
    }
}

// ---- what the target is good at --------------------------------------------

// One instruction on CPUs that have AVX-512 since Ice Lake or Zen 4.
static void probe_shift(LLVMModuleRef module, LLVMBuilderRef b, LLVMValueRef p)
{
    LLVMContextRef context = LLVMGetModuleContext(module);
    LLVMTypeRef type = LLVMVectorType(LLVMInt32TypeInContext(context), 4);
    LLVMValueRef x = LLVMBuildLoad2(b, type, p, "");
    LLVMValueRef args[] = {x, x, x};
    args[1] = LLVMBuildNot(b, x, "");
    LLVMValueRef y =
        compat_intrinsic(module, b, "llvm.fshl", &type, 1, args, 3);
    LLVMSetVolatile(LLVMBuildStore(b, y, p), true);
}

static void probe_function(LLVMModuleRef module, LLVMBuilderRef b,
                           LLVMTypeRef type)
{
    LLVMContextRef context = LLVMGetModuleContext(module);
    LLVMTypeRef pointer = LLVMPointerTypeInContext(context, 0);
    LLVMTypeRef none = LLVMVoidTypeInContext(context);
    LLVMValueRef fn = LLVMAddFunction(
        module, "probe", LLVMFunctionType(none, &pointer, 1, false));
    // Lets x86 split what is wider than the CPU prefers.
    LLVMAttributeRef width = LLVMCreateStringAttribute(
        context, "min-legal-vector-width", 22, "0", 1);
    LLVMAddAttributeAtIndex(fn, (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
                            width);
    LLVMPositionBuilderAtEnd(
        b, LLVMAppendBasicBlockInContext(context, fn, ""));
    LLVMValueRef p = LLVMGetParam(fn, 0);
    LLVMValueRef x = LLVMBuildLoad2(b, type, p, "");
    LLVMValueRef args[] = {x, x, x};
    LLVMValueRef y =
        compat_intrinsic(module, b, "llvm.fma", &type, 1, args, 3);
    LLVMSetVolatile(LLVMBuildStore(b, LLVMBuildFAdd(b, x, x, ""), p), true);
    LLVMBuildStore(b, y, p);
    probe_shift(module, b, p);
    LLVMBuildRetVoid(b);
}

// The assembly of an addition and a fused multiply-add over 16 floats (the
// latter is a row of calls where the CPU lacks it), and of a funnel shift.
static const char *probe(Arena *arena, const EmitTarget *target)
{
    LLVMContextRef context = LLVMContextCreate();
    LLVMModuleRef module =
        LLVMModuleCreateWithNameInContext("probe", context);
    LLVMSetTarget(module, target->triple);
    LLVMSetModuleDataLayout(module, target->layout);
    LLVMBuilderRef b = LLVMCreateBuilderInContext(context);
    probe_function(module, b,
                   LLVMVectorType(LLVMFloatTypeInContext(context), 16));
    LLVMMemoryBufferRef buffer = NULL;
    char *message = NULL;
    if (LLVMTargetMachineEmitToMemoryBuffer(target->machine, module,
                                            LLVMAssemblyFile, &message,
                                            &buffer))
        fatal_world("target '%s' cannot be compiled for: %s", target->triple,
                    take_message(arena, message));
    const char *text = arena_strndup(arena, LLVMGetBufferStart(buffer),
                                     LLVMGetBufferSize(buffer));
    LLVMDisposeMemoryBuffer(buffer);
    LLVMDisposeBuilder(b);
    LLVMDisposeModule(module);
    LLVMContextDispose(context);
    return text;
}

// LLVM prefers half of AVX-512's width on all of Intel's CPUs. Only the first
// ones slow down for whole vectors; on the others they pay in these kernels.
static void judge(Arena *arena, EmitTarget *target)
{
    const char *text = probe(arena, target);
    target->has_movemask = strncmp(target->triple, "x86_64", 6) == 0;
    target->lanes_f32 = 4;
    if (target->has_movemask
        && (strstr(text, "%zmm") || strstr(text, "vpshldvd")))
        target->lanes_f32 = 16;
    else if (target->has_movemask && strstr(text, "%ymm"))
        target->lanes_f32 = 8;
    target->lanes_f64 = target->lanes_f32 / 2;
    // LLVM has the general operation since 19 and makes it one since 20.
    target->has_compress = target->lanes_f32 == 16
                           && compat_llvm_version() >= 20;
    target->has_estimates = target->lanes_f32 == 16;
    target->has_fma = !strstr(text, "fmaf"); // no call of libm
}

static LLVMCodeGenOptLevel codegen_level(int opt_level)
{
    static const LLVMCodeGenOptLevel levels[] = {
        LLVMCodeGenLevelNone, LLVMCodeGenLevelLess, LLVMCodeGenLevelDefault,
        LLVMCodeGenLevelAggressive};
    return levels[opt_level < 0 ? 0 : opt_level > 3 ? 3 : opt_level];
}

LLVMTargetMachineRef emit_target_machine(const EmitTarget *target)
{
    LLVMTargetMachineRef machine = LLVMCreateTargetMachine(
        find_target(target->triple), target->triple, target->cpu,
        target->features, codegen_level(target->opt_level), LLVMRelocPIC,
        LLVMCodeModelDefault);
    if (!machine)
        fatal_world("LLVM cannot generate code for '%s'", target->triple);
    return machine;
}

EmitTarget *emit_target_new(Arena *arena, const char *triple, const char *cpu,
                            int opt_level)
{
    initialise_llvm();
    EmitTarget *out = ARENA_NEW(arena, EmitTarget);
    out->triple = normalise(arena, triple);
    find_target(out->triple);
    out->is_host = is_host_triple(arena, out->triple);
    choose_cpu(arena, out, cpu);
    out->opt_level = opt_level;
    out->machine = emit_target_machine(out);
    out->layout = LLVMCreateTargetDataLayout(out->machine);
    judge(arena, out);
    return out;
}

void emit_target_free(EmitTarget *target)
{
    LLVMDisposeTargetData(target->layout);
    LLVMDisposeTargetMachine(target->machine);
}
