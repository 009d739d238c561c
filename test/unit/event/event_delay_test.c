// Delayed arrivals in order without sorting a sample: streams and rows.
#include "event/stream.h"
#include "event/wiring.h"

#include <math.h>
#include "../unit.h"

// Ten neurons to three, a delay for each source, or for each synapse.
static const SnnHandlers handlers = {0}; // event by event
static const SnnLayer layers[] = {
    {.name = "a", .size = 10, .is_input = 1},
    {.name = "b", .size = 3, .handlers = &handlers},
};
static const SnnParameter parameters[] = {
    {.name = "weight", .rows = 10, .columns = 3, .stride = 8},
    {.name = "delay", .rows = 1, .columns = 10, .stride = 16, .learned = 1},
    {.name = "delays", .rows = 10, .columns = 3, .stride = 8, .learned = 1},
};
static const SnnProjection projections[] = {
    {"by_source", 0, 1, 0, 0, NULL, NULL, 1, SNN_PER_SOURCE, 0},
    {"by_synapse", 0, 1, 0, 0, NULL, NULL, 2, SNN_PER_SYNAPSE, 0},
    {"constant", 0, 1, 0, 0, NULL, NULL, SNN_NONE, SNN_PER_PROJECTION, 0.5},
};
static const SnnModule module = {
    .duration = 10, .real_size = 8, .n_layers = 2, .n_projections = 3,
    .n_parameters = 3, .layers = layers, .parameters = parameters,
    .projections = projections,
};

enum { N_SPIKES = 300 };
static double times[N_SPIKES], delay[16], delays[80];
static uint32_t neurons[N_SPIKES];
static void *values[] = {NULL, delay, delays};

// Ties included.
static uint32_t next_number(void)
{
    static uint32_t state = 12345;
    state = state * 1664525u + 1013904223u;
    return state >> 16;
}

static SpikeList make_spikes(void)
{
    for (int k = 0; k < N_SPIKES; k++) {
        times[k] = k / 4 * 0.125;
        neurons[k] = next_number() % 10;
    }
    for (int k = 0; k < 10; k++)
        delay[k] = next_number() % 16 * 0.25;
    return (SpikeList){times, neurons, NULL, N_SPIKES};
}

static int64_t brute_next(const bool *taken, double *out_time)
{
    int64_t best = -1;
    *out_time = module.duration;
    for (int k = 0; k < N_SPIKES; k++) {
        double at = times[k] + delay[neurons[k]];
        bool earlier = at < *out_time ||
                       (best >= 0 && at == *out_time &&
                        neurons[k] < neurons[best]);
        if (!taken[k] && earlier) {
            best = k;
            *out_time = at;
        }
    }
    return best;
}

static void test_merged(void)
{
    Stream stream;
    bool taken[N_SPIKES] = {false};
    double time;
    SpikeList spikes = make_spikes();
    CHECK(stream_new(&stream, &module, 0));
    for (int round = 0; round < 2; round++)
        CHECK(stream_begin(&stream, &spikes, values));
    for (int64_t k; (k = brute_next(taken, &time)) >= 0;) {
        CHECK(stream.time == time && stream.next == (size_t)k);
        taken[k] = true;
        stream_step(&stream);
    }
    CHECK(isinf(stream.time));
    stream_free(&stream);
}

static void test_shifted(void)
{
    Stream stream;
    SpikeList spikes = make_spikes();
    CHECK(stream_new(&stream, &module, 2));
    CHECK(stream_begin(&stream, &spikes, values));
    for (size_t k = 0; times[k] + 0.5 < module.duration; k++) {
        CHECK(stream.time == times[k] + 0.5 && stream.next == k);
        stream_step(&stream);
        if (k + 1 == N_SPIKES)
            break;
    }
    CHECK(isinf(stream.time));
    stream_free(&stream);
}

// Each row in order, every synapse in it once, ties by target.
static void check_rows(const WiringRows *rows)
{
    for (uint32_t i = 0; i < 10; i++) {
        uint32_t seen = 0;
        CHECK(rows->first[i + 1] - rows->first[i] == 3);
        for (uint32_t k = rows->first[i]; k < rows->first[i + 1]; k++) {
            uint32_t j = rows->target[k];
            seen |= 1u << j;
            CHECK(rows->weight[k] == i * 8 + j && rows->element[k] == i * 8 + j);
            CHECK(rows->delay[k] == delays[i * 8 + j]);
            if (k == rows->first[i])
                continue;
            CHECK(rows->delay[k] >= rows->delay[k - 1]);
            CHECK(rows->delay[k] > rows->delay[k - 1] ||
                  j > rows->target[k - 1]);
        }
        CHECK(seen == 7);
    }
}

static void test_rows(void)
{
    Wiring wiring;
    CHECK(wiring_new(&wiring, &module));
    CHECK(!wiring_rows(&wiring, 0) && !wiring_rows(&wiring, 2));
    for (int round = 0; round < 20; round++) {
        for (int k = 0; k < 80; k++)
            delays[k] = next_number() % 4 * 0.25;
        CHECK(wiring_update(&wiring, values));
        check_rows(wiring_rows(&wiring, 1));
    }
    wiring_free(&wiring);
}

int main(void)
{
    test_merged();
    test_shifted();
    test_rows();
    return unit_report();
}
