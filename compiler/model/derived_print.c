// --emit=equations: the declared system, its derived adjoint, jumps and
// gradients, as text or as LaTeX.
#include "model/derive.h"

typedef struct Printer {
    const DerivedModel *model;
    FILE *out;
    bool latex;
} Printer;

static const char *shown(const Printer *p, const Expr *e)
{
    Arena *arena = p->model->model->arena;
    return p->latex ? expr_latex(arena, e) : expr_text(arena, e);
}

// ---- layout ----------------------------------------------------------------

// LaTeX reserves some characters that names may have.
static void print_name(const Printer *p, const char *name)
{
    for (; *name; name++) {
        if (p->latex && (*name == '_' || *name == '#' || *name == '%'))
            fputc('\\', p->out);
        fputc(*name, p->out);
    }
}

static void begin_document(const Printer *p)
{
    if (!p->latex)
        return;
    fputs("\\documentclass{article}\n\\usepackage{amsmath}\n"
          "\\usepackage[margin=2cm]{geometry}\n\\allowdisplaybreaks\n"
          "\\begin{document}\n", p->out);
}

static void end_document(const Printer *p)
{
    if (p->latex)
        fputs("\\end{document}\n", p->out);
}

static void begin_section(const Printer *p, const char *title)
{
    if (p->latex)
        fprintf(p->out, "\\paragraph{%s}\n\\begin{align*}\n", title);
    else
        fprintf(p->out, "  %s\n", title);
}

static void end_section(const Printer *p)
{
    if (p->latex)
        fputs("\\end{align*}\n", p->out);
}

static void equation(const Printer *p, const char *left, const char *relation,
                     const Expr *right)
{
    if (p->latex)
        fprintf(p->out, "%s &%s %s \\\\\n", left, relation, shown(p, right));
    else
        fprintf(p->out, "    %s %s %s\n", left, relation, shown(p, right));
}

static const char *derivative_of(const Printer *p, const Expr *symbol)
{
    Arena *arena = p->model->model->arena;
    return p->latex ? arena_printf(arena, "\\dot{%s}", shown(p, symbol))
                    : arena_printf(arena, "%s'", shown(p, symbol));
}

static const char *side(const Printer *p, const Expr *symbol, bool after)
{
    Arena *arena = p->model->model->arena;
    return p->latex ? arena_printf(arena, "%s^{%c}", shown(p, symbol),
                                   after ? '+' : '-')
                    : arena_printf(arena, "%s%c", shown(p, symbol),
                                   after ? '+' : '-');
}

static void print_gradients(const Printer *p, const Gradients *gradients)
{
    Arena *arena = p->model->model->arena;
    for (size_t k = 0; k < gradients->count; k++) {
        const char *name = shown(p, gradients->items[k].parameter->symbol);
        const char *left = p->latex
                               ? arena_printf(arena, "\\frac{d L}{d %s}", name)
                               : arena_printf(arena, "dL/d%s", name);
        equation(p, left, p->latex ? "\\mathrel{+}=" : "+=",
                 gradients->items[k].value);
    }
}

// ---- parts -----------------------------------------------------------------

static void print_states(const Printer *p, const Derived *d)
{
    Arena *arena = p->model->model->arena;
    begin_section(p, "states at time 0");
    for (size_t k = 0; k < d->n; k++)
        equation(p, arena_printf(arena, "%s(0)", shown(p, d->states[k])), "=",
                 d->population->system->states[k].initial);
    print_gradients(p, &d->initial);
    end_section(p);
}

static void print_flow_in_mode(const Printer *p, const Derived *d, bool rests,
                               const char *title)
{
    const HybridSystem *system = d->population->system;
    begin_section(p, title);
    for (size_t k = 0; k < d->n; k++)
        equation(p, derivative_of(p, d->states[k]), "=",
                 system_in_mode(p->model->model->pool, system,
                                system->states[k].flow, rests));
    end_section(p);
}

static void print_flow(const Printer *p, const Derived *d)
{
    print_flow_in_mode(p, d, false, "flow");
    if (d->population->system->rest)
        print_flow_in_mode(p, d, true, "flow in the refractory period");
}

// The adjoint as a differential equation, along the trajectory.
static void print_adjoint_flow(const Printer *p, const Derived *d)
{
    ExprPool *pool = p->model->model->pool;
    begin_section(p, "adjoint flow, backward in time");
    for (size_t k = 0; k < d->n; k++)
        equation(p, derivative_of(p, d->lambda[k]), "=",
                 expr_neg(pool, d->flow.pull[k]));
    end_section(p);
    if (d->flow.pull_gradients.count == 0)
        return;
    begin_section(p, "integrated over time");
    print_gradients(p, &d->flow.pull_gradients);
    end_section(p);
}

static void print_named(const Printer *p, const DerivedFlow *flow, size_t first,
                        size_t end)
{
    for (size_t k = first; k < end; k++)
        equation(p, shown(p, flow->named[k].symbol), "=",
                 flow->named[k].meaning);
}

static void print_advance(const Printer *p, const Derived *d,
                          const DerivedFlow *flow, const char *title)
{
    begin_section(p, title);
    print_named(p, flow, 0, flow->n_rates);
    for (size_t k = 0; k < d->n; k++)
        equation(p, side(p, d->states[k], true), "=", flow->advance[k]);
    for (size_t k = 0; k < d->n; k++)
        equation(p, side(p, d->lambda[k], false), "=", flow->lambda[k]);
    if (flow->gradients.count > 0)
        print_named(p, flow, flow->n_rates, flow->n_named);
    print_gradients(p, &flow->gradients);
    end_section(p);
}

