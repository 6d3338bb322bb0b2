// SPDX-License-Identifier: MIT
// kernel/omit.c - a step that is left out on purpose.
#include "kernel/omit.h"

#include "kernel/abi/errno.h"
#include "kernel/base/compiler.h"
#include "kernel/base/string.h"
#include "kernel/console.h"

enum omit omit = OMIT_NOTHING;

static const char *const names[] = {
    [OMIT_NOTHING] = "nothing",       [OMIT_UNMAP_FENCE] = "unmap-fence",
    [OMIT_FORK_FENCE] = "fork-fence", [OMIT_ASID_FENCE] = "asid-fence",
    [OMIT_HART_FENCE] = "hart-fence", [OMIT_FUTEX_CHECK] = "futex-check",
    [OMIT_FORK_UNDO] = "fork-undo",
};

int omit_choose(const char *name)
{
    unsigned count = CONFIG_TEST ? ARRAY_SIZE(names) : 1;

    for (unsigned i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            omit = (enum omit)i;
            return 0;
        }
    }
    printk("bootargs: omit=%s is not one of:", name);
    for (unsigned i = 0; i < count; i++) {
        printk(" %s", names[i]);
    }
    printk("%s\n", CONFIG_TEST ? "" : "; BUILD=test and debug have more");
    return -EINVAL;
}
