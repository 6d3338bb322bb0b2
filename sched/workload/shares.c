// SPDX-License-Identifier: MIT
// sched/workload/shares.c - `workload stride` and `workload priority`: time in proportion to
// priority, for threads that always want to run.
//
// The share of the best may not be more than one hart: stride needs 4 harts or fewer, priority 3.
#include "kernel/base/types.h"
#include "kernel/console.h"
#include "sched/workload/workload.h"

// So long that a quantum more or less is within the bounds.
enum { STRIDE_QUANTA = 180, PRIORITY_QUANTA = 300, PRIORITIES = 5, PRIORITY_UNIT = 2 };

static void run_stride(struct worker *w)
{
    work_until(work_time_ns(w, STRIDE_QUANTA));
}

static bool stride_holds(const struct worker workers[], unsigned count)
{
    uint64_t shares[WORKERS_MAX];

    for (unsigned i = 0; i < count; i++) {
        shares[i] = workers[i].run_ns / (uint64_t)workers[i].priority;
    }
    return work_is_even("run time by priority", shares, count);
}

const struct workload workload_stride = {
    .name = "stride",
    .threads = 6,
    .priority_first = 5,
    .priority_step = 1,
    .body = run_stride,
    .holds = stride_holds,
};

static void run_priority(struct worker *w)
{
    work_until(work_time_ns(w, PRIORITY_QUANTA));
}

// The run times by that of the first, rounded to the nearest, are 1 2 3 4 5.
static bool priority_holds(const struct worker workers[], unsigned count)
{
    uint64_t unit = workers[0].run_ns != 0 ? workers[0].run_ns : 1;
    bool holds = true;

    printk("run time by that of thread 0, rounded:");
    for (unsigned i = 0; i < count; i++) {
        uint64_t ratio = (2 * workers[i].run_ns / unit + 1) / 2;

        printk(" %lu", ratio);
        holds = holds && ratio == i + 1;
    }
    printk("; should be 1 2 3 4 5\n");
    return holds;
}

// The original has 1 to 5; 1 is less than stride allows, and twice that is the same in proportion.
const struct workload workload_priority = {
    .name = "priority",
    .threads = PRIORITIES,
    .priority_first = PRIORITY_UNIT,
    .priority_step = PRIORITY_UNIT,
    .body = run_priority,
    .holds = priority_holds,
};
