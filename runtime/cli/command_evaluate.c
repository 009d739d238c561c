// evaluate and predict: a data set through the trained network.
#include "cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "cli/failure.h"
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
    snn_io_json_put_number(&json, "accuracy", totals_accuracy(totals));
    snn_io_json_put_integer(&json, "correct", (int64_t)totals->n_correct);
    snn_io_json_put_integer(&json, "bad_loss", (int64_t)totals->n_bad_loss);
    snn_io_json_put_number(&json, "spikes_per_neuron",
                   (double)totals->n_spikes / runs);
    snn_io_json_close(&json);
    snn_io_json_end(&json, NULL);
}

static void print_text(const char *name, const Totals *totals)
{
    printf("%s: loss %.6g, accuracy %.2f %% (%llu of %llu)\n", name,
           totals_mean_loss(totals), 100 * totals_accuracy(totals),
           (unsigned long long)totals->n_correct,
           (unsigned long long)totals->n_samples);
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
        print_text(name, &totals);
    if (options_has(options, OPTION_JSON))
        print_json(&session, name, &totals);
    session_close(&session);
    return EXIT_FINE;
}

static void write_classes(FILE *out, const Stimuli *set,
                          const SampleResult *results)
{
    for (uint32_t i = 0; i < set->n_samples; i++)
        fprintf(out, "%u\t%lld\t%d\n", i, (long long)results[i].predicted,
                (int)stimuli_label(set, i));
}

static void write_file(const char *path, const Stimuli *set,
                       const SampleResult *results)
{
    FILE *out = fopen(path, "w");
    if (!out)
        fail("cannot write %s: %s", path, strerror(errno));
    write_classes(out, set, results);
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed)
        fail("cannot write %s: %s", path, strerror(errno));
}

int command_predict(const SnnModule *module, const Options *options)
{
    Session session;
    const char *name;
    Totals totals;
    if (!module->predict)
        fail("the model has no prediction; write `predict ...` in it");
    session_open(&session, module, options);
    session_read_data(&session);
    const Stimuli *set = session_chosen_set(&session, &name);
    SampleResult *results = memory_array(set->n_samples, sizeof *results);
    if (!results)
        fail("not enough memory");
    run(&session, set, name, results, &totals);
    const char *path = options_text(options, OPTION_OUT, NULL);
    if (path)
        write_file(path, set, results);
    else
        write_classes(stdout, set, results);
    if (options_has(options, OPTION_JSON))
        print_json(&session, name, &totals);
    memory_free(results);
    session_close(&session);
    return EXIT_FINE;
}
