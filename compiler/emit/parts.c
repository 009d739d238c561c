// Cutting a module in parts (parts.h). Each begins as a copy of the whole; what
// belongs to another part is kept for inlining only and then dropped.
#include "emit/parts.h"

#include <llvm-c/BitReader.h>
#include <llvm-c/BitWriter.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/diag.h"
#include "emit/output.h"

static bool is_in_constant(LLVMValueRef function)
{
    for (LLVMUseRef use = LLVMGetFirstUse(function); use;
         use = LLVMGetNextUse(use))
        if (!LLVMIsAInstruction(LLVMGetUser(use)))
            return true;
    return false;
}

// A function of which the description holds the address.
static bool is_root(LLVMValueRef function)
{
    return !LLVMIsDeclaration(function) && is_in_constant(function);
}

// Instructions of a function with those of what it calls, once for each call:
// most of it will be inlined. No function calls itself.
static size_t count_instructions(LLVMValueRef function)
{
    size_t n = 0;
    for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function); block;
         block = LLVMGetNextBasicBlock(block))
        for (LLVMValueRef i = LLVMGetFirstInstruction(block); i;
             i = LLVMGetNextInstruction(i)) {
            LLVMValueRef called =
                LLVMIsACallInst(i) ? LLVMGetCalledValue(i) : NULL;
            n += 1 + (called && LLVMIsAFunction(called)
                          ? count_instructions(called) : 0);
        }
    return n;
}

typedef struct Root {
    size_t place, size;  // among all functions; count_instructions
    size_t part;
} Root;

static int by_size(const void *a, const void *b)
{
    const Root *x = a, *y = b;
    if (x->size != y->size)
        return x->size < y->size ? 1 : -1;
    return (x->place > y->place) - (x->place < y->place);
}

static size_t list_roots(LLVMModuleRef module, Root **out_roots)
{
    size_t n_roots = 0, place = 0;
    Root *roots = NULL;
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f;
         f = LLVMGetNextFunction(f), place++) {
        if (!is_root(f))
            continue;
        roots = realloc(roots, (n_roots + 1) * sizeof *roots);
        if (!roots)
            fatal_world("out of memory");
        roots[n_roots++] = (Root){place, count_instructions(f), 0};
    }
    *out_roots = roots;
    return n_roots;
}

// The largest first, each to the part that has least.
static void share_out(Root *roots, size_t n_roots)
{
    size_t loads[PARTS_MAX] = {0};
    qsort(roots, n_roots, sizeof *roots, by_size);
    for (size_t k = 0; k < n_roots; k++) {
        size_t least = 0;
        for (size_t p = 1; p < PARTS_MAX; p++)
            if (loads[p] < loads[least])
                least = p;
        roots[k].part = least;
        loads[least] += roots[k].size;
    }
}

static void copy(const Part *from, Part *to)
{
    LLVMMemoryBufferRef bitcode =
        LLVMWriteBitcodeToMemoryBuffer(from->module);
    to->context = LLVMContextCreate();
    if (LLVMParseBitcodeInContext2(to->context, bitcode, &to->module))
        fatal_internal("emit", "LLVM does not read what it wrote");
    LLVMDisposeMemoryBuffer(bitcode);
}

// Names of the module's own become global, so that none may be the runtime's.
static void set_apart(LLVMValueRef function)
{
    size_t length;
    const char *name = LLVMGetValueName2(function, &length);
    if (memchr(name, '.', length))
        return;
    char *longer = malloc(length + sizeof "model.");
    if (!longer)
        fatal_world("out of memory");
    snprintf(longer, length + sizeof "model.", "model.%s", name);
    LLVMSetValueName2(function, longer, strlen(longer));
    free(longer);
}

static void place_root(LLVMValueRef function, bool is_here)
{
    set_apart(function);
    LLVMSetLinkage(function, is_here ? LLVMExternalLinkage
                                     : LLVMAvailableExternallyLinkage);
    LLVMSetVisibility(function, LLVMHiddenVisibility);
}

// The first part has the description.
static void drop_globals(LLVMModuleRef module)
{
    for (LLVMValueRef g = LLVMGetFirstGlobal(module); g;
         g = LLVMGetNextGlobal(g))
        if (LLVMGetLinkage(g) == LLVMExternalLinkage &&
            LLVMGetInitializer(g))
            LLVMSetLinkage(g, LLVMAvailableExternallyLinkage);
}

static void keep_share(const Part *part, size_t index, const Root *roots,
                       size_t n_roots)
{
    size_t place = 0;
    for (LLVMValueRef f = LLVMGetFirstFunction(part->module); f;
         f = LLVMGetNextFunction(f), place++)
        for (size_t k = 0; k < n_roots; k++)
            if (roots[k].place == place)
                place_root(f, roots[k].part == index);
    if (index > 0)
        drop_globals(part->module);
    output_run_passes(part->module, &part->target,
                      "elim-avail-extern,globaldce");
}

size_t parts_cut(Part *parts, const EmitTarget *target)
{
    Root *roots;
    size_t n_roots = list_roots(parts[0].module, &roots);
    share_out(roots, n_roots);
    for (size_t p = 1; p < PARTS_MAX; p++) {
        copy(&parts[0], &parts[p]);
        parts[p].target = *target;
        parts[p].target.machine = emit_target_machine(target);
    }
    for (size_t p = 0; p < PARTS_MAX; p++)
        keep_share(&parts[p], p, roots, n_roots);
    free(roots);
    return PARTS_MAX;
}

// The first machine is the session's.
void parts_free(Part *parts, size_t n)
{
    for (size_t p = 0; p < n; p++) {
        if (parts[p].module)
            LLVMDisposeModule(parts[p].module);
        LLVMContextDispose(parts[p].context);
        if (p > 0)
            LLVMDisposeTargetMachine(parts[p].target.machine);
    }
}

// ---- work -------------------------------------------------------------------

typedef struct Job {
    const Part *part;
    size_t index;
    PartWork *work;
    void *context;
    pthread_t thread;
    bool is_started;
} Job;

static void *run_job(void *argument)
{
    const Job *job = argument;
    job->work(job->part, job->index, job->context);
    return NULL;
}

void parts_each(const Part *parts, size_t n, PartWork *work, void *context)
{
    Job jobs[PARTS_MAX];
    for (size_t p = 0; p < n; p++)
        jobs[p] = (Job){.part = &parts[p], .index = p, .work = work,
                        .context = context};
    for (size_t p = 1; p < n; p++)
        jobs[p].is_started =
            pthread_create(&jobs[p].thread, NULL, run_job, &jobs[p]) == 0;
    for (size_t p = 0; p < n; p++)
        if (!jobs[p].is_started)
            run_job(&jobs[p]);
    for (size_t p = 1; p < n; p++)
        if (jobs[p].is_started)
            pthread_join(jobs[p].thread, NULL);
}
