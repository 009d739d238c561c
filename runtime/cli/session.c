// Opening a trainer: checks, parameters, data.
#include "cli/session.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/failure.h"
#include "cli/file/weights.h"

static void check_ability(const SnnModule *module, CommandId command)
{
    bool needs_loss = command != COMMAND_DESCRIBE && command != COMMAND_PREDICT;
    bool needs_optimizer = command == COMMAND_TRAIN || command == COMMAND_BENCH;
    if (needs_loss && !module->loss)
        fail("the model has no loss; write `loss ...` in it");
    if (needs_optimizer && module->n_optimizers == 0)
        fail("the model does not say how it trains; write `train { optimizer "
             "... }` in it");
    if (command == COMMAND_PREDICT && !module->predict)
        fail("the model has no prediction; write `predict ...` in it");
}

static uint32_t count_cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (uint32_t)n : 1;
}

static uint32_t count_threads(const Options *options)
{
    if (options->command == COMMAND_GRADIENT ||
        options->command == COMMAND_DESCRIBE)
        return 1;
    uint64_t n = options_number(options, OPTION_THREADS, count_cores());
    return n < 1024 ? (uint32_t)n : 1024;
}

static void check_drawn(const Parameters *parameters)
{
    for (uint32_t k = 0; k < parameters->module->n_parameters; k++) {
        int64_t at = parameters_find_invalid(parameters, k);
        if (at >= 0)
            fail("the initial value of %s at index %lld is %g",
                 parameters->module->parameters[k].name, (long long)at,
                 parameters_get(parameters, k, (size_t)at));
    }
}

void session_open(Session *session, const SnnModule *module,
                  const Options *options)
{
    *session = (Session){.module = module, .options = options};
    check_ability(module, options->command);
    uint64_t batch = options_number(options, OPTION_BATCH, module->batch);
    uint64_t seed = options_number(options, OPTION_SEED, 1);
    session->pool = pool_new(count_threads(options));
    if (!session->pool ||
        !trainer_new(&session->trainer, module, session->pool,
                     batch ? (uint32_t)batch : 1, seed) ||
        !parameters_draw(&session->trainer.parameters, seed, session->pool))
        fail("not enough memory for the model's %zu bytes of parameters",
             parameters_bytes(module));
    check_drawn(&session->trainer.parameters);
    for (uint32_t k = 0; k < options->n_assignments; k++)
        session_assign(session, options->assignments[k]);
    if (options_has(options, OPTION_LOAD))
        weights_load(&session->trainer.parameters,
                     options_text(options, OPTION_LOAD, NULL));
    hypers_evaluate(&session->trainer.hypers, 1, 0);
}

const char *session_data_directory(const Options *options)
{
    struct stat status;
    bool has_data = stat("data", &status) == 0 && S_ISDIR(status.st_mode);
    return options_text(options, OPTION_DATA, has_data ? "data" : ".");
}

static void explain(const StimuliFailure *f, const char *what)
{
    switch (f->kind) {
    case STIMULI_NO_MEMORY:
        fail("not enough memory for the %s set", what);
    case STIMULI_NO_ENCODER:
        fail("the model does not say how the values of its data become "
             "spikes (encoded by)");
    case STIMULI_WRONG_SIZE:
        fail("the %s set has %u values a sample and the encoder adds %u bias "
             "channels, but the model's input has %u neurons",
             what, f->n_values, f->n_biases, f->n_inputs);
    case STIMULI_WRONG_LABEL:
        fail("sample %u of the %s set has label %d, but the model tells %u "
             "classes apart (0 to %u)", f->sample, what, (int)f->label,
             f->n_classes, f->n_classes - 1);
    case STIMULI_NEGATIVE_TIME:
        fail("the encoder makes a spike at %g s of value %g on channel %u; "
             "times may not be negative", f->time, f->value, f->channel);
    case STIMULI_NEGATIVE_BIAS:
        fail("the encoder's bias spike %u is at %g s; times may not be "
             "negative", f->channel, f->time);
    }
}

static void encode(const Session *session, Stimuli *stimuli,
                   const SnnSet *set, const char *what)
{
    StimuliFailure failure;
    if (!stimuli_new(stimuli, session->module, set, &failure))
        explain(&failure, what);
}

void session_read_data(Session *session)
{
    const SnnModule *module = session->module;
    char error[512] = "";
    if (!module->reader)
        fail("the model names no data; write `data ... encoded by ...` in it");
    if (module->reader->read(module->reader_options, module->n_reader_options,
                             session_data_directory(session->options),
                             &session->dataset, error, sizeof error) != 0)
        fail("%s", error);
    encode(session, &session->train, &session->dataset.train, "training");
    encode(session, &session->validation, &session->dataset.validation,
           "validation");
    encode(session, &session->test, &session->dataset.test, "test");
}

void session_close(Session *session)
{
    stimuli_free(&session->train);
    stimuli_free(&session->validation);
    stimuli_free(&session->test);
    if (session->module->reader)
        snn_dataset_free(&session->dataset);
    trainer_free(&session->trainer);
    pool_free(session->pool);
}

uint32_t session_count_neurons(const SnnModule *module)
{
    uint32_t n = 0;
    for (uint32_t l = 0; l < module->n_layers; l++)
        if (!module->layers[l].is_input)
            n += module->layers[l].size;
    return n;
}

const char *session_precision(const SnnModule *module)
{
    return module->real_size == sizeof(float) ? "f32" : "f64";
}
