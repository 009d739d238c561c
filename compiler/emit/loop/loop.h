// Handlers of the event loop (runtime/event/loop.c): what an arrival, a spike
// and the ends of a sample do to a list of neurons, forward and backward. Each
// works in vectors of lanes; every lane has its own time since its neuron's
// last event. A handler exists twice: for a list (states are gathered), and for
// the whole population in order.
//
// Scratch: a record for each neuron (LayerPlan.keeps_records), or rows of
// `padded` elements, in the order of LoopField.
//
// Tape: what receive and fire leave for their adjoints, one record a call, a
// row of `count` reals for each state; fire adds a row that says which spikes
// were made at once. The loop undoes calls in reverse, so records are taken
// from the end.
//
// A piece is a neuron's free motion between two of its events; pieces are
// counted for each neuron, so that backward knows in which of them a maximum
// lay.
//
// Kernels over slices (emit/slices) use the same parts with the fields of their
// lanes in slots instead of scratch.
#ifndef SNNC_EMIT_LOOP_H
#define SNNC_EMIT_LOOP_H

#include "emit/kernel/kernel.h"

typedef enum {
    LOOP_LAST,       // f64: time of the last event; backward: of the next, s
    LOOP_STATE,      // [n] reals
    LOOP_LAMBDA,     // [n] reals
    LOOP_PENDING,    // real: dL/dt of spikes made at once
    LOOP_BEST,       // [n_peaks] reals: greatest value so far,
    LOOP_PEAK_TIME,  // [n_peaks] reals: time since its piece's start, s
    LOOP_PEAK_SLOPE, // [n_peaks] reals: above 0 at its end, below at its start
    LOOP_CONTROL,    // numeric: [1 + n] reals: step to try, sizes of states
    LOOP_BACK_CONTROL, // the same of the adjoint
    LOOP_PIECE,      // i32: events so far
    LOOP_AT_ONCE,    // i32: the predicted spike is made at once
    LOOP_PEAK_PIECE, // [n_peaks] i32
    LOOP_FIELDS
} LoopField;

typedef enum {
#define FIELD(kind, name) TOUCH_##name,
#include "snn/abi_touch.def"
#undef FIELD
    TOUCH_FIELD_COUNT
} TouchField;

// A handler under construction, at one vector of its list.
typedef struct Loop {
    Kernel *k;
    LLVMValueRef run, touch;   // touch: NULL in start and finish
    LLVMValueRef count;        // i64
    LLVMValueRef record;       // its record on the tape
    LLVMValueRef at;           // i64: place of the first lane in the list
    LLVMValueRef vector;       // as in kernel.h
    LLVMValueRef mask;         // lanes that are neurons of the list
    Scope *parameters;         // of these neurons
    LLVMValueRef **slots;      // [field][row]; NULL: fields are in scratch
} Loop;

uint64_t loop_scratch(const Kernel *k);
// Bytes of a neuron's record, whole cache lines; 0: rows.
uint32_t loop_record_bytes(const Kernel *k);
LLVMValueRef loop_touch_get(const Loop *l, TouchField field);
void loop_touch_set(const Loop *l, TouchField field, LLVMValueRef value);

// Fields in slots from here on, zeros at first. The maxima observed between
// scratch, where these lanes begin at neuron `first`, and slots.
void loop_open_slots(Loop *l);
void loop_store_peaks(const Loop *l, LLVMValueRef first);
void loop_load_peaks(const Loop *l, LLVMValueRef first);

// Lanes of a field's row.
LLVMValueRef loop_get(const Loop *l, LoopField field, unsigned row);
void loop_put(const Loop *l, LoopField field, unsigned row,
              LLVMValueRef value);
void loop_get_row(const Loop *l, LoopField field, LLVMValueRef *values);
void loop_put_row(const Loop *l, LoopField field, const LLVMValueRef *values);
// Lanes of run->next_time (f64).
LLVMValueRef loop_next_time(const Loop *l);
void loop_set_next_time(const Loop *l, LLVMValueRef time);
// run->next_wakes, by a mask.
void loop_set_next_wakes(const Loop *l, LLVMValueRef wakes);
// Lanes whose neurons rest in these states, where there is a Rest.
LLVMValueRef loop_rests(const Loop *l, const LLVMValueRef *states);
// Lanes of list[at], list[at + 1], ... (scalars of a type); others are 0.
LLVMValueRef loop_list_get(const Loop *l, LLVMTypeRef scalar,
                           LLVMValueRef list);
void loop_list_put(const Loop *l, LLVMTypeRef scalar, LLVMValueRef list,
                   LLVMValueRef value);
// A row of the record on the tape.
LLVMValueRef loop_record_get(const Loop *l, unsigned row);
void loop_record_put(const Loop *l, unsigned row, LLVMValueRef value);

// from lanes of f64 to lanes of reals, and back
LLVMValueRef loop_narrow(const Loop *l, LLVMValueRef value);
LLVMValueRef loop_widen(const Loop *l, LLVMValueRef value);
// time - last, not below 0, in reals; `time` is f64 lanes.
LLVMValueRef loop_elapsed(const Loop *l, LLVMValueRef time);

