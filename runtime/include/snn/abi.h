// The contract between generated code and the runtime. Generated code exports
// one object, `snn_module`; the runtime reads it and calls its functions, which
// call back only snn_rt_* below. Any change raises SNN_ABI_VERSION.
//
// `real` is float or double, by SnnModule.real_size. Arrays of reals that the
// two sides share are 64-byte aligned and padded with zeros.
#ifndef SNN_ABI_H
#define SNN_ABI_H

#include <stddef.h>
#include <stdint.h>
#include "snn/pattern.h"

#define SNN_ABI_MAGIC 0x314e4e53u // "SNN1"
#define SNN_ABI_VERSION 16u

// Kinds of random draws, in sums; without any: uniform in [0, 1), one for each
// element or spike.
#define SNN_DRAW_GAUSSIAN 1u
#define SNN_DRAW_OF_SAMPLE 2u // one for all spikes of a sample

#define SNN_NONE UINT32_MAX // in place of an index

#define SNN_TIMES_MARGIN 64 // doubles

// ---- one population, one sample --------------------------------------------

typedef struct SnnLayerRun {
#define SNN_DOUBLES double *
#define SNN_WORDS uint32_t *
#define SNN_VOIDS void **
#define SNN_BYTES unsigned char *
#define SNN_INTEGER int64_t
#define SNN_REAL double
#define FIELD(kind, name) SNN_##kind name;
#include "snn/abi_layer_run.def"
#undef FIELD
} SnnLayerRun;

// Some neurons of a population and what comes to them at one instant, for the
// handlers of the event loop.
typedef struct SnnTouch {
#define FIELD(kind, name) SNN_##kind name;
#include "snn/abi_touch.def"
#undef FIELD
} SnnTouch;

typedef enum {
    SNN_OK = 0,
    SNN_RUNAWAY = 1, // a neuron spikes without end: error_neuron, error_time
    SNN_NO_MEMORY = 2,
    SNN_NO_STEP = 3, // the numeric solver makes no way: as SNN_RUNAWAY
} SnnStatus;

// Called by generated code when a buffer is full. `need` is what it must hold
// in all: bytes of tape, or spikes. Return SNN_OK or SNN_NO_MEMORY.
int32_t snn_rt_grow_tape(SnnLayerRun *run, int64_t need);
int32_t snn_rt_grow_spikes(SnnLayerRun *run, int64_t need);
// Divided differences of exp with pairs of nodes, and of (z - base) e^z
// (solve/pairdd.h).
double snn_rt_pairdd(const double *nodes, int32_t n_pairs, int32_t n_reals);
double snn_rt_pairdd_times(double base, const double *nodes, int32_t n_pairs,
                           int32_t n_reals);

// ---- description of the model ----------------------------------------------

typedef enum {
    SNN_SHARED,
    SNN_PER_NEURON,
    SNN_DENSE,
    SNN_FLAT_KERNEL,
    SNN_FLAT_SYNAPSES, // how many is known when the trainer starts
} SnnShape;

typedef struct SnnParameter {
    const char *name;
    const char *unit;          // SI
    uint32_t shape;            // SnnShape
    uint32_t learned;
    uint32_t internal;         // of the compiler's making: in no file
    // 1x1, 1xn, source x target. Flat ones are cut into rows without gaps by
    // topology_new (0 in generated code): element k lies at k.
    uint32_t rows, columns;
    uint32_t stride;           // reals a row: >= columns, 64-byte rows
    uint32_t n_draws;
    uint32_t optimizer;        // its rule; SNN_NONE: nothing learns it
    uint32_t layer;            // whose neurons its columns are
    uint32_t projection;       // the first that it belongs to; or SNN_NONE
    uint32_t rank, dims[4];    // the shape of its array in files
    double low, high;          // bounds, -inf/inf without
    const uint8_t *draw_kinds; // [n_draws], sums of SNN_DRAW_*
    // Initial value of one element from its random draws.
    double (*initial)(const double *draws, double fan_in, double fan_out);
} SnnParameter;

