// A recurrent population of lif neurons that spike very often, and its adjoint, in
// long double: an event loop as it would be written first. Each neuron's next spike
// is found between the turning points of v by bisection and bracketed Newton steps;
// what parameters of the flow do is integrated over every piece by quadrature.
//
// Loss: the sum over all spikes of (t / duration)^2 / 1000, and over all neurons of
// the product of the two states at the end.
//
// Input: neurons, inputs, synapses, input spikes, duration, delay within the
// population; for each neuron tau_mem tau_syn threshold v_reset bias; for each
// synapse source (inputs -1, -2, ...) target weight; for each input spike time input.
// Output: spikes and loss; gradients in the order of the input; each spike's time and
// neuron.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef long double Real;
enum { TAU_MEM, TAU_SYN, THRESHOLD, RESET, BIAS, N_VALUES, NODES = 14 };

typedef struct Neuron {
    Real p[N_VALUES], g[N_VALUES];
    Real v, i, last, next, lv, li;
} Neuron;
typedef struct Synapse { int source, target; Real weight, g; } Synapse;
typedef struct Spike { Real time, g; int source; } Spike;
typedef struct Event { Real time, v, i; int neuron, synapse; size_t spike; } Event;

static int n_neurons, n_inputs, n_synapses, n_input_spikes;
static Real duration, delay, delay_g, node[NODES], share[NODES];
static Neuron *neurons;
static Synapse *synapses;
static int *first, *row;        // of a source: its synapses
static Spike *spikes;           // those of inputs first, then as they come
static Event *events;
static size_t n_spikes, n_events, room_spikes, room_events;

// ---- one neuron -----------------------------------------------------------------

static Real drive(const Neuron *n)
{
    return n->i / (1 - n->p[TAU_MEM] / n->p[TAU_SYN]);
}

static Real ahead(const Neuron *n, Real h, Real *i)
{
    Real a = drive(n), fast = expl(-h / n->p[TAU_SYN]);
    *i = n->i * fast;
    return n->p[BIAS] + a * fast +
           (n->v - n->p[BIAS] - a) * expl(-h / n->p[TAU_MEM]);
}

static Real slope(const Neuron *n, Real v, Real i)
{
    return (i - v + n->p[BIAS]) / n->p[TAU_MEM];
}

static Real turning(const Neuron *n)
{
    Real up = -drive(n) / n->p[TAU_SYN];
    Real down = (n->v - n->p[BIAS] - drive(n)) / n->p[TAU_MEM];
    if (down == 0 || up / down <= 0)
        return -1;
    return logl(up / down) / (1 / n->p[TAU_SYN] - 1 / n->p[TAU_MEM]);
}

// v rises from below the threshold at a to it or beyond at b.
static Real root(const Neuron *n, Real a, Real b)
{
    Real at = (a + b) / 2;
    for (int k = 0; k < 200; k++) {
        Real i, v = ahead(n, at, &i), before = at;
        if (v < n->p[THRESHOLD])
            a = at;
        else
            b = at;
        at -= (v - n->p[THRESHOLD]) / slope(n, v, i);
        if (!(at > a && at < b))
            at = (a + b) / 2;
        if (fabsl(at - before) < 1e-20L || at == a || at == b)
            break;
    }
    return at;
}

static void predict(Neuron *n)
{
    Real end = duration - n->last, turn = turning(n), i;
    Real cuts[3] = {0, turn > 0 && turn < end ? turn : end, end};
    n->next = INFINITY;
    for (int k = 0; k < 2; k++)
        if (ahead(n, cuts[k], &i) < n->p[THRESHOLD] &&
            ahead(n, cuts[k + 1], &i) >= n->p[THRESHOLD]) {
            n->next = n->last + root(n, cuts[k], cuts[k + 1]);
            return;
        }
}

static void go(Neuron *n, Real time)
{
    Real i;
    n->v = ahead(n, time - n->last, &i);
    n->i = i;
    n->last = time;
}

