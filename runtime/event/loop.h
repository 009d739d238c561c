// The event loop: runs the layers of one block together, event by event. The
// next event is the earliest of the spikes on their way (queue.h) and the
// spikes that neurons are predicted to make (heap.h); the handlers of generated
// code do what it means for the neurons it touches.
//
// A spike enters the queue once for each projection, at the time of its first
// arrival, and goes on from there, run by run: a run is what arrives at once.
//
// Order at one instant: predicted spikes first, by layer and neuron. Then one
// round of arrivals, by projection, source neuron and spike; then the guards of
// all neurons that they touched are tested. Spikes made so go first again, and
// what they send without delay arrives in the next round.
//
// The log holds all of it in order; backward goes through it in reverse.
#ifndef SNN_EVENT_LOOP_H
#define SNN_EVENT_LOOP_H

#include "core/heap.h"
#include "event/layer.h"
#include "event/queue.h"
#include "event/wiring.h"

// A layer whose spikes come into the block, its own layers included.
typedef struct LoopSource {
    uint32_t layer;
    uint32_t n_projections;
    const uint32_t *projections; // into the block, ascending
    size_t next;                 // spike of another block's layer to send next
} LoopSource;

// Neurons that a round of arrivals touched.
typedef struct LoopTouched {
    bool all;
    const uint32_t *list;
    uint32_t count;
    uint32_t *own;               // [size] memory for a list of several
} LoopTouched;

// An entry of the log: a spike, or arrivals of one, a run of its row of
// synapses that one call of a handler takes.
typedef struct LoopEvent {
    Flight flight;               // a spike: projection is LOOP_SPIKE, place its
                                 // layer, neuron and spike its own
    uint32_t count;              // arrivals
    uint32_t reserved;
} LoopEvent;

#define LOOP_SPIKE UINT32_MAX
#define LOOP_WAKE (UINT32_MAX - 1) // a refractory period's end: as a spike

// Spikes are numbered as their layer's kernel made them; those of other blocks
// and of inputs by their place in the sorted list.
typedef struct Loop {
    const SnnModule *module;
    const Wiring *wiring;
    LayerState *states;          // of all layers
    uint32_t first, end;         // layers of the block
    uint32_t *base;              // [end - first] number of its first neuron
    uint32_t n_neurons;          // of all, with padding
    double *next_time;           // [n_neurons]
    uint32_t *next_wakes;        // [n_neurons] the next event is no spike
    uint32_t *n_spikes;          // [n_neurons] in this sample
    uint32_t *round_of;          // [n_neurons] when last listed as touched
    uint32_t round;
    uint32_t rounds_here;        // without time going on
    double now;
    LoopTouched *touched;        // [end - first]
    LoopSource *sources;         // [n_sources] own layers first, in order
    uint32_t n_sources;
    uint32_t *projections;       // memory of theirs
    Heap heap;
    Queue queue;
    Buffer log;
    size_t log_count;
    double *run_gradients;       // dL/dt of each arrival of a run
    double *delay_gradients;     // [n_projections] of delays that all share
} Loop;

// What went wrong: status and layer; neuron and time are in the layer's run.
typedef struct LoopError {
    int32_t status;
    uint32_t layer;
} LoopError;

// For the block that begins with layer `first`. False: no memory; free then
// too.
bool loop_new(Loop *loop, const SnnModule *module, const Wiring *wiring,
              LayerState *states, uint32_t first);
void loop_free(Loop *loop);
size_t loop_bytes(const Loop *loop);

// Runs a sample; the layers are ready for their spikes to be sorted.
LoopError loop_forward(Loop *loop);
// The adjoint of the sample just run, from the spikes' and the observables'
// gradients.
LoopError loop_backward(Loop *loop);
// Flags the rows of weights that arrivals came over: flags[parameter][row],
// NULL where not learned.
void loop_mark(const Loop *loop, uint8_t *const *flags);

// ---- spikes on their way (loop_flight.c) ------------------------------------

// Puts a spike on its way over the source's projections. False: no memory.
bool loop_send(Loop *loop, const LoopSource *source, double time,
               uint32_t neuron, uint32_t spike);
// Time of the next spike of another block's layer, infinite without one, and
// which source's it is.
double loop_next_sent(const Loop *loop, uint32_t *out_source);
bool loop_send_next(Loop *loop, uint32_t source);
// How many of the flight's arrivals come at its time, each at another neuron.
uint32_t loop_run_length(const Loop *loop, const Flight *flight);
// The first flight goes on behind `count` arrivals, or is over.
void loop_go_on(Loop *loop, uint32_t count);
// The neurons and weights of an event's arrivals.
void loop_fill_touch(const Loop *loop, const LoopEvent *event,
                     SnnTouch *out_touch);

// ---- caches (loop_fetch.c) --------------------------------------------------

// The neurons of a row lie far apart. While the first flight's arrivals are
// received, what those of the next one, or of the next spike, will read is
// fetched, and where the row after that lies.
void loop_fetch_next(Loop *loop);
// Begins to fetch the records of a touch's neurons.
void loop_fetch_records(const Loop *loop, uint32_t layer,
                        const SnnTouch *touch);

#endif
