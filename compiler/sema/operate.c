// Operators: which dimensions may meet, and the expression that they make.
#include "sema/evaluate.h"

#include <math.h>

static bool is_any_poison(Operand left, Operand right)
{
    return value_is_poison(left.value) || value_is_poison(right.value);
}

static const char *describe(const Env *env, Operand operand)
{
    return value_describe(env->sema->arena, operand.value);
}

// Both numbers, of layers that may meet.
static bool are_numbers(const Env *env, Span span, Operand left, Operand right,
                        const char *what)
{
    bool both = !value_is_poison(conform_number(env, left, what)) &&
                !value_is_poison(conform_number(env, right, what));
    return both && axes_agree(env, span, left, right);
}

static void note_sides(const Env *env, Diag *diag, Operand left, Operand right)
{
    diag_note(diag, left.span, "this is %s", describe(env, left));
    diag_note(diag, right.span, "this is %s", describe(env, right));
}

static void reject_dimensions(const Env *env, AstOperator op, Span op_span,
                              Operand left, Operand right)
{
    const char *l = describe(env, left), *r = describe(env, right);
    Diag *diag;
    if (op == AST_OP_ADD)
        diag = REPORT(env, CANNOT_ADD, op_span, l, r);
    else if (op == AST_OP_SUBTRACT)
        diag = REPORT(env, CANNOT_SUBTRACT, op_span, r, l);
    else
        diag = REPORT(env, CANNOT_COMPARE, op_span, l, r);
    note_sides(env, diag, left, right);
}

// The common dimension of two numbers.
static bool meet(const Env *env, AstOperator op, Span op_span, Operand left,
                 Operand right, Dimension *out_dimension)
{
    if (dimensions_agree(left.value, right.value, out_dimension))
        return true;
    reject_dimensions(env, op, op_span, left, right);
    return false;
}

static Value add(const Env *env, AstOperator op, Span op_span, Operand left,
                 Operand right)
{
    Dimension dimension;
    if (!are_numbers(env, op_span, left, right, "a sum") ||
        !meet(env, op, op_span, left, right, &dimension))
        return VALUE_POISONED;
    ExprPool *pool = env->sema->pool;
    const Expr *l = left.value.expr, *r = right.value.expr;
    Value sum = value_number(
        op == AST_OP_ADD ? expr_add(pool, l, r) : expr_sub(pool, l, r),
        dimension);
    sum.fits_any = left.value.fits_any && right.value.fits_any;
    return sum;
}

static Value multiply(const Env *env, AstOperator op, Span op_span,
                      Operand left, Operand right)
{
    if (!are_numbers(env, op_span, left, right, "a product"))
        return VALUE_POISONED;
    ExprPool *pool = env->sema->pool;
    Value l = left.value, r = right.value;
    if (op == AST_OP_MULTIPLY)
        return value_number(expr_mul(pool, l.expr, r.expr),
                            dimension_multiply(l.dimension, r.dimension));
    if (value_is_zero(r)) {
        REPORT(env, DIVISION_BY_ZERO, right.span);
        return VALUE_POISONED;
    }
    return value_number(expr_div(pool, l.expr, r.expr),
                        dimension_divide(l.dimension, r.dimension));
}

static Value power(const Env *env, Span op_span, Operand left, Operand right)
{
    if (!are_numbers(env, op_span, left, right, "a power"))
        return VALUE_POISONED;
    Value base = left.value;
    Value exponent = conform(env, right, dimension_none(), "an exponent");
    if (value_is_poison(exponent))
        return exponent;
    const Expr *expr = expr_pow(env->sema->pool, base.expr, exponent.expr);
    if (dimension_is_none(base.dimension))
        return value_number(expr, dimension_none());
    Rational fraction;
    if (value_is_constant(exponent) &&
        rational_from_double(exponent.expr->value, &fraction))
        return value_number(expr, dimension_power(base.dimension, fraction));
    REPORT(env, POWER_OF_DIMENSION, right.span, describe(env, left));
    return VALUE_POISONED;
}

static const Expr *compare_exprs(ExprPool *pool, AstOperator op, const Expr *l,
                                 const Expr *r)
{
    switch (op) {
    case AST_OP_LESS: return expr_binary(pool, EXPR_LT, l, r);
    case AST_OP_LESS_EQUAL: return expr_binary(pool, EXPR_LE, l, r);
    case AST_OP_GREATER: return expr_binary(pool, EXPR_LT, r, l);
    case AST_OP_GREATER_EQUAL: return expr_binary(pool, EXPR_LE, r, l);
    case AST_OP_EQUAL: return expr_binary(pool, EXPR_EQ, l, r);
    default:
        return expr_unary(pool, EXPR_NOT, expr_binary(pool, EXPR_EQ, l, r));
    }
}

static Value compare(const Env *env, AstOperator op, Span op_span, Operand left,
                     Operand right)
{
    Dimension dimension;
    if (!are_numbers(env, op_span, left, right, "a comparison") ||
        !meet(env, op, op_span, left, right, &dimension))
        return VALUE_POISONED;
    return value_boolean(compare_exprs(env->sema->pool, op, left.value.expr,
                                       right.value.expr));
}

