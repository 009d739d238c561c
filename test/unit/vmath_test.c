// Accuracy of the vector maths: every function of vmath.def is generated for
// f32 and f64, scalar and at the target's width, compiled to an object, and
// measured against MPFR. The bounds that vmath.def claims must hold.
//
//     vmath_test              the host's CPU, x86-64 without FMA, and AArch64
//                             where its gcc and qemu are installed
//     vmath_test CPU          this CPU
//     vmath_test CPU TRIPLE   cross: with TRIPLE-gcc and qemu, where installed
//
// The object is linked with a small driver that applies the functions to arrays
// from stdin and writes results to stdout, so that a cross-compiled one runs
// under qemu and the comparison stays here.
#include <mpfr.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/arena.h"
#include "emit/output.h"
#include "emit/target.h"
#include "emit/vmath/vmath.h"
#include "draw.h"
#include "unit.h"

#ifndef N_DENSE
#define N_DENSE 5000 // of each kind; more finds rarer cases
#endif
enum { PRECISION = 128 };

// ---- generation -------------------------------------------------------------

typedef struct Job {
    Arena *arena;
    const EmitTarget *target;
    LLVMContextRef context;
    LLVMModuleRef module;
    VMath *vmath;
} Job;

static LLVMValueRef element_at(LLVMBuilderRef b, LLVMTypeRef type,
                               LLVMValueRef base, LLVMValueRef i)
{
    return LLVMBuildGEP2(b, type, base, &i, 1, "");
}

// void name(x, y, out, n): out[i] = fn(x[i], y[i]), `lanes` at a time.
static void emit_loop(Job *job, VMathFn fn, LLVMTypeRef scalar,
                      unsigned lanes, const char *name)
{
    LLVMContextRef c = job->context;
    LLVMTypeRef pointer = LLVMPointerTypeInContext(c, 0);
    LLVMTypeRef i64 = LLVMInt64TypeInContext(c);
    LLVMTypeRef params[] = {pointer, pointer, pointer, i64};
    LLVMValueRef f = LLVMAddFunction(
        job->module, name,
        LLVMFunctionType(LLVMVoidTypeInContext(c), params, 4, false));
    LLVMBasicBlockRef entry = LLVMAppendBasicBlockInContext(c, f, "entry");
    LLVMBasicBlockRef body = LLVMAppendBasicBlockInContext(c, f, "body");
    LLVMBasicBlockRef done = LLVMAppendBasicBlockInContext(c, f, "done");
    LLVMBuilderRef b = LLVMCreateBuilderInContext(c);
    LLVMPositionBuilderAtEnd(b, entry);
    LLVMBuildBr(b, body);

    LLVMPositionBuilderAtEnd(b, body);
    LLVMTypeRef type = vmath_vector_type(scalar, lanes);
    LLVMValueRef i = LLVMBuildPhi(b, i64, "i");
    LLVMValueRef args[2];
    for (unsigned k = 0; k < 2; k++) {
        LLVMValueRef at = element_at(b, scalar, LLVMGetParam(f, k), i);
        args[k] = LLVMBuildLoad2(b, type, at, "");
        LLVMSetAlignment(args[k], 4);
    }
    LLVMValueRef y = vmath_call(job->vmath, b, fn, args);
    LLVMValueRef out = element_at(b, scalar, LLVMGetParam(f, 2), i);
    LLVMSetAlignment(LLVMBuildStore(b, y, out), 4);
    LLVMValueRef step = LLVMConstInt(i64, lanes, false);
    LLVMValueRef next = LLVMBuildAdd(b, i, step, "");
    LLVMValueRef more =
        LLVMBuildICmp(b, LLVMIntULT, next, LLVMGetParam(f, 3), "");
    LLVMBuildCondBr(b, more, body, done);
    LLVMAddIncoming(i, (LLVMValueRef[]){LLVMConstInt(i64, 0, false), next},
                    (LLVMBasicBlockRef[]){entry, body}, 2);
    LLVMPositionBuilderAtEnd(b, done);
    LLVMBuildRetVoid(b);
    LLVMDisposeBuilder(b);
}

