// Kernels of a population whose flow has no closed form: every vector of
// neurons goes through a sample by itself, in Runge-Kutta steps. Each lane has
// a step length of its own, so that what a neuron does depends on no other one.
//
// A round tries one step in every lane. A lane keeps it when the error estimate
// is within the tolerance, relative to the largest size that each state has
// had; where the guard rises to 0 inside, the step is shortened to end there.
//
// Tape: a step (kernel/tape.h) for each round that moved a lane - the states at
// its start, its length in each lane, what spiked - and, where an arrival's
// adjoint reads the states, one for each arrival; the number of rounds
// for each vector and interval; last the states at the end. Backward
// takes the steps back one by one (pull.c): the adjoint of the step as it was
// made, its length held but for one that a spike ends.
#ifndef SNNC_EMIT_NUMERIC_H
#define SNNC_EMIT_NUMERIC_H

#include "emit/kernel/kernel.h"
#include "emit/numeric/tableau.h"

enum { NUMERIC_STATES = DERIVED_NUMERIC_MAX };

typedef struct Numeric {
    Kernel k;
    // Internal functions (run, vector, states, lengths, ...), all through
    // memory; lengths are lanes.
    LLVMValueRef reach;   // ..., out states: a step of that length
    LLVMValueRef pull;    // ..., adjoint behind, before, its error, gradients
    LLVMValueRef retreat; // ..., adjoint in and out, sums, control
    LLVMValueRef cross;   // ..., end states, out lengths: lanes as bits
    LLVMValueRef *peaks;  // of each observed maximum: ..., lanes as bits,
                          // end states, out lengths
    bool takes_lists;     // in place of a vector's number (kernel.h)
    LLVMValueRef travel, foresee, travel_back; // piece.c
    LLVMValueRef *surveys; // of each observed maximum: survey.c
} Numeric;

// Emits both kernels of the population: int32 (run).
void numeric_emit(Emit *e, const LayerPlan *plan, LLVMValueRef *out_forward,
                  LLVMValueRef *out_backward);

// The functions of piece.c, for the event loop.
Numeric *numeric_emit_pieces(Kernel *k);

// ---- parts, each a file ----------------------------------------------------

void numeric_emit_reach(Numeric *n);    // step.c
void numeric_emit_pull(Numeric *n);     // pull.c
void numeric_emit_retreat(Numeric *n);  // pull.c, behind reach and pull
void numeric_emit_cross(Numeric *n);    // locate.c
void numeric_emit_peaks(Numeric *n);    // locate.c
void numeric_emit_surveys(Numeric *n);  // survey.c, behind reach and peaks
// int32 (run, vector):
LLVMValueRef numeric_emit_forward(Numeric *n);  // forward.c
LLVMValueRef numeric_emit_backward(Numeric *n); // backward.c

// ---- small words -----------------------------------------------------------

// What `emit` makes of each observed maximum.
LLVMValueRef *numeric_each_peak(Numeric *n,
                                LLVMValueRef (*emit)(Numeric *, size_t));
// Begins an internal function of n parameters: run, vector, pointers; the one
// of index `word` (or -1) is an i64.
LLVMValueRef numeric_function(Numeric *n, const char *what, LLVMTypeRef result,
                              unsigned parameters, int word);
// Memory for a row of states, or of `count` vectors.
LLVMValueRef numeric_row(Numeric *n, const char *name, unsigned count);
// A scope with parameters and the states of a row bound.
Scope *numeric_scope(Numeric *n, const Scope *parameters,
                     const LLVMValueRef *states);
// Value and slope of an observed function of the states, a time h after them.
typedef struct NumericPoint {
    LLVMValueRef value, slope;
} NumericPoint;
NumericPoint numeric_probe(Numeric *n, const Scope *parameters,
                           const Expr *value, const Expr *slope,
                           LLVMValueRef *states);
// What a concave function with these ends is at most, and where: the tangents'
// meeting point. Only where the slope falls through 0.
LLVMValueRef numeric_bound(Numeric *n, NumericPoint start, NumericPoint end,
                           LLVMValueRef length);

// ---- a step (step.c) --------------------------------------------------------

typedef struct NumericStep {
    Numeric *n;
    const Scope *parameters;
    LLVMValueRef h;
    LLVMValueRef x[NUMERIC_STATES];     // at the start
    // Of the stages; rate[0], that at the start, is the caller's, as is the one
    // at the end.
    LLVMValueRef rate[TABLEAU_STAGES + 1][NUMERIC_STATES];
} NumericStep;

// The flow's rates in a scope with parameters and states.
void numeric_flow(const Numeric *n, Scope *scope, LLVMValueRef *out);
void numeric_step(NumericStep *s, LLVMValueRef *end);
// The estimate of its error, by the rates at its end.
void numeric_step_error(const NumericStep *s, LLVMValueRef *out);
// The states a share theta (lanes) into the step, by the formula of order 4
// that goes with it; `span` is what numeric_step_span made of the step.
typedef struct NumericSpan {
    LLVMValueRef part[5][NUMERIC_STATES];
} NumericSpan;
NumericSpan *numeric_step_span(const NumericStep *s, const LLVMValueRef *end);
void numeric_span_at(const Numeric *n, const NumericSpan *span,
                     LLVMValueRef theta, LLVMValueRef *out);

// ---- step length (control.c) -----------------------------------------------

// The error of a step in tolerances, by the sizes so far and at its end; NaN
// where it is none.
LLVMValueRef numeric_norm(Numeric *n, const LLVMValueRef *errors,
                          const LLVMValueRef *ends, const LLVMValueRef *sizes);
// What to try of what is left: all of it, or two equal parts, rather than leave
// a tiny one.
LLVMValueRef numeric_length(Numeric *n, LLVMValueRef h, LLVMValueRef left);
// The length to try next: times 0.9 norm^(-1/5), within 1/5 and 10; a step that
// something else cut short says nothing against longer ones.
LLVMValueRef numeric_next_length(Numeric *n, LLVMValueRef h,
                                 LLVMValueRef tried, LLVMValueRef norm,
                                 LLVMValueRef kept);

#endif
