// The lookup of units, and the value of a number with its unit. Scales are
// powers of ten and are kept as such, so that the value of `6.4 ms` is rounded
// once, from all that was written.
#include "syntax/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/diag.h"

#define E(n) {n, 1}

typedef struct Unit {
    const char *name;
    bool prefixes;
    int decimal;
    Dimension dimension;
} Unit;

typedef struct Prefix { const char *text; int decimal; } Prefix;

static const Unit units[] = {
#define UNIT(name, prefixes, decimal, s, m, kg, a, k, mol, cd) \
    {name, prefixes, decimal,                                  \
     {{E(s), E(m), E(kg), E(a), E(k), E(mol), E(cd)}}},
#include "syntax/unit.def"
#undef UNIT
};

static const Prefix prefixes[] = {
#define PREFIX(text, decimal) {text, decimal},
#include "syntax/prefix.def"
#undef PREFIX
};

#define COUNT(table) (sizeof table / sizeof *table)

static const Unit *find_exact(const char *name, size_t length)
{
    for (size_t i = 0; i < COUNT(units); i++)
        if (strlen(units[i].name) == length
            && memcmp(units[i].name, name, length) == 0)
            return &units[i];
    return NULL;
}

static const Unit *find_prefixed(const char *name, size_t length,
                                 int *out_decimal)
{
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        size_t n = strlen(prefixes[i].text);
        if (n >= length || memcmp(prefixes[i].text, name, n) != 0)
            continue;
        const Unit *unit = find_exact(name + n, length - n);
        if (unit != NULL && unit->prefixes) {
            *out_decimal = prefixes[i].decimal + unit->decimal;
            return unit;
        }
    }
    return NULL;
}

bool unit_lookup_n(const char *name, size_t length, Dimension *out,
                   int *out_decimal)
{
    const Unit *unit = find_exact(name, length);
    if (unit != NULL)
        *out_decimal = unit->decimal;
    else
        unit = find_prefixed(name, length, out_decimal);
    if (unit == NULL)
        return false;
    *out = unit->dimension;
    return true;
}

bool unit_lookup(const char *name, Dimension *out, double *out_scale)
{
    int decimal;
    if (!unit_lookup_n(name, strlen(name), out, &decimal))
        return false;
    *out_scale = pow(10, decimal);
    return true;
}

// Only the case or one letter is off: 'MS', 'hz', 'volt' has no near unit.
const char *unit_suggest(const char *wrong)
{
    static const char *const common[] = {
        "s", "ms", "us", "ns", "V", "mV", "uV", "A", "mA", "uA", "nA", "pA",
        "F", "uF", "nF", "pF", "Ohm", "kOhm", "MOhm", "S", "mS", "uS", "nS",
        "Hz", "kHz", "MHz", "C", "mM", "uM", "m", "cm", "mm", "um", "mol"};
    for (size_t i = 0; i < COUNT(common); i++)
        if (strcasecmp(common[i], wrong) == 0)
            return common[i];
    if (strlen(wrong) < 3)
        return NULL;
    return suggest_name(wrong, common, COUNT(common));
}

// Dimension and power of ten of a written unit. The power is a real number
// when a factor has a broken exponent such as mV^(1/2).
static bool resolve(const AstUnit *unit, Dimension *out, double *out_decimal)
{
    *out = dimension_none();
    *out_decimal = 0;
    for (size_t i = 0; i < unit->count; i++) {
        const AstUnitFactor *factor = &unit->factors[i];
        const char *name = factor->name.name;
        Dimension dimension;
        int decimal;
        if (factor->denominator == 0
            || !unit_lookup_n(name, strlen(name), &dimension, &decimal))
            return false;
        Rational e = rational_make(factor->numerator, factor->denominator);
        *out = dimension_multiply(*out, dimension_power(dimension, e));
        *out_decimal += (double)decimal * e.num / e.den;
    }
    return true;
}

bool unit_resolve(const AstUnit *unit, Dimension *out, double *out_scale)
{
    double decimal;
    if (!resolve(unit, out, &decimal))
        return false;
    *out_scale = pow(10, decimal);
    return true;
}

// The digits with their decimal exponent moved by `shift`, read once.
static double shifted_value(const char *digits, int shift)
{
    size_t mantissa = strcspn(digits, "eE");
    long exponent = 0;
    if (digits[mantissa] != '\0')
        exponent = strtol(digits + mantissa + 1, NULL, 10);
    size_t size = mantissa + 32;
    char *text = malloc(size);
    if (text == NULL)
        fatal_world("out of memory");
    if (exponent > 1000000)
        exponent = 1000000;
    if (exponent < -1000000)
        exponent = -1000000;
    snprintf(text, size, "%.*se%ld", (int)mantissa, digits, exponent + shift);
    double value = strtod(text, NULL);
    free(text);
    return value;
}

double unit_number_value(const AstExpr *number)
{
    Dimension dimension;
    double decimal;
    if (!resolve(&number->number.unit, &dimension, &decimal))
        return number->number.value;
    if (decimal == floor(decimal) && fabs(decimal) < 10000)
        return shifted_value(number->number.text, (int)decimal);
    return number->number.value * pow(10, decimal);
}
