// Projections: from `connect a -> b.port as name : pattern { settings }`.
#include "sema/topology/pattern.h"

#include <string.h>
#include "sema/topology/delay.h"
#include "sema/topology/settings.h"
#include "sema/topology/weight.h"

static const double max_synapses = 2147483648; // 2^31

// ---- what a projection joins -----------------------------------------------

static void reject_port(Sema *sema, const AstItem *item,
                        const HybridSystem *system)
{
    Ident port = item->connect.port;
    bool has_name = port.name != NULL;
    Diag *diag = diag_report(
        sema->diags, DIAG_UNKNOWN_PORT,
        has_name ? port.span : item->connect.target.span, system->neuron,
        has_name ? arena_printf(sema->arena, "port '%s'", port.name)
                 : "default port");
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < system->n_ports && n < 64; i++)
        if (system->ports[i].name[0])
            names[n++] = system->ports[i].name;
    const char *near = has_name ? suggest_name(port.name, names, n) : NULL;
    if (near)
        diag_suggest(diag, "did you mean '%s'?", near);
    else if (n)
        diag_suggest(diag, "write '%s.%s'", item->connect.target.name,
                     names[0]);
    else if (!system->n_ports)
        diag_suggest(diag, "a neuron needs 'receive(w)' to take spikes");
}

static bool find_port(Sema *sema, const AstItem *item,
                      const Population *target, uint32_t *out_port)
{
    const HybridSystem *system = target->system;
    const char *wanted = item->connect.port.name ? item->connect.port.name : "";
    for (size_t i = 0; i < system->n_ports; i++)
        if (!strcmp(system->ports[i].name, wanted)) {
            *out_port = (uint32_t)i;
            return true;
        }
    reject_port(sema, item, system);
    return false;
}

static bool find_ends(Sema *sema, const AstItem *item, Projection *p)
{
    p->source = population_find(sema, item->connect.source);
    p->target = population_find(sema, item->connect.target);
    if (!p->source || !p->target)
        return false;
    if (p->target->is_input) {
        Diag *diag =
            diag_report(sema->diags, DIAG_INPUT_TARGET,
                        item->connect.target.span, p->target->name);
        diag_note(diag, p->target->span, "declared as an input here");
        return false;
    }
    if (!p->target->system || (!p->source->is_input && !p->source->system))
        return false; // broken, reported
    if (!p->source->is_input && !p->source->system->guard)
        diag_report(sema->diags, DIAG_SILENT_SOURCE, item->connect.source.span,
                    p->source->name, p->source->system->neuron);
    return find_port(sema, item, p->target, &p->port);
}

// ---- name ------------------------------------------------------------------

static const char *projection_name(Sema *sema, const AstItem *item)
{
    if (item->connect.name.name)
        return item->connect.name.name;
    const char *source = item->connect.source.name;
    const char *target = item->connect.target.name;
    const char *port = item->connect.port.name;
    return port ? arena_printf(sema->arena, "%s_%s_%s", source, target, port)
                : arena_printf(sema->arena, "%s_%s", source, target);
}

static bool has_free_name(Sema *sema, const AstItem *item, const Projection *p)
{
    const Model *model = sema->model;
    for (size_t i = 0; i < model->n_projections; i++) {
        const Projection *other = model->projections[i];
        if (strcmp(other->name, p->name))
            continue;
        Diag *diag = diag_report(sema->diags, DIAG_DUPLICATE, item->span,
                                 "projection", p->name);
        diag_note(diag, other->span, "first declared here");
        diag_suggest(diag, "name one of them: connect a -> b as name");
        return false;
    }
    for (size_t i = 0; i < model->n_populations; i++) {
        if (strcmp(model->populations[i]->name, p->name))
            continue;
        Diag *diag = diag_report(sema->diags, DIAG_PROJECTION_NAME, item->span,
                                 p->name);
        diag_note(diag, model->populations[i]->span, "the layer is here");
        return false;
    }
    return true;
}

// ---- pattern ---------------------------------------------------------------

static bool read_without(Sema *sema, const AstItem *item, Projection *p)
{
    Ident without = item->connect.without;
    if (!without.name)
        return true;
    const char *found = NULL;
    if (strcmp(without.name, "self"))
        diag_report(sema->diags, DIAG_UNKNOWN_WITHOUT, without.span,
                    without.name);
    else if (p->source != p->target)
        found = arena_printf(sema->arena, "'%s' and '%s'", p->source->name,
                             p->target->name);
    else if (!strcmp(item->connect.pattern.name.name, "one_to_one") ||
             !strcmp(item->connect.pattern.name.name, "list"))
        found = arena_printf(sema->arena, "'%s'",
                             item->connect.pattern.name.name);
    else
        p->pattern.without_self = true;
    if (found)
        diag_report(sema->diags, DIAG_WITHOUT_SELF, without.span, found);
    return p->pattern.without_self;
}

static bool has_room(Sema *sema, const AstItem *item, const Projection *p,
                     double synapses)
{
    if (synapses <= max_synapses)
        return true;
    diag_report(sema->diags, DIAG_TOO_MANY_SYNAPSES, item->span, p->name,
                synapses, max_synapses);
    return false;
}

// ---- all -------------------------------------------------------------------

void projection_add(Sema *sema, const AstItem *item)
{
    Model *model = sema->model;
    Projection *p = ARENA_NEW(sema->arena, Projection);
    PatternUse use;
    Settings settings;
    p->span = item->span;
    p->name = projection_name(sema, item);
    bool has_ends = find_ends(sema, item, p);
    bool has_pattern = pattern_read(sema, &item->connect.pattern, &use);
    if (!has_free_name(sema, item, p) || !has_pattern ||
        !settings_find(sema, item, &settings) || !has_ends)
        return;
    use.source = p->source;
    use.target = p->target;
    use.projection = p->name;
    if (!read_without(sema, item, p) ||
        !pattern_lower(sema, &use, &p->pattern) ||
        !has_room(sema, item, p, projection_count(p)) ||
        !weight_add(sema, item, settings.weight, p) ||
        !delay_add(sema, settings.delay, p))
        return;
    model->projections[model->n_projections++] = p;
}

static bool has_arrivals(const Model *model, const Population *target)
{
    for (size_t i = 0; i < model->n_projections; i++)
        if (model->projections[i]->target == target)
            return true;
    return false;
}

void projection_warn(Sema *sema)
{
    const Model *model = sema->model;
    delay_warn(sema);
    for (size_t i = 0; i < model->n_populations; i++) {
        const Population *p = model->populations[i];
        if (!p->is_input && !has_arrivals(model, p))
            diag_report(sema->diags, DIAG_NOTHING_ARRIVES, p->span, p->name);
    }
}
