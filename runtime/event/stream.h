// What arrives over one projection, in the order of the arrivals' times,
// without sorting it: a delay that all synapses share shifts the spikes as they
// are; one of each source neuron shifts each neuron's spikes, which are merged.
#ifndef SNN_EVENT_STREAM_H
#define SNN_EVENT_STREAM_H

#include <stdbool.h>
#include "core/heap.h"
#include "snn/abi.h"

// Spikes of one population in the order (time, neuron).
typedef struct SpikeList {
    const double *times;      // s
    const uint32_t *neurons;
    const uint32_t *origins;  // place in the kernel's own order
    size_t count;
} SpikeList;

typedef struct Stream {
    const SnnModule *module;
    const SnnProjection *projection;
    const void *delays;       // the parameter's reals; NULL: none
    const SpikeList *spikes;
    double time;              // of the next arrival, s; infinite: no more
    size_t next;              // the spike behind it, in `spikes`
    double shift;             // one delay for all, s
    // a delay of each source neuron:
    double *times;            // [n_sources] of its next arrival
    uint32_t *heads;          // [n_sources] its next spike
    Buffer after;             // uint32_t [spikes]: the neuron's spike behind
    Heap heap;
} Stream;

// The delay of a spike over a projection whose synapses of one source agree;
// `delays` is the array of its delay parameter, if it has one.
double stream_delay(const SnnModule *module, const SnnProjection *projection,
                    const void *delays, uint32_t source);

// False: no memory; free then too.
bool stream_new(Stream *stream, const SnnModule *module, uint32_t projection);
void stream_free(Stream *stream);
size_t stream_bytes(const Stream *stream);

// To the first arrival; those at or after the duration are left out. False: no
// memory.
bool stream_begin(Stream *stream, const SpikeList *spikes,
                  void *const *parameters);
// Whether its spikes are merged by a delay of each source neuron. If not, those
// of the first `stream_shifted` spikes arrive, `shift` later.
bool stream_merges(const Stream *stream);
size_t stream_shifted(const Stream *stream);
// To the next one.
void stream_step(Stream *stream);

#endif
