// crossing_fuzz SHAPE LAYER DURATION IN OUT: follows every neuron of one layer
// through every sample and holds the first crossing behind each arrival and each
// spike against the spikes of the trainer (files: crossing_fuzz.py). After a
// spike it goes on from the trainer's own time, so that each interval is judged
// by itself and rounding does not add up. Where the membrane comes to the
// threshold within 1e-11 of the terms' size, a double cannot tell: such
// intervals are counted apart. Exit status 1 on any spike missed or doubled, and
// when a time is off by more than 1e-12 of the duration.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "crossing_fuzz.h"

enum { MAX_REPORTS = 20 };
static const Real grazing_below = 1e-11L, time_tolerance = 1e-12L;

typedef struct Inputs {
    Shape shape;
    Real duration;
    size_t n_neurons, n_samples;
    Array times, channels, offsets;              // arrivals
    Array weights[2];                            // by port
    Array spike_times, spike_neurons, spike_offsets;
    Array tau_mem, tau[2], threshold, v_reset, bias, coupling, jump;
} Inputs;

typedef struct Tally {
    unsigned long long intervals, spikes, grazing, missed, spurious;
    Real worst_time;
} Tally;

// One neuron in one sample.
typedef struct Walk {
    const Inputs *in;
    Tally *tally;
    size_t sample, neuron;
    Cell cell;
    Charge charge;
    Real now;
    const double *spikes; // what the trainer says comes next
    size_t n_spikes;
} Walk;

static Real scale(const Walk *walk)
{
    return fabsl(walk->cell.threshold) + fabsl(walk->cell.bias) +
           fabsl(walk->charge.v) + fabsl(walk->charge.x[0]) +
           fabsl(walk->charge.x[1]);
}

static void report(Walk *walk, const char *what, Real at, Real excess)
{
    if (walk->tally->missed + walk->tally->spurious > MAX_REPORTS)
        return;
    printf("%s: sample %zu, neuron %zu, t = %.17Lg, v - threshold %.3Lg\n",
           what, walk->sample, walk->neuron, at, excess);
}

// The trainer's next spike becomes ours: state there, reset, go on.
static void take_spike(Walk *walk, Real at)
{
    Real s = fmaxl(at - walk->now, 0);
    walk->charge = cell_advance(&walk->cell, &walk->charge, s);
    walk->charge.v = walk->cell.v_reset;
    if (walk->cell.shape == SHAPE_RING)
        walk->charge.x[0] = walk->cell.jump;
    if (walk->cell.shape == SHAPE_ADAPTIVE)
        walk->charge.x[1] += walk->cell.jump;
    walk->now = fmaxl(at, walk->now);
    walk->tally->spikes++;
}

static void pop_spike(Walk *walk)
{
    walk->spikes++;
    walk->n_spikes--;
}

static Real next_spike(const Walk *walk)
{
    return walk->n_spikes ? (Real)walk->spikes[0] : INFINITY;
}

// The trainer spikes at `at` and the reference does not: false only when v is
// clearly below the threshold there.
static void judge_extra(Walk *walk, Real at)
{
    Charge there = cell_advance(&walk->cell, &walk->charge, at - walk->now);
    Real excess = there.v - walk->cell.threshold;
    if (excess >= -grazing_below * scale(walk)) {
        walk->tally->grazing++;
    } else {
        walk->tally->spurious++;
        report(walk, "spurious spike", at, excess);
    }
    pop_spike(walk);
    take_spike(walk, at);
}

// The reference spikes and the trainer does not. True: it merely grazed, go on
// without a reset.
static bool judge_missing(Walk *walk, const Stretch *stretch)
{
    if (stretch->top <= grazing_below * scale(walk)) {
        walk->tally->grazing++;
        return true;
    }
    walk->tally->missed++;
    report(walk, "missed spike", walk->now + stretch->at, stretch->top);
    take_spike(walk, walk->now + stretch->at);
    return false;
}

// Late at a shallow slope: v has hardly passed the threshold where the trainer
// puts the spike.
static bool is_late_grazing(const Walk *walk, Real at)
{
    Charge there = cell_advance(&walk->cell, &walk->charge, at - walk->now);
    return there.v - walk->cell.threshold <= grazing_below * scale(walk);
}

static void match(Walk *walk, Real ours, Real until)
{
    Real theirs = next_spike(walk);
    Real error = fabsl(theirs - ours);
    walk->tally->worst_time = fmaxl(walk->tally->worst_time, error);
    pop_spike(walk);
    take_spike(walk, fminl(theirs, until));
}

// One interval without arrivals; true when it is over.
static bool pass_stretch(Walk *walk, Real until)
{
    Real tolerance = time_tolerance * walk->in->duration;
    Real theirs = next_spike(walk);
    Stretch stretch = cell_stretch(&walk->cell, &walk->charge, until - walk->now);
    Real ours = walk->now + stretch.at;
    walk->tally->intervals++;
    if (stretch.crosses && fabsl(theirs - ours) <= tolerance) {
        match(walk, ours, until);
        return false;
    }
    if (theirs <= until && (!stretch.crosses || theirs < ours)) {
        judge_extra(walk, theirs);
        return false;
    }
    if (stretch.crosses && theirs <= until && is_late_grazing(walk, theirs)) {
        walk->tally->grazing++;
        pop_spike(walk);
        take_spike(walk, theirs);
        return false;
    }
    if (stretch.crosses && !judge_missing(walk, &stretch))
        return false;
    return true;
}

static void pass(Walk *walk, Real until)
{
    while (walk->now < until && !pass_stretch(walk, until))
        continue;
    if (walk->now < until)
        walk->charge = cell_advance(&walk->cell, &walk->charge,
                                    until - walk->now);
    walk->now = fmaxl(walk->now, until);
}

