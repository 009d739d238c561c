// Slices that are shared by the channels of a place (slices.h).
//
// Neuron c * places + p is channel c of place p. A source reaches the same
// places in all channels: its row, in order of targets, is one block after the
// other for the channels, each with as many synapses, and from block to block
// the place of a weight grows by as much.
#include "event/slices.h"

#include <string.h>

static uint32_t places_of(const Slices *slices)
{
    return slices->layer->size / slices->channels;
}

// ---- whether they do -------------------------------------------------------

// Of a row over all channels.
typedef struct Block {
    uint32_t count;             // synapses of each channel
    size_t step;                // from a channel's weight to the next one's
} Block;

static size_t weight_of(const SliceRow *row, size_t k)
{
    return row->weight ? row->weight[k] : row->first + k;
}

static Block block_of(const Slices *slices, const SliceRow *row)
{
    Block block = {row->count / slices->channels, 0};
    if (block.count > 0 && slices->channels > 1)
        block.step = weight_of(row, block.count) - weight_of(row, 0);
    return block;
}

static bool is_regular(const Slices *slices, const SliceRow *row)
{
    Block block = block_of(slices, row);
    if (row->count % slices->channels != 0)
        return false;
    for (uint32_t c = 1; c < slices->channels; c++)
        for (uint32_t k = 0; k < block.count; k++) {
            size_t at = (size_t)c * block.count + k;
            if (row->target[at] != row->target[k] + c * places_of(slices) ||
                weight_of(row, at) != weight_of(row, k) + c * block.step)
                return false;
        }
    return true;
}

static bool shares(const Slices *slices, const SnnProjection *p)
{
    const SnnSynapses *s = p->synapses;
    for (uint32_t i = 0; s && i < s->n_sources; i++) {
        uint32_t first = s->first[i];
        SliceRow row = {.target = s->target + first,
                        .weight = s->weight ? s->weight + first : NULL,
                        .first = first,
                        .count = s->first[i + 1] - first};
        if (!is_regular(slices, &row))
            return false;
    }
    return true;
}

static void list_neurons(Slices *slices)
{
    uint32_t *to = slices->neuron;
    for (uint32_t p = 0; p < places_of(slices); p++)
        for (uint32_t c = 0; c < slices->channels; c++)
            *to++ = c * places_of(slices) + p;
}

void slices_find_shared(Slices *slices)
{
    const SnnLayer *layer = slices->layer;
    for (uint32_t k = 0; k < layer->n_projections; k++) {
        const SnnProjection *p =
            &slices->module->projections[layer->projections[k]];
        if (p->synapses && p->pattern->kind == SNN_PATTERN_WINDOW)
            slices->channels = p->pattern->target_channels;
    }
    bool fits = slices->channels > 0 && slices->channels % slices->lanes == 0 &&
                layer->size % slices->channels == 0;
    for (uint32_t k = 0; fits && k < layer->n_projections; k++)
        fits = shares(slices,
                      &slices->module->projections[layer->projections[k]]);
    if (fits)
        list_neurons(slices);
    else
        slices->channels = 0;
}

// ---- arrivals --------------------------------------------------------------

// The row's first channel: a dense row reaches all places.
static SliceRow first_channel(const Slices *slices, const SnnLayerRun *run,
                              size_t arrival, Block *out_block)
{
    SliceRow row = slices_row(slices, run, arrival);
    *out_block = row.target ? block_of(slices, &row)
                            : (Block){places_of(slices), places_of(slices)};
    row.count = out_block->count;
    return row;
}

static bool count_steps(Slices *slices, const SnnLayerRun *run,
                        size_t n_arrivals)
{
    uint32_t places = places_of(slices), *first = slices->first;
    uint64_t step = 0;
    memset(slices->count, 0, places * sizeof(uint32_t));
    for (size_t a = 0; a < n_arrivals; a++) {
        Block block;
        SliceRow row = first_channel(slices, run, a, &block);
        for (uint32_t k = 0; k < row.count; k++)
            slices->count[row.target ? row.target[k] : k]++;
    }
    for (uint32_t p = 0; p < places; p++)
        for (uint32_t c = 0; c < slices->channels; c += slices->lanes) {
            *first++ = (uint32_t)step;
            step += slices->count[p];
            if (step * slices->lanes >= UINT32_MAX)
                return false;
        }
    *first = (uint32_t)step;
    memset(slices->next, 0, places * sizeof(uint32_t));
    return true;
}

