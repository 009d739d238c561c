// Saving and resuming training.
#include "cli/file/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/file/archive.h"
#include "cli/failure.h"
#include "cli/file/weights.h"

// Integers of the state: name and place.
#define STATE_INTEGERS(X)                                                     \
    X("state/seed", progress.seed)                                            \
    X("state/epoch", progress.epoch)                                          \
    X("state/batch", progress.batch)                                          \
    X("state/step", progress.step)                                            \
    X("state/batch_size", batch_size)                                         \
    X("state/epoch_samples", progress.totals.n_samples)                       \
    X("state/epoch_correct", progress.totals.n_correct)                       \
    X("state/epoch_spikes", progress.totals.n_spikes)                         \
    X("state/epoch_bad_loss", progress.totals.n_bad_loss)                     \
    X("state/epoch_bad_gradient", progress.totals.n_bad_gradient)             \
    X("state/epoch_grazing", progress.totals.n_grazing)                       \
    X("state/epoch_kept", progress.totals.n_kept)

static void state_name(char *out, size_t size, const char *kind,
                       const char *name)
{
    snprintf(out, size, "state/%s/%s", kind, name);
}

static void state_prefix(const SnnModule *module, uint32_t parameter,
                         uint32_t state, char *out, size_t size)
{
    snprintf(out, size, "state/optimizer/%s/",
             optimizer_rule(module, parameter)->state_names[state]);
}

static void add_optimizer(const Trainer *trainer, SnnNpzWriter *writer)
{
    const SnnModule *module = trainer->module;
    for (uint32_t k = 0; k < module->n_parameters; k++)
        for (uint32_t s = 0; s < optimizer_n_states(module, k); s++) {
            char prefix[256];
            state_prefix(module, k, s, prefix, sizeof prefix);
            weights_add_one(&trainer->optimizer.states[s], k, writer, prefix);
        }
}

static void add_hypers(const Trainer *trainer, SnnNpzWriter *writer)
{
    for (uint32_t k = 0; k < trainer->module->n_hypers; k++) {
        char name[256];
        state_name(name, sizeof name, "hyper", trainer->module->hypers[k].name);
        if (trainer->hypers.is_overridden[k])
            archive_put_double(writer, name, trainer->hypers.overrides[k]);
    }
}

static void add_stalls(const Trainer *trainer, SnnNpzWriter *writer)
{
    const Hypers *hypers = &trainer->hypers;
    uint32_t n = trainer->module->n_stalls;
    if (n == 0)
        return;
    archive_put_double(writer, "state/best_loss", hypers->best);
    archive_put_doubles(writer, "state/stalls", hypers->stalls, n);
    archive_put_doubles(writer, "state/waited", hypers->waited, n);
}

bool checkpoint_save(const Trainer *trainer, const char *path, char *error,
                     size_t error_size)
{
    SnnNpzWriter *writer = snn_io_npz_create(path, error, error_size);
    if (!writer)
        return false;
    weights_add(&trainer->parameters, writer, "");
    add_optimizer(trainer, writer);
    add_hypers(trainer, writer);
    add_stalls(trainer, writer);
    archive_put_double(writer, "state/epoch_loss",
                       trainer->progress.totals.loss);
#define X(name, place)                                                        \
    archive_put_integer(writer, name, (int64_t)trainer->place);
    STATE_INTEGERS(X)
#undef X
    return snn_io_npz_commit(writer, error, error_size) == 0;
}

static const SnnNpzArray *find_number(const SnnNpz *npz, const char *name)
{
    const SnnNpzArray *array = snn_io_npz_find(npz, name);
    if (!array)
        fail("%s: there is no '%s'; this is not the state of a training "
             "(use --load for parameters alone)", snn_io_npz_path(npz), name);
    if (array->count != 1)
        fail("%s: '%s' has %llu numbers, not one", snn_io_npz_path(npz), name,
             (unsigned long long)array->count);
    return array;
}

static double take_double(const SnnNpz *npz, const char *name)
{
    double *values = archive_doubles(npz, find_number(npz, name));
    double value = values[0];
    free(values);
    return value;
}

static int64_t take_integer(const SnnNpz *npz, const char *name)
{
    int64_t *values = archive_integers(npz, find_number(npz, name));
    int64_t value = values[0];
    free(values);
    return value;
}

static void take_optimizer(Trainer *trainer, const SnnNpz *npz)
{
    const SnnModule *module = trainer->module;
    for (uint32_t k = 0; k < module->n_parameters; k++)
        for (uint32_t s = 0; s < optimizer_n_states(module, k); s++) {
            char prefix[256];
            state_prefix(module, k, s, prefix, sizeof prefix);
            weights_take_one(&trainer->optimizer.states[s], k, npz, prefix,
                             false);
        }
    optimizer_wake(&trainer->optimizer);
}

// Overrides on the command line win over saved ones.
static void take_hypers(Trainer *trainer, const SnnNpz *npz)
{
    for (uint32_t k = 0; k < trainer->module->n_hypers; k++) {
        char name[256];
        state_name(name, sizeof name, "hyper", trainer->module->hypers[k].name);
        if (!trainer->hypers.is_overridden[k] &&
            snn_io_npz_find(npz, name))
            hypers_override(&trainer->hypers, k, take_double(npz, name));
    }
}

static void take_doubles(double *out, uint32_t n, const SnnNpz *npz,
                         const char *name)
{
    const SnnNpzArray *array = snn_io_npz_find(npz, name);
    if (!array || array->count != n)
        fail("%s: expected '%s' with %u numbers; this is not the state of a "
             "training of this model", snn_io_npz_path(npz), name, n);
    double *values = archive_doubles(npz, array);
    memcpy(out, values, n * sizeof *out);
    free(values);
}

static void take_stalls(Trainer *trainer, const SnnNpz *npz)
{
    Hypers *hypers = &trainer->hypers;
    uint32_t n = trainer->module->n_stalls;
    if (n == 0)
        return;
    hypers->best = take_double(npz, "state/best_loss");
    take_doubles(hypers->stalls, n, npz, "state/stalls");
    take_doubles(hypers->waited, n, npz, "state/waited");
}

static void check_wishes(const Trainer *trainer, const char *path,
                         const CheckpointWishes *wishes)
{
    if (wishes->has_seed && wishes->seed != trainer->progress.seed)
        fail("%s was trained with seed %llu; --seed %llu cannot change that",
             path, (unsigned long long)trainer->progress.seed,
             (unsigned long long)wishes->seed);
    if (wishes->has_batch && wishes->batch != trainer->batch_size)
        fail("%s was trained with batches of %u; --batch %u cannot change "
             "that", path, trainer->batch_size, wishes->batch);
}

void checkpoint_resume(Trainer *trainer, const char *path,
                       const CheckpointWishes *wishes)
{
    SnnNpz *npz = archive_open(path);
#define X(name, place)                                                        \
    trainer->place = (__typeof__(trainer->place))take_integer(npz, name);
    STATE_INTEGERS(X)
#undef X
    if (trainer->batch_size == 0)
        fail("%s: state/batch_size is 0", path);
    check_wishes(trainer, path, wishes);
    trainer->progress.totals.loss = take_double(npz, "state/epoch_loss");
    weights_take(&trainer->parameters, npz, "", true);
    take_optimizer(trainer, npz);
    take_hypers(trainer, npz);
    take_stalls(trainer, npz);
    snn_io_npz_close(npz);
}
