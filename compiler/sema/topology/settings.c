// Finding settings and reading what they have in common (settings.h).
#include "sema/topology/settings.h"

#include <string.h>

// Settings are matched like the parameters of a declaration.
bool settings_find(Sema *sema, const AstItem *item, Settings *out_settings)
{
    static AstExpr optional = {.kind = AST_EXPR_ERROR};
    static const char *const names[] = {"weight", "delay"};
    enum { N = sizeof names / sizeof *names };
    const AstUse *pattern = &item->connect.pattern;
    Env env = env_new(sema, CONTEXT_CONSTANT, NULL);
    AstParam items[N] = {0};
    for (size_t i = 0; i < N; i++) {
        items[i].value = &optional;
        items[i].span = pattern->span;
        items[i].name = (Ident){intern(sema->input->names, names[i]),
                                pattern->span};
    }
    AstParams params = {items, N, N};
    const AstArg **given =
        argument_match(&env, pattern->name.name, &params,
                       &item->connect.settings, pattern->span);
    if (given)
        *out_settings = (Settings){given[0], given[1]};
    return given != NULL;
}

bool settings_per(Sema *sema, const AstArg *arg, uint32_t *per)
{
    static const struct { const char *word; SnnPer per; } words[] = {
        {"synapse", SNN_PER_SYNAPSE},
        {"source", SNN_PER_SOURCE},
        {"target", SNN_PER_TARGET},
        {"projection", SNN_PER_PROJECTION},
    };
    if (!arg->per.name)
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i].word, arg->per.name)) {
            *per = words[i].per;
            return true;
        }
    diag_report(sema->diags, DIAG_UNKNOWN_PER, arg->per.span, arg->per.name,
                "per synapse, per source, per target or per projection");
    return false;
}
