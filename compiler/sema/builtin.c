// Built-in names and functions: the table builtin.def put to work.
#include "sema/evaluate.h"

#include <math.h>
#include <string.h>
#include "sema/declare.h"

#define ANYWHERE (~0u)
#define IN(context) (1u << CONTEXT_##context)
#define SEEING (IN(FUNCTION) | IN(LOSS) | IN(ARGUMENT) | IN(PREDICTION))
#define COUNTING (IN(FUNCTION) | IN(ARGUMENT) | IN(SCHEDULE) | IN(OPTIMIZER))
#define SCHEDULING (IN(FUNCTION) | IN(ARGUMENT) | IN(SCHEDULE))
#define DRAWING (IN(FUNCTION) | IN(INITIAL) | IN(WEIGHT) | IN(TRANSFORM))

static bool is_available(const Env *env, Ident name, unsigned contexts)
{
    if (contexts & (1u << env->context->kind))
        return true;
    REPORT(env, NOT_AVAILABLE, name.span, name.name,
           context_text(env->context->kind));
    return false;
}

// ---- names -----------------------------------------------------------------

typedef struct NameRow {
    const char *text;
    bool is_time;
    unsigned contexts;
} NameRow;

static const NameRow name_rows[] = {
#define NONE false
#define TIME true
#define BUILTIN_NAME(id, text, dimension, contexts) {text, dimension, contexts},
#include "sema/builtin.def"
#undef NONE
#undef TIME
};

static int find_name(const char *name)
{
    for (int i = 0; i < BUILTIN_NAME_COUNT; i++)
        if (!strcmp(name_rows[i].text, name))
            return i;
    return -1;
}

bool builtin_is_reserved(Name name)
{
    int row = find_name(name);
    return row >= 0 && name_rows[row].contexts == ANYWHERE;
}

static Value name_value(const Env *env, BuiltinName name)
{
    ExprPool *pool = env->sema->pool;
    if (name == BUILTIN_NAME_PI)
        return value_number(expr_const(pool, acos(-1.0)), dimension_none());
    if (name == BUILTIN_NAME_INFINITY) {
        Value value =
            value_number(expr_const(pool, INFINITY), dimension_none());
        value.fits_any = true;
        return value;
    }
    return value_number(context_symbol(env->sema, env->context, name),
                        name_rows[name].is_time ? dimension_of_time()
                                                : dimension_none());
}

// The time of a spike, and a time along the way, have a meaning inside of some
// observables; a function is looked at where it is used.
static bool is_time_here(const Env *env, BuiltinName name)
{
    const Trajectory *trajectory = env->trajectory;
    bool is_function = env->context->kind == CONTEXT_FUNCTION;
    if (name == BUILTIN_NAME_TIME)
        return is_function || (trajectory && trajectory->has_time);
    if (name == BUILTIN_NAME_OTHER_TIME)
        return is_function || (trajectory && trajectory->has_other_time);
    return true;
}

bool builtin_name(const Env *env, Ident name, Value *out_value)
{
    int row = find_name(name.name);
    if (row < 0)
        return false;
    // A constant of the user may have the name of something that is not
    // available here.
    bool is_here = name_rows[row].contexts & (1u << env->context->kind) &&
                   is_time_here(env, (BuiltinName)row);
    if (!is_here && declare_find(env->sema, AST_CONST, name.name))
        return false;
    *out_value = VALUE_POISONED;
    if (!is_available(env, name, name_rows[row].contexts))
        return true;
    if (!is_time_here(env, (BuiltinName)row))
        REPORT(env, TIME_OUTSIDE, name.span, name.name);
    else
        *out_value = name_value(env, (BuiltinName)row);
    return true;
}

// ---- functions -------------------------------------------------------------

typedef enum {
    RULE_PLAIN, RULE_KEEP, RULE_ROOT, RULE_FORGET, RULE_PAIR, RULE_REDUCE,
    RULE_REDUCE_PLAIN, RULE_REDUCE_FORGET, RULE_MEAN, RULE_DRAW, RULE_TIMES,
    RULE_FIRED, RULE_SPIKES, RULE_OVER_TIME, RULE_NTH, RULE_OVER_SPIKES,
    RULE_POSITION, RULE_INTEGRAL, RULE_STALLS, RULE_AT,
} Rule;

typedef enum {
#define BUILTIN(id, text, n_args, rule, op, contexts) BUILTIN_##id,
#include "sema/builtin.def"
    N_BUILTINS
} Builtin;

typedef struct FunctionRow {
    const char *text;
    size_t n_args;
    Rule rule;
    ExprOp op;
    unsigned contexts;
} FunctionRow;

