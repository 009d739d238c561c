// Loading and saving parameters.
#include "cli/file/weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/failure.h"

static const char state_prefix[] = "state/";

uint32_t weights_shape(const SnnParameter *parameter,
                       uint64_t shape[WEIGHTS_RANK])
{
    for (uint32_t k = 0; k < parameter->rank; k++)
        shape[k] = parameter->dims[k];
    return parameter->rank;
}

void weights_print_shape(const uint64_t *shape, uint32_t rank, char *text,
                         size_t size)
{
    int n = snprintf(text, size, "(");
    for (uint32_t k = 0; k < rank && n >= 0 && (size_t)n < size; k++)
        n += snprintf(text + n, size - (size_t)n, "%s%llu", k ? ", " : "",
                      (unsigned long long)shape[k]);
    if (n >= 0 && (size_t)n < size)
        snprintf(text + n, size - (size_t)n, rank == 1 ? ",)" : ")");
}

// Equal, or both of one element.
static bool shapes_agree(const uint64_t *a, uint32_t rank_a, const uint64_t *b,
                         uint32_t rank_b)
{
    uint64_t count_a = 1, count_b = 1;
    for (uint32_t k = 0; k < rank_a; k++)
        count_a *= a[k];
    for (uint32_t k = 0; k < rank_b; k++)
        count_b *= b[k];
    if (count_a == 1 && count_b == 1)
        return true;
    return rank_a == rank_b && memcmp(a, b, rank_a * sizeof *a) == 0;
}

static void check_shape(const SnnParameter *parameter, const char *name,
                        const SnnNpzArray *array, const char *path)
{
    uint64_t shape[WEIGHTS_RANK];
    char want[128], have[128];
    uint32_t rank = weights_shape(parameter, shape);
    if (shapes_agree(shape, rank, array->shape, array->rank))
        return;
    weights_print_shape(shape, rank, want, sizeof want);
    weights_print_shape(array->shape, array->rank, have, sizeof have);
    fail("%s: '%s' has shape %s, but the model's has %s", path, name, have,
         want);
}

static void check_values(const Parameters *parameters, uint32_t which,
                         const char *path)
{
    const SnnParameter *p = &parameters->module->parameters[which];
    int64_t at = parameters_find_invalid(parameters, which);
    if (at < 0)
        return;
    double value = parameters_get(parameters, which, (size_t)at);
    if (!isfinite(value))
        fail("%s: '%s' at index %lld is %g, expected a finite number", path,
             p->name, (long long)at, value);
    fail("%s: '%s' at index %lld is %g, expected %g to %g", path, p->name,
         (long long)at, value, p->low, p->high);
}

void weights_take_one(Parameters *parameters, uint32_t which,
                      const SnnNpz *npz, const char *prefix,
                      bool must_be_valid)
{
    const SnnParameter *p = &parameters->module->parameters[which];
    const char *path = snn_io_npz_path(npz);
    char name[512];
    snprintf(name, sizeof name, "%s%s", prefix, p->name);
    const SnnNpzArray *array = snn_io_npz_find(npz, name);
    if (!array)
        fail("%s: there is no array '%s'", path, name);
    check_shape(p, name, array, path);
    double *values = archive_doubles(npz, array);
    size_t n = parameter_count(p);
    for (size_t i = 0; i < n; i++)
        parameters_set(parameters, which, i, values[i]);
    free(values);
    if (must_be_valid)
        check_values(parameters, which, path);
}

void weights_take(Parameters *parameters, const SnnNpz *npz,
                  const char *prefix, bool must_be_valid)
{
    for (uint32_t k = 0; k < parameters->module->n_parameters; k++)
        if (!parameters->module->parameters[k].internal)
            weights_take_one(parameters, k, npz, prefix, must_be_valid);
}

static bool is_known(const SnnModule *module, const char *name)
{
    if (strncmp(name, state_prefix, sizeof state_prefix - 1) == 0)
        return true;
    for (uint32_t k = 0; k < module->n_parameters; k++)
        if (strcmp(module->parameters[k].name, name) == 0)
            return true;
    return false;
}

static void check_names(const SnnModule *module, const SnnNpz *npz)
{
    for (size_t k = 0; k < snn_io_npz_count(npz); k++) {
        const char *name = snn_io_npz_at(npz, k)->name;
        if (!is_known(module, name))
            fail("%s: the model has no parameter '%s' (`describe` lists them)",
                 snn_io_npz_path(npz), name);
    }
}

void weights_load(Parameters *parameters, const char *path)
{
    SnnNpz *npz = archive_open(path);
    check_names(parameters->module, npz);
    weights_take(parameters, npz, "", true);
    snn_io_npz_close(npz);
}

static void *compact(const Parameters *parameters, uint32_t which)
{
    const SnnModule *module = parameters->module;
    const SnnParameter *p = &module->parameters[which];
    size_t row_bytes = (size_t)p->columns * module->real_size;
    char *data = malloc(row_bytes * p->rows + 1);
    if (!data)
        fail("not enough memory to save '%s'", p->name);
    for (size_t row = 0; row < p->rows; row++)
        memcpy(data + row * row_bytes,
               (const char *)parameters->values[which] +
                   row * p->stride * module->real_size,
               row_bytes);
    return data;
}

void weights_add_one(const Parameters *parameters, uint32_t which,
                     SnnNpzWriter *writer, const char *prefix)
{
    const SnnModule *module = parameters->module;
    const SnnParameter *p = &module->parameters[which];
    char name[512];
    uint64_t shape[WEIGHTS_RANK];
    uint32_t rank = weights_shape(p, shape);
    snprintf(name, sizeof name, "%s%s", prefix, p->name);
    void *values = compact(parameters, which);
    snn_io_npz_add(writer, name,
                   module->real_size == 4 ? SNN_NPZ_F4 : SNN_NPZ_F8, rank,
                   shape, values);
    free(values);
}

void weights_add(const Parameters *parameters, SnnNpzWriter *writer,
                 const char *prefix)
{
    for (uint32_t k = 0; k < parameters->module->n_parameters; k++)
        if (!parameters->module->parameters[k].internal)
            weights_add_one(parameters, k, writer, prefix);
}
