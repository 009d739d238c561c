// Expressions as text, as people write them and as the language reads them:
// infix with the fewest parentheses, a/b and a - b restored.
#include "math/pool.h"
#include "math/print/form.h"

#include <math.h>

static void put_number(Text *text, double value)
{
    char number[NUMBER_SIZE];
    form_number(number, value);
    text_put(text, number);
}

// ---- sums and products -----------------------------------------------------

static void put_factors(Text *text, const FormFraction *fraction,
                        double number, const FormPower *powers, size_t n)
{
    bool alone = n + (number != 1) == 1;
    if (number != 1 || n == 0)
        put_number(text, number);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 || number != 1)
            text_put(text, "*");
        bool flip = powers[i].base == fraction->flipped;
        bool whole = alone && powers != fraction->under;
        put_power(text, powers[i], flip, whole ? BIND_PRODUCT : BIND_POWER);
    }
}

// Without its sign.
static void put_fraction(Text *text, const FormFraction *fraction)
{
    put_factors(text, fraction, fraction->over_number, fraction->over,
                fraction->n_over);
    size_t n_under = fraction->n_under + (fraction->under_number != 1);
    if (n_under == 0)
        return;
    text_put(text, n_under > 1 ? "/(" : "/");
    put_factors(text, fraction, fraction->under_number, fraction->under,
                fraction->n_under);
    text_put(text, n_under > 1 ? ")" : "");
}

// ---- the rest --------------------------------------------------------------

static void put_infix(Text *text, const Expr *e, Binding binding)
{
    put_expr(text, e->args[0], binding == BIND_COMPARISON ? BIND_SUM : binding);
    text_printf(text, " %s ", expr_op_name(e->op));
    put_expr(text, e->args[1], binding + 1);
}

static void put_select(Text *text, const Expr *e)
{
    text_put(text, "if ");
    put_expr(text, e->args[0], BIND_OR);
    text_put(text, " then ");
    put_expr(text, e->args[1], BIND_OR);
    text_put(text, " else ");
    put_expr(text, e->args[2], BIND_SELECT);
}

static void put_call(Text *text, const Expr *e)
{
    text_printf(text, "%s(", expr_op_name(e->op));
    for (size_t i = 0; i < e->n_args; i++) {
        text_put(text, i > 0 ? ", " : "");
        put_expr(text, e->args[i], BIND_SELECT);
    }
    text_put(text, ")");
}

// expdd(a +- sqrt(d), b); with a factor expdd[z - base](...)
static void put_pairs(Text *text, const Expr *e)
{
    PairNodes p = expr_pair_nodes(e);
    text_put(text, "expdd");
    if (p.base) {
        text_put(text, "[z - ");
        put_expr(text, p.base, BIND_PRODUCT);
        text_put(text, "]");
    }
    for (size_t k = 0; k < p.n; k++) {
        bool is_square = k < 2 * p.n_pairs && k % 2 == 1;
        text_put(text, k == 0 ? "(" : is_square ? " +- sqrt(" : ", ");
        put_expr(text, p.nodes[k], is_square ? BIND_SELECT : BIND_SUM);
        text_put(text, is_square ? ")" : "");
    }
    text_put(text, ")");
}

static void put_symbol(Text *text, const Expr *e)
{
    text_put(text, e->name);
}

static void put_rest(Text *text, const Expr *e)
{
    switch (e->op) {
    case EXPR_IOTA:
        text_put(text, expr_op_name(e->op));
        return;
    case EXPR_LT:
    case EXPR_LE:
    case EXPR_EQ:
    case EXPR_AND:
    case EXPR_OR:
        put_infix(text, e, form_binding(e));
        return;
    case EXPR_NOT:
        text_put(text, "not ");
        put_expr(text, e->args[0], BIND_NOT);
        return;
    case EXPR_SELECT:
        put_select(text, e);
        return;
    case EXPR_PAIRDD:
    case EXPR_PAIRDDT:
        put_pairs(text, e);
        return;
    default:
        put_call(text, e);
    }
}

char *expr_text(Arena *arena, const Expr *e)
{
    static const Notation notation = {
        .open = "(", .close = ")", .index_open = "[", .index_close = "]",
        .raise = "^", .lower = "", .exponent = BIND_ATOM,
        .put_number = put_number, .put_symbol = put_symbol,
        .put_fraction = put_fraction, .put_rest = put_rest,
    };
    return form_print(arena, &notation, e);
}
