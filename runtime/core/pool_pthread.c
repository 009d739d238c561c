// The pool on POSIX threads. Workers wait for a task by a short spin and then
// on a condition variable, so that idle workers leave their core to others.
#include "core/pool.h"

#ifndef SNN_WITHOUT_THREADS

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include "core/memory.h"

enum { SPINS = 500 }; // some microseconds

typedef struct Worker {
    Pool *pool;
    uint32_t index;
    pthread_t thread;
} Worker;

// The ticket holds the task's number in its high half and the items left to
// take in its low half. A worker that wakes late finds none left; the caller
// waits for items, never for workers.
struct Pool {
    uint32_t n_workers;
    Worker *workers;          // [n_workers]; 0 is the caller
    pthread_mutex_t mutex;
    pthread_cond_t start, done;
    atomic_bool stop;
    atomic_uint_fast64_t ticket;
    atomic_uint n_unfinished; // items not done yet
    PoolTask *task;           // stable while an item is unfinished
    void *context;
    uint32_t n_items;
};

static uint32_t task_number(uint64_t ticket)
{
    return (uint32_t)(ticket >> 32);
}

static uint32_t items_left(uint64_t ticket)
{
    return (uint32_t)ticket;
}

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static bool claim(Pool *pool, uint32_t *item)
{
    uint64_t ticket = atomic_load(&pool->ticket);
    do {
        if (items_left(ticket) == 0)
            return false;
    } while (!atomic_compare_exchange_weak(&pool->ticket, &ticket, ticket - 1));
    *item = pool->n_items - items_left(ticket);
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
    while (claim(pool, &item)) {
        pool->task(pool->context, item, worker);
        finish_item(pool);
    }
}

static bool has_task(Pool *pool, uint32_t *seen)
{
    uint64_t ticket = atomic_load(&pool->ticket);
    if (task_number(ticket) == *seen)
        return false;
    *seen = task_number(ticket);
    return true;
}

static void wait_for_task(Pool *pool, uint32_t *seen)
{
    for (int spin = 0; spin < SPINS; spin++) {
        if (has_task(pool, seen))
            return;
        pause_briefly();
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

static void publish(Pool *pool, uint32_t n_items)
{
    pthread_mutex_lock(&pool->mutex);
    uint32_t number = task_number(atomic_load(&pool->ticket)) + 1;
    atomic_store(&pool->ticket, ((uint64_t)number << 32) | n_items);
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->mutex);
}

static void wait_until_done(Pool *pool)
{
    for (int spin = 0; spin < SPINS; spin++) {
        if (atomic_load(&pool->n_unfinished) == 0)
            return;
        pause_briefly();
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
        *worker = (Worker){.pool = pool, .index = k};
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
    pool->n_items = n_items;
    atomic_store(&pool->n_unfinished, n_items);
    publish(pool, n_items);
    take_items(pool, 0);
    wait_until_done(pool);
}

#endif
