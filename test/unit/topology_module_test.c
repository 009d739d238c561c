// A module with its tables: sizes, rows, fans, flags of touched rows.
#include "unit.h"

#include <stdlib.h>
#include "core/parameters.h"
#include "topology/topology.h"

enum { N = 100, M = 50, P_SPARSE = 0, P_KERNEL, P_FULL, P_SHARED };

static double fans(const double *draws, double fan_in, double fan_out)
{
    (void)draws;
    return 1000 * fan_in + fan_out;
}

static const SnnPattern patterns[] = {
    {.kind = SNN_PATTERN_IN_DEGREE, .degree = 40, .seed = 5},
    {.kind = SNN_PATTERN_WINDOW, .per = SNN_PER_KERNEL, .groups = 1,
     .source_channels = 4, .target_channels = 2, .y = {1, 1, 1, 1, 0, 1},
     .x = {25, 25, 3, 1, 1, 1}},
    {.kind = SNN_PATTERN_DENSE},
    {.kind = SNN_PATTERN_RANDOM, .probability = 0.5, .per = SNN_PER_PROJECTION},
};
static const SnnLayer layers[] = {{.name = "a", .size = N},
                                  {.name = "b", .size = M}};
static const SnnProjection projections[] = {
    {.name = "sparse", .target = 1, .parameter = P_SPARSE,
     .pattern = &patterns[0]},
    {.name = "kernel", .target = 1, .parameter = P_KERNEL,
     .pattern = &patterns[1]},
    {.name = "full", .target = 1, .parameter = P_FULL, .pattern = &patterns[2]},
    {.name = "shared", .target = 1, .parameter = P_SHARED,
     .pattern = &patterns[3]},
};
static const SnnParameter parameters[] = {
    {.name = "sparse.weight", .shape = SNN_FLAT_SYNAPSES, .learned = 1,
     .projection = 0, .rank = 1, .low = -INFINITY, .high = INFINITY,
     .initial = fans},
    {.name = "kernel.weight", .shape = SNN_FLAT_KERNEL, .learned = 1,
     .projection = 1, .rank = 3, .dims = {2, 4, 3}, .low = -INFINITY,
     .high = INFINITY, .initial = fans},
    {.name = "full.weight", .shape = SNN_DENSE, .rows = N, .columns = M,
     .stride = 64, .projection = 2, .rank = 2, .dims = {N, M},
     .low = -INFINITY, .high = INFINITY, .initial = fans},
    {.name = "shared.weight", .shape = SNN_SHARED, .rows = 1, .columns = 1,
     .stride = 8, .projection = 3, .low = -INFINITY, .high = INFINITY,
     .initial = fans},
};
static const SnnModule module = {
    .real_size = 8, .n_layers = 2, .n_projections = 4, .n_parameters = 4,
    .layers = layers, .projections = projections, .parameters = parameters};

static void test_sizes(const SnnModule *m)
{
    const SnnParameter *p = m->parameters;
    CHECK(parameter_count(&p[P_SPARSE]) == 40 * M);
    CHECK(p[P_SPARSE].rows == 2 && p[P_SPARSE].columns == PARAMETER_FLAT_ROW);
    CHECK(parameter_extent(&p[P_SPARSE]) == 2 * PARAMETER_FLAT_ROW);
    CHECK(parameter_count(&p[P_KERNEL]) == 24 && p[P_KERNEL].rows == 1);
    CHECK(p[P_KERNEL].columns == 24 && p[P_KERNEL].stride == 24);
    CHECK(parameter_count(&p[P_FULL]) == N * M && p[P_FULL].stride == 64);
    CHECK(parameter_count(&p[P_SHARED]) == 1);
    CHECK(m->projections[2].synapses == NULL);
}

static void test_fans(const SnnModule *m)
{
    Parameters values;
    Pool *pool = pool_new(2);
    CHECK(pool && parameters_new(&values, m) &&
          parameters_draw(&values, 1, pool));
    pool_free(pool);
    const SnnSynapses *s = m->projections[0].synapses;
    for (uint32_t i = 0; i < N; i++)
        for (uint32_t k = s->first[i]; k < s->first[i + 1]; k++)
            CHECK(parameters_get(&values, P_SPARSE, k) ==
                  40000 + s->first[i + 1] - s->first[i]);
    CHECK(parameters_get(&values, P_KERNEL, 23) == 12000 + 6);
    CHECK(parameters_get(&values, P_FULL, 7) == 100000 + 50);
    double n = (double)m->projections[3].synapses->n_synapses;
    CHECK_NEAR(parameters_get(&values, P_SHARED, 0), 1000 * n / M + n / N,
               1e-15);
    parameters_free(&values);
}

static void test_marks(const SnnModule *m)
{
    uint8_t touched[N] = {0};
    const SnnSynapses *s = m->projections[0].synapses;
    for (uint32_t i = 0; i < N; i++) {
        uint8_t expected[2] = {0};
        for (uint32_t k = s->first[i]; k < s->first[i + 1]; k++)
            expected[k / PARAMETER_FLAT_ROW] = 1;
        memset(touched, 0, sizeof touched);
        topology_mark(m, 0, i, touched);
        CHECK(touched[0] == expected[0] && touched[1] == expected[1]);
    }
    memset(touched, 0, sizeof touched);
    topology_mark(m, 1, 3, touched);
    topology_mark(m, 3, 3, touched);
    CHECK(touched[0] == 1 && touched[1] == 0);
    topology_mark(m, 2, 7, touched);
    CHECK(touched[7] == 1 && touched[8] == 0);
}

int main(void)
{
    Topology topology;
    CHECK(topology_new(&topology, &module, NULL));
    test_sizes(&topology.module);
    test_fans(&topology.module);
    test_marks(&topology.module);
    CHECK(topology_bytes(&topology.module) > 40 * M * 4);
    topology_free(&topology);
    return unit_report();
}
