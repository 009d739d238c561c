// Emission of expressions (scope.h). Sums become chains of fused multiply-adds,
// products divide once by all of their denominators together.
#include "emit/scope.h"

#include <math.h>
#include "emit/compat.h"

typedef struct Binding {
    const Expr *expr;
    LLVMValueRef value;
} Binding;

struct Scope {
    Emit *e;
    const Scope *parent;
    LLVMTypeRef scalar;
    unsigned lanes;
    Binding *table;        // open addressing by expression id
    size_t count, capacity;
};

Scope *scope_open(Emit *e, const Scope *parent, LLVMTypeRef scalar,
                 unsigned lanes)
{
    Scope *scope = ARENA_NEW(e->arena, Scope);
    scope->e = e;
    scope->parent = parent;
    scope->scalar = scalar;
    scope->lanes = lanes;
    return scope;
}

static LLVMValueRef find(const Scope *scope, const Expr *e)
{
    for (; scope; scope = scope->parent) {
        if (!scope->capacity)
            continue;
        size_t mask = scope->capacity - 1;
        for (size_t k = e->id & mask; scope->table[k].expr; k = (k + 1) & mask)
            if (scope->table[k].expr == e)
                return scope->table[k].value;
    }
    return NULL;
}

static void put(Scope *scope, const Expr *e, LLVMValueRef value)
{
    size_t mask = scope->capacity - 1, k = e->id & mask;
    while (scope->table[k].expr && scope->table[k].expr != e)
        k = (k + 1) & mask;
    scope->count += scope->table[k].expr == NULL;
    scope->table[k] = (Binding){e, value};
}

void scope_bind(Scope *scope, const Expr *symbol, LLVMValueRef value)
{
    if (2 * (scope->count + 1) > scope->capacity) {
        Binding *old = scope->table;
        size_t n = scope->capacity;
        scope->capacity = n ? 2 * n : 32;
        scope->count = 0;
        scope->table = ARENA_ARRAY(scope->e->arena, Binding, scope->capacity);
        for (size_t k = 0; k < n; k++)
            if (old[k].expr)
                put(scope, old[k].expr, old[k].value);
    }
    put(scope, symbol, value);
}

// ---- conversions -----------------------------------------------------------

static LLVMTypeRef element(LLVMValueRef v)
{
    LLVMTypeRef type = LLVMTypeOf(v);
    bool is_vector = LLVMGetTypeKind(type) == LLVMVectorTypeKind;
    return is_vector ? LLVMGetElementType(type) : type;
}

static bool is_vector(LLVMValueRef v)
{
    return LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMVectorTypeKind;
}

static bool is_mask(const Scope *s, LLVMValueRef v)
{
    return element(v) == s->e->i1;
}

static LLVMTypeRef shaped(const Scope *s, LLVMTypeRef scalar, LLVMValueRef like)
{
    return is_vector(like) ? ir_vector(s->e, scalar, s->lanes) : scalar;
}

static LLVMValueRef as_number(Scope *s, LLVMValueRef v)
{
    if (!is_mask(s, v))
        return v;
    LLVMTypeRef type = shaped(s, s->scalar, v);
    return LLVMBuildSelect(s->e->b, v, vmath_const(type, 1),
                           vmath_const(type, 0), "");
}

static LLVMValueRef as_mask(Scope *s, LLVMValueRef v)
{
    if (is_mask(s, v))
        return v;
    return LLVMBuildFCmp(s->e->b, LLVMRealUNE, v,
                         vmath_const(LLVMTypeOf(v), 0), "");
}

static LLVMValueRef broadcast(Scope *s, LLVMValueRef v)
{
    return is_vector(v) || s->lanes <= 1 ? v
                                         : vmath_splat(s->e->b, v, s->lanes);
}

// Both scalars or both vectors.
static void match(Scope *s, LLVMValueRef *a, LLVMValueRef *b)
{
    if (is_vector(*a) == is_vector(*b))
        return;
    *a = broadcast(s, *a);
    *b = broadcast(s, *b);
}

