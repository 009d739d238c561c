// Where the standard library and the runtime lie: from the environment
// (SNNC_STDLIB, SNNC_RUNTIME), beside the running snnc where it is installed, or
// in the tree that it was built from.
#ifndef SNNC_DRIVER_PATHS_H
#define SNNC_DRIVER_PATHS_H

#include "base/arena.h"

const char *paths_stdlib(Arena *arena);
// The archive of the runtime for a target triple; ends snnc with a sentence that
// names the places looked at when there is none.
const char *paths_runtime(Arena *arena, const char *triple);

#endif
