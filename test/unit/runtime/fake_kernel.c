// tau_mem v' = i - v, tau_syn i' = -i; receive: i += w; v >= threshold: v = 0.
#include "fake_kernel.h"

#include <math.h>
#include <string.h>

static const double tau_mem = 20e-3, tau_syn = 5e-3;

typedef struct State {
    double v, i;
} State;

// A group of arrivals or a spike, with the state before it.
typedef struct Record {
    double time;
    State before;
    uint32_t neuron;
    uint32_t is_spike;
    int64_t index;            // of the group or spike
} Record;

static State flow(State s, double h)
{
    double em = exp(-h / tau_mem), es = exp(-h / tau_syn);
    double k = tau_syn / (tau_mem - tau_syn);
    return (State){s.v * em + s.i * k * (em - es), s.i * es};
}

// Time of the maximum of v within h, or h.
static double peak(State s, double h)
{
    double q = s.i * tau_syn / (tau_mem - tau_syn), p = s.v + q;
    double ratio = q * tau_mem / (p * tau_syn);
    if (!(ratio > 1))
        return h;
    double at = log(ratio) / (1 / tau_syn - 1 / tau_mem);
    return at < h ? at : h;
}

// First crossing of the threshold in (0, h], or -1.
static double crossing(State s, double threshold, double h)
{
    double low = 0, high = peak(s, h);
    if (flow(s, high).v < threshold)
        return -1;
    for (int k = 0; k < 100; k++) {
        double middle = (low + high) / 2;
        if (flow(s, middle).v < threshold)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static int push(SnnLayerRun *run, Record record)
{
    if (run->tape_used + (int64_t)sizeof record > run->tape_capacity &&
        snn_rt_grow_tape(run, run->tape_used + (int64_t)sizeof record))
        return SNN_NO_MEMORY;
    memcpy(run->tape + run->tape_used, &record, sizeof record);
    run->tape_used += (int64_t)sizeof record;
    return SNN_OK;
}

static int emit(SnnLayerRun *run, double time, uint32_t neuron)
{
    if (run->spike_count == run->spike_capacity &&
        snn_rt_grow_spikes(run, run->spike_count + 1))
        return SNN_NO_MEMORY;
    run->spike_time[run->spike_count] = time;
    run->spike_neuron[run->spike_count++] = neuron;
    return SNN_OK;
}

static double threshold_of(const FakeLayer *which, const SnnLayerRun *run,
                           uint32_t j)
{
    const FakeReal *values = run->parameters[which->threshold];
    return values[j * which->threshold_step];
}

static const FakeReal *weight_of(const FakeLayer *which,
                                 const SnnLayerRun *run, uint32_t arrival,
                                 uint32_t j, FakeReal **gradient)
{
    const SnnModule *module = which->module;
    const SnnLayer *layer = &module->layers[which->layer];
    uint32_t projection = layer->projections[run->arrival_projection[arrival]];
    uint32_t p = module->projections[projection].parameter;
    size_t at = (size_t)run->arrival_row[arrival] *
                    module->parameters[p].stride + j;
    if (gradient)
        *gradient = (FakeReal *)run->gradients[p] + at;
    return (const FakeReal *)run->parameters[p] + at;
}

// From `*time` to `end`, with the spikes between.
static int32_t advance(SnnLayerRun *run, State *s, double *time, double end,
                       uint32_t j, double threshold)
{
    for (int n = 0;; n++) {
        double h = crossing(*s, threshold, end - *time);
        if (h < 0)
            break;
        *s = flow(*s, h);
        *time += h;
        if (push(run, (Record){*time, *s, j, 1, run->spike_count}) ||
            emit(run, *time, j))
            return SNN_NO_MEMORY;
        s->v = 0;
        if (n == FAKE_SPIKES_MAX) {
            run->error_neuron = j;
            run->error_time = *time;
            return SNN_RUNAWAY;
        }
    }
    *s = flow(*s, end - *time);
    *time = end;
    return SNN_OK;
}

static int32_t forward_neuron(const FakeLayer *which, SnnLayerRun *run,
                              uint32_t j)
{
    State s = {0, 0};
    double time = 0, threshold = threshold_of(which, run, j);
    for (int64_t g = 0; g < run->n_groups; g++) {
        int32_t status =
            advance(run, &s, &time, run->group_time[g], j, threshold);
        if (status || push(run, (Record){time, s, j, 0, g}))
            return status ? status : SNN_NO_MEMORY;
        for (uint32_t a = run->group_first[g]; a < run->group_first[g + 1]; a++)
            s.i += *weight_of(which, run, a, j, NULL);
    }
    return advance(run, &s, &time, which->module->duration, j, threshold);
}

int32_t fake_forward(const FakeLayer *which, SnnLayerRun *run)
{
    uint32_t size = which->module->layers[which->layer].size;
    for (uint32_t j = 0; j < size; j++) {
        int32_t status = forward_neuron(which, run, j);
        if (status)
            return status;
    }
    return SNN_OK;
}

static State flow_back(State adjoint, double h)
{
    double em = exp(-h / tau_mem), es = exp(-h / tau_syn);
    double k = tau_syn / (tau_mem - tau_syn);
    return (State){em * adjoint.v, k * (em - es) * adjoint.v + es * adjoint.i};
}

static void back_group(const FakeLayer *which, SnnLayerRun *run,
                       const Record *r, State adjoint)
{
    for (uint32_t a = run->group_first[r->index];
         a < run->group_first[r->index + 1]; a++) {
        FakeReal *gradient;
        double w = *weight_of(which, run, a, r->neuron, &gradient);
        *gradient += (FakeReal)adjoint.i;
        if (run->arrival_gradient)
            run->arrival_gradient[a] +=
                w * (adjoint.i / tau_syn - adjoint.v / tau_mem);
    }
}

static void back_spike(const FakeLayer *which, SnnLayerRun *run,
                       const Record *r, State *adjoint)
{
    double threshold = threshold_of(which, run, r->neuron);
    FakeReal *gradient = run->gradients[which->threshold];
    double t = run->spike_gradient[r->index] - adjoint->v * r->before.i / tau_mem;
    double slope = (r->before.i - threshold) / tau_mem;
    if (!(slope > 0)) {
        run->n_grazing++;
        adjoint->v = 0;
        return;
    }
    gradient[r->neuron * which->threshold_step] += (FakeReal)(t / slope);
    adjoint->v = -t / slope;
}

int32_t fake_backward(const FakeLayer *which, SnnLayerRun *run)
{
    int64_t n = run->tape_used / (int64_t)sizeof(Record);
    double time = 0;
    uint32_t neuron = UINT32_MAX;
    State adjoint = {0, 0};
    for (int64_t k = n; k-- > 0;) {
        Record r;
        memcpy(&r, run->tape + k * (int64_t)sizeof r, sizeof r);
        if (r.neuron != neuron) {
            neuron = r.neuron;
            time = which->module->duration;
            adjoint = (State){0, 0};
        }
        adjoint = flow_back(adjoint, time - r.time);
        time = r.time;
        if (r.is_spike)
            back_spike(which, run, &r, &adjoint);
        else
            back_group(which, run, &r, adjoint);
    }
    return SNN_OK;
}
