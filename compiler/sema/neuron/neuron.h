// Neurons: a declaration with its parameters filled in becomes a hybrid system.
#ifndef SNNC_SEMA_NEURON_H
#define SNNC_SEMA_NEURON_H

#include "sema/context.h"

// `env->scope` holds the parameters' values. Errors are reported.
Neuron *neuron_build(const Env *env, const AstDecl *decl);

#endif
