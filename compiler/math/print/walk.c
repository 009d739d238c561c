// The walk through an expression that all notations share.
#include "math/pool.h"
#include "math/print/form.h"

#include <math.h>

static void put_sum(Text *text, const Expr *sum, bool flip)
{
    const Expr **terms = form_sum(text->arena, sum, flip);
    for (size_t i = 0; i < sum->n_args; i++) {
        FormFraction fraction = form_fraction(text->arena, terms[i]);
        bool negative = fraction.negative != flip;
        if (i > 0)
            text_put(text, negative ? " - " : " + ");
        else if (negative)
            text_put(text, "-");
        text->notation->put_fraction(text, &fraction);
    }
}

static void put_base(Text *text, const Expr *base, bool flip, Binding at_least)
{
    bool parentheses = at_least > BIND_SUM;
    if (!flip) {
        put_expr(text, base, at_least);
        return;
    }
    text_put(text, parentheses ? text->notation->open : "");
    put_sum(text, base, true);
    text_put(text, parentheses ? text->notation->close : "");
}

void put_power(Text *text, FormPower power, bool flip, Binding at_least)
{
    const Notation *notation = text->notation;
    if (power.exponent == NULL) {
        put_base(text, power.base, flip, at_least);
        return;
    }
    put_base(text, power.base, flip, BIND_ATOM);
    text_put(text, notation->raise);
    if (is_constant(power.exponent))
        notation->put_number(text, fabs(power.exponent->value));
    else
        put_expr(text, power.exponent, notation->exponent);
    text_put(text, notation->lower);
}

static void put_product(Text *text, const Expr *e)
{
    FormFraction fraction = form_fraction(text->arena, e);
    text_put(text, fraction.negative ? "-" : "");
    text->notation->put_fraction(text, &fraction);
}

static void put_index(Text *text, const Expr *e)
{
    put_expr(text, e->args[0], BIND_ATOM);
    text_put(text, text->notation->index_open);
    put_expr(text, e->args[1], BIND_SELECT);
    text_put(text, text->notation->index_close);
}

static void put_bare(Text *text, const Expr *e)
{
    switch (e->op) {
    case EXPR_CONST:
        text->notation->put_number(text, e->value);
        return;
    case EXPR_SYMBOL:
        text->notation->put_symbol(text, e);
        return;
    case EXPR_ADD:
        put_sum(text, e, false);
        return;
    case EXPR_MUL:
    case EXPR_POW:
        put_product(text, e);
        return;
    case EXPR_INDEX:
        put_index(text, e);
        return;
    default:
        text->notation->put_rest(text, e);
    }
}

void put_expr(Text *text, const Expr *e, Binding at_least)
{
    bool loose = form_binding(e) < at_least;
    text_put(text, loose ? text->notation->open : "");
    put_bare(text, e);
    text_put(text, loose ? text->notation->close : "");
}

char *form_print(Arena *arena, const Notation *notation, const Expr *e)
{
    Text text = {.arena = arena, .notation = notation};
    put_expr(&text, e, BIND_SELECT);
    return text_end(&text);
}
