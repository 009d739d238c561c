// The fuzz test of crossings: an independent simulation in long double of
// single neurons, held against the spikes that a trainer wrote.
#ifndef CROSSING_FUZZ_H
#define CROSSING_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef long double Real;

typedef enum { SHAPE_LIF, SHAPE_ALPHA, SHAPE_TWO, SHAPE_RING, SHAPE_ADAPTIVE,
               N_SHAPES } Shape;

// Numbers of one neuron. two synapses: tau[0] fast, tau[1] slow. lif with an
// adaptive current: tau[1] of the adaptation. resonate-and-fire, v is its y:
// tau[0] damping, tau[1] frequency (1/s), jump: x after a spike.
typedef struct Cell {
    Shape shape;
    Real tau_mem, tau[2], threshold, v_reset, bias, coupling, jump;
} Cell;

// v and other states: i | i, a | fast, slow | x | i, u.
typedef struct Charge {
    Real v, x[2];
} Charge;

// How a stretch without arrivals or spikes went.
typedef struct Stretch {
    bool crosses;
    Real at;         // first crossing
    Real top;        // greatest v - threshold on the stretch, as if not reset
} Stretch;

// ---- crossing_flow.c ---------------------------------------------------------

Charge cell_advance(const Cell *cell, const Charge *start, Real s);
// The first crossing within 0..length by monotone pieces.
Stretch cell_stretch(const Cell *cell, const Charge *start, Real length);

// ---- crossing_linear.c: where two states drive each other ----------------------

Charge linear_advance(const Cell *cell, const Charge *start, Real s);
Stretch linear_stretch(const Cell *cell, const Charge *start, Real length);

// ---- crossing_npy.c ------------------------------------------------------------

typedef struct Array {
    size_t n;          // elements
    double *reals;     // '<f8', or NULL
    int64_t *integers; // '<i8', '<i4' or '<u4', widened; or NULL
} Array;

// FOLDER/NAME.npy; exits with a sentence when it is not there or of another type.
Array npy_read(const char *folder, const char *name);
void npy_free(Array *array);

#endif