static const FunctionRow function_rows[] = {
#define BUILTIN(id, text, n_args, rule, op, contexts)                       \
    {text, n_args, RULE_##rule, EXPR_##op, contexts},
#include "sema/builtin.def"
};

static int find_function(const char *name)
{
    for (int i = 0; i < N_BUILTINS; i++)
        if (!strcmp(function_rows[i].text, name))
            return i;
    return -1;
}

bool builtin_has_function(Name name)
{
    return find_function(name) >= 0;
}

size_t builtin_candidates(const char **out_names, bool functions)
{
    size_t n = 0;
    if (functions)
        while (n < N_BUILTINS)
            out_names[n] = function_rows[n].text, n++;
    else
        while (n < BUILTIN_NAME_COUNT)
            out_names[n] = name_rows[n].text, n++;
    return n;
}

static const char *argument_text(const Env *env, const FunctionRow *row)
{
    return arena_printf(env->sema->arena, "the argument of '%s'", row->text);
}

static bool is_reduction(Rule rule)
{
    return rule == RULE_REDUCE || rule == RULE_REDUCE_PLAIN ||
           rule == RULE_REDUCE_FORGET || rule == RULE_MEAN;
}

static bool is_vector(const Env *env, const FunctionRow *row, Operand operand)
{
    if (value_is_vector(operand.value))
        return true;
    REPORT(env, REDUCE_SCALAR, operand.span, row->text,
           value_describe(env->sema->arena, operand.value));
    return false;
}

// Truth values count as 0 and 1 in a reduction: sum(fired(out)).
static Value reducible(Operand operand)
{
    Value value = operand.value;
    if (value.kind == VALUE_BOOLEAN)
        value.kind = VALUE_NUMBER, value.dimension = dimension_none();
    return value;
}

// How many neurons a vector is over: a number, unless the layer is not known.
static const Expr *axis_length(const Env *env, uint32_t axis)
{
    ExprPool *pool = env->sema->pool;
    if (axis < AXIS_STAND_IN)
        return expr_const(pool, env->sema->model->populations[axis - 1]->size);
    return expr_reduce(pool, EXPR_COUNT, expr_const(pool, 1), axis);
}

// A vector whose elements became one and the same has an expression without
// axis.
static const Expr *reduce(const Env *env, ExprOp op, Value value)
{
    ExprPool *pool = env->sema->pool;
    const Expr *length = axis_length(env, value.axis);
    bool is_same = value.expr->axis == AXIS_SCALAR;
    if (op == EXPR_COUNT)
        return length;
    if (op == EXPR_SUM && is_same)
        return expr_mul(pool, value.expr, length);
    if (op == EXPR_LOGSUMEXP && is_same)
        return expr_add(pool, value.expr, expr_unary(pool, EXPR_LOG, length));
    return expr_reduce(pool, op, value.expr, value.axis);
}

static Value call_mean(const Env *env, Value value)
{
    const Expr *sum = reduce(env, EXPR_SUM, value);
    const Expr *mean =
        expr_div(env->sema->pool, sum, axis_length(env, value.axis));
    return value_number(mean, value.dimension);
}

static Dimension result_dimension(Rule rule, Dimension dimension)
{
    if (rule == RULE_ROOT)
        return dimension_power(dimension, rational_make(1, 2));
    if (rule == RULE_FORGET || rule == RULE_REDUCE_FORGET)
        return dimension_none();
    return dimension;
}

static Value apply_unary(const Env *env, const FunctionRow *row, Value value)
{
    bool reduces = is_reduction(row->rule);
    value.expr = reduces ? reduce(env, row->op, value)
                         : expr_unary(env->sema->pool, row->op, value.expr);
    if (reduces)
        value.axis = AXIS_SCALAR;
    value.dimension = result_dimension(row->rule, value.dimension);
    value.fits_any = false;
    return value;
}

static Value call_unary(const Env *env, const FunctionRow *row, Operand operand)
{
    if (is_reduction(row->rule))
        operand.value = reducible(operand);
    bool plain = row->rule == RULE_PLAIN || row->rule == RULE_REDUCE_PLAIN;
    const char *what = argument_text(env, row);
    Value value = plain ? conform(env, operand, dimension_none(), what)
                        : conform_number(env, operand, what);
    if (value_is_poison(value) ||
        (is_reduction(row->rule) && !is_vector(env, row, operand)))
        return VALUE_POISONED;
    if (row->rule == RULE_MEAN)
        return call_mean(env, value);
    return apply_unary(env, row, value);
}

static Value call_pair(const Env *env, const FunctionRow *row,
                       const AstExpr *call)
{
    const AstArgs *args = &call->call.args;
    Operand a = evaluate_operand(env, args->items[0].value);
    Operand b = evaluate_operand(env, args->items[1].value);
    const char *what = argument_text(env, row);
    a.value = conform_number(env, a, what);
    b.value = conform_number(env, b, what);
    if (value_is_poison(a.value) || value_is_poison(b.value) ||
        !axes_agree(env, call->span, a, b))
        return VALUE_POISONED;
    Dimension dimension;
    if (dimensions_agree(a.value, b.value, &dimension)) {
        Value value = value_number(
            expr_binary(env->sema->pool, row->op, a.value.expr, b.value.expr),
            dimension);
        value.axis = a.value.axis ? a.value.axis : b.value.axis;
        return value;
    }
    Arena *arena = env->sema->arena;
    REPORT(env, CANNOT_COMPARE, call->span, value_describe(arena, a.value),
           value_describe(arena, b.value));
    return VALUE_POISONED;
}

static Value call_draw(const Env *env, Builtin builtin)
{
    Sema *sema = env->sema;
    Context *context = env->context;
    const Expr *symbol = expr_symbol(
        sema->pool, function_rows[builtin].text, NULL, AXIS_SCALAR);
    Draw draw = {
        .symbol = symbol,
        .is_gaussian = builtin == BUILTIN_GAUSSIAN ||
                       builtin == BUILTIN_SAMPLE_GAUSSIAN,
        .is_of_sample = builtin == BUILTIN_SAMPLE_GAUSSIAN ||
                        builtin == BUILTIN_SAMPLE_UNIFORM,
    };
    ARENA_PUSH(sema->arena, context->draws, context->n_draws,
               context->draws_capacity, draw);
    return value_number(symbol, dimension_none());
}

static Value call_fired(const Env *env, const AstExpr *call)
{
    ExprPool *pool = env->sema->pool;
    Value time = observe_layer(env, call, OBSERVE_FIRST_SPIKE);
    if (value_is_poison(time))
        return time;
    return value_boolean(expr_binary(pool, EXPR_LT, time.expr,
                                     expr_const(pool, INFINITY)));
}

static Value call_by_rule(const Env *env, Builtin builtin, const AstExpr *call)
{
    const FunctionRow *row = &function_rows[builtin];
    switch (row->rule) {
    case RULE_PAIR: return call_pair(env, row, call);
    case RULE_DRAW: return call_draw(env, builtin);
    case RULE_TIMES: return observe_layer(env, call, OBSERVE_FIRST_SPIKE);
    case RULE_SPIKES: return observe_layer(env, call, OBSERVE_SPIKE_COUNT);
    case RULE_FIRED: return call_fired(env, call);
    case RULE_NTH: return observe_nth_spike(env, call);
    case RULE_AT: return observe_at(env, call);
    case RULE_STALLS: return hyper_stalls(env, call);
    case RULE_INTEGRAL: return observe_integral(env, call);
    case RULE_POSITION: return observe_position(env, call);
    case RULE_OVER_SPIKES:
        return observe_over_spikes(env, call, builtin == BUILTIN_SPIKE_SUM
                                                  ? OBSERVE_SPIKE_SUM
                                                  : OBSERVE_PAIR_SUM);
    case RULE_OVER_TIME:
        return observe_trajectory(env, call, builtin == BUILTIN_MAXIMUM
                                                 ? OBSERVE_MAXIMUM
                                                 : OBSERVE_FINAL);
    default:
        return call_unary(
            env, row, evaluate_operand(env, call->call.args.items[0].value));
    }
}

// Built-in functions take plain positional arguments.
static bool are_arguments(const Env *env, const FunctionRow *row,
                          const AstExpr *call)
{
    const AstArgs *args = &call->call.args;
    if (args->count != row->n_args) {
        REPORT(env, ARGUMENT_COUNT, call->span, row->text, row->n_args,
               row->n_args == 1 ? "" : "s", args->count);
        return false;
    }
    for (size_t i = 0; i < args->count; i++)
        if (args->items[i].name.name) {
            REPORT(env, UNKNOWN_ARGUMENT, args->items[i].name.span, row->text,
                   args->items[i].name.name);
            return false;
        }
    return true;
}

bool builtin_call(const Env *env, const AstExpr *call, Value *out_value)
{
    int row = find_function(call->call.callee.name);
    if (row < 0)
        return false;
    *out_value = VALUE_POISONED;
    const FunctionRow *function = &function_rows[row];
    if (is_available(env, call->call.callee, function->contexts) &&
        are_arguments(env, function, call))
        *out_value = call_by_rule(env, (Builtin)row, call);
    return true;
}
