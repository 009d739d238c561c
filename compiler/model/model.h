// The model: what sema/ makes of the checked syntax tree and all later stages
// work from. Names are resolved, dimensions checked and everything converted to
// SI; functions are inlined; a constant is a number. Values are expressions of
// math/ over the symbols listed here. No syntax, no neuron, loss or optimiser
// by name: only hybrid systems, events, topology and expressions.
#ifndef SNNC_MODEL_MODEL_H
#define SNNC_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "base/source.h"
#include "math/expr.h"
#include "snn/pattern.h"

// ---- random draws and initial values ---------------------------------------

// A random number: one symbol for each draw that an expression makes.
typedef struct Draw {
    const Expr *symbol;
    bool is_gaussian;   // standard normal; else uniform in [0, 1)
    bool is_of_sample;  // one for all spikes of a sample (transforms)
} Draw;

// A value for each element of a parameter: an expression of the draws, of
// fan_in and fan_out, and of constants.
typedef struct Initial {
    const Expr *value;
    Draw *draws;
    size_t n_draws;
    const Expr *fan_in, *fan_out; // symbols, or NULL when not used
} Initial;

// ---- parameters ------------------------------------------------------------

typedef enum {
    PARAMETER_SHARED,     // one number for a population
    PARAMETER_PER_NEURON, // one for each neuron
    PARAMETER_DENSE,      // source size x target size
    PARAMETER_KERNEL,     // kernel_shape
    PARAMETER_PER_SYNAPSE, // one for each synapse of a table; how many is
                          // known when the trainer starts
} ParameterShape;

typedef struct Optimizer Optimizer;

// An array that the trainer holds: everything learned, and everything that is
// not one compile-time constant. (A constant that is not learned is folded.)
typedef struct Parameter {
    const char *name;      // "hidden.tau_mem", "x_hidden.weight"
    const Expr *symbol;    // its value at the neuron or synapse in question
    const char *unit;      // SI: "s", "V", "1"
    ParameterShape shape;
    uint32_t rows, columns; // 1 x 1, 1 x n, source x target; 0 otherwise
    uint32_t kernel_rank;
    uint32_t kernel_shape[4];
    bool learned;
    bool internal;         // not the user's: in no file and no list
    double low, high;      // bounds after every step; -inf, inf without
    const Optimizer *optimizer; // its rule; NULL: nothing learns it
    Initial initial;
    Span span;
} Parameter;

// ---- hybrid systems --------------------------------------------------------

typedef struct State {
    const char *name;
    const Expr *symbol;
    const char *unit;
    const Expr *initial;   // of parameters
    const Expr *flow;      // d state / dt: of states and parameters
    const Expr *reset;     // after a spike: of states before it; the symbol
                           // itself where unchanged
    Span span;             // of the flow equation
} State;

typedef struct Port {
    const char *name;      // "" is the default port
    const Expr *weight;    // symbol
    const char *unit;      // of the weight
    const Expr **after;    // [n_states]: after an arrival, of states before it
    Span span;
} Port;

// A refractory period: after a spike the neuron rests, in a flow of its own and
// without spiking, until an event of its own ends it. Two states say so: `flag`
// is 1 while it rests and 0 else, `clock` is the time that is left. The end
// changes the states like a spike, but is none.
typedef struct Rest {
    size_t flag, clock;    // index of the states
    const Expr **after;    // [n_states] after the end, of states before it
    Span span;
} Rest;

typedef struct HybridSystem {
    const char *neuron;    // the declaration's name, for people
    State *states;
    size_t n_states;
    Port *ports;
    size_t n_ports;
    const Expr *guard;     // spikes where it reaches 0 from below; NULL: never
    Span guard_span;
    Rest *rest;            // NULL: it may spike at any time
} HybridSystem;

// Appends a state that arrivals, and the end of a refractory period, leave
// alone, and gives its index.
size_t system_add_state(Arena *arena, HybridSystem *system, State state);
// `e` while the neuron rests, or does not.
const Expr *system_in_mode(ExprPool *pool, const HybridSystem *system,
                           const Expr *e, bool rests);

// ---- topology --------------------------------------------------------------

// How a layer's states are moved between events.
typedef enum {
#define SOLVER(id, name, summary) SOLVER_##id,
#include "model/solver.def"
#undef SOLVER
    SOLVER_COUNT
} SolverKind;

typedef struct Solver {
    SolverKind kind;
    double tolerance;      // NUMERIC: of one step, relative; 0: the precision's
} Solver;

#define SOLVER_TOLERANCE_MIN 1e-14
#define SOLVER_TOLERANCE_MAX 0.1
const char *solver_name(SolverKind kind);

typedef struct Population {
    const char *name;
    uint32_t index;        // in Model.populations
    uint32_t axis;         // index + 1: of vectors over its neurons
    uint32_t size;         // product of its shape
    uint32_t rank, shape[4]; // [8, 24, 24]: neurons are numbered row by row
    bool is_input;
    const double *times;   // of an input that is no data: channel k spikes at
                           // times[k], s, in each sample; else NULL
    HybridSystem *system;  // NULL for an input
    Solver solver;
    Parameter **parameters; // of its neurons
    size_t n_parameters;
    Span span;
} Population;

typedef struct Projection {
    const char *name;      // "x_hidden"
    Population *source, *target;
    uint32_t port;         // index in target->system->ports
    Parameter *weight;     // may be another projection's
    SnnPattern pattern;
    uint32_t delay_per;    // SnnPer: what has a delay of its own
    Parameter *delay_parameter; // s; NULL: all have the delay
    double delay;          // s
    Span span;
} Projection;