static void emit_all(Job *job)
{
    LLVMTypeRef f32 = LLVMFloatTypeInContext(job->context);
    LLVMTypeRef f64 = LLVMDoubleTypeInContext(job->context);
    for (int fn = 0; fn < VMATH_COUNT; fn++) {
        const char *name = vmath_name((VMathFn)fn);
        emit_loop(job, (VMathFn)fn, f32, 1,
                  arena_printf(job->arena, "test_%s_f32_scalar", name));
        emit_loop(job, (VMathFn)fn, f64, 1,
                  arena_printf(job->arena, "test_%s_f64_scalar", name));
        emit_loop(job, (VMathFn)fn, f32, job->target->lanes_f32,
                  arena_printf(job->arena, "test_%s_f32_vector", name));
        emit_loop(job, (VMathFn)fn, f64, job->target->lanes_f64,
                  arena_printf(job->arena, "test_%s_f64_vector", name));
    }
}

static void emit_object(Arena *arena, const EmitTarget *target,
                        const char *path)
{
    Job job = {.arena = arena, .target = target};
    job.context = LLVMContextCreate();
    job.module = LLVMModuleCreateWithNameInContext("vmath", job.context);
    output_prepare(job.module, target);
    job.vmath = vmath_new(arena, job.module, target);
    emit_all(&job);
    output_verify(job.module, "vmath_test");
    output_optimise(job.module, target, 2);
    output_to_file(job.module, target, OUTPUT_OBJECT, path);
    LLVMDisposeModule(job.module);
    LLVMContextDispose(job.context);
}

// The program that applies the functions: it reads x and y arrays and writes
// results, in the order of each_run below.
static void write_driver(const char *path)
{
    FILE *out = fopen(path, "w");
    fprintf(out, "#include <stdio.h>\n#include <stdlib.h>\n");
    fprintf(out, "typedef void F(const void *, const void *, void *, long);\n");
    for (int fn = 0; fn < VMATH_COUNT; fn++) {
        const char *n = vmath_name((VMathFn)fn);
        fprintf(out, "F test_%s_f32_scalar, test_%s_f64_scalar,"
                     " test_%s_f32_vector, test_%s_f64_vector;\n", n, n, n, n);
    }
    fprintf(out,
            "static void run(F *f, long n, size_t size) {\n"
            "    char *x = malloc(n * size), *y = malloc(n * size);\n"
            "    char *out = malloc(n * size);\n"
            "    if (fread(x, size, n, stdin) != n) exit(2);\n"
            "    if (fread(y, size, n, stdin) != n) exit(2);\n"
            "    f(x, y, out, n);\n"
            "    fwrite(out, size, n, stdout);\n"
            "    free(x); free(y); free(out);\n"
            "}\n"
            "int main(void) {\n"
            "    long n;\n");
    for (int fn = 0; fn < VMATH_COUNT; fn++) {
        const char *n = vmath_name((VMathFn)fn);
        for (int k = 0; k < 4; k++)
            fprintf(out,
                    "    if (fread(&n, 8, 1, stdin) != 1) return 2;\n"
                    "    run(test_%s_%s_%s, n, %d);\n",
                    n, k / 2 ? "f64" : "f32", k % 2 ? "vector" : "scalar",
                    k / 2 ? 8 : 4);
    }
    fprintf(out, "    return 0;\n}\n");
    fclose(out);
}

// ---- arguments ----------------------------------------------------------------

typedef struct Points {
    double *x, *y;
    long n, capacity;
    bool is_double;
} Points;

static uint64_t random_state = 0x9e3779b97f4a7c15;

static double random_between(double a, double b)
{
    return a + (b - a) * draw_uniform(&random_state);
}

static void add_pair(Points *p, double x, double y)
{
    if (p->n == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 4096;
        p->x = realloc(p->x, sizeof *p->x * (size_t)p->capacity);
        p->y = realloc(p->y, sizeof *p->y * (size_t)p->capacity);
    }
    p->x[p->n] = p->is_double ? x : (double)(float)x;
    p->y[p->n++] = p->is_double ? y : (double)(float)y;
}

