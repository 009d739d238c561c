// Arrivals by target neuron (slices.h).
#include "event/slices/slices.h"

#include <string.h>

bool slices_new(Slices *slices, const SnnModule *module,
                const SnnLayer *layer, const Wiring *wiring)
{
    uint32_t lanes = layer->slice_lanes, n = layer->size;
    *slices = (Slices){.module = module, .layer = layer, .wiring = wiring,
                       .lanes = lanes};
    if (lanes == 0)
        return true;
    slices->spreads = slices_spread(slices);
    slices->n_slices = (n + lanes - 1) / lanes;
    size_t places = (size_t)slices->n_slices * lanes;
    slices->count = memory_array(n, sizeof(uint32_t));
    slices->next = memory_array(n, sizeof(uint32_t));
    slices->neuron = memory_array(places, sizeof(uint32_t));
    slices->first = memory_array(slices->n_slices + 1, sizeof(uint32_t));
    if (!slices->count || !slices->next || !slices->neuron || !slices->first)
        return false;
    return layer->slice_channels == 0 || slices_new_shared(slices);
}

void slices_free(Slices *slices)
{
    if (slices->channels > 0)
        slices_free_shared(slices);
    memory_free(slices->count);
    memory_free(slices->next);
    memory_free(slices->neuron);
    memory_free(slices->first);
    buffer_free(&slices->buckets);
    buffer_free(&slices->time);
    buffer_free(&slices->port);
    buffer_free(&slices->weight);
    buffer_free(&slices->weight_gradient);
    buffer_free(&slices->time_gradient);
    buffer_free(&slices->events);
    buffer_free(&slices->keys);
    buffer_free(&slices->spare);
    *slices = (Slices){0};
}

size_t slices_bytes(const Slices *slices)
{
    size_t words = slices->lanes ? 2 * (size_t)slices->layer->size : 0;
    words += (size_t)slices->n_slices * (slices->lanes + 1);
    return words * sizeof(uint32_t) + slices->buckets.capacity +
           slices->time.capacity + slices->port.capacity +
           slices->weight.capacity + slices->weight_gradient.capacity +
           slices->time_gradient.capacity + slices->events.capacity +
           slices->keys.capacity + slices->spare.capacity +
           (slices->channels > 0 ? slices_shared_bytes(slices) : 0);
}

SliceRow slices_row(const Slices *slices, const SnnLayerRun *run,
                    size_t arrival)
{
    uint32_t index =
        slices->layer->projections[run->arrival_projection[arrival]];
    const SnnProjection *p = &slices->module->projections[index];
    const SnnSynapses *s = p->synapses;
    uint32_t source = run->arrival_row[arrival];
    if (!s) {
        size_t stride = slices->module->parameters[p->parameter].stride;
        return (SliceRow){NULL, NULL, source * stride, slices->layer->size,
                          p->parameter, p->port};
    }
    uint32_t first = s->first[source];
    return (SliceRow){s->target + first, s->weight ? s->weight + first : NULL,
                      first, s->first[source + 1] - first, p->parameter,
                      p->port};
}

// ---- places ----------------------------------------------------------------

static void count_arrivals(Slices *slices, const SnnLayerRun *run,
                           size_t n_arrivals)
{
    uint32_t n = slices->layer->size, to_all = 0;
    memset(slices->count, 0, n * sizeof(uint32_t));
    uint32_t *count = slices->count;
    for (size_t a = 0; a < n_arrivals; a++) {
        SliceRow row = slices_row(slices, run, a);
        to_all += !row.target;
        for (uint32_t k = 0; row.target && k < row.count; k++)
            count[row.target[k]]++;
    }
    for (uint32_t k = 0; k < n; k++)
        count[k] += to_all;
}

