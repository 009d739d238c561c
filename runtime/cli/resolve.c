// Checking the module and building its tables.
#include "cli/resolve.h"

#include <stdlib.h>
#include "cli/failure.h"
#include "cli/file/list_file.h"
#include "cli/session.h"

static void check_module(const SnnModule *module)
{
    if (module->magic != SNN_ABI_MAGIC || module->version != SNN_ABI_VERSION ||
        module->size != sizeof(SnnModule))
        fail("the model was compiled for another runtime (version %u, this "
             "is %u): compile it again", module->version, SNN_ABI_VERSION);
    if (module->real_size != sizeof(float) &&
        module->real_size != sizeof(double))
        fail("the model has reals of %u bytes", module->real_size);
}

static bool is_list(const SnnProjection *p)
{
    return p->pattern && p->pattern->kind == SNN_PATTERN_LIST;
}

void resolve_open(Topology *topology, const SnnModule *module,
                  const Options *options)
{
    check_module(module);
    uint32_t n = module->n_projections;
    SynapsePairs *lists = calloc((size_t)n + 1, sizeof *lists);
    if (!lists)
        fail("not enough memory for the model's synapses");
    for (uint32_t k = 0; k < n; k++)
        if (is_list(&module->projections[k]))
            list_file_read(&lists[k], module, k,
                           session_data_directory(options));
    if (!topology_new(topology, module, lists))
        fail("not enough memory for the model's synapses");
    for (uint32_t k = 0; k < n; k++)
        list_file_free(&lists[k]);
    free(lists);
}