static const double special[] = {
    0.0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, INFINITY, -INFINITY, NAN,
    1e-300, -1e-300, 1e-40, -1e-40, 0x1p-149, 0x1p-1074, 0x1p-126, 0x1p-1022,
    1e-20, -1e-20, 1e-10, -1e-10, 1e-5, -1e-5, 0x1p-53, -0x1p-53, 0x1p-25,
    -0x1p-24, 0x1.fffffep127, -0x1.fffffep127, 0x1.fffffffffffffp1023,
    88.72, 88.73, 89, -87.33, -87.34, -88, -103, -104, -110, 0x1.62e42ep6,
    0x1.62e43p6, -0x1.5d589ep6, -0x1.5d58ap6, 709.78, 709.79, 710,
    0x1.62e42fefa39efp9, 0x1.62e42fefa39fp9, -708.39, -708.4, -745, -746,
    -0x1.6232bdd7abcd2p9, -0x1.6232bdd7abcd3p9, 1000, -1000, 1e6, 1.1e6,
    -1e9, 1e22, 1e300, 0.99999994, 1.0000001, -0.99999994, 0x1.fffffffffffffp-1,
    0x1.0000000000001p0, -0x1.fffffffffffffp-1, 0.70710678, 1.41421356,
    0.34657359, -0.34657359, 1.0397207, -1.0397207, 20, -20, 40, -40, 16777216,
    16777217, 1e15, 4503599627370497.0, 9007199254740993.0,
};

static void add_specials(Points *p, unsigned arity)
{
    size_t n = sizeof special / sizeof *special;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < (arity > 1 ? n : 1); j++)
            add_pair(p, special[i], special[j]);
    // What lies next to multiples of pi / 2, where reduction cancels.
    for (int k = 1; k < 3000; k++)
        add_pair(p, k * 1.5707963267948966, k);
    for (int k = 1; k < 300; k++)
        add_pair(p, 6381956970095103.0 * ldexp(1, -k), 2);
}

static double random_magnitude(bool is_double)
{
    double range = is_double ? 1020 : 124;
    double m = random_between(1, 2) * exp2(floor(random_between(-range, range)));
    return draw_bits(&random_state) & 1 ? m : -m;
}

static Points choose_points(VMathFn fn, bool is_double, long lanes)
{
    Points p = {.is_double = is_double};
    double wide = is_double ? 750 : 106;
    add_specials(&p, vmath_arity(fn));
    for (int i = 0; i < N_DENSE; i++) {
        add_pair(&p, random_between(-1.5, 2), random_between(-4, 4));
        add_pair(&p, random_between(-wide, wide), random_between(-4, 4));
        add_pair(&p, random_magnitude(is_double), random_between(-1, 1));
        add_pair(&p, fabs(random_magnitude(is_double)),
                 random_between(-2, 2));
        add_pair(&p, random_between(-1e6, 1e6),
                 floor(random_between(-9, 9)));
        add_pair(&p, random_between(0.9, 1.1), random_between(-900, 900));
    }
    while (p.n % lanes)
        add_pair(&p, 1, 1);
    return p;
}

// ---- the truth ------------------------------------------------------------------

static void ratio_to_x(mpfr_t out, mpfr_t x)
{
    if (mpfr_zero_p(x))
        mpfr_set_ui(out, 1, MPFR_RNDN);
    else
        mpfr_div(out, out, x, MPFR_RNDN);
}

static void true_sigmoid(mpfr_t out, mpfr_t x)
{
    mpfr_neg(out, x, MPFR_RNDN);
    mpfr_exp(out, out, MPFR_RNDN);
    mpfr_add_ui(out, out, 1, MPFR_RNDN);
    mpfr_ui_div(out, 1, out, MPFR_RNDN);
}

static void true_log1prel(mpfr_t out, mpfr_t x)
{
    bool is_infinite = mpfr_inf_p(x) && mpfr_sgn(x) > 0;
    mpfr_log1p(out, x, MPFR_RNDN);
    ratio_to_x(out, x);
    if (is_infinite)
        mpfr_set_zero(out, 1);
}

// Infinite as soon as e^x overflows the type, as the header says.
static void true_exprel(mpfr_t out, mpfr_t x, bool is_double)
{
    double last = is_double ? 0x1.62e42fefa39efp9 : 0x1.62e42ep6;
    bool is_beyond = mpfr_cmp_d(x, last) > 0;
    mpfr_expm1(out, x, MPFR_RNDN);
    if (!is_beyond)
        ratio_to_x(out, x);
    else
        mpfr_set_inf(out, 1);
}

