// reference yinyang|mnist|mnist_first [EPOCHS [FOLDER [SAMPLES]]]
// Trains a published network, or MNIST's by first spikes, and prints a line per
// epoch: microseconds per training sample (forward, adjoint, optimiser) and
// accuracy on the first thousand test samples. No dropout.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "reference.h"

typedef struct Network {
    Layer hidden, out;
    bool first_spike;  // loss and prediction; else the voltage's maximum
    double *value;     // [n_out] time of the first spike, or peak
    double *share;     // [n_out] softmax
} Network;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void forward(Network *n, const Sample *sample)
{
    layer_forward(&n->hidden, sample->events, sample->count);
    layer_forward(&n->out, n->hidden.out.items, n->hidden.out.count);
    for (int k = 0; k < n->out.n_out; k++)
        n->value[k] = n->first_spike ? INFINITY : n->out.peak[k];
    for (size_t s = n->out.out.count; s-- > 0 && n->first_spike;)
        n->value[n->out.out.items[s].source] = n->out.out.items[s].time;
}

static double score(const Network *n, int k)
{
    return n->first_spike ? -n->value[k] : n->value[k];
}

static bool is_right(const Network *n, int label)
{
    if (!isfinite(n->value[label]))
        return false;
    for (int k = 0; k < n->out.n_out; k++)
        if (k != label && score(n, k) >= score(n, label))
            return false;
    return true;
}

static void softmax(Network *n, double scale)
{
    double best = -INFINITY, sum = 0;
    for (int k = 0; k < n->out.n_out; k++)
        best = fmax(best, score(n, k));
    for (int k = 0; k < n->out.n_out; k++)
        sum += n->share[k] = exp((score(n, k) - best) / scale);
    for (int k = 0; k < n->out.n_out; k++)
        n->share[k] /= sum;
}

// dL/d(first spike), of the cross-entropy with its term for late labels.
static void first_spike_errors(Network *n, int label)
{
    const double tau0 = 0.5e-3, tau1 = 6.4e-3, alpha = 3e-3;
    if (!isfinite(n->value[label]))
        return; // no gradient at all
    softmax(n, tau0);
    for (size_t s = n->out.out.count; s-- > 0;) {
        Event *spike = &n->out.out.items[s];
        int k = spike->source;
        spike->error = 0;
        if (spike->time != n->value[k])
            continue;
        spike->error = ((k == label) - n->share[k]) / tau0;
        if (k == label)
            spike->error += alpha / tau1 * exp(spike->time / tau1);
    }
}

static void peak_errors(Network *n, int label)
{
    softmax(n, 1);
    for (int k = 0; k < n->out.n_out; k++)
        n->out.peak_error[k] =
            n->value[k] > 0 ? n->share[k] - (k == label) : 0;
}

static void backward(Network *n, Sample *sample)
{
    if (n->first_spike)
        first_spike_errors(n, sample->label);
    else
        peak_errors(n, sample->label);
    layer_backward(&n->out, n->hidden.out.items, n->hidden.out.count, true);
    layer_backward(&n->hidden, sample->events, sample->count, false);
}

static void shuffle(size_t *order, size_t count, Random *random)
{
    for (size_t k = count; k-- > 1;) {
        size_t other = (size_t)(random_uniform(random) * (double)(k + 1));
        size_t held = order[k];
        order[k] = order[other];
        order[other] = held;
    }
}

static void train(Network *n, Data *data, const size_t *order, int batch,
                  double rate, int *step)
{
    for (size_t first = 0; first < data->count; first += (size_t)batch) {
        size_t last = first + (size_t)batch;
        if (last > data->count)
            last = data->count;
        for (size_t k = first; k < last; k++) {
            forward(n, &data->samples[order[k]]);
            backward(n, &data->samples[order[k]]);
        }
        ++*step;
        layer_adam(&n->hidden, rate, *step, (int)(last - first));
        layer_adam(&n->out, rate, *step, (int)(last - first));
    }
}

static double accuracy(Network *n, const Data *data)
{
    size_t right = 0;
    for (size_t k = 0; k < data->count; k++) {
        forward(n, &data->samples[k]);
        right += is_right(n, data->samples[k].label);
    }
    return (double)right / (double)data->count;
}

static void run(Network *n, Data *data, const Data *test, int batch, int epochs,
                Random *random)
{
    size_t *order = calloc(data->count, sizeof *order);
    double rate = 5e-3;
    int step = 0;
    for (size_t k = 0; k < data->count; k++)
        order[k] = k;
    n->value = calloc((size_t)n->out.n_out, sizeof(double));
    n->share = calloc((size_t)n->out.n_out, sizeof(double));
    for (int epoch = 1; epoch <= epochs; epoch++) {
        shuffle(order, data->count, random);
        double start = now();
        train(n, data, order, batch, rate, &step);
        double each = 1e6 * (now() - start) / (double)data->count;
        printf("epoch %d us_per_sample %.3f accuracy %.4f\n", epoch, each,
               accuracy(n, test));
        fflush(stdout);
        if (epoch > 1)
            rate *= 0.95;
    }
}

static void run_mnist(Network *n, const char *folder, size_t most, int epochs,
                      Random *random)
{
    Data data = data_mnist(folder, "train"), test = data_mnist(folder, "t10k");
    test.count = test.count < 1000 ? test.count : 1000;
    data.samples += 5000;
    data.count -= 5000;
    if (most && most < data.count)
        data.count = most;
    layer_init(&n->hidden, 784, 350, true, 0.078, 0.045, random);
    if (n->first_spike)
        layer_init(&n->out, 350, 10, true, 0.1, 0.1, random);
    else
        layer_init(&n->out, 350, 10, false, 0.2, 0.37, random);
    run(n, &data, &test, 5, epochs, random);
}

int main(int argc, char **argv)
{
    int epochs = argc > 2 ? atoi(argv[2]) : 1;
    const char *folder = argc > 3 ? argv[3] : "data";
    size_t most = argc > 4 ? (size_t)atol(argv[4]) : 0;
    Random random = {1};
    Network n = {0};
    if (argc > 1 && !strcmp(argv[1], "yinyang")) {
        Data data = data_yin_yang(42, 5000), test = data_yin_yang(40, 1000);
        n.first_spike = true;
        layer_init(&n.hidden, 5, 200, true, 1.5, 0.78, &random);
        layer_init(&n.out, 200, 3, true, 0.93, 0.1, &random);
        run(&n, &data, &test, 32, epochs, &random);
    } else if (argc > 1 && (!strcmp(argv[1], "mnist") ||
                            !strcmp(argv[1], "mnist_first"))) {
        n.first_spike = !strcmp(argv[1], "mnist_first");
        run_mnist(&n, folder, most, epochs, &random);
    } else {
        fprintf(stderr, "usage: reference yinyang|mnist|mnist_first "
                        "[EPOCHS [FOLDER [SAMPLES]]]\n");
        return 2;
    }
    return 0;
}
