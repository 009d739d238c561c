// A binary heap of flights (queue.h).
#include "event/queue.h"

static bool is_before(const Flight *a, const Flight *b)
{
    if (a->time != b->time)
        return a->time < b->time;
    if (a->projection != b->projection)
        return a->projection < b->projection;
    if (a->neuron != b->neuron)
        return a->neuron < b->neuron;
    return a->spike < b->spike;
}

bool queue_push(Queue *queue, Flight flight)
{
    size_t place = queue->count;
    if (!buffer_reserve(&queue->flights, (place + 1) * sizeof flight))
        return false;
    Flight *flights = queue->flights.data;
    queue->count++;
    while (place > 0 && is_before(&flight, &flights[(place - 1) / 2])) {
        flights[place] = flights[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    flights[place] = flight;
    return true;
}

static void sift_down(Queue *queue, Flight flight)
{
    Flight *flights = queue->flights.data;
    size_t place = 0;
    for (;;) {
        size_t below = 2 * place + 1;
        if (below >= queue->count)
            break;
        if (below + 1 < queue->count &&
            is_before(&flights[below + 1], &flights[below]))
            below++;
        if (!is_before(&flights[below], &flight))
            break;
        flights[place] = flights[below];
        place = below;
    }
    flights[place] = flight;
}

void queue_pop(Queue *queue)
{
    const Flight *flights = queue->flights.data;
    queue->count--;
    if (queue->count > 0)
        sift_down(queue, flights[queue->count]);
}

void queue_delay(Queue *queue, double time, uint32_t place)
{
    Flight first = *queue_first(queue);
    first.time = time;
    first.place = place;
    sift_down(queue, first);
}

void queue_free(Queue *queue)
{
    buffer_free(&queue->flights);
    queue->count = 0;
}