static Real adjoint(const Neuron *n, Real u, Real *li)
{
    Real fast = expl(-u / n->p[TAU_SYN]), slow = expl(-u / n->p[TAU_MEM]);
    *li = n->li * fast + n->lv / n->p[TAU_MEM] * (slow - fast) /
                             (1 / n->p[TAU_SYN] - 1 / n->p[TAU_MEM]);
    return n->lv * slow;
}

// The adjoint to `time`, at which the states were v and i.
static void go_back(Neuron *n, Real time, Real v, Real i)
{
    Real h = n->last - time, li;
    int parts = 1 + (int)(h / 4e-3L);
    n->v = v;
    n->i = i;
    for (int k = 0; k < parts * NODES; k++) {
        Real s = h * (k / NODES + node[k % NODES]) / parts, now;
        Real w = share[k % NODES] * h / parts, there = ahead(n, s, &now);
        Real lv = adjoint(n, h - s, &li);
        n->g[TAU_MEM] -= w * lv * slope(n, there, now) / n->p[TAU_MEM];
        n->g[TAU_SYN] += w * li * now / (n->p[TAU_SYN] * n->p[TAU_SYN]);
        n->g[BIAS] += w * lv / n->p[TAU_MEM];
    }
    n->lv = adjoint(n, h, &li);
    n->li = li;
    n->last = time;
}

// ---- forward --------------------------------------------------------------------

static void note(const Neuron *n, int neuron, int synapse, size_t spike)
{
    if (n_events == room_events)
        events = realloc(events, (room_events *= 2) * sizeof *events);
    events[n_events++] = (Event){n->last, n->v, n->i, neuron, synapse, spike};
}

static void arrive(size_t spike, Real time)
{
    int source = spikes[spike].source + n_inputs;
    for (int k = first[source]; k < first[source + 1]; k++) {
        Neuron *n = &neurons[synapses[row[k]].target];
        go(n, time);
        note(n, synapses[row[k]].target, row[k], spike);
        n->i += synapses[row[k]].weight;
        predict(n);
    }
}

static void fire(int neuron)
{
    Neuron *n = &neurons[neuron];
    go(n, n->next);
    note(n, neuron, -1, n_spikes);
    n->v = n->p[RESET];
    if (n_spikes == room_spikes)
        spikes = realloc(spikes, (room_spikes *= 2) * sizeof *spikes);
    spikes[n_spikes++] = (Spike){n->last, 0, neuron};
    predict(n);
}

// Spikes of inputs arrive at once, those of neurons after the delay: both in order.
static void run(void)
{
    size_t input = 0, own = (size_t)n_input_spikes;
    for (;;) {
        int soonest = 0;
        for (int k = 1; k < n_neurons; k++)
            if (neurons[k].next < neurons[soonest].next)
                soonest = k;
        Real spike = neurons[soonest].next;
        Real given = input < (size_t)n_input_spikes ? spikes[input].time : INFINITY;
        Real sent = own < n_spikes ? spikes[own].time + delay : INFINITY;
        if (spike <= given && spike <= sent && spike < INFINITY)
            fire(soonest);
        else if (given <= sent && given < duration)
            arrive(input++, given);
        else if (sent < duration)
            arrive(own++, sent);
        else
            return;
    }
}

static Real start_back(void)
{
    Real loss = 0;
    for (size_t k = (size_t)n_input_spikes; k < n_spikes; k++) {
        loss += spikes[k].time * spikes[k].time / (duration * duration) / 1000;
        spikes[k].g = 2 * spikes[k].time / (duration * duration) / 1000;
    }
    for (int k = 0; k < n_neurons; k++) {
        go(&neurons[k], duration);
        loss += neurons[k].v * neurons[k].i;
        neurons[k].lv = neurons[k].i;
        neurons[k].li = neurons[k].v;
    }
    return loss;
}

// ---- backward -------------------------------------------------------------------

static void undo_arrival(Neuron *n, const Event *e)
{
    Synapse *s = &synapses[e->synapse];
    go_back(n, e->time, e->v, e->i + s->weight);
    s->g += n->li;
    Real late = s->weight * (n->li / n->p[TAU_SYN] - n->lv / n->p[TAU_MEM]);
    spikes[e->spike].g += late;
    if (s->source >= 0)
        delay_g += late;
}

