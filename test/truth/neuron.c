// One neuron over its arrivals. Each interval is cut where the membrane turns;
// on a piece it is monotone, so it crosses the threshold there at most once,
// and exactly if the ends say so. The turning points come from
//     d/ds (e^(a s) v') = a e^(a s) d(drive + bias)/ds,
// whose zeros are known in closed form: between two of them v' has at most one.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "truth.h"

enum { MAX_CUTS = 6, MAX_IMMEDIATE = 1000 };

static const Kind kinds[] = {
    {"lif", DRIVE_EXPONENTIAL, RESET_TO_VALUE},
    {"li", DRIVE_EXPONENTIAL, RESET_NEVER},
    {"lif_subtract", DRIVE_EXPONENTIAL, RESET_BY_SUBTRACTION},
    {"lif_alpha", DRIVE_ALPHA, RESET_TO_VALUE},
    {"lif_two_synapses", DRIVE_TWO, RESET_TO_VALUE},
    {"lif_delta", DRIVE_NONE, RESET_TO_VALUE},
    {"lif_started", DRIVE_EXPONENTIAL, RESET_TO_VALUE},
    {"lif_delta_subtract", DRIVE_NONE, RESET_BY_SUBTRACTION},
};

static const char *const quantities[N_QUANTITIES] = {
    "tau_mem", "tau_syn", "tau_fast", "tau_slow",
    "threshold", "v_reset", "step", "bias", "v_start",
};

const Kind *kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].name, name))
            return &kinds[i];
    return NULL;
}

int quantity_find(const char *name)
{
    for (int i = 0; i < N_QUANTITIES; i++)
        if (!strcmp(quantities[i], name))
            return i;
    return -1;
}

const char *quantity_name(Quantity quantity)
{
    return quantities[quantity];
}

void train_clear(Train *train)
{
    for (size_t i = 0; i < train->capacity; i++)
        mpfr_clear(train->times[i]);
    free(train->times);
    *train = (Train){0};
}

void train_push(Train *train, const mpfr_t time)
{
    if (train->count == train->capacity) {
        size_t wanted = train->capacity ? 2 * train->capacity : 8;
        train->times = realloc(train->times, wanted * sizeof *train->times);
        for (size_t i = train->capacity; i < wanted; i++)
            mpfr_init2(train->times[i], TRUTH_BITS);
        train->capacity = wanted;
    }
    if (train->count == TRUTH_MAX_SPIKES) {
        fprintf(stderr, "truth: a neuron spikes without end\n");
        exit(3);
    }
    mpfr_set(train->times[train->count++], time, ROUND);
}

void train_copy(Train *to, const Train *from)
{
    to->count = 0;
    for (size_t i = 0; i < from->count; i++)
        train_push(to, from->times[i]);
}

// ---- a run ---------------------------------------------------------------------

typedef struct Walk {
    const Neuron *neuron;
    Flow *flow;
    State state;        // at `now`
    mpfr_t now;
    mpfr_t cut[MAX_CUTS], at_cut[MAX_CUTS]; // s and v(s), ascending
    int n_cuts;
    mpfr_t last_slope;  // v' just before `now`
    bool has_last_slope;
    Train *spikes;
    mpfr_ptr maximum;
    Margin *margin;
    mpfr_t t, u;
} Walk;

static void walk_init(Walk *walk)
{
    for (int i = 0; i < MAX_CUTS; i++)
        mpfr_inits2(TRUTH_BITS, walk->cut[i], walk->at_cut[i], (mpfr_ptr)0);
    mpfr_inits2(TRUTH_BITS, walk->now, walk->last_slope, walk->t, walk->u,
                (mpfr_ptr)0);
    state_init(&walk->state);
    walk->flow = flow_new(walk->neuron);
}

static void walk_clear(Walk *walk)
{
    for (int i = 0; i < MAX_CUTS; i++)
        mpfr_clears(walk->cut[i], walk->at_cut[i], (mpfr_ptr)0);
    mpfr_clears(walk->now, walk->last_slope, walk->t, walk->u, (mpfr_ptr)0);
    state_clear(&walk->state);
    flow_free(walk->flow);
}

