// SPDX-License-Identifier: MIT
// sched/workload/lab4.c - `workload lab4`: eight threads say hello, each exactly once.
#include "kernel/base/types.h"
#include "kernel/console.h"
#include "sched/workload/workload.h"

static void say_hello(struct worker *w)
{
    w->result++;
    printk("hello from kernel thread %u\n", w->number);
}

static bool lab4_holds(const struct worker workers[], unsigned count)
{
    unsigned once = 0;

    for (unsigned i = 0; i < count; i++) {
        once += workers[i].result == 1;
    }
    printk("said hello exactly once: %u of %u\n", once, count);
    return once == count;
}

const struct workload workload_lab4 = {
    .name = "lab4",
    .threads = 8,
    .body = say_hello,
    .holds = lab4_holds,
};
