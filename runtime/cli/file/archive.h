// Npz files as trainers use them: reading that ends the program with a message
// when something is missing or of a wrong type, and writing numbers by name.
#ifndef SNN_CLI_ARCHIVE_H
#define SNN_CLI_ARCHIVE_H

#include "io/npz.h"

SnnNpz *archive_open(const char *path);

// Copies, to be freed.
double *archive_doubles(const SnnNpz *npz, const SnnNpzArray *array);
int64_t *archive_integers(const SnnNpz *npz, const SnnNpzArray *array);

// A single number, or `rank` 1 with n of them.
void archive_put_integer(SnnNpzWriter *writer, const char *name,
                         int64_t value);
void archive_put_double(SnnNpzWriter *writer, const char *name, double value);
void archive_put_integers(SnnNpzWriter *writer, const char *name,
                          const int64_t *values, uint64_t n);
void archive_put_doubles(SnnNpzWriter *writer, const char *name,
                         const double *values, uint64_t n);

#endif
