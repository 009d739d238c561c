// Ordering by counting, interval by interval: a spike's place is the number of
// spikes before it. Comparing all with all needs no branch, and there are few.
#include "event/order.h"

#include <math.h>
#include <string.h>
#include "core/clones.h"

enum {
    LANES = 8,  // of a step of counting
    AT_ONCE = 2 * LANES,
    FEW = 64,   // that are compared all with all
    PART = 12,  // spikes of a part of more, on average
    PARTS = 256,
};

// less[i]: how many of n times lie before times[i]. Both arrays reach to the
// next multiple of LANES.
VECTOR_CLONES
static void count_before(const double *times, size_t n, int64_t *less)
{
    for (size_t first = 0; first < n; first += LANES) {
        int64_t count[LANES] = {0};
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < LANES; i++)
                count[i] += times[j] < times[first + i];
        for (size_t i = 0; i < LANES; i++)
            less[first + i] = count[i];
    }
}

typedef double Times __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t Places __attribute__((vector_size(LANES * sizeof(int64_t))));

// The first n of them; the rest are NaN, before and behind nothing.
static inline void first_times(const double *times, size_t n, Times *out)
{
    static const int64_t none[2 * LANES] = {
        [LANES] = -1, -1, -1, -1, -1, -1, -1, -1,
    };
    Places bits, unused;
    memcpy(&bits, times, sizeof bits);
    memcpy(&unused, none + LANES - (n < LANES ? n : LANES), sizeof unused);
    *out = (Times)(bits | unused);
}

// The n <= 2 LANES spikes from `first` on: true when no two of them have one
// place.
VECTOR_CLONES
static bool order_at_once(const double *times, size_t first, size_t n,
                          uint32_t *spikes)
{
    Times low, high;
    Places less = {0}, less_high = {0};
    int64_t sum = 0;
    first_times(times + first, n, &low);
    for (size_t j = 0; j < LANES; j++)
        less -= (Places)(low[j] < low);
    if (n > LANES) {
        first_times(times + first + LANES, n - LANES, &high);
        for (size_t j = 0; j < LANES; j++) {
            less -= (Places)(high[j] < low);
            less_high -= (Places)(low[j] < high) + (Places)(high[j] < high);
        }
        for (size_t i = n - LANES; i-- > 0;) {
            sum += less_high[i];
            spikes[less_high[i]] = (uint32_t)(first + LANES + i);
        }
    }
    for (size_t i = n < LANES ? n : LANES; i-- > 0;) {
        sum += less[i];
        spikes[less[i]] = (uint32_t)(first + i);
    }
    return sum == (int64_t)(n * (n - 1) / 2);
}

static bool is_before(const Unordered *s, uint32_t a, uint32_t b)
{
    if (s->times[a] != s->times[b])
        return s->times[a] < s->times[b];
    if (s->neurons[a] != s->neurons[b])
        return s->neurons[a] < s->neurons[b];
    return a < b;
}

// Where times are equal; few are out of place.
static void insert_all(const Unordered *s, uint32_t *spikes, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint32_t spike = spikes[i];
        size_t j = i;
        for (; j > 0 && is_before(s, spike, spikes[j - 1]); j--)
            spikes[j] = spikes[j - 1];
        spikes[j] = spike;
    }
}

static void order_few(const Unordered *s, uint32_t *spikes, size_t n)
{
    double times[FEW] = {0};
    int64_t less[FEW];
    uint32_t given[FEW];
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        given[i] = spikes[i];
        times[i] = s->times[spikes[i]];
    }
    count_before(times, n, less);
    for (size_t i = 0; i < n; i++)
        sum += (size_t)less[i];
    if (sum != n * (n - 1) / 2) { // two of them have one place
        insert_all(s, spikes, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        spikes[less[i]] = given[i];
}

// Many are parted by time first.
typedef struct Parts {
    double start, scale;
    size_t n, end[PARTS];
} Parts;

static size_t part_of(const Parts *parts, double time)
{
    double at = (time - parts->start) * parts->scale;
    return at < (double)(parts->n - 1) ? (size_t)at : parts->n - 1;
}

// Where each part ends; false where one holds too many.
static bool measure_parts(const Unordered *s, size_t first, size_t end,
                          Parts *parts)
{
    double low = s->times[first], high = low;
    size_t n = end - first, largest = 0;
    for (size_t k = first; k < end; k++) {
        low = s->times[k] < low ? s->times[k] : low;
        high = s->times[k] > high ? s->times[k] : high;
    }
    *parts = (Parts){.start = low, .n = n / PART < PARTS ? n / PART : PARTS};
    parts->scale = (double)parts->n / (high - low);
    if (!(parts->scale < INFINITY) || n > UINT32_MAX)
        return false;
    for (size_t k = first; k < end; k++)
        parts->end[part_of(parts, s->times[k])]++;
    for (size_t p = 0; p < parts->n; p++) {
        largest = parts->end[p] > largest ? parts->end[p] : largest;
        parts->end[p] += p ? parts->end[p - 1] : 0;
    }
    return largest <= FEW;
}

static bool order_many(const Unordered *s, size_t first, size_t end,
                       uint32_t *origins)
{
    Parts parts;
    size_t done = 0;
    uint32_t *spikes = origins + first;
    if (!measure_parts(s, first, end, &parts))
        return false;
    for (size_t k = end; k-- > first;)
        spikes[--parts.end[part_of(&parts, s->times[k])]] = (uint32_t)k;
    for (size_t p = 0; p < parts.n; p++) {
        size_t next = p + 1 < parts.n ? parts.end[p + 1] : end - first;
        order_few(s, spikes + done, next - done);
        done = next;
    }
    return true;
}

static bool is_in_order(const Unordered *s, size_t first, size_t end)
{
    for (size_t k = first + 1; k < end; k++)
        if (!is_before(s, (uint32_t)k - 1, (uint32_t)k))
            return false;
    return true;
}

static bool order_interval(const Unordered *s, size_t first, size_t end,
                           uint32_t *origins)
{
    bool many = end - first > FEW;
    if (end - first <= AT_ONCE &&
        order_at_once(s->times, first, end - first, origins + first))
        return true;
    if (many && !is_in_order(s, first, end))
        return order_many(s, first, end, origins);
    for (size_t k = first; k < end; k++)
        origins[k] = (uint32_t)k;
    if (!many)
        order_few(s, origins + first, end - first);
    return true;
}

static bool follows(const Unordered *s, size_t first, const uint32_t *origins)
{
    return first == 0 || is_before(s, origins[first - 1], origins[first]);
}

// By rounding, a spike may lie in the interval behind its own: then the two are
// ordered together.
bool order_by_intervals(const Unordered *s, uint32_t *origins)
{
    size_t cut = 0, first = 0, before = 0, end;
    for (; first < s->n; before = first, first = end) {
        while (cut < s->n_cuts && s->cuts[cut] <= s->times[first])
            cut++;
        double until = cut < s->n_cuts ? s->cuts[cut] : INFINITY;
        for (end = first + 1; end < s->n && s->times[end] < until;)
            end++;
        if (end == first + 1)
            origins[first] = (uint32_t)first;
        else if (!order_interval(s, first, end, origins))
            return false;
        if (follows(s, first, origins))
            continue;
        first = before;
        if (!order_interval(s, first, end, origins) ||
            !follows(s, first, origins))
            return false;
    }
    return true;
}
