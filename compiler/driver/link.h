// Linking: an object and the runtime become a trainer, through the C compiler's
// driver of the target.
#ifndef SNNC_DRIVER_LINK_H
#define SNNC_DRIVER_LINK_H

#include <stdbool.h>
#include "base/arena.h"

typedef struct LinkInput {
    const char *object;      // path
    const char *runtime;     // path of libsnn.a
    const char *output;      // replaced atomically
    const char *triple;      // NULL for this machine
    bool verbose;
} LinkInput;

// Ends snnc with a sentence when the linker is missing or fails.
void link_trainer(Arena *arena, const LinkInput *input);

#endif