// All with all, each pair with a weight of its own: no table is needed.
bool projection_is_dense(const Projection *projection);
// The number of synapses, or what is expected of it; 0: not known here.
double projection_count(const Projection *projection);
// Whether the arrivals of one spike may come one after the other.
bool projection_spreads(const Projection *projection);

// ---- loss and prediction ---------------------------------------------------

// What a loss may see of a run, by neuron of a population. Its symbol is a
// vector over population->axis.
typedef enum {
    OBSERVE_FIRST_SPIKE,   // time of the first spike, s; +inf if silent
    OBSERVE_NTH_SPIKE,     // likewise of the `nth`, from 2 on
    OBSERVE_SPIKE_COUNT,   // derivative 0
    OBSERVE_SPIKE_SUM,     // sum of `term` over the neuron's spikes
    OBSERVE_PAIR_SUM,      // and over all ordered pairs, those of a spike with
                           // itself included
    OBSERVE_MAXIMUM,       // greatest value of `of` over 0..duration
    OBSERVE_FINAL,         // value of `of` at the end
} ObservableKind;

typedef struct Observable {
    ObservableKind kind;
    Population *population;
    const Expr *of;        // of the states (MAXIMUM, FINAL); else NULL
    const Expr *term;      // of time, other_time, label, hyperparameters and
                           // the position along the axis; else NULL
    uint32_t nth;          // which spike, from 1 on; else 0
    const Expr *symbol;
} Observable;

// ---- hyperparameters -------------------------------------------------------

// A number that can be set when training starts (--set name=value). Its value
// may follow a schedule: an expression of Model.step, .epoch and .stalls.
typedef struct Hyper {
    const char *name;      // "optimizer.rate", "loss.alpha", "dropout.p"
    const char *unit;
    const Expr *symbol;
    const Expr *value;
    bool is_fixed;         // while the model is built: it will be its value
} Hyper;

// How often the loss has stopped to improve: a symbol for each patience.
typedef struct Stalls {
    uint32_t patience;     // epochs
    const Expr *symbol;
} Stalls;

// ---- optimiser -------------------------------------------------------------

typedef struct OptimizerState {
    const char *name;
    const Expr *symbol;
    double initial;
} OptimizerState;

// What a rule may read that is the same for all elements of a parameter.
typedef enum {
#define FACT(id) FACT_##id,
#include "snn/step_facts.def"
#undef FACT
    N_FACTS
} Fact;

// One step for one element: new values, each an expression of the element's
// old states, old parameter, gradient, hyperparameters and facts.
struct Optimizer {
    const char *name;                 // of the chain: "clip_by_norm then adam"
    const Expr *parameter, *gradient; // symbols
    const Expr *silence;              // symbol: part of the batch's samples in
                                      // which the element's neuron was silent
    const Expr *facts[N_FACTS];       // symbols
    OptimizerState *states;
    size_t n_states;
    const Expr **next_states;         // [n_states]
    const Expr *next_parameter;
};

// ---- data ------------------------------------------------------------------

// Spikes of one data value: at time `at` on the value's channel, if `when`.
typedef struct EncodedSpike {
    const Expr *when;      // of value and channel; NULL: always
    const Expr *at;        // s
} EncodedSpike;

typedef struct Encoder {
    const char *name;
    const Expr *value, *channel; // symbols
    EncodedSpike *spikes;
    size_t n_spikes;
    const Expr **biases;   // times of the extra channels behind the data's
    size_t n_biases;
} Encoder;

// A change of each input spike, drawn anew for each sample and epoch, only in
// training.
typedef struct Transform {
    const char *name;
    const Expr *time, *channel; // symbols
    const Expr *next_time;      // s; the time symbol itself where unchanged
    const Expr *next_channel;   // the channel symbol itself where unchanged
    const Expr *keep;           // NULL: always
    Draw *draws;
    size_t n_draws;
} Transform;

typedef struct ReaderOption {
    const char *name;
    bool is_text;
    const char *text;
    double number;
} ReaderOption;

typedef struct Data {
    const char *reader;    // a row of runtime/include/snn/readers.def
    ReaderOption *options;
    size_t n_options;
    Encoder *encoder;      // NULL: the data are spikes already
    Transform *transforms;
    size_t n_transforms;
} Data;

// ---- all of it -------------------------------------------------------------

typedef struct Model {
    Arena *arena;
    ExprPool *pool;
    const char *name;
    double duration;       // s
    Population **populations; // inputs first, then in order of declaration
    size_t n_populations;
    Projection **projections;
    size_t n_projections;
    Parameter **parameters;   // all, in order of declaration
    size_t n_parameters;

    const Expr *loss;         // per sample: of observables, label, hypers
    const Expr *label;        // symbol (an integer as a number)
    Observable **observables; // of loss and prediction
    size_t n_observables;
    const Expr *prediction;   // vector over an output's neurons; NULL without
    bool predict_maximum;     // else the smallest; non-finite never wins

    const Expr *step, *epoch; // symbols: 1, 2, ... and 0, 1, ...
    const Expr *time, *other_time; // symbols in terms of observables, s
    Hyper *hypers;            // of step, epoch and stalls
    size_t n_hypers;
    Stalls *stalls;
    size_t n_stalls;
    Optimizer **optimizers;
    size_t n_optimizers;
    uint32_t batch, epochs;
    Data *data;               // NULL without
} Model;

// Whether a step depends on this symbol.
bool optimizer_reads(const Optimizer *optimizer, const Expr *symbol);
// Whether an element whose gradient was 0 from the start stays as it is.
bool optimizer_rests(ExprPool *pool, const Optimizer *optimizer);

// Invariants, checked between passes in debug builds; names what is broken.
void model_verify(const Model *model);
// --emit=model: for people.
void model_print(const Model *model, FILE *out);

#endif
