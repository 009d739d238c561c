// Files written by several threads at once have the permissions that the
// process gives, and leave what it gives alone.
#include <sys/stat.h>
#include "emit/output.h"
#include "emit/parts.h"
#include "scratch.h"
#include "unit.h"

enum { ROUNDS = 20, OTHERS_NOTHING = 027 };

static const char *const names[PARTS_MAX] = {"a", "b"};

static void write_often(const Part *part, size_t index, void *context)
{
    const char *const *paths = context;
    for (int k = 0; k < ROUNDS; k++)
        output_to_file(part->module, &part->target, OUTPUT_IR, paths[index]);
}

static void test_permissions(void)
{
    Part parts[PARTS_MAX];
    const char *paths[PARTS_MAX];
    struct stat status;
    for (size_t p = 0; p < PARTS_MAX; p++) {
        LLVMContextRef context = LLVMContextCreate();
        parts[p] = (Part){.context = context,
                          .module = LLVMModuleCreateWithNameInContext(
                              names[p], context)};
        paths[p] = scratch_path(names[p]);
    }
    mode_t before = umask(OTHERS_NOTHING);
    parts_each(parts, PARTS_MAX, write_often, paths);
    CHECK(umask(before) == OTHERS_NOTHING);
    for (size_t p = 0; p < PARTS_MAX; p++) {
        CHECK(stat(paths[p], &status) == 0);
        CHECK((status.st_mode & 0777) == 0640);
        scratch_remove(names[p]);
        LLVMDisposeModule(parts[p].module);
        LLVMContextDispose(parts[p].context);
    }
}

int main(void)
{
    scratch_open();
    test_permissions();
    scratch_close();
    return unit_report();
}
