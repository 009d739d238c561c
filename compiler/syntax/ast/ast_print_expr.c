// Prints expressions, arguments and units (ast_print.h) with as few parentheses
// as operator.def allows.
#include "syntax/ast/ast_print.h"

#include <stdlib.h>

typedef enum { SIDE_LEFT, SIDE_RIGHT, SIDE_NONE } Side;

static const struct { const char *text; int precedence; Side side; }
    operators[] = {
#define OPERATOR(id, text, precedence, associativity) \
    [AST_OP_##id] = {text, precedence, SIDE_##associativity},
#include "syntax/operator.def"
#undef OPERATOR
};

// `if` goes on as far as it can; TIGHTEST are names, calls and the like.
enum { LOOSEST = 0, TIGHTEST = 100 };

static void print_at(const AstExpr *expr, int least, FILE *out);

// ---- units and literals ---------------------------------------------------

static void print_exponent(int numerator, int denominator, FILE *out)
{
    if (denominator != 1)
        fprintf(out, "^(%d/%d)", numerator, denominator);
    else if (numerator != 1)
        fprintf(out, "^%d", numerator);
}

// `follows`: something stands before the first factor.
static void print_factors(const AstUnit *unit, bool follows, FILE *out)
{
    for (size_t i = 0; i < unit->count; i++) {
        const AstUnitFactor *factor = &unit->factors[i];
        int numerator = factor->numerator;
        if (follows || i > 0) {
            fputc(numerator < 0 ? '/' : '*', out);
            numerator = abs(numerator);
        }
        fputs(factor->name.name, out);
        print_exponent(numerator, factor->denominator, out);
    }
}

void ast_print_unit(const AstUnit *unit, FILE *out)
{
    bool needs_one = unit->count == 0 || unit->factors[0].numerator < 0;
    if (needs_one)
        fputc('1', out);
    print_factors(unit, needs_one, out);
}

static void print_number(const AstExpr *expr, FILE *out)
{
    fputs(expr->number.text, out);
    if (expr->number.unit.count > 0)
        fputc(' ', out);
    print_factors(&expr->number.unit, false, out);
}

void ast_print_string(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\' || *text == '\n')
            fputc('\\', out);
        fputc(*text == '\n' ? 'n' : *text, out);
    }
    fputc('"', out);
}

// ---- precedence -----------------------------------------------------------

// A number with a unit is no base: the exponent would belong to the unit.
static int precedence_of(const AstExpr *expr)
{
    switch (expr->kind) {
    case AST_IF:
        return LOOSEST;
    case AST_UNARY:
        return operators[expr->unary.op].precedence;
    case AST_BINARY:
        return operators[expr->binary.op].precedence;
    case AST_NUMBER:
        return expr->number.unit.count > 0
                   ? operators[AST_OP_POWER].precedence : TIGHTEST;
    default:
        return TIGHTEST;
    }
}

// What the operand on the left of `op` needs at least to stand bare.
static int least_left(AstOperator op)
{
    return operators[op].precedence + (operators[op].side != SIDE_LEFT);
}

// A sign may stand behind '^': 2^-1.
static int least_right(AstOperator op)
{
    if (op == AST_OP_POWER)
        return operators[AST_OP_NEGATE].precedence;
    return operators[op].precedence + (operators[op].side != SIDE_RIGHT);
}

// ---- expressions ----------------------------------------------------------

static void print_unary(const AstExpr *expr, FILE *out)
{
    AstOperator op = expr->unary.op;
    fprintf(out, op == AST_OP_NEGATE ? "%s" : "%s ", operators[op].text);
    print_at(expr->unary.operand, operators[op].precedence, out);
}

static void print_binary(const AstExpr *expr, FILE *out)
{
    AstOperator op = expr->binary.op;
    print_at(expr->binary.left, least_left(op), out);
    fprintf(out, op == AST_OP_POWER ? "%s" : " %s ", operators[op].text);
    print_at(expr->binary.right, least_right(op), out);
}