static LLVMValueRef emit(Scope *s, const Expr *e);

static LLVMValueRef number(Scope *s, const Expr *e)
{
    return as_number(s, emit(s, e));
}

// ---- sums and products -----------------------------------------------------

static LLVMValueRef multiply(Scope *s, LLVMValueRef a, LLVMValueRef b)
{
    if (!a)
        return b;
    match(s, &a, &b);
    return LLVMBuildFMul(s->e->b, a, b, "");
}

static bool is_reciprocal(const Expr *e)
{
    return e->op == EXPR_POW && e->args[1]->op == EXPR_CONST
           && e->args[1]->value < 0;
}

// Scalars first: the same for all lanes, so one multiplication less in each.
static LLVMValueRef product_of(Scope *s, const Expr *e, bool reciprocals,
                               bool skip_last)
{
    LLVMValueRef uniform = NULL, lanes = NULL;
    for (size_t k = 0; k + skip_last < e->n_args; k++) {
        const Expr *arg = e->args[k];
        if (is_reciprocal(arg) != reciprocals)
            continue;
        if (reciprocals)
            arg = expr_pow(s->e->model->pool, arg->args[0],
                           expr_const(s->e->model->pool, -arg->args[1]->value));
        LLVMValueRef v = number(s, arg);
        if (is_vector(v))
            lanes = multiply(s, lanes, v);
        else
            uniform = multiply(s, uniform, v);
    }
    if (!uniform || !lanes)
        return uniform ? uniform : lanes;
    return multiply(s, uniform, lanes);
}

static LLVMValueRef divide(Scope *s, LLVMValueRef a, LLVMValueRef b)
{
    if (!b)
        return a;
    if (!a)
        a = vmath_const(LLVMTypeOf(b), 1);
    match(s, &a, &b);
    return LLVMBuildFDiv(s->e->b, a, b, "");
}

static LLVMValueRef product(Scope *s, const Expr *e)
{
    return divide(s, product_of(s, e, false, false),
                  product_of(s, e, true, false));
}

static bool has_reciprocal(const Expr *e)
{
    for (size_t k = 0; k < e->n_args; k++)
        if (is_reciprocal(e->args[k]))
            return true;
    return false;
}

// sum + term, fused when the term is a product.
static LLVMValueRef accumulate(Scope *s, LLVMValueRef sum, const Expr *term)
{
    if (sum && term->op == EXPR_MUL && !has_reciprocal(term)) {
        LLVMValueRef a = product_of(s, term, false, true);
        LLVMValueRef b = number(s, term->args[term->n_args - 1]);
        if (is_vector(a) || is_vector(b) || is_vector(sum)) {
            a = broadcast(s, a);
            b = broadcast(s, b);
            sum = broadcast(s, sum);
        }
        return vmath_fma(s->e->vmath, s->e->b, a, b, sum);
    }
    LLVMValueRef v = number(s, term);
    if (!sum)
        return v;
    match(s, &sum, &v);
    return LLVMBuildFAdd(s->e->b, sum, v, "");
}

static LLVMValueRef sum(Scope *s, const Expr *e)
{
    LLVMValueRef total = NULL;
    for (size_t k = 0; k < e->n_args; k++)
        total = accumulate(s, total, e->args[k]);
    return total;
}

// ---- powers and divided differences ----------------------------------------

// base^n for n = m + 1/2
static LLVMValueRef half_power(Scope *s, LLVMValueRef base, double n)
{
    VMath *m = s->e->vmath;
    LLVMBuilderRef b = s->e->b;
    int whole = (int)(fabs(n) - 0.5);
    LLVMValueRef root = vmath_sqrt(m, b, base);
    if (whole > 0)
        root = multiply(s, root, vmath_powi(m, b, base, whole));
    return n < 0 ? divide(s, NULL, root) : root;
}

