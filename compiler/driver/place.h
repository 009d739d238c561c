// Where results go: what must not be overwritten, what must not be replaced.
#ifndef SNNC_DRIVER_PLACE_H
#define SNNC_DRIVER_PLACE_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/source.h"

// A device or a pipe: to be written to, never replaced by a file.
bool place_is_special(const char *path);

// Ends snnc when `path` is a folder, or one of the files that were read.
void place_check(const char *path, const Source *sources);

// A name for a file that `output` is made from: beside it, so that it can be
// renamed, or in the folder for temporary files when `output` is special.
const char *place_beside(Arena *arena, const char *output, const char *ending);

// Makes `output` of the file `made`, which is gone then. NULL or the reason why
// not; then `output` is as it was.
const char *place_move(Arena *arena, const char *made, const char *output);

#endif
