// describe: what the model is made of, for people or as JSON.
#include "cli/commands.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "cli/failure.h"
#include "cli/file/list_file.h"
#include "io/json.h"
#include "cli/session.h"
#include "cli/file/weights.h"
#include "topology/topology.h"

typedef struct Summary {
    double low, mean, high;
} Summary;

static Summary summarise(const Parameters *parameters, uint32_t which)
{
    size_t n = parameter_count(&parameters->module->parameters[which]);
    Summary s = {INFINITY, 0, -INFINITY};
    for (size_t i = 0; i < n; i++) {
        double value = parameters_get(parameters, which, i);
        s.low = fmin(s.low, value);
        s.high = fmax(s.high, value);
        s.mean += value / (double)n;
    }
    return s;
}

// Bytes that training holds: parameters, optimiser, gradients of all slots.
static size_t estimate_memory(const Session *session)
{
    const SnnModule *module = session->module;
    size_t gradients = gradients_bytes(module);
    return (size_t)topology_bytes(module) + parameters_bytes(module) +
           optimizer_bytes(module) +
           wiring_bytes(&session->trainer.wiring) +
           slot_count(session->trainer.batch_size, gradients) * gradients;
}

static const char *pattern_text(const SnnProjection *p)
{
    static const char *const texts[] = {
        [SNN_PATTERN_DENSE] = "dense",
        [SNN_PATTERN_ONE_TO_ONE] = "one to one",
        [SNN_PATTERN_RANDOM] = "random",
        [SNN_PATTERN_IN_DEGREE] = "fixed in-degree",
        [SNN_PATTERN_OUT_DEGREE] = "fixed out-degree",
        [SNN_PATTERN_WINDOW] = "window",
        [SNN_PATTERN_LIST] = "list",
    };
    return p->pattern ? texts[p->pattern->kind] : "dense";
}

static uint64_t count_synapses(const SnnModule *module, const SnnProjection *p)
{
    return p->synapses ? p->synapses->n_synapses
                       : (uint64_t)module->layers[p->source].size *
                             module->layers[p->target].size;
}

static void print_delay(const SnnModule *module, const SnnProjection *p)
{
    if (p->delay_parameter != SNN_NONE)
        printf(", delays %s", module->parameters[p->delay_parameter].name);
    else if (p->delay > 0)
        printf(", delay %.15g s", p->delay);
}

static void print_layers(const SnnModule *module)
{
    puts("\nlayers");
    for (uint32_t l = 0; l < module->n_layers; l++) {
        const SnnLayer *layer = &module->layers[l];
        printf("  %-12s %6u  %s%s%s\n", layer->name, layer->size,
               layer->neuron, *layer->solver ? "; " : "", layer->solver);
    }
    puts("\nprojections");
    for (uint32_t k = 0; k < module->n_projections; k++) {
        const SnnProjection *p = &module->projections[k];
        printf("  %-12s %s -> %s, %s of %llu synapses, weights %s",
               p->name, module->layers[p->source].name,
               module->layers[p->target].name, pattern_text(p),
               (unsigned long long)count_synapses(module, p),
               module->parameters[p->parameter].name);
        print_delay(module, p);
        putchar('\n');
    }
}

static void print_parameters(const Session *session)
{
    const SnnModule *module = session->module;
    puts("\nparameters");
    for (uint32_t k = 0; k < module->n_parameters; k++) {
        const SnnParameter *p = &module->parameters[k];
        if (p->internal)
            continue;
        Summary s = summarise(&session->trainer.parameters, k);
        uint64_t shape[WEIGHTS_RANK];
        char text[96];
        weights_print_shape(shape, weights_shape(p, shape), text, sizeof text);
        printf("  %-24s %-12s %-8s unit %s", p->name, text,
               p->learned ? "learned" : "fixed", p->unit);
        if (s.low == s.high)
            printf("  value %.6g", s.low);
        else
            printf("  from %.4g to %.4g, mean %.4g", s.low, s.high, s.mean);
        if (isfinite(p->low) || isfinite(p->high))
            printf("  in [%.6g, %.6g]", p->low, p->high);
        putchar('\n');
    }
}

static void print_hypers(const Session *session)
{
    const SnnModule *module = session->module;
    if (module->n_hypers)
        puts("\nhyperparameters (--set), at the first step");
    for (uint32_t k = 0; k < module->n_hypers; k++)
        printf("  %-24s %.6g%s%s\n", module->hypers[k].name,
               session->trainer.hypers.values[k],
               strcmp(module->hypers[k].unit, "1") == 0 ? "" : " ",
               strcmp(module->hypers[k].unit, "1") == 0
                   ? "" : module->hypers[k].unit);
}

static void print_text(const Session *session)
{
    const SnnModule *module = session->module;
    printf("%s: %s, for %s; a sample lasts %g s; batch %u, %u epochs\n",
           module->name, session_precision(module),
           module->target, module->duration, module->batch, module->epochs);
    printf("memory for training: %.2f MiB besides the data\n",
           (double)estimate_memory(session) / (1 << 20));
    if (module->reader)
        printf("data: %s\n", module->reader->name);
    print_layers(module);
    print_parameters(session);
    print_hypers(session);
}

