// The log and the report of a training.
#include "cli/record.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/clock.h"
#include "cli/failure.h"
#include "io/file.h"
#include "io/json.h"

static void write_set(SnnJson *json, const char *name, const Totals *totals,
                      bool has_prediction)
{
    if (totals->n_samples == 0)
        return;
    snn_io_json_key(json, name);
    snn_io_json_object(json);
    snn_io_json_put_number(json, "loss", totals_mean_loss(totals));
    if (has_prediction)
        snn_io_json_put_number(json, "accuracy", totals_accuracy(totals));
    snn_io_json_put_integer(json, "samples", (int64_t)totals->n_samples);
    snn_io_json_put_integer(json, "spikes", (int64_t)totals->n_spikes);
    if (totals->n_bad_loss)
        snn_io_json_put_integer(json, "bad_loss", (int64_t)totals->n_bad_loss);
    if (totals->n_bad_gradient)
        snn_io_json_put_integer(json, "bad_gradient",
                                (int64_t)totals->n_bad_gradient);
    if (totals->n_grazing)
        snn_io_json_put_integer(json, "grazing", (int64_t)totals->n_grazing);
    if (totals->n_kept)
        snn_io_json_put_integer(json, "kept", (int64_t)totals->n_kept);
    snn_io_json_close(json);
}

static void write_epoch(SnnJson *json, const EpochResult *result,
                        bool has_prediction)
{
    snn_io_json_object(json);
    snn_io_json_put_integer(json, "epoch", (int64_t)result->epoch);
    snn_io_json_put_integer(json, "step", (int64_t)result->step);
    write_set(json, "train", &result->train, has_prediction);
    write_set(json, "validation", &result->validation, has_prediction);
    write_set(json, "test", &result->test, has_prediction);
    snn_io_json_put_number(json, "seconds", result->train_seconds);
    snn_io_json_put_number(json, "samples_per_second",
                   result->train_seconds > 0
                       ? (double)result->n_run / result->train_seconds
                       : NAN);
    snn_io_json_close(json);
}

void record_open(Record *record, const Session *session)
{
    const Options *options = session->options;
    *record = (Record){
        .log_path = options_text(options, OPTION_LOG, NULL),
        .has_prediction = session->module->predict != NULL,
    };
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
    SnnJson json;
    snn_io_json_begin(&json, record->log);
    write_epoch(&json, result, record->has_prediction);
    if (!snn_io_json_end(&json, NULL) || fflush(record->log) != 0)
        fail("cannot write %s: %s", record->log_path, strerror(errno));
}

void record_close(Record *record)
{
    if (record->log)
        fclose(record->log);
    free(record->results);
}

static void write_summary(SnnJson *json, const Record *record,
                          const Session *session, bool was_interrupted)
{
    const Trainer *trainer = &session->trainer;
    const SnnModule *module = session->module;
    snn_io_json_put_text(json, "model", module->name);
    snn_io_json_put_text(json, "target", module->target);
    snn_io_json_put_text(json, "precision", session_precision(module));
    snn_io_json_put_integer(json, "seed", (int64_t)trainer->progress.seed);
    snn_io_json_put_integer(json, "batch", trainer->batch_size);
    snn_io_json_put_integer(json, "epochs", (int64_t)trainer->progress.epoch);
    snn_io_json_put_integer(json, "steps", (int64_t)trainer->progress.step);
    snn_io_json_put_integer(json, "threads", trainer->n_workers);
    snn_io_json_put_bool(json, "interrupted", was_interrupted);
    snn_io_json_put_number(json, "seconds", record->seconds);
    if (record->n_results == 0)
        return;
    const EpochResult *last = &record->results[record->n_results - 1];
    write_set(json, "train", &last->train, record->has_prediction);
    write_set(json, "validation", &last->validation, record->has_prediction);
    write_set(json, "test", &last->test, record->has_prediction);
    double seconds = 0, samples = 0;
    for (size_t k = 0; k < record->n_results; k++) {
        seconds += record->results[k].train_seconds;
        samples += (double)record->results[k].n_run;
    }
    snn_io_json_put_number(json, "samples_per_second", samples / seconds);
    snn_io_json_put_integer(json, "peak_bytes", (int64_t)clock_peak_bytes());
}

void record_print_json(const Record *record, const Session *session,
                       bool was_interrupted)
{
    SnnJson json;
    snn_io_json_begin(&json, stdout);
    snn_io_json_object(&json);
    write_summary(&json, record, session, was_interrupted);
    snn_io_json_close(&json);
    snn_io_json_end(&json, NULL);
}

static void write_hypers(SnnJson *json, const Session *session)
{
    const SnnModule *module = session->module;
    snn_io_json_key(json, "hyperparameters");
    snn_io_json_object(json);
    for (uint32_t k = 0; k < module->n_hypers; k++)
        snn_io_json_put_number(json, module->hypers[k].name,
                       session->trainer.hypers.values[k]);
    snn_io_json_close(json);
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

static char *report_text(const Record *record, const Session *session,
                         bool was_interrupted)
{
    SnnJson json;
    char *text;
    snn_io_json_begin(&json, NULL);
    json.indent = 2;
    snn_io_json_object(&json);
    write_summary(&json, record, session, was_interrupted);
    write_hypers(&json, session);
    snn_io_json_key(&json, "history");
    snn_io_json_array(&json);
    for (size_t k = 0; k < record->n_results; k++) {
        write_epoch(&json, &record->results[k], record->has_prediction);
    }
    snn_io_json_close(&json);
    snn_io_json_close(&json);
    if (!snn_io_json_end(&json, &text))
        fail("not enough memory for the report");
    return text;
}

void record_write_report(const Record *record, const Session *session,
                         const char *saved, bool was_interrupted)
{
    char *path = report_path(session, saved);
    char *text = report_text(record, session, was_interrupted);
    char error[512];
    if (snn_io_file_write(path, text, strlen(text), error, sizeof error) != 0)
        fail("the report: %s", error);
    if (!options_has(session->options, OPTION_QUIET))
        printf("report in %s\n", path);
    free(text);
    free(path);
}
