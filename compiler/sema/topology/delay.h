// The delays of projections.
#ifndef SNNC_SEMA_TOPOLOGY_DELAY_H
#define SNNC_SEMA_TOPOLOGY_DELAY_H

#include "sema/build.h"

// What `arg` says about the delays, into p; NULL: there is none. False after a
// report.
bool delay_add(Sema *sema, const AstArg *arg, Projection *p);
// Warns of projections over which nothing arrives in time.
void delay_warn(Sema *sema);

#endif
