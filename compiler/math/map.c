// The map from expressions to pointers: open addressing, keyed by id.
#include "math/map.h"

enum { FIRST_SLOTS = 64 };

ExprMap expr_map_new(Arena *arena)
{
    ExprMap map = {.arena = arena, .n_slots = FIRST_SLOTS};
    map.slots = ARENA_ARRAY(arena, ExprMapSlot, map.n_slots);
    return map;
}

static ExprMapSlot *find_slot(const ExprMap *map, const Expr *key)
{
    size_t mask = map->n_slots - 1;
    size_t at = (key->id * (size_t)2654435761u) & mask;
    while (map->slots[at].key != NULL && map->slots[at].key != key)
        at = (at + 1) & mask;
    return &map->slots[at];
}

static void grow(ExprMap *map)
{
    ExprMap larger = {.arena = map->arena, .n_slots = 2 * map->n_slots};
    larger.slots = ARENA_ARRAY(map->arena, ExprMapSlot, larger.n_slots);
    larger.n_used = map->n_used;
    for (size_t i = 0; i < map->n_slots; i++)
        if (map->slots[i].key != NULL)
            *find_slot(&larger, map->slots[i].key) = map->slots[i];
    *map = larger;
}

const void *expr_map_get(const ExprMap *map, const Expr *key)
{
    return find_slot(map, key)->value;
}

void expr_map_put(ExprMap *map, const Expr *key, const void *value)
{
    expr_map_add(map, key);
    find_slot(map, key)->value = value;
}

bool expr_map_add(ExprMap *map, const Expr *key)
{
    if (find_slot(map, key)->key != NULL)
        return false;
    if (2 * (map->n_used + 1) > map->n_slots)
        grow(map);
    find_slot(map, key)->key = key;
    map->n_used++;
    return true;
}
