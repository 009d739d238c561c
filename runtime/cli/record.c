// The log and the report of a training.
#include "cli/record.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/failure.h"

static void write_set(Json *json, const char *name, const Totals *totals)
{
    if (totals->n_samples == 0)
        return;
    json_key(json, name);
    json_open(json, '{');
    json_double_at(json, "loss", totals_mean_loss(totals));
    json_double_at(json, "accuracy", totals_accuracy(totals));
    json_integer_at(json, "samples", (int64_t)totals->n_samples);
    json_integer_at(json, "spikes", (int64_t)totals->n_spikes);
    if (totals->n_bad_loss)
        json_integer_at(json, "bad_loss", (int64_t)totals->n_bad_loss);
    if (totals->n_bad_gradient)
        json_integer_at(json, "bad_gradient", (int64_t)totals->n_bad_gradient);
    if (totals->n_grazing)
        json_integer_at(json, "grazing", (int64_t)totals->n_grazing);
    json_close(json, '}');
}

static void write_epoch(Json *json, const EpochResult *result)
{
    json_open(json, '{');
    json_integer_at(json, "epoch", (int64_t)result->epoch);
    json_integer_at(json, "step", (int64_t)result->step);
    write_set(json, "train", &result->train);
    write_set(json, "validation", &result->validation);
    write_set(json, "test", &result->test);
    json_double_at(json, "seconds", result->train_seconds);
    json_double_at(json, "samples_per_second",
                   result->train_seconds > 0
                       ? (double)result->n_run / result->train_seconds
                       : NAN);
    json_close(json, '}');
}

void record_open(Record *record, const Session *session)
{
    const Options *options = session->options;
    *record = (Record){.log_path = options_text(options, OPTION_LOG, NULL)};
    if (!record->log_path)
        return;
    bool is_resumed = options_has(options, OPTION_RESUME);
    record->log = fopen(record->log_path, is_resumed ? "a" : "w");
    if (!record->log)
        fail("cannot write %s: %s", record->log_path, strerror(errno));
}

static void keep(Record *record, const EpochResult *result)
{
    if (record->n_results == record->capacity) {
        size_t capacity = record->capacity ? 2 * record->capacity : 64;
        EpochResult *grown =
            realloc(record->results, capacity * sizeof *grown);
        if (!grown)
            fail("not enough memory");
        record->results = grown;
        record->capacity = capacity;
    }
    record->results[record->n_results++] = *result;
}

void record_epoch(Record *record, const EpochResult *result)
{
    keep(record, result);
    if (!record->log)
        return;
    Json json = {.out = record->log};
    write_epoch(&json, result);
    fputc('\n', record->log);
    if (fflush(record->log) != 0 || ferror(record->log))
        fail("cannot write %s: %s", record->log_path, strerror(errno));
}

void record_close(Record *record)
{
    if (record->log)
        fclose(record->log);
    free(record->results);
}

static void write_summary(Json *json, const Record *record,
                          const Session *session, bool was_interrupted)
{
    const Trainer *trainer = &session->trainer;
    const SnnModule *module = session->module;
    json_text_at(json, "model", module->name);
    json_text_at(json, "target", module->target);
    json_text_at(json, "precision", module->real_size == 4 ? "f32" : "f64");
    json_integer_at(json, "seed", (int64_t)trainer->progress.seed);
    json_integer_at(json, "batch", trainer->batch_size);
    json_integer_at(json, "epochs", (int64_t)trainer->progress.epoch);
    json_integer_at(json, "steps", (int64_t)trainer->progress.step);
    json_integer_at(json, "threads", trainer->n_workers);
    json_bool_at(json, "interrupted", was_interrupted);
    json_double_at(json, "seconds", record->seconds);
    if (record->n_results == 0)
        return;
    const EpochResult *last = &record->results[record->n_results - 1];
    write_set(json, "train", &last->train);
    write_set(json, "validation", &last->validation);
    write_set(json, "test", &last->test);
    double seconds = 0, samples = 0;
    for (size_t k = 0; k < record->n_results; k++) {
        seconds += record->results[k].train_seconds;
        samples += (double)record->results[k].n_run;
    }
    json_double_at(json, "samples_per_second", samples / seconds);
}

void record_print_json(const Record *record, const Session *session,
                       bool was_interrupted)
{
    Json json = {.out = stdout};
    json_open(&json, '{');
    write_summary(&json, record, session, was_interrupted);
    json_close(&json, '}');
    putchar('\n');
}

static void write_hypers(Json *json, const Session *session)
{
    const SnnModule *module = session->module;
    json_key(json, "hyperparameters");
    json_open(json, '{');
    for (uint32_t k = 0; k < module->n_hypers; k++)
        json_double_at(json, module->hypers[k].name,
                       session->trainer.hypers.values[k]);
    json_close(json, '}');
}

// MODEL-report.json beside the saved weights, or in the current directory.
static char *report_path(const Session *session, const char *saved)
{
    const char *given = options_text(session->options, OPTION_REPORT, NULL);
    const char *slash = saved ? strrchr(saved, '/') : NULL;
    int folder = slash ? (int)(slash - saved) + 1 : 0;
    size_t size = (size_t)folder + strlen(session->module->name) + 32 +
                  (given ? strlen(given) : 0);
    char *path = malloc(size);
    if (!path)
        fail("not enough memory");
    if (given)
        snprintf(path, size, "%s", given);
    else
        snprintf(path, size, "%.*s%s-report.json", folder, saved ? saved : "",
                 session->module->name);
    return path;
}

static void write_report(FILE *out, const Record *record,
                         const Session *session, bool was_interrupted)
{
    Json json = {.out = out};
    json_open(&json, '{');
    write_summary(&json, record, session, was_interrupted);
    write_hypers(&json, session);
    json_key(&json, "history");
    json_open(&json, '[');
    for (size_t k = 0; k < record->n_results; k++) {
        fputs("\n  ", out);
        write_epoch(&json, &record->results[k]);
    }
    json_close(&json, ']');
    json_close(&json, '}');
    fputc('\n', out);
}

void record_write_report(const Record *record, const Session *session,
                         const char *saved, bool was_interrupted)
{
    char *path = report_path(session, saved);
    FILE *out = fopen(path, "w");
    if (!out)
        fail("cannot write the report %s: %s", path, strerror(errno));
    write_report(out, record, session, was_interrupted);
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed)
        fail("cannot write the report %s: %s", path, strerror(errno));
    if (!options_has(session->options, OPTION_QUIET))
        printf("report in %s\n", path);
    free(path);
}
