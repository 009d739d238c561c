// Forward and adjoint pass of one layer (reference.h).
#include <math.h>
#include <stdlib.h>
#include "reference.h"

#define RATIO (TAU_SYN / (TAU_MEM - TAU_SYN))

typedef struct State {
    double v, i, time;
} State;

static double voltage(const State *s, double h)
{
    double b = s->i * RATIO;
    return (s->v + b) * exp(-h / TAU_MEM) - b * exp(-h / TAU_SYN);
}

static void advance(State *s, double time)
{
    double h = time - s->time;
    s->v = voltage(s, h);
    s->i *= exp(-h / TAU_SYN);
    s->time = time;
}

// Time of the voltage's maximum after now; 0 when it only falls.
static double time_of_peak(const State *s)
{
    double b = s->i * RATIO, a = s->v + b;
    if (s->i <= s->v || b <= 0)
        return 0;
    if (a <= 0)
        return INFINITY;
    return TAU_MEM * RATIO * log(b * TAU_MEM / (a * TAU_SYN));
}

// The crossing in (0, high], where the voltage rises from below.
static double crossing(const State *s, double high)
{
    double low = 0, h = high / 2;
    for (int k = 0; k < 100 && high - low > 1e-18; k++) {
        double b = s->i * RATIO, a = s->v + b;
        double slow = a * exp(-h / TAU_MEM), fast = b * exp(-h / TAU_SYN);
        double value = slow - fast - THRESHOLD;
        if (value < 0)
            low = h;
        else
            high = h;
        double next = h - value / (fast / TAU_SYN - slow / TAU_MEM);
        if (!(next > low && next < high))
            next = (low + high) / 2;
        if (fabs(next - h) < 1e-16)
            return next;
        h = next;
    }
    return h;
}

// A unit of current lifts the voltage by 4^(-1/3) - 4^(-4/3), over 3, at most.
static bool next_spike(const State *s, double h, double *out_h)
{
    if (fmax(s->v, 0) + 0.1575 * s->i < THRESHOLD)
        return false;
    double peak = fmin(time_of_peak(s), h);
    if (peak <= 0 || voltage(s, peak) < THRESHOLD)
        return false;
    *out_h = crossing(s, peak);
    return true;
}

static void observe(Layer *layer, int j, const State *s, double h)
{
    double peak = fmin(time_of_peak(s), h), value = voltage(s, peak);
    if (value <= layer->peak[j])
        return;
    layer->peak[j] = value;
    layer->peak_time[j] = s->time + peak;
}

static void run_interval(Layer *layer, int j, State *s, double end)
{
    double h;
    if (!layer->spikes) {
        observe(layer, j, s, end - s->time);
        return;
    }
    while (next_spike(s, end - s->time, &h)) {
        advance(s, s->time + h);
        events_push(&layer->out, (Event){s->time, j, s->i, 0});
        s->v = 0;
    }
}

static void forward_neuron(Layer *layer, int j, const Event *in, size_t n)
{
    State s = {0, 0, 0};
    for (size_t k = 0; k < n; k++) {
        run_interval(layer, j, &s, in[k].time);
        advance(&s, in[k].time);
        s.i += layer->weight[in[k].source * layer->n_out + j];
    }
    run_interval(layer, j, &s, s.time + 50 * TAU_MEM);
}

void layer_forward(Layer *layer, const Event *in, size_t n_in)
{
    layer->out.count = 0;
    for (int j = 0; j < layer->n_out; j++) {
        layer->peak[j] = layer->peak_time[j] = 0;
        forward_neuron(layer, j, in, n_in);
    }
    events_sort(layer->out.items, layer->out.count);
}

// ---- adjoint ------------------------------------------------------------

typedef struct Adjoint {
    double v, i, time; // lambda_V, lambda_I of the paper
} Adjoint;

static void go_back(Adjoint *a, double time)
{
    double u = a->time - time;
    double slow = exp(-u / TAU_MEM), fast = exp(-u / TAU_SYN);
    a->i = a->i * fast + a->v * (TAU_MEM / (TAU_MEM - TAU_SYN)) * (slow - fast);
    a->v *= slow;
    a->time = time;
}

static void jump_at_spike(Adjoint *a, const Event *spike)
{
    go_back(a, spike->time);
    a->v = (spike->current * a->v + spike->error)
           / (spike->current - THRESHOLD);
}

static void jump_at_arrival(const Layer *layer, int j, Adjoint *a, Event *in,
                            bool propagate)
{
    size_t at = (size_t)in->source * (size_t)layer->n_out + (size_t)j;
    go_back(a, in->time);
    layer->gradient[at] -= TAU_SYN * a->i;
    if (propagate)
        in->error += layer->weight[at] * (a->v - a->i);
}

static void backward_spiking(Layer *layer, int j, Event *in, size_t n_in,
                             bool propagate)
{
    Adjoint a = {0, 0, 1};
    size_t k = n_in, s = layer->out.count;
    for (;;) {
        while (s > 0 && layer->out.items[s - 1].source != j)
            s--;
        if (s == 0 && k == 0)
            return;
        if (s > 0 && (k == 0 || layer->out.items[s - 1].time > in[k - 1].time))
            jump_at_spike(&a, &layer->out.items[--s]);
        else
            jump_at_arrival(layer, j, &a, &in[--k], propagate);
    }
}

static void backward_peak(Layer *layer, int j, Event *in, size_t n_in,
                          bool propagate)
{
    Adjoint a = {-layer->peak_error[j] / TAU_MEM, 0, layer->peak_time[j]};
    for (size_t k = n_in; k-- > 0;)
        if (in[k].time < layer->peak_time[j])
            jump_at_arrival(layer, j, &a, &in[k], propagate);
}

void layer_backward(Layer *layer, Event *in, size_t n_in, bool propagate)
{
    for (int j = 0; j < layer->n_out; j++) {
        if (layer->spikes)
            backward_spiking(layer, j, in, n_in, propagate);
        else if (layer->peak_error[j] != 0)
            backward_peak(layer, j, in, n_in, propagate);
    }
}

// ---- weights --------------------------------------------------------------

void layer_init(Layer *layer, int n_in, int n_out, bool spikes, double mean,
                double deviation, Random *random)
{
    size_t n = (size_t)n_in * (size_t)n_out, outs = (size_t)n_out;
    *layer = (Layer){n_in, n_out, spikes, calloc(n, 8), calloc(n, 8),
                     calloc(n, 8), calloc(n, 8), {0}, calloc(outs, 8),
                     calloc(outs, 8), calloc(outs, 8)};
    for (size_t k = 0; k < n; k++)
        layer->weight[k] = mean + deviation * random_normal(random);
}

void layer_adam(Layer *layer, double rate, int step, int batch)
{
    double fix1 = 1 - pow(0.9, step), fix2 = 1 - pow(0.999, step);
    for (size_t k = 0; k < (size_t)layer->n_in * (size_t)layer->n_out; k++) {
        double g = layer->gradient[k] / batch;
        layer->m[k] = 0.9 * layer->m[k] + 0.1 * g;
        layer->s[k] = 0.999 * layer->s[k] + 0.001 * g * g;
        layer->weight[k] -= rate * (layer->m[k] / fix1)
                            / (sqrt(layer->s[k] / fix2) + 1e-8);
        layer->gradient[k] = 0;
    }
}