// Where lane 0 of each of a place's slices has its step: `slice` is the first,
// each of the others lies as many steps behind it as the place has arrivals.
static size_t lane_zero(const Slices *slices, uint32_t place, uint32_t step)
{
    uint32_t slice = place * (slices->channels / slices->lanes);
    return ((size_t)slices->first[slice] + step) * slices->lanes;
}

static inline void put_place(const Slices *slices, const SnnLayerRun *run,
                             size_t at, uint32_t place, double time,
                             const void *weights, size_t weight, size_t step,
                             uint32_t real_size)
{
    uint32_t lanes = slices->lanes;
    size_t next = (size_t)slices->count[place] * lanes;
    for (uint32_t c = 0; c < slices->channels; c += lanes, at += next)
        for (uint32_t l = 0; l < lanes; l++, weight += step) {
            run->slice_time[at + l] = time;
            slices_copy(run->slice_weight, at + l, weights, weight, real_size);
        }
}

static void put_ports(const Slices *slices, const SnnLayerRun *run, size_t at,
                      uint32_t place, uint32_t port)
{
    uint32_t lanes = slices->lanes;
    size_t next = (size_t)slices->count[place] * lanes;
    for (uint32_t c = 0; c < slices->channels; c += lanes, at += next)
        for (uint32_t l = 0; l < lanes; l++)
            run->slice_port[at + l] = port;
}

static void put_arrival(Slices *slices, const SnnLayerRun *run, size_t arrival,
                        double time)
{
    Block block;
    SliceRow row = first_channel(slices, run, arrival, &block);
    const void *weights = run->parameters[row.parameter];
    for (uint32_t k = 0; k < row.count; k++) {
        uint32_t place = row.target ? row.target[k] : k;
        size_t at = lane_zero(slices, place, slices->next[place]++);
        if (slices->module->real_size == sizeof(float))
            put_place(slices, run, at, place, time, weights, weight_of(&row, k),
                      block.step, sizeof(float));
        else
            put_place(slices, run, at, place, time, weights, weight_of(&row, k),
                      block.step, sizeof(double));
        if (run->slice_port)
            put_ports(slices, run, at, place, row.port);
    }
}

bool slices_build_shared(Slices *slices, SnnLayerRun *run, size_t n_arrivals)
{
    if (!count_steps(slices, run, n_arrivals) || !slices_reserve(slices, run))
        return false;
    for (int64_t g = 0; g < run->n_groups; g++)
        for (size_t a = run->group_first[g]; a < run->group_first[g + 1]; a++)
            put_arrival(slices, run, a, run->group_time[g]);
    return true;
}

// ---- backward --------------------------------------------------------------

static inline double take_place(const Slices *slices, const SnnLayerRun *run,
                                size_t at, uint32_t place, void *gradients,
                                size_t weight, size_t step, uint32_t real_size)
{
    uint32_t lanes = slices->lanes;
    size_t next = (size_t)slices->count[place] * lanes;
    double sum = 0;
    for (uint32_t c = 0; c < slices->channels; c += lanes, at += next) {
        for (uint32_t l = 0; gradients && l < lanes; l++, weight += step)
            slices_add(gradients, weight, run->slice_weight_gradient, at + l,
                       real_size);
        for (uint32_t l = 0; run->slice_time_gradient && l < lanes; l++)
            sum += slices_get(run->slice_time_gradient, at + l, real_size);
    }
    return sum;
}

static double take_arrival(Slices *slices, const SnnLayerRun *run,
                           size_t arrival)
{
    Block block;
    SliceRow row = first_channel(slices, run, arrival, &block);
    void *gradients = run->gradients[row.parameter];
    double sum = 0;
    for (uint32_t k = 0; k < row.count; k++) {
        uint32_t place = row.target ? row.target[k] : k;
        size_t at = lane_zero(slices, place, --slices->next[place]);
        sum += slices->module->real_size == sizeof(float)
                   ? take_place(slices, run, at, place, gradients,
                                weight_of(&row, k), block.step, sizeof(float))
                   : take_place(slices, run, at, place, gradients,
                                weight_of(&row, k), block.step, sizeof(double));
    }
    return sum;
}

void slices_return_shared(Slices *slices, SnnLayerRun *run, size_t n_arrivals)
{
    for (size_t a = n_arrivals; a-- > 0;) {
        double sum = take_arrival(slices, run, a);
        if (run->arrival_gradient)
            run->arrival_gradient[a] += sum;
    }
}