static LLVMValueRef power(Scope *s, const Expr *e)
{
    LLVMValueRef base = number(s, e->args[0]);
    if (e->args[1]->op == EXPR_CONST) {
        double n = e->args[1]->value;
        if (n == (int)n && n >= -64 && n <= 64)
            return vmath_powi(s->e->vmath, s->e->b, base, (int)n);
        if (2 * n == (int)(2 * n) && n >= -64 && n <= 64)
            return half_power(s, base, n);
    }
    LLVMValueRef exponent = number(s, e->args[1]);
    match(s, &base, &exponent);
    return vmath_pow(s->e->vmath, s->e->b, base, exponent);
}

static LLVMValueRef expdd(Scope *s, const Expr *e)
{
    LLVMValueRef nodes[EXP_DIVIDED_MAX];
    bool vector = false;
    for (unsigned k = 0; k < e->n_args; k++) {
        nodes[k] = number(s, e->args[k]);
        vector |= is_vector(nodes[k]);
    }
    for (unsigned k = 0; vector && k < e->n_args; k++)
        nodes[k] = broadcast(s, nodes[k]);
    return vmath_expdd(s->e->vmath, s->e->b, nodes, (unsigned)e->n_args);
}

// ---- pairs of nodes --------------------------------------------------------

// double snn_rt_pairdd(nodes, n_pairs, n_reals), or snn_rt_pairdd_times(base,
// ...), lane by lane where a node is a vector.
typedef struct NodesCall {
    LLVMValueRef base;         // or NULL
    LLVMValueRef nodes[EXP_DIVIDED_MAX];
    unsigned n, n_pairs;
} NodesCall;

static LLVMValueRef lane_of(Scope *s, LLVMValueRef value, unsigned lane)
{
    if (is_vector(value))
        value = LLVMBuildExtractElement(s->e->b, value,
                                        ir_i32(s->e, (int32_t)lane), "");
    return LLVMTypeOf(value) == s->e->f64
               ? value : LLVMBuildFPExt(s->e->b, value, s->e->f64, "");
}

static LLVMValueRef call_lane(Scope *s, const NodesCall *call, unsigned lane,
                              LLVMValueRef buffer)
{
    Emit *e = s->e;
    LLVMTypeRef types[4];
    LLVMValueRef args[4];
    unsigned n = 0;
    for (unsigned k = 0; k < call->n; k++)
        ir_store(e, lane_of(s, call->nodes[k], lane),
                 ir_at(e, e->f64, buffer, ir_i64(e, k)));
    if (call->base)
        args[n++] = lane_of(s, call->base, lane);
    args[n++] = buffer;
    args[n++] = ir_i32(e, (int32_t)call->n_pairs);
    args[n++] = ir_i32(e, (int32_t)(call->n - 2 * call->n_pairs));
    for (unsigned k = 0; k < n; k++)
        types[k] = LLVMTypeOf(args[k]);
    LLVMValueRef function = ir_external(
        e, call->base ? "snn_rt_pairdd_times" : "snn_rt_pairdd", e->f64, types,
        n);
    LLVMValueRef result = ir_call(e, function, args, n);
    return s->scalar == e->f64
               ? result : LLVMBuildFPTrunc(e->b, result, s->scalar, "");
}

static LLVMValueRef call_lanes(Scope *s, const NodesCall *call)
{
    Emit *e = s->e;
    bool vector = call->base && is_vector(call->base);
    for (unsigned k = 0; k < call->n; k++)
        vector |= is_vector(call->nodes[k]);
    LLVMValueRef buffer = ir_slot(e, LLVMArrayType2(e->f64, call->n), "nodes");
    if (!vector)
        return call_lane(s, call, 0, buffer);
    LLVMValueRef result = LLVMGetPoison(ir_vector(e, s->scalar, s->lanes));
    for (unsigned at = 0; at < s->lanes; at++)
        result = LLVMBuildInsertElement(
            e->b, result, call_lane(s, call, at, buffer),
            ir_i32(e, (int32_t)at), "");
    return result;
}

