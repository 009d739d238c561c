// Names that the user gives: hyperparameters and data sets; and what a failing
// kernel is told as.
#include "cli/session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/failure.h"

static const char *short_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

static _Noreturn void fail_unknown(const SnnModule *module, const char *name)
{
    size_t most = 2 * (size_t)module->n_hypers + 1;
    const char **names = calloc(most, sizeof *names);
    size_t n = 0;
    for (uint32_t k = 0; names && k < module->n_hypers; k++) {
        names[n++] = module->hypers[k].name;
        names[n++] = short_name(module->hypers[k].name);
    }
    const char *near = names ? suggest(name, names, n) : NULL;
    free(names);
    if (near)
        fail("--set: unknown hyperparameter '%s'; did you mean '%s'?", name,
             near);
    if (module->n_hypers == 0)
        fail("--set: the model has no hyperparameters");
    fail("--set: unknown hyperparameter '%s'; `describe` lists them", name);
}

static uint32_t find_hyper(const SnnModule *module, const char *name)
{
    int64_t found = -1;
    for (uint32_t k = 0; k < module->n_hypers; k++)
        if (strcmp(module->hypers[k].name, name) == 0)
            return k;
    for (uint32_t k = 0; k < module->n_hypers; k++) {
        if (strcmp(short_name(module->hypers[k].name), name) != 0)
            continue;
        if (found >= 0)
            fail("--set: '%s' may be '%s' or '%s'; write the full name", name,
                 module->hypers[found].name, module->hypers[k].name);
        found = k;
    }
    if (found < 0)
        fail_unknown(module, name);
    return (uint32_t)found;
}

typedef struct Prefix {
    const char *text;
    double factor;
} Prefix;

static const Prefix prefixes[] = {
    {"", 1},      {"p", 1e-12}, {"n", 1e-9}, {"u", 1e-6},
    {"\u00b5", 1e-6}, {"m", 1e-3},  {"k", 1e3},  {"M", 1e6}, {"G", 1e9},
};

// Scale of a unit as written against the hyperparameter's SI unit; 0: no fit.
static double unit_scale(const char *written, const char *unit)
{
    bool is_number = !unit || !*unit || strcmp(unit, "1") == 0;
    if (!*written)
        return 1;
    if (is_number)
        return strcmp(written, "%") == 0 ? 0.01
                                         : strcmp(written, "1") == 0;
    for (size_t k = 0; k < sizeof prefixes / sizeof *prefixes; k++) {
        size_t n = strlen(prefixes[k].text);
        if (strncmp(written, prefixes[k].text, n) == 0 &&
            strcmp(written + n, unit) == 0)
            return prefixes[k].factor;
    }
    return 0;
}

static double parse_quantity(const char *text, const SnnHyper *hyper)
{
    char *end;
    double value = strtod(text, &end);
    const char *unit = hyper->unit ? hyper->unit : "1";
    if (end == text || !isfinite(value))
        fail("--set %s: '%s' is not a number", hyper->name, text);
    while (*end == ' ')
        end++;
    double scale = unit_scale(end, unit);
    if (scale == 0)
        fail("--set %s: '%s' is no multiple of its unit, %s", hyper->name, end,
             strcmp(unit, "1") == 0 ? "a plain number" : unit);
    return value * scale;
}

void session_assign(Session *session, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    char name[128];
    size_t n = equals ? (size_t)(equals - assignment) : 0;
    if (n == 0 || n >= sizeof name)
        fail("--set needs NAME=VALUE, not '%s'", assignment);
    memcpy(name, assignment, n);
    name[n] = 0;
    uint32_t which = find_hyper(session->module, name);
    hypers_override(&session->trainer.hypers, which,
                    parse_quantity(equals + 1,
                                   &session->module->hypers[which]));
}

const Stimuli *session_chosen_set(const Session *session,
                                  const char **out_name)
{
    static const char *const names[] = {"train", "validation", "test"};
    const Stimuli *sets[] = {&session->train, &session->validation,
                             &session->test};
    const char *name = options_text(session->options, OPTION_ON, "test");
    for (int k = 0; k < 3; k++) {
        if (strcmp(name, names[k]) != 0)
            continue;
        if (sets[k]->n_samples == 0)
            fail("the data have no %s set", name);
        *out_name = names[k];
        return sets[k];
    }
    fail("--on needs train, validation or test, not '%s'", name);
}

_Noreturn void session_fail(const Session *session, const RunError *error,
                            const char *what)
{
    const NetworkError *e = &error->network;
    const char *layer = session->module->layers[e->layer].name;
    switch (e->status) {
    case SNN_RUNAWAY:
        fail("neuron %lld of layer '%s' spikes without end at %.9g s in "
             "sample %u of the %s set: its reset leaves it above the "
             "threshold or drives it there at once",
             (long long)e->neuron, layer, e->time, error->sample, what);
    case SNN_NO_STEP:
        fail("the numeric solver makes no way with neuron %lld of layer '%s' "
             "from %.9g s on in sample %u of the %s set: its states grow "
             "without bound or change too fast to be followed",
             (long long)e->neuron, layer, e->time, error->sample, what);
    case SNN_NO_MEMORY:
        fail("not enough memory for the spikes of layer '%s' in sample %u of "
             "the %s set", layer, error->sample, what);
    case NETWORK_BAD_TIME:
        fail("neuron %lld of layer '%s' has a spike outside the sample's "
             "duration in sample %u of the %s set (are its parameters "
             "finite?)", (long long)e->neuron, layer, error->sample, what);
    default:
        fail("layer '%s' failed with status %d in sample %u of the %s set",
             layer, e->status, error->sample, what);
    }
}
