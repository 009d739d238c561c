// Parts: a module cut in two, each with a context and a machine of its own, so
// that LLVM may work on both at once. Which function goes where depends on the
// module alone, and so does the trainer.
#ifndef SNNC_EMIT_PARTS_H
#define SNNC_EMIT_PARTS_H

#include <llvm-c/Core.h>
#include <stddef.h>
#include "emit/target.h"

enum { PARTS_MAX = 2 };

typedef struct Part {
    LLVMContextRef context;
    LLVMModuleRef module;
    EmitTarget target;   // of the session's, with a machine for this part
} Part;

// needs:   parts[0].module, as emitted; room for PARTS_MAX
// ensures: each function that the description names is in one of the parts,
//          what it calls is in its own; all together are linked as one
// Returns how many parts there are.
size_t parts_cut(Part *parts, const EmitTarget *target);
void parts_free(Part *parts, size_t n);

// Work on each part, on as many threads.
typedef void PartWork(const Part *part, size_t index, void *context);
void parts_each(const Part *parts, size_t n, PartWork *work, void *context);

#endif
