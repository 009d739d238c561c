// Ordering by counting, interval by interval: a spike's place is the number of
// spikes before it. Comparing all with all needs no branch, and there are few.
#include "event/order.h"

#include <math.h>
#include "core/clones.h"

enum { MOST = 64, LANES = 8 }; // spikes of an interval; a step of counting

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

static bool is_before(const Unordered *s, uint32_t a, uint32_t b)
{
    if (s->times[a] != s->times[b])
        return s->times[a] < s->times[b];
    if (s->neurons[a] != s->neurons[b])
        return s->neurons[a] < s->neurons[b];
    return a < b;
}

static bool is_in_order(const Unordered *s, size_t first, size_t end)
{
    for (size_t k = first + 1; k < end; k++)
        if (!is_before(s, (uint32_t)k - 1, (uint32_t)k))
            return false;
    return true;
}

static void keep_places(size_t first, size_t end, uint32_t *origins)
{
    for (size_t k = first; k < end; k++)
        origins[k] = (uint32_t)k;
}

// Where times are equal.
static void insert_all(const Unordered *s, size_t first, size_t end,
                       uint32_t *origins)
{
    for (size_t i = first; i < end; i++) {
        size_t j = i;
        for (; j > first && is_before(s, (uint32_t)i, origins[j - 1]); j--)
            origins[j] = origins[j - 1];
        origins[j] = (uint32_t)i;
    }
}

static bool order_interval(const Unordered *s, size_t first, size_t end,
                           uint32_t *origins)
{
    double times[MOST] = {0};
    int64_t less[MOST];
    size_t n = end - first, sum = 0;
    if (n > MOST) {
        keep_places(first, end, origins);
        return is_in_order(s, first, end);
    }
    for (size_t i = 0; i < n; i++)
        times[i] = s->times[first + i];
    for (size_t i = n; i % LANES != 0; i++)
        times[i] = INFINITY;
    count_before(times, n, less);
    for (size_t i = 0; i < n; i++) {
        sum += (size_t)less[i];
        origins[first + (size_t)less[i]] = (uint32_t)(first + i);
    }
    if (sum != n * (n - 1) / 2) // two of them have one place
        insert_all(s, first, end, origins);
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