static void receive(Walk *walk, size_t arrival)
{
    const Inputs *in = walk->in;
    size_t at = (size_t)in->channels.integers[arrival] * in->n_neurons +
                walk->neuron;
    if (in->shape == SHAPE_ALPHA) {
        walk->charge.x[1] += (Real)in->weights[0].reals[at];
        return;
    }
    walk->charge.x[0] += (Real)in->weights[0].reals[at];
    if (in->shape == SHAPE_TWO)
        walk->charge.x[1] += (Real)in->weights[1].reals[at];
}

// Shared numbers have one element.
static Real number(const Array *array, size_t neuron)
{
    return (Real)array->reals[array->n == 1 ? 0 : neuron];
}

static Cell cell_of(const Inputs *in, size_t j)
{
    return (Cell){in->shape, number(&in->tau_mem, j),
                  {number(&in->tau[0], j), number(&in->tau[1], j)},
                  number(&in->threshold, j), number(&in->v_reset, j),
                  number(&in->bias, j), number(&in->coupling, j),
                  number(&in->jump, j)};
}

static void walk_run(Walk *walk)
{
    const Inputs *in = walk->in;
    size_t first = (size_t)in->offsets.integers[walk->sample];
    size_t end = (size_t)in->offsets.integers[walk->sample + 1];
    for (size_t k = first; k < end;) {
        double instant = in->times.reals[k];
        pass(walk, (Real)instant);
        for (; k < end && in->times.reals[k] == instant; k++)
            receive(walk, k);
    }
    pass(walk, in->duration);
    for (; walk->n_spikes; pop_spike(walk)) {
        walk->tally->spurious++;
        report(walk, "spike behind the end", next_spike(walk), 0);
    }
}

// Sorts a sample's spikes by neuron, keeping their order in time.
static void sort_by_neuron(const Inputs *in, size_t sample, double *out,
                           size_t *out_first)
{
    size_t first = (size_t)in->spike_offsets.integers[sample];
    size_t end = (size_t)in->spike_offsets.integers[sample + 1];
    memset(out_first, 0, (in->n_neurons + 2) * sizeof *out_first);
    for (size_t k = first; k < end; k++)
        out_first[in->spike_neurons.integers[k] + 2]++;
    for (size_t j = 0; j < in->n_neurons; j++)
        out_first[j + 2] += out_first[j + 1];
    for (size_t k = first; k < end; k++)
        out[out_first[in->spike_neurons.integers[k] + 1]++] =
            in->spike_times.reals[k];
}

static void check_sample(const Inputs *in, size_t sample, Tally *tally)
{
    double *sorted = malloc((in->spike_times.n + 1) * sizeof *sorted);
    size_t *first = malloc((in->n_neurons + 2) * sizeof *first);
    sort_by_neuron(in, sample, sorted, first);
    for (size_t j = 0; j < in->n_neurons; j++) {
        Walk walk = {.in = in, .tally = tally, .sample = sample, .neuron = j,
                     .cell = cell_of(in, j), .spikes = sorted + first[j],
                     .n_spikes = first[j + 1] - first[j]};
        walk_run(&walk);
    }
    free(sorted);
    free(first);
}

static void load(Inputs *in, const char *layer, const char *from, const char *to)
{
    char name[3][128];
    in->times = npy_read(from, "times");
    in->channels = npy_read(from, "channels");
    in->offsets = npy_read(from, "offsets");
    in->weights[0] = npy_read(from, "weight0");
    if (in->shape == SHAPE_TWO)
        in->weights[1] = npy_read(from, "weight1");
    in->tau_mem = npy_read(from, "tau_mem");
    in->tau[0] = npy_read(from, "tau0");
    in->tau[1] = npy_read(from, "tau1");
    in->threshold = npy_read(from, "threshold");
    in->v_reset = npy_read(from, "v_reset");
    in->bias = npy_read(from, "bias");
    in->coupling = npy_read(from, "coupling");
    in->jump = npy_read(from, "jump");
    snprintf(name[0], sizeof name[0], "spikes@%s@times", layer);
    snprintf(name[1], sizeof name[1], "spikes@%s@neurons", layer);
    snprintf(name[2], sizeof name[2], "spikes@%s@offsets", layer);
    in->spike_times = npy_read(to, name[0]);
    in->spike_neurons = npy_read(to, name[1]);
    in->spike_offsets = npy_read(to, name[2]);
    in->n_samples = in->offsets.n - 1;
    in->n_neurons = in->threshold.n;
}

static Shape shape_of(const char *name)
{
    static const char *const names[N_SHAPES] = {
        "lif", "lif_alpha", "lif_two_synapses", "resonate_and_fire",
        "lif_adaptive_current"};
    for (int k = 0; k < N_SHAPES; k++)
        if (!strcmp(names[k], name))
            return (Shape)k;
    fprintf(stderr, "crossing_fuzz: no shape is called '%s'\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: crossing_fuzz SHAPE LAYER DURATION IN OUT\n");
        return 2;
    }
    Inputs in = {.shape = shape_of(argv[1]), .duration = strtod(argv[3], NULL)};
    load(&in, argv[2], argv[4], argv[5]);
    Tally tally = {0};
    for (size_t s = 0; s < in.n_samples; s++)
        check_sample(&in, s, &tally);
    Real relative = tally.worst_time / in.duration;
    printf("intervals %llu spikes %llu missed %llu spurious %llu grazing %llu "
           "worst_time %.2Le\n", tally.intervals, tally.spikes, tally.missed,
           tally.spurious, tally.grazing, relative);
    return tally.missed || tally.spurious || relative > time_tolerance;
}
