// Tables of synapses against naive loops over all pairs.
#include "unit.h"

#include <stdlib.h>
#include "topology/synapses.h"

// ---- helpers ---------------------------------------------------------------

static uint32_t random_state = 1;

static uint32_t below(uint32_t n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(random_state >> 8) * n >> 24);
}

// Rows follow each other, targets ascend (strictly unless pairs may repeat).
static bool is_ordered(const SnnSynapses *s, bool may_repeat)
{
    bool fine = s->first[0] == 0 && s->first[s->n_sources] == s->n_synapses;
    for (uint32_t i = 0; fine && i < s->n_sources; i++) {
        fine = s->first[i] <= s->first[i + 1];
        for (uint32_t k = s->first[i]; fine && k < s->first[i + 1]; k++) {
            fine = s->target[k] < s->n_targets;
            if (k > s->first[i])
                fine &= s->target[k] > s->target[k - 1] ||
                        (may_repeat && s->target[k] == s->target[k - 1]);
        }
    }
    return fine;
}

static bool has_in_degrees(const SnnSynapses *s)
{
    bool fine = true;
    for (uint32_t j = 0; j < s->n_targets; j++) {
        uint32_t n = 0;
        for (uint64_t k = 0; k < s->n_synapses; k++)
            n += s->target[k] == j;
        fine &= n == s->in_degree[j];
    }
    return fine;
}

static bool is_same(const SnnSynapses *a, const SnnSynapses *b)
{
    return a->n_synapses == b->n_synapses &&
           !memcmp(a->first, b->first, (a->n_sources + 1) * sizeof *a->first) &&
           !memcmp(a->target, b->target, a->n_synapses * sizeof *a->target);
}

static bool has_self(const SnnSynapses *s)
{
    for (uint32_t i = 0; i < s->n_sources; i++)
        for (uint32_t k = s->first[i]; k < s->first[i + 1]; k++)
            if (s->target[k] == i)
                return true;
    return false;
}

static SnnSynapses build(SnnPattern pattern, uint32_t n_sources,
                         uint32_t n_targets)
{
    SynapseEnds ends = {n_sources, n_targets, n_targets + 3, NULL};
    SnnSynapses s;
    CHECK(synapses_build(&s, &pattern, &ends));
    CHECK(is_ordered(&s, false));
    CHECK(has_in_degrees(&s));
    return s;
}

// ---- plain patterns --------------------------------------------------------

static void test_dense(void)
{
    for (uint32_t without = 0; without < 2; without++) {
        SnnPattern p = {.kind = SNN_PATTERN_DENSE, .without_self = without};
        SnnSynapses s = build(p, 5, 5);
        CHECK(s.n_synapses == 25 - 5 * without);
        CHECK(has_self(&s) == !without);
        for (uint32_t i = 0; i < 5; i++)
            for (uint32_t k = s.first[i]; k < s.first[i + 1]; k++)
                CHECK(s.weight[k] == i * 8 + s.target[k]);
        synapses_free(&s);
    }
}

static void test_one_to_one(void)
{
    SnnSynapses s = build((SnnPattern){.kind = SNN_PATTERN_ONE_TO_ONE}, 9, 9);
    CHECK(s.n_synapses == 9 && s.weight == NULL);
    for (uint32_t i = 0; i < 9; i++)
        CHECK(s.target[s.first[i]] == i && s.first[i + 1] == i + 1);
    synapses_free(&s);
}

static void test_per(void)
{
    SnnPattern p = {.kind = SNN_PATTERN_IN_DEGREE, .degree = 4, .seed = 3};
    static const uint32_t pers[] = {SNN_PER_PROJECTION, SNN_PER_SOURCE,
                                    SNN_PER_TARGET};
    for (uint32_t c = 0; c < 3; c++) {
        p.per = pers[c];
        SnnSynapses s = build(p, 7, 11);
        for (uint32_t i = 0; i < 7; i++)
            for (uint32_t k = s.first[i]; k < s.first[i + 1]; k++)
                CHECK(s.weight[k] == (c == 0 ? 0 : c == 1 ? i : s.target[k]));
        synapses_free(&s);
    }
}

// ---- random patterns -------------------------------------------------------

