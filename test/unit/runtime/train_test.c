// Training on a hand-written module: the loss falls, the bits do not depend on
// the number of threads, going on from a stored position gives the same bits,
// samples that are not finite are left out, a runaway neuron is told.
#include "../unit.h"

#include <stdlib.h>
#include "fake_kernel.c"
#include "fake_module.c"
#include "train/trainer.h"

typedef struct Setup {
    SnnDataset dataset;
    Stimuli train, test;
} Setup;

static void open_setup(Setup *setup, const SnnModule *module)
{
    char error[8];
    StimuliFailure failure;
    module->reader->read(NULL, 0, "", &setup->dataset, error, sizeof error);
    CHECK(stimuli_new(&setup->train, module, &setup->dataset.train, &failure));
    CHECK(stimuli_new(&setup->test, module, &setup->dataset.test, &failure));
}

static void close_setup(Setup *setup)
{
    SnnSet *sets[] = {&setup->dataset.train, &setup->dataset.test};
    stimuli_free(&setup->train);
    stimuli_free(&setup->test);
    for (int k = 0; k < 2; k++) {
        free(sets[k]->doubles);
        free(sets[k]->bytes);
        free(sets[k]->labels);
    }
}

static void open_trainer(Trainer *trainer, const SnnModule *module,
                         uint32_t n_threads, uint32_t batch)
{
    Pool *pool = pool_new(n_threads);
    CHECK(pool && trainer_new(trainer, module, pool, batch, 5));
    CHECK(parameters_draw(&trainer->parameters, 5, trainer->pool));
    hypers_override(&trainer->hypers, H_DROPOUT, 0.1);
}

static void close_trainer(Trainer *trainer)
{
    Pool *pool = trainer->pool;
    trainer_free(trainer);
    pool_free(pool);
}

static void run_batches(Trainer *trainer, const Stimuli *train, uint64_t n)
{
    RunError error;
    for (uint64_t k = 0; k < n; k++) {
        CHECK(trainer_step(trainer, train, &error));
        if (trainer->progress.batch == trainer_batches(trainer, train))
            trainer_end_epoch(trainer);
    }
}

static bool same_arrays(const Parameters *a, const Parameters *b)
{
    bool same = true;
    for (uint32_t k = 0; k < a->module->n_parameters; k++)
        same = same &&
               memcmp(a->values[k], b->values[k],
                      parameter_extent(&a->module->parameters[k]) *
                          a->module->real_size) == 0;
    return same;
}

static bool same_bits(const Trainer *a, const Trainer *b)
{
    return same_arrays(&a->parameters, &b->parameters) &&
           same_arrays(&a->optimizer.states[0], &b->optimizer.states[0]) &&
           same_arrays(&a->optimizer.states[1], &b->optimizer.states[1]);
}

static void test_learning(const Setup *setup)
{
    Trainer trainer;
    Totals before, after;
    RunError error;
    open_trainer(&trainer, &snn_module, 1, 20);
    hypers_override(&trainer.hypers, H_DROPOUT, 0); // the fake learns roughly
    CHECK(trainer_evaluate(&trainer, &setup->test, 100, &before, NULL, &error));
    run_batches(&trainer, &setup->train, 200);
    CHECK(trainer.progress.epoch == 20 && trainer.progress.step == 200);
    CHECK(trainer_evaluate(&trainer, &setup->test, 100, &after, NULL, &error));
    CHECK(after.loss < 0.8 * before.loss);
    CHECK(after.n_correct > before.n_correct && after.n_samples == 100);
    close_trainer(&trainer);
}

static void test_threads(const Setup *setup)
{
    for (uint32_t batch = 3; batch < 70; batch *= 4) {
        Trainer one;
        Totals totals_one, totals;
        RunError error;
        open_trainer(&one, &snn_module, 1, batch);
        run_batches(&one, &setup->train, 25);
        trainer_evaluate(&one, &setup->test, 100, &totals_one, NULL, &error);
        for (uint32_t threads = 2; threads <= 3; threads++) {
            Trainer many;
            open_trainer(&many, &snn_module, threads, batch);
            run_batches(&many, &setup->train, 25);
            CHECK(same_bits(&one, &many));
            trainer_evaluate(&many, &setup->test, 100, &totals, NULL, &error);
            CHECK(memcmp(&totals, &totals_one, sizeof totals) == 0);
            close_trainer(&many);
        }
        close_trainer(&one);
    }
}

static void copy_arrays(Parameters *to, const Parameters *from)
{
    for (uint32_t k = 0; k < to->module->n_parameters; k++)
        memcpy(to->values[k], from->values[k],
               parameter_extent(&to->module->parameters[k]) *
                   to->module->real_size);
}

