// The interner: a hash table with open addressing whose strings live in an
// arena of its own. Names are never removed, so probing needs no tombstones.
#include "base/intern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/diag.h"

typedef struct Slot {
    Name name; // NULL: empty
    uint32_t hash;
    uint32_t length;
} Slot;

struct Interner {
    Arena *arena;
    Slot *slots;
    size_t capacity; // a power of two
    size_t count;
};

enum { FIRST_CAPACITY = 256 };

static Slot *new_slots(size_t capacity)
{
    Slot *slots = calloc(capacity, sizeof *slots);
    if (slots == NULL)
        fatal_world("out of memory");
    return slots;
}

Interner *interner_new(void)
{
    Arena *arena = arena_new();
    Interner *interner = ARENA_NEW(arena, Interner);
    interner->arena = arena;
    interner->capacity = FIRST_CAPACITY;
    interner->slots = new_slots(FIRST_CAPACITY);
    return interner;
}

void interner_free(Interner *interner)
{
    if (interner == NULL)
        return;
    free(interner->slots);
    arena_free(interner->arena);
}

// FNV-1a
static uint32_t hash_bytes(const char *text, size_t length)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash;
}

// The slot that holds the text, or the empty one where it belongs.
static Slot *find_slot(const Interner *interner, uint32_t hash,
                       const char *text, size_t length)
{
    size_t mask = interner->capacity - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        Slot *slot = &interner->slots[i];
        if (slot->name == NULL)
            return slot;
        if (slot->hash == hash && slot->length == length &&
            memcmp(slot->name, text, length) == 0)
            return slot;
    }
}

static void grow(Interner *interner)
{
    Slot *old = interner->slots;
    size_t n_old = interner->capacity;
    interner->capacity *= 2;
    interner->slots = new_slots(interner->capacity);
    for (size_t i = 0; i < n_old; i++)
        if (old[i].name != NULL)
            *find_slot(interner, old[i].hash, old[i].name, old[i].length) =
                old[i];
    free(old);
}

Name intern_n(Interner *interner, const char *text, size_t length)
{
    uint32_t hash = hash_bytes(text, length);
    Slot *slot = find_slot(interner, hash, text, length);
    if (slot->name != NULL)
        return slot->name;
    Name name = arena_strndup(interner->arena, text, length);
    *slot = (Slot){name, hash, (uint32_t)length};
    if (++interner->count * 2 > interner->capacity)
        grow(interner);
    return name;
}

Name intern(Interner *interner, const char *text)
{
    return intern_n(interner, text, strlen(text));
}
