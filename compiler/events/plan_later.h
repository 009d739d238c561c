// How large a function of the state may still become.
#ifndef SNNC_EVENTS_PLAN_LATER_H
#define SNNC_EVENTS_PLAN_LATER_H

#include "events/conditions.h"

// An upper bound of `value` at all times from h on, of states at the start and
// h; it follows the sequence from `slope`, the level of the value's slope.
const Expr *plan_later(ExprPool *pool, const ZeroPlan *plan, const Expr *value,
                       size_t slope);

#endif
