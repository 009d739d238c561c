// Merge sort from short sorted runs. Spikes come nearly in order from a kernel
// that goes through time, so runs that are already in order are not merged.
#include "core/sort.h"

#include <stdbool.h>
#include <string.h>

enum { RUN = 12 };

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

SortKey *sort_keys(SortKey *keys, SortKey *spare, size_t n)
{
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
