// The functions of a module that do not belong to a population. Each is emitted
// as an internal function with the signature of its member in snn/abi.h.
#ifndef SNNC_EMIT_FUNCTIONS_H
#define SNNC_EMIT_FUNCTIONS_H

#include "emit/ir.h"
#include "emit/scope.h"

// NULL where the model has no such thing.
LLVMValueRef emit_loss(Emit *e);          // loss.c: SnnModule.loss
LLVMValueRef emit_predict(Emit *e);       // loss.c: SnnModule.predict
// term.c: SnnObservable.term
LLVMValueRef emit_term(Emit *e, const Observable *observable);
LLVMValueRef emit_hypers(Emit *e);        // SnnModule.evaluate_hypers
// optimizer.c: SnnOptimizer.optimize
LLVMValueRef emit_optimize(Emit *e, const Optimizer *optimizer);
LLVMValueRef emit_initial(Emit *e, const Parameter *parameter);
LLVMValueRef emit_encode(Emit *e);        // SnnEncoder.encode
LLVMValueRef emit_transform(Emit *e, const Transform *transform);

// Binds hyperparameters to their f64 values in an array.
void emit_bind_hypers(Emit *e, Scope *scope, LLVMValueRef hypers);
// Position of an observable's values in the concatenation of all.
uint32_t emit_observable_offset(const Model *model, size_t index);

#endif
