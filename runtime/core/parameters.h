// The arrays of parameters of a module, in its precision: rows x stride reals,
// 64-byte aligned, padding zero. The same shape serves for gradients and for
// the optimiser's states.
#ifndef SNN_CORE_PARAMETERS_H
#define SNN_CORE_PARAMETERS_H

#include <stdbool.h>
#include "core/pool.h"
#include "snn/abi.h"

typedef struct Parameters {
    const SnnModule *module;
    void **values; // [n_parameters]
} Parameters;

// A row of a flat parameter.
enum { PARAMETER_FLAT_ROW = 1024 };

// Elements of its array, padding included.
size_t parameter_extent(const SnnParameter *parameter);
// Elements without padding.
size_t parameter_count(const SnnParameter *parameter);

// All zero. false when there is no memory; free then too.
bool parameters_new(Parameters *parameters, const SnnModule *module);
void parameters_free(Parameters *parameters);

// Initial values, drawn by seed.
bool parameters_draw(Parameters *parameters, uint64_t seed, Pool *pool);

// Element `index` = row * columns + column, as a double.
double parameters_get(const Parameters *parameters, uint32_t which,
                      size_t index);
void parameters_set(Parameters *parameters, uint32_t which, size_t index,
                    double value);

// Zero the padding of one parameter (bounds may have moved it).
void parameters_clear_padding(Parameters *parameters, uint32_t which);

// The first element that is not finite or lies outside its bounds; -1: none.
int64_t parameters_find_invalid(const Parameters *parameters, uint32_t which);

size_t parameters_bytes(const SnnModule *module);

#endif
