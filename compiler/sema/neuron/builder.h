// A neuron under construction, for the files that build it: states and their
// flows, arrivals, the spike; then what adds states of its own.
#ifndef SNNC_SEMA_NEURON_BUILDER_H
#define SNNC_SEMA_NEURON_BUILDER_H

#include "sema/argument.h"

typedef struct NeuronBuilder {
    Env env;             // scope: states; around it: parameters
    const AstDecl *decl;
    HybridSystem *system;
    Dimension *state_dimensions, *port_dimensions;
    size_t n_states, n_ports; // so far
    const AstStmt *spike;
} NeuronBuilder;

void builder_report_twice(const NeuronBuilder *b, const char *what, Ident name,
                          Span before);
// NULL without; of the port "".
Port *builder_find_port(const NeuronBuilder *b, const char *name);
// The rate that a flow statement gives a state; NULL after a report.
const Expr *builder_flow(const NeuronBuilder *b, const AstStmt *stmt,
                         size_t *out_state);
// Runs the assignments from the states as they are; out[k] is state k after.
void builder_run_body(const NeuronBuilder *b, Scope *scope,
                      const AstStmts *body, const Expr **out);
// A state that the text does not name. No body is run behind it.
size_t builder_add_hidden(NeuronBuilder *b, const State *state,
                          Dimension dimension);

// The refractory period, once all else is known (refractory.c).
void refractory_add(NeuronBuilder *b, const AstStmt *stmt);

#endif
