// Dimensions as people write them: a name from quantity.def ("voltage"), or a
// unit that the language itself can read back ("V/s", "kg*m^2/s").
#include "syntax/unit.h"

#include <string.h>

#define E(n) {n, 1}
#define VECTOR(s, m, kg, a, k, mol, cd) \
    {{E(s), E(m), E(kg), E(a), E(k), E(mol), E(cd)}}

typedef struct Entry { const char *text; Dimension dimension; } Entry;

static const Entry quantities[] = {
#define QUANTITY(name, s, m, kg, a, k, mol, cd) \
    {name, VECTOR(s, m, kg, a, k, mol, cd)},
#include "syntax/quantity.def"
#undef QUANTITY
};

// Units with a scale of 1 only: the others never print.
static const Entry coherent[] = {
#define UNIT(name, prefixes, decimal, s, m, kg, a, k, mol, cd) \
    {(decimal) == 0 ? (name) : NULL, VECTOR(s, m, kg, a, k, mol, cd)},
#include "syntax/unit.def"
#undef UNIT
};

static const char *const base_names[BASE_COUNT] = {"s", "m", "kg", "A",
                                                   "K", "mol", "cd"};

static const char *find(const Entry *entries, size_t count, Dimension d)
{
    for (size_t i = 0; i < count; i++)
        if (entries[i].text != NULL
            && dimension_equal(entries[i].dimension, d))
            return entries[i].text;
    return NULL;
}

#define FIND(table, d) find(table, sizeof table / sizeof *table, d)

const char *dimension_name(Dimension dimension)
{
    return FIND(quantities, dimension);
}

static const char *factor_text(Arena *arena, const char *name, Rational e)
{
    if (e.den != 1)
        return arena_printf(arena, "%s^(%d/%d)", name, e.num, e.den);
    if (e.num != 1)
        return arena_printf(arena, "%s^%d", name, e.num);
    return name;
}

// The product of base units; a negative exponent goes behind a '/'.
static const char *base_text(Arena *arena, Dimension dimension)
{
    const char *text = NULL;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < BASE_COUNT; i++) {
            Rational e = dimension.e[i];
            if (e.num == 0 || (e.num < 0) != (pass == 1))
                continue;
            bool behind = pass == 1 && text != NULL;
            if (behind)
                e.num = -e.num;
            const char *factor = factor_text(arena, base_names[i], e);
            text = text == NULL ? factor
                                : arena_printf(arena, "%s%c%s", text,
                                               behind ? '/' : '*', factor);
        }
    return text == NULL ? "1" : text;
}

static int count_bases(Dimension dimension)
{
    int count = 0;
    for (int i = 0; i < BASE_COUNT; i++)
        count += dimension.e[i].num != 0;
    return count;
}

static bool is_base(const char *name)
{
    for (int i = 0; i < BASE_COUNT; i++)
        if (strcmp(base_names[i], name) == 0)
            return true;
    return false;
}

// A derived unit times or over one base unit: V/s, A*Ohm never, S/m^2.
static const char *mixed_text(Arena *arena, Dimension dimension)
{
    for (size_t i = 0; i < sizeof coherent / sizeof *coherent; i++) {
        const char *name = coherent[i].text;
        if (name == NULL || is_base(name)
            || count_bases(coherent[i].dimension) < 2)
            continue;
        Dimension rest = dimension_divide(dimension, coherent[i].dimension);
        if (count_bases(rest) != 1)
            continue;
        for (int j = 0; j < BASE_COUNT; j++) {
            Rational e = rest.e[j];
            if (e.num == 0)
                continue;
            char sign = e.num < 0 ? '/' : '*';
            e.num = e.num < 0 ? -e.num : e.num;
            return arena_printf(arena, "%s%c%s", name, sign,
                                factor_text(arena, base_names[j], e));
        }
    }
    return NULL;
}

const char *dimension_format(Arena *arena, Dimension dimension)
{
    const char *text = FIND(coherent, dimension);
    if (text == NULL && count_bases(dimension) > 2)
        text = mixed_text(arena, dimension);
    return text != NULL ? text : base_text(arena, dimension);
}

const char *dimension_describe(Arena *arena, Dimension dimension)
{
    const char *name = dimension_name(dimension);
    return name != NULL ? name : dimension_format(arena, dimension);
}
