// Lists of pairs: sorted by source and target, equal ones in the order of the
// file. A synapse's weight is the one of its line in the file.
#include "topology/builders.h"

#include <string.h>
#include "core/memory.h"

// Stable counting sort of `order` by key; begin[] has room for n_keys + 1.
static void sort_by(const uint32_t *key, uint32_t n_keys, uint32_t *begin,
                    const uint32_t *order, uint32_t *out, uint64_t n)
{
    memset(begin, 0, ((size_t)n_keys + 1) * sizeof *begin);
    for (uint64_t k = 0; k < n; k++)
        begin[key[k] + 1]++;
    for (uint32_t i = 0; i < n_keys; i++)
        begin[i + 1] += begin[i];
    for (uint64_t k = 0; k < n; k++) {
        uint32_t line = order ? order[k] : (uint32_t)k;
        out[begin[key[line]]++] = line;
    }
}

static void count_rows(SnnSynapses *s, const SynapsePairs *pairs)
{
    memset(s->first, 0, ((size_t)s->n_sources + 1) * sizeof *s->first);
    for (uint64_t k = 0; k < pairs->n; k++)
        s->first[pairs->source[k] + 1]++;
}

static bool has_repeats(const SnnSynapses *s)
{
    for (uint32_t i = 0; i < s->n_sources; i++)
        for (uint32_t k = s->first[i] + 1; k < s->first[i + 1]; k++)
            if (s->target[k] == s->target[k - 1])
                return true;
    return false;
}

static bool is_sorted(const uint32_t *order, uint64_t n)
{
    for (uint64_t k = 0; k < n; k++)
        if (order[k] != k)
            return false;
    return true;
}

static bool copy_weights(SnnSynapses *s, const SynapsePairs *pairs)
{
    if (!pairs->weight)
        return true;
    s->initial = memory_array(pairs->n, sizeof *s->initial);
    if (s->initial && pairs->n)
        memcpy(s->initial, pairs->weight, pairs->n * sizeof *s->initial);
    return s->initial != NULL;
}

bool build_list(SnnSynapses *s, const SnnPattern *pattern,
                const SynapseEnds *ends)
{
    const SynapsePairs *pairs = ends->pairs;
    uint32_t keys = s->n_sources > s->n_targets ? s->n_sources : s->n_targets;
    (void)pattern;
    uint32_t *begin = memory_array((size_t)keys + 1, sizeof *begin);
    bool is_fine = begin && synapses_reserve(s, pairs->n, true);
    if (is_fine) {
        sort_by(pairs->target, s->n_targets, begin, NULL, s->target, pairs->n);
        sort_by(pairs->source, s->n_sources, begin, s->target, s->weight,
                pairs->n);
        count_rows(s, pairs);
        is_fine = synapses_sum(s);
        for (uint64_t k = 0; k < pairs->n; k++)
            s->target[k] = pairs->target[s->weight[k]];
        s->has_repeats = has_repeats(s);
    }
    if (is_fine && is_sorted(s->weight, pairs->n)) {
        memory_free(s->weight);
        s->weight = NULL;
    }
    memory_free(begin);
    return is_fine && copy_weights(s, pairs);
}