static void truth(VMathFn fn, bool is_double, mpfr_t out, mpfr_t x, mpfr_t y)
{
    switch (fn) {
    case VMATH_EXP: mpfr_exp(out, x, MPFR_RNDN); break;
    case VMATH_LOG: mpfr_log(out, x, MPFR_RNDN); break;
    case VMATH_EXPM1: mpfr_expm1(out, x, MPFR_RNDN); break;
    case VMATH_LOG1P: mpfr_log1p(out, x, MPFR_RNDN); break;
    case VMATH_EXPREL: true_exprel(out, x, is_double); break;
    case VMATH_LOG1PREL: true_log1prel(out, x); break;
    case VMATH_SIN: mpfr_sin(out, x, MPFR_RNDN); break;
    case VMATH_COS: mpfr_cos(out, x, MPFR_RNDN); break;
    case VMATH_TANH: mpfr_tanh(out, x, MPFR_RNDN); break;
    case VMATH_SIGMOID: true_sigmoid(out, x); break;
    case VMATH_POW: mpfr_pow(out, x, y, MPFR_RNDN); break;
    case VMATH_COUNT: break;
    }
}

// ---- comparison -----------------------------------------------------------------

typedef struct Format {
    int digits, least; // bits of the mantissa; exponent of the least normal
    double largest;
} Format;

static Format format_of(bool is_double)
{
    return is_double ? (Format){53, -1022, 0x1.fffffffffffffp1023}
                     : (Format){24, -126, 0x1.fffffep127};
}

// The distance of `got` from the truth in ulps of the truth. Both infinite,
// both NaN are 0; a truth below the least normal number allows 0.
static double ulp_error(mpfr_t t, double got, Format f)
{
    if (mpfr_nan_p(t))
        return isnan(got) ? 0 : INFINITY;
    if (isnan(got))
        return INFINITY;
    double near_value = mpfr_get_d(t, MPFR_RNDN);
    if (mpfr_inf_p(t) || fabs(near_value) > f.largest)
        return isinf(got) && (got > 0) == (mpfr_sgn(t) > 0) ? 0 : INFINITY;
    if (mpfr_zero_p(t) || mpfr_get_exp(t) - 1 < f.least)
        return got == 0 || fabs(got) <= ldexp(1, f.least) ? 0 : INFINITY;
    if (isinf(got)) // allowed where the truth rounds to infinity
        return fabs(near_value) >= f.largest ? 0.5 : INFINITY;
    mpfr_t d;
    mpfr_init2(d, PRECISION);
    mpfr_sub_d(d, t, got, MPFR_RNDN);
    mpfr_mul_2si(d, d, f.digits - (long)mpfr_get_exp(t), MPFR_RNDN);
    double ulps = fabs(mpfr_get_d(d, MPFR_RNDN));
    mpfr_clear(d);
    return ulps;
}

typedef struct Worst {
    double ulps, x, y, got, wanted;
} Worst;

static Worst compare(VMathFn fn, const Points *p, const void *results)
{
    Worst worst = {.ulps = -1};
    Format format = format_of(p->is_double);
    mpfr_t x, y, t;
    mpfr_inits2(PRECISION, x, y, t, (mpfr_ptr)0);
    for (long i = 0; i < p->n; i++) {
        double got = p->is_double ? ((const double *)results)[i]
                                  : (double)((const float *)results)[i];
        mpfr_set_d(x, p->x[i], MPFR_RNDN);
        mpfr_set_d(y, p->y[i], MPFR_RNDN);
        truth(fn, p->is_double, t, x, y);
        double ulps = ulp_error(t, got, format);
        if (ulps > worst.ulps)
            worst = (Worst){ulps, p->x[i], p->y[i], got,
                            mpfr_get_d(t, MPFR_RNDN)};
    }
    mpfr_clears(x, y, t, (mpfr_ptr)0);
    return worst;
}

