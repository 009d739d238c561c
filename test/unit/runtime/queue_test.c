// The heap of predicted spikes and the queue of spikes under way, against plain
// searches.
#include "../unit.h"

#include <math.h>
#include <stdlib.h>
#include "core/heap.h"
#include "event/queue.h"

enum { ITEMS = 50, CHANGES = 4000, FLIGHTS = 300 };

static uint32_t least_item(const double *keys)
{
    uint32_t least = 0;
    for (uint32_t k = 1; k < ITEMS; k++)
        if (keys[k] < keys[least])
            least = k;
    return least;
}

static void test_heap(void)
{
    double keys[ITEMS];
    Heap heap;
    for (int k = 0; k < ITEMS; k++)
        keys[k] = INFINITY;
    CHECK(heap_new(&heap, keys, ITEMS));
    CHECK(isinf(heap_least(&heap)));
    for (int k = 0; k < CHANGES; k++) {
        uint32_t item = (uint32_t)(rand() % ITEMS);
        keys[item] = rand() % 3 ? rand() % 20 : INFINITY; // up and down
        heap_update(&heap, item);
        if (rand() % 2)
            continue;
        uint32_t least = least_item(keys);
        CHECK(heap_least(&heap) == keys[least]);
        CHECK(heap.count == 0 || heap_first(&heap) == least);
    }
    heap_clear(&heap);
    CHECK(heap.count == 0);
    for (uint32_t k = 0; k < ITEMS; k++)
        heap_update(&heap, k);
    CHECK(heap_least(&heap) == keys[least_item(keys)]);
    heap_free(&heap);
}

static int compare(const Flight *a, const Flight *b)
{
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    if (a->projection != b->projection)
        return a->projection < b->projection ? -1 : 1;
    if (a->neuron != b->neuron)
        return a->neuron < b->neuron ? -1 : 1;
    return (a->spike > b->spike) - (a->spike < b->spike);
}

static Flight any_flight(double from)
{
    return (Flight){from + rand() % 10, (uint32_t)(rand() % 3),
                    (uint32_t)(rand() % 3), (uint32_t)rand(), 0};
}

// Flights come out in order, while others go in or on.
static void test_queue(void)
{
    Queue queue = {0};
    Flight last = {0};
    int moved = 0;
    for (int k = 0; k < FLIGHTS; k++)
        CHECK(queue_push(&queue, any_flight(0)));
    while (queue.count > 0) {
        Flight first = *queue_first(&queue);
        CHECK(queue_least(&queue) == first.time);
        CHECK(compare(&last, &first) <= 0);
        last = first;
        if (moved < 2 * FLIGHTS && rand() % 2) {
            queue_delay(&queue, first.time + 1 + rand() % 5, first.place + 1);
            moved++;
        } else {
            queue_pop(&queue);
        }
    }
    CHECK(isinf(queue_least(&queue)));
    CHECK(!queue_first(&queue));
    queue_free(&queue);
}

int main(void)
{
    test_heap();
    test_queue();
    return unit_report();
}
