// gradient: one forward and one adjoint pass per sample on given spikes and
// parameters; everything that came out goes to a file.
#include "cli/commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/file/archive.h"
#include "cli/failure.h"
#include "io/json.h"
#include "cli/session.h"
#include "cli/file/spike_file.h"
#include "cli/file/weights.h"

// Spikes of one layer over all samples, in order.
typedef struct Trace {
    double *times;
    int64_t *neurons;
    int64_t *offsets;        // [n_samples + 1]
    size_t count, capacity;
} Trace;

typedef struct Run {
    Session session;
    SpikeFile input;
    Worker worker;
    Gradients gradients;     // of one sample
    double **sums;           // [n_parameters]; NULL where not learned
    double *losses;          // [n_samples]
    double *time_gradient;   // [n_times] in the file's order
    uint32_t *places;        // of one sample, sorted to given
    double *sorted_gradient;
    size_t place_capacity;
    Trace *traces;           // [n_layers]
    Totals totals;
} Run;

static void *need(size_t count, size_t item_size)
{
    void *block = calloc(count ? count : 1, item_size);
    if (!block)
        fail("not enough memory");
    return block;
}

static void open_run(Run *run, const SnnModule *module, const Options *options)
{
    const char *path = options_text(options, OPTION_SPIKES, NULL);
    if (!path || !options_has(options, OPTION_OUT))
        fail("gradient needs --spikes FILE.npz and --out FILE.npz");
    session_open(&run->session, module, options);
    spike_file_read(&run->input, module, path);
    Trainer *trainer = &run->session.trainer;
    if (!trainer_update(trainer) ||
        !worker_new(&run->worker, module, &trainer->wiring,
                    trainer->parameters.values, true) ||
        !gradients_new(&run->gradients, module))
        fail("not enough memory");
    uint32_t n = run->input.n_samples;
    run->losses = need(n, sizeof(double));
    run->time_gradient = need((size_t)run->input.offsets[n], sizeof(double));
    run->sums = need(module->n_parameters, sizeof(double *));
    for (uint32_t k = 0; k < module->n_parameters; k++)
        if (module->parameters[k].learned)
            run->sums[k] = need(parameter_count(&module->parameters[k]),
                                sizeof(double));
    run->traces = need(module->n_layers, sizeof(Trace));
    for (uint32_t l = 0; l < module->n_layers; l++)
        run->traces[l].offsets = need((size_t)n + 1, sizeof(int64_t));
}

static void close_run(Run *run)
{
    const SnnModule *module = run->session.module;
    for (uint32_t k = 0; k < module->n_parameters; k++)
        free(run->sums[k]);
    for (uint32_t l = 0; l < module->n_layers; l++) {
        free(run->traces[l].times);
        free(run->traces[l].neurons);
        free(run->traces[l].offsets);
    }
    free(run->sums);
    free(run->traces);
    free(run->losses);
    free(run->time_gradient);
    free(run->places);
    free(run->sorted_gradient);
    gradients_free(&run->gradients);
    worker_free(&run->worker);
    spike_file_free(&run->input);
    session_close(&run->session);
}

// The sample's spikes, sorted, with their places in the file.
static void load_sample(Run *run, uint32_t sample)
{
    const SpikeFile *input = &run->input;
    Stimulus *stimulus = &run->worker.stimulus;
    size_t first = (size_t)input->offsets[sample];
    size_t n = (size_t)input->offsets[sample + 1] - first;
    if (n > run->place_capacity) {
        free(run->places);
        free(run->sorted_gradient);
        run->places = need(n, sizeof *run->places);
        run->sorted_gradient = need(n, sizeof(double));
        run->place_capacity = n;
    }
    if (!stimulus_reserve(stimulus, n))
        fail("not enough memory");
    for (size_t k = 0; k < n; k++) {
        stimulus->times[k] = input->times[first + k];
        stimulus->channels[k] = (uint32_t)input->channels[first + k];
    }
    stimulus->count = n;
    if (n && !stimulus_sort(stimulus, run->places))
        fail("not enough memory");
}

static void grow_trace(Trace *trace, size_t n)
{
    if (n <= trace->capacity)
        return;
    trace->capacity = n + n / 2;
    trace->times = realloc(trace->times, trace->capacity * sizeof(double));
    trace->neurons = realloc(trace->neurons, trace->capacity * sizeof(int64_t));
    if (!trace->times || !trace->neurons)
        fail("not enough memory");
}

static void record_spikes(Run *run, uint32_t sample)
{
    for (uint32_t l = 0; l < run->session.module->n_layers; l++) {
        const SpikeList *spikes = &run->worker.network.layers[l].spikes;
        Trace *trace = &run->traces[l];
        grow_trace(trace, trace->count + spikes->count);
        for (size_t k = 0; k < spikes->count; k++) {
            trace->times[trace->count] = spikes->times[k];
            trace->neurons[trace->count++] = spikes->neurons[k];
        }
        trace->offsets[sample + 1] = (int64_t)trace->count;
    }
}

static void record_gradient(Run *run, uint32_t sample)
{
    size_t first = (size_t)run->input.offsets[sample];
    network_input_gradient(&run->worker.network, run->sorted_gradient);
    for (size_t k = 0; k < run->worker.stimulus.count; k++)
        run->time_gradient[first + run->places[k]] = run->sorted_gradient[k];
    gradients_add_to(&run->gradients, run->sums);
    run->totals.n_grazing += network_stats(&run->worker.network).n_grazing;
}