static void undo_spike(Neuron *n, const Event *e)
{
    go_back(n, e->time, n->p[RESET], e->i);
    Real moved = (spikes[e->spike].g - n->lv * slope(n, n->p[RESET], e->i)) /
                 slope(n, e->v, e->i);
    n->g[RESET] += n->lv;
    n->g[THRESHOLD] += moved;
    n->lv = -moved;
}

static void run_back(void)
{
    for (size_t k = n_events; k-- > 0;) {
        Neuron *n = &neurons[events[k].neuron];
        if (events[k].synapse < 0)
            undo_spike(n, &events[k]);
        else
            undo_arrival(n, &events[k]);
    }
    for (int k = 0; k < n_neurons; k++)
        go_back(&neurons[k], 0, 0, 0);
}

// ---- input and output -----------------------------------------------------------

// Gauss and Legendre, on 0..1.
static void make_rule(void)
{
    for (int k = 0; k < NODES; k++) {
        Real x = cosl(acosl(-1) * (k + 0.75L) / (NODES + 0.5L)), rise = 1;
        for (int round = 0; round < 60; round++) {
            Real p = 1, q = 0;
            for (int j = 0; j < NODES; j++) {
                Real next = ((2 * j + 1) * x * p - j * q) / (j + 1);
                q = p;
                p = next;
            }
            rise = NODES * (x * p - q) / (x * x - 1);
            x -= p / rise;
        }
        node[k] = (1 + x) / 2;
        share[k] = 1 / ((1 - x * x) * rise * rise);
    }
}

static void sort_rows(void)
{
    int n = n_neurons + n_inputs;
    first = calloc((size_t)n + 2, sizeof *first);
    row = calloc((size_t)n_synapses, sizeof *row);
    for (int k = 0; k < n_synapses; k++)
        first[synapses[k].source + n_inputs + 1]++;
    for (int k = 0; k < n; k++)
        first[k + 1] += first[k];
    int *at = calloc((size_t)n + 1, sizeof *at);
    for (int k = 0; k < n_synapses; k++) {
        int source = synapses[k].source + n_inputs;
        row[first[source] + at[source]++] = k;
    }
    free(at);
}

static int read_all(void)
{
    int good = scanf("%d %d %d %d %Lf %Lf", &n_neurons, &n_inputs, &n_synapses,
                     &n_input_spikes, &duration, &delay) == 6;
    neurons = calloc((size_t)n_neurons, sizeof *neurons);
    synapses = calloc((size_t)n_synapses, sizeof *synapses);
    room_spikes = (size_t)n_input_spikes + 1;
    room_events = 1024;
    spikes = calloc(room_spikes, sizeof *spikes);
    events = calloc(room_events, sizeof *events);
    for (int k = 0; k < n_neurons * N_VALUES; k++)
        good &= scanf("%Lf", &neurons[k / N_VALUES].p[k % N_VALUES]) == 1;
    for (int k = 0; k < n_synapses; k++)
        good &= scanf("%d %d %Lf", &synapses[k].source, &synapses[k].target,
                      &synapses[k].weight) == 3;
    for (; n_spikes < (size_t)n_input_spikes; n_spikes++)
        good &= scanf("%Lf %d", &spikes[n_spikes].time, &spikes[n_spikes].source) == 2;
    return good;
}

static void write_all(Real loss)
{
    printf("%zu %.17Lg %.17Lg\n", n_spikes - (size_t)n_input_spikes, loss, delay_g);
    for (int k = 0; k < n_neurons * N_VALUES; k++)
        printf("%.17Lg\n", neurons[k / N_VALUES].g[k % N_VALUES]);
    for (int k = 0; k < n_synapses; k++)
        printf("%.17Lg\n", synapses[k].g);
    for (size_t k = 0; k < n_spikes; k++)
        printf("%.17Lg %d %.17Lg\n", spikes[k].time, spikes[k].source, spikes[k].g);
}

int main(void)
{
    if (!read_all())
        return 1;
    make_rule();
    sort_rows();
    for (int k = 0; k < n_neurons; k++)
        predict(&neurons[k]);
    run();
    Real loss = start_back();
    run_back();
    write_all(loss);
    return 0;
}