static void write_layers(SnnJson *json, const SnnModule *module)
{
    snn_io_json_key(json, "layers");
    snn_io_json_array(json);
    for (uint32_t l = 0; l < module->n_layers; l++) {
        const SnnLayer *layer = &module->layers[l];
        snn_io_json_object(json);
        snn_io_json_put_text(json, "name", layer->name);
        snn_io_json_put_integer(json, "size", layer->size);
        snn_io_json_put_bool(json, "input", layer->is_input);
        snn_io_json_put_text(json, "neuron", layer->neuron);
        snn_io_json_put_text(json, "solver", layer->solver);
        snn_io_json_close(json);
    }
    snn_io_json_close(json);
    snn_io_json_key(json, "projections");
    snn_io_json_array(json);
    for (uint32_t k = 0; k < module->n_projections; k++) {
        const SnnProjection *p = &module->projections[k];
        snn_io_json_object(json);
        snn_io_json_put_text(json, "name", p->name);
        snn_io_json_put_text(json, "source", module->layers[p->source].name);
        snn_io_json_put_text(json, "target", module->layers[p->target].name);
        snn_io_json_put_text(json, "pattern", pattern_text(p));
        snn_io_json_put_integer(json, "synapses",
                                (int64_t)count_synapses(module, p));
        snn_io_json_put_text(json, "parameter",
                             module->parameters[p->parameter].name);
        snn_io_json_put_number(json, "delay", p->delay);
        if (p->delay_parameter != SNN_NONE)
            snn_io_json_put_text(json, "delay_parameter",
                                 module->parameters[p->delay_parameter].name);
        snn_io_json_close(json);
    }
    snn_io_json_close(json);
}

enum { VALUES_SHOWN = 4096 }; // larger parameters are summarised only

static void write_values(SnnJson *json, const Parameters *parameters,
                         uint32_t which)
{
    const SnnParameter *p = &parameters->module->parameters[which];
    size_t n = parameter_count(p);
    Summary s = summarise(parameters, which);
    snn_io_json_put_number(json, "smallest", s.low);
    snn_io_json_put_number(json, "mean", s.mean);
    snn_io_json_put_number(json, "largest", s.high);
    if (n > VALUES_SHOWN)
        return;
    snn_io_json_key(json, p->shape == SNN_SHARED ? "value" : "values");
    if (p->shape == SNN_SHARED) {
        snn_io_json_number(json, parameters_get(parameters, which, 0));
        return;
    }
    for (size_t i = 0; i < n; i++) {
        bool is_row = p->shape == SNN_DENSE && i % p->columns == 0;
        bool ends_row = p->shape == SNN_DENSE && (i + 1) % p->columns == 0;
        if (i == 0)
            snn_io_json_array(json);
        if (is_row)
            snn_io_json_array(json);
        snn_io_json_number(json, parameters_get(parameters, which, i));
        if (ends_row)
            snn_io_json_close(json);
    }
    snn_io_json_close(json);
}

static void write_parameters(SnnJson *json, const Session *session)
{
    const SnnModule *module = session->module;
    snn_io_json_key(json, "parameters");
    snn_io_json_array(json);
    for (uint32_t k = 0; k < module->n_parameters; k++) {
        const SnnParameter *p = &module->parameters[k];
        if (p->internal)
            continue;
        uint64_t shape[WEIGHTS_RANK];
        uint32_t rank = weights_shape(p, shape);
        snn_io_json_object(json);
        snn_io_json_put_text(json, "name", p->name);
        snn_io_json_key(json, "shape");
        snn_io_json_array(json);
        for (uint32_t r = 0; r < rank; r++)
            snn_io_json_integer(json, (int64_t)shape[r]);
        snn_io_json_close(json);
        snn_io_json_put_text(json, "unit", p->unit);
        snn_io_json_put_bool(json, "learned", p->learned);
        snn_io_json_put_number(json, "low", p->low);
        snn_io_json_put_number(json, "high", p->high);
        write_values(json, &session->trainer.parameters, k);
        snn_io_json_close(json);
    }
    snn_io_json_close(json);
}

static void write_hypers(SnnJson *json, const Session *session)
{
    const SnnModule *module = session->module;
    snn_io_json_key(json, "hyperparameters");
    snn_io_json_array(json);
    for (uint32_t k = 0; k < module->n_hypers; k++) {
        snn_io_json_object(json);
        snn_io_json_put_text(json, "name", module->hypers[k].name);
        snn_io_json_put_text(json, "unit", module->hypers[k].unit);
        snn_io_json_put_number(json, "value",
                               session->trainer.hypers.values[k]);
        snn_io_json_close(json);
    }
    snn_io_json_close(json);
}

static void print_json(const Session *session)
{
    const SnnModule *module = session->module;
    SnnJson json;
    snn_io_json_begin(&json, stdout);
    snn_io_json_object(&json);
    snn_io_json_put_text(&json, "model", module->name);
    snn_io_json_put_text(&json, "target", module->target);
    snn_io_json_put_text(&json, "precision", session_precision(module));
    snn_io_json_put_number(&json, "duration", module->duration);
    snn_io_json_put_integer(&json, "batch", module->batch);
    snn_io_json_put_integer(&json, "epochs", module->epochs);
    snn_io_json_put_text(&json, "data",
                         module->reader ? module->reader->name : NULL);
    snn_io_json_put_integer(&json, "memory",
                            (int64_t)estimate_memory(session));
    write_layers(&json, module);
    write_parameters(&json, session);
    write_hypers(&json, session);
    snn_io_json_close(&json);
    snn_io_json_end(&json, NULL);
}

int command_describe(const SnnModule *module, const Options *options)
{
    Session session;
    session_open(&session, module, options);
    if (options_has(options, OPTION_SYNAPSES))
        list_file_write(module, options_text(options, OPTION_SYNAPSES, NULL));
    if (options_has(options, OPTION_JSON))
        print_json(&session);
    else
        print_text(&session);
    session_close(&session);
    return EXIT_FINE;
}
