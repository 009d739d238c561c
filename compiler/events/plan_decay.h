// Flows that one exponential carries: where every rate is a small multiple of
// one, states after a time h are polynomials in u = e^{-rate h}. A search for a
// zero then goes through w = 1 - u, which grows with h and loses nothing where
// h is small, and needs a logarithm once it has ended but no exponential.
#ifndef SNNC_EVENTS_PLAN_DECAY_H
#define SNNC_EVENTS_PLAN_DECAY_H

#include "events/plan.h"

// Sets plan->decay, decay_rate and decay_advance, or leaves them NULL and 0.
void plan_decay(ExprPool *pool, Arena *arena, LayerPlan *plan);
// Sets plan->decay_screen, or leaves it NULL.
void plan_decay_screen(ExprPool *pool, Arena *arena, LayerPlan *plan);
// Sets zeros->decay of a sequence along the plan's flow, concave, and
// top_inside, to within roundings of size epsilon, or leaves them NULL.
void plan_decay_zeros(ExprPool *pool, Arena *arena, const LayerPlan *plan,
                      double epsilon, ZeroPlan *zeros);

#endif