static bool can_spike(const Walk *walk)
{
    return walk->neuron->kind->reset != RESET_NEVER;
}

static mpfr_srcptr threshold(const Walk *walk)
{
    return walk->neuron->quantity[THRESHOLD];
}

static void slope_curve(void *context, const mpfr_t s, mpfr_t value, mpfr_t slope)
{
    flow_membrane(context, s, NULL, value, slope);
}

static void guard_curve(void *context, const mpfr_t s, mpfr_t value, mpfr_t slope)
{
    Walk *walk = context;
    flow_membrane(walk->flow, s, value, slope, NULL);
    mpfr_sub(value, value, threshold(walk), ROUND);
}

static void cut_add(Walk *walk, const mpfr_t s)
{
    mpfr_set(walk->cut[walk->n_cuts++], s, ROUND);
}

// Adds the place between cuts `from` and `to` where v' changes sign.
static void cut_between(Walk *walk, const mpfr_t from, const mpfr_t to)
{
    flow_membrane(walk->flow, from, NULL, walk->t, NULL);
    flow_membrane(walk->flow, to, NULL, walk->u, NULL);
    if (mpfr_sgn(walk->t) * mpfr_sgn(walk->u) >= 0)
        return;
    root_find(slope_curve, walk->flow, from, to, walk->t);
    cut_add(walk, walk->t);
}

// Cuts 0..length into monotone pieces of v.
static void cut_interval(Walk *walk, const mpfr_t length)
{
    mpfr_t zero, turn;
    mpfr_inits2(TRUTH_BITS, zero, turn, (mpfr_ptr)0);
    mpfr_set_zero(zero, 1);
    walk->n_cuts = 0;
    cut_add(walk, zero);
    if (flow_turn(walk->flow, turn) && mpfr_less_p(turn, length)) {
        cut_between(walk, zero, turn);
        cut_add(walk, turn);
        cut_between(walk, turn, length);
    } else {
        cut_between(walk, zero, length);
    }
    cut_add(walk, length);
    for (int k = 0; k < walk->n_cuts; k++)
        flow_membrane(walk->flow, walk->cut[k], walk->at_cut[k], NULL, NULL);
    mpfr_clears(zero, turn, (mpfr_ptr)0);
}

static double relative_to_threshold(Walk *walk, mpfr_t x)
{
    mpfr_div(x, x, threshold(walk), ROUND);
    return fabs(mpfr_get_d(x, ROUND));
}

static void note_miss(Walk *walk, const mpfr_t v)
{
    if (!walk->margin || !can_spike(walk))
        return;
    mpfr_sub(walk->t, v, threshold(walk), ROUND);
    walk->margin->miss = fmin(walk->margin->miss,
                              relative_to_threshold(walk, walk->t));
}

static void note_slope(Walk *walk, const mpfr_t s)
{
    if (!walk->margin)
        return;
    flow_membrane(walk->flow, s, NULL, walk->t, NULL);
    mpfr_mul(walk->t, walk->t, walk->neuron->quantity[TAU_MEM], ROUND);
    walk->margin->slope = fmin(walk->margin->slope,
                               relative_to_threshold(walk, walk->t));
}

static void see_maximum(Walk *walk, const mpfr_t v)
{
    if (mpfr_greater_p(v, walk->maximum))
        mpfr_set(walk->maximum, v, ROUND);
}

// The first upward crossing in the cut interval.
static bool find_crossing(Walk *walk, mpfr_t out)
{
    for (int k = 0; k + 1 < walk->n_cuts; k++) {
        see_maximum(walk, walk->at_cut[k]);
        if (k > 0)
            note_miss(walk, walk->at_cut[k]);
        if (can_spike(walk) && mpfr_less_p(walk->at_cut[k], threshold(walk)) &&
            mpfr_greaterequal_p(walk->at_cut[k + 1], threshold(walk))) {
            root_find(guard_curve, walk, walk->cut[k], walk->cut[k + 1], out);
            return true;
        }
    }
    see_maximum(walk, walk->at_cut[walk->n_cuts - 1]);
    return false;
}

