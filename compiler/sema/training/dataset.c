// Data: a reader of the runtime with its options, or a declared dataset, which
// is a reader with some of them chosen. The table is snn/readers.def.
#include "sema/build.h"

#include <string.h>
#include "sema/declare.h"

typedef enum { OPTION_TEXT, OPTION_NUMBER } OptionKind;

typedef struct OptionRow {
    const char *reader, *name, *fallback;
    OptionKind kind;
} OptionRow;

#define READER(id, summary)
#define OPTION(reader, name, kind, fallback, summary)                       \
    {#reader, #name, #fallback, OPTION_##kind},
static const OptionRow option_rows[] = {
#include "snn/readers.def"
};
#undef READER
#undef OPTION

#define READER(id, summary) #id,
#define OPTION(reader, name, kind, fallback, summary)
static const char *const reader_names[] = {
#include "snn/readers.def"
};
#undef READER
#undef OPTION

enum {
    N_READERS = sizeof reader_names / sizeof *reader_names,
    N_OPTIONS = sizeof option_rows / sizeof *option_rows,
};

static bool is_reader(const char *name)
{
    for (size_t i = 0; i < N_READERS; i++)
        if (!strcmp(reader_names[i], name))
            return true;
    return false;
}

// The options of a reader, as parameters that arguments are matched with.
static size_t reader_params(Sema *sema, Ident reader, AstParam *out_params,
                            const OptionRow **out_rows)
{
    static AstExpr optional = {.kind = AST_EXPR_ERROR};
    size_t n = 0;
    for (size_t i = 0; i < N_OPTIONS; i++) {
        const OptionRow *row = &option_rows[i];
        if (strcmp(row->reader, reader.name))
            continue;
        bool is_required =
            row->kind == OPTION_TEXT && !strcmp(row->fallback, "NULL");
        out_rows[n] = row;
        out_params[n++] = (AstParam){
            .name = {intern(sema->input->names, row->name), reader.span},
            .value = is_required ? NULL : &optional,
            .span = reader.span};
    }
    return n;
}

static bool option_value(const Env *env, const OptionRow *row, Operand operand,
                         ReaderOption *out_option)
{
    *out_option =
        (ReaderOption){.name = row->name, .is_text = row->kind == OPTION_TEXT};
    if (value_is_poison(operand.value))
        return false;
    const char *what =
        arena_printf(env->sema->arena, "option '%s'", row->name);
    if (row->kind == OPTION_NUMBER) {
        operand.value = conform(env, operand, dimension_none(), what);
        return conform_constant(env, operand, what, &out_option->number);
    }
    if (operand.value.kind != VALUE_TEXT) {
        REPORT(env, WRONG_VALUE, operand.span, "a text", what,
               value_describe(env->sema->arena, operand.value));
        return false;
    }
    out_option->text = operand.value.text;
    return true;
}

static bool read_options(const Env *env, const AstUse *use, Data *data)
{
    AstParam params[N_OPTIONS];
    const OptionRow *rows[N_OPTIONS];
    size_t n = reader_params(env->sema, use->name, params, rows);
    AstParams list = {params, n, n};
    const AstArg **given =
        argument_match(env, use->name.name, &list, &use->args, use->span);
    data->reader = use->name.name;
    data->options = ARENA_ARRAY(env->sema->arena, ReaderOption, n + 1);
    bool is_sound = given != NULL;
    for (size_t i = 0; given && i < n; i++) {
        if (!given[i])
            continue;
        ReaderOption *option = &data->options[data->n_options];
        if (argument_is_plain(env, given[i]) &&
            option_value(env, rows[i], evaluate_operand(env, given[i]->value),
                         option))
            data->n_options++;
        else
            is_sound = false;
    }
    return is_sound;
}

static const char *list_readers(Arena *arena)
{
    const char *list = reader_names[0];
    for (size_t i = 1; i < N_READERS; i++)
        list = arena_printf(arena, "%s, %s", list, reader_names[i]);
    return list;
}

static void report_unknown(const Env *env, Ident name)
{
    Diag *diag = REPORT(env, UNKNOWN_READER, name.span, name.name);
    const char *near = suggest_name(name.name, reader_names, N_READERS);
    if (!near)
        near = declare_suggest(env->sema, AST_DATASET, name.name);
    if (near)
        diag_suggest(diag, "did you mean '%s'?", near);
    else
        diag_suggest(diag, "readers: %s", list_readers(env->sema->arena));
}

// The reader behind a dataset; the dataset's parameters are in scope.
static bool use_reader(const Env *env, const AstUse *use, Data *data)
{
    if (is_reader(use->name.name))
        return read_options(env, use, data);
    report_unknown(env, use->name);
    return false;
}

void dataset_check(Sema *sema, Declared *declared)
{
    Scope *scope = scope_new(sema->arena, NULL);
    Env env = env_new(sema, CONTEXT_CONSTANT, scope);
    argument_bind_symbols(&env, declared->ast, PARAMETERS_ANY);
    Data data = {0};
    use_reader(&env, &declared->ast->reader, &data);
    argument_warn_unused(&env, scope);
}

bool dataset_use(Sema *sema, const AstUse *use, Data *data)
{
    Env outer = env_new(sema, CONTEXT_CONSTANT, NULL);
    Declared *dataset = declare_find(sema, AST_DATASET, use->name.name);
    if (!dataset)
        return use_reader(&outer, use, data);
    if (dataset->status != DECLARED_SOUND)
        return false;
    Frame frame;
    Env inner = env_enter(&outer, scope_new(sema->arena, NULL), use->name,
                          use->span, &frame);
    return argument_bind(&outer, &inner, dataset->ast, PARAMETERS_ANY,
                         &use->args, use->span, argument_supply, NULL) &&
           use_reader(&inner, &dataset->ast->reader, data);
}
