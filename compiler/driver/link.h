// Linking: an object and the runtime become a trainer, through the C compiler's
// driver of the target.
#ifndef SNNC_DRIVER_LINK_H
#define SNNC_DRIVER_LINK_H

#include <stdbool.h>
#include "base/arena.h"

typedef struct LinkInput {
    const char *const *objects; // paths, then NULL
    const char *runtime;     // path of libsnn.a; libsnn.libs lies beside it
    const char *output;      // replaced atomically
    const char *triple;      // NULL for this machine
    bool verbose;            // show the command on stderr
} LinkInput;

// NULL, or a sentence that says why there is no trainer; then the output is as
// it was before. SNNC_CC in the environment names another linker.
const char *link_trainer(Arena *arena, const LinkInput *input);

#endif
