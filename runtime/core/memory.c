// Aligned memory and growing buffers.
#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t round_up(size_t bytes)
{
    return (bytes + MEMORY_ALIGNMENT - 1) / MEMORY_ALIGNMENT *
           MEMORY_ALIGNMENT;
}

void *memory_new(size_t bytes)
{
    if (bytes > SIZE_MAX - MEMORY_ALIGNMENT)
        return NULL;
    size_t size = round_up(bytes ? bytes : 1);
    void *block = aligned_alloc(MEMORY_ALIGNMENT, size);
    if (block)
        memset(block, 0, size);
    return block;
}

void *memory_array(size_t count, size_t item_size)
{
    if (item_size && count > SIZE_MAX / item_size)
        return NULL;
    return memory_new(count * item_size);
}

void memory_free(void *block)
{
    free(block);
}

bool buffer_grow(Buffer *buffer, size_t need)
{
    size_t capacity = buffer->capacity + buffer->capacity / 2;
    if (capacity < need)
        capacity = need;
    capacity = round_up(capacity ? capacity : 1);
    void *data = memory_new(capacity);
    if (!data)
        return false;
    if (buffer->data)
        memcpy(data, buffer->data, buffer->capacity);
    memory_free(buffer->data);
    *buffer = (Buffer){data, capacity};
    return true;
}

void buffer_free(Buffer *buffer)
{
    memory_free(buffer->data);
    *buffer = (Buffer){0};
}
