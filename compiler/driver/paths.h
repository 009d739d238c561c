// Where the standard library and the runtime lie: as the environment says
// (SNNC_STDLIB, SNNC_RUNTIME), else relative to the running snnc, so that an
// installed tree can be moved:
//
//     PREFIX/bin/snnc                        BUILD/snnc
//     PREFIX/share/snnc/stdlib               BUILD/stdlib
//     PREFIX/lib/snnc/runtime/TRIPLE/        BUILD/runtime-TRIPLE/
#ifndef SNNC_DRIVER_PATHS_H
#define SNNC_DRIVER_PATHS_H

#include "base/arena.h"

// Never NULL; the folder may be missing, as a model need not import anything.
const char *paths_stdlib(Arena *arena);
// The archive of the runtime for a target triple; ends snnc with a sentence
// that names the places looked at when there is none.
const char *paths_runtime(Arena *arena, const char *triple);

#endif
