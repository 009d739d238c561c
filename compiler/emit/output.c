// Output: verification, the optimisation pipeline, and files. The code comes
// from the emitter already vectorised and unrolled, so that the pipelines
// leave out the vectorisers and the interprocedural passes of LLVM's own O2.
#include "emit/output.h"

#include <errno.h>
#include <llvm-c/Analysis.h>
#include <llvm-c/Error.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/diag.h"

void output_prepare(LLVMModuleRef module, const EmitTarget *target)
{
    LLVMSetTarget(module, target->triple);
    LLVMSetModuleDataLayout(module, target->layout);
}

void output_verify(LLVMModuleRef module, const char *pass)
{
    char *message = NULL;
    if (LLVMVerifyModule(module, LLVMReturnStatusAction, &message))
        fatal_internal(pass, "LLVM rejects the module: %s", message);
    LLVMDisposeMessage(message);
}

// Levels 2 and 3: registers, inlining of small helpers, then two rounds of
// scalar clean-up around loop-invariant code motion.
#define CLEAN "early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg"
#define LOOPS "loop-mssa(loop-rotate,licm)"
static const char *const pipelines[] = {
    "always-inline,globaldce",
    "always-inline,globaldce,function(sroa," CLEAN ")",
    "always-inline,function(sroa," CLEAN "),cgscc(inline),globaldce,"
    "function(sroa," CLEAN "," LOOPS ",gvn,instcombine<no-verify-fixpoint>,"
    "dse,adce,simplifycfg)",
    "default<O3>",
};

const char *output_pipeline(int opt_level)
{
    int n = (int)(sizeof pipelines / sizeof *pipelines);
    return pipelines[opt_level < 0 ? 0 : opt_level >= n ? n - 1 : opt_level];
}

void output_run_passes(LLVMModuleRef module, const EmitTarget *target,
                       const char *pipeline)
{
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef error =
        LLVMRunPasses(module, pipeline, target->machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (error)
        fatal_internal("optimise", "%s", LLVMGetErrorMessage(error));
}

void output_optimise(LLVMModuleRef module, const EmitTarget *target,
                     int opt_level)
{
    output_run_passes(module, target, output_pipeline(opt_level));
}

static LLVMMemoryBufferRef print_ir(LLVMModuleRef module)
{
    char *text = LLVMPrintModuleToString(module);
    LLVMMemoryBufferRef buffer =
        LLVMCreateMemoryBufferWithMemoryRangeCopy(text, strlen(text), "ir");
    LLVMDisposeMessage(text);
    return buffer;
}

LLVMMemoryBufferRef output_to_buffer(LLVMModuleRef module,
                                     const EmitTarget *target,
                                     OutputKind kind)
{
    if (kind == OUTPUT_IR)
        return print_ir(module);
    LLVMMemoryBufferRef buffer = NULL;
    char *message = NULL;
    LLVMCodeGenFileType type =
        kind == OUTPUT_OBJECT ? LLVMObjectFile : LLVMAssemblyFile;
    if (LLVMTargetMachineEmitToMemoryBuffer(target->machine, module, type,
                                            &message, &buffer))
        fatal_internal("codegen", "%s", message);
    return buffer;
}

// A device or a pipe must be written to, never replaced.
static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static void write_all(FILE *out, LLVMMemoryBufferRef buffer, const char *path)
{
    size_t size = LLVMGetBufferSize(buffer);
    size_t done = fwrite(LLVMGetBufferStart(buffer), 1, size, out);
    if (done != size || fflush(out) != 0)
        fatal_world("cannot write '%s': %s", path, strerror(errno));
}

static void write_through(LLVMMemoryBufferRef buffer, const char *path)
{
    FILE *out = fopen(path, "wb");
    if (!out)
        fatal_world("cannot write '%s': %s", path, strerror(errno));
    write_all(out, buffer, path);
    fclose(out);
}

static mode_t creation_mask;

// To ask for the mask is to set it, for all threads.
static void ask_mask(void)
{
    creation_mask = umask(0);
    umask(creation_mask);
}

// The permissions that fopen would have given.
static void open_permissions(int descriptor)
{
    static pthread_once_t asked = PTHREAD_ONCE_INIT;
    pthread_once(&asked, ask_mask);
    (void)fchmod(descriptor, 0666 & ~creation_mask);
}

// Remove what was begun, then say why.
_Noreturn static void give_up(const char *path, const char *beside)
{
    int reason = errno;
    unlink(beside);
    fatal_world("cannot write '%s': %s", path, strerror(reason));
}

static void write_file(LLVMMemoryBufferRef buffer, const char *path)
{
    size_t room = strlen(path) + sizeof ".XXXXXX";
    char *beside = malloc(room);
    if (!beside)
        fatal_world("out of memory");
    snprintf(beside, room, "%s.XXXXXX", path);
    int descriptor = mkstemp(beside);
    FILE *out = descriptor < 0 ? NULL : fdopen(descriptor, "wb");
    if (!out)
        fatal_world("cannot write '%s': %s", path, strerror(errno));
    open_permissions(descriptor);
    size_t size = LLVMGetBufferSize(buffer);
    if (fwrite(LLVMGetBufferStart(buffer), 1, size, out) != size)
        give_up(path, beside);
    if (fclose(out) != 0 || rename(beside, path) != 0)
        give_up(path, beside);
    free(beside);
}

void output_to_file(LLVMModuleRef module, const EmitTarget *target,
                    OutputKind kind, const char *path)
{
    LLVMMemoryBufferRef buffer = output_to_buffer(module, target, kind);
    if (strcmp(path, "-") == 0)
        write_all(stdout, buffer, "standard output");
    else if (is_special(path))
        write_through(buffer, path);
    else
        write_file(buffer, path);
    LLVMDisposeMemoryBuffer(buffer);
}
