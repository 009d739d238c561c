// Checking the module and building its tables.
#include "cli/resolve.h"

#include "cli/failure.h"

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

void resolve_open(Topology *topology, const SnnModule *module,
                  const Options *options)
{
    (void)options;
    check_module(module);
    if (!topology_new(topology, module))
        fail("not enough memory for the model's synapses");
}
