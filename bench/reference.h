// A straightforward EventProp trainer of leaky integrate-and-fire layers, for
// comparison with what snnc generates: plain loops, doubles, no blocking, no
// common time basis, one thread. Written from Wunderlich & Pehle, Scientific
// Reports 11, 12829 (2021), Tables 1 and 2, independently of the compiler.
#ifndef BENCH_REFERENCE_H
#define BENCH_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#define TAU_MEM 20e-3 /* s */
#define TAU_SYN 5e-3  /* s */
#define THRESHOLD 1.0

// A spike; as an input of a layer only time and source count.
typedef struct Event {
    double time;       // s
    int source;        // channel or neuron
    double current;    // of the neuron that sent it, just before its reset
    double error;      // dL/dtime
} Event;

typedef struct Events {
    Event *items;
    size_t count, capacity;
} Events;

typedef struct Layer {
    int n_in, n_out;
    bool spikes;
    double *weight, *gradient, *m, *s; // [n_in][n_out]
    Events out;
    double *peak, *peak_time;          // [n_out], layers that do not spike
    double *peak_error;                // dL/dpeak
} Layer;

typedef struct Sample {
    Event *events;     // in order of time
    size_t count;
    int label;
} Sample;

typedef struct Data {
    Sample *samples;
    size_t count;
} Data;

typedef struct Random { unsigned long long state; } Random;

double random_uniform(Random *random);
double random_normal(Random *random);

void events_push(Events *events, Event event);
void events_sort(Event *events, size_t count);

void layer_init(Layer *layer, int n_in, int n_out, bool spikes, double mean,
                double deviation, Random *random);
// Fills out (spikes) or peaks.
void layer_forward(Layer *layer, const Event *in, size_t n_in);
// Adds to the gradient; with `propagate` also to the errors of the inputs.
void layer_backward(Layer *layer, Event *in, size_t n_in, bool propagate);
// One step of Adam on gradient / batch; clears the gradient.
void layer_adam(Layer *layer, double rate, int step, int batch);

// The published Yin-Yang set, by its generator's seed.
Data data_yin_yang(unsigned seed, size_t count);
// images and labels as plain IDX files; exits with a message when unreadable
Data data_mnist(const char *folder, const char *set);

#endif
