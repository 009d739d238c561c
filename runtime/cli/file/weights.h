// Parameters in npz files: one array each under its name, in the shape that
// describe shows: () for a shared number, (neurons), (source, target),
// (synapses), or that of a kernel.
#ifndef SNN_CLI_WEIGHTS_H
#define SNN_CLI_WEIGHTS_H

#include "cli/file/archive.h"
#include "core/parameters.h"

enum { WEIGHTS_RANK = 4 };

// The shape of a parameter; returns its rank.
uint32_t weights_shape(const SnnParameter *parameter,
                       uint64_t shape[WEIGHTS_RANK]);
// "(784, 350)"
void weights_print_shape(const uint64_t *shape, uint32_t rank, char *text,
                         size_t size);

// Reads every parameter from a file; entries named state/... are ignored. Ends
// the program when one is missing, unknown, of another shape, or not valid.
void weights_load(Parameters *parameters, const char *path);
// The same from an open archive; `prefix` before each name.
void weights_take(Parameters *parameters, const SnnNpz *npz,
                  const char *prefix, bool must_be_valid);
// Of one parameter.
void weights_take_one(Parameters *parameters, uint32_t which,
                      const SnnNpz *npz, const char *prefix,
                      bool must_be_valid);

// Adds an array per parameter, `prefix` before its name.
void weights_add(const Parameters *parameters, SnnNpzWriter *writer,
                 const char *prefix);
void weights_add_one(const Parameters *parameters, uint32_t which,
                     SnnNpzWriter *writer, const char *prefix);

#endif
