// --emit=events and --explain.
#include "events/plan.h"

static void print_row(const EventProgram *program, FILE *out, const char *title,
                      const Expr *const *names, const Expr *const *values,
                      size_t n)
{
    Arena *arena = program->model->arena;
    fprintf(out, "  %s\n", title);
    for (size_t k = 0; k < n; k++)
        fprintf(out, "    %s = %s\n", expr_text(arena, names[k]),
                expr_text(arena, values[k]));
}

static void print_gradients(const EventProgram *program, FILE *out,
                            const Gradients *gradients)
{
    for (size_t k = 0; k < gradients->count; k++)
        fprintf(out, "    grad %s += %s\n", gradients->items[k].parameter->name,
                expr_text(program->model->arena, gradients->items[k].value));
}

static void print_numeric(const LayerPlan *plan, FILE *out)
{
    const Derived *d = plan->derived;
    fprintf(out, "layer %s[%u]: %u vectors of %u lanes\n",
            plan->population->name, plan->population->size, plan->vectors,
            plan->lanes);
    fprintf(out, "  %s\n  tape: %zu states a step\n", plan->solver, d->n);
}

static void print_layer(const EventProgram *program, const LayerPlan *plan,
                        FILE *out)
{
    const Derived *d = plan->derived;
    Arena *arena = program->model->arena;
    if (d->numeric) {
        print_numeric(plan, out);
        return;
    }
    fprintf(out, "layer %s[%u]: %u vectors of %u lanes, tiles of %u\n",
            plan->population->name, plan->population->size, plan->vectors,
            plan->lanes, plan->tile);
    print_row(program, out, "per interval, forward", plan->forward.symbols,
              plan->forward.scalars, plan->forward.count);
    print_row(program, out, "per neuron, forward", plan->end_states,
              plan->fast_advance, d->n);
    if (plan->may_spike)
        fprintf(out, "    may spike: %s\n", expr_text(arena, plan->may_spike));
    for (size_t k = 0; k < plan->n_peaks; k++)
        fprintf(out, "    may peak: %s\n",
                expr_text(arena, plan->peaks[k].may_peak));
    print_row(program, out, "per interval, backward", plan->backward.symbols,
              plan->backward.scalars, plan->backward.count);
    print_row(program, out, "per neuron, backward", d->lambda,
              plan->fast_lambda, d->n);
    print_gradients(program, out, &plan->fast_gradients);
    fprintf(out, "  tape: %zu states a step%s\n", d->n,
            plan->traces_states ? ", states of every interval" : "");
}

void plan_print(const EventProgram *program, FILE *out)
{
    for (size_t k = 0; k < program->model->n_populations; k++) {
        const LayerPlan *plan = program->layers[program->order[k]];
        if (plan)
            print_layer(program, plan, out);
    }
}

void plan_explain(const EventProgram *program, FILE *out)
{
    for (size_t k = 0; k < program->model->n_populations; k++) {
        const LayerPlan *plan = program->layers[program->order[k]];
        if (!plan)
            continue;
        fprintf(out, "%s: %s\n", plan->population->name,
                plan->population->system->neuron);
        for (size_t r = 0; r < plan->n_remarks; r++)
            fprintf(out, "  %s\n      because %s\n", plan->remarks[r].choice,
                    plan->remarks[r].reason);
    }
}
