// Arrays of reals: float or double, as the module was compiled. Slow access for
// loading, saving and checking; the hot paths are generated code.
#ifndef SNN_CORE_REAL_H
#define SNN_CORE_REAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

double real_get(const void *array, uint32_t real_size, size_t index);
void real_set(void *array, uint32_t real_size, size_t index, double value);
void real_add(void *array, uint32_t real_size, size_t index, double value);

// The address of element `index`.
void *real_at(void *array, uint32_t real_size, size_t index);

// The sum of (a[0][i] + a[1][i] + ...)^2 over i < n, in a fixed order.
double real_squares_of_sum(const void *const *arrays, uint32_t n_arrays,
                           uint32_t real_size, size_t n);

// Whether all of n elements are 0.
bool real_all_zero(const void *array, uint32_t real_size, size_t n);

// Whether all of n elements are finite. Fast.
bool real_all_finite(const void *array, uint32_t real_size, size_t n);

#endif
