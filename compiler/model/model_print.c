// --emit=model: the checked model as text for people. Everything is in SI
// units; functions are expanded and constants folded.
#include "model/model.h"

#include <math.h>
#include <string.h>

typedef struct Printer {
    const Model *model;
    FILE *out;
} Printer;

static const char *text(const Printer *p, const Expr *e)
{
    return expr_text(p->model->arena, e);
}

// ---- populations ---------------------------------------------------------

static void print_state(const Printer *p, const State *s)
{
    fprintf(p->out, "        state %s [%s] = %s\n", s->name, s->unit,
            text(p, s->initial));
    fprintf(p->out, "            %s' = %s\n", s->name, text(p, s->flow));
}

static void print_port(const Printer *p, const HybridSystem *system,
                       const Port *port)
{
    fprintf(p->out, "        receive %s(%s [%s])\n", port->name,
            port->weight->name, port->unit);
    for (size_t i = 0; i < system->n_states; i++)
        if (port->after[i] != system->states[i].symbol)
            fprintf(p->out, "            %s -> %s\n", system->states[i].name,
                    text(p, port->after[i]));
}

static void print_spike(const Printer *p, const HybridSystem *system)
{
    if (!system->guard) {
        fprintf(p->out, "        never spikes\n");
        return;
    }
    fprintf(p->out, "        spike where %s rises to 0\n",
            text(p, system->guard));
    for (size_t i = 0; i < system->n_states; i++)
        if (system->states[i].reset != system->states[i].symbol)
            fprintf(p->out, "            %s -> %s\n", system->states[i].name,
                    text(p, system->states[i].reset));
}

static void print_shape(const Printer *p, const char *word,
                        const Population *population)
{
    fprintf(p->out, "    %s %s[", word, population->name);
    for (uint32_t k = 0; k < population->rank; k++)
        fprintf(p->out, "%s%u", k ? ", " : "", population->shape[k]);
    fprintf(p->out, "]");
}

static void print_times(const Printer *p, const Population *input)
{
    for (uint32_t k = 0; input->times && k < input->size; k++)
        fprintf(p->out, "%s%.17g s", k ? ", " : " at ", input->times[k]);
    fprintf(p->out, "\n");
}

static void print_population(const Printer *p, const Population *population)
{
    const HybridSystem *system = population->system;
    print_shape(p, system ? "layer" : "input", population);
    if (!system) {
        print_times(p, population);
        return;
    }
    fprintf(p->out, " : %s\n", system->neuron);
    for (size_t i = 0; i < system->n_states; i++)
        print_state(p, &system->states[i]);
    for (size_t i = 0; i < system->n_ports; i++)
        print_port(p, system, &system->ports[i]);
    print_spike(p, system);
}

// ---- projections and parameters --------------------------------------------

static const char *const pers[] = {
    [SNN_PER_SYNAPSE] = "synapse",       [SNN_PER_KERNEL] = "kernel",
    [SNN_PER_PROJECTION] = "projection", [SNN_PER_SOURCE] = "source",
    [SNN_PER_TARGET] = "target",
};

static void print_window(const Printer *p, const SnnPattern *pattern)
{
    const SnnWindow *y = &pattern->y, *x = &pattern->x;
    fprintf(p->out,
            "%swindow %u x %u, stride %u x %u, padding %u x %u, "
            "dilation %u x %u, groups %u",
            pattern->transposed ? "transposed " : "", y->kernel, x->kernel,
            y->stride, x->stride, y->padding, x->padding, y->dilation,
            x->dilation, pattern->groups);
}

static void print_pattern(const Printer *p, const SnnPattern *pattern)
{
    switch ((SnnPatternKind)pattern->kind) {
    case SNN_PATTERN_DENSE: fprintf(p->out, "dense"); break;
    case SNN_PATTERN_ONE_TO_ONE: fprintf(p->out, "one to one"); break;
    case SNN_PATTERN_RANDOM:
        fprintf(p->out, "probability %g", pattern->probability);
        break;
    case SNN_PATTERN_IN_DEGREE:
        fprintf(p->out, "in-degree %u", pattern->degree);
        break;
    case SNN_PATTERN_OUT_DEGREE:
        fprintf(p->out, "out-degree %u", pattern->degree);
        break;
    case SNN_PATTERN_WINDOW: print_window(p, pattern); break;
    case SNN_PATTERN_LIST: fprintf(p->out, "list %s", pattern->file); break;
    }
    if (pattern->seed)
        fprintf(p->out, ", seed %llu", (unsigned long long)pattern->seed);
    if (pattern->without_self)
        fprintf(p->out, ", without self");
    if (pattern->per != SNN_PER_SYNAPSE)
        fprintf(p->out, ", weights per %s", pers[pattern->per]);
    fprintf(p->out, "\n");
}

static void print_delay(const Printer *p, const Projection *projection)
{
    if (projection->delay_parameter)
        fprintf(p->out, "        delay per %s\n",
                pers[projection->delay_per]);
    else if (projection->delay > 0)
        fprintf(p->out, "        delay %.15g s\n", projection->delay);
}

static void print_projection(const Printer *p, const Projection *projection)
{
    const Port *port = &projection->target->system->ports[projection->port];
    fprintf(p->out, "    connect %s -> %s%s%s as %s : ",
            projection->source->name, projection->target->name,
            port->name[0] ? "." : "", port->name, projection->name);
    print_pattern(p, &projection->pattern);
    const char *own = arena_printf(p->model->arena, "%s.weight",
                                   projection->name);
    if (strcmp(projection->weight->name, own))
        fprintf(p->out, "        weights shared: %s\n",
                projection->weight->name);
    print_delay(p, projection);
}

