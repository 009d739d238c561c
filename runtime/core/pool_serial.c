// The pool without threads, for targets that have none
// (build with -DSNN_WITHOUT_THREADS).
#include "core/pool.h"

#ifdef SNN_WITHOUT_THREADS

struct Pool {
    int unused;
};

static Pool the_pool;

Pool *pool_new(uint32_t n_workers)
{
    (void)n_workers;
    return &the_pool;
}

void pool_free(Pool *pool)
{
    (void)pool;
}

uint32_t pool_workers(const Pool *pool)
{
    (void)pool;
    return 1;
}

void pool_run(Pool *pool, PoolTask *task, void *context, uint32_t n_items)
{
    (void)pool;
    for (uint32_t item = 0; item < n_items; item++)
        task(context, item, 0);
}

#else
typedef int PoolSerialIsUnused; // ISO C wants a declaration
#endif
