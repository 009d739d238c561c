// The plan of a population whose flow is integrated numerically.
#ifndef SNNC_EVENTS_PLAN_NUMERIC_H
#define SNNC_EVENTS_PLAN_NUMERIC_H

#include "events/plan.h"

LayerPlan *plan_numeric(const Model *model, PlanTarget target,
                        const Derived *derived);

#endif