static void print_extent(const Printer *p, const Parameter *parameter)
{
    switch (parameter->shape) {
    case PARAMETER_SHARED: fprintf(p->out, "shared"); return;
    case PARAMETER_PER_NEURON:
        fprintf(p->out, "%u", parameter->columns);
        return;
    case PARAMETER_DENSE:
        fprintf(p->out, "%u x %u", parameter->rows, parameter->columns);
        return;
    case PARAMETER_PER_SYNAPSE: fprintf(p->out, "per synapse"); return;
    case PARAMETER_KERNEL: break;
    }
    for (uint32_t k = 0; k < parameter->kernel_rank; k++)
        fprintf(p->out, "%s%u", k ? " x " : "", parameter->kernel_shape[k]);
}

static void print_parameter(const Printer *p, const Parameter *parameter)
{
    const Initial *initial = &parameter->initial;
    fprintf(p->out, "    parameter %s [%s], ", parameter->name,
            parameter->unit);
    print_extent(p, parameter);
    fprintf(p->out, ", %s", parameter->learned ? "learned" : "frozen");
    if (isfinite(parameter->low) || isfinite(parameter->high))
        fprintf(p->out, " in [%g, %g]", parameter->low, parameter->high);
    fprintf(p->out, " %s %s\n", initial->n_draws ? "~" : "=",
            text(p, initial->value));
}

// ---- loss, training --------------------------------------------------------

static void print_loss(const Printer *p)
{
    const Model *model = p->model;
    fprintf(p->out, "    loss %s\n", text(p, model->loss));
    if (model->prediction)
        fprintf(p->out, "    predict %s %s\n",
                model->predict_maximum ? "argmax" : "argmin",
                text(p, model->prediction));
    for (size_t i = 0; i < model->n_observables; i++)
        fprintf(p->out, "    observe %s\n",
                model->observables[i]->symbol->name);
    for (size_t i = 0; i < model->n_hypers; i++)
        fprintf(p->out, "    hyper %s [%s] = %s\n", model->hypers[i].name,
                model->hypers[i].unit, text(p, model->hypers[i].value));
}

static void print_optimizer(const Printer *p, const Optimizer *o)
{
    fprintf(p->out, "    optimizer %s%s\n", o->name,
            p->model->n_optimizers > 1 ? " for" : "");
    for (size_t i = 0; i < p->model->n_parameters; i++)
        if (p->model->n_optimizers > 1 &&
            p->model->parameters[i]->optimizer == o)
            fprintf(p->out, "        %s\n", p->model->parameters[i]->name);
    for (size_t i = 0; i < o->n_states; i++) {
        fprintf(p->out, "        state %s = %g\n", o->states[i].name,
                o->states[i].initial);
        fprintf(p->out, "            %s -> %s\n", o->states[i].name,
                text(p, o->next_states[i]));
    }
    fprintf(p->out, "        parameter -> %s\n", text(p, o->next_parameter));
}

// ---- data ------------------------------------------------------------------

static void print_encoder(const Printer *p, const Encoder *encoder)
{
    fprintf(p->out, "        encoded by %s\n", encoder->name);
    for (size_t i = 0; i < encoder->n_spikes; i++) {
        const EncodedSpike *spike = &encoder->spikes[i];
        fprintf(p->out, "            spike at %s", text(p, spike->at));
        if (spike->when)
            fprintf(p->out, " when %s", text(p, spike->when));
        fprintf(p->out, "\n");
    }
    for (size_t i = 0; i < encoder->n_biases; i++)
        fprintf(p->out, "            bias at %s\n",
                text(p, encoder->biases[i]));
}

static void print_transform(const Printer *p, const Transform *transform)
{
    fprintf(p->out, "        transformed by %s\n", transform->name);
    if (transform->next_time != transform->time)
        fprintf(p->out, "            time -> %s\n",
                text(p, transform->next_time));
    if (transform->next_channel != transform->channel)
        fprintf(p->out, "            channel -> %s\n",
                text(p, transform->next_channel));
    if (transform->keep)
        fprintf(p->out, "            keep when %s\n",
                text(p, transform->keep));
}

static void print_data(const Printer *p, const Data *data)
{
    fprintf(p->out, "    data %s\n", data->reader);
    for (size_t i = 0; i < data->n_options; i++) {
        const ReaderOption *option = &data->options[i];
        if (option->is_text)
            fprintf(p->out, "        %s = \"%s\"\n", option->name,
                    option->text);
        else
            fprintf(p->out, "        %s = %g\n", option->name, option->number);
    }
    if (data->encoder)
        print_encoder(p, data->encoder);
    for (size_t i = 0; i < data->n_transforms; i++)
        print_transform(p, &data->transforms[i]);
}

void model_print(const Model *model, FILE *out)
{
    Printer p = {model, out};
    fprintf(out, "model %s\n    duration %.15g s\n", model->name,
            model->duration);
    for (size_t i = 0; i < model->n_populations; i++)
        print_population(&p, model->populations[i]);
    for (size_t i = 0; i < model->n_projections; i++)
        print_projection(&p, model->projections[i]);
    for (size_t i = 0; i < model->n_parameters; i++)
        print_parameter(&p, model->parameters[i]);
    print_loss(&p);
    for (size_t i = 0; i < model->n_optimizers; i++)
        print_optimizer(&p, model->optimizers[i]);
    if (model->data)
        print_data(&p, model->data);
    fprintf(out, "    batch %u, epochs %u\n", model->batch, model->epochs);
}

const char *solver_name(SolverKind kind)
{
    static const char *const names[] = {
#define SOLVER(id, name, summary) name,
#include "model/solver.def"
#undef SOLVER
    };
    return names[kind];
}
