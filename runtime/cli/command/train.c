// train: epochs of batches, shown, logged and saved.
#include "cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/file/checkpoint.h"
#include "cli/clock.h"
#include "cli/failure.h"
#include "cli/interrupt.h"
#include "cli/record.h"

static const double save_seconds = 60; // within a long epoch
static const double pause_seconds = 1; // between saves of short epochs

typedef struct Training {
    Session session;
    ProgressView view;
    Record record;
    const char *save_path;   // NULL: nothing is saved
    double saved_at;         // s
    bool save_failed;        // the last one
    uint64_t n_epochs;
} Training;

static void resume(Training *training)
{
    const Options *options = training->session.options;
    const char *path = options_text(options, OPTION_RESUME, NULL);
    CheckpointWishes wishes = {
        .has_seed = options_has(options, OPTION_SEED),
        .has_batch = options_has(options, OPTION_BATCH),
        .seed = options_number(options, OPTION_SEED, 0),
        .batch = (uint32_t)options_number(options, OPTION_BATCH, 0),
    };
    if (path && options_has(options, OPTION_LOAD))
        fail("--resume and --load exclude each other");
    if (path)
        checkpoint_resume(&training->session.trainer, path, &wishes);
    training->save_path = options_text(options, OPTION_SAVE, path);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

// Better before training than after it.
static void check_save_path(const char *path)
{
    if (!path)
        return;
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1)
                         : strdup(".");
    if (!folder)
        fail("not enough memory");
    if (access(folder, W_OK) != 0)
        fail("cannot save to %s: %s", path, strerror(errno));
    if (is_folder(path))
        fail("cannot save to %s: %s", path, strerror(EISDIR));
    free(folder);
}

static void open_training(Training *training, const SnnModule *module,
                          const Options *options)
{
    Session *session = &training->session;
    session_open(session, module, options);
    resume(training);
    check_save_path(training->save_path);
    session_read_data(session);
    if (session->train.n_samples == 0)
        fail("the data have no training samples");
    Progress *progress = &session->trainer.progress;
    if (progress->batch > trainer_batches(&session->trainer, &session->train))
        fail("the saved training stopped at batch %llu, but the training set "
             "has only %llu: these are other data",
             (unsigned long long)progress->batch,
             (unsigned long long)trainer_batches(&session->trainer,
                                                 &session->train));
    record_open(&training->record, session);
    training->n_epochs = options_number(options, OPTION_EPOCHS, module->epochs);
    training->view = (ProgressView){
        .module = module,
        .is_quiet = options_has(options, OPTION_QUIET),
        .has_prediction = module->predict != NULL,
        .n_neurons = session_count_neurons(module),
        .n_epochs = training->n_epochs,
        .epochs_before = progress->epoch,
        .started = clock_seconds(),
    };
    // The first epoch is saved however short it is.
    training->saved_at = training->view.started - pause_seconds;
    training->view.is_live = !training->view.is_quiet && isatty(STDERR_FILENO);
}

static void print_start(const Training *training)
{
    const Session *session = &training->session;
    const SnnModule *module = session->module;
    size_t n = 0;
    if (training->view.is_quiet)
        return;
    for (uint32_t k = 0; k < module->n_parameters; k++)
        if (module->parameters[k].learned)
            n += parameter_count(&module->parameters[k]);
    printf("%s: %u neurons, %zu learned numbers, %s; %u training and %u test "
           "samples; batch %u, seed %llu, %u %s\n",
           module->name, session_count_neurons(module), n,
           session_precision(module), session->train.n_samples,
           session->test.n_samples, session->trainer.batch_size,
           (unsigned long long)session->trainer.progress.seed,
           session->trainer.n_workers,
           session->trainer.n_workers == 1 ? "thread" : "threads");
    fflush(stdout);
}

// A failed save leaves the file as it was; training goes on and tries again.
static void save(Training *training)
{
    char error[512];
    if (!training->save_path)
        return;
    training->save_failed = !checkpoint_save(
        &training->session.trainer, training->save_path, error, sizeof error);
    training->saved_at = clock_seconds();
    if (!training->save_failed)
        return;
    progress_clear(&training->view);
    fprintf(stderr, "warning: not saved: %s\n", error);
}

static bool is_save_due(const Training *training, double seconds)
{
    return clock_seconds() - training->saved_at > seconds;
}

