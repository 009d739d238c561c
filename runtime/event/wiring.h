// Rows of synapses in the order of their delays, for projections over which one
// spike's arrivals come one after the other (delays per target or synapse). All
// workers share them.
#ifndef SNN_EVENT_WIRING_H
#define SNN_EVENT_WIRING_H

#include <stdbool.h>
#include "core/memory.h"
#include "snn/abi.h"

// Whether a projection is one of them.
bool wiring_spreads(const SnnProjection *projection);

// Row i is first[i] .. first[i + 1] - 1, by delay, then by target; to layers in
// slices, which need no order, by target.
typedef struct WiringRows {
    uint32_t n_sources;
    uint32_t *first;          // [n_sources + 1]
    uint32_t *target;         // [n_synapses]
    uint32_t *weight;         // [n_synapses] element of the weight's array
    uint32_t *element;        // [n_synapses] element of the delay's array
    double *delay;            // [n_synapses] s
    bool is_sorted;
} WiringRows;

typedef struct Wiring {
    const SnnModule *module;
    WiringRows *rows;         // [n_projections]; empty where it needs none
    Buffer keys, spare;
} Wiring;

// False: no memory; free then too. Delays are read by wiring_update.
bool wiring_new(Wiring *wiring, const SnnModule *module);
void wiring_free(Wiring *wiring);
size_t wiring_bytes(const Wiring *wiring);

// Reads delays that were not read yet or are learned, and sorts the rows whose
// order has changed. Call it when no worker runs, before one does. False: no
// memory.
bool wiring_update(Wiring *wiring, void *const *parameters);

// Flags the rows of the delay parameter that a spike of `source` reaches; for
// projections with rows.
void wiring_mark(const Wiring *wiring, uint32_t projection, uint32_t source,
                 uint8_t *touched);

// NULL: the arrivals of a spike come together.
const WiringRows *wiring_rows(const Wiring *wiring, uint32_t projection);

#endif
