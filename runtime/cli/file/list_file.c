// Reading and writing lists of synapses.
#include "cli/file/list_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/file/archive.h"
#include "cli/failure.h"

enum { MAX_SYNAPSES = 0x7fffffff };

typedef struct Reading {
    const SnnNpz *npz;
    const char *path;
    const SnnModule *module;
    const SnnProjection *projection;
    uint32_t index;            // of the projection
} Reading;

// ---- checks ----------------------------------------------------------------

static void check_names(const Reading *r)
{
    for (size_t k = 0; k < snn_io_npz_count(r->npz); k++) {
        const char *name = snn_io_npz_at(r->npz, k)->name;
        if (strcmp(name, "sources") != 0 && strcmp(name, "targets") != 0 &&
            strcmp(name, "weights") != 0)
            fail("%s: a list of synapses has no array '%s' (sources, targets "
                 "and weights are known)", r->path, name);
    }
}

static const SnnNpzArray *find(const Reading *r, const char *name)
{
    const SnnNpzArray *array = snn_io_npz_find(r->npz, name);
    if (array && array->type == SNN_NPZ_OTHER)
        fail("%s: '%s' has the type %s, expected numbers", r->path, name,
             array->descr);
    if (array && array->rank != 1)
        fail("%s: '%s' has %u dimensions, expected one", r->path, name,
             array->rank);
    return array;
}

static const SnnNpzArray *need(const Reading *r, const char *name)
{
    const SnnNpzArray *array = find(r, name);
    if (!array)
        fail("%s: there is no array '%s', which '%s' needs", r->path, name,
             r->projection->name);
    return array;
}

static uint32_t *take_neurons(const Reading *r, const char *name,
                              uint32_t layer)
{
    const SnnNpzArray *array = need(r, name);
    int64_t *wide = archive_integers(r->npz, array);
    uint32_t *neurons = calloc((size_t)array->count + 1, sizeof *neurons);
    uint32_t size = r->module->layers[layer].size;
    if (!neurons)
        fail("not enough memory for the synapses of '%s'",
             r->projection->name);
    for (uint64_t k = 0; k < array->count; k++) {
        if (wide[k] < 0 || wide[k] >= size)
            fail("%s: %s[%llu] is %lld, but the neurons of '%s' are 0 to %u",
                 r->path, name, (unsigned long long)k, (long long)wide[k],
                 r->module->layers[layer].name, size - 1);
        neurons[k] = (uint32_t)wide[k];
    }
    free(wide);
    return neurons;
}

static double *take_weights(const Reading *r, uint64_t n)
{
    const SnnNpzArray *array = find(r, "weights");
    const SnnParameter *p = &r->module->parameters[r->projection->parameter];
    if (!array)
        return NULL;
    if (p->shape != SNN_FLAT_SYNAPSES || p->projection != r->index)
        fail("%s: '%s' has no weights of its own for each synapse, expected "
             "no array 'weights'", r->path, r->projection->name);
    if (array->count != n)
        fail("%s: there are %llu weights, but %llu sources", r->path,
             (unsigned long long)array->count, (unsigned long long)n);
    double *weights = archive_doubles(r->npz, array);
    for (uint64_t k = 0; k < n; k++)
        if (!isfinite(weights[k]) || weights[k] < p->low ||
            weights[k] > p->high)
            fail("%s: weights[%llu] is %g, expected %g to %g", r->path,
                 (unsigned long long)k, weights[k], p->low, p->high);
    return weights;
}

// ---- reading ---------------------------------------------------------------

static char *join(const char *folder, const char *file)
{
    bool is_whole = file[0] == '/';
    size_t size = strlen(folder) + strlen(file) + 2;
    char *path = malloc(size);
    if (!path)
        fail("not enough memory for a path");
    snprintf(path, size, "%s%s%s", is_whole ? "" : folder, is_whole ? "" : "/",
             file);
    return path;
}

void list_file_read(SynapsePairs *pairs, const SnnModule *module,
                    uint32_t projection, const char *folder)
{
    const SnnProjection *p = &module->projections[projection];
    char *path = join(folder, p->pattern->file);
    SnnNpz *npz = archive_open(path);
    Reading r = {npz, path, module, p, projection};
    check_names(&r);
    uint64_t n = need(&r, "sources")->count;
    uint64_t n_targets = need(&r, "targets")->count;
    if (n != n_targets)
        fail("%s: there are %llu sources, but %llu targets", path,
             (unsigned long long)n, (unsigned long long)n_targets);
    if (n > MAX_SYNAPSES)
        fail("%s: there are %llu synapses, expected at most %d", path,
             (unsigned long long)n, MAX_SYNAPSES);
    *pairs = (SynapsePairs){
        .n = n,
        .source = take_neurons(&r, "sources", p->source),
        .target = take_neurons(&r, "targets", p->target),
        .weight = take_weights(&r, n),
    };
    snn_io_npz_close(npz);
    free(path);
}

void list_file_free(SynapsePairs *pairs)
{
    free((void *)pairs->source);
    free((void *)pairs->target);
    free((void *)pairs->weight);
    *pairs = (SynapsePairs){0};
}

// ---- writing ---------------------------------------------------------------

// In the order of the weights where each synapse has its own.
static void write_table(SnnNpzWriter *writer, const char *name,
                        const SnnSynapses *s, bool is_by_weight)
{
    char text[512];
    uint32_t *ends[2];
    for (int side = 0; side < 2; side++) {
        ends[side] = calloc((size_t)s->n_synapses + 1, sizeof(uint32_t));
        if (!ends[side])
            fail("not enough memory for the synapses of '%s'", name);
    }
    for (uint32_t i = 0; i < s->n_sources; i++)
        for (uint32_t k = s->first[i]; k < s->first[i + 1]; k++) {
            uint32_t place = is_by_weight && s->weight ? s->weight[k] : k;
            ends[0][place] = i;
            ends[1][place] = s->target[k];
        }
    for (int side = 0; side < 2; side++) {
        snprintf(text, sizeof text, "%s/%s", name,
                 side ? "targets" : "sources");
        snn_io_npz_add(writer, text, SNN_NPZ_U4, 1, &s->n_synapses,
                       ends[side]);
        free(ends[side]);
    }
}

void list_file_write(const SnnModule *module, const char *path)
{
    char error[512] = "";
    SnnNpzWriter *writer = snn_io_npz_create(path, error, sizeof error);
    if (!writer)
        fail("%s", error);
    for (uint32_t k = 0; k < module->n_projections; k++) {
        const SnnProjection *p = &module->projections[k];
        bool is_by_weight =
            module->parameters[p->parameter].shape == SNN_FLAT_SYNAPSES;
        if (p->synapses)
            write_table(writer, p->name, p->synapses, is_by_weight);
    }
    if (snn_io_npz_commit(writer, error, sizeof error) != 0)
        fail("%s", error);
}
