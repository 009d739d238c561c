// ode base|full: reads a network (network.c), prints what it does - losses,
// spikes, margins - and with `full` every gradient. Status 3: spikes without end.
#include "ode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_spikes(const Network *network, const Run *run, size_t sample)
{
    for (int l = 1; l < network->n_layers; l++)
        for (size_t j = 0; j < network->layers[l].size; j++)
            for (size_t k = 0; k < run->trains[l][j].count; k++)
                printf("spike %s %zu %zu %.17g\n", network->layers[l].name,
                       sample, j, (double)run->trains[l][j].times[k]);
}

int main(int argc, char **argv)
{
    Network network = {0};
    Margin margin = {1, 1};
    if (argc != 2)
        return 2;
    network_read(&network);
    Run *base = calloc(network.n_samples, sizeof *base);
    for (size_t s = 0; s < network.n_samples; s++) {
        run_new(&base[s], &network);
        run_from(&base[s], &network, &network.samples[s], 0, -1, &margin);
        printf("loss %zu %.17g\n", s, (double)run_loss(&base[s], &network));
        print_spikes(&network, &base[s], s);
    }
    printf("margin %.6g %.6g\n", (double)margin.slope, (double)margin.miss);
    if (strcmp(argv[1], "full") == 0)
        differences_print(&network, base);
    return 0;
}
