// Divided differences of exp in vectors, against their definition in MPFR:
// sets of 3 to 16 nodes that are spread evenly, clustered, equal, far apart or
// far below zero, for f32 and f64 at the width of this machine. Also: NaN goes
// in and comes out, and a lane's bits do not depend on its neighbours.
#include <dlfcn.h>
#include <mpfr.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/arena.h"
#include "emit/output.h"
#include "emit/target.h"
#include "emit/vmath/vmath.h"
#include "draw.h"
#include "unit.h"

enum { SETS = 160, LARGEST = VMATH_EXPDD_MAX, PRECISION = 4000 };

// Claimed error in units of the last place: so many for each node.
#define ULP_PER_NODE 3

// ---- generation -------------------------------------------------------------

// void f(nodes, out): `lanes` differences at n nodes; node k of lane i is
// nodes[k * lanes + i].
static void emit_function(VMath *vmath, LLVMModuleRef module,
                          LLVMTypeRef scalar, unsigned lanes, unsigned n,
                          const char *name)
{
    LLVMContextRef c = LLVMGetModuleContext(module);
    LLVMTypeRef pointer = LLVMPointerTypeInContext(c, 0);
    LLVMTypeRef i64 = LLVMInt64TypeInContext(c);
    LLVMValueRef f = LLVMAddFunction(
        module, name,
        LLVMFunctionType(LLVMVoidTypeInContext(c),
                         (LLVMTypeRef[]){pointer, pointer}, 2, false));
    LLVMBuilderRef b = LLVMCreateBuilderInContext(c);
    LLVMPositionBuilderAtEnd(b, LLVMAppendBasicBlockInContext(c, f, "entry"));
    LLVMTypeRef type = vmath_vector_type(scalar, lanes);
    LLVMValueRef nodes[LARGEST];
    for (unsigned k = 0; k < n; k++) {
        LLVMValueRef at = LLVMConstInt(i64, k * lanes, false);
        at = LLVMBuildGEP2(b, scalar, LLVMGetParam(f, 0), &at, 1, "");
        nodes[k] = LLVMBuildLoad2(b, type, at, "");
        LLVMSetAlignment(nodes[k], 4);
    }
    LLVMValueRef y = vmath_expdd(vmath, b, nodes, n);
    LLVMSetAlignment(LLVMBuildStore(b, y, LLVMGetParam(f, 1)), 4);
    LLVMBuildRetVoid(b);
    LLVMDisposeBuilder(b);
}

static void *load_library(Arena *arena, const EmitTarget *target)
{
    LLVMContextRef context = LLVMContextCreate();
    LLVMModuleRef module =
        LLVMModuleCreateWithNameInContext("expdd", context);
    output_prepare(module, target);
    VMath *vmath = vmath_new(arena, module, target);
    for (unsigned n = 3; n <= LARGEST; n++) {
        emit_function(vmath, module, LLVMFloatTypeInContext(context),
                      target->lanes_f32, n, arena_printf(arena, "f32_%u", n));
        emit_function(vmath, module, LLVMDoubleTypeInContext(context),
                      target->lanes_f64, n, arena_printf(arena, "f64_%u", n));
    }
    output_verify(module, "vmath_expdd_test");
    output_optimise(module, target, 2);
    char folder[] = "/tmp/expdd-XXXXXX";
    if (!mkdtemp(folder))
        return NULL;
    char *object = arena_printf(arena, "%s/expdd.o", folder);
    char *library = arena_printf(arena, "%s/expdd.so", folder);
    output_to_file(module, target, OUTPUT_OBJECT, object);
    LLVMDisposeModule(module);
    LLVMContextDispose(context);
    CHECK(system(arena_printf(arena, "cc -shared -o %s %s -lm", library,
                              object)) == 0);
    void *handle = dlopen(library, RTLD_NOW);
    unlink(object), unlink(library), rmdir(folder);
    return handle;
}

// ---- the truth --------------------------------------------------------------

// The recursion, with so many digits that nodes set 1e-40 apart where they
// are equal lose none that matter.
static double truth(const double *nodes, unsigned n)
{
    mpfr_t x[LARGEST], t[LARGEST], gap;
    mpfr_init2(gap, PRECISION);
    for (unsigned k = 0; k < n; k++) {
        mpfr_inits2(PRECISION, x[k], t[k], (mpfr_ptr)0);
        mpfr_set_str(gap, "1e-40", 10, MPFR_RNDN);
        mpfr_mul_ui(gap, gap, k, MPFR_RNDN);
        mpfr_add_d(x[k], gap, nodes[k], MPFR_RNDN);
        mpfr_exp(t[k], x[k], MPFR_RNDN);
    }
    for (unsigned level = 1; level < n; level++)
        for (unsigned k = 0; k + level < n; k++) {
            mpfr_sub(t[k], t[k + 1], t[k], MPFR_RNDN);
            mpfr_sub(gap, x[k + level], x[k], MPFR_RNDN);
            mpfr_div(t[k], t[k], gap, MPFR_RNDN);
        }
    double value = mpfr_get_d(t[0], MPFR_RNDN);
    for (unsigned k = 0; k < n; k++)
        mpfr_clears(x[k], t[k], (mpfr_ptr)0);
    mpfr_clear(gap);
    return value;
}

