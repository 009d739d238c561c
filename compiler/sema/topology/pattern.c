// Uses of patterns: names and arguments by the table pattern.def.
#include "sema/topology/pattern.h"

#include <math.h>
#include <string.h>
#include "sema/declare.h"

typedef enum {
    ARGUMENT_COUNT,
    ARGUMENT_SIZE,
    ARGUMENT_SEED,
    ARGUMENT_FRACTION,
    ARGUMENT_TEXT,
} ArgumentKind;

typedef struct ArgumentRow {
    PatternId pattern;
    const char *name;
    ArgumentKind kind;
    double fallback;
} ArgumentRow;

#define ABSENT NAN
#define REQUIRED INFINITY
#define ARGUMENT(pattern, name, kind, fallback)                                \
    {PATTERN_##pattern, #name, ARGUMENT_##kind, fallback},
static const ArgumentRow argument_rows[] = {
#include "sema/topology/pattern.def"
};
#undef ABSENT
#undef REQUIRED

static const char *const pattern_names[] = {
#define PATTERN(id, weights) #id,
#include "sema/topology/pattern.def"
};

enum { N_ROWS = sizeof argument_rows / sizeof *argument_rows };

// ---- ranges ----------------------------------------------------------------

typedef struct Range {
    double low, high;
    bool is_integer;
    const char *text;
} Range;

static const Range ranges[] = {
    [ARGUMENT_COUNT] = {1, 16777216, true, "an integer from 1 to 16777216"},
    [ARGUMENT_SIZE] = {0, 16777216, true, "an integer from 0 to 16777216"},
    [ARGUMENT_SEED] = {0, 9007199254740992, true,
                       "an integer from 0 to 2^53"},
    [ARGUMENT_FRACTION] = {0, 1, false, "a number from 0 to 1"},
};

static bool is_in_range(const Env *env, const ArgumentRow *row,
                        const PatternArgument *argument)
{
    const Range *range = &ranges[row->kind];
    double value = argument->value;
    if (value >= range->low && value <= range->high &&
        (!range->is_integer || floor(value) == value))
        return true;
    REPORT(env, ARGUMENT_RANGE, argument->span, row->name, range->text, value);
    return false;
}

// ---- arguments -------------------------------------------------------------

static bool read_text(const Env *env, Operand operand, const char *what,
                      PatternArgument *argument)
{
    if (value_is_poison(operand.value))
        return false;
    if (operand.value.kind != VALUE_TEXT) {
        REPORT(env, WRONG_VALUE, operand.span, "a text", what,
               value_describe(env->sema->arena, operand.value));
        return false;
    }
    argument->text = operand.value.text;
    return true;
}

static bool read_argument(const Env *env, const ArgumentRow *row,
                          const AstArg *arg, PatternArgument *argument)
{
    if (!arg)
        return true;
    if (!argument_is_plain(env, arg))
        return false;
    const char *what =
        arena_printf(env->sema->arena, "argument '%s'", row->name);
    Operand operand = evaluate_operand(env, arg->value);
    argument->span = arg->value->span;
    if (row->kind == ARGUMENT_TEXT)
        return read_text(env, operand, what, argument);
    operand.value = conform(env, operand, dimension_none(), what);
    return conform_constant(env, operand, what, &argument->value) &&
           is_in_range(env, row, argument);
}

// The rows of a pattern, as parameters that arguments are matched with.
static size_t make_params(Sema *sema, const PatternUse *use,
                          AstParam *out_params, const ArgumentRow **out_rows)
{
    static AstExpr optional = {.kind = AST_EXPR_ERROR};
    size_t n = 0;
    for (size_t i = 0; i < N_ROWS; i++) {
        const ArgumentRow *row = &argument_rows[i];
        if (row->pattern != use->id)
            continue;
        bool is_required = isinf(row->fallback);
        out_rows[n] = row;
        out_params[n++] = (AstParam){
            .name = {intern(sema->input->names, row->name), use->span},
            .value = is_required ? NULL : &optional,
            .span = use->span};
    }
    return n;
}

static bool read_arguments(Sema *sema, const AstUse *ast, PatternUse *use)
{
    Env env = env_new(sema, CONTEXT_CONSTANT, NULL);
    AstParam params[PATTERN_ARGUMENTS_MAX];
    const ArgumentRow *rows[PATTERN_ARGUMENTS_MAX];
    size_t n = make_params(sema, use, params, rows);
    AstParams list = {params, n, n};
    const AstArg **given =
        argument_match(&env, use->name, &list, &ast->args, ast->span);
    bool is_sound = given != NULL;
    for (size_t i = 0; given && i < n; i++) {
        use->arguments[i] = (PatternArgument){
            .name = rows[i]->name, .value = rows[i]->fallback,
            .span = use->span};
        is_sound &=
            read_argument(&env, rows[i], given[i], &use->arguments[i]);
    }
    use->n_arguments = n;
    return is_sound;
}

// ---- patterns --------------------------------------------------------------

static const char *list_patterns(Arena *arena)
{
    const char *list = pattern_names[0];
    for (size_t i = 1; i < PATTERN_COUNT; i++)
        list = arena_printf(arena, "%s, %s", list, pattern_names[i]);
    return list;
}

static void report_unknown(Sema *sema, Ident name)
{
    Diag *diag = diag_report(sema->diags, DIAG_UNKNOWN_PATTERN, name.span,
                             name.name);
    if (!diag_suggest_name(diag, name.name, pattern_names, PATTERN_COUNT))
        diag_suggest(diag, "patterns: %s", list_patterns(sema->arena));
}

bool pattern_read(Sema *sema, const AstUse *use, PatternUse *out_use)
{
    if (!use->name.name)
        return false;
    *out_use = (PatternUse){.name = use->name.name, .span = use->span};
    for (size_t i = 0; i < PATTERN_COUNT; i++)
        if (!strcmp(pattern_names[i], use->name.name)) {
            out_use->id = (PatternId)i;
            return read_arguments(sema, use, out_use);
        }
    report_unknown(sema, use->name);
    return false;
}

static const PatternArgument *find(const PatternUse *use, const char *name)
{
    for (size_t i = 0; i < use->n_arguments; i++)
        if (!strcmp(use->arguments[i].name, name))
            return &use->arguments[i];
    fatal_internal("sema", "pattern '%s' has no argument '%s'", use->name,
                   name);
}

double pattern_value(const PatternUse *use, const char *argument)
{
    return find(use, argument)->value;
}

const char *pattern_text(const PatternUse *use, const char *argument)
{
    return find(use, argument)->text;
}

Span pattern_span(const PatternUse *use, const char *argument)
{
    return find(use, argument)->span;
}
