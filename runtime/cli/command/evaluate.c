// evaluate and predict: a data set through the trained network.
#include "cli/commands.h"

#include <stdio.h>
#include "cli/failure.h"
#include "io/file.h"
#include "io/json.h"
#include "cli/session.h"

static void run(Session *session, const Stimuli *set, const char *name,
                SampleResult *results, Totals *out_totals)
{
    RunError error;
    if (!trainer_evaluate(&session->trainer, set, set->n_samples, out_totals,
                          results, &error))
        session_fail(session, &error, name);
}

static void print_json(const Session *session, const char *name,
                       const Totals *totals)
{
    double runs = (double)totals->n_samples *
                  session_count_neurons(session->module);
    SnnJson json;
    snn_io_json_begin(&json, stdout);
    snn_io_json_object(&json);
    snn_io_json_put_text(&json, "set", name);
    snn_io_json_put_integer(&json, "samples", (int64_t)totals->n_samples);
    snn_io_json_put_number(&json, "loss", totals_mean_loss(totals));
    if (session->module->predict) {
        snn_io_json_put_number(&json, "accuracy", totals_accuracy(totals));
        snn_io_json_put_integer(&json, "correct", (int64_t)totals->n_correct);
    }
    snn_io_json_put_integer(&json, "bad_loss", (int64_t)totals->n_bad_loss);
    snn_io_json_put_number(&json, "spikes_per_neuron",
                   (double)totals->n_spikes / runs);
    snn_io_json_close(&json);
    snn_io_json_end(&json, NULL);
}

static void print_text(const Session *session, const char *name,
                       const Totals *totals)
{
    printf("%s: loss %.6g", name, totals_mean_loss(totals));
    if (session->module->predict)
        printf(", accuracy %.2f %% (%llu of %llu)",
               100 * totals_accuracy(totals),
               (unsigned long long)totals->n_correct,
               (unsigned long long)totals->n_samples);
    putchar('\n');
    if (totals->n_bad_loss)
        fprintf(stderr, "warning: %llu samples whose loss is not finite are "
                "not in the mean\n", (unsigned long long)totals->n_bad_loss);
}

int command_evaluate(const SnnModule *module, const Options *options)
{
    Session session;
    const char *name;
    Totals totals;
    session_open(&session, module, options);
    session_read_data(&session);
    const Stimuli *set = session_chosen_set(&session, &name);
    run(&session, set, name, NULL, &totals);
    if (!options_has(options, OPTION_JSON) ||
        !options_has(options, OPTION_QUIET))
        print_text(&session, name, &totals);
    if (options_has(options, OPTION_JSON))
        print_json(&session, name, &totals);
    session_close(&session);
    return EXIT_FINE;
}

static int format_class(char *line, size_t size, const Stimuli *set,
                        const SampleResult *results, uint32_t sample)
{
    return snprintf(line, size, "%u\t%lld\t%d\n", sample,
                    (long long)results[sample].predicted,
                    (int)stimuli_label(set, sample));
}

static void print_classes(const Stimuli *set, const SampleResult *results)
{
    char line[64];
    for (uint32_t i = 0; i < set->n_samples; i++) {
        format_class(line, sizeof line, set, results, i);
        fputs(line, stdout);
    }
}

static void write_classes(const char *path, const Stimuli *set,
                          const SampleResult *results)
{
    char error[512] = "", line[64];
    SnnAtomicFile *file = snn_io_atomic_open(path, error, sizeof error);
    if (!file)
        fail("%s", error);
    for (uint32_t i = 0; i < set->n_samples; i++) {
        int n = format_class(line, sizeof line, set, results, i);
        snn_io_atomic_write(file, line, (size_t)n);
    }
    if (snn_io_atomic_commit(file, error, sizeof error) != 0)
        fail("%s", error);
}

int command_predict(const SnnModule *module, const Options *options)
{
    Session session;
    const char *name;
    Totals totals;
    session_open(&session, module, options);
    session_read_data(&session);
    const Stimuli *set = session_chosen_set(&session, &name);
    SampleResult *results = memory_array(set->n_samples, sizeof *results);
    if (!results)
        fail("not enough memory");
    run(&session, set, name, results, &totals);
    const char *path = options_text(options, OPTION_OUT, NULL);
    if (path)
        write_classes(path, set, results);
    else
        print_classes(set, results);
    if (options_has(options, OPTION_JSON))
        print_json(&session, name, &totals);
    memory_free(results);
    session_close(&session);
    return EXIT_FINE;
}
