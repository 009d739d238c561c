// Reads the plain description of a network and its samples that make_cases.py
// writes: words separated by white space, numbers as exact doubles.
//     network DURATION LAYERS LOSS TAU0 TAU1 ALPHA
//     layer NAME SIZE KIND QUANTITIES PROJECTIONS
//       quantity NAME shared|neuron learned|fixed VALUE...
//       projection NAME SOURCE PORT learned|fixed WEIGHT...
//     samples N, then for each: sample LABEL SPIKES { TIME CHANNEL }
// Layer 0 is the input, of kind "input".
#include <stdlib.h>
#include <string.h>
#include "truth.h"

static _Noreturn void refuse(const char *what, const char *found)
{
    fprintf(stderr, "truth: expected %s, found '%s'\n", what, found);
    exit(2);
}

static void read_word(FILE *in, char word[static 96])
{
    if (fscanf(in, "%95s", word) != 1)
        refuse("a word", "end of input");
}

static void expect(FILE *in, const char *wanted)
{
    char word[96];
    read_word(in, word);
    if (strcmp(word, wanted))
        refuse(wanted, word);
}

// True for `yes`, false for `no`.
static bool read_choice(FILE *in, const char *yes, const char *no)
{
    char word[96];
    read_word(in, word);
    if (strcmp(word, yes) && strcmp(word, no))
        refuse(yes, word);
    return !strcmp(word, yes);
}

static long read_integer(FILE *in)
{
    char word[96], *end;
    read_word(in, word);
    long value = strtol(word, &end, 10);
    if (*end)
        refuse("an integer", word);
    return value;
}

// An exact double, as Python prints it, initialising `out`.
static void read_real(FILE *in, mpfr_t out)
{
    char word[96], *end;
    read_word(in, word);
    double value = strtod(word, &end);
    if (*end)
        refuse("a number", word);
    mpfr_init2(out, TRUTH_BITS);
    mpfr_set_d(out, value, ROUND);
}

static void read_quantity(Layer *layer, FILE *in)
{
    char word[96];
    expect(in, "quantity");
    read_word(in, word);
    int quantity = quantity_find(word);
    if (quantity < 0)
        refuse("a quantity of neurons", word);
    LayerQuantity *q = &layer->quantities[layer->n_quantities++];
    q->quantity = (Quantity)quantity;
    q->per_neuron = read_choice(in, "neuron", "shared");
    q->learned = read_choice(in, "learned", "fixed");
    for (size_t j = 0; j < layer->size; j++) {
        mpfr_ptr to = layer->neurons[j].quantity[quantity];
        if (j > 0 && !q->per_neuron) {
            mpfr_set(to, layer->neurons[0].quantity[quantity], ROUND);
            continue;
        }
        mpfr_clear(to);
        read_real(in, to);
    }
}

static mpfr_t *read_reals(FILE *in, size_t n)
{
    mpfr_t *reals = calloc(n + 1, sizeof *reals);
    for (size_t k = 0; k < n; k++)
        read_real(in, reals[k]);
    return reals;
}

static void read_dense(Projection *projection, size_t n, size_t m, FILE *in)
{
    projection->n_weights = projection->n_synapses = n * m;
    projection->weights = read_reals(in, n * m);
    projection->synapses = calloc(n * m, sizeof(Synapse));
    for (size_t k = 0; k < n * m; k++)
        projection->synapses[k] = (Synapse){k / m, k % m, k, -1};
}

// table N WEIGHT... N learned|fixed DELAY... N {SOURCE TARGET WEIGHT DELAY}...,
// the last two as positions; a delay of -1 is none.
static void read_table(Projection *projection, FILE *in)
{
    projection->n_weights = (size_t)read_integer(in);
    projection->weights = read_reals(in, projection->n_weights);
    projection->n_delays = (size_t)read_integer(in);
    projection->delays_learned = read_choice(in, "learned", "fixed");
    projection->delays = read_reals(in, projection->n_delays);
    projection->n_synapses = (size_t)read_integer(in);
    projection->synapses = calloc(projection->n_synapses + 1, sizeof(Synapse));
    for (size_t k = 0; k < projection->n_synapses; k++) {
        Synapse *synapse = &projection->synapses[k];
        synapse->source = (size_t)read_integer(in);
        synapse->target = (size_t)read_integer(in);
        synapse->weight = (size_t)read_integer(in);
        synapse->delay = read_integer(in);
    }
}

