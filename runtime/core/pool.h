// A pool of workers that share the items of a task. Worker 0 is the caller; a
// pool of one worker needs no threads. Which worker takes which item is not
// determined: results must not depend on it.
#ifndef SNN_CORE_POOL_H
#define SNN_CORE_POOL_H

#include <stdint.h>

typedef struct Pool Pool;
typedef void PoolTask(void *context, uint32_t item, uint32_t worker);

// NULL when there is no memory. May have fewer workers than asked for.
Pool *pool_new(uint32_t n_workers);
void pool_free(Pool *pool);
uint32_t pool_workers(const Pool *pool);

// Run items 0..n-1; returns when all are done.
void pool_run(Pool *pool, PoolTask *task, void *context, uint32_t n_items);

#endif