static void test_degrees(void)
{
    for (uint32_t c = 0; c < 200; c++) {
        bool is_in = below(2), without = below(2);
        uint32_t n = 1 + without + below(30);
        uint32_t m = without ? n : 1 + below(30);
        uint32_t others = (is_in ? n : m) - without;
        SnnPattern p = {.kind = is_in ? SNN_PATTERN_IN_DEGREE
                                      : SNN_PATTERN_OUT_DEGREE,
                        .without_self = without, .seed = c,
                        .degree = 1 + below(others)};
        SnnSynapses s = build(p, n, m), again = build(p, n, m);
        CHECK(is_same(&s, &again));
        CHECK(!without || !has_self(&s));
        for (uint32_t j = 0; is_in && j < m; j++)
            CHECK(s.in_degree[j] == p.degree);
        for (uint32_t i = 0; !is_in && i < n; i++)
            CHECK(s.first[i + 1] - s.first[i] == p.degree);
        synapses_free(&s);
        synapses_free(&again);
    }
}

// Each pair is as likely as any other.
static void check_even(SnnPattern p, double expected)
{
    enum { N = 6, ROUNDS = 6000 };
    double counts[N][N] = {{0}};
    for (uint32_t c = 0; c < ROUNDS; c++) {
        p.seed = c;
        SnnSynapses s = build(p, N, N);
        for (uint32_t i = 0; i < N; i++)
            for (uint32_t k = s.first[i]; k < s.first[i + 1]; k++)
                counts[i][s.target[k]]++;
        synapses_free(&s);
    }
    double sigma = sqrt(ROUNDS * expected * (1 - expected));
    for (uint32_t i = 0; i < N; i++)
        for (uint32_t j = 0; j < N; j++) {
            double mean = p.without_self && i == j ? 0 : ROUNDS * expected;
            CHECK(fabs(counts[i][j] - mean) <= 5 * sigma);
        }
}

static void test_even(void)
{
    SnnPattern p = {.kind = SNN_PATTERN_IN_DEGREE, .degree = 2};
    check_even(p, 2.0 / 6);
    p.without_self = 1;
    check_even(p, 2.0 / 5);
    p.kind = SNN_PATTERN_OUT_DEGREE;
    check_even(p, 2.0 / 5);
    p = (SnnPattern){.kind = SNN_PATTERN_RANDOM, .probability = 0.3};
    check_even(p, 0.3);
    p.without_self = 1;
    check_even(p, 0.3);
}

static void test_probabilities(void)
{
    SnnPattern p = {.kind = SNN_PATTERN_RANDOM, .probability = 0};
    SnnSynapses s = build(p, 20, 30);
    CHECK(s.n_synapses == 0);
    synapses_free(&s);
    p.probability = 1;
    s = build(p, 20, 30);
    CHECK(s.n_synapses == 600);
    synapses_free(&s);
    p.probability = 1e-300;
    s = build(p, 20, 30);
    CHECK(s.n_synapses == 0);
    synapses_free(&s);
    p.probability = 0.01;
    SynapseEnds ends = {2000, 3000, 0, NULL};
    CHECK(synapses_build(&s, &p, &ends));
    CHECK(fabs((double)s.n_synapses - 60000) < 5 * sqrt(60000));
    synapses_free(&s);
}

// ---- windows ---------------------------------------------------------------

// The kernel's element with which `from` lies in the window of `to`; -1: none.
static int element(const SnnWindow *w, uint32_t from, uint32_t to)
{
    for (uint32_t k = 0; k < w->kernel; k++)
        if ((int64_t)to * w->stride - w->padding + (int64_t)k * w->dilation ==
            (int64_t)from)
            return (int)k;
    return -1;
}

typedef struct Place {
    uint32_t channel, y, x;
} Place;

static Place place_of(uint32_t neuron, uint32_t height, uint32_t width)
{
    return (Place){neuron / width / height, neuron / width % height,
                   neuron % width};
}

// The number of the kernel's element that joins two neurons; -1: none.
static int64_t naive_element(const SnnPattern *p, uint32_t i, uint32_t j)
{
    bool turned = p->transposed;
    Place source = place_of(i, turned ? p->y.to : p->y.from,
                            turned ? p->x.to : p->x.from);
    Place target = place_of(j, turned ? p->y.from : p->y.to,
                            turned ? p->x.from : p->x.to);
    uint32_t in = p->source_channels / p->groups;
    uint32_t out = p->target_channels / p->groups;
    Place wide = turned ? target : source, narrow = turned ? source : target;
    int ky = element(&p->y, wide.y, narrow.y);
    int kx = element(&p->x, wide.x, narrow.x);
    if (source.channel / in != target.channel / out || ky < 0 || kx < 0)
        return -1;
    int64_t pair = turned ? source.channel * out + target.channel % out
                          : target.channel * in + source.channel % in;
    return (pair * p->y.kernel + ky) * p->x.kernel + kx;
}

