// Random patterns. Every draw is a function of the seed, the neuron and the
// number of the draw at it: nothing depends on the order of building.
#include "topology/builders.h"

#include <math.h>
#include <string.h>
#include "core/memory.h"
#include "core/random.h"

// ---- different numbers -----------------------------------------------------

// A set of numbers that is emptied at once: an entry counts when it carries
// the present stamp.
typedef struct Set {
    uint64_t *slots;     // stamp << 32 | number
    uint64_t mask, stamp;
} Set;

static bool set_new(Set *set, uint64_t n)
{
    uint64_t size = 16;
    while (size < 2 * n)
        size *= 2;
    *set = (Set){memory_array(size, sizeof *set->slots), size - 1, 0};
    return set->slots != NULL;
}

// False when it is there already.
static bool set_add(Set *set, uint32_t number)
{
    uint64_t entry = set->stamp << 32 | number;
    uint64_t at = (uint64_t)number * 0x9E3779B97F4A7C15u >> 32 & set->mask;
    while (set->slots[at] >> 32 == set->stamp) {
        if (set->slots[at] == entry)
            return false;
        at = (at + 1) & set->mask;
    }
    set->slots[at] = entry;
    return true;
}

typedef struct Choice {
    const SnnPattern *pattern;
    uint32_t others;     // how many there are to choose from
    Set set;
    uint32_t *chosen;    // [degree]
} Choice;

static bool choice_new(Choice *choice, const SnnPattern *pattern,
                       uint32_t others)
{
    *choice = (Choice){.pattern = pattern, .others = others};
    choice->chosen = memory_array(pattern->degree, sizeof *choice->chosen);
    return choice->chosen && set_new(&choice->set, pattern->degree);
}

static void choice_free(Choice *choice)
{
    memory_free(choice->chosen);
    memory_free(choice->set.slots);
}

// `degree` different partners of `neuron` (Floyd's sampling: one draw each).
static void choose(Choice *choice, uint32_t neuron)
{
    const SnnPattern *p = choice->pattern;
    uint32_t range = choice->others - p->without_self;
    RandomPlace place = {p->seed, RANDOM_SYNAPSE, neuron, 0, 0};
    choice->set.stamp++;
    for (uint32_t k = 0; k < p->degree; k++) {
        uint32_t last = range - p->degree + k;
        place.b = k;
        uint32_t number = (uint32_t)random_below(place, (uint64_t)last + 1);
        if (!set_add(&choice->set, number)) {
            number = last;
            set_add(&choice->set, number);
        }
        bool is_behind = p->without_self && number >= neuron;
        choice->chosen[k] = number + is_behind;
    }
}

// Sources of each target, drawn twice: to count them, then to place them.
// Targets come in order, so that they ascend at every source.
bool build_in_degree(SnnSynapses *s, const SnnPattern *pattern,
                     const SynapseEnds *ends)
{
    Choice choice;
    uint64_t n = (uint64_t)s->n_targets * pattern->degree;
    bool is_fine = choice_new(&choice, pattern, ends->n_sources) &&
                   synapses_reserve(s, n, false);
    for (uint32_t j = 0; is_fine && j < s->n_targets; j++) {
        choose(&choice, j);
        for (uint32_t k = 0; k < pattern->degree; k++)
            s->first[choice.chosen[k] + 1]++;
    }
    is_fine = is_fine && synapses_sum(s);
    for (uint32_t j = 0; is_fine && j < s->n_targets; j++) {
        choose(&choice, j);
        for (uint32_t k = 0; k < pattern->degree; k++)
            s->target[s->first[choice.chosen[k]]++] = j;
    }
    if (is_fine) { // each entry has moved to the begin of the next
        memmove(s->first + 1, s->first,
                (size_t)s->n_sources * sizeof *s->first);
        s->first[0] = 0;
    }
    choice_free(&choice);
    return is_fine;
}

static void sift(uint32_t *heap, uint32_t root, uint32_t n)
{
    for (uint32_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && heap[child + 1] > heap[child])
            child++;
        if (heap[root] >= heap[child])
            return;
        uint32_t swap = heap[root];
        heap[root] = heap[child];
        heap[child] = swap;
    }
}

static void sort(uint32_t *items, uint32_t n)
{
    for (uint32_t k = n / 2; k-- > 0;)
        sift(items, k, n);
    for (uint32_t end = n; end-- > 1;) {
        uint32_t greatest = items[0];
        items[0] = items[end];
        items[end] = greatest;
        sift(items, 0, end);
    }
}

bool build_out_degree(SnnSynapses *s, const SnnPattern *pattern,
                      const SynapseEnds *ends)
{
    Choice choice;
    uint64_t n = (uint64_t)s->n_sources * pattern->degree;
    bool is_fine = choice_new(&choice, pattern, ends->n_targets) &&
                   synapses_reserve(s, n, false);
    for (uint32_t i = 0; is_fine && i < s->n_sources; i++) {
        uint32_t *row = s->target + s->first[i];
        choose(&choice, i);
        memcpy(row, choice.chosen, pattern->degree * sizeof *row);
        sort(row, pattern->degree);
        s->first[i + 1] = s->first[i] + pattern->degree;
    }
    choice_free(&choice);
    return is_fine;
}

// ---- each pair by itself ---------------------------------------------------

typedef struct Row {
    const SnnPattern *pattern;
    uint32_t source, n; // of how many targets
    uint32_t draw;
    double scale;       // 1 / log(1 - probability)
} Row;

// The next target from `from` on, n when there is none: how many pairs are
// left out before the next is drawn at once.
static uint32_t next_target(Row *row, uint32_t from)
{
    const SnnPattern *p = row->pattern;
    RandomPlace place = {p->seed, RANDOM_SYNAPSE, row->source, row->draw++, 0};
    double gap = floor(log1p(-random_uniform(place)) * row->scale);
    return gap < row->n - from ? from + (uint32_t)gap : row->n;
}

static bool add_row(SnnSynapses *s, Buffer *targets, Row *row)
{
    bool without_self = row->pattern->without_self;
    for (uint32_t j = 0; j < row->n && (j = next_target(row, j)) < row->n;
         j++) {
        uint64_t k = s->n_synapses++;
        if (k >= UINT32_MAX ||
            !buffer_reserve(targets, (k + 1) * sizeof(uint32_t)))
            return false;
        ((uint32_t *)targets->data)[k] =
            j + (without_self && j >= row->source);
    }
    s->first[row->source + 1] = (uint32_t)s->n_synapses;
    return true;
}

bool build_random(SnnSynapses *s, const SnnPattern *pattern,
                  const SynapseEnds *ends)
{
    Buffer targets = {0};
    uint32_t n = ends->n_targets - pattern->without_self;
    double p = pattern->probability;
    double expected = p * n * s->n_sources;
    if (!synapses_reserve(s, 0, false))
        return false;
    memory_free(s->target);
    s->target = NULL;
    bool is_fine = buffer_reserve(
        &targets, (size_t)(expected + 8 * sqrt(expected) + 16) *
                      sizeof(uint32_t));
    for (uint32_t i = 0; is_fine && i < s->n_sources; i++) {
        Row row = {pattern, i, p > 0 ? n : 0, 0, p < 1 ? 1 / log1p(-p) : -0.0};
        is_fine = add_row(s, &targets, &row);
    }
    s->target = targets.data;
    return is_fine;
}
