// The pool: hash-consing, constants, symbols and the table of operations.
// Hashes come from ids and values, never from addresses, so that the same
// program fills the pool in the same way on every run.
#include "math/pool.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { FIRST_SLOTS = 256 };

// ---- the table of operations -----------------------------------------------

typedef struct OpRow {
    const char *name;
    int arity;
    OpKind kind;
    BuildRule *build;
    ChainRule *chain;
    ValueRule *value;
} OpRow;

static const OpRow op_rows[EXPR_OP_COUNT] = {
#define OP(id, name, arity, kind, build, chain, value)            \
    [EXPR_##id] = {name,          arity,         KIND_##kind,     \
                   build_##build, chain_##chain, value_##value},
#include "math/op.def"
#undef OP
};

const char *expr_op_name(ExprOp op)
{
    return op_rows[op].name;
}

OpKind op_kind(ExprOp op)
{
    return op_rows[op].kind;
}

int op_arity(ExprOp op)
{
    return op_rows[op].arity;
}

const Expr *chain_apply(ExprPool *pool, const Expr *e, size_t k, const Expr *x)
{
    return op_rows[e->op].chain(pool, e, k, x);
}

double value_apply(ExprOp op, const double *args, size_t n)
{
    return op_rows[op].value(args, n);
}

// ---- hash-consing ----------------------------------------------------------

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash ^= word + 0x9e3779b97f4a7c15u + (hash << 6) + (hash >> 2);
    return hash * 0xff51afd7ed558ccdu;
}

static uint64_t value_bits(const Expr *e)
{
    uint64_t bits = 0;
    if (e->op == EXPR_CONST)
        memcpy(&bits, &e->value, sizeof bits);
    return bits;
}

// A symbol differs from every other: its id takes part.
static uint64_t hash_node(const Expr *e, const Expr *const *args)
{
    uint64_t hash = mix(mix(e->op, e->axis), value_bits(e));
    if (e->op == EXPR_SYMBOL)
        hash = mix(hash, e->id);
    for (size_t i = 0; i < e->n_args; i++)
        hash = mix(hash, args[i]->id);
    return hash ^ (hash >> 29);
}

static bool same_node(const Expr *a, const Expr *b, const Expr *const *args)
{
    if (a->op != b->op || a->axis != b->axis || a->n_args != b->n_args ||
        a->op == EXPR_SYMBOL || value_bits(a) != value_bits(b))
        return false;
    for (size_t i = 0; i < a->n_args; i++)
        if (a->args[i] != args[i])
            return false;
    return true;
}

static const Expr **find_slot(ExprPool *pool, const Expr *key,
                              const Expr *const *args)
{
    size_t mask = pool->n_slots - 1;
    size_t at = hash_node(key, args) & mask;
    while (pool->slots[at] && !same_node(pool->slots[at], key, args))
        at = (at + 1) & mask;
    return &pool->slots[at];
}

static void grow(ExprPool *pool)
{
    const Expr **old = pool->slots;
    size_t n_old = pool->n_slots;
    pool->n_slots = n_old ? 2 * n_old : FIRST_SLOTS;
    pool->slots = ARENA_ARRAY(pool->arena, const Expr *, pool->n_slots);
    for (size_t i = 0; i < n_old; i++)
        if (old[i] != NULL)
            *find_slot(pool, old[i], old[i]->args) = old[i];
}

// The node like `key` with these arguments, made if it is new.
static const Expr *intern_node(ExprPool *pool, const Expr *key,
                               const Expr *const *args)
{
    if (2 * (pool->n_used + 1) > pool->n_slots)
        grow(pool);
    const Expr **slot = find_slot(pool, key, args);
    if (*slot != NULL)
        return *slot;
    size_t bytes = key->n_args * sizeof *args;
    Expr *e = arena_alloc(pool->arena, sizeof *e + bytes);
    *e = *key;
    e->id = pool->next_id++;
    if (bytes > 0)
        memcpy(e->args, args, bytes);
    *slot = e;
    pool->n_used++;
    return e;
}

static uint32_t common_axis(const Expr *const *args, size_t n)
{
    uint32_t axis = AXIS_SCALAR;
    for (size_t i = 0; i < n; i++) {
        uint32_t other = args[i]->axis;
        assert(axis == AXIS_SCALAR || other == AXIS_SCALAR || axis == other);
        axis = axis == AXIS_SCALAR ? other : axis;
    }
    return axis;
}

const Expr *pool_intern(ExprPool *pool, ExprOp op, const Expr *const *args,
                        size_t n)
{
    assert(op_arity(op) < 0 || (size_t)op_arity(op) == n);
    Expr key = {.op = op, .n_args = (uint32_t)n};
    if (op_kind(op) == KIND_ELEMENT)
        key.axis = common_axis(args, n);
    return intern_node(pool, &key, args);
}

const Expr *pool_unary(ExprPool *pool, ExprOp op, const Expr *a)
{
    return pool_intern(pool, op, &a, 1);
}

const Expr *pool_binary(ExprPool *pool, ExprOp op, const Expr *a, const Expr *b)
{
    const Expr *args[] = {a, b};
    return pool_intern(pool, op, args, 2);
}

// ---- leaves ----------------------------------------------------------------

const Expr *expr_const(ExprPool *pool, double value)
{
    Expr key = {.op = EXPR_CONST, .value = value};
    if (value == 0)
        key.value = 0; // one zero: -0 is written 0
    if (isnan(value))
        key.value = (double)NAN;
    return intern_node(pool, &key, NULL);
}

const Expr *expr_iota(ExprPool *pool, uint32_t axis)
{
    assert(axis != AXIS_SCALAR);
    Expr key = {.op = EXPR_IOTA, .axis = axis};
    return intern_node(pool, &key, NULL);
}

const Expr *expr_symbol(ExprPool *pool, const char *name, const char *latex,
                        uint32_t axis)
{
    Expr *e = ARENA_NEW(pool->arena, Expr);
    e->op = EXPR_SYMBOL;
    e->id = pool->next_id++;
    e->axis = axis;
    e->name = arena_strdup(pool->arena, name);
    e->latex = latex ? arena_strdup(pool->arena, latex) : NULL;
    return e;
}

ExprPool *expr_pool_new(Arena *arena)
{
    ExprPool *pool = ARENA_NEW(arena, ExprPool);
    pool->arena = arena;
    grow(pool);
    pool->zero = expr_const(pool, 0);
    pool->one = expr_const(pool, 1);
    pool->minus_one = expr_const(pool, -1);
    pool->half = expr_const(pool, 0.5);
    return pool;
}

// ---- construction by operation ---------------------------------------------

static bool all_constant(const Expr *const *args, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_constant(args[i]))
            return false;
    return true;
}

static const Expr *fold(ExprPool *pool, ExprOp op, const Expr *const *args,
                        size_t n)
{
    double values[EXP_DIVIDED_MAX];
    for (size_t i = 0; i < n; i++)
        values[i] = args[i]->value;
    return expr_const(pool, value_apply(op, values, n));
}

const Expr *expr_make(ExprPool *pool, ExprOp op, const Expr *const *args,
                      size_t n_args)
{
    assert(op_kind(op) != KIND_LEAF);
    assert(op_arity(op) < 0 || (size_t)op_arity(op) == n_args);
    if (op_kind(op) == KIND_ELEMENT && n_args <= EXP_DIVIDED_MAX &&
        all_constant(args, n_args))
        return fold(pool, op, args, n_args);
    return op_rows[op].build(pool, op, args, n_args);
}
