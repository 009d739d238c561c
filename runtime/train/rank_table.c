// Tables of spike times by byte value, and sorting a sample by counting.
#include "train/rank_table.h"

#include <math.h>
#include <string.h>
#include "core/sort.h"

enum { VALUES = 256 };

typedef struct Times {
    double *values;          // [n_channels][VALUES][n_spikes], then biases
    uint32_t n_channels;
    size_t n;                // of the tables
    size_t n_all;            // with biases
} Times;

static bool is_spike(double time)
{
    return !isnan(time) && time != INFINITY;
}

static bool same(const double *a, const double *b, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (is_spike(a[k]) != is_spike(b[k]) ||
            (is_spike(a[k]) && a[k] != b[k]))
            return false;
    return true;
}

static bool encode_channel(const SnnEncoder *encoder, uint32_t channel,
                           double *times, StimuliFailure *failure)
{
    for (uint32_t value = 0; value < VALUES; value++) {
        double *spikes = times + (size_t)value * encoder->n_spikes;
        encoder->encode(value, channel, spikes);
        for (uint32_t k = 0; k < encoder->n_spikes; k++)
            if (spikes[k] < 0) {
                *failure = (StimuliFailure){.kind = STIMULI_NEGATIVE_TIME,
                                            .time = spikes[k],
                                            .value = value,
                                            .channel = channel};
                return false;
            }
    }
    return true;
}

// The times of all channels; one table when all channels are alike.
static bool tabulate(const Stimuli *stimuli, Times *times,
                     StimuliFailure *failure)
{
    const SnnEncoder *encoder = stimuli->module->encoder;
    uint32_t n_channels = stimuli->set->n_values;
    size_t row = (size_t)VALUES * encoder->n_spikes;
    *failure = (StimuliFailure){.kind = STIMULI_NO_MEMORY};
    times->values = memory_array(row * n_channels + encoder->n_biases + 1,
                                 sizeof(double));
    if (!times->values)
        return false;
    bool alike = true;
    for (uint32_t c = 0; c < n_channels; c++) {
        double *table = times->values + c * row;
        if (!encode_channel(encoder, c, table, failure))
            return false;
        alike = alike && same(table, times->values, row);
    }
    times->n_channels = alike ? 1 : n_channels;
    times->n = row * times->n_channels;
    times->n_all = times->n + encoder->n_biases;
    for (uint32_t b = 0; b < encoder->n_biases; b++)
        times->values[times->n + b] = encoder->bias_times[b];
    return true;
}

// Numbers the distinct times; ranks[i] for times->values[i].
static void rank(Stimuli *stimuli, const Times *times, const SortKey *keys,
                 uint32_t *ranks)
{
    for (size_t k = 0; k < times->n_all; k++) {
        double time = times->values[keys[k].index];
        uint32_t n = stimuli->n_ranks;
        if (!is_spike(time)) {
            ranks[keys[k].index] = NO_SPIKE;
            continue;
        }
        if (n == 0 || stimuli->rank_times[n - 1] != time)
            stimuli->rank_times[stimuli->n_ranks++] = time + 0.0;
        ranks[keys[k].index] = stimuli->n_ranks - 1;
    }
}

static bool rank_all(Stimuli *stimuli, const Times *times)
{
    size_t n = times->n_all;
    SortKey *keys = memory_array(n, sizeof *keys);
    SortKey *spare = memory_array(n, sizeof *spare);
    stimuli->rank_times = memory_array(n, sizeof(double));
    stimuli->ranks = memory_array(n + 1, sizeof(uint32_t));
    stimuli->bias_ranks =
        memory_array(n - times->n, sizeof(uint32_t));
    bool ok = keys && spare && stimuli->rank_times && stimuli->ranks &&
              stimuli->bias_ranks;
    if (ok) {
        for (size_t i = 0; i < n; i++) {
            double time = times->values[i];
            double key = is_spike(time) ? time : INFINITY;
            keys[i] = (SortKey){sort_time_bits(key), 0, (uint32_t)i};
        }
        rank(stimuli, times, sort_keys(keys, spare, n), stimuli->ranks);
        memcpy(stimuli->bias_ranks, stimuli->ranks + times->n,
               (n - times->n) * sizeof(uint32_t));
    }
    memory_free(keys);
    memory_free(spare);
    return ok;
}

