// The pool on POSIX threads. Every worker has a home: a contiguous part of a
// task's items, the same one for tasks of as many items, so that its caches
// hold what it needs again; who has done with it takes from the far end of
// another's. To wake a sleeping thread takes longer than many a task: who waits
// spins briefly, then yields for a while, so that whoever needs the core gets
// it, and then sleeps on a condition variable.
#include "core/pool.h"

#ifndef SNN_WITHOUT_THREADS

#include <pthread.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include "core/memory.h"

enum {
    PAUSES = 200,  // some microseconds
    YIELDS = 2000, // about a millisecond, if nobody else wants the core
    LINE = 64,
};

typedef struct Worker {
    Pool *pool;
    uint32_t index;
    pthread_t thread;
    // Items of its home left to take: the first in the high half, the end in
    // the low one. Alone in its cache line.
    alignas(LINE) atomic_uint_fast64_t left;
} Worker;

// A worker that wakes late finds nothing left, or takes part in a later task:
// what it claims belongs to the task that is stated then. The caller waits for
// items, never for workers.
struct Pool {
    uint32_t n_workers;
    Worker *workers;          // [n_workers]; 0 is the caller
    pthread_mutex_t mutex;
    pthread_cond_t start, done;
    atomic_bool stop;
    atomic_uint number;       // of the task
    PoolTask *task;           // stable while an item is unfinished
    void *context;
    alignas(LINE) atomic_uint n_unfinished; // items not done yet
};

static uint64_t range_of(uint32_t first, uint32_t end)
{
    return (uint64_t)first << 32 | end;
}

static void pause_for(int turn)
{
    if (turn >= PAUSES) {
        sched_yield();
        return;
    }
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// The first item of a home for its owner, the last for others.
static bool claim(Worker *home, bool is_owner, uint32_t *item)
{
    uint64_t left = atomic_load(&home->left), rest;
    do {
        uint32_t first = (uint32_t)(left >> 32), end = (uint32_t)left;
        if (first == end)
            return false;
        *item = is_owner ? first : end - 1;
        rest = is_owner ? range_of(first + 1, end) : range_of(first, end - 1);
    } while (!atomic_compare_exchange_weak(&home->left, &left, rest));
    return true;
}

static void finish_item(Pool *pool)
{
    if (atomic_fetch_sub(&pool->n_unfinished, 1) != 1)
        return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_signal(&pool->done);
    pthread_mutex_unlock(&pool->mutex);
}

static void take_items(Pool *pool, uint32_t worker)
{
    uint32_t item;
    for (uint32_t k = 0; k < pool->n_workers; k++) {
        Worker *home = &pool->workers[(worker + k) % pool->n_workers];
        while (claim(home, k == 0, &item)) {
            pool->task(pool->context, item, worker);
            finish_item(pool);
        }
    }
}

static bool has_task(Pool *pool, uint32_t *seen)
{
    uint32_t number = atomic_load(&pool->number);
    if (number == *seen)
        return false;
    *seen = number;
    return true;
}

static void wait_for_task(Pool *pool, uint32_t *seen)
{
    for (int turn = 0; turn < PAUSES + YIELDS; turn++) {
        if (has_task(pool, seen))
            return;
        pause_for(turn);
    }
    pthread_mutex_lock(&pool->mutex);
    while (!has_task(pool, seen))
        pthread_cond_wait(&pool->start, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

static void *work(void *argument)
{
    Worker *worker = argument;
    Pool *pool = worker->pool;
    uint32_t seen = 0;
    for (;;) {
        wait_for_task(pool, &seen);
        if (atomic_load(&pool->stop))
            return NULL;
        take_items(pool, worker->index);
    }
}

static void hand_out(Pool *pool, uint32_t n_items)
{
    uint64_t n = pool->n_workers;
    for (uint64_t k = 0; k < n; k++)
        atomic_store(&pool->workers[k].left,
                     range_of((uint32_t)(n_items * k / n),
                              (uint32_t)(n_items * (k + 1) / n)));
}

static void publish(Pool *pool, uint32_t n_items)
{
    hand_out(pool, n_items);
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->number, 1);
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->mutex);
}

static void wait_until_done(Pool *pool)
{
    for (int turn = 0; turn < PAUSES + YIELDS; turn++) {
        if (atomic_load(&pool->n_unfinished) == 0)
            return;
        pause_for(turn);
    }
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load(&pool->n_unfinished) != 0)
        pthread_cond_wait(&pool->done, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

Pool *pool_new(uint32_t n_workers)
{
    if (n_workers < 1)
        n_workers = 1;
    Pool *pool = memory_new(sizeof *pool);
    if (!pool)
        return NULL;
    pool->workers = memory_array(n_workers, sizeof *pool->workers);
    if (!pool->workers) {
        memory_free(pool);
        return NULL;
    }
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->n_workers = 1;
    for (uint32_t k = 1; k < n_workers; k++) {
        Worker *worker = &pool->workers[k];
        worker->pool = pool;
        worker->index = k;
        if (pthread_create(&worker->thread, NULL, work, worker) != 0)
            break;
        pool->n_workers++;
    }
    return pool;
}

void pool_free(Pool *pool)
{
    if (!pool)
        return;
    atomic_store(&pool->stop, true);
    publish(pool, 0);
    for (uint32_t k = 1; k < pool->n_workers; k++)
        pthread_join(pool->workers[k].thread, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->start);
    pthread_mutex_destroy(&pool->mutex);
    memory_free(pool->workers);
    memory_free(pool);
}

uint32_t pool_workers(const Pool *pool)
{
    return pool->n_workers;
}

void pool_run(Pool *pool, PoolTask *task, void *context, uint32_t n_items)
{
    if (pool->n_workers == 1 || n_items <= 1) {
        for (uint32_t item = 0; item < n_items; item++)
            task(context, item, 0);
        return;
    }
    pool->task = task;
    pool->context = context;
    atomic_store(&pool->n_unfinished, n_items);
    publish(pool, n_items);
    take_items(pool, 0);
    wait_until_done(pool);
}

#endif
