// The yardstick of neurons without a closed form: an event-driven simulation of
// feed-forward layers in quadruple precision (113 bits), its flows written by hand
// from the papers (kinds.c) and followed by extrapolation of order 22. It shares
// no code with the compiler or the runtime. Spikes are roots over step lengths.
#ifndef ODE_H
#define ODE_H

#include <stdbool.h>
#include <stddef.h>
#include <quadmath.h>

enum { ODE_STATES = 8, ODE_QUANTITIES = 16, ODE_PORTS = 4, ODE_LAYERS = 4 };

typedef __float128 Real;

// ---- neurons (kinds.c) -------------------------------------------------------

typedef struct Kind {
    const char *name;
    const char *quantities[ODE_QUANTITIES]; // names, in the order of p[]
    size_t n_states;
    void (*start)(const Real *p, Real *x);
    void (*flow)(const Real *p, const Real *x, Real *rate);
    Real (*guard)(const Real *p, const Real *x);       // NULL: never spikes
    void (*reset)(const Real *p, Real *x);
    void (*receive)(const Real *p, Real *x, int port, Real weight);
} Kind;

const Kind *kind_find(const char *name);
int kind_quantity(const Kind *kind, const char *name); // index or -1

// ---- one neuron (neuron.c) ---------------------------------------------------

typedef struct Arrival {
    Real time, weight;
    int port;
} Arrival;

typedef struct Train {
    size_t count, capacity;
    Real *times;
} Train;

void train_push(Train *train, Real time);
void train_copy(Train *to, const Train *from);

// How near a run comes to another number of spikes: the least slope of the
// guard at a crossing and the least distance of a maximum below 0, in sizes of
// the guard (its largest value of this neuron) and, for slopes, milliseconds.
typedef struct Margin {
    Real slope, miss;
} Margin;

// Runs over sorted arrivals up to `duration`. `end` gets the states there.
void neuron_run(const Kind *kind, const Real *p, const Arrival *arrivals,
                size_t n, Real duration, Train *spikes, Real *end,
                Margin *margin);

// One step of length h; returns the estimate of its error, in sizes of the
// states (NULL: 1).
Real step_try(const Kind *kind, const Real *p, const Real *x, Real h,
              const Real *sizes, Real *end);

// ---- a network (network.c) ---------------------------------------------------

typedef struct Quantity {
    int index;             // in Kind.quantities
    bool per_neuron, learned;
    Real *values;          // [1] or [size]
} Quantity;

typedef struct Projection {
    char name[64];
    int source, port;      // layer; 0 is the input
    Real *weights;         // [source size][size]
} Projection;

typedef struct Layer {
    char name[32];
    size_t size;
    const Kind *kind;      // NULL: the input
    Quantity quantities[ODE_QUANTITIES];
    size_t n_quantities;
    Projection projections[ODE_LAYERS * ODE_PORTS];
    size_t n_projections;
} Layer;

typedef enum { LOSS_SPIKE_TIME, LOSS_FINAL } LossKind;

typedef struct Sample {
    int label;
    size_t n_spikes;
    Real *times;
    int *channels;
} Sample;

typedef struct Network {
    Real duration;
    Layer layers[ODE_LAYERS];
    int n_layers;
    LossKind loss;
    Real scale;            // of the loss: s, or of the first state
    Sample *samples;
    size_t n_samples;
} Network;

// What one sample did: spikes and end of every neuron of every layer.
typedef struct Run {
    Train *trains[ODE_LAYERS];
    Real (*ends[ODE_LAYERS])[ODE_STATES];
} Run;

void network_read(Network *network);             // from stdin
void run_new(Run *run, const Network *network);
void run_copy(Run *to, const Run *from, const Network *network);
// Layers from `first` on; of that one only `neuron`, or all where it is -1.
void run_from(Run *run, const Network *network, const Sample *sample, int first,
              int neuron, Margin *margin);
Real run_loss(const Run *run, const Network *network);
// Gradients by central differences at three steps (differences.c).
void differences_print(Network *network, Run *base);

#endif
