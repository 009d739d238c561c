// Arguments: matched with the parameters of what is used, and bound in its
// scope.
#ifndef SNNC_SEMA_ARGUMENT_H
#define SNNC_SEMA_ARGUMENT_H

#include "sema/evaluate.h"

// What a parameter without unit and default is.
typedef enum {
    PARAMETERS_ANY,    // functions, initialisers: whatever is given
    PARAMETERS_PLAIN,  // all else: a dimensionless number
    PARAMETERS_LAYERS, // losses: a layer, the label or a number
} ParameterPolicy;

// The argument of each parameter, NULL where the default is meant. NULL after a
// report: unknown, too many, given twice, missing.
const AstArg **argument_match(const Env *env, Name callee,
                              const AstParams *params, const AstArgs *args,
                              Span use);
// False after a report: `~`, `learned` and the like stand where nothing can be
// learned.
bool argument_is_plain(const Env *env, const AstArg *arg);

// Supplies the value of a parameter from its argument, or from its default in
// `inner` where `arg` is NULL.
typedef Value ArgumentSupply(void *data, const Env *outer, const Env *inner,
                             const AstParam *param, const AstArg *arg);
ArgumentSupply argument_supply; // plain evaluation; data is not used

// Bind all parameters of `decl` in `inner->scope`, evaluating arguments in
// `outer`. False after a report.
bool argument_bind(const Env *outer, const Env *inner, const AstDecl *decl,
                   ParameterPolicy policy, const AstArgs *args, Span use,
                   ArgumentSupply *supply, void *data);
// The same for a declaration on its own: symbols of the right dimension.
void argument_bind_symbols(const Env *inner, const AstDecl *decl,
                           ParameterPolicy policy);
// The dimension that a parameter demands; false when any will do.
bool argument_dimension(const Env *inner, const AstParam *param,
                        ParameterPolicy policy, Dimension *out_dimension);
// Warn of parameters and local names that nothing reads.
void argument_warn_unused(const Env *env, const Scope *scope);

#endif