static void spike(Walk *walk)
{
    const Neuron *neuron = walk->neuron;
    train_push(walk->spikes, walk->now);
    if (neuron->kind->reset == RESET_TO_VALUE)
        mpfr_set(walk->state.v, neuron->quantity[V_RESET], ROUND);
    else
        mpfr_sub(walk->state.v, walk->state.v, neuron->quantity[STEP], ROUND);
    walk->has_last_slope = false;
}

// A guard that holds at once: after arrivals, or still after a reset.
static void spike_at_once(Walk *walk)
{
    if (!can_spike(walk))
        return;
    if (walk->neuron->kind->drive == DRIVE_NONE)
        note_miss(walk, walk->state.v);
    for (int n = 0; mpfr_greaterequal_p(walk->state.v, threshold(walk)); n++) {
        if (n == MAX_IMMEDIATE) {
            fprintf(stderr, "truth: a reset does not end the spike\n");
            exit(3);
        }
        spike(walk);
    }
}

// An arrival that turns a rising membrane round makes a peak of its own.
static void note_peak_at_arrival(Walk *walk)
{
    mpfr_set_zero(walk->t, 1);
    flow_membrane(walk->flow, walk->t, NULL, walk->u, NULL);
    if (walk->has_last_slope && mpfr_sgn(walk->last_slope) > 0 &&
        mpfr_sgn(walk->u) <= 0)
        note_miss(walk, walk->state.v);
}

// Lets time pass up to `until`, with every spike on the way.
static void pass(Walk *walk, const mpfr_t until)
{
    mpfr_t length, crossing;
    mpfr_inits2(TRUTH_BITS, length, crossing, (mpfr_ptr)0);
    for (;;) {
        mpfr_sub(length, until, walk->now, ROUND);
        if (mpfr_sgn(length) <= 0)
            break;
        flow_start(walk->flow, &walk->state);
        note_peak_at_arrival(walk);
        cut_interval(walk, length);
        if (!find_crossing(walk, crossing)) {
            flow_membrane(walk->flow, length, NULL, walk->last_slope, NULL);
            walk->has_last_slope = true;
            flow_state(walk->flow, length, &walk->state);
            mpfr_set(walk->now, until, ROUND);
            break;
        }
        note_slope(walk, crossing);
        flow_state(walk->flow, crossing, &walk->state);
        mpfr_set(walk->state.v, threshold(walk), ROUND);
        mpfr_add(walk->now, walk->now, crossing, ROUND);
        see_maximum(walk, walk->state.v);
        spike(walk);
        spike_at_once(walk);
    }
    mpfr_clears(length, crossing, (mpfr_ptr)0);
}

// Arrivals lift v itself, the first synaptic state, alpha's second, or a port's.
static mpfr_ptr receiver(Walk *walk, int port)
{
    switch (walk->neuron->kind->drive) {
    case DRIVE_NONE: return walk->state.v;
    case DRIVE_EXPONENTIAL: return walk->state.x[0];
    case DRIVE_ALPHA: return walk->state.x[1];
    case DRIVE_TWO: break;
    }
    return walk->state.x[port];
}

void neuron_run(const Neuron *neuron, const Arrival *arrivals, size_t n,
                const mpfr_t duration, Train *spikes, mpfr_t maximum,
                Margin *margin)
{
    Walk walk = {.neuron = neuron, .spikes = spikes, .maximum = maximum,
                 .margin = margin};
    walk_init(&walk);
    spikes->count = 0;
    mpfr_set(walk.state.v, neuron->quantity[V_START], ROUND);
    mpfr_set(maximum, walk.state.v, ROUND);
    mpfr_set_zero(walk.now, 1);
    for (size_t k = 0; k < n;) {
        pass(&walk, arrivals[k].time);
        mpfr_srcptr instant = arrivals[k].time;
        for (; k < n && mpfr_equal_p(arrivals[k].time, instant); k++) {
            mpfr_ptr x = receiver(&walk, arrivals[k].port);
            mpfr_add(x, x, arrivals[k].weight, ROUND);
        }
        see_maximum(&walk, walk.state.v);
        spike_at_once(&walk);
    }
    pass(&walk, duration);
    walk_clear(&walk);
}