// projection NAME SOURCE PORT learned|fixed, and `dense` and the matrix, or a
// table.
static void read_projection(Network *network, Layer *layer, FILE *in)
{
    expect(in, "projection");
    Projection *projection = &layer->projections[layer->n_projections++];
    read_word(in, projection->name);
    projection->source = (int)read_integer(in);
    projection->port = (int)read_integer(in);
    projection->learned = read_choice(in, "learned", "fixed");
    projection->is_dense = read_choice(in, "dense", "table");
    if (projection->is_dense)
        read_dense(projection, network->layers[projection->source].size, layer->size,
                   in);
    else
        read_table(projection, in);
    if (&network->layers[projection->source] >= layer)
        network->has_ways_back = true;
}

static void read_layer(Network *network, Layer *layer, FILE *in)
{
    char word[96];
    expect(in, "layer");
    read_word(in, word);
    snprintf(layer->name, sizeof layer->name, "%.31s", word);
    layer->size = (size_t)read_integer(in);
    read_word(in, word);
    layer->kind = kind_find(word);
    if (!layer->kind && layer != network->layers)
        refuse("a kind of neuron", word);
    layer->neurons = calloc(layer->size, sizeof *layer->neurons);
    for (size_t j = 0; j < layer->size; j++) {
        layer->neurons[j].kind = layer->kind;
        for (int q = 0; q < N_QUANTITIES; q++) {
            mpfr_init2(layer->neurons[j].quantity[q], TRUTH_BITS);
            mpfr_set_zero(layer->neurons[j].quantity[q], 1);
        }
    }
    long n_quantities = read_integer(in), n_projections = read_integer(in);
    for (long k = 0; k < n_quantities; k++)
        read_quantity(layer, in);
    for (long k = 0; k < n_projections; k++)
        read_projection(network, layer, in);
}

static void read_sample(Sample *sample, FILE *in)
{
    expect(in, "sample");
    sample->label = (int)read_integer(in);
    sample->n_spikes = (size_t)read_integer(in);
    sample->times = calloc(sample->n_spikes + 1, sizeof *sample->times);
    sample->channels = calloc(sample->n_spikes + 1, sizeof *sample->channels);
    for (size_t k = 0; k < sample->n_spikes; k++) {
        read_real(in, sample->times[k]);
        sample->channels[k] = (int)read_integer(in);
    }
}

static LossKind read_loss(FILE *in)
{
    static const char *const names[] = {
        [LOSS_FIRST_SPIKE] = "first_spike",
        [LOSS_VOLTAGE_MAXIMUM] = "voltage_maximum",
        [LOSS_SPIKE_TIME] = "spike_time",
    };
    char word[96];
    read_word(in, word);
    for (int k = 0; k < 3; k++)
        if (!strcmp(names[k], word))
            return (LossKind)k;
    refuse("a loss", word);
}

void network_read(Network *network, FILE *in)
{
    *network = (Network){0};
    expect(in, "network");
    read_real(in, network->duration);
    network->n_layers = (int)read_integer(in);
    network->loss = read_loss(in);
    read_real(in, network->tau0);
    read_real(in, network->tau1);
    read_real(in, network->alpha);
    for (int l = 0; l < network->n_layers; l++)
        read_layer(network, &network->layers[l], in);
    expect(in, "samples");
    network->n_samples = (size_t)read_integer(in);
    network->samples = calloc(network->n_samples, sizeof *network->samples);
    for (size_t s = 0; s < network->n_samples; s++)
        read_sample(&network->samples[s], in);
}
