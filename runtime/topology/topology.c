// Tables for a module, and the sizes that follow from them.
#include "topology/topology.h"

#include <string.h>
#include "core/memory.h"
#include "core/parameters.h"

// Plain dense: the kernels go through whole rows of weights.
static bool needs_table(const SnnPattern *pattern)
{
    return pattern->kind != SNN_PATTERN_DENSE ||
           pattern->per != SNN_PER_SYNAPSE || pattern->without_self;
}

static bool copy(Topology *t, const SnnModule *module)
{
    uint32_t n = module->n_projections;
    t->parameters =
        memory_array(module->n_parameters, sizeof *t->parameters);
    t->projections = memory_array(n, sizeof *t->projections);
    t->tables = memory_array(n, sizeof *t->tables);
    if (!t->parameters || !t->projections || !t->tables)
        return false;
    if (module->n_parameters)
        memcpy(t->parameters, module->parameters,
               module->n_parameters * sizeof *t->parameters);
    if (n)
        memcpy(t->projections, module->projections,
               n * sizeof *t->projections);
    t->module.parameters = t->parameters;
    t->module.projections = t->projections;
    return true;
}

static bool build(Topology *t, uint32_t index, const SynapsePairs *pairs)
{
    SnnProjection *p = &t->projections[index];
    if (!p->pattern || !needs_table(p->pattern))
        return true;
    SynapseEnds ends = {
        .n_sources = t->module.layers[p->source].size,
        .n_targets = t->module.layers[p->target].size,
        .weight_stride = t->parameters[p->parameter].stride,
        .pairs = pairs,
    };
    if (!synapses_build(&t->tables[index], p->pattern, &ends))
        return false;
    p->synapses = &t->tables[index];
    return true;
}

// Cuts a flat parameter into rows; one without elements has one of padding.
static void lay_out(const SnnModule *module, SnnParameter *p)
{
    size_t n = parameter_count(p) ? parameter_count(p) : 1;
    uint32_t pad = MEMORY_ALIGNMENT / module->real_size;
    p->columns = n < PARAMETER_FLAT_ROW ? (uint32_t)n : PARAMETER_FLAT_ROW;
    p->stride = (p->columns + pad - 1) / pad * pad;
    p->rows = (uint32_t)((n + PARAMETER_FLAT_ROW - 1) / PARAMETER_FLAT_ROW);
}

static void set_size(Topology *t, SnnParameter *p)
{
    if (p->shape == SNN_FLAT_SYNAPSES)
        p->dims[0] = (uint32_t)t->tables[p->projection].n_synapses;
    if (p->shape == SNN_FLAT_SYNAPSES || p->shape == SNN_FLAT_KERNEL)
        lay_out(&t->module, p);
}

bool topology_new(Topology *topology, const SnnModule *module,
                  const SynapsePairs *lists)
{
    *topology = (Topology){.module = *module};
    bool is_fine = copy(topology, module);
    for (uint32_t k = 0; is_fine && k < module->n_projections; k++)
        is_fine = build(topology, k, lists ? &lists[k] : NULL);
    for (uint32_t k = 0; is_fine && k < module->n_parameters; k++)
        set_size(topology, &topology->parameters[k]);
    if (!is_fine)
        topology_free(topology);
    return is_fine;
}

void topology_free(Topology *topology)
{
    for (uint32_t k = 0; topology->tables && k < topology->module.n_projections;
         k++)
        synapses_free(&topology->tables[k]);
    memory_free(topology->tables);
    memory_free(topology->projections);
    memory_free(topology->parameters);
    *topology = (Topology){0};
}

uint64_t topology_bytes(const SnnModule *module)
{
    uint64_t bytes = 0;
    for (uint32_t k = 0; k < module->n_projections; k++)
        if (module->projections[k].synapses)
            bytes += synapses_bytes(module->projections[k].synapses);
    return bytes;
}

void topology_mark(const SnnModule *module, uint32_t projection,
                   uint32_t source, uint8_t *touched)
{
    const SnnProjection *p = &module->projections[projection];
    const SnnSynapses *s = p->synapses;
    uint32_t stride = module->parameters[p->parameter].stride;
    if (!s)
        touched[source] = 1;
    else if (p->pattern->per == SNN_PER_KERNEL) // few, and of all places
        memset(touched, 1, module->parameters[p->parameter].rows);
    else if (module->parameters[p->parameter].rows == 1)
        touched[0] = 1;
    else if (s->weight)
        for (uint32_t k = s->first[source]; k < s->first[source + 1]; k++)
            touched[s->weight[k] / stride] = 1;
    else if (s->first[source] < s->first[source + 1])
        memset(touched + s->first[source] / stride, 1,
               (s->first[source + 1] - 1) / stride -
                   s->first[source] / stride + 1);
}
