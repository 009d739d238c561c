// Encoding a data set into spikes, once, when it is loaded.
#include "train/stimuli.h"

#include <math.h>
#include <string.h>
#include "event/layer.h"
#include "core/sort.h"
#include "train/rank_table.h"

static uint32_t input_size(const SnnModule *module)
{
    uint32_t size = 0;
    for (uint32_t l = 0; l < module->n_layers; l++)
        if (layer_takes_data(&module->layers[l]))
            size += module->layers[l].size;
    return size;
}

static bool fail(StimuliFailure *failure, StimuliFailureKind kind)
{
    failure->kind = kind;
    return false;
}

static bool check_sizes(const SnnModule *module, const SnnSet *set,
                        StimuliFailure *failure)
{
    if (!module->encoder)
        return fail(failure, STIMULI_NO_ENCODER);
    failure->n_values = set->n_values;
    failure->n_biases = module->encoder->n_biases;
    failure->n_inputs = input_size(module);
    if ((uint64_t)failure->n_values + failure->n_biases != failure->n_inputs)
        return fail(failure, STIMULI_WRONG_SIZE);
    return true;
}

static bool check_labels(const SnnModule *module, const SnnSet *set,
                         StimuliFailure *failure)
{
    bool is_bounded = module->predict_layer != ~0u;
    uint32_t n = is_bounded ? module->layers[module->predict_layer].size
                            : INT32_MAX;
    for (uint32_t i = 0; i < set->n_samples; i++) {
        int32_t label = set->labels[i];
        if (label >= 0 && (uint32_t)label < n)
            continue;
        failure->sample = i;
        failure->label = label;
        failure->n_classes = n;
        return fail(failure, STIMULI_WRONG_LABEL);
    }
    return true;
}

static bool check_biases(const SnnEncoder *encoder, StimuliFailure *failure)
{
    for (uint32_t b = 0; b < encoder->n_biases; b++) {
        failure->channel = b;
        failure->time = encoder->bias_times[b];
        if (!(failure->time >= 0))
            return fail(failure, STIMULI_NEGATIVE_BIAS);
    }
    return true;
}

static bool append(Stimulus *list, double time, uint32_t channel)
{
    if (!stimulus_reserve(list, list->count + 1))
        return false;
    list->times[list->count] = time;
    list->channels[list->count++] = channel;
    return true;
}

// The spikes of one sample of numbers, sorted. A value may yield NaN (no spike)
// or infinity (never).
static bool encode_sample(Stimulus *list, const SnnModule *module,
                          const SnnSet *set, uint32_t sample,
                          StimuliFailure *failure)
{
    const SnnEncoder *encoder = module->encoder;
    const double *values = set->doubles + (size_t)sample * set->n_values;
    double times[encoder->n_spikes + 1];
    list->count = 0;
    failure->sample = sample;
    for (uint32_t c = 0; c < set->n_values; c++) {
        encoder->encode(values[c], c, times);
        for (uint32_t k = 0; k < encoder->n_spikes; k++) {
            if (isnan(times[k]) || times[k] == INFINITY)
                continue;
            failure->channel = c;
            failure->value = values[c];
            failure->time = times[k];
            if (times[k] < 0)
                return fail(failure, STIMULI_NEGATIVE_TIME);
            if (!append(list, times[k], c))
                return fail(failure, STIMULI_NO_MEMORY);
        }
    }
    for (uint32_t b = 0; b < encoder->n_biases; b++)
        if (!append(list, encoder->bias_times[b], set->n_values + b))
            return fail(failure, STIMULI_NO_MEMORY);
    if (!stimulus_sort(list, NULL))
        return fail(failure, STIMULI_NO_MEMORY);
    return true;
}

static bool store_sample(Stimuli *stimuli, Buffer *times, Buffer *channels,
                         const Stimulus *list, uint32_t sample)
{
    size_t first = stimuli->first[sample];
    size_t end = first + list->count;
    stimuli->first[sample + 1] = end;
    if (!buffer_reserve(times, end * sizeof(double)) ||
        !buffer_reserve(channels, end * sizeof(uint32_t)))
        return false;
    if (list->count == 0)
        return true;
    memcpy((double *)times->data + first, list->times,
           list->count * sizeof(double));
    memcpy((uint32_t *)channels->data + first, list->channels,
           list->count * sizeof(uint32_t));
    return true;
}

static bool encode_numbers(Stimuli *stimuli, StimuliFailure *failure)
{
    Stimulus list = {0};
    Buffer times = {0}, channels = {0};
    bool ok = true;
    stimuli->first = memory_array((size_t)stimuli->n_samples + 1, 8);
    if (!stimuli->first)
        return fail(failure, STIMULI_NO_MEMORY);
    for (uint32_t i = 0; ok && i < stimuli->n_samples; i++) {
        ok = encode_sample(&list, stimuli->module, stimuli->set, i, failure);
        if (ok && !store_sample(stimuli, &times, &channels, &list, i))
            ok = fail(failure, STIMULI_NO_MEMORY);
    }
    stimulus_free(&list);
    stimuli->times = times.data;
    stimuli->channels = channels.data;
    return ok;
}

bool stimuli_new(Stimuli *stimuli, const SnnModule *module, const SnnSet *set,
                 StimuliFailure *out_failure)
{
    *stimuli = (Stimuli){
        .module = module, .set = set, .n_samples = set->n_samples};
    *out_failure = (StimuliFailure){0};
    if (set->n_samples == 0)
        return true;
    return check_sizes(module, set, out_failure) &&
           check_labels(module, set, out_failure) &&
           check_biases(module->encoder, out_failure) &&
           (set->bytes ? rank_table_build(stimuli, out_failure)
                       : encode_numbers(stimuli, out_failure));
}

void stimuli_free(Stimuli *stimuli)
{
    memory_free(stimuli->first);
    memory_free(stimuli->times);
    memory_free(stimuli->channels);
    memory_free(stimuli->rank_times);
    memory_free(stimuli->ranks);
    memory_free(stimuli->bias_ranks);
    *stimuli = (Stimuli){0};
}

size_t stimuli_bytes(const Stimuli *stimuli)
{
    const SnnSet *set = stimuli->set;
    if (stimuli->n_samples == 0)
        return 0;
    size_t n = (size_t)set->n_samples * set->n_values;
    size_t bytes = set->n_samples * sizeof *set->labels;
    if (set->bytes)
        return bytes + n;
    return bytes + n * sizeof(double) +
           stimuli->first[stimuli->n_samples] *
               (sizeof(double) + sizeof(uint32_t));
}

int32_t stimuli_label(const Stimuli *stimuli, uint32_t sample)
{
    return stimuli->set->labels[sample];
}
