// One slot's gradients: an array per learned parameter, in the module's
// precision, and a flag per row that says whether any sample touched it. Rows
// not flagged are zero.
#ifndef SNN_TRAIN_GRADIENTS_H
#define SNN_TRAIN_GRADIENTS_H

#include <stdbool.h>
#include "event/network.h"
#include "snn/abi.h"

typedef struct Gradients {
    const SnnModule *module;
    void **values;       // [n_parameters]; NULL where not learned
    uint8_t **touched;   // [n_parameters][rows]; NULL where not learned
} Gradients;

bool gradients_new(Gradients *gradients, const SnnModule *module);
void gradients_free(Gradients *gradients);

// Flags what the sample that the network just ran backward has touched.
void gradients_mark(Gradients *gradients, const Network *network);
// Flags whole strips of narrow rows, which are cheaper to go through together.
void gradients_widen(Gradients *gradients);
// Zero all touched rows and their flags.
void gradients_clear(Gradients *gradients);
// Whether everything is 0.
bool gradients_all_zero(const Gradients *gradients);
// Whether everything touched is finite.
bool gradients_are_finite(const Gradients *gradients);
// sums[parameter][row * columns + column] += gradient.
void gradients_add_to(const Gradients *gradients, double *const *sums);

// Bytes of the values of one slot.
size_t gradients_bytes(const SnnModule *module);

#endif
