// SPDX-License-Identifier: MIT
// kernel/proc/unknown.c - the calls that programs asked for in vain.
#include "kernel/proc/unknown.h"

#include <stdatomic.h>

#include "kernel/abi/syscall.h"
#include "kernel/bootargs.h"
#include "kernel/console.h"

// Times each number was asked for; the last stands for all that are too high. Relaxed: sums.
static atomic_uint asked[SYSTEM_CALLS + 1];

void unknown_calls_note(uint64_t number)
{
    if (number > SYSTEM_CALLS) {
        number = SYSTEM_CALLS;
    }
    (void)atomic_fetch_add_explicit(&asked[number], 1, memory_order_relaxed);
}

void unknown_calls_report(void)
{
    if (!bootargs.report_syscalls) {
        return;
    }
    for (unsigned i = 0; i <= SYSTEM_CALLS; i++) {
        unsigned times = atomic_load_explicit(&asked[i], memory_order_relaxed);

        if (times != 0) {
            printk("unknown system call %u%s: %u times\n", i, i == SYSTEM_CALLS ? " or above" : "",
                   times);
        }
    }
}
