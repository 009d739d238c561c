// The event program: for each population, which expressions the kernels
// evaluate, at which rate, and how state, tape and loops are laid out. All
// choices are made here from the derived equations; emit/ only carries them
// out.
//
// Rates. An expression over the interval h and shared parameters is the same
// for all neurons: it is computed once per inter-event interval ("event
// scalar") and read in the neuron loop. What depends on a neuron is computed in
// lanes.
//
// Numeric populations (Derived.numeric) go through a sample a vector at a time,
// in steps of their own; what concerns closed forms stays empty for them.
//
// Loop order. From one instant of arrivals to the next, a sweep goes through
// all neurons, a tile of `tile` vectors of `lanes` at a time. Neurons that may
// spike within the interval are gathered, from all over the population, into
// batches of `lanes`, which are advanced spike by spike and leave steps on the
// tape; backward reads it in exactly the opposite order.
#ifndef SNNC_EVENTS_PLAN_H
#define SNNC_EVENTS_PLAN_H

#include "events/conditions.h"

// Expressions of the fast path, with what is the same for all neurons hoisted:
// symbols[k] stands for scalars[k], an expression of h and shared parameters.
typedef struct EventScalars {
    const Expr **symbols, **scalars;
    size_t count, capacity;
} EventScalars;

// A remark for --explain: what was chosen and why.
typedef struct PlanRemark {
    const char *choice, *reason;
} PlanRemark;

// Closed forms while a neuron does not rest, or does (Rest): exponentials
// lowered, of states, lambda and h.
typedef struct ModePlan {
    const Expr **rates;         // [n] the flow's
    const Expr **advance;       // [n]
    const Expr **lambda;        // [n]
    Gradients gradients;
} ModePlan;

typedef struct PeakPlan {
    const DerivedObservable *observable; // MAXIMUM
    ZeroPlan extrema;
    ZeroPlan rest_extrema;      // while the neuron rests
    const Expr *best;           // symbol: greatest value so far
    // Fast path, of states, end states and event scalars:
    const Expr *may_peak;       // an inner maximum may exceed `best`
    const Expr *screen;         // the same, of states, end states and h
    const Expr *rest_screen;    // the same of rest_extrema, or NULL
    const Expr *start, *end;    // value at the interval's ends
    const Expr *start_slope, *end_slope;
    const Expr *curvature;      // numeric: d slope / dt, of states
} PeakPlan;

// How a population runs a sample (components.h).
typedef enum {
    STRATEGY_SWEEP,  // whole, interval by interval between its sorted arrivals
    STRATEGY_SLICES, // whole, each neuron over its own sorted arrivals
    STRATEGY_EVENTS, // with its block, event by event
} Strategy;

typedef struct LayerPlan {
    const Population *population;
    const Derived *derived;
    Strategy strategy;
    const char *solver;         // name and reason, for people
    double tolerance;           // numeric: of results, relative
    double step_tolerance;      // numeric: of one step's error estimate
    bool keeps_records;         // event loop: a record for each neuron, for
                                // lists of them far apart; else rows
    unsigned lanes;             // neurons in a vector
    unsigned tile;              // vectors in a tile
    unsigned vectors;           // ceil(size / lanes)
    bool fetches_ahead;         // backward: rows, an interval ahead
    unsigned channels;          // slices: of each place, whose arrivals they
                                // share; 0: each neuron has its own
    bool strides;               // then some weights of the channels of a place
                                // do not lie side by side
    const Expr **end_states;    // [n] symbols: states at the interval's end

    // Exact forms for one neuron's own interval, in either mode:
    ModePlan awake, resting;    // resting: without Rest empty
    const Expr **advance;       // [n] of states and h
    const Expr **lambda;        // [n] of lambda and h
    Gradients gradients;        // flow, of states, lambda and h
    const Expr *decay;          // symbol: what is left after h of the only
                                // exponential e^{-rate h}; or NULL
    double decay_rate;          // 1/s
    const Expr *decay_exponential, **decay_advance; // [n] of states, decay
    ZeroPlan crossing;          // of states and h; without spikes NULL
    const Expr *screen;         // may_spike, of states, end states and h
    const Expr *decay_screen;   // the same, of decay instead of h; or NULL

    // Fast path over a whole interval:
    EventScalars forward, backward;
    const Expr **fast_advance;  // [n] of states and forward.symbols
    const Expr *may_spike;      // of states, end states, forward.symbols; NULL
    const Expr **fast_lambda;   // [n] of lambda and backward.symbols
    Gradients fast_gradients;   // of states, lambda, backward.symbols

    PeakPlan *peaks;            // observed maxima
    size_t n_peaks;
    const DerivedObservable **finals;
    size_t n_finals;
    bool traces_states;         // backward needs the state at interval starts
    bool *merges;               // [ports] weights that arrive together add up
    PlanRemark *remarks;
    size_t n_remarks, remarks_capacity;
} LayerPlan;

typedef struct EventProgram {
    const Model *model;
    const DerivedModel *derived;
    unsigned real_size;         // 4 or 8
    LayerPlan **layers;         // [n_populations], NULL for inputs
    uint32_t *order;            // populations, sources before targets
    uint32_t n_placed;          // populations in order
    uint32_t *block;            // [n_populations] number of its block
} EventProgram;

typedef struct PlanTarget {
    unsigned real_size;
    unsigned lanes;             // reals in a vector register
    bool only_events;           // no block is run as a sweep
} PlanTarget;

EventProgram *plan_events(const DerivedModel *derived, PlanTarget target);

// --emit=events
void plan_print(const EventProgram *program, FILE *out);
// --explain
void plan_explain(const EventProgram *program, FILE *out);

#endif