// ---- nodes ------------------------------------------------------------------

// One node of a set of kind `kind`; `spread` is the set's.
static double draw_node(int kind, double spread, unsigned k)
{
    switch (kind) {
    case 0: return -spread * uniform();                      // even
    case 1: return -spread * (k % 2);                        // two equal groups
    case 2: return -spread * (k % 3) - 1e-6 * uniform();     // clusters
    case 3: return -spread * (k == 0);                       // one apart
    default: return -30 - spread * (double)k / LARGEST;      // far below 0
    }
}

typedef struct Worst {
    double ulp;
    unsigned n;
    double nodes[LARGEST];
} Worst;

static double round_to(double x, bool is_double)
{
    return is_double ? x : (double)(float)x;
}

static void compare(Worst *worst, const double *nodes, unsigned n,
                    double found, bool is_double)
{
    double expected = truth(nodes, n);
    double smallest = is_double ? 0x1p-1000 : 0x1p-110;
    if (fabs(expected) < smallest)
        return; // results that underflow may be 0
    double error = fabs(found - expected) / expected;
    double ulp = error / (is_double ? 0x1p-52 : 0x1p-23) / n;
    if (!(ulp <= worst->ulp)) {
        worst->ulp = isnan(ulp) ? INFINITY : ulp;
        worst->n = n;
        memcpy(worst->nodes, nodes, n * sizeof *nodes);
    }
}

typedef struct Call {
    void (*function)(const void *nodes, void *out);
    unsigned n, lanes;
    bool is_double;
    double nodes[64][LARGEST]; // by lane
    double out[64];
} Call;

static void apply(Call *call)
{
    double wide[64 * LARGEST], wide_out[64];
    float narrow[64 * LARGEST], narrow_out[64];
    for (unsigned i = 0; i < call->lanes; i++)
        for (unsigned k = 0; k < call->n; k++) {
            wide[k * call->lanes + i] = call->nodes[i][k];
            narrow[k * call->lanes + i] = (float)call->nodes[i][k];
        }
    if (call->is_double)
        call->function(wide, wide_out);
    else
        call->function(narrow, narrow_out);
    for (unsigned i = 0; i < call->lanes; i++)
        call->out[i] = call->is_double ? wide_out[i] : (double)narrow_out[i];
}

static void draw(Call *call)
{
    for (unsigned i = 0; i < call->lanes; i++) {
        double spread = exp2(-20 + 28 * uniform());
        int kind = (int)(5 * uniform());
        for (unsigned k = 0; k < call->n; k++)
            call->nodes[i][k] =
                round_to(draw_node(kind, spread, k), call->is_double);
    }
}

// The first lane's set in every lane gives the first lane's bits.
static void check_alone(Call *call)
{
    double before = call->out[0];
    for (unsigned i = 1; i < call->lanes; i++)
        memcpy(call->nodes[i], call->nodes[0], sizeof call->nodes[0]);
    apply(call);
    for (unsigned i = 0; i < call->lanes; i++)
        CHECK(call->out[i] == before);
}

static void check_nan(Call *call)
{
    call->nodes[0][call->n / 2] = NAN;
    apply(call);
    CHECK(isnan(call->out[0]));
    CHECK(call->lanes == 1 || !isnan(call->out[1]));
}

static void test_function(void *library, unsigned n, unsigned lanes,
                          bool is_double, Worst *worst)
{
    char name[16];
    snprintf(name, sizeof name, "%s_%u", is_double ? "f64" : "f32", n);
    void *symbol = dlsym(library, name);
    static Call call;
    call = (Call){.n = n, .lanes = lanes, .is_double = is_double};
    memcpy(&call.function, &symbol, sizeof symbol);
    for (unsigned done = 0; done < SETS; done += lanes) {
        draw(&call);
        apply(&call);
        for (unsigned i = 0; i < lanes; i++)
            compare(worst, call.nodes[i], n, call.out[i], is_double);
    }
    check_alone(&call);
    check_nan(&call);
}

static void report(const char *precision, const Worst *worst)
{
    printf("%s: %.2f ulp a node at", precision, worst->ulp);
    for (unsigned k = 0; k < worst->n; k++)
        printf(" %.17g", worst->nodes[k]);
    printf("\n");
    CHECK(worst->ulp <= ULP_PER_NODE);
}

int main(void)
{
    Arena *arena = arena_new();
    EmitTarget *target = emit_target_new(arena, NULL, "native", 2);
    void *library = load_library(arena, target);
    CHECK(library != NULL);
    if (!library)
        return unit_report();
    Worst f32 = {0}, f64 = {0};
    for (unsigned n = 3; n <= LARGEST; n++) {
        test_function(library, n, target->lanes_f32, false, &f32);
        test_function(library, n, target->lanes_f64, true, &f64);
    }
    report("f32", &f32);
    report("f64", &f64);
    emit_target_free(target);
    arena_free(arena);
    return unit_report();
}
