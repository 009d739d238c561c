// Building tables: by the pattern's builder, then weights by what has one.
#include "topology/builders.h"

#include <string.h>
#include "core/memory.h"

// ---- memory ----------------------------------------------------------------

static bool new_first(SnnSynapses *s)
{
    if (!s->first)
        s->first = memory_array((size_t)s->n_sources + 1, sizeof *s->first);
    return s->first != NULL;
}

bool synapses_reserve(SnnSynapses *s, uint64_t n, bool has_weights)
{
    if (n > UINT32_MAX || !new_first(s))
        return false;
    s->n_synapses = n;
    s->target = memory_array(n, sizeof *s->target);
    if (has_weights)
        s->weight = memory_array(n, sizeof *s->weight);
    return s->target && (!has_weights || s->weight);
}

bool synapses_sum(SnnSynapses *s)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < s->n_sources; i++) {
        sum += s->first[i + 1];
        if (sum > UINT32_MAX)
            return false;
        s->first[i + 1] = (uint32_t)sum;
    }
    s->n_synapses = sum;
    return true;
}

void synapses_free(SnnSynapses *synapses)
{
    memory_free(synapses->first);
    memory_free(synapses->target);
    memory_free(synapses->weight);
    memory_free(synapses->in_degree);
    memory_free(synapses->initial);
    *synapses = (SnnSynapses){0};
}

uint64_t synapses_bytes(const SnnSynapses *s)
{
    uint64_t words = (uint64_t)s->n_sources + 1 + s->n_targets;
    words += s->n_synapses * (s->weight ? 2 : 1);
    return words * sizeof(uint32_t) +
           (s->initial ? s->n_synapses * sizeof(double) : 0);
}

// ---- plain patterns --------------------------------------------------------

bool build_dense(SnnSynapses *s, const SnnPattern *pattern,
                 const SynapseEnds *ends)
{
    uint64_t row = (uint64_t)s->n_targets - pattern->without_self, k = 0;
    if (!synapses_reserve(s, s->n_sources * row, true))
        return false;
    for (uint32_t i = 0; i < s->n_sources; i++) {
        for (uint32_t j = 0; j < s->n_targets; j++) {
            if (pattern->without_self && i == j)
                continue;
            s->target[k] = j;
            s->weight[k++] = i * ends->weight_stride + j;
        }
        s->first[i + 1] = (uint32_t)k;
    }
    return true;
}

bool build_one_to_one(SnnSynapses *s, const SnnPattern *pattern,
                      const SynapseEnds *ends)
{
    (void)pattern, (void)ends;
    if (!synapses_reserve(s, s->n_sources, false))
        return false;
    for (uint32_t i = 0; i < s->n_sources; i++) {
        s->target[i] = i;
        s->first[i + 1] = i + 1;
    }
    return true;
}

// ---- afterwards ------------------------------------------------------------

// Takes out the synapses from a neuron to itself.
static void drop_self(SnnSynapses *s)
{
    uint32_t kept = 0, begin = 0;
    for (uint32_t i = 0; i < s->n_sources; i++) {
        uint32_t end = s->first[i + 1];
        for (uint32_t k = begin; k < end; k++) {
            if (s->target[k] == i)
                continue;
            s->target[kept] = s->target[k];
            if (s->weight)
                s->weight[kept] = s->weight[k];
            kept++;
        }
        begin = end;
        s->first[i + 1] = kept;
    }
    s->n_synapses = kept;
}

static uint32_t weight_of(const SnnSynapses *s, uint32_t per, uint32_t source,
                          uint32_t k)
{
    switch (per) {
    case SNN_PER_SOURCE: return source;
    case SNN_PER_TARGET: return s->target[k];
    default: return 0; // one for all
    }
}

static bool spread_weights(SnnSynapses *s, uint32_t per)
{
    if (per == SNN_PER_SYNAPSE || per == SNN_PER_KERNEL)
        return true;
    if (!s->weight)
        s->weight = memory_array(s->n_synapses, sizeof *s->weight);
    if (!s->weight)
        return false;
    for (uint32_t i = 0; i < s->n_sources; i++)
        for (uint32_t k = s->first[i]; k < s->first[i + 1]; k++)
            s->weight[k] = weight_of(s, per, i, k);
    return true;
}

static bool count_in_degrees(SnnSynapses *s)
{
    s->in_degree = memory_array(s->n_targets, sizeof *s->in_degree);
    if (!s->in_degree)
        return false;
    for (uint64_t k = 0; k < s->n_synapses; k++)
        s->in_degree[s->target[k]]++;
    return true;
}

bool synapses_build(SnnSynapses *out, const SnnPattern *pattern,
                    const SynapseEnds *ends)
{
    static SynapseBuilder *const builders[] = {
        [SNN_PATTERN_DENSE] = build_dense,
        [SNN_PATTERN_ONE_TO_ONE] = build_one_to_one,
        [SNN_PATTERN_RANDOM] = build_random,
        [SNN_PATTERN_IN_DEGREE] = build_in_degree,
        [SNN_PATTERN_OUT_DEGREE] = build_out_degree,
        [SNN_PATTERN_WINDOW] = build_window,
        [SNN_PATTERN_LIST] = build_list,
    };
    *out = (SnnSynapses){.n_sources = ends->n_sources,
                         .n_targets = ends->n_targets};
    bool is_fine = builders[pattern->kind](out, pattern, ends);
    if (is_fine && pattern->kind == SNN_PATTERN_WINDOW && pattern->without_self)
        drop_self(out);
    if (is_fine && spread_weights(out, pattern->per) && count_in_degrees(out))
        return true;
    synapses_free(out);
    return false;
}