typedef int32_t (*SnnRunHandler)(SnnLayerRun *run);
typedef int32_t (*SnnTouchHandler)(SnnLayerRun *run, SnnTouch *touch);

// What the event loop calls (runtime/event/loop.h). All return a SnnStatus.
typedef struct SnnHandlers {
    SnnRunHandler start;            // states at time 0
    SnnTouchHandler const *receive; // [ports] arrivals of one spike
    SnnTouchHandler predict;        // next_time of neurons; NULL: never spike
    SnnTouchHandler fire;           // spikes at next_time
    SnnTouchHandler wake;           // the end of refractory periods at
                                    // next_time; NULL: there are none
    SnnRunHandler finish;           // moves to the duration, observes
    // Each undoes its namesake; calls come in reverse.
    SnnRunHandler start_back;
    SnnTouchHandler const *unreceive;
    SnnTouchHandler unfire;
    SnnTouchHandler unwake;
    SnnRunHandler finish_back;
} SnnHandlers;

typedef struct SnnLayer {
    const char *name;
    const char *neuron;        // declaration's name; "input"
    const char *solver;        // chosen solver and why, for people
    uint32_t size;
    uint32_t is_input;
    // Of an input that spikes at given times instead of the data's: one spike
    // for each channel, in order of time; else NULL.
    const double *clock_times;
    const uint32_t *clock_channels;
    uint32_t n_projections;
    uint32_t n_observed;       // state observables
    const uint32_t *projections; // incoming; see arrival_projection
    uint64_t scratch_fixed, scratch_interval; // bytes, see SnnLayerRun
    SnnRunHandler forward, backward; // whole; NULL: event by event
    const SnnHandlers *handlers;     // then these
    uint32_t block;                  // layers of one number run together
    uint32_t record_bytes;           // a neuron's in scratch; 0: no records
    uint32_t slice_lanes;            // neurons in a slice of arrivals; 0: they
                                     // come by time, each to all neurons
    uint32_t n_ports;
    uint32_t slice_channels;         // of each place, which share its arrivals;
                                     // 0: each neuron has its own
    uint32_t slice_strides;          // then it takes run->slice_stride
} SnnLayer;

typedef struct SnnProjection {
    const char *name;
    uint32_t source, target;   // layers
    uint32_t parameter;
    uint32_t port;             // of the target
    const SnnPattern *pattern;
    const SnnSynapses *synapses; // by topology_new; NULL: dense, no table
    uint32_t delay_parameter;  // or SNN_NONE
    uint32_t delay_per;        // SnnPer: what has an element of it
    double delay;              // s; without a parameter
} SnnProjection;

typedef enum {
    // By the runtime, from the spikes of each neuron:
    SNN_NTH_SPIKE,    // time of the index-th, from 1 on; +inf without
    SNN_SPIKE_COUNT,
    SNN_SPIKE_SUM,    // of the term, over spikes
    SNN_PAIR_SUM,     // of the term, over all ordered pairs of spikes
    SNN_STATE,        // by the layer's kernel: SnnLayerRun.observed[index]
} SnnObservableKind;

typedef struct SnnObservable {
    uint32_t kind;
    uint32_t layer;
    uint32_t index;            // which spike; which of the layer's n_observed
    uint32_t offset;           // of its values in the concatenation of all
    // out[3]: value of the term, its derivatives by time and by other_time.
    void (*term)(double time, double other_time, double neuron, double label,
                 const double *hypers, double *out);
} SnnObservable;

typedef struct SnnHyper {
    const char *name;          // "optimizer.rate"
    const char *unit;
} SnnHyper;

// What an optimiser's rule may read besides the element.
typedef enum {
#define FACT(id) SNN_FACT_##id,
#include "snn/step_facts.def"
#undef FACT
    SNN_N_FACTS
} SnnFact;

