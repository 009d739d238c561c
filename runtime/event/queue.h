// Spikes on their way: one entry for each spike and projection, at the time of
// its next arrivals. Taken out in the order (time, projection, source neuron,
// spike).
#ifndef SNN_EVENT_QUEUE_H
#define SNN_EVENT_QUEUE_H

#include <stdint.h>
#include "core/memory.h"

typedef struct Flight {
    double time;           // of the next arrivals, s
    uint32_t projection;   // of the module
    uint32_t neuron;       // that sent it
    uint32_t spike;        // its number: see Loop
    uint32_t place;        // of the next arrival in its row of synapses
} Flight;

typedef struct Queue {
    Buffer flights;        // a binary heap
    size_t count;
} Queue;

// False: no memory.
bool queue_push(Queue *queue, Flight flight);
void queue_pop(Queue *queue);
// The first flight goes on to a later time.
void queue_delay(Queue *queue, double time, uint32_t place);
void queue_free(Queue *queue);

static inline const Flight *queue_first(const Queue *queue)
{
    return queue->count > 0 ? queue->flights.data : NULL;
}

// The flight after the first, or NULL.
static inline const Flight *queue_second(const Queue *queue)
{
    const Flight *flights = queue->flights.data;
    if (queue->count < 2)
        return NULL;
    return queue->count > 2 && flights[2].time < flights[1].time
               ? &flights[2] : &flights[1];
}

static inline double queue_least(const Queue *queue)
{
    const Flight *first = queue_first(queue);
    return first ? first->time : __builtin_inf();
}

#endif
