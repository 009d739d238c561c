// The store of parameters: allocation, initial values, access by element.
#include "core/parameters.h"

#include <math.h>
#include "core/memory.h"
#include "core/random.h"
#include "core/real.h"

size_t parameter_extent(const SnnParameter *parameter)
{
    return (size_t)parameter->rows * parameter->stride;
}

size_t parameter_count(const SnnParameter *parameter)
{
    return (size_t)parameter->rows * parameter->columns;
}

size_t parameters_bytes(const SnnModule *module)
{
    size_t bytes = 0;
    for (uint32_t k = 0; k < module->n_parameters; k++)
        bytes += parameter_extent(&module->parameters[k]) * module->real_size;
    return bytes;
}

bool parameters_new(Parameters *parameters, const SnnModule *module)
{
    *parameters = (Parameters){.module = module};
    parameters->values = memory_array(module->n_parameters, sizeof(void *));
    if (!parameters->values)
        return false;
    for (uint32_t k = 0; k < module->n_parameters; k++) {
        parameters->values[k] = memory_array(
            parameter_extent(&module->parameters[k]), module->real_size);
        if (!parameters->values[k])
            return false;
    }
    return true;
}

void parameters_free(Parameters *parameters)
{
    uint32_t n = parameters->values ? parameters->module->n_parameters : 0;
    for (uint32_t k = 0; k < n; k++)
        memory_free(parameters->values[k]);
    memory_free(parameters->values);
    *parameters = (Parameters){0};
}

static size_t place_of(const SnnParameter *parameter, size_t index)
{
    return index / parameter->columns * parameter->stride +
           index % parameter->columns;
}

double parameters_get(const Parameters *parameters, uint32_t which,
                      size_t index)
{
    const SnnModule *module = parameters->module;
    return real_get(parameters->values[which], module->real_size,
                    place_of(&module->parameters[which], index));
}

void parameters_set(Parameters *parameters, uint32_t which, size_t index,
                    double value)
{
    const SnnModule *module = parameters->module;
    real_set(parameters->values[which], module->real_size,
             place_of(&module->parameters[which], index), value);
}

static double draw(const SnnParameter *parameter, RandomPlace place,
                   double *draws)
{
    for (uint32_t d = 0; d < parameter->n_draws; d++) {
        place.c = d;
        draws[d] = parameter->draw_is_gaussian[d] ? random_gaussian(place)
                                                  : random_uniform(place);
    }
    double value =
        parameter->initial(draws, parameter->rows, parameter->columns);
    return fmin(fmax(value, parameter->low), parameter->high);
}

static bool draw_one(Parameters *parameters, uint32_t which, uint64_t seed)
{
    const SnnParameter *parameter = &parameters->module->parameters[which];
    double *draws = memory_array(parameter->n_draws, sizeof *draws);
    if (!draws)
        return false;
    size_t n = parameter_count(parameter);
    for (size_t i = 0; i < n; i++) {
        RandomPlace place = {seed, RANDOM_INITIAL, which, (uint32_t)i, 0};
        parameters_set(parameters, which, i, draw(parameter, place, draws));
    }
    memory_free(draws);
    return true;
}

bool parameters_draw(Parameters *parameters, uint64_t seed)
{
    for (uint32_t k = 0; k < parameters->module->n_parameters; k++)
        if (!draw_one(parameters, k, seed))
            return false;
    return true;
}

void parameters_clear_padding(Parameters *parameters, uint32_t which)
{
    uint32_t size = parameters->module->real_size;
    const SnnParameter *p = &parameters->module->parameters[which];
    for (size_t row = 0; row < p->rows; row++)
        for (size_t column = p->columns; column < p->stride; column++)
            real_set(parameters->values[which], size, row * p->stride + column,
                     0);
}

int64_t parameters_find_invalid(const Parameters *parameters, uint32_t which)
{
    const SnnParameter *parameter = &parameters->module->parameters[which];
    // A bound itself is valid also after rounding to float.
    double slack = parameters->module->real_size == sizeof(float) ? 1e-6 : 0;
    double low = parameter->low - slack * fabs(parameter->low);
    double high = parameter->high + slack * fabs(parameter->high);
    size_t n = parameter_count(parameter);
    for (size_t i = 0; i < n; i++) {
        double value = parameters_get(parameters, which, i);
        if (!isfinite(value) || value < low || value > high)
            return (int64_t)i;
    }
    return -1;
}
