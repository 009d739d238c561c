// The weights of projections.
#ifndef SNNC_SEMA_TOPOLOGY_WEIGHT_H
#define SNNC_SEMA_TOPOLOGY_WEIGHT_H

#include "sema/topology/pattern.h"

// The setting `weight` of `item`; *out_arg is NULL without one. False after a
// report.
bool weight_find(Sema *sema, const AstItem *item, const AstArg **out_arg);
// What `arg` says about the weights, into p->weight, or, where they are another
// projection's, an entry for projection_share. False after a report.
bool weight_add(Sema *sema, const AstItem *item, const AstArg *arg,
                Projection *p);

#endif
