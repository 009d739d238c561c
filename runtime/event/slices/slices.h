// A layer's arrivals by target neuron, for kernels in whose vectors each lane
// is a neuron with arrivals of its own: a spike costs the synapses it reaches.
//
// Neurons are put in order of their number of arrivals and cut into slices of
// as many as a vector has lanes. A slice has as many steps as its busiest
// neuron has arrivals; step s of lane l lies at s * lanes + l, a neuron's
// arrivals in the layer's order (time, projection, source neuron). Steps that a
// lane has too many lie at the sample's end, where nothing arrives.
//
// Where the channels of a place all have the same sources, as in convolutions,
// and fill whole slices, they share their arrivals instead: these are handed
// out by place, once for all of its channels, with where their weights lie.
//
// Where delays make a spike's arrivals come one after the other, each synaptic
// event is handed out by itself, in order of time.
#ifndef SNN_EVENT_SLICES_H
#define SNN_EVENT_SLICES_H

#include "core/memory.h"
#include "event/wiring.h"
#include "snn/abi.h"

typedef struct SharedRows SharedRows;   // slices_shared.c
typedef struct SpreadEvent SpreadEvent; // slices_spread.c

typedef struct Slices {
    const SnnModule *module;
    const SnnLayer *layer;
    const Wiring *wiring;
    bool spreads;               // some projection to it has rows in `wiring`
    uint32_t lanes, n_slices;   // 0: the layer has none
    uint32_t channels;          // of every place, if they share; else 0
    uint32_t *count;            // [size] arrivals of a neuron, or place
    uint32_t *next;             // [size] where a neuron's, or place's, next
                                // one goes; behind the last when all are placed
    uint32_t *neuron, *first;   // as in SnnLayerRun
    Buffer buckets;             // for sorting by count
    Buffer time, port, weight, weight_gradient, time_gradient;
    // if channels share:
    Buffer projection, row, stride;
    SharedRows *rows;           // [n_projections] as the next two
    void **weights, **gradients;
    // if arrivals of one spike spread:
    size_t n_events;
    Buffer events, keys, spare; // SpreadEvent, SortKey, SortKey
} Slices;

// The synapses of one arrival: targets with places of their weights.
typedef struct SliceRow {
    const uint32_t *target;     // NULL: neurons 0, 1, ...
    const uint32_t *weight;     // NULL: first, first + 1, ...
    size_t first;
    uint32_t count;
    uint32_t parameter, port;
} SliceRow;

// False: no memory; free then too.
bool slices_new(Slices *slices, const SnnModule *module,
                const SnnLayer *layer, const Wiring *wiring);
void slices_free(Slices *slices);
size_t slices_bytes(const Slices *slices);

// From the run's arrivals. False: no memory. Here and below nothing is done
// for a layer without slices.
bool slices_build(Slices *slices, SnnLayerRun *run, size_t n_arrivals);
// Room for what the kernel's backward pass stores. False: no memory.
bool slices_begin_back(Slices *slices, SnnLayerRun *run);
// What it stored to the gradients of weights and arrivals, from the last
// arrival to the first. Once for each build.
void slices_return(Slices *slices, SnnLayerRun *run, size_t n_arrivals);

// ---- parts -----------------------------------------------------------------

SliceRow slices_row(const Slices *slices, const SnnLayerRun *run,
                    size_t arrival);
// For slices that channels share (slices_shared.c).
bool slices_new_shared(Slices *slices);
void slices_free_shared(Slices *slices);
size_t slices_shared_bytes(const Slices *slices);
bool slices_build_shared(Slices *slices, SnnLayerRun *run, size_t n_arrivals);
bool slices_begin_back_shared(Slices *slices, SnnLayerRun *run);
void slices_return_shared(Slices *slices, SnnLayerRun *run, size_t n_arrivals);

// For arrivals that spread (slices_spread.c).
bool slices_spread(const Slices *slices); // whether they do
// Lists the synaptic events, and counts those of each neuron. False: no memory.
bool slices_list_spread(Slices *slices, const SnnLayerRun *run,
                        size_t n_arrivals);
void slices_put_spread(Slices *slices, const SnnLayerRun *run);
void slices_return_spread(Slices *slices, SnnLayerRun *run);

// Reals of an array; `real_size` is a constant where these are inlined.
static inline void slices_copy(void *to, size_t at, const void *from, size_t k,
                               uint32_t real_size)
{
    if (real_size == sizeof(float))
        ((float *)to)[at] = ((const float *)from)[k];
    else
        ((double *)to)[at] = ((const double *)from)[k];
}

static inline void slices_add(void *to, size_t k, const void *from, size_t at,
                              uint32_t real_size)
{
    if (real_size == sizeof(float))
        ((float *)to)[k] += ((const float *)from)[at];
    else
        ((double *)to)[k] += ((const double *)from)[at];
}

static inline double slices_get(const void *from, size_t at,
                                uint32_t real_size)
{
    return real_size == sizeof(float) ? (double)((const float *)from)[at]
                                      : ((const double *)from)[at];
}

#endif