// Facts that cost something: computed when a rule reads them.
enum { SNN_READS_GRAD_NORM = 1, SNN_READS_TOTAL_GRAD_NORM = 2,
       SNN_READS_SILENCE = 4 };

#define SNN_ROW_RESTS UINT32_MAX

typedef struct SnnOptimizer {
    const char *name;
    uint32_t n_states;
    uint32_t reads;            // SNN_READS_...
    uint32_t rests;            // an unbounded element whose gradient was 0 from
                               // the start never changes
    uint32_t reserved;
    const double *initial;     // [n_states]
    const char *const *state_names;
    // One step on `rows` rows of `stride` elements, of which those from
    // `columns` on are padding. touched[row]: a bit for each array of
    // `gradients` that holds something in it, or SNN_ROW_RESTS for a row to
    // leave alone; the gradient is scale * their sum, and they are zeroed
    // there. Bounds apply. silence[columns]: part of the batch's samples in
    // which the column's neuron was silent, for a rule that reads it. Returns
    // how many new values were not finite; these elements keep their old ones.
    int64_t (*optimize)(int64_t rows, int64_t columns, int64_t stride,
                        void *parameter, void *const *states,
                        void *const *gradients, const uint32_t *touched,
                        const double *hypers, double scale,
                        const double *facts, const void *silence);
} SnnOptimizer;

typedef struct SnnEncoder {
    uint32_t n_spikes;         // possible spikes of one data value
    uint32_t n_biases;
    const double *bias_times;  // [n_biases], channels behind the data's
    // times[n_spikes] of one value on one channel; NaN: no spike.
    void (*encode)(double value, double channel, double *times);
} SnnEncoder;

typedef struct SnnTransform {
    const char *name;
    uint32_t n_draws;
    uint32_t reserved;
    const uint8_t *draw_kinds; // [n_draws], sums of SNN_DRAW_*
    // Change a spike's time and channel in place; 0 drops the spike.
    int32_t (*apply)(double *time, double *channel, const double *draws,
                     const double *hypers);
} SnnTransform;

typedef struct SnnReaderOption {
    const char *name;
    const char *text;          // NULL for a number
    double number;
} SnnReaderOption;

typedef struct SnnReader SnnReader; // snn/reader.h

typedef struct SnnModule {
    uint32_t magic, version;
    uint32_t size;             // sizeof(SnnModule)
    uint32_t real_size;        // 4 or 8
    const char *name;
    const char *target;        // "x86_64-pc-linux-gnu, znver5"
    double duration;           // s
    uint32_t n_layers, n_projections, n_parameters, n_observables;
    uint32_t n_observed_values;// length of the concatenation of all observables
    uint32_t n_hypers;
    uint32_t n_optimizers, n_transforms;
    uint32_t n_reader_options, batch, epochs;
    uint32_t predict_layer;    // its neurons are the classes, or SNN_NONE
    const SnnLayer *layers;    // sources before targets
    const SnnProjection *projections;
    const SnnParameter *parameters;
    const SnnObservable *observables;
    const SnnHyper *hypers;
    // Values of all hyperparameters at a step (1, 2, ...) of an epoch
    // (0, 1, ...). stalls[n_stalls]: how often the loss did not improve for
    // patience[k] epochs.
    void (*evaluate_hypers)(double step, double epoch, const double *stalls,
                            double *values);
    const uint32_t *patience;
    uint32_t n_stalls;
    // Loss of one sample from the concatenated observables; adds nothing,
    // writes d loss / d observable unless the gradient is NULL.
    double (*loss)(const double *observed, double label, const double *hypers,
                   double *observed_gradient);
    // Predicted class, or -1 when no value is finite.
    int64_t (*predict)(const double *observed, const double *hypers);
    const SnnOptimizer *optimizers;
    const SnnEncoder *encoder; // NULL: the reader gives spikes
    const SnnTransform *transforms;
    const SnnReader *reader;   // NULL without data
    const SnnReaderOption *reader_options;
} SnnModule;

extern const SnnModule snn_module;

#endif