// Neurons in order of their count, then of their number.
static bool sort_neurons(Slices *slices)
{
    uint32_t n = slices->layer->size, most = 0;
    for (uint32_t k = 0; k < n; k++)
        if (slices->count[k] > most)
            most = slices->count[k];
    size_t bytes = ((size_t)most + 2) * sizeof(uint32_t);
    if (!buffer_reserve(&slices->buckets, bytes))
        return false;
    uint32_t *bucket = slices->buckets.data;
    memset(bucket, 0, bytes);
    for (uint32_t k = 0; k < n; k++)
        bucket[slices->count[k] + 1]++;
    for (uint32_t c = 0; c < most; c++)
        bucket[c + 1] += bucket[c];
    for (uint32_t k = 0; k < n; k++)
        slices->neuron[bucket[slices->count[k]]++] = k;
    return true;
}

// False: more places than an index holds.
static bool place_slices(Slices *slices)
{
    uint32_t lanes = slices->lanes, n = slices->layer->size;
    uint64_t step = 0;
    for (uint32_t s = 0; s < slices->n_slices; s++) {
        uint32_t begin = s * lanes;
        uint32_t end = begin + lanes < n ? begin + lanes : n;
        slices->first[s] = (uint32_t)step;
        for (uint32_t k = begin; k < end; k++)
            slices->next[slices->neuron[k]] =
                (uint32_t)step * lanes + (k - begin);
        step += slices->count[slices->neuron[end - 1]];
        if (step * lanes >= UINT32_MAX)
            return false;
    }
    slices->first[slices->n_slices] = (uint32_t)step;
    return true;
}

static size_t places_of(const Slices *slices)
{
    return (size_t)slices->first[slices->n_slices] * slices->lanes;
}

static bool reserve(Slices *slices, SnnLayerRun *run)
{
    size_t n = places_of(slices), real = slices->module->real_size;
    if (!buffer_reserve(&slices->time, n * sizeof(double)) ||
        !buffer_reserve(&slices->weight, n * real) ||
        !buffer_reserve(&slices->port,
                        slices->layer->n_ports > 1 ? 4 * n : 0))
        return false;
    run->slice_neuron = slices->neuron;
    run->slice_first = slices->first;
    run->slice_time = slices->time.data;
    run->slice_port = slices->layer->n_ports > 1 ? slices->port.data : NULL;
    run->slice_weight = slices->weight.data;
    return true;
}

// ---- arrivals to their places ----------------------------------------------

static inline void put_row(Slices *slices, const SnnLayerRun *run,
                           SliceRow row, double time, uint32_t real_size)
{
    const void *weights = run->parameters[row.parameter];
    void *to = run->slice_weight;
    double *times = run->slice_time;
    uint32_t *next = slices->next, lanes = slices->lanes;
    for (uint32_t k = 0; k < row.count; k++) {
        uint32_t neuron = row.target ? row.target[k] : k;
        uint32_t at = next[neuron];
        next[neuron] = at + lanes;
        times[at] = time;
        slices_copy(to, at, weights,
                  row.weight ? row.weight[k] : row.first + k, real_size);
    }
}

// Of the row just put.
static void put_ports(const Slices *slices, const SnnLayerRun *run,
                      SliceRow row)
{
    for (uint32_t k = 0; k < row.count; k++) {
        uint32_t behind = slices->next[row.target ? row.target[k] : k];
        run->slice_port[behind - slices->lanes] = row.port;
    }
}

static void put_arrivals(Slices *slices, const SnnLayerRun *run)
{
    for (int64_t g = 0; g < run->n_groups; g++)
        for (size_t a = run->group_first[g]; a < run->group_first[g + 1]; a++) {
            SliceRow row = slices_row(slices, run, a);
            if (slices->module->real_size == sizeof(float))
                put_row(slices, run, row, run->group_time[g], sizeof(float));
            else
                put_row(slices, run, row, run->group_time[g], sizeof(double));
            if (run->slice_port)
                put_ports(slices, run, row);
        }
}

// A lane's steps behind its last arrival.
static void fill_lane(const Slices *slices, const SnnLayerRun *run, size_t at,
                      size_t end)
{
    uint32_t real_size = slices->module->real_size;
    for (; at < end; at += slices->lanes) {
        run->slice_time[at] = slices->module->duration;
        memset(run->slice_weight + at * real_size, 0, real_size);
        if (run->slice_port)
            run->slice_port[at] = SNN_NONE;
    }
}