// `t or default`: the default where t is not finite.
static Value finite_or(const Env *env, Span op_span, Operand left,
                       Operand right)
{
    Dimension dimension;
    if (!are_numbers(env, op_span, left, right, "'or'"))
        return VALUE_POISONED;
    if (!dimensions_agree(left.value, right.value, &dimension)) {
        Diag *diag = REPORT(env, CANNOT_REPLACE, op_span, describe(env, left),
                            describe(env, right));
        note_sides(env, diag, left, right);
        return VALUE_POISONED;
    }
    ExprPool *pool = env->sema->pool;
    const Expr *value = left.value.expr;
    const Expr *is_finite =
        expr_binary(pool, EXPR_LT, value, expr_const(pool, INFINITY));
    return value_number(
        expr_select(pool, is_finite, value, right.value.expr), dimension);
}

static Value logic(const Env *env, AstOperator op, Span op_span, Operand left,
                   Operand right)
{
    if (op == AST_OP_OR && left.value.kind == VALUE_NUMBER)
        return finite_or(env, op_span, left, right);
    const char *what = op == AST_OP_OR ? "'or'" : "'and'";
    if (value_is_poison(conform_condition(env, left, what)) ||
        value_is_poison(conform_condition(env, right, what)) ||
        !axes_agree(env, op_span, left, right))
        return VALUE_POISONED;
    return value_boolean(expr_binary(
        env->sema->pool, op == AST_OP_OR ? EXPR_OR : EXPR_AND, left.value.expr,
        right.value.expr));
}

static Value apply(const Env *env, AstOperator op, Span op_span, Operand left,
                   Operand right)
{
    switch (op) {
    case AST_OP_ADD:
    case AST_OP_SUBTRACT: return add(env, op, op_span, left, right);
    case AST_OP_MULTIPLY:
    case AST_OP_DIVIDE: return multiply(env, op, op_span, left, right);
    case AST_OP_POWER: return power(env, op_span, left, right);
    case AST_OP_AND:
    case AST_OP_OR: return logic(env, op, op_span, left, right);
    default: return compare(env, op, op_span, left, right);
    }
}

// Simplified away or not, what was made of a vector is a vector.
static Value widen(Value value, Operand a, Operand b)
{
    if (!value_is_poison(value) && !value.axis)
        value.axis = a.value.axis ? a.value.axis : b.value.axis;
    return value;
}

Value operate(const Env *env, AstOperator op, Span op_span, Operand left,
              Operand right)
{
    if (is_any_poison(left, right))
        return VALUE_POISONED;
    return widen(apply(env, op, op_span, left, right), left, right);
}

Value operate_unary(const Env *env, AstOperator op, Operand operand)
{
    if (value_is_poison(operand.value))
        return operand.value;
    ExprPool *pool = env->sema->pool;
    if (op == AST_OP_NOT) {
        Value value = conform_condition(env, operand, "'not'");
        if (!value_is_poison(value))
            value.expr = expr_unary(pool, EXPR_NOT, value.expr);
        return value;
    }
    Value value = conform_number(env, operand, "a negation");
    if (!value_is_poison(value))
        value.expr = expr_neg(pool, value.expr);
    return value;
}

Value operate_select(const Env *env, Span span, Operand condition, Operand then,
                     Operand otherwise)
{
    Value truth = conform_condition(env, condition, "'if'");
    if (value_is_poison(truth) || is_any_poison(then, otherwise))
        return VALUE_POISONED;
    Dimension dimension;
    if (!are_numbers(env, span, then, otherwise, "a branch of 'if'") ||
        !axes_agree(env, span, condition, then) ||
        !axes_agree(env, span, condition, otherwise))
        return VALUE_POISONED;
    if (!dimensions_agree(then.value, otherwise.value, &dimension)) {
        Diag *diag = REPORT(env, BRANCHES_DIFFER, span, describe(env, then),
                            describe(env, otherwise));
        note_sides(env, diag, then, otherwise);
        return VALUE_POISONED;
    }
    Value chosen = value_number(expr_select(env->sema->pool, truth.expr,
                                            then.value.expr,
                                            otherwise.value.expr),
                                dimension);
    chosen.axis = truth.axis;
    return widen(chosen, then, otherwise);
}

static bool is_position(const Env *env, Operand position, uint32_t axis)
{
    const Model *model = env->sema->model;
    if (!value_is_constant(position.value) || axis >= AXIS_STAND_IN)
        return true;
    double at = position.value.expr->value;
    uint32_t size = model->populations[axis - 1]->size;
    if (at >= 0 && at < size && floor(at) == at)
        return true;
    REPORT(env, INDEX_RANGE, position.span, at, sema_axis_name(env->sema, axis),
           size);
    return false;
}

Value operate_index(const Env *env, Operand vector, Operand position)
{
    Value value = vector.value;
    if (value_is_poison(value))
        return value;
    if (!value_is_vector(value)) {
        REPORT(env, INDEX_OF_SCALAR, vector.span, describe(env, vector));
        return VALUE_POISONED;
    }
    Value at = conform(env, position, dimension_none(), "an index");
    if (!value_is_poison(at))
        at = conform_scalar(env, position, "an index");
    if (!value_is_poison(at) && !is_position(env, position, value.axis))
        return VALUE_POISONED;
    // An index that is not known yet still leaves one number behind.
    const Expr *where = value_is_poison(at) ? expr_const(env->sema->pool, 0)
                                            : at.expr;
    if (value.expr->axis != AXIS_SCALAR)
        value.expr =
            expr_binary(env->sema->pool, EXPR_INDEX, value.expr, where);
    value.axis = AXIS_SCALAR;
    return value;
}
