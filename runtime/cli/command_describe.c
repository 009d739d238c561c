// describe: what the model is made of, for people or as JSON.
#include "cli/commands.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "cli/failure.h"
#include "cli/json.h"
#include "cli/session.h"
#include "cli/weights.h"

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
    return parameters_bytes(module) + optimizer_bytes(module) +
           slot_count(session->trainer.batch_size, gradients) * gradients;
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
        printf("  %-12s %s -> %s, weights %s\n", p->name,
               module->layers[p->source].name, module->layers[p->target].name,
               module->parameters[p->parameter].name);
    }
}

static void print_parameters(const Session *session)
{
    const SnnModule *module = session->module;
    puts("\nparameters");
    for (uint32_t k = 0; k < module->n_parameters; k++) {
        const SnnParameter *p = &module->parameters[k];
        Summary s = summarise(&session->trainer.parameters, k);
        uint64_t shape[2];
        char text[64];
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
           module->name, module->real_size == 4 ? "f32" : "f64",
           module->target, module->duration, module->batch, module->epochs);
    printf("memory for training: %.2f MiB besides the data\n",
           (double)estimate_memory(session) / (1 << 20));
    if (module->reader)
        printf("data: %s\n", module->reader->name);
    print_layers(module);
    print_parameters(session);
    print_hypers(session);
}

static void write_layers(Json *json, const SnnModule *module)
{
    json_key(json, "layers");
    json_open(json, '[');
    for (uint32_t l = 0; l < module->n_layers; l++) {
        const SnnLayer *layer = &module->layers[l];
        json_open(json, '{');
        json_text_at(json, "name", layer->name);
        json_integer_at(json, "size", layer->size);
        json_bool_at(json, "input", layer->is_input);
        json_text_at(json, "neuron", layer->neuron);
        json_text_at(json, "solver", layer->solver);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_key(json, "projections");
    json_open(json, '[');
    for (uint32_t k = 0; k < module->n_projections; k++) {
        const SnnProjection *p = &module->projections[k];
        json_open(json, '{');
        json_text_at(json, "name", p->name);
        json_text_at(json, "source", module->layers[p->source].name);
        json_text_at(json, "target", module->layers[p->target].name);
        json_text_at(json, "parameter", module->parameters[p->parameter].name);
        json_close(json, '}');
    }
    json_close(json, ']');
}

enum { VALUES_SHOWN = 4096 }; // larger parameters are summarised only

static void write_values(Json *json, const Parameters *parameters,
                         uint32_t which)
{
    const SnnParameter *p = &parameters->module->parameters[which];
    size_t n = parameter_count(p);
    Summary s = summarise(parameters, which);
    json_double_at(json, "smallest", s.low);
    json_double_at(json, "mean", s.mean);
    json_double_at(json, "largest", s.high);
    if (n > VALUES_SHOWN)
        return;
    json_key(json, p->shape == SNN_SHARED ? "value" : "values");
    if (p->shape == SNN_SHARED) {
        json_double(json, parameters_get(parameters, which, 0));
        return;
    }
    for (size_t i = 0; i < n; i++) {
        bool is_row = p->shape == SNN_DENSE && i % p->columns == 0;
        bool ends_row = p->shape == SNN_DENSE && (i + 1) % p->columns == 0;
        if (i == 0)
            json_open(json, '[');
        if (is_row)
            json_open(json, '[');
        json_double(json, parameters_get(parameters, which, i));
        if (ends_row)
            json_close(json, ']');
    }
    json_close(json, ']');
}

static void write_parameters(Json *json, const Session *session)
{
    const SnnModule *module = session->module;
    json_key(json, "parameters");
    json_open(json, '[');
    for (uint32_t k = 0; k < module->n_parameters; k++) {
        const SnnParameter *p = &module->parameters[k];
        uint64_t shape[2];
        uint32_t rank = weights_shape(p, shape);
        json_open(json, '{');
        json_text_at(json, "name", p->name);
        json_key(json, "shape");
        json_open(json, '[');
        for (uint32_t r = 0; r < rank; r++)
            json_integer(json, (int64_t)shape[r]);
        json_close(json, ']');
        json_text_at(json, "unit", p->unit);
        json_bool_at(json, "learned", p->learned);
        json_double_at(json, "low", p->low);
        json_double_at(json, "high", p->high);
        write_values(json, &session->trainer.parameters, k);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_hypers(Json *json, const Session *session)
{
    const SnnModule *module = session->module;
    json_key(json, "hyperparameters");
    json_open(json, '[');
    for (uint32_t k = 0; k < module->n_hypers; k++) {
        json_open(json, '{');
        json_text_at(json, "name", module->hypers[k].name);
        json_text_at(json, "unit", module->hypers[k].unit);
        json_double_at(json, "value", session->trainer.hypers.values[k]);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_json(const Session *session)
{
    const SnnModule *module = session->module;
    Json json = {.out = stdout};
    json_open(&json, '{');
    json_text_at(&json, "model", module->name);
    json_text_at(&json, "target", module->target);
    json_text_at(&json, "precision", module->real_size == 4 ? "f32" : "f64");
    json_double_at(&json, "duration", module->duration);
    json_integer_at(&json, "batch", module->batch);
    json_integer_at(&json, "epochs", module->epochs);
    json_text_at(&json, "data", module->reader ? module->reader->name : NULL);
    json_integer_at(&json, "memory", (int64_t)estimate_memory(session));
    write_layers(&json, module);
    write_parameters(&json, session);
    write_hypers(&json, session);
    json_close(&json, '}');
    putchar('\n');
}

int command_describe(const SnnModule *module, const Options *options)
{
    Session session;
    session_open(&session, module, options);
    if (options_has(options, OPTION_JSON))
        print_json(&session);
    else
        print_text(&session);
    session_close(&session);
    return EXIT_FINE;
}
