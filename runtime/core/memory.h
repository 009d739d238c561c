// Memory of the runtime: 64-byte aligned, zeroed, and buffers that only grow.
#ifndef SNN_CORE_MEMORY_H
#define SNN_CORE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

enum { MEMORY_ALIGNMENT = 64 };

// Zeroed, 64-byte aligned; NULL when there is none. Size 0 is allowed.
void *memory_new(size_t bytes);
// `count` items; NULL also when the product overflows.
void *memory_array(size_t count, size_t item_size);
void memory_free(void *block);

// A buffer that keeps its contents when it grows; grown space is zeroed.
typedef struct Buffer {
    void *data;
    size_t capacity; // bytes
} Buffer;

// Room for at least `need` bytes; false when there is no memory (the buffer is
// as it was). Grows by half at least, so that growth is rare.
bool buffer_grow(Buffer *buffer, size_t need);
static inline bool buffer_reserve(Buffer *buffer, size_t need)
{
    return (need <= buffer->capacity && buffer->data) ||
           buffer_grow(buffer, need);
}
void buffer_free(Buffer *buffer);

#endif
