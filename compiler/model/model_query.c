// Questions about a model.
#include "model/model.h"

bool optimizer_reads(const Optimizer *optimizer, const Expr *symbol)
{
    bool reads = expr_depends_on(optimizer->next_parameter, symbol);
    for (size_t k = 0; k < optimizer->n_states; k++)
        reads |= expr_depends_on(optimizer->next_states[k], symbol);
    return reads;
}
