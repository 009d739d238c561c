// The derived adjoint: what follows, by the general rules of docs/math.md, from
// the hybrid system that the user declared. Nothing here knows a neuron by
// name; every expression is computed from flow, guard, reset, receive and
// initial value by the symbolic engine.
//
// needs:   a verified Model
// ensures: for every population that is not an input, a Derived system
// errors:  flows and guards outside of the closed forms, where a layer demands
//          one; more states than a kernel holds (diagnostics)
#ifndef SNNC_MODEL_DERIVE_H
#define SNNC_MODEL_DERIVE_H

#include "base/diag.h"
#include "model/model.h"

// Kernels keep a neuron's states in registers, and divided differences have at
// most 8 nodes: the states of a row, a drive, and one more for a derivative.
// Numeric kernels keep them in memory.
enum { DERIVED_STATES_MAX = 12, DERIVED_CHAIN_MAX = 6,
       DERIVED_NUMERIC_MAX = 32 };

// A contribution to the gradient of a learned parameter of the population.
typedef struct ParameterGradient {
    const Parameter *parameter;
    const Expr *value;
} ParameterGradient;

typedef struct Gradients {
    ParameterGradient *items;
    size_t count, capacity;
} Gradients;

// Two states that drive each other: the eigenvalues of their block of A are
// centre +- sqrt(square), complex where square < 0. offset is half of what the
// first state's own rate is above the second's.
typedef struct FlowPair {
    uint32_t states[2];
    const Expr *centre, *square, *offset;
    const Expr *centre_name, *square_name; // symbols, see DerivedFlow.named
} FlowPair;

// A symbol that stands for an expression.
typedef struct Named {
    const Expr *symbol, *meaning;
} Named;

// Motion between events. Its rates are those of State.flow, and the adjoint's
// rate is -pull: of states and Derived.lambda at one instant.
//
// With a closed form also the free motion over an interval h:
// x1 = advance(h, x0, p), and its adjoint. Symbols: states are x0;
// Derived.lambda is the adjoint at the interval's end.
typedef struct DerivedFlow {
    const Expr **pull;         // [n] (df/dx)^T lambda
    Gradients pull_gradients;  // lambda . df/dp
    const Expr **jacobian;     // [n * n] row-major df/dx
    // Closed form; else NULL:
    const Expr **matrix;       // [n * n] row-major A of x' = A x + b
    const Expr **drive;        // [n] b
    uint32_t *order;           // states, each before those that drive it; the
                               // two of a pair side by side
    const FlowPair **pairs;    // [n] of each state, or NULL
    const Expr **advance;      // [n] x1
    const Expr **lambda;       // [n] adjoint at the interval's start
    Gradients gradients;
    // Stand in advance, lambda, gradients and in later ones of these: the rates
    // of pairs, of parameters alone, and then the gradients by them.
    Named *named;
    size_t n_rates, n_named, named_capacity;
} DerivedFlow;

// e of the flow without names.
const Expr *derive_spell_out(ExprPool *pool, const DerivedFlow *flow,
                             const Expr *e);

// A function of the state whose zeros are isolated along the flow. With rates
// r_k, functional[k + 1] = d functional[k] / dt + r_k functional[k]; each step
// removes one exponential, so the last one is a single exponential (or zero)
// and has no zero of its own: between neighbouring zeros of one lies a zero of
// the next, which isolates all of them.
//
// The constant goes first, so that all but the first are linear in the rates of
// the states x', which decay: functional[k] = row[k] . x'. Evaluated like that
// they keep their sign however long the interval is; from the states
// themselves they would end as the rounding error of resting values.
//
// A pair of states takes two steps whose rates depend on the time h and on the
// middle m of a piece of the interval; what is said above holds within pieces
// of at most the length `longest`.
typedef struct ZeroSequence {
    const Expr **functional;   // [n] of the states (and h, m)
    const Expr **rate;         // [n]; the last is the last exponential's own
    const Expr ***row;         // [n][states]; NULL: not one of the rates
    const FlowPair **pair;     // [n] removed by this step and the next, or NULL
    size_t n;
    const Expr *middle;        // symbol m, s; NULL without pairs
    const Expr *longest;       // s; NULL without pairs
} ZeroSequence;

// An arrival. Symbols: states and weight before it, Derived.lambda after it.
typedef struct DerivedPort {
    const Expr **lambda;       // [n] before it
    const Expr *weight_gradient;
    const Expr *time_gradient; // dL/d(time of arrival)
    Gradients gradients;
    bool reads_state;          // any of these depends on the states
    bool moves_guard;          // it may reach the threshold by itself
} DerivedPort;

// A spike. Symbols: states before the reset, Derived.lambda after it,
// Derived.spike_gradient what the loss and all receivers say of its time.
typedef struct DerivedSpike {
    const Expr *slope;         // d guard / dt just before
    const Expr *total;         // dL/dt of the spike in all
    // With Derived.shift = total / slope, or 0 for a spike made by an arrival:
    const Expr **lambda;       // [n] before it
    Gradients gradients;
} DerivedSpike;

// A function of the states that the loss observes along the trajectory.
typedef struct DerivedObservable {
    const Observable *observable;
    const Expr *value;         // of states
    const Expr *slope;         // d value / dt
    ZeroSequence extrema;      // zeros of the slope (MAXIMUM),
    ZeroSequence rest_extrema; // and of that while the neuron rests
    const Expr **lambda;       // [n] d value / d state: the jump per unit of
                               // d loss / d observable
    Gradients gradients;       // likewise
    bool jumps;                // an arrival or a reset may change the value
} DerivedObservable;

typedef struct Derived {
    const Population *population;
    bool numeric;              // no closed form, or none wanted
    const char *reason;        // NUMERIC: why, for people
    size_t n;                  // states
    const Expr **states;       // [n] symbols
    const Expr **lambda;       // [n] symbols: adjoint on the later side
    const Expr *interval;      // symbol h, s
    const Expr *spike_gradient;// symbol
    const Expr *shift;         // symbol
    DerivedFlow flow;          // closed form: while it does not rest
    DerivedFlow rest_flow;     // closed form while it rests; no pull
    DerivedPort *ports;        // [system->n_ports]
    ZeroSequence crossing;     // of the guard; n == 0 without spikes
    DerivedSpike spike;
    DerivedSpike wake;         // the end of a refractory period, likewise:
                               // spike_gradient is what lies behind says
    DerivedObservable *observables; // of this population, state observables
    size_t n_observables;
    Gradients initial;         // through the initial state, lambda at time 0
} Derived;

typedef struct DerivedModel {
    const Model *model;
    Derived **populations;     // [n_populations], NULL for inputs
} DerivedModel;

// NULL when errors were reported.
DerivedModel *derive_adjoint(const Model *model, Diags *diags);

// --emit=equations: states, flow, guard, reset, adjoint flow, jumps and the
// gradient of each parameter, as text, or as LaTeX that compiles.
void derived_print(const DerivedModel *derived, bool latex, FILE *out);

#endif
