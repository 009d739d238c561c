// The weights of projections.
#ifndef SNNC_SEMA_TOPOLOGY_WEIGHT_H
#define SNNC_SEMA_TOPOLOGY_WEIGHT_H

#include "sema/topology/pattern.h"

// What `arg` says about the weights, into p->weight, or, where they are another
// projection's, an entry for projection_share. False after a report.
bool weight_add(Sema *sema, const AstItem *item, const AstArg *arg,
                Projection *p);
// Gives a parameter of a projection its shape: one number for each of these.
void projection_shape_per(const Projection *p, SnnPer per, Parameter *out);

#endif
