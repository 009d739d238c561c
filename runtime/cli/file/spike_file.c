// Reading and checking the spikes that the gradient command is given.
#include "cli/file/spike_file.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include "cli/file/archive.h"
#include "cli/failure.h"
#include "event/layer.h"

static const SnnNpzArray *need(const SnnNpz *npz, const char *name)
{
    const SnnNpzArray *array = snn_io_npz_find(npz, name);
    if (!array)
        fail("%s: there is no array '%s' (times, channels, offsets and labels "
             "are needed)", snn_io_npz_path(npz), name);
    if (array->type == SNN_NPZ_OTHER)
        fail("%s: '%s' has the type %s, expected real numbers or integers",
             snn_io_npz_path(npz), name, array->descr);
    if (array->rank != 1)
        fail("%s: '%s' has %u dimensions, not one", snn_io_npz_path(npz),
             name, array->rank);
    return array;
}

static void check_offsets(const SpikeFile *file, size_t n_times,
                          const char *path)
{
    const int64_t *offsets = file->offsets;
    if (offsets[0] != 0)
        fail("%s: offsets start at %lld, not at 0", path,
             (long long)offsets[0]);
    for (uint32_t i = 0; i < file->n_samples; i++)
        if (offsets[i + 1] < offsets[i])
            fail("%s: offsets go down from %lld to %lld at sample %u", path,
                 (long long)offsets[i], (long long)offsets[i + 1], i);
    if ((uint64_t)offsets[file->n_samples] != n_times)
        fail("%s: offsets end at %lld, but there are %zu times", path,
             (long long)offsets[file->n_samples], n_times);
}

static uint32_t count_channels(const SnnModule *module)
{
    uint32_t n = 0;
    for (uint32_t l = 0; l < module->n_layers; l++)
        if (layer_takes_data(&module->layers[l]))
            n += module->layers[l].size;
    return n;
}

static void check_spikes(const SpikeFile *file, const SnnModule *module,
                         size_t n, const char *path)
{
    uint32_t n_channels = count_channels(module);
    for (size_t k = 0; k < n; k++) {
        if (!isfinite(file->times[k]) || file->times[k] < 0)
            fail("%s: times[%zu] is %g; a time is finite and not negative",
                 path, k, file->times[k]);
        if (file->channels[k] < 0 || file->channels[k] >= n_channels)
            fail("%s: channels[%zu] is %lld, but the input has channels 0 to "
                 "%u", path, k, (long long)file->channels[k], n_channels - 1);
    }
}

static void check_labels(const SpikeFile *file, const SnnModule *module,
                         const char *path)
{
    bool is_bounded = module->predict_layer != ~0u;
    int64_t n = is_bounded ? module->layers[module->predict_layer].size
                           : INT32_MAX;
    for (uint32_t i = 0; i < file->n_samples; i++)
        if (file->labels[i] < 0 || file->labels[i] >= n)
            fail("%s: labels[%u] is %lld, but the classes are 0 to %lld", path,
                 i, (long long)file->labels[i], (long long)n - 1);
}

static void take_labels(SpikeFile *file, const SnnNpz *npz)
{
    const SnnNpzArray *labels = need(npz, "labels");
    if (labels->count != file->n_samples)
        fail("%s: there are %llu labels, but offsets of %u samples",
             snn_io_npz_path(npz), (unsigned long long)labels->count,
             file->n_samples);
    file->labels = archive_integers(npz, labels);
}

void spike_file_read(SpikeFile *file, const SnnModule *module,
                     const char *path)
{
    SnnNpz *npz = archive_open(path);
    const SnnNpzArray *times = need(npz, "times");
    const SnnNpzArray *channels = need(npz, "channels");
    const SnnNpzArray *offsets = need(npz, "offsets");
    *file = (SpikeFile){0};
    if (channels->count != times->count)
        fail("%s: there are %llu times, but %llu channels", path,
             (unsigned long long)times->count,
             (unsigned long long)channels->count);
    if (offsets->count < 1 || offsets->count > UINT32_MAX)
        fail("%s: offsets needs one number more than there are samples", path);
    file->n_samples = (uint32_t)(offsets->count - 1);
    file->times = archive_doubles(npz, times);
    file->channels = archive_integers(npz, channels);
    file->offsets = archive_integers(npz, offsets);
    take_labels(file, npz);
    check_offsets(file, times->count, path);
    check_spikes(file, module, times->count, path);
    check_labels(file, module, path);
    snn_io_npz_close(npz);
}

void spike_file_free(SpikeFile *file)
{
    free(file->times);
    free(file->channels);
    free(file->offsets);
    free(file->labels);
    *file = (SpikeFile){0};
}
