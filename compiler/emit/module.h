// Emission of a whole module: kernels of all populations, loss, optimiser,
// encoder, and the description `snn_module` that the runtime reads
// (snn/abi.h).
//
// needs:   an event program, a target
// ensures: a module that verifies; not yet optimised
#ifndef SNNC_EMIT_MODULE_H
#define SNNC_EMIT_MODULE_H

#include <llvm-c/Core.h>
#include "emit/target.h"
#include "events/plan.h"

LLVMModuleRef emit_module(const EventProgram *program, const EmitTarget *target,
                          LLVMContextRef context);

#endif
