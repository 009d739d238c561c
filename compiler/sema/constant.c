// Constants: `const NAME = value`, evaluated at first use, and set from outside
// by -D name=value.
#include "sema/declare.h"
#include "sema/evaluate.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- -D --------------------------------------------------------------------

static const SemaDefine *find_define(const Sema *sema, Name name)
{
    const SemaDefine *found = NULL; // the last one counts
    for (size_t i = 0; i < sema->input->n_defines; i++)
        if (!strcmp(sema->input->defines[i].name, name))
            found = &sema->input->defines[i];
    return found;
}

static void report_unknown_define(Sema *sema, const char *name)
{
    Diag *diag =
        diag_report(sema->diags, DIAG_UNKNOWN_DEFINE, SPAN_NONE, name);
    const char *near = declare_suggest(sema, AST_CONST, name);
    if (near)
        diag_suggest(diag, "did you mean '%s'?", near);
}

void constant_define(Sema *sema)
{
    for (size_t i = 0; i < sema->input->n_defines; i++) {
        const char *name = sema->input->defines[i].name;
        bool is_known = false;
        for (size_t k = 0; k < sema->n_decls; k++)
            is_known |= sema->decls[k].ast->kind == AST_CONST &&
                        !strcmp(sema->decls[k].ast->name.name, name);
        if (!is_known)
            report_unknown_define(sema, name);
    }
}

// One factor of a unit, `ms` or `s^-2`; moves *cursor behind it.
static bool parse_factor(const char **cursor, int sign, Dimension *dimension,
                         int *decimal)
{
    Dimension factor;
    int factor_decimal;
    size_t length = strcspn(*cursor, "*/^ ");
    if (!unit_lookup_n(*cursor, length, &factor, &factor_decimal))
        return false;
    *cursor += length;
    long exponent = sign;
    if (**cursor == '^') {
        char *end;
        exponent = sign * strtol(*cursor + 1, &end, 10);
        if (end == *cursor + 1 || labs(exponent) > 9)
            return false;
        *cursor = end;
    }
    *decimal += factor_decimal * (int)exponent;
    *dimension = dimension_multiply(
        *dimension, dimension_power(factor, rational_make(exponent, 1)));
    return true;
}

static bool parse_unit(const char *cursor, Dimension *dimension, int *decimal)
{
    *dimension = dimension_none();
    *decimal = 0;
    for (int sign = 1; *cursor; cursor++) {
        if (!parse_factor(&cursor, sign, dimension, decimal))
            return false;
        if (!*cursor)
            return true;
        if (*cursor != '*' && *cursor != '/')
            return false;
        sign = *cursor == '/' ? -1 : 1;
        if (!cursor[1])
            return false;
    }
    return true;
}

// "400", "20 ms", "-1e-3 mV/ms".
static bool parse_quantity(const char *text, double *out_value,
                           Dimension *out_dimension)
{
    char *end;
    double number = strtod(text, &end);
    int decimal;
    // strtod also knows words and hexadecimal numbers; the language does not.
    if (strspn(text, " \t-+.0123456789eE") < (size_t)(end - text) ||
        end == text || !isfinite(number))
        return false;
    while (isspace((unsigned char)*end))
        end++;
    if (!parse_unit(end, out_dimension, &decimal))
        return false;
    // A positive power of ten is exact, so that 6.4 ms is the double 0.0064.
    *out_value = decimal < 0 ? number / pow(10, -decimal)
                             : number * pow(10, decimal);
    return true;
}

static Value defined_value(Sema *sema, const SemaDefine *define)
{
    double number;
    Dimension dimension;
    if (!parse_quantity(define->value, &number, &dimension)) {
        diag_report(sema->diags, DIAG_BAD_DEFINE, SPAN_NONE, define->name,
                    define->value);
        return VALUE_POISONED;
    }
    Value value = value_number(expr_const(sema->pool, number), dimension);
    value.fits_any = number == 0 && dimension_is_none(dimension);
    return value;
}

// ---- declarations ----------------------------------------------------------

static Value check_unit(const Env *env, const AstDecl *decl, Value value)
{
    Dimension dimension;
    double scale;
    if (!decl->has_unit)
        return value;
    if (!unit_resolve(&decl->unit, &dimension, &scale))
        return VALUE_POISONED;
    Operand operand = {value, decl->value->span};
    const char *what =
        arena_printf(env->sema->arena, "constant '%s'", decl->name.name);
    return conform(env, operand, dimension, what);
}

static Value check_value(const Env *env, const AstDecl *decl)
{
    Operand operand = evaluate_operand(env, decl->value);
    if (operand.value.kind == VALUE_TEXT)
        return operand.value;
    if (value_is_poison(operand.value))
        return operand.value;
    if (operand.value.kind == VALUE_BOOLEAN) {
        const char *what =
            arena_printf(env->sema->arena, "constant '%s'", decl->name.name);
        return conform_number(env, operand, what);
    }
    if (!value_is_constant(operand.value)) {
        REPORT(env, NOT_CONSTANT, operand.span, decl->name.name);
        return VALUE_POISONED;
    }
    return check_unit(env, decl, operand.value);
}

static Value replace(const Env *env, const AstDecl *decl, Value value,
                     const SemaDefine *define)
{
    Sema *sema = env->sema;
    Value set = defined_value(sema, define);
    if (value_is_poison(value) || value_is_poison(set))
        return VALUE_POISONED;
    Dimension dimension;
    if (value.kind == VALUE_NUMBER && dimensions_agree(value, set, &dimension))
        return value_number(set.expr, value.fits_any ? set.dimension
                                                     : value.dimension);
    Diag *diag = diag_report(sema->diags, DIAG_DEFINE_DIMENSION, SPAN_NONE,
                             define->name, value_describe(sema->arena, set),
                             value_describe(sema->arena, value));
    diag_note(diag, decl->name.span, "declared here");
    return VALUE_POISONED;
}

void constant_check(Sema *sema, Declared *declared)
{
    const AstDecl *decl = declared->ast;
    Env env = env_new(sema, CONTEXT_CONSTANT, NULL);
    if (builtin_is_reserved(decl->name.name))
        REPORT(&env, BUILTIN_REDEFINED, decl->name.span, decl->name.name);
    Value value = check_value(&env, decl);
    const SemaDefine *define = find_define(sema, decl->name.name);
    declared->value = define ? replace(&env, decl, value, define) : value;
}
