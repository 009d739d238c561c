// Random numbers by counter (Philox4x32-10): a draw depends on its key and
// position only, never on a thread or on the order of draws.
#ifndef SNN_CORE_RANDOM_H
#define SNN_CORE_RANDOM_H

#include <stdint.h>

// What draws are for: different streams never share a number.
typedef enum {
    RANDOM_INITIAL = 1,    // a: parameter, b: element, c: draw
    RANDOM_SHUFFLE = 2,    // a: epoch, b: position
    RANDOM_CHOICE = 3,     // of components to check
    RANDOM_SYNAPSE = 4,    // a: source or target neuron, b: draw
    RANDOM_DATA = 5,       // a: sample, b: value
    RANDOM_TRANSFORM = 16, // + index; a: epoch, b: sample, c: spike and draw
} RandomStream;

typedef struct RandomPlace {
    uint64_t seed;
    uint32_t stream;
    uint32_t a, b, c;
} RandomPlace;

uint64_t random_bits(RandomPlace place);

// Uniform in [0, 1), 53 bits.
double random_uniform(RandomPlace place);

// Standard normal (Box-Muller).
double random_gaussian(RandomPlace place);

// Of a kind that a model declares (SNN_DRAW_*).
double random_draw(RandomPlace place, uint8_t kind);

// Uniform in 0..n-1, n >= 1; the bias is below n / 2^64.
uint64_t random_below(RandomPlace place, uint64_t n);

#endif
