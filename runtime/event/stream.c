// Shifted and merged spikes (stream.h).
#include "event/stream.h"

#include <math.h>
#include "core/real.h"
#include "event/wiring.h"

enum { NO_SPIKE = -1 };

static bool merges(const SnnProjection *projection)
{
    return projection->delay_parameter != SNN_NONE &&
           projection->delay_per == SNN_PER_SOURCE;
}

double stream_delay(const SnnModule *module, const SnnProjection *projection,
                    const void *delays, uint32_t source)
{
    if (projection->delay_parameter == SNN_NONE)
        return projection->delay;
    bool by_source = projection->delay_per == SNN_PER_SOURCE;
    return real_get(delays, module->real_size, by_source ? source : 0);
}

bool stream_new(Stream *stream, const SnnModule *module, uint32_t projection)
{
    const SnnProjection *p = &module->projections[projection];
    uint32_t n = module->layers[p->source].size;
    *stream = (Stream){.module = module, .projection = p};
    if (!merges(p))
        return true;
    stream->times = memory_array(n, sizeof(double));
    stream->heads = memory_array(n, sizeof(uint32_t));
    return stream->times && stream->heads &&
           heap_new(&stream->heap, stream->times, n);
}

void stream_free(Stream *stream)
{
    memory_free(stream->times);
    memory_free(stream->heads);
    buffer_free(&stream->after);
    heap_free(&stream->heap);
    *stream = (Stream){0};
}

size_t stream_bytes(const Stream *stream)
{
    size_t each = sizeof(double) + sizeof(uint32_t) + HEAP_ITEM_BYTES;
    return stream->heap.n * each + stream->after.capacity;
}

// ---- one delay -------------------------------------------------------------

static void look(Stream *stream)
{
    double time = stream->next < stream->spikes->count
                      ? stream->spikes->times[stream->next] + stream->shift
                      : INFINITY;
    stream->time = time < stream->module->duration ? time : INFINITY;
}

bool stream_merges(const Stream *stream)
{
    return stream->times != NULL;
}

size_t stream_shifted(const Stream *stream)
{
    const SpikeList *spikes = stream->spikes;
    size_t n = spikes->count;
    while (n > 0 &&
           !(spikes->times[n - 1] + stream->shift < stream->module->duration))
        n--;
    return n;
}

// ---- one delay for each source ---------------------------------------------

// The neuron's next arrival into the heap.
static void queue_head(Stream *stream, uint32_t neuron)
{
    uint32_t head = stream->heads[neuron];
    double time = INFINITY;
    if (head != (uint32_t)NO_SPIKE)
        time = stream->spikes->times[head] +
               stream_delay(stream->module, stream->projection,
                            stream->delays, neuron);
    stream->times[neuron] =
        time < stream->module->duration ? time : INFINITY;
    heap_update(&stream->heap, neuron);
}

static void look_merged(Stream *stream)
{
    stream->time = heap_least(&stream->heap);
    if (stream->time < INFINITY)
        stream->next = stream->heads[heap_first(&stream->heap)];
}

// Links each neuron's spikes, from the last to the first.
static bool link_spikes(Stream *stream)
{
    const SpikeList *spikes = stream->spikes;
    if (!buffer_reserve(&stream->after, spikes->count * sizeof(uint32_t)))
        return false;
    uint32_t *after = stream->after.data;
    for (uint32_t k = 0; k < stream->heap.n; k++)
        stream->heads[k] = (uint32_t)NO_SPIKE;
    for (size_t k = spikes->count; k-- > 0;) {
        after[k] = stream->heads[spikes->neurons[k]];
        stream->heads[spikes->neurons[k]] = (uint32_t)k;
    }
    return true;
}

static bool begin_merged(Stream *stream)
{
    if (!link_spikes(stream))
        return false;
    heap_clear(&stream->heap);
    for (uint32_t k = 0; k < stream->heap.n; k++)
        if (stream->heads[k] != (uint32_t)NO_SPIKE)
            queue_head(stream, k);
    look_merged(stream);
    return true;
}

// ---- both ------------------------------------------------------------------

bool stream_begin(Stream *stream, const SpikeList *spikes,
                  void *const *parameters)
{
    const SnnProjection *p = stream->projection;
    stream->spikes = spikes;
    stream->next = 0;
    stream->delays = p->delay_parameter == SNN_NONE
                         ? NULL : parameters[p->delay_parameter];
    if (merges(p))
        return begin_merged(stream);
    // Slices add each synapse's delay themselves.
    stream->shift = wiring_spreads(p) ? 0
                                      : stream_delay(stream->module, p,
                                                     stream->delays, 0);
    look(stream);
    return true;
}

void stream_step(Stream *stream)
{
    if (!stream->times) {
        stream->next++;
        look(stream);
        return;
    }
    const uint32_t *after = stream->after.data;
    uint32_t neuron = heap_first(&stream->heap);
    stream->heads[neuron] = after[stream->next];
    queue_head(stream, neuron);
    look_merged(stream);
}
