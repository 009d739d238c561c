// What all readers share: options by name, and letting go of a data set.
#include "data/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const SnnReaderOption *find(const SnnReaderOption *options, uint32_t n,
                                   const char *name)
{
    for (uint32_t k = 0; k < n; k++)
        if (strcmp(options[k].name, name) == 0)
            return &options[k];
    return NULL;
}

const char *snn_option_text(const SnnReaderOption *options, uint32_t n,
                            const char *name, const char *fallback)
{
    const SnnReaderOption *option = find(options, n, name);
    return option && option->text ? option->text : fallback;
}

double snn_option_number(const SnnReaderOption *options, uint32_t n,
                         const char *name, double fallback)
{
    const SnnReaderOption *option = find(options, n, name);
    return option && !option->text ? option->number : fallback;
}

int reader_option_whole(const ReaderCall *call, const char *name,
                        uint32_t fallback, uint32_t maximum,
                        uint32_t *out_value)
{
    double value = snn_option_number(call->options, call->n_options, name,
                                     fallback);
    // Written so that a NaN is refused as well.
    if (!(value >= 0 && value <= maximum) || value != floor(value))
        return READER_FAIL(call, "data option '%s' is %g; a whole number from "
                           "0 to %u is needed", name, value, maximum);
    *out_value = (uint32_t)value;
    return 0;
}

static void free_set(SnnSet *set)
{
    if (!set->is_in_file)
        free(set->bytes);
    free(set->doubles);
    free(set->labels);
}

void snn_dataset_free(SnnDataset *dataset)
{
    free_set(&dataset->train);
    free_set(&dataset->validation);
    free_set(&dataset->test);
    for (size_t k = 0; k < sizeof dataset->files / sizeof(uint8_t *); k++)
        free(dataset->files[k]);
    *dataset = (SnnDataset){0};
}