static void fill_up(const Slices *slices, const SnnLayerRun *run)
{
    uint32_t lanes = slices->lanes;
    for (uint32_t s = 0; s < slices->n_slices; s++)
        for (uint32_t l = 0; l < lanes; l++) {
            uint32_t place = s * lanes + l;
            size_t begin = (size_t)slices->first[s] * lanes + l;
            if (place < slices->layer->size)
                begin = slices->next[slices->neuron[place]];
            fill_lane(slices, run, begin, (size_t)slices->first[s + 1] * lanes);
        }
}

bool slices_build(Slices *slices, SnnLayerRun *run, size_t n_arrivals)
{
    if (slices->lanes == 0)
        return true;
    if (slices->channels > 0)
        return slices_build_shared(slices, run, n_arrivals);
    if (!slices->spreads)
        count_arrivals(slices, run, n_arrivals);
    else if (!slices_list_spread(slices, run, n_arrivals))
        return false;
    if (!sort_neurons(slices) || !place_slices(slices) ||
        !reserve(slices, run))
        return false;
    if (slices->spreads)
        slices_put_spread(slices, run);
    else
        put_arrivals(slices, run);
    fill_up(slices, run);
    return true;
}

// ---- backward --------------------------------------------------------------

static bool learns_weight(const Slices *slices)
{
    const SnnModule *module = slices->module;
    for (uint32_t k = 0; k < slices->layer->n_projections; k++) {
        const SnnProjection *p =
            &module->projections[slices->layer->projections[k]];
        if (module->parameters[p->parameter].learned)
            return true;
    }
    return false;
}

bool slices_begin_back(Slices *slices, SnnLayerRun *run)
{
    if (slices->lanes == 0)
        return true;
    if (slices->channels > 0)
        return slices_begin_back_shared(slices, run);
    size_t bytes = places_of(slices) * slices->module->real_size;
    run->slice_weight_gradient = NULL;
    run->slice_time_gradient = NULL;
    if (learns_weight(slices)) {
        if (!buffer_reserve(&slices->weight_gradient, bytes))
            return false;
        run->slice_weight_gradient = slices->weight_gradient.data;
    }
    if (run->arrival_gradient) {
        if (!buffer_reserve(&slices->time_gradient, bytes))
            return false;
        run->slice_time_gradient = slices->time_gradient.data;
    }
    return true;
}

// The sum of the arrival's time gradients.
static inline double take_row(Slices *slices, const SnnLayerRun *run,
                              SliceRow row, uint32_t real_size)
{
    double sum = 0;
    void *gradients = run->gradients[row.parameter];
    const void *of_weights = run->slice_weight_gradient;
    const void *of_times = run->slice_time_gradient;
    uint32_t *next = slices->next, lanes = slices->lanes;
    for (uint32_t k = 0; k < row.count; k++) {
        uint32_t neuron = row.target ? row.target[k] : k;
        uint32_t at = next[neuron] - lanes;
        next[neuron] = at;
        if (gradients)
            slices_add(gradients, row.weight ? row.weight[k] : row.first + k,
                     of_weights, at, real_size);
        if (of_times)
            sum += slices_get(of_times, at, real_size);
    }
    return sum;
}

void slices_return(Slices *slices, SnnLayerRun *run, size_t n_arrivals)
{
    if (slices->lanes == 0)
        return;
    if (slices->channels > 0) {
        slices_return_shared(slices, run, n_arrivals);
        return;
    }
    if (slices->spreads) {
        slices_return_spread(slices, run);
        return;
    }
    for (size_t a = n_arrivals; a-- > 0;) {
        SliceRow row = slices_row(slices, run, a);
        double sum = slices->module->real_size == sizeof(float)
                         ? take_row(slices, run, row, sizeof(float))
                         : take_row(slices, run, row, sizeof(double));
        if (run->arrival_gradient)
            run->arrival_gradient[a] += sum;
    }
}
