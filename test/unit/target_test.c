// The target as the emitter sees it (vector width, fused multiply-add, the
// CPU's name), and the lane helpers and exact operations of vector maths, run
// in this process.
#include <llvm-c/ExecutionEngine.h>
#include <stdint.h>
#include <stdlib.h>
#include "base/arena.h"
#include "emit/compat.h"
#include "emit/output.h"
#include "emit/target.h"
#include "emit/vmath/vmath.h"
#include "unit.h"

static void check_target(const char *triple, const char *cpu, unsigned lanes,
                         bool has_fma)
{
    Arena *arena = arena_new();
    EmitTarget *t = emit_target_new(arena, triple, cpu, 2);
    printf("%s %s: %u lanes\n", t->triple, t->cpu, t->lanes_f32);
    CHECK(t->lanes_f32 == lanes);
    CHECK(t->lanes_f64 == lanes / 2);
    CHECK(t->has_fma == has_fma);
    emit_target_free(t);
    arena_free(arena);
}

static void test_widths(void)
{
    const char *x86 = "x86_64-linux-gnu", *arm = "aarch64-linux-gnu";
    check_target(x86, "x86-64", 4, false);
    check_target(x86, "x86-64-v2", 4, false);
    check_target(x86, "sandybridge", 8, false);
    check_target(x86, "x86-64-v3", 8, true);
    check_target(x86, "skylake-avx512", 8, true); // prefers 256 bits
    check_target(x86, "cascadelake", 8, true);
    check_target(x86, "icelake-server", 16, true); // whole vectors pay
    check_target(x86, "sapphirerapids", 16, true);
    check_target(x86, "znver4", 16, true);
    check_target(arm, NULL, 4, true);
    check_target(arm, "neoverse-n1", 4, true);
}

static void test_triples(void)
{
    Arena *arena = arena_new();
    EmitTarget *arm = emit_target_new(arena, "aarch64-linux-gnu", NULL, 2);
    CHECK_TEXT(arm->triple, "aarch64-unknown-linux-gnu");
    CHECK_TEXT(arm->cpu, "generic");
    EmitTarget *host = emit_target_new(arena, NULL, NULL, 2);
    CHECK(host->is_host);
    CHECK(arm->is_host == (strncmp(host->triple, "aarch64", 7) == 0));
    emit_target_free(arm);
    emit_target_free(host);
    arena_free(arena);
}

// ---- code that runs here ----------------------------------------------------

enum { LANES = 8, N_OUT = 16 };

typedef struct Bench {
    Arena *arena;
    EmitTarget *target;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMBuilderRef b;
    VMath *vmath;
    LLVMTypeRef f64, i64, vector;
    LLVMValueRef in, out, count; // void f(double *in, void *out, i64 count)
} Bench;

typedef void Run(const double *in, void *out, int64_t count);

static LLVMValueRef at(Bench *t, LLVMTypeRef type, LLVMValueRef base, long i)
{
    LLVMValueRef index = LLVMConstInt(t->i64, (uint64_t)i, true);
    return LLVMBuildGEP2(t->b, type, base, &index, 1, "");
}

static LLVMValueRef load_vector(Bench *t)
{
    LLVMValueRef x = LLVMBuildLoad2(t->b, t->vector, t->in, "x");
    LLVMSetAlignment(x, 8);
    return x;
}

static void give(Bench *t, LLVMTypeRef type, LLVMValueRef value, long i)
{
    LLVMSetAlignment(LLVMBuildStore(t->b, value, at(t, type, t->out, i)), 8);
}

static Bench begin(void)
{
    Bench t = {.arena = arena_new()};
    t.target = emit_target_new(t.arena, NULL, NULL, 2);
    LLVMContextRef c = LLVMContextCreate();
    t.context = c;
    t.module = LLVMModuleCreateWithNameInContext("bench", c);
    output_prepare(t.module, t.target);
    t.vmath = vmath_new(t.arena, t.module, t.target);
    t.f64 = LLVMDoubleTypeInContext(c);
    t.i64 = LLVMInt64TypeInContext(c);
    t.vector = vmath_vector_type(t.f64, LANES);
    LLVMTypeRef pointer = LLVMPointerTypeInContext(c, 0);
    LLVMTypeRef params[] = {pointer, pointer, t.i64};
    LLVMValueRef f = LLVMAddFunction(
        t.module, "run",
        LLVMFunctionType(LLVMVoidTypeInContext(c), params, 3, false));
    compat_add_nocapture(f, 0);
    compat_add_param_attribute(f, 1, "noalias");
    t.in = LLVMGetParam(f, 0);
    t.out = LLVMGetParam(f, 1);
    t.count = LLVMGetParam(f, 2);
    t.b = LLVMCreateBuilderInContext(c);
    LLVMPositionBuilderAtEnd(t.b, LLVMAppendBasicBlockInContext(c, f, ""));
    return t;
}