// e^a sinh(w) / w, and e^a cosh(w), of w = sqrt(d); sin and cos for d < 0.
static void lone_pair(Scope *s, LLVMValueRef a, LLVMValueRef d,
                      LLVMValueRef *out_sine, LLVMValueRef *out_cosine)
{
    VMath *m = s->e->vmath;
    LLVMBuilderRef b = s->e->b;
    match(s, &a, &d);
    LLVMTypeRef type = LLVMTypeOf(a);
    LLVMValueRef zero = vmath_const(type, 0), one = vmath_const(type, 1);
    LLVMValueRef w = vmath_sqrt(m, b, vmath_abs(m, b, d));
    LLVMValueRef turns = LLVMBuildFCmp(b, LLVMRealOLT, d, zero, "");
    LLVMValueRef is_zero = LLVMBuildFCmp(b, LLVMRealOEQ, w, zero, "");
    LLVMValueRef decay = vmath_exp(m, b, a);
    LLVMValueRef ratio = LLVMBuildSelect(
        b, is_zero, one, LLVMBuildFDiv(b, vmath_sin(m, b, w), w, ""), "");
    LLVMValueRef slow = vmath_exp(m, b, LLVMBuildFAdd(b, a, w, ""));
    LLVMValueRef fast = vmath_exp(m, b, LLVMBuildFSub(b, a, w, ""));
    LLVMValueRef gap = LLVMBuildFMul(b, vmath_const(type, -2), w, "");
    LLVMValueRef mean = LLVMBuildFMul(
        b, vmath_const(type, 0.5), LLVMBuildFAdd(b, slow, fast, ""), "");
    *out_sine = LLVMBuildSelect(
        b, turns, LLVMBuildFMul(b, decay, ratio, ""),
        LLVMBuildFMul(b, slow, vmath_exprel(m, b, gap), ""), "");
    *out_cosine = LLVMBuildSelect(
        b, turns, LLVMBuildFMul(b, decay, vmath_cos(m, b, w), ""), mean, "");
}

static LLVMValueRef pairdd(Scope *s, const Expr *e)
{
    Emit *emit_state = s->e;
    PairNodes p = expr_pair_nodes(e);
    NodesCall call = {.base = p.base ? number(s, p.base) : NULL,
                      .n = (unsigned)p.n, .n_pairs = (unsigned)p.n_pairs};
    for (unsigned k = 0; k < call.n; k++)
        call.nodes[k] = number(s, p.nodes[k]);
    if (call.n > 2)
        return call_lanes(s, &call);
    LLVMValueRef sine, cosine;
    lone_pair(s, call.nodes[0], call.nodes[1], &sine, &cosine);
    if (!p.base)
        return sine;
    if (p.base == p.nodes[0])
        return cosine;
    LLVMValueRef a = call.nodes[0], base = call.base;
    match(s, &a, &base);
    LLVMValueRef away = LLVMBuildFSub(emit_state->b, a, base, "");
    match(s, &away, &sine);
    match(s, &sine, &cosine);
    return vmath_fma(emit_state->vmath, emit_state->b, away, sine, cosine);
}

// ---- comparisons, logic, choice --------------------------------------------

static LLVMValueRef compare(Scope *s, const Expr *e)
{
    LLVMRealPredicate predicate = e->op == EXPR_LT   ? LLVMRealOLT
                                  : e->op == EXPR_LE ? LLVMRealOLE
                                                     : LLVMRealOEQ;
    LLVMValueRef a = number(s, e->args[0]), b = number(s, e->args[1]);
    match(s, &a, &b);
    return LLVMBuildFCmp(s->e->b, predicate, a, b, "");
}

