// The pool: every item runs once, whatever the number of items and workers.
#include "../unit.h"

#include <stdatomic.h>
#include "core/pool.h"

enum { ITEMS = 500, ROUNDS = 200, WORKERS = 5 };

typedef struct Tally {
    atomic_uint runs[ITEMS];
    atomic_uint n_alien; // by a worker that there is not
} Tally;

static void count_run(void *context, uint32_t item, uint32_t worker)
{
    Tally *tally = context;
    atomic_fetch_add(&tally->runs[item], 1);
    if (worker >= WORKERS)
        atomic_fetch_add(&tally->n_alien, 1);
}

static void check_tally(Tally *tally, uint32_t n, unsigned expected)
{
    unsigned n_wrong = 0;
    for (uint32_t k = 0; k < ITEMS; k++) {
        n_wrong += tally->runs[k] != (k < n ? expected : 0);
        tally->runs[k] = 0;
    }
    CHECK(n_wrong == 0 && tally->n_alien == 0);
}

static void test_items(Pool *pool)
{
    static const uint32_t counts[] = {0, 1, 2, 3, 7, 64, ITEMS};
    static Tally tally;
    for (unsigned k = 0; k < sizeof counts / sizeof *counts; k++) {
        for (int round = 0; round < ROUNDS; round++)
            pool_run(pool, count_run, &tally, counts[k]);
        check_tally(&tally, counts[k], ROUNDS);
    }
}

int main(void)
{
    for (uint32_t n = 1; n <= WORKERS; n += 2) {
        Pool *pool = pool_new(n);
        CHECK(pool && pool_workers(pool) <= n);
        test_items(pool);
        pool_free(pool);
    }
    return unit_report();
}
