// The forms in which sums and products print: a fraction is restored from
// negative powers, subtraction from negative coefficients, and x/20 from
// 0.05 * x where that is shorter.
#include "math/print/form.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "math/pool.h"

// ---- text ------------------------------------------------------------------

void text_put(Text *text, const char *piece)
{
    for (; *piece != '\0'; piece++)
        ARENA_PUSH(text->arena, text->bytes, text->n, text->capacity, *piece);
}

void text_printf(Text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_put(text, arena_vprintf(text->arena, format, args));
    va_end(args);
}

char *text_end(Text *text)
{
    ARENA_PUSH(text->arena, text->bytes, text->n, text->capacity, '\0');
    return text->bytes;
}

// 2e+05 and 1e-07 become 2e5 and 1e-7.
static void trim_exponent(char *number)
{
    char *from = strchr(number, 'e');
    if (from == NULL)
        return;
    char *to = ++from;
    if (*from == '-')
        to++;
    from += strspn(from, "+-0");
    memmove(to, from, strlen(from) + 1);
}

void form_number(char out[NUMBER_SIZE], double value)
{
    if (fabs(value) < 1e6 && floor(value) == value) {
        snprintf(out, NUMBER_SIZE, "%.0f", value);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    if (isfinite(value))
        trim_exponent(out);
}

// ---- fractions -------------------------------------------------------------

// Whether 1/value can stand for it and is much shorter to write.
static bool is_better_inverted(double value)
{
    char plain[NUMBER_SIZE], inverted[NUMBER_SIZE];
    if (!isfinite(value) || value == 0 || 1 / (1 / value) != value)
        return false;
    form_number(plain, value);
    form_number(inverted, 1 / value);
    return 2 * strlen(inverted) <= strlen(plain);
}

static void set_number(FormFraction *fraction, double value)
{
    fraction->negative = value < 0;
    value = fabs(value);
    if (is_better_inverted(value))
        fraction->under_number = 1 / value;
    else
        fraction->over_number = value;
}

static bool has_negative_exponent(const Expr *e)
{
    return e->op == EXPR_POW && is_constant(e->args[1]) &&
           e->args[1]->value < 0;
}

static void add_factor(FormFraction *fraction, const Expr *e)
{
    FormPower power = {e, NULL};
    if (e->op == EXPR_POW)
        power = (FormPower){e->args[0], e->args[1]};
    if (power.exponent != NULL && fabs(coefficient_of(power.exponent)) == 1 &&
        is_constant(power.exponent))
        power.exponent = NULL;
    if (has_negative_exponent(e))
        fraction->under[fraction->n_under++] = power;
    else
        fraction->over[fraction->n_over++] = power;
}

static bool has_negative_term(const Expr *sum)
{
    for (size_t i = 0; i < sum->n_args; i++)
        if (coefficient_of(sum->args[i]) < 0)
            return true;
    return false;
}

static const Expr *find_flippable(const FormPower *powers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (powers[i].base->op == EXPR_ADD && powers[i].exponent == NULL &&
            has_negative_term(powers[i].base))
            return powers[i].base;
    return NULL;
}

static void flip_a_sum(FormFraction *fraction)
{
    const Expr *sum = find_flippable(fraction->over, fraction->n_over);
    if (sum == NULL)
        sum = find_flippable(fraction->under, fraction->n_under);
    fraction->flipped = sum;
    fraction->negative = sum == NULL;
}

FormFraction form_fraction(Arena *arena, const Expr *e)
{
    FormFraction fraction = {.over_number = 1, .under_number = 1};
    const Expr *const *factors = e->op == EXPR_MUL ? e->args : &e;
    size_t n = e->op == EXPR_MUL ? e->n_args : 1;
    fraction.over = ARENA_ARRAY(arena, FormPower, n);
    fraction.under = ARENA_ARRAY(arena, FormPower, n);
    for (size_t i = 0; i < n; i++)
        if (is_constant(factors[i]))
            set_number(&fraction, factors[i]->value);
        else
            add_factor(&fraction, factors[i]);
    if (fraction.negative)
        flip_a_sum(&fraction);
    return fraction;
}

// ---- sums ------------------------------------------------------------------

const Expr **form_sum(Arena *arena, const Expr *sum, bool flip)
{
    const Expr **terms = ARENA_ARRAY(arena, const Expr *, sum->n_args);
    size_t n = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < sum->n_args; i++) {
            bool negative = form_fraction(arena, sum->args[i]).negative;
            if ((negative != flip) == (pass == 1))
                terms[n++] = sum->args[i];
        }
    return terms;
}

Binding form_binding(const Expr *e)
{
    switch (e->op) {
    case EXPR_CONST:
        return e->value < 0 ? BIND_PRODUCT : BIND_ATOM;
    case EXPR_ADD:
        return BIND_SUM;
    case EXPR_MUL:
        return BIND_PRODUCT;
    case EXPR_POW:
        return has_negative_exponent(e) ? BIND_PRODUCT : BIND_POWER;
    case EXPR_LT:
    case EXPR_LE:
    case EXPR_EQ:
        return BIND_COMPARISON;
    case EXPR_AND:
        return BIND_AND;
    case EXPR_OR:
        return BIND_OR;
    case EXPR_NOT:
        return BIND_NOT;
    case EXPR_SELECT:
        return BIND_SELECT;
    default:
        return BIND_ATOM;
    }
}