bool rank_table_build(Stimuli *stimuli, StimuliFailure *out_failure)
{
    Times times = {0};
    bool ok = tabulate(stimuli, &times, out_failure);
    stimuli->per_channel = ok && times.n_channels > 1;
    stimuli->skips_zeros = ok && !stimuli->per_channel;
    if (ok && !rank_all(stimuli, &times)) {
        *out_failure = (StimuliFailure){.kind = STIMULI_NO_MEMORY};
        ok = false;
    }
    for (uint32_t k = 0; ok && k < stimuli->module->encoder->n_spikes; k++)
        stimuli->skips_zeros &= stimuli->ranks[k] == NO_SPIKE;
    memory_free(times.values);
    return ok;
}

// A spike of a sample, by the rank of its time.
typedef struct Hit {
    uint32_t rank, channel;
} Hit;

// How many values from c on are 0, in steps of words.
static uint32_t count_zeros(const uint8_t *values, uint32_t c, uint32_t n)
{
    uint32_t end = c;
    for (uint64_t word = 0; end + sizeof word <= n; end += sizeof word) {
        memcpy(&word, values + end, sizeof word);
        if (word != 0)
            break;
    }
    return end - c;
}

// The sample's spikes in the order of channels; returns how many.
static size_t collect(const Stimuli *stimuli, const uint8_t *values, Hit *hits)
{
    const SnnEncoder *encoder = stimuli->module->encoder;
    uint32_t n_values = stimuli->set->n_values, n_spikes = encoder->n_spikes;
    size_t table = stimuli->per_channel ? (size_t)VALUES * n_spikes : 0, n = 0;
    for (uint32_t c = 0; c < n_values; c++) {
        if (stimuli->skips_zeros && c % sizeof(uint64_t) == 0)
            c += count_zeros(values, c, n_values);
        if (c == n_values)
            break;
        const uint32_t *ranks =
            stimuli->ranks + c * table + (size_t)values[c] * n_spikes;
        for (uint32_t k = 0; k < n_spikes; k++) {
            hits[n] = (Hit){ranks[k], c};
            n += ranks[k] != NO_SPIKE;
        }
    }
    for (uint32_t b = 0; b < encoder->n_biases; b++) {
        hits[n] = (Hit){stimuli->bias_ranks[b], n_values + b};
        n += stimuli->bias_ranks[b] != NO_SPIKE;
    }
    return n;
}

// By counting: stable, so that of one time the lower channel comes first.
static void sort_hits(const Stimuli *stimuli, const Hit *hits, uint32_t *next,
                      Stimulus *stimulus)
{
    for (size_t i = 0; i < stimulus->count; i++)
        next[hits[i].rank + 1]++;
    for (uint32_t r = 0; r < stimuli->n_ranks; r++)
        next[r + 1] += next[r];
    for (size_t i = 0; i < stimulus->count; i++) {
        uint32_t k = next[hits[i].rank]++;
        stimulus->times[k] = stimuli->rank_times[hits[i].rank];
        stimulus->channels[k] = hits[i].channel;
    }
}

bool rank_table_fetch(const Stimuli *stimuli, uint32_t sample,
                      Stimulus *stimulus)
{
    const SnnEncoder *encoder = stimuli->module->encoder;
    uint32_t n_values = stimuli->set->n_values;
    const uint8_t *values = stimuli->set->bytes + (size_t)sample * n_values;
    size_t bytes = ((size_t)stimuli->n_ranks + 1) * sizeof(uint32_t);
    size_t most = (size_t)n_values * encoder->n_spikes + encoder->n_biases + 1;
    if (!buffer_reserve(&stimulus->counts, bytes) ||
        !buffer_reserve(&stimulus->spare, most * sizeof(Hit)))
        return false;
    Hit *hits = stimulus->spare.data;
    stimulus->count = collect(stimuli, values, hits);
    if (!stimulus_reserve(stimulus, stimulus->count))
        return false;
    memset(stimulus->counts.data, 0, bytes);
    sort_hits(stimuli, hits, stimulus->counts.data, stimulus);
    return true;
}
