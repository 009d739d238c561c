// truth base|full < NETWORK: simulates every sample and prints margins, losses
// and spikes; `full` adds the gradients by central differences. Output lines:
//     margin SLOPE MISS
//     loss SAMPLE VALUE
//     spike LAYER SAMPLE NEURON TIME
//     grad PARAMETER N VALUE...
//     doubt WORST
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "truth.h"

static void print_loss(const Network *network, const Run *run, size_t s)
{
    mpfr_t loss;
    mpfr_init2(loss, TRUTH_BITS);
    loss_value(network, run, network->samples[s].label, loss);
    printf("loss %zu %.17g\n", s, mpfr_get_d(loss, ROUND));
    mpfr_clear(loss);
}

static void print_spikes(const Network *network, const Run *run, size_t s)
{
    for (int l = 1; l < network->n_layers; l++)
        for (size_t j = 0; j < network->layers[l].size; j++)
            for (size_t k = 0; k < run->trains[l][j].count; k++)
                printf("spike %s %zu %zu %.17g\n", network->layers[l].name, s, j,
                       mpfr_get_d(run->trains[l][j].times[k], ROUND));
}

int main(int argc, char **argv)
{
    if (argc != 2 || (strcmp(argv[1], "base") && strcmp(argv[1], "full"))) {
        fprintf(stderr, "usage: truth base|full < NETWORK\n");
        return 2;
    }
    static Network network;
    network_read(&network, stdin);
    Margin margin = {INFINITY, INFINITY};
    Run *base = calloc(network.n_samples, sizeof *base);
    for (size_t s = 0; s < network.n_samples; s++) {
        run_init(&base[s], &network);
        run_from(&base[s], &network, &network.samples[s], 0, -1, &margin);
        print_loss(&network, &base[s], s);
        print_spikes(&network, &base[s], s);
    }
    printf("margin %.6g %.6g\n", margin.slope, margin.miss);
    if (!strcmp(argv[1], "full"))
        printf("doubt %.3g\n", differences_print(&network, base, stdout));
    for (size_t s = 0; s < network.n_samples; s++)
        run_clear(&base[s], &network);
    free(base);
    return 0;
}
