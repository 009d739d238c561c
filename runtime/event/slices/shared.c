// Slices that are shared by the channels of a place (slices.h).
//
// Neuron c * places + p is channel c of place p. A source reaches the same
// places in all channels: its row, in order of targets, is one block after the
// other for the channels, each with as many synapses, and from block to block
// the place of a weight grows by as much. Of a kernel, the runtime hands out a
// copy in which a place's weights lie side by side.
#include "event/slices/slices.h"

#include <string.h>

// What a projection does to each channel: its table without the channels.
struct SharedRows {
    uint32_t *first;            // [n_sources + 1]; NULL: dense
    uint32_t *place, *weight;   // of each source in turn; weight of channel 0
    uint32_t stride;            // of a kernel: from channel to channel in the
                                // parameter's array; else 0
    size_t count;               // elements of the kernel
    Buffer weights, gradients;  // of the kernel, channels last
};

static uint32_t places_of(const Slices *slices)
{
    return slices->layer->size / slices->channels;
}

static const SnnProjection *projection_of(const Slices *slices, uint32_t k)
{
    return &slices->module->projections[slices->layer->projections[k]];
}

// ---- memory ----------------------------------------------------------------

// A kernel's element, counted with the channels last.
static uint32_t turned(const SharedRows *rows, uint32_t channels,
                       uint32_t weight)
{
    uint32_t begin = weight / (rows->stride * channels) * rows->stride;
    return (begin + weight % rows->stride) * channels;
}

static void fill_rows(SharedRows *rows, const SnnSynapses *s,
                      uint32_t channels)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_sources; i++) {
        uint32_t count = (s->first[i + 1] - s->first[i]) / channels;
        for (uint32_t k = s->first[i]; k < s->first[i] + count; k++, n++) {
            rows->place[n] = s->target[k];
            rows->weight[n] = rows->stride
                                  ? turned(rows, channels, s->weight[k]) : k;
        }
        rows->first[i + 1] = n;
    }
}

static bool rows_new(SharedRows *rows, const SnnProjection *p,
                     uint32_t channels)
{
    const SnnPattern *pattern = p->pattern;
    uint32_t window = pattern->y.kernel * pattern->x.kernel;
    if (!p->synapses)
        return true;
    size_t n = p->synapses->n_synapses / channels;
    if (pattern->per == SNN_PER_KERNEL) {
        uint32_t sources = pattern->source_channels;
        rows->stride = window * (pattern->transposed ? 1 : sources);
        rows->count = (size_t)window * sources * channels;
    }
    rows->first = memory_array((size_t)p->synapses->n_sources + 1,
                               sizeof(uint32_t));
    rows->place = memory_array(n, sizeof(uint32_t));
    rows->weight = memory_array(n, sizeof(uint32_t));
    if (!rows->first || !rows->place || !rows->weight)
        return false;
    fill_rows(rows, p->synapses, channels);
    return true;
}

static void rows_free(SharedRows *rows)
{
    memory_free(rows->first);
    memory_free(rows->place);
    memory_free(rows->weight);
    buffer_free(&rows->weights);
    buffer_free(&rows->gradients);
}

static size_t rows_bytes(const SharedRows *rows, const SnnProjection *p)
{
    size_t words = 0;
    if (rows->first)
        words = p->synapses->n_sources + 1 +
                2 * (size_t)rows->first[p->synapses->n_sources];
    return words * sizeof(uint32_t) + rows->weights.capacity +
           rows->gradients.capacity;
}

static void list_neurons(Slices *slices)
{
    uint32_t *to = slices->neuron;
    for (uint32_t p = 0; p < places_of(slices); p++)
        for (uint32_t c = 0; c < slices->channels; c++)
            *to++ = c * places_of(slices) + p;
}

bool slices_new_shared(Slices *slices)
{
    uint32_t n = slices->layer->n_projections;
    slices->channels = slices->layer->slice_channels;
    slices->rows = memory_array(n, sizeof(SharedRows));
    slices->weights = memory_array(n, sizeof(void *));
    slices->gradients = memory_array(n, sizeof(void *));
    if (!slices->rows || !slices->weights || !slices->gradients)
        return false;
    for (uint32_t k = 0; k < n; k++)
        if (!rows_new(&slices->rows[k], projection_of(slices, k),
                      slices->channels))
            return false;
    list_neurons(slices);
    return true;
}

void slices_free_shared(Slices *slices)
{
    for (uint32_t k = 0; slices->rows && k < slices->layer->n_projections; k++)
        rows_free(&slices->rows[k]);
    memory_free(slices->rows);
    memory_free(slices->weights);
    memory_free(slices->gradients);
    buffer_free(&slices->projection);
    buffer_free(&slices->row);
    buffer_free(&slices->stride);
}