// What is done in place of following both: from one event to the next.
static void print_closed_form(const Printer *p, const Derived *d)
{
    if (d->numeric)
        return;
    print_advance(p, d, &d->flow, "closed form over an interval h");
    if (d->population->system->rest)
        print_advance(p, d, &d->rest_flow,
                      "closed form in the refractory period");
}

static void print_port(const Printer *p, const Derived *d, size_t index)
{
    Arena *arena = p->model->model->arena;
    const Port *port = &d->population->system->ports[index];
    const DerivedPort *derived = &d->ports[index];
    begin_section(p, *port->name
                         ? arena_printf(arena, "arrival at port %s", port->name)
                         : "arrival");
    for (size_t k = 0; k < d->n; k++)
        if (port->after[k] != d->states[k])
            equation(p, side(p, d->states[k], true), "=", port->after[k]);
    for (size_t k = 0; k < d->n; k++)
        equation(p, side(p, d->lambda[k], false), "=", derived->lambda[k]);
    equation(p, p->latex ? "\\frac{d L}{d w}" : "dL/dw",
             p->latex ? "\\mathrel{+}=" : "+=", derived->weight_gradient);
    equation(p, p->latex ? "\\frac{d L}{d t}" : "dL/dt", "=",
             derived->time_gradient);
    print_gradients(p, &derived->gradients);
    end_section(p);
}

static void print_spike(const Printer *p, const Derived *d)
{
    const HybridSystem *system = d->population->system;
    if (!system->guard)
        return;
    begin_section(p, "spike where the guard reaches 0 from below");
    equation(p, p->latex ? "g" : "guard", "=", system->guard);
    equation(p, p->latex ? "\\dot g" : "guard'", "=", d->spike.slope);
    for (size_t k = 0; k < d->n; k++)
        if (system->states[k].reset != d->states[k])
            equation(p, side(p, d->states[k], true), "=",
                     system->states[k].reset);
    equation(p, "T", "=", d->spike.total);
    for (size_t k = 0; k < d->n; k++)
        equation(p, side(p, d->lambda[k], false), "=", d->spike.lambda[k]);
    print_gradients(p, &d->spike.gradients);
    end_section(p);
}

static void print_wake(const Printer *p, const Derived *d)
{
    const Rest *rest = d->population->system->rest;
    if (!rest)
        return;
    begin_section(p, "end of the refractory period");
    for (size_t k = 0; k < d->n; k++)
        if (rest->after[k] != d->states[k])
            equation(p, side(p, d->states[k], true), "=", rest->after[k]);
    equation(p, "T", "=", d->wake.total);
    for (size_t k = 0; k < d->n; k++)
        equation(p, side(p, d->lambda[k], false), "=", d->wake.lambda[k]);
    print_gradients(p, &d->wake.gradients);
    end_section(p);
}

static void print_observable(const Printer *p, const Derived *d,
                             const DerivedObservable *o)
{
    bool maximum = o->observable->kind == OBSERVE_MAXIMUM;
    begin_section(p, maximum ? "observed maximum" : "observed at the end");
    equation(p, p->latex ? "y" : "value", "=", o->value);
    for (size_t k = 0; k < d->n; k++)
        if (!expr_is_const(o->lambda[k], 0))
            equation(p, shown(p, d->lambda[k]),
                     p->latex ? "\\mathrel{+}= \\frac{d L}{d y}\\,"
                              : "+= dL/dvalue *",
                     o->lambda[k]);
    print_gradients(p, &o->gradients);
    end_section(p);
}

static void print_population(const Printer *p, const Derived *d)
{
    const Population *population = d->population;
    fputs(p->latex ? "\\section*{" : "layer ", p->out);
    print_name(p, population->name);
    fprintf(p->out, "[%u] : ", population->size);
    print_name(p, population->system->neuron);
    fputs(p->latex ? "}\n" : "\n", p->out);
    print_states(p, d);
    print_flow(p, d);
    print_adjoint_flow(p, d);
    print_closed_form(p, d);
    for (size_t k = 0; k < population->system->n_ports; k++)
        print_port(p, d, k);
    print_spike(p, d);
    print_wake(p, d);
    for (size_t k = 0; k < d->n_observables; k++)
        print_observable(p, d, &d->observables[k]);
}

// What a delay does to the arrivals of a projection, and they to it.
static void print_delay(const Printer *p, const Projection *projection)
{
    ExprPool *pool = p->model->model->pool;
    const Expr *delay = projection->delay_parameter
                            ? projection->delay_parameter->symbol
                            : expr_const(pool, projection->delay);
    const Expr *spike = expr_symbol(pool, "t_spike", NULL, AXIS_SCALAR);
    if (expr_is_const(delay, 0))
        return;
    fputs(p->latex ? "\\section*{" : "projection ", p->out);
    print_name(p, projection->name);
    fputs(p->latex ? "}\n" : "\n", p->out);
    begin_section(p, "delay");
    equation(p, "t", "=", expr_add(pool, spike, delay));
    if (projection->delay_parameter)
        fprintf(p->out, p->latex
                    ? "\\frac{d L}{d %s} &\\mathrel{+}= \\frac{d L}{d t} \\\\\n"
                    : "    dL/d%s += dL/dt\n", shown(p, delay));
    end_section(p);
}

void derived_print(const DerivedModel *derived, bool latex, FILE *out)
{
    Printer p = {derived, out, latex};
    begin_document(&p);
    for (size_t k = 0; k < derived->model->n_populations; k++)
        if (derived->populations[k])
            print_population(&p, derived->populations[k]);
    for (size_t k = 0; k < derived->model->n_projections; k++)
        print_delay(&p, derived->model->projections[k]);
    end_document(&p);
}