static void report(VMathFn fn, bool is_double, bool is_vector, Worst worst)
{
    double claimed = vmath_claimed_ulp(fn, is_double);
    bool ok = worst.ulps <= claimed;
    printf("    %-9s %s %s  %7.4f ulp (claimed %.2f)", vmath_name(fn),
           is_double ? "f64" : "f32", is_vector ? "vector" : "scalar",
           worst.ulps, claimed);
    if (!ok)
        printf("  at %a, %a: %a, expected %a", worst.x, worst.y, worst.got,
               worst.wanted);
    printf("\n");
    CHECK(ok);
}

// ---- one target -----------------------------------------------------------------

static void write_points(FILE *out, const Points *p)
{
    fwrite(&p->n, 8, 1, out);
    for (int which = 0; which < 2; which++)
        for (long i = 0; i < p->n; i++) {
            double wide = which ? p->y[i] : p->x[i];
            float narrow = (float)wide;
            if (p->is_double)
                fwrite(&wide, 8, 1, out);
            else
                fwrite(&narrow, 4, 1, out);
        }
}

// Run k of 4 per function: scalar, vector of f32; scalar, vector of f64.
static void judge_run(int k, const Points *points, FILE *in)
{
    size_t size = points->is_double ? 8 : 4, n = (size_t)points->n;
    VMathFn fn = (VMathFn)(k / 4);
    void *results = malloc(size * n);
    CHECK(fread(results, size, n, in) == n);
    report(fn, points->is_double, k % 2, compare(fn, points, results));
    free(results);
}

static void each_run(const char *folder, const EmitTarget *target,
                     const char *runner)
{
    enum { RUNS = VMATH_COUNT * 4 };
    Points points[RUNS];
    char path[512], command[2048];
    snprintf(path, sizeof path, "%s/points", folder);
    FILE *out = fopen(path, "wb");
    for (int k = 0; k < RUNS; k++) {
        bool is_double = k / 2 % 2;
        points[k] = choose_points(
            (VMathFn)(k / 4), is_double,
            is_double ? target->lanes_f64 : target->lanes_f32);
        write_points(out, &points[k]);
    }
    fclose(out);
    snprintf(command, sizeof command, "%s %s/apply < %s/points > %s/results",
             runner, folder, folder, folder);
    bool has_run = system(command) == 0;
    CHECK(has_run);
    snprintf(path, sizeof path, "%s/results", folder);
    FILE *in = fopen(path, "rb");
    for (int k = 0; k < RUNS; k++) {
        if (has_run)
            judge_run(k, &points[k], in);
        free(points[k].x);
        free(points[k].y);
    }
    fclose(in);
}

static void test_target(const char *cpu, const char *triple)
{
    Arena *arena = arena_new();
    char folder[] = "/tmp/vmath_test.XXXXXX", command[2048];
    EmitTarget *target = emit_target_new(arena, triple, cpu, 2);
    printf("%s %s: %u x f32, fma %d\n", target->triple, target->cpu,
           target->lanes_f32, target->has_fma);
    CHECK(mkdtemp(folder) != NULL);
    emit_object(arena, target, arena_printf(arena, "%s/vmath.o", folder));
    write_driver(arena_printf(arena, "%s/apply.c", folder));
    snprintf(command, sizeof command,
             "%s%sgcc -w -static -o %s/apply %s/apply.c %s/vmath.o -lm",
             triple ? triple : "", triple ? "-" : "", folder, folder, folder);
    CHECK(system(command) == 0);
    const char *runner =
        target->is_host ? ""
                        : arena_printf(arena, "qemu-%.*s",
                                       (int)strcspn(triple, "-"), triple);
    each_run(folder, target, runner);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    CHECK(system(command) == 0);
    emit_target_free(target);
    arena_free(arena);
}

static bool has_cross_tools(void)
{
    return system("command -v qemu-aarch64 > /dev/null 2>&1"
                  " && command -v aarch64-linux-gnu-gcc > /dev/null 2>&1")
           == 0;
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        test_target(argv[1], argc > 2 ? argv[2] : NULL);
        return unit_report();
    }
    test_target("native", NULL);
#ifdef __x86_64__
    test_target("x86-64", NULL);
#endif
    if (has_cross_tools())
        test_target("generic", "aarch64-linux-gnu");
    return unit_report();
}
