// SPDX-License-Identifier: MIT
// kernel/fs/proc_fail.c - /proc/hartbeat/fail: an allocation for a program that fails on purpose.
//
// Who writes N there lets the Nth allocation from now on fail, of those that the kernel makes while
// it runs for a process of the writer's group; 0 ends that. Read, it tells how many there have been
// since, and of which kind the one was that failed.
#include "kernel/fs/proc_fail.h"

#include <stdatomic.h>

#include "kernel/base/compiler.h"
#include "kernel/base/options.h"
#include "kernel/base/string.h"
#include "kernel/fs/processes.h"
#include "mm/failpoint.h"

static atomic_int group; // relaxed: whoever writes it is of it, or starts those that are

static bool is_of_group(void)
{
    return processes->own_group() == atomic_load_explicit(&group, memory_order_relaxed);
}

static int arm(char *line, uint64_t id)
{
    uint64_t nth;
    char *end = strchr(line, '\n');

    (void)id;
    if (end != NULL) {
        *end = '\0';
    }
    int err = parse_u64(line, &nth);
    if (err != 0) {
        return err;
    }
    (void)failpoint_disarm();
    atomic_store_explicit(&group, processes->own_group(), memory_order_relaxed);
    if (nth != 0) {
        failpoint_arm_among(is_of_group, nth);
    }
    return 0;
}

static void show(struct sink *sink, uint64_t id, int status)
{
    static const char *const names[] = {
        [FAILPOINT_FRAMES] = "frames",   [FAILPOINT_OBJECT] = "object", [FAILPOINT_STACK] = "stack",
        [FAILPOINT_RECLAIM] = "reclaim", [FAILPOINT_THREAD] = "thread", [FAILPOINT_TID] = "tid",
        [FAILPOINTS] = "none",
    };
    struct failpoint_report report = failpoint_report();

    (void)id;
    (void)status;
    sink_print(sink, "asked %lu\nfailed %s\n", report.asked, names[report.which]);
}

static const struct proc_node nodes[] = {
    {.name = "hartbeat/fail", .mode = 0600, .show = show, .write = arm},
};
const struct proc_table proc_fail = {CONFIG_TEST ? nodes : NULL,
                                     CONFIG_TEST ? ARRAY_SIZE(nodes) : 0};