// The batches of the epoch under way; false when interrupted.
static bool run_batches(Training *training, EpochResult *result)
{
    Session *session = &training->session;
    Trainer *trainer = &session->trainer;
    Progress *progress = &trainer->progress;
    uint64_t n_batches = trainer_batches(trainer, &session->train);
    double start = clock_seconds();
    RunError error;
    while (progress->batch < n_batches) {
        if (interrupt_is_requested())
            return false;
        uint32_t n = trainer_next_size(trainer, &session->train);
        if (!trainer_step(trainer, &session->train, &error)) {
            save(training);
            progress_clear(&training->view);
            session_fail(session, &error, "training");
        }
        result->n_run += n;
        result->train_seconds = clock_seconds() - start;
        progress_update(&training->view, progress->epoch,
                        (double)progress->batch / (double)n_batches,
                        &progress->totals,
                        (double)result->n_run / result->train_seconds);
        if (is_save_due(training, save_seconds))
            save(training);
    }
    return true;
}

static void test(Training *training, const Stimuli *set, const char *name,
                 Totals *out_totals)
{
    RunError error;
    if (!trainer_evaluate(&training->session.trainer, set, set->n_samples,
                          out_totals, NULL, &error)) {
        save(training);
        session_fail(&training->session, &error, name);
    }
}

// What schedules watch: the loss of the validation set where there is one.
static double watched_loss(const EpochResult *result)
{
    return totals_mean_loss(result->validation.n_samples ? &result->validation
                                                         : &result->train);
}

static bool run_epoch(Training *training)
{
    Session *session = &training->session;
    Trainer *trainer = &session->trainer;
    EpochResult result = {0};
    if (!run_batches(training, &result))
        return false;
    result.train = trainer->progress.totals;
    trainer_end_epoch(trainer);
    result.epoch = trainer->progress.epoch;
    result.step = trainer->progress.step;
    test(training, &session->validation, "validation", &result.validation);
    test(training, &session->test, "test", &result.test);
    hypers_end_epoch(&trainer->hypers, watched_loss(&result));
    progress_warn(&training->view, &result);
    progress_print_epoch(&training->view, &result);
    if (is_save_due(training, pause_seconds))
        save(training);
    record_epoch(&training->record, &result);
    return true;
}

static double mebibytes(uint64_t bytes)
{
    return (double)bytes / (1 << 20);
}

static void print_memory(const Session *session)
{
    uint64_t data = stimuli_bytes(&session->train) +
                    stimuli_bytes(&session->validation) +
                    stimuli_bytes(&session->test);
    printf("memory: %.1f MiB at the peak; data %.1f, training %.1f\n",
           mebibytes(clock_peak_bytes()), mebibytes(data),
           mebibytes(trainer_bytes(&session->trainer)));
}

static void print_end(const Training *training, bool was_interrupted)
{
    const Session *session = &training->session;
    const Progress *progress = &session->trainer.progress;
    if (training->view.is_quiet)
        return;
    if (was_interrupted)
        printf("interrupted in epoch %llu after %llu batches\n",
               (unsigned long long)progress->epoch + 1,
               (unsigned long long)progress->batch);
    if (training->save_path && !training->save_failed)
        printf("weights and state in %s\n", training->save_path);
    print_memory(session);
}

int command_train(const SnnModule *module, const Options *options)
{
    Training training = {0};
    const Progress *progress = &training.session.trainer.progress;
    open_training(&training, module, options);
    print_start(&training);
    interrupt_install();
    bool was_interrupted = false;
    while (progress->epoch < training.n_epochs && !was_interrupted)
        was_interrupted = !run_epoch(&training);
    training.record.seconds = clock_seconds() - training.view.started;
    progress_clear(&training.view);
    save(&training);
    print_end(&training, was_interrupted);
    record_write_report(&training.record, &training.session,
                        training.save_path, was_interrupted);
    if (options_has(options, OPTION_JSON))
        record_print_json(&training.record, &training.session,
                          was_interrupted);
    if (training.save_failed)
        fail("the trained weights could not be saved to %s",
             training.save_path);
    record_close(&training.record);
    session_close(&training.session);
    return was_interrupted ? EXIT_INTERRUPTED : EXIT_FINE;
}
