// Merge sort from short sorted runs. Spikes come nearly in order from a kernel
// that goes through time, so runs that are already in order are not merged;
// where they come neuron by neuron, they are brought near their order first.
#include "core/sort.h"

#include <stdbool.h>
#include <string.h>

enum { RUN = 12, BUCKETS = 1024, SPREAD_FROM = 128 };

uint64_t sort_time_bits(double time)
{
    uint64_t bits;
    double positive = time + 0.0; // -0.0 becomes 0.0
    memcpy(&bits, &positive, sizeof bits);
    return bits;
}

static bool is_before(const SortKey *a, const SortKey *b)
{
    if (a->time != b->time)
        return a->time < b->time;
    if (a->neuron != b->neuron)
        return a->neuron < b->neuron;
    return a->index < b->index;
}

static void sort_run(SortKey *keys, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        SortKey key = keys[i];
        size_t j = i;
        for (; j > 0 && is_before(&key, &keys[j - 1]); j--)
            keys[j] = keys[j - 1];
        keys[j] = key;
    }
}

// Runs overlap little: what of `a` comes before all of `b` stays, and so does
// the rest of `b` once `a` has ended.
static void merge(SortKey *out, const SortKey *a, size_t n_a, const SortKey *b,
                  size_t n_b)
{
    size_t i = n_a, j = 0;
    while (i > 0 && n_b > 0 && is_before(&b[0], &a[i - 1]))
        i--;
    memcpy(out, a, i * sizeof *a);
    out += i;
    while (i < n_a && j < n_b) {
        bool second = is_before(&b[j], &a[i]);
        *out++ = second ? b[j] : a[i];
        j += second;
        i += !second;
    }
    memcpy(out, a + i, (n_a - i) * sizeof *a);
    memcpy(out + (n_a - i), b + j, (n_b - j) * sizeof *b);
}

static size_t at_most(size_t length, size_t rest)
{
    return length < rest ? length : rest;
}

// ---- near their order -------------------------------------------------------

// Buckets of equal length from the first time to the last.
typedef struct Spread {
    double low, scale;
} Spread;

static double time_of(const SortKey *key)
{
    double time;
    memcpy(&time, &key->time, sizeof time);
    return time;
}

// Never falls where times rise.
static inline size_t bucket_of(const Spread *spread, const SortKey *key)
{
    return (size_t)((time_of(key) - spread->low) * spread->scale);
}

// False where that would be no help: they are few, nearly in order already, at
// one time, or no times.
static bool find_spread(Spread *spread, const SortKey *keys, size_t n)
{
    const SortKey *low = keys, *high = keys;
    size_t falls = 0;
    if (n < SPREAD_FROM)
        return false;
    for (size_t k = 1; k < n; k++) {
        falls += keys[k].time < keys[k - 1].time;
        low = keys[k].time < low->time ? &keys[k] : low;
        high = keys[k].time > high->time ? &keys[k] : high;
    }
    double length = time_of(high) - time_of(low);
    *spread = (Spread){time_of(low), (BUCKETS - 1) / length};
    return 8 * falls > n && length > 0 && length < 1e300 &&
           spread->scale < 1e300;
}

static void spread_keys(const Spread *spread, SortKey *out,
                        const SortKey *keys, size_t n)
{
    uint32_t next[BUCKETS + 1] = {0};
    for (size_t k = 0; k < n; k++)
        next[bucket_of(spread, &keys[k]) + 1]++;
    for (size_t b = 0; b < BUCKETS; b++)
        next[b + 1] += next[b];
    for (size_t k = 0; k < n; k++)
        out[next[bucket_of(spread, &keys[k])]++] = keys[k];
}

SortKey *sort_keys(SortKey *keys, SortKey *spare, size_t n)
{
    Spread spread;
    if (find_spread(&spread, keys, n)) {
        spread_keys(&spread, spare, keys, n);
        SortKey *spread_out = spare;
        spare = keys;
        keys = spread_out;
    }
    for (size_t i = 0; i < n; i += RUN)
        sort_run(keys + i, at_most(RUN, n - i));
    for (size_t width = RUN; width < n; width *= 2) {
        for (size_t i = 0; i < n; i += 2 * width) {
            size_t n_a = at_most(width, n - i);
            size_t n_b = at_most(width, n - i - n_a);
            merge(spare + i, keys + i, n_a, keys + i + n_a, n_b);
        }
        SortKey *sorted = spare;
        spare = keys;
        keys = sorted;
    }
    return keys;
}