static void blame(Run *run, uint32_t sample)
{
    if (run->totals.n_bad_gradient++ == 0)
        blame_adjoint(&run->totals.gradient_blame, &run->worker.network,
                      &run->gradients, sample);
}

static void run_sample(Run *run, uint32_t sample)
{
    const double *hypers = run->session.trainer.hypers.values;
    SampleResult result;
    RunError error = {.sample = sample};
    load_sample(run, sample);
    if (!worker_forward(&run->worker, sample,
                        (int32_t)run->input.labels[sample], hypers, true,
                        &run->totals, &result, &error.network))
        session_fail(&run->session, &error, "given");
    run->losses[sample] = result.loss;
    record_spikes(run, sample);
    if (!result.is_finite)
        return;
    gradients_clear(&run->gradients);
    if (!worker_backward(&run->worker, &run->gradients, hypers,
                         &error.network))
        session_fail(&run->session, &error, "given");
    if (gradients_are_finite(&run->gradients))
        record_gradient(run, sample);
    else
        blame(run, sample);
}

static void add_gradients(SnnNpzWriter *writer, const Run *run)
{
    const SnnModule *module = run->session.module;
    for (uint32_t k = 0; k < module->n_parameters; k++) {
        char name[512];
        uint64_t shape[WEIGHTS_RANK];
        if (!run->sums[k])
            continue;
        uint32_t rank = weights_shape(&module->parameters[k], shape);
        snprintf(name, sizeof name, "grad/%s", module->parameters[k].name);
        snn_io_npz_add(writer, name, SNN_NPZ_F8, rank, shape, run->sums[k]);
    }
}

static void add_trace(SnnNpzWriter *writer, const char *layer,
                      const Trace *trace, size_t n_samples)
{
    char name[512];
    snprintf(name, sizeof name, "spikes/%s/times", layer);
    archive_put_doubles(writer, name, trace->times, trace->count);
    snprintf(name, sizeof name, "spikes/%s/neurons", layer);
    archive_put_integers(writer, name, trace->neurons, trace->count);
    snprintf(name, sizeof name, "spikes/%s/offsets", layer);
    archive_put_integers(writer, name, trace->offsets, n_samples + 1);
}

static void add_spikes(SnnNpzWriter *writer, const Run *run)
{
    const SnnModule *module = run->session.module;
    for (uint32_t l = 0; l < module->n_layers; l++)
        if (!module->layers[l].is_input)
            add_trace(writer, module->layers[l].name, &run->traces[l],
                      run->input.n_samples);
}

static void write_result(const Run *run)
{
    const char *path = options_text(run->session.options, OPTION_OUT, NULL);
    uint32_t n = run->input.n_samples;
    char error[512];
    SnnNpzWriter *writer = snn_io_npz_create(path, error, sizeof error);
    if (!writer)
        fail("%s", error);
    archive_put_doubles(writer, "loss", run->losses, n);
    add_gradients(writer, run);
    archive_put_doubles(writer, "grad/input_times", run->time_gradient,
                        (size_t)run->input.offsets[n]);
    add_spikes(writer, run);
    if (snn_io_npz_commit(writer, error, sizeof error) != 0)
        fail("%s", error);
}

static void print_blame(const Run *run, const Blame *blame)
{
    char text[512];
    blame_format(blame, run->session.module, text, sizeof text);
    fprintf(stderr, "note: %s\n", text);
}

static void print_result(const Run *run)
{
    const Totals *t = &run->totals;
    const Options *options = run->session.options;
    if (t->n_bad_loss || t->n_bad_gradient)
        fprintf(stderr, "warning: %llu samples have no finite gradient and are "
                "left out of the sums\n",
                (unsigned long long)(t->n_bad_loss + t->n_bad_gradient));
    if (t->n_bad_loss)
        print_blame(run, &t->loss_blame);
    if (t->n_bad_gradient)
        print_blame(run, &t->gradient_blame);
    if (t->n_grazing)
        fprintf(stderr, "warning: %llu grazing spikes, whose gradient is "
                "infinite, passed none\n", (unsigned long long)t->n_grazing);
    if (options_has(options, OPTION_JSON)) {
        SnnJson json;
    snn_io_json_begin(&json, stdout);
        snn_io_json_object(&json);
        snn_io_json_put_integer(&json, "samples", (int64_t)t->n_samples);
        snn_io_json_put_number(&json, "loss", totals_mean_loss(t));
        snn_io_json_put_integer(&json, "spikes", (int64_t)t->n_spikes);
        snn_io_json_put_integer(&json, "left_out",
                        (int64_t)(t->n_bad_loss + t->n_bad_gradient));
        snn_io_json_close(&json);
        snn_io_json_end(&json, NULL);
    } else if (!options_has(options, OPTION_QUIET)) {
        printf("%llu samples, mean loss %.9g, %llu spikes; gradients in %s\n",
               (unsigned long long)t->n_samples, totals_mean_loss(t),
               (unsigned long long)t->n_spikes,
               options_text(options, OPTION_OUT, ""));
    }
}

int command_gradient(const SnnModule *module, const Options *options)
{
    Run run = {0};
    open_run(&run, module, options);
    for (uint32_t i = 0; i < run.input.n_samples; i++)
        run_sample(&run, i);
    write_result(&run);
    print_result(&run);
    close_run(&run);
    return EXIT_FINE;
}