size_t slices_shared_bytes(const Slices *slices)
{
    size_t bytes = slices->projection.capacity + slices->row.capacity +
                   slices->stride.capacity;
    for (uint32_t k = 0; k < slices->layer->n_projections; k++)
        bytes += rows_bytes(&slices->rows[k], projection_of(slices, k)) +
                 2 * sizeof(void *);
    return bytes;
}

// Of `n` words, where they are wanted; else NULL. False: no memory.
static bool reserve_words(Buffer *buffer, size_t n, bool wanted,
                          uint32_t **out)
{
    *out = NULL;
    if (!wanted)
        return true;
    if (!buffer_reserve(buffer, n * sizeof(uint32_t)))
        return false;
    *out = buffer->data;
    return true;
}

static bool reserve(Slices *slices, SnnLayerRun *run)
{
    const SnnLayer *layer = slices->layer;
    size_t n = slices->first[places_of(slices)];
    if (!buffer_reserve(&slices->time, n * sizeof(double)))
        return false;
    run->slice_neuron = slices->neuron;
    run->slice_first = slices->first;
    run->slice_time = slices->time.data;
    return reserve_words(&slices->row, n, true, &run->slice_row) &&
           reserve_words(&slices->port, n, layer->n_ports > 1,
                         &run->slice_port) &&
           reserve_words(&slices->projection, n, layer->n_projections > 1,
                         &run->slice_projection) &&
           reserve_words(&slices->stride, n, layer->slice_strides,
                         &run->slice_stride);
}

// ---- kernels, channels last ------------------------------------------------

static inline void turn(const SharedRows *kernel, uint32_t channels,
                        void *last, void *array, bool adds_back,
                        uint32_t real_size)
{
    size_t block = (size_t)kernel->stride * channels;
    for (size_t begin = 0; begin < kernel->count; begin += block)
        for (uint32_t c = 0; c < channels; c++)
            for (uint32_t k = 0; k < kernel->stride; k++) {
                size_t at = begin + (size_t)k * channels + c;
                size_t from = begin + (size_t)c * kernel->stride + k;
                if (adds_back)
                    slices_add(array, from, last, at, real_size);
                else
                    slices_copy(last, at, array, from, real_size);
            }
}

static void turn_reals(const Slices *slices, const SharedRows *kernel,
                       void *last, void *array, bool adds_back)
{
    if (slices->module->real_size == sizeof(float))
        turn(kernel, slices->channels, last, array, adds_back, sizeof(float));
    else
        turn(kernel, slices->channels, last, array, adds_back, sizeof(double));
}

static bool give_weights(Slices *slices, SnnLayerRun *run)
{
    for (uint32_t k = 0; k < slices->layer->n_projections; k++) {
        SharedRows *kernel = &slices->rows[k];
        void *array = run->parameters[projection_of(slices, k)->parameter];
        slices->weights[k] = array;
        if (kernel->stride == 0)
            continue;
        if (!buffer_reserve(&kernel->weights,
                            kernel->count * slices->module->real_size))
            return false;
        turn_reals(slices, kernel, kernel->weights.data, array, false);
        slices->weights[k] = kernel->weights.data;
    }
    run->slice_weights = slices->weights;
    return true;
}

static bool give_gradients(Slices *slices, SnnLayerRun *run)
{
    for (uint32_t k = 0; k < slices->layer->n_projections; k++) {
        SharedRows *kernel = &slices->rows[k];
        void *array = run->gradients[projection_of(slices, k)->parameter];
        size_t bytes = kernel->count * slices->module->real_size;
        slices->gradients[k] = array;
        if (!array || kernel->stride == 0)
            continue;
        if (!buffer_reserve(&kernel->gradients, bytes))
            return false;
        memset(kernel->gradients.data, 0, bytes);
        slices->gradients[k] = kernel->gradients.data;
    }
    run->slice_weight_gradients = slices->gradients;
    return true;
}

// ---- arrivals --------------------------------------------------------------

// What an arrival reaches, in each of the channels.
typedef struct Reach {
    const uint32_t *place, *weight; // [count]; NULL: 0, 1, ...; first, ...
    size_t first;
    uint32_t count;
    uint32_t which;             // of the layer's projections
    uint32_t stride;            // from channel to channel
} Reach;