static LLVMValueRef logic(Scope *s, const Expr *e)
{
    LLVMValueRef a = as_mask(s, emit(s, e->args[0]));
    if (e->op == EXPR_NOT)
        return LLVMBuildNot(s->e->b, a, "");
    LLVMValueRef b = as_mask(s, emit(s, e->args[1]));
    match(s, &a, &b);
    return e->op == EXPR_AND ? LLVMBuildAnd(s->e->b, a, b, "")
                             : LLVMBuildOr(s->e->b, a, b, "");
}

static LLVMValueRef choose(Scope *s, const Expr *e)
{
    LLVMValueRef condition = as_mask(s, emit(s, e->args[0]));
    LLVMValueRef a = number(s, e->args[1]), b = number(s, e->args[2]);
    match(s, &a, &b);
    if (is_vector(condition))
        a = broadcast(s, a), b = broadcast(s, b);
    return LLVMBuildSelect(s->e->b, condition, a, b, "");
}

static LLVMValueRef extremum(Scope *s, const Expr *e)
{
    LLVMValueRef a = number(s, e->args[0]), b = number(s, e->args[1]);
    match(s, &a, &b);
    return e->op == EXPR_MIN ? vmath_min(s->e->vmath, s->e->b, a, b)
                             : vmath_max(s->e->vmath, s->e->b, a, b);
}

// ---- dispatch --------------------------------------------------------------

static LLVMValueRef function_of(Scope *s, const Expr *e)
{
    VMath *m = s->e->vmath;
    LLVMBuilderRef b = s->e->b;
    LLVMValueRef x = number(s, e->args[0]);
    switch (e->op) {
    case EXPR_EXP: return vmath_exp(m, b, x);
    case EXPR_LOG: return vmath_log(m, b, x);
    case EXPR_SQRT: return vmath_sqrt(m, b, x);
    case EXPR_SIN: return vmath_sin(m, b, x);
    case EXPR_COS: return vmath_cos(m, b, x);
    case EXPR_TANH: return vmath_tanh(m, b, x);
    case EXPR_SIGMOID: return vmath_sigmoid(m, b, x);
    case EXPR_ABS: return vmath_abs(m, b, x);
    case EXPR_SIGN: return vmath_sign(m, b, x);
    case EXPR_FLOOR: return vmath_floor(m, b, x);
    default:
        fatal_internal("emit", "no code for operation %d here", (int)e->op);
    }
}

static LLVMValueRef emit_new(Scope *s, const Expr *e)
{
    switch (e->op) {
    case EXPR_CONST: return vmath_const(s->scalar, e->value);
    case EXPR_SYMBOL:
        fatal_internal("emit", "symbol '%s' has no value here", e->name);
    case EXPR_ADD: return sum(s, e);
    case EXPR_MUL: return product(s, e);
    case EXPR_POW: return power(s, e);
    case EXPR_EXPDD: return expdd(s, e);
    case EXPR_PAIRDD: case EXPR_PAIRDDT: return pairdd(s, e);
    case EXPR_MIN: case EXPR_MAX: return extremum(s, e);
    case EXPR_LT: case EXPR_LE: case EXPR_EQ: return compare(s, e);
    case EXPR_AND: case EXPR_OR: case EXPR_NOT: return logic(s, e);
    case EXPR_SELECT: return choose(s, e);
    default: return function_of(s, e);
    }
}

static LLVMValueRef emit(Scope *s, const Expr *e)
{
    LLVMValueRef value = find(s, e);
    if (value)
        return value;
    value = emit_new(s, e);
    scope_bind(s, e, value);
    return value;
}

LLVMValueRef scope_number(Scope *scope, const Expr *e)
{
    return number(scope, e);
}

LLVMValueRef scope_lanes(Scope *scope, const Expr *e)
{
    return broadcast(scope, number(scope, e));
}

LLVMValueRef scope_mask(Scope *scope, const Expr *e)
{
    return broadcast(scope, as_mask(scope, emit(scope, e)));
}
