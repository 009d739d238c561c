// One sample's input spikes: a fresh copy, changed by the model's transforms.
#include "train/stimuli.h"

#include <math.h>
#include <string.h>
#include "core/random.h"
#include "core/sort.h"
#include "train/rank_table.h"

bool stimulus_reserve(Stimulus *stimulus, size_t n)
{
    if (!buffer_reserve(&stimulus->time_buffer, n * sizeof(double)) ||
        !buffer_reserve(&stimulus->channel_buffer, n * sizeof(uint32_t)))
        return false;
    stimulus->times = stimulus->time_buffer.data;
    stimulus->channels = stimulus->channel_buffer.data;
    return true;
}

void stimulus_free(Stimulus *stimulus)
{
    buffer_free(&stimulus->time_buffer);
    buffer_free(&stimulus->channel_buffer);
    buffer_free(&stimulus->counts);
    buffer_free(&stimulus->keys);
    buffer_free(&stimulus->spare);
    *stimulus = (Stimulus){0};
}

bool stimulus_fetch(Stimulus *stimulus, const Stimuli *stimuli,
                    uint32_t sample)
{
    stimulus->n_data = stimuli->set->n_values;
    if (stimuli->set->bytes)
        return rank_table_fetch(stimuli, sample, stimulus);
    size_t first = stimuli->first[sample];
    size_t n = stimuli->first[sample + 1] - first;
    if (!stimulus_reserve(stimulus, n))
        return false;
    memcpy(stimulus->times, stimuli->times + first, n * sizeof(double));
    memcpy(stimulus->channels, stimuli->channels + first,
           n * sizeof(uint32_t));
    stimulus->count = n;
    return true;
}

static bool is_sorted(const Stimulus *stimulus)
{
    for (size_t k = 1; k < stimulus->count; k++) {
        double before = stimulus->times[k - 1], time = stimulus->times[k];
        if (time < before ||
            (time == before &&
             stimulus->channels[k] < stimulus->channels[k - 1]))
            return false;
    }
    return true;
}

static void reorder(Stimulus *stimulus, const SortKey *keys, uint32_t *places)
{
    for (size_t k = 0; k < stimulus->count; k++) {
        double time;
        memcpy(&time, &keys[k].time, sizeof time);
        stimulus->times[k] = time;
        stimulus->channels[k] = keys[k].neuron;
        if (places)
            places[k] = keys[k].index;
    }
}

bool stimulus_sort(Stimulus *stimulus, uint32_t *places)
{
    size_t n = stimulus->count;
    if (!places && is_sorted(stimulus))
        return true;
    if (!buffer_reserve(&stimulus->keys, n * sizeof(SortKey)) ||
        !buffer_reserve(&stimulus->spare, n * sizeof(SortKey)))
        return false;
    SortKey *keys = stimulus->keys.data;
    for (size_t k = 0; k < n; k++)
        keys[k] = (SortKey){sort_time_bits(stimulus->times[k]),
                            stimulus->channels[k], (uint32_t)k};
    reorder(stimulus, sort_keys(keys, stimulus->spare.data, n), places);
    return true;
}

// Draws of the sample count down from the last place, where no spike's are.
static void draw_for(const SnnTransform *transform, RandomPlace place,
                     double *draws)
{
    uint32_t spike = place.c;
    for (uint32_t d = 0; d < transform->n_draws; d++) {
        uint8_t kind = transform->draw_kinds[d];
        place.c = kind & SNN_DRAW_OF_SAMPLE ? UINT32_MAX - d
                                            : spike * transform->n_draws + d;
        draws[d] = random_draw(place, kind);
    }
}

static bool transform_spike(const Stimulus *stimulus,
                            const SnnTransform *transform, RandomPlace place,
                            double *time, uint32_t *channel,
                            const double *hypers)
{
    double draws[transform->n_draws + 1], moved = *channel;
    draw_for(transform, place, draws);
    if (!transform->apply(time, &moved, draws, hypers) || isnan(*time))
        return false;
    moved = floor(moved + 0.5);
    if (!(moved >= 0 && moved < stimulus->n_data))
        return false;
    *channel = (uint32_t)moved;
    return true;
}

// The encoder's bias spikes are no data, and stay as they are.
static void apply_one(Stimulus *stimulus, const SnnTransform *transform,
                      RandomPlace place, const double *hypers)
{
    size_t kept = 0;
    for (size_t k = 0; k < stimulus->count; k++) {
        double time = stimulus->times[k];
        uint32_t channel = stimulus->channels[k];
        place.c = (uint32_t)k;
        if (channel < stimulus->n_data &&
            !transform_spike(stimulus, transform, place, &time, &channel,
                             hypers))
            continue;
        stimulus->times[kept] = time > 0 ? time : 0;
        stimulus->channels[kept++] = channel;
    }
    stimulus->count = kept;
}

bool stimulus_transform(Stimulus *stimulus, const SnnModule *module,
                        StimulusDraw draw, const double *hypers)
{
    for (uint32_t t = 0; t < module->n_transforms; t++) {
        RandomPlace place = {draw.seed, RANDOM_TRANSFORM + t,
                             (uint32_t)draw.epoch, draw.sample, 0};
        apply_one(stimulus, &module->transforms[t], place, hypers);
    }
    return module->n_transforms == 0 || stimulus_sort(stimulus, NULL);
}