static inline Reach reach_of(const Slices *slices, const SnnLayerRun *run,
                             size_t arrival)
{
    uint32_t which = run->arrival_projection[arrival];
    uint32_t source = run->arrival_row[arrival];
    const SharedRows *rows = &slices->rows[which];
    if (!rows->first) {
        uint32_t parameter = projection_of(slices, which)->parameter;
        size_t row = slices->module->parameters[parameter].stride;
        return (Reach){NULL, NULL, source * row, places_of(slices), which,
                       places_of(slices)};
    }
    uint32_t begin = rows->first[source];
    uint32_t count = rows->first[source + 1] - begin;
    return (Reach){rows->place + begin, rows->weight + begin, 0, count, which,
                   rows->stride ? 1 : count};
}

static inline uint32_t place_of(const Reach *reach, uint32_t k)
{
    return reach->place ? reach->place[k] : k;
}

static bool count_steps(Slices *slices, const SnnLayerRun *run,
                        size_t n_arrivals)
{
    uint32_t places = places_of(slices), *next = slices->next;
    uint64_t step = 0;
    memset(slices->count, 0, places * sizeof(uint32_t));
    for (size_t a = 0; a < n_arrivals; a++) {
        Reach reach = reach_of(slices, run, a);
        for (uint32_t k = 0; k < reach.count; k++)
            slices->count[place_of(&reach, k)]++;
    }
    for (uint32_t p = 0; p < places; p++) {
        slices->first[p] = next[p] = (uint32_t)step;
        step += slices->count[p];
        if (step >= UINT32_MAX)
            return false;
    }
    slices->first[places] = (uint32_t)step;
    return true;
}

static void put_arrival(Slices *slices, const SnnLayerRun *run, size_t arrival,
                        double time)
{
    Reach reach = reach_of(slices, run, arrival);
    uint32_t port = projection_of(slices, reach.which)->port;
    for (uint32_t k = 0; k < reach.count; k++) {
        uint32_t at = slices->next[place_of(&reach, k)]++;
        run->slice_time[at] = time;
        run->slice_row[at] =
            (uint32_t)(reach.weight ? reach.weight[k] : reach.first + k);
        if (run->slice_stride)
            run->slice_stride[at] = reach.stride;
        if (run->slice_projection)
            run->slice_projection[at] = reach.which;
        if (run->slice_port)
            run->slice_port[at] = port;
    }
}

bool slices_build_shared(Slices *slices, SnnLayerRun *run, size_t n_arrivals)
{
    if (!count_steps(slices, run, n_arrivals) || !reserve(slices, run) ||
        !give_weights(slices, run))
        return false;
    for (int64_t g = 0; g < run->n_groups; g++)
        for (size_t a = run->group_first[g]; a < run->group_first[g + 1]; a++)
            put_arrival(slices, run, a, run->group_time[g]);
    return true;
}

// ---- backward --------------------------------------------------------------

bool slices_begin_back_shared(Slices *slices, SnnLayerRun *run)
{
    size_t bytes = (size_t)slices->first[places_of(slices)] * slices->lanes *
                   slices->module->real_size;
    run->slice_time_gradient = NULL;
    if (!give_gradients(slices, run))
        return false;
    if (!run->arrival_gradient)
        return true;
    if (!buffer_reserve(&slices->time_gradient, bytes))
        return false;
    memset(slices->time_gradient.data, 0, bytes);
    run->slice_time_gradient = slices->time_gradient.data;
    return true;
}

// Four sums at a time: lanes are a multiple of four.
static inline double take_step(const Slices *slices, const SnnLayerRun *run,
                               uint32_t step, uint32_t real_size)
{
    double sums[4] = {0};
    size_t at = (size_t)step * slices->lanes;
    for (uint32_t l = 0; l < slices->lanes; l++)
        sums[l % 4] += slices_get(run->slice_time_gradient, at + l, real_size);
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

static double take_arrival(Slices *slices, const SnnLayerRun *run,
                           size_t arrival)
{
    Reach reach = reach_of(slices, run, arrival);
    double sum = 0;
    for (uint32_t k = 0; k < reach.count; k++) {
        uint32_t step = --slices->next[place_of(&reach, k)];
        sum += slices->module->real_size == sizeof(float)
                   ? take_step(slices, run, step, sizeof(float))
                   : take_step(slices, run, step, sizeof(double));
    }
    return sum;
}

void slices_return_shared(Slices *slices, SnnLayerRun *run, size_t n_arrivals)
{
    for (uint32_t k = 0; k < slices->layer->n_projections; k++)
        if (slices->rows[k].stride > 0 && slices->gradients[k])
            turn_reals(slices, &slices->rows[k], slices->gradients[k],
                       run->gradients[projection_of(slices, k)->parameter],
                       true);
    for (size_t a = n_arrivals; run->arrival_gradient && a-- > 0;)
        run->arrival_gradient[a] += take_arrival(slices, run, a);
}
