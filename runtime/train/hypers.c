// Values of hyperparameters.
#include "train/hypers.h"

#include <math.h>
#include "core/memory.h"

bool hypers_new(Hypers *hypers, const SnnModule *module)
{
    *hypers = (Hypers){
        .module = module,
        .values = memory_array(module->n_hypers, sizeof(double)),
        .overrides = memory_array(module->n_hypers, sizeof(double)),
        .is_overridden = memory_array(module->n_hypers, sizeof(bool)),
        .stalls = memory_array(module->n_stalls, sizeof(double)),
        .waited = memory_array(module->n_stalls, sizeof(double)),
        .best = INFINITY,
    };
    return hypers->values && hypers->overrides && hypers->is_overridden &&
           hypers->stalls && hypers->waited;
}

void hypers_free(Hypers *hypers)
{
    memory_free(hypers->values);
    memory_free(hypers->overrides);
    memory_free(hypers->is_overridden);
    memory_free(hypers->stalls);
    memory_free(hypers->waited);
    *hypers = (Hypers){0};
}

void hypers_evaluate(Hypers *hypers, uint64_t step, uint64_t epoch)
{
    const SnnModule *module = hypers->module;
    if (module->n_hypers && module->evaluate_hypers)
        module->evaluate_hypers((double)step, (double)epoch, hypers->stalls,
                                hypers->values);
    for (uint32_t k = 0; k < module->n_hypers; k++)
        if (hypers->is_overridden[k])
            hypers->values[k] = hypers->overrides[k];
}

void hypers_end_epoch(Hypers *hypers, double loss)
{
    bool is_better = loss < hypers->best;
    if (is_better)
        hypers->best = loss;
    for (uint32_t k = 0; k < hypers->module->n_stalls; k++) {
        hypers->waited[k] = is_better ? 0 : hypers->waited[k] + 1;
        if (hypers->waited[k] < hypers->module->patience[k])
            continue;
        hypers->waited[k] = 0;
        hypers->stalls[k]++;
    }
}

void hypers_override(Hypers *hypers, uint32_t which, double value)
{
    hypers->overrides[which] = value;
    hypers->is_overridden[which] = true;
}