static void print_index(const AstExpr *expr, FILE *out)
{
    print_at(expr->index.base, TIGHTEST, out);
    fputc('[', out);
    ast_print_expr(expr->index.index, out);
    fputc(']', out);
}

static void print_member(const AstExpr *expr, FILE *out)
{
    print_at(expr->member.base, TIGHTEST, out);
    fprintf(out, ".%s", expr->member.member.name);
}

static void print_call(const AstExpr *expr, FILE *out)
{
    fputs(expr->call.callee.name, out);
    ast_print_args(&expr->call.args, out);
}

static void print_if(const AstExpr *expr, FILE *out)
{
    fputs("if ", out);
    ast_print_expr(expr->conditional.condition, out);
    fputs(" then ", out);
    ast_print_expr(expr->conditional.then, out);
    fputs(" else ", out);
    ast_print_expr(expr->conditional.otherwise, out);
}

static void print_literal(const AstExpr *expr, FILE *out)
{
    if (expr->kind == AST_STRING)
        ast_print_string(expr->string.text, out);
    else if (expr->kind == AST_NAME)
        fputs(expr->name.name, out);
}

void ast_print_expr(const AstExpr *expr, FILE *out)
{
    static void (*const printers[])(const AstExpr *, FILE *) = {
        [AST_NUMBER] = print_number, [AST_STRING] = print_literal,
        [AST_NAME] = print_literal,  [AST_MEMBER] = print_member,
        [AST_UNARY] = print_unary,   [AST_BINARY] = print_binary,
        [AST_CALL] = print_call,     [AST_INDEX] = print_index,
        [AST_IF] = print_if,         [AST_EXPR_ERROR] = print_literal,
    };
    printers[expr->kind](expr, out);
}

static void print_in_parentheses(const AstExpr *expr, FILE *out)
{
    fputc('(', out);
    ast_print_expr(expr, out);
    fputc(')', out);
}

static void print_at(const AstExpr *expr, int least, FILE *out)
{
    if (precedence_of(expr) < least)
        print_in_parentheses(expr, out);
    else
        ast_print_expr(expr, out);
}

static bool begins_with_sign(const AstExpr *expr)
{
    while (expr->kind == AST_BINARY
           && precedence_of(expr->binary.left) >= least_left(expr->binary.op))
        expr = expr->binary.left;
    return expr->kind == AST_UNARY && expr->unary.op == AST_OP_NEGATE;
}

void ast_print_result(const AstExpr *expr, FILE *out)
{
    if (begins_with_sign(expr))
        print_in_parentheses(expr, out);
    else
        ast_print_expr(expr, out);
}

// ---- arguments ------------------------------------------------------------

static void print_bounds(const AstArg *arg, FILE *out)
{
    fputs(" in [", out);
    ast_print_expr(arg->low, out);
    fputs(", ", out);
    ast_print_expr(arg->high, out);
    fputc(']', out);
}

void ast_print_arg(const AstArg *arg, FILE *out)
{
    if (arg->name.name != NULL)
        fprintf(out, "%s %c ", arg->name.name, arg->random ? '~' : '=');
    ast_print_expr(arg->value, out);
    if (arg->learned)
        fputs(" learned", out);
    if (arg->frozen)
        fputs(" frozen", out);
    if (arg->per.name != NULL)
        fprintf(out, " per %s", arg->per.name);
    if (arg->low != NULL)
        print_bounds(arg, out);
}

void ast_print_args(const AstArgs *args, FILE *out)
{
    fputc('(', out);
    for (size_t i = 0; i < args->count; i++) {
        fputs(i > 0 ? ", " : "", out);
        ast_print_arg(&args->items[i], out);
    }
    fputc(')', out);
}

void ast_print_use(const AstUse *use, FILE *out)
{
    fputs(use->name.name, out);
    if (use->args.count > 0)
        ast_print_args(&use->args, out);
}