static SnnWindow random_window(void)
{
    SnnWindow w;
    do {
        w = (SnnWindow){1 + below(9), 0, 1 + below(4), 1 + below(3), below(3),
                        1 + below(3)};
    } while (w.from + 2 * w.padding < (w.kernel - 1) * w.dilation + 1);
    w.to = (w.from + 2 * w.padding - (w.kernel - 1) * w.dilation - 1) /
               w.stride + 1;
    return w;
}

static void check_window(const SnnPattern *p)
{
    uint32_t wide = p->y.from * p->x.from, narrow = p->y.to * p->x.to;
    uint32_t n = p->source_channels * (p->transposed ? narrow : wide);
    uint32_t m = p->target_channels * (p->transposed ? wide : narrow);
    SnnSynapses s = build(*p, n, m);
    uint64_t k = 0;
    for (uint32_t i = 0; i < n; i++) {
        CHECK(s.first[i] == k);
        for (uint32_t j = 0; j < m; j++) {
            int64_t at = naive_element(p, i, j);
            if (at < 0 || (p->without_self && i == j))
                continue;
            CHECK(k < s.n_synapses && s.target[k] == j);
            CHECK(p->per == SNN_PER_SYNAPSE ? !s.weight : s.weight[k] == at);
            k++;
        }
    }
    CHECK(k == s.n_synapses);
    synapses_free(&s);
}

static void test_windows(void)
{
    for (uint32_t c = 0; c < 300; c++) {
        uint32_t groups = 1 + below(2);
        SnnPattern p = {.kind = SNN_PATTERN_WINDOW, .groups = groups,
                        .per = below(3) ? SNN_PER_KERNEL : SNN_PER_SYNAPSE,
                        .source_channels = groups * (1 + below(3)),
                        .target_channels = groups * (1 + below(3)),
                        .transposed = below(2)};
        p.x = random_window();
        p.y = (SnnWindow){1, 1, 1, 1, 0, 1};
        if (below(4))
            p.y = random_window();
        check_window(&p);
    }
    SnnPattern p = {.kind = SNN_PATTERN_WINDOW, .groups = 1,
                    .per = SNN_PER_KERNEL, .source_channels = 2,
                    .target_channels = 2, .without_self = 1,
                    .y = {4, 4, 3, 1, 1, 1}, .x = {5, 5, 3, 1, 1, 1}};
    check_window(&p);
}

// ---- lists -----------------------------------------------------------------

static void test_lists(void)
{
    enum { N = 60 };
    for (uint32_t c = 0; c < 50; c++) {
        uint32_t sources[N], targets[N], n = below(N + 1), seen = 0;
        for (uint32_t k = 0; k < n; k++) {
            sources[k] = below(5);
            targets[k] = below(7);
        }
        SynapsePairs pairs = {.n = n, .source = sources, .target = targets};
        SynapseEnds ends = {5, 7, 0, &pairs};
        SnnPattern p = {.kind = SNN_PATTERN_LIST};
        SnnSynapses s;
        CHECK(synapses_build(&s, &p, &ends));
        CHECK(is_ordered(&s, true) && has_in_degrees(&s));
        CHECK(s.n_synapses == n);
        for (uint32_t i = 0; i < 5; i++)
            for (uint32_t k = s.first[i]; k < s.first[i + 1]; k++) {
                uint32_t line = s.weight ? s.weight[k] : k;
                CHECK(sources[line] == i && targets[line] == s.target[k]);
                bool is_tie = k > s.first[i] && s.target[k] == s.target[k - 1];
                CHECK(!is_tie || !s.weight || line > s.weight[k - 1]);
                seen++;
            }
        CHECK(seen == n);
        synapses_free(&s);
    }
}

static void test_sorted_list(void)
{
    static const uint32_t sources[] = {0, 0, 2}, targets[] = {1, 3, 0};
    SynapsePairs pairs = {.n = 3, .source = sources, .target = targets};
    SynapseEnds ends = {3, 4, 0, &pairs};
    SnnPattern p = {.kind = SNN_PATTERN_LIST};
    SnnSynapses s;
    CHECK(synapses_build(&s, &p, &ends));
    CHECK(s.weight == NULL); // already the synapses' own numbers
    synapses_free(&s);
}

int main(void)
{
    test_dense();
    test_one_to_one();
    test_per();
    test_degrees();
    test_even();
    test_probabilities();
    test_windows();
    test_lists();
    test_sorted_list();
    return unit_report();
}