// Writes one vector's part of a handler; `data` is the caller's.
typedef void LoopBody(Loop *l, const void *data);
typedef struct LoopSpec {
    const char *name;
    LoopBody *body;
    const void *data;
    unsigned record_rows;      // on the tape
    bool is_backward;          // its record is taken, not made
    bool makes_spikes;
    bool sums_times;           // touch->time_gradient starts at 0
    bool only_lists;           // touch->neurons is never NULL
} LoopSpec;
// int32 name(run, touch)
LLVMValueRef loop_emit_handler(Kernel *k, const LoopSpec *spec);
// int32 name(run): over the whole population.
LLVMValueRef loop_emit_sweep(Kernel *k, const LoopSpec *spec);

// Where the flow has no closed form, pieces are functions of emit/numeric
// (numeric.c).
bool loop_is_numeric(const Loop *l);
void loop_start_control(const Loop *l, LoopField field,
                        const LLVMValueRef *sizes);
// Control as of an event is a part of its record, from a row on.
unsigned loop_control_rows(const Kernel *k);
void loop_record_control(const Loop *l, unsigned row);
void loop_restore_control(const Loop *l, unsigned row);
void loop_travel(const Loop *l, const LLVMValueRef *x, LLVMValueRef h,
                 LLVMValueRef *out);
// When the guard rises to 0 within h from x: lanes, infinite where never.
LLVMValueRef loop_foresee(const Loop *l, const LLVMValueRef *x, LLVMValueRef h);
// The greatest value inside of the piece of length h ahead, if it is above
// `best`, and its time since the piece's start.
void loop_survey(const Loop *l, unsigned peak, const LLVMValueRef *x,
                 LLVMValueRef h, LLVMValueRef *best, LLVMValueRef *time);
// Backward: through the first part h of a piece, of which `rest` is left.
void loop_travel_part(const Loop *l, const LLVMValueRef *x, LLVMValueRef h,
                      LLVMValueRef rest, LLVMValueRef *out);
void loop_travel_back(const Loop *l, const LLVMValueRef *x, LLVMValueRef h,
                      LLVMValueRef rest, LLVMValueRef *lambda);

// ---- a piece (piece.c) -----------------------------------------------------

// states a time h behind x
void loop_advance(const Loop *l, const LLVMValueRef *x, LLVMValueRef h,
                  LLVMValueRef *out);
Scope *loop_scope(const Loop *l, const LLVMValueRef *states);
// The piece of length h from x begins; where steps are made, its inner maxima
// are found before they are.
void loop_begin_piece(const Loop *l, const LLVMValueRef *x, LLVMValueRef h);
// It ends, in `end`: observed maxima, and its number goes up.
void loop_end_piece(const Loop *l, const LLVMValueRef *x, LLVMValueRef h,
                    const LLVMValueRef *end);
// The adjoint over the neurons' piece of length h from x, in lambda; gradients
// of the flow.
void loop_piece_back(const Loop *l, const LLVMValueRef *x, LLVMValueRef h,
                     LLVMValueRef *lambda);
// d loss / d observed[index] of these neurons
LLVMValueRef loop_observed_gradient(const Loop *l, unsigned index);
// What maxima say of the time of the event between the piece just undone and
// the one before it. The piece's number goes down.
LLVMValueRef loop_event_gradient(const Loop *l);
void loop_add_gradients(const Loop *l, Scope *scope, const Gradients *gradients,
                        LLVMValueRef factor);
void loop_add_gradient(const Loop *l, const Parameter *parameter,
                       LLVMValueRef value);

// ---- what events do to the lanes of the mask (forward.c, backward.c) --------

// LoopBody: states at time 0; the way to the duration, and what is observed.
void loop_start(Loop *l, const void *none);
void loop_finish(Loop *l, const void *none);
// An arrival, in states x as of its time.
void loop_jump(const Loop *l, const Port *port, const LLVMValueRef *x,
               LLVMValueRef weights);
// Spikes at `times`, with their record.
void loop_spike(const Loop *l, LLVMValueRef times, LLVMValueRef at_once);

// Each undoes its namesake; `time` and `times` are f64 lanes.
void loop_start_back(Loop *l, const void *none);
void loop_finish_back(Loop *l, const void *none);
typedef struct ArrivalBack {
    LLVMValueRef time, weight; // gradients
} ArrivalBack;
ArrivalBack loop_jump_back(const Loop *l, unsigned port, LLVMValueRef time,
                           LLVMValueRef weights);
void loop_spike_back(const Loop *l, LLVMValueRef times, LLVMValueRef gradient);

// ---- handlers --------------------------------------------------------------

bool loop_keeps_states(const Kernel *k);     // receive leaves a record
unsigned loop_record_rows(const Kernel *k);  // of how many rows
LLVMValueRef loop_weights(const Loop *l);    // lanes of those of the list
LLVMValueRef loop_emit_start(Kernel *k);     // forward.c
LLVMValueRef loop_emit_receive(Kernel *k, unsigned port);
LLVMValueRef loop_emit_predict(Kernel *k);
LLVMValueRef loop_emit_fire(Kernel *k);
LLVMValueRef loop_emit_wake(Kernel *k);
LLVMValueRef loop_emit_finish(Kernel *k);
LLVMValueRef loop_emit_start_back(Kernel *k); // backward.c
LLVMValueRef loop_emit_unreceive(Kernel *k, unsigned port);
LLVMValueRef loop_emit_unfire(Kernel *k);
LLVMValueRef loop_emit_unwake(Kernel *k);
LLVMValueRef loop_emit_finish_back(Kernel *k);

#endif
