// The yardstick: an event-driven simulation of layered spiking networks, with
// ways back and delays or without, in 512-bit arithmetic (MPFR, 154 decimal
// digits). It shares no code and no formula file with the compiler or the
// runtime. Within an interval between arrivals the membrane is cut into monotone
// pieces, so that a crossing is a change of sign on one piece: none can be
// missed and none doubled.
#ifndef TRUTH_H
#define TRUTH_H

#include <mpfr.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TRUTH_BITS = 512, TRUTH_MAX_LAYERS = 6, TRUTH_MAX_SPIKES = 4000 };
#define ROUND MPFR_RNDN

// ---- neurons ----------------------------------------------------------------

// All that a neuron may have; a kind uses some. Times in seconds.
typedef enum {
    TAU_MEM, TAU_SYN, TAU_FAST, TAU_SLOW, THRESHOLD, V_RESET, STEP, BIAS, V_START,
    N_QUANTITIES
} Quantity;

typedef enum { RESET_NEVER, RESET_TO_VALUE, RESET_BY_SUBTRACTION } Reset;

// What drives the membrane: v' = (drive + bias - v) / tau_mem.
typedef enum {
    DRIVE_NONE,        // arrivals lift v itself
    DRIVE_EXPONENTIAL, // i' = -i / tau_syn
    DRIVE_ALPHA,       // i' = (a - i) / tau_syn, a' = -a / tau_syn
    DRIVE_TWO,         // fast + slow, each with its own time constant
} Drive;

typedef struct Kind {
    const char *name;
    Drive drive;
    Reset reset;
} Kind;

// One neuron's numbers.
typedef struct Neuron {
    const Kind *kind;
    mpfr_t quantity[N_QUANTITIES];
} Neuron;

// v and the synaptic states: i | i, a | fast, slow.
typedef struct State {
    mpfr_t v, x[2];
} State;

typedef struct Train {
    size_t count, capacity;
    mpfr_t *times;
} Train;

typedef struct Arrival {
    mpfr_t time, weight;
    int port;
} Arrival;

// How near a run comes to changing its number of spikes; see neuron.c.
typedef struct Margin {
    double slope; // smallest tau_mem * v' / |threshold| at a crossing
    double miss;  // smallest distance of a turning point to the threshold
} Margin;

const Kind *kind_find(const char *name);
int quantity_find(const char *name);
const char *quantity_name(Quantity quantity);

// ---- flow of one neuron between arrivals (flow.c) -----------------------------

typedef struct Flow Flow;
Flow *flow_new(const Neuron *neuron);
void flow_free(Flow *flow);
void flow_start(Flow *flow, const State *state);   // the state at s = 0
// v, v' and v'' at s >= 0 behind the start; any of them may be NULL.
void flow_membrane(Flow *flow, const mpfr_t s, mpfr_t v, mpfr_t slope,
                   mpfr_t curvature);
void flow_state(Flow *flow, const mpfr_t s, State *out);
// Where exp(s / tau_mem) v' has its only extremum; false: it is monotone.
bool flow_turn(Flow *flow, mpfr_t out);

// ---- roots (root.c) ------------------------------------------------------------

// f and f' at s.
typedef void Curve(void *context, const mpfr_t s, mpfr_t value, mpfr_t slope);
// The root of f in [low, high], where f has opposite signs. The answer is
// enclosed: f changes sign within 2^-300 (high - low) of it, or abort.
void root_find(Curve *f, void *context, const mpfr_t low, const mpfr_t high,
               mpfr_t out);

// ---- one neuron, one layer, a network --------------------------------------------

void train_clear(Train *train);
void train_push(Train *train, const mpfr_t time);
void train_copy(Train *to, const Train *from);

void state_init(State *state);
void state_clear(State *state);

// Runs over sorted arrivals up to `duration`: spike times, and the greatest v
// of 0..duration. `margin` may be NULL.
void neuron_run(const Neuron *neuron, const Arrival *arrivals, size_t n,
                const mpfr_t duration, Train *spikes, mpfr_t maximum,
                Margin *margin);

typedef struct LayerQuantity {
    Quantity quantity;
    bool learned, per_neuron;
} LayerQuantity;

typedef struct Synapse {
    size_t source, target; // neurons
    size_t weight;         // which one; several may share it
    long delay;            // which one; -1: none
} Synapse;

typedef struct Projection {
    char name[96];
    int source, port;      // layer index; 0 is the input
    bool learned, delays_learned;
    bool is_dense;         // weights: [source size][target size]
    mpfr_t *weights, *delays;
    size_t n_weights, n_delays;
    Synapse *synapses;
    size_t n_synapses;
} Projection;

typedef struct Layer {
    char name[32];
    size_t size;
    const Kind *kind;  // NULL: the input
    Neuron *neurons;
    LayerQuantity quantities[N_QUANTITIES];
    size_t n_quantities;
    Projection projections[TRUTH_MAX_LAYERS];
    size_t n_projections;
} Layer;

typedef enum { LOSS_FIRST_SPIKE, LOSS_VOLTAGE_MAXIMUM, LOSS_SPIKE_TIME } LossKind;

typedef struct Sample {
    int label;
    size_t n_spikes;
    mpfr_t *times;
    int *channels;
} Sample;

typedef struct Network {
    mpfr_t duration;
    Layer layers[TRUTH_MAX_LAYERS];
    int n_layers;
    bool has_ways_back; // some projection leads to its own or an earlier layer
    LossKind loss;
    mpfr_t tau0, tau1, alpha;
    Sample *samples;
    size_t n_samples;
} Network;

// What one sample did: spikes of every neuron of every layer, and maxima of v.
typedef struct Run {
    Train *trains[TRUTH_MAX_LAYERS];
    mpfr_t *maxima[TRUTH_MAX_LAYERS];
} Run;

void network_read(Network *network, FILE *in);
void run_init(Run *run, const Network *network);
void run_clear(Run *run, const Network *network);
void run_copy(Run *to, const Run *from, const Network *network);
// Layers from `first` on; of that one only `neuron`, or all when it is -1. All
// before must be there. Layer 0 copies the sample's spikes. With ways back, all
// that depends on these runs again until no spike train changes any more: what
// happens up to a time depends on earlier spikes alone, so each round settles
// at least one more spike.
void run_from(Run *run, const Network *network, const Sample *sample, int first,
              int neuron, Margin *margin);
void loss_value(const Network *network, const Run *run, int label, mpfr_t out);

// Central differences of the summed loss for everything learned and for every
// input spike, printed as text. Returns the worst disagreement of two steps and
// of the two one-sided quotients, relative to the largest of its array.
double differences_print(Network *network, Run *base, FILE *out);

#endif
