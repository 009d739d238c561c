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
    size_t count = 1;
    for (uint32_t k = 0; k < parameter->rank; k++)
        count *= parameter->dims[k];
    return count;
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

// ---- initial values --------------------------------------------------------

typedef struct Fans {
    double in, out;
} Fans;

// Of weights that several synapses share, or that need no table.
static Fans mean_fans(const SnnParameter *parameter,
                      const SnnProjection *projection)
{
    const SnnPattern *p = projection ? projection->pattern : NULL;
    const SnnSynapses *s = projection ? projection->synapses : NULL;
    if (!s)
        return (Fans){parameter->rows, parameter->columns};
    if (p->kind == SNN_PATTERN_WINDOW) {
        double kernel = (double)p->y.kernel * p->x.kernel / p->groups;
        return (Fans){kernel * p->source_channels,
                      kernel * p->target_channels};
    }
    return (Fans){(double)s->n_synapses / s->n_targets,
                  (double)s->n_synapses / s->n_sources};
}

static double draw(const SnnParameter *parameter, RandomPlace place,
                   Fans fans, double *draws)
{
    for (uint32_t d = 0; d < parameter->n_draws; d++) {
        place.c = d;
        draws[d] = random_draw(place, parameter->draw_kinds[d]);
    }
    double value = parameter->initial(draws, fans.in, fans.out);
    return fmin(fmax(value, parameter->low), parameter->high);
}

typedef struct Drawing {
    Parameters *parameters;
    uint32_t which;
    uint64_t seed;
    double *draws;           // of one element, for each worker
    size_t stride;           // whole cache lines
    size_t n;                // elements
    Fans fans;
} Drawing;

static void draw_element(const Drawing *d, size_t i, Fans fans, uint32_t worker)
{
    const SnnParameter *p = &d->parameters->module->parameters[d->which];
    RandomPlace place = {d->seed, RANDOM_INITIAL, d->which, (uint32_t)i, 0};
    double *draws = d->draws + worker * d->stride;
    parameters_set(d->parameters, d->which, i, draw(p, place, fans, draws));
}

enum { DRAWN_TOGETHER = 4096, LINE = MEMORY_ALIGNMENT / sizeof(double) };

static void draw_some(void *context, uint32_t item, uint32_t worker)
{
    const Drawing *d = context;
    size_t first = (size_t)item * DRAWN_TOGETHER;
    size_t end = first + DRAWN_TOGETHER < d->n ? first + DRAWN_TOGETHER : d->n;
    for (size_t i = first; i < end; i++)
        draw_element(d, i, d->fans, worker);
}

// Delays per synapse are numbered as weights per synapse are.
static void draw_synapses(const Drawing *d, const SnnProjection *projection)
{
    const SnnSynapses *s = projection->synapses;
    const SnnParameter *weight =
        &d->parameters->module->parameters[projection->parameter];
    bool is_weight = projection->parameter == d->which;
    bool numbers = weight->shape == SNN_FLAT_SYNAPSES;
    for (uint32_t i = 0; i < s->n_sources; i++)
        for (uint32_t k = s->first[i]; k < s->first[i + 1]; k++) {
            Fans fans = {s->in_degree[s->target[k]],
                         s->first[i + 1] - s->first[i]};
            uint32_t element = numbers && s->weight ? s->weight[k] : k;
            if (is_weight && s->initial)
                parameters_set(d->parameters, d->which, element,
                               s->initial[element]);
            else
                draw_element(d, element, fans, 0);
        }
}

static bool draw_one(Parameters *parameters, uint32_t which, uint64_t seed,
                     Pool *pool)
{
    const SnnModule *module = parameters->module;
    const SnnParameter *p = &module->parameters[which];
    const SnnProjection *projection =
        p->projection < module->n_projections
            ? &module->projections[p->projection] : NULL;
    bool by_synapse = p->shape == SNN_FLAT_SYNAPSES;
    Drawing d = {
        .parameters = parameters,
        .which = which,
        .seed = seed,
        .stride = (p->n_draws / LINE + 1) * LINE,
        .n = by_synapse ? 0 : parameter_count(p),
        .fans = mean_fans(p, projection),
    };
    d.draws = memory_array(d.stride * pool_workers(pool), sizeof(double));
    if (!d.draws)
        return false;
    pool_run(pool, draw_some, &d,
             (uint32_t)((d.n + DRAWN_TOGETHER - 1) / DRAWN_TOGETHER));
    if (by_synapse && projection)
        draw_synapses(&d, projection);
    memory_free(d.draws);
    return true;
}

bool parameters_draw(Parameters *parameters, uint64_t seed, Pool *pool)
{
    for (uint32_t k = 0; k < parameters->module->n_parameters; k++)
        if (!draw_one(parameters, k, seed, pool))
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
