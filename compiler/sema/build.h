// Building the model: one function for each kind of item, in the order in which
// build.c calls them. Each reports its errors and leaves out what is broken.
#ifndef SNNC_SEMA_BUILD_H
#define SNNC_SEMA_BUILD_H

#include "sema/argument.h"
#include "sema/context.h"

// ---- build.c ---------------------------------------------------------------

// All items of `decl` into a new sema->model.
void build_model(Sema *sema, const AstDecl *decl);

// ---- population.c ----------------------------------------------------------

// Inputs and layers; `scope` receives their names.
void population_declare(Sema *sema, const AstDecl *model, Scope *scope);
// The neurons of the layers, with their parameters.
void population_fill(Sema *sema, const AstDecl *model, Scope *scope);
// NULL after a report.
Population *population_find(Sema *sema, Ident name);

// ---- topology/projection.c ------------------------------------------------

void projection_add(Sema *sema, const AstItem *item);
// Weights that are another projection's, once all are known.
void projection_share(Sema *sema);
void projection_warn(Sema *sema); // layers that nothing reaches

// ---- initial.c: parameters and their initial values ------------------------

// What `arg` (`= value`, `~ initialiser`, bounds) says about a parameter of
// this dimension. False after a report.
bool initial_fill(const Env *env, const AstArg *arg, Dimension dimension,
                  ContextKind kind, Parameter *parameter);
void initial_add_parameter(Sema *sema, Parameter *parameter);

// ---- loss.c ----------------------------------------------------------------

void loss_add(Sema *sema, const AstItem *item, Scope *scope);
void loss_predict(Sema *sema, const AstItem *item, Scope *scope);

// ---- hyper.c: numbers that are set when training starts --------------------

// For argument_bind: parameters become Hypers "<prefix>.<name>".
typedef struct HyperSupply {
    const char *prefix;   // first choice
    const char *fallback; // when the first is taken
} HyperSupply;
ArgumentSupply hyper_supply;
// Puts the values of fixed hyperparameters in their places and drops them.
void hyper_settle(Sema *sema);

// ---- optimizer.c, encoder.c, transform.c, dataset.c ------------------------

void optimizer_use(Sema *sema, const AstRules *rules);
Encoder *encoder_use(Sema *sema, const AstUse *use);
bool transform_use(Sema *sema, const AstUse *use, Transform *out_transform);
// Reader and options into `data`. False after a report.
bool dataset_use(Sema *sema, const AstUse *use, Data *data);

#endif
