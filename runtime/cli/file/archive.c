// Reading and writing npz files for commands.
#include "cli/file/archive.h"

#include <stdlib.h>
#include "cli/failure.h"

enum { SENTENCE = 512 };

SnnNpz *archive_open(const char *path)
{
    char error[SENTENCE] = "";
    SnnNpz *npz = snn_io_npz_open(path, error, sizeof error);
    if (!npz)
        fail("%s", error);
    return npz;
}

double *archive_doubles(const SnnNpz *npz, const SnnNpzArray *array)
{
    char error[SENTENCE] = "";
    double *values = calloc((size_t)array->count + 1, sizeof *values);
    if (!values)
        fail("not enough memory for '%s'", array->name);
    if (snn_io_npz_doubles(npz, array, values, error, sizeof error) != 0)
        fail("%s", error);
    return values;
}

int64_t *archive_integers(const SnnNpz *npz, const SnnNpzArray *array)
{
    char error[SENTENCE] = "";
    int64_t *values = calloc((size_t)array->count + 1, sizeof *values);
    if (!values)
        fail("not enough memory for '%s'", array->name);
    if (snn_io_npz_integers(npz, array, values, error, sizeof error) != 0)
        fail("%s", error);
    return values;
}

void archive_put_integer(SnnNpzWriter *writer, const char *name,
                         int64_t value)
{
    snn_io_npz_add(writer, name, SNN_NPZ_I8, 0, NULL, &value);
}

void archive_put_double(SnnNpzWriter *writer, const char *name, double value)
{
    snn_io_npz_add(writer, name, SNN_NPZ_F8, 0, NULL, &value);
}

void archive_put_integers(SnnNpzWriter *writer, const char *name,
                          const int64_t *values, uint64_t n)
{
    snn_io_npz_add(writer, name, SNN_NPZ_I8, 1, &n, values);
}

void archive_put_doubles(SnnNpzWriter *writer, const char *name,
                         const double *values, uint64_t n)
{
    snn_io_npz_add(writer, name, SNN_NPZ_F8, 1, &n, values);
}
