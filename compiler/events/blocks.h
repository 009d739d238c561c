// Blocks: the network cut into strongly connected parts, which run one after
// the other, sources before targets. A block is run as a sweep where that is
// possible, else event by event.
#ifndef SNNC_EVENTS_BLOCKS_H
#define SNNC_EVENTS_BLOCKS_H

#include "events/plan.h"

typedef struct Choice {
    Strategy strategy;
    const char *name, *reason;  // for people
    bool has_lists;             // arrivals reach some of the neurons
} Choice;

// Fills order and block.
void blocks_find(EventProgram *program);
// How the block of a population that is no input runs.
Choice blocks_choose(const EventProgram *program, const Derived *derived,
                     bool only_events);

// How many channels of each place have the same sources, a weight for each pair
// of a source and a channel; 0 where that is not so for all projections.
uint32_t blocks_shared_channels(const Model *model,
                                const Population *population);

#endif
