// Units and physical dimensions: the table of units (unit.def, prefix.def), the
// arithmetic of dimensions, and their names. A dimension is a vector of
// rational exponents of the seven SI base units.
//
// Exponents keep to +-UNIT_EXPONENT_LIMIT in numerator and denominator: what
// goes past it saturates, which no physical quantity ever does.
#ifndef SNNC_SYNTAX_UNIT_H
#define SNNC_SYNTAX_UNIT_H

#include <stdbool.h>
#include "base/arena.h"
#include "syntax/ast.h"

#define UNIT_EXPONENT_LIMIT 1000000
#define UNIT_EXPONENT_MAX 99 // of what may be written

// Always reduced, den > 0; zero-initialised {0, 0} is not valid, use
// DIMENSIONLESS or rational_make.
typedef struct Rational { int num, den; } Rational;

typedef enum {
    BASE_SECOND, BASE_METRE, BASE_KILOGRAM, BASE_AMPERE, BASE_KELVIN,
    BASE_MOLE, BASE_CANDELA, BASE_COUNT,
} BaseUnit;

typedef struct Dimension { Rational e[BASE_COUNT]; } Dimension;

// `den` must not be 0.
Rational rational_make(long long num, long long den);
Rational rational_add(Rational a, Rational b);
Rational rational_multiply(Rational a, Rational b);
bool rational_equal(Rational a, Rational b);
// The rational with denominator at most 12 that is exactly `value`'s nearest
// double; false when there is none (exponents such as 0.5 or 1/3).
bool rational_from_double(double value, Rational *out);

Dimension dimension_none(void);
Dimension dimension_of_time(void);
Dimension dimension_multiply(Dimension a, Dimension b);
Dimension dimension_divide(Dimension a, Dimension b);
Dimension dimension_power(Dimension a, Rational exponent);
bool dimension_equal(Dimension a, Dimension b);
bool dimension_is_none(Dimension a);

// "V/s", "A", "1": a unit that reads back to the same dimension, scale 1.
const char *dimension_format(Arena *arena, Dimension dimension);
// "time", "voltage", "dimensionless"; NULL without a name of its own.
const char *dimension_name(Dimension dimension);
// The name, or else the unit: for diagnostics.
const char *dimension_describe(Arena *arena, Dimension dimension);

// What one `name` (`mV`, `s`, `%`) is: scale in SI units. False: no such unit.
bool unit_lookup(const char *name, Dimension *out, double *out_scale);
bool unit_lookup_n(const char *name, size_t length, Dimension *out,
                   int *out_decimal);
// The unit that `wrong` may have meant, or NULL.
const char *unit_suggest(const char *wrong);

// The dimension of a whole written unit, and how many SI units one is. False
// when one of the names is no unit (reported by the syntax check).
bool unit_resolve(const AstUnit *unit, Dimension *out, double *out_scale);

// The value of an AST_NUMBER in SI units: the double nearest to what was
// written, digits and unit together (6.4 ms is exactly the double 0.0064).
double unit_number_value(const AstExpr *number);

#endif