static void finish(Bench *t, const double *in, void *out, int64_t count)
{
    LLVMBuildRetVoid(t->b);
    output_verify(t->module, "target_test");
    output_optimise(t->module, t->target, 2);
    LLVMLinkInMCJIT();
    LLVMExecutionEngineRef engine;
    char *message = NULL;
    bool failed = LLVMCreateExecutionEngineForModule(&engine, t->module,
                                                     &message);
    CHECK(!failed);
    if (!failed) {
        Run *run = (Run *)LLVMGetFunctionAddress(engine, "run");
        run(in, out, count);
        LLVMDisposeExecutionEngine(engine);
    }
    LLVMDisposeBuilder(t->b);
    LLVMContextDispose(t->context);
    emit_target_free(t->target);
    arena_free(t->arena);
}

static const double numbers[LANES] = {1, -2, 3, -4, 5.5, 0, NAN, -8};

// Lanes below zero: 1, 3 and 7.
static void test_masks(void)
{
    Bench t = begin();
    int64_t out[5] = {0};
    LLVMValueRef x = load_vector(&t);
    LLVMValueRef zero = vmath_const(t.vector, 0);
    LLVMValueRef mask = LLVMBuildFCmp(t.b, LLVMRealOLT, x, zero, "");
    LLVMValueRef never = LLVMBuildFCmp(t.b, LLVMRealOLT, x,
                                       vmath_const(t.vector, -9), "");
    LLVMValueRef first = vmath_first_lanes(t.vmath, t.b, t.count, LANES);
    LLVMValueRef any = vmath_any(t.vmath, t.b, mask);
    LLVMValueRef none = vmath_any(t.vmath, t.b, never);
    give(&t, t.i64, vmath_bitmask(t.vmath, t.b, mask), 0);
    give(&t, t.i64, vmath_popcount(t.vmath, t.b, mask), 1);
    give(&t, t.i64, LLVMBuildZExt(t.b, any, t.i64, ""), 2);
    give(&t, t.i64, LLVMBuildZExt(t.b, none, t.i64, ""), 3);
    give(&t, t.i64, vmath_bitmask(t.vmath, t.b, first), 4);
    finish(&t, numbers, out, 5);
    CHECK(out[0] == 0x8a);
    CHECK(out[1] == 3);
    CHECK(out[2] == 1 && out[3] == 0);
    CHECK(out[4] == 0x1f);
}

static void test_exact(void)
{
    Bench t = begin();
    double out[6 * LANES];
    LLVMValueRef x = load_vector(&t);
    LLVMValueRef two = vmath_const(t.vector, 2);
    LLVMValueRef results[] = {
        vmath_powi(t.vmath, t.b, x, 5),  vmath_powi(t.vmath, t.b, x, -2),
        vmath_min(t.vmath, t.b, x, two), vmath_max(t.vmath, t.b, x, two),
        vmath_sign(t.vmath, t.b, x),     vmath_fma(t.vmath, t.b, x, two, x),
    };
    for (int k = 0; k < 6; k++)
        give(&t, t.vector, results[k], k);
    finish(&t, numbers, out, 0);
    for (int i = 0; i < LANES; i++) {
        double v = numbers[i];
        const double want[] = {
            v * v * v * v * v, 1 / (v * v), v < 2 ? v : 2, v > 2 ? v : 2,
            (v > 0) - (v < 0), 3 * v};
        for (int k = 0; k < 6; k++) {
            double got = out[k * LANES + i];
            CHECK(got == want[k] || (isnan(got) && isnan(want[k])));
        }
    }
}

// A masked load leaves the rest as given; halves are summed as a tree.
static void test_memory_and_sum(void)
{
    Bench t = begin();
    double in[LANES] = {1, 2, 3, 4, 5, 6, 7, 8}, out[LANES + 1];
    LLVMValueRef mask = vmath_first_lanes(t.vmath, t.b, t.count, LANES);
    LLVMValueRef rest = vmath_splat(
        t.b, LLVMBuildLoad2(t.b, t.f64, t.in, ""), LANES);
    LLVMValueRef x = compat_masked_load(t.module, t.b, t.vector, t.in, 8,
                                        mask, rest);
    LLVMValueRef sum = vmath_sum_lanes(t.vmath, t.b, x);
    give(&t, t.f64, sum, LANES);
    compat_masked_store(t.module, t.b, x, t.out, 8, mask);
    for (int i = 0; i <= LANES; i++)
        out[i] = -1;
    finish(&t, in, out, 3);
    CHECK(out[0] == 1 && out[1] == 2 && out[2] == 3 && out[3] == -1);
    CHECK(out[LANES] == 1 + 2 + 3 + 5);
}

int main(void)
{
    test_widths();
    test_triples();
    test_masks();
    test_exact();
    test_memory_and_sum();
    return unit_report();
}
