// What the printers share: a text buffer, the form in which people read sums
// (positive terms first) and products (a fraction with a sign), and the walk
// through an expression, which asks a notation for what differs.
#ifndef SNNC_MATH_PRINT_FORM_H
#define SNNC_MATH_PRINT_FORM_H

#include "math/expr.h"

// How tightly a form binds, loosest first.
typedef enum {
    BIND_SELECT,
    BIND_OR,
    BIND_AND,
    BIND_NOT,
    BIND_COMPARISON,
    BIND_SUM,
    BIND_PRODUCT,
    BIND_POWER,
    BIND_ATOM
} Binding;

typedef struct Text {
    Arena *arena;
    const struct Notation *notation;
    char *bytes;
    size_t n, capacity;
} Text;

void text_put(Text *text, const char *piece);
void text_printf(Text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// Ends the text; it lies in the arena.
char *text_end(Text *text);

enum { NUMBER_SIZE = 40 };
// The shortest decimal that reads back as the same double.
void form_number(char out[NUMBER_SIZE], double value);

// base^exponent; exponent NULL is 1, and only its magnitude counts if constant.
typedef struct FormPower {
    const Expr *base, *exponent;
} FormPower;

// [-] over_number * over... / (under_number * under...); numbers are >= 0 and 1
// where there is none. `flipped` is a sum among the factors that is to be
// printed with all its signs reversed, which saved the minus in front.
typedef struct FormFraction {
    bool negative;
    double over_number, under_number;
    FormPower *over, *under;
    size_t n_over, n_under;
    const Expr *flipped;
} FormFraction;

// Any expression as a fraction; a sum is its own single factor.
FormFraction form_fraction(Arena *arena, const Expr *e);

// The terms of a sum in the order in which they print; `flip` reverses signs.
const Expr **form_sum(Arena *arena, const Expr *sum, bool flip);

Binding form_binding(const Expr *e);

// ---- walk.c ----------------------------------------------------------------

typedef struct Notation {
    const char *open, *close;             // parentheses
    const char *index_open, *index_close; // around an index
    const char *raise, *lower;            // around an exponent
    Binding exponent;                     // what needs no parentheses there
    void (*put_number)(Text *text, double value);
    void (*put_symbol)(Text *text, const Expr *symbol);
    // Without its sign.
    void (*put_fraction)(Text *text, const FormFraction *fraction);
    // All but numbers, symbols, sums, products, powers and indices.
    void (*put_rest)(Text *text, const Expr *e);
} Notation;

char *form_print(Arena *arena, const Notation *notation, const Expr *e);
// In parentheses where it binds less than `at_least`.
void put_expr(Text *text, const Expr *e, Binding at_least);
// `flip`: base is a sum that prints with all its signs reversed.
void put_power(Text *text, FormPower power, bool flip, Binding at_least);

#endif
