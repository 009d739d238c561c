// One sample on one worker.
#include "train/worker.h"

#include <math.h>

bool worker_new(Worker *worker, const SnnModule *module,
                const Wiring *wiring, void *const *parameters,
                bool wants_input_gradient)
{
    *worker = (Worker){0};
    return network_new(&worker->network, module, wiring, parameters,
                       wants_input_gradient);
}

void worker_free(Worker *worker)
{
    if (worker->network.module)
        network_free(&worker->network);
    stimulus_free(&worker->stimulus);
}

static bool all_finite(const double *values, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++)
        if (!isfinite(values[k]))
            return false;
    return true;
}

static void judge(Network *network, int32_t label, const double *hypers,
                  bool wants_gradient, SampleResult *result)
{
    const SnnModule *module = network->module;
    double *gradient = wants_gradient ? network->observed_gradient : NULL;
    for (uint32_t k = 0; gradient && k < module->n_observed_values; k++)
        gradient[k] = 0;
    result->loss =
        module->loss ? module->loss(network->observed, label, hypers, gradient)
                     : 0;
    result->is_finite =
        isfinite(result->loss) &&
        (!gradient || all_finite(gradient, module->n_observed_values));
    result->predicted =
        module->predict ? module->predict(network->observed, hypers) : -1;
}

bool worker_forward(Worker *worker, uint32_t sample, int32_t label,
                    const double *hypers, bool wants_gradient, Totals *totals,
                    SampleResult *out_result, NetworkError *out_error)
{
    Network *network = &worker->network;
    const Stimulus *stimulus = &worker->stimulus;
    if (!network_set_input(network, stimulus->times, stimulus->channels,
                           stimulus->count)) {
        *out_error = (NetworkError){.status = SNN_NO_MEMORY, .neuron = -1};
        return false;
    }
    if (!network_forward(network, label, hypers, out_error))
        return false;
    judge(network, label, hypers, wants_gradient, out_result);
    totals->n_samples++;
    totals->n_correct += out_result->predicted == label;
    NetworkStats stats = network_stats(network);
    totals->n_spikes += stats.n_spikes;
    totals->n_steps += stats.n_steps;
    if (out_result->is_finite)
        totals->loss += out_result->loss;
    else if (totals->n_bad_loss++ == 0)
        blame_loss(&totals->loss_blame, network, sample, out_result->loss);
    return true;
}

bool worker_backward(Worker *worker, Gradients *gradients,
                     const double *hypers, NetworkError *out_error)
{
    Network *network = &worker->network;
    gradients_mark(gradients, network);
    return network_backward(network, gradients->values, hypers, out_error);
}