// Parameters, optimiser and progress are all that matters.
static void test_resume(const Setup *setup)
{
    Trainer whole, half;
    open_trainer(&whole, &snn_module, 2, 30);
    open_trainer(&half, &snn_module, 1, 30);
    run_batches(&half, &setup->train, 10); // in the midst of an epoch
    run_batches(&whole, &setup->train, 18);
    Trainer resumed;
    open_trainer(&resumed, &snn_module, 1, 30);
    copy_arrays(&resumed.parameters, &half.parameters);
    for (int s = 0; s < 2; s++)
        copy_arrays(&resumed.optimizer.states[s], &half.optimizer.states[s]);
    resumed.progress = half.progress;
    run_batches(&resumed, &setup->train, 8);
    CHECK(same_bits(&whole, &resumed));
    CHECK(memcmp(&whole.progress, &resumed.progress, sizeof(Progress)) == 0);
    close_trainer(&whole);
    close_trainer(&half);
    close_trainer(&resumed);
}

// Losses of label 1 are NaN.
static double sick_loss(const double *observed, double label,
                        const double *values, double *gradient)
{
    double value = loss(observed, label, values, gradient);
    return label == 1 ? NAN : value;
}

// The adjoint of every fourth sample is not finite.
static int sick_counter;
static int32_t sick_backward(SnnLayerRun *run)
{
    int32_t status = out_backward(run);
    // Known by its input, so that it is sick again when run again.
    if (run->n_groups > 0 && (uint64_t)(run->group_time[0] * 1e9) % 4 == 0) {
        FakeReal *gradient = run->gradients[P_OUTPUT];
        gradient[(size_t)run->arrival_row[0] * STRIDE(OUT)] = (FakeReal)NAN;
        sick_counter++;
    }
    return status;
}

static void test_not_finite(const Setup *setup)
{
    SnnModule module = snn_module;
    SnnLayer sick_layers[3];
    memcpy(sick_layers, layers, sizeof layers);
    sick_layers[2].backward = sick_backward;
    module.layers = sick_layers;
    module.loss = sick_loss;
    Trainer trainer;
    open_trainer(&trainer, &module, 1, 25);
    RunError error;
    uint32_t n_ones = 0;
    for (uint32_t i = 0; i < setup->dataset.train.n_samples; i++)
        n_ones += setup->dataset.train.labels[i] == 1;
    for (int k = 0; k < 8; k++)
        CHECK(trainer_step(&trainer, &setup->train, &error));
    CHECK(trainer.progress.totals.n_bad_loss == n_ones);
    CHECK(trainer.progress.totals.n_bad_gradient > 0);
    CHECK(trainer.progress.totals.n_bad_gradient < 200 - n_ones);
    CHECK(isfinite(totals_mean_loss(&trainer.progress.totals)));
    CHECK(sick_counter > 0);
    for (uint32_t k = 0; k < N_PARAMETERS; k++)
        CHECK(parameters_find_invalid(&trainer.parameters, k) < 0);
    close_trainer(&trainer);
}

static int32_t runaway(SnnLayerRun *run)
{
    run->error_neuron = 2;
    run->error_time = 0.5;
    return SNN_RUNAWAY;
}

static void test_runaway(const Setup *setup)
{
    SnnModule module = snn_module;
    SnnLayer bad_layers[3];
    memcpy(bad_layers, layers, sizeof layers);
    bad_layers[2].forward = runaway;
    module.layers = bad_layers;
    Trainer trainer;
    Totals totals;
    RunError error;
    open_trainer(&trainer, &module, 2, 25);
    CHECK(!trainer_step(&trainer, &setup->train, &error));
    CHECK(error.network.status == SNN_RUNAWAY && error.network.layer == 2);
    CHECK(error.network.neuron == 2 && error.network.time == 0.5);
    CHECK(trainer.progress.step == 0);
    CHECK(!trainer_evaluate(&trainer, &setup->test, 100, &totals, NULL,
                            &error));
    CHECK(error.sample == 0);
    close_trainer(&trainer);
}

// Thresholds stay within their bounds, padding stays zero.
static void test_bounds(const Setup *setup)
{
    Trainer trainer;
    open_trainer(&trainer, &snn_module, 1, 10);
    hypers_override(&trainer.hypers, H_RATE, 0.5);
    run_batches(&trainer, &setup->train, 10);
    CHECK(parameters_find_invalid(&trainer.parameters, P_HIDDEN_THRESHOLD) < 0);
    const FakeReal *padded = trainer.parameters.values[P_OUT_THRESHOLD];
    CHECK(padded[0] >= (FakeReal)0.5 && padded[1] == 0);
    close_trainer(&trainer);
}

int main(void)
{
    Setup setup;
    open_setup(&setup, &snn_module);
    test_learning(&setup);
    test_threads(&setup);
    test_resume(&setup);
    test_not_finite(&setup);
    test_runaway(&setup);
    test_bounds(&setup);
    close_setup(&setup);
    return unit_report();
}
