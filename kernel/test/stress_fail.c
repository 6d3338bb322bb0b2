// SPDX-License-Identifier: MIT
// kernel/test/stress_fail.c - `stress fail=`: one allocation fails, and what must come of it.
//
// A failure that is not the caller's to know is made good by reclaiming. Any other is told to
// exactly one caller, with the right errno. The rest is as in every run: nothing is left behind.
#include "kernel/abi/errno.h"
#include "kernel/test/stress.h"
#include "mm/failpoint.h"

// Relaxed: written by threads that have been joined when they are read.
static atomic_uint refusals;
static atomic_int refusal; // the last
static bool failing;       // constant while threads run

void stress_refused(int err, bool may_be_short)
{
    if (!failing && !(may_be_short && err == -ENOMEM)) {
        stress_violation("thread_spawn()", err, 1);
    }
    atomic_fetch_add_explicit(&refusals, 1, memory_order_relaxed);
    atomic_store_explicit(&refusal, err, memory_order_relaxed);
}

void stress_fail_begin(uint64_t nth)
{
    atomic_store_explicit(&refusals, 0, memory_order_relaxed);
    atomic_store_explicit(&refusal, 0, memory_order_relaxed);
    failing = nth != 0;
    if (CONFIG_TEST) {
        failpoint_arm(FAILPOINTS, nth);
    }
}

static int expected_errno(enum failpoint which)
{
    if (which < FAILPOINT_RECLAIM || which == FAILPOINTS) {
        return 0;
    }
    return which == FAILPOINT_TID ? -EAGAIN : -ENOMEM;
}

uint64_t stress_fail_end(struct stress_failures *sum)
{
    if (!CONFIG_TEST) {
        return 0;
    }
    struct failpoint_report report = failpoint_disarm();
    unsigned refused = atomic_load_explicit(&refusals, memory_order_relaxed);
    int err = atomic_load_explicit(&refusal, memory_order_relaxed);
    int expected = expected_errno(report.which);

    if (failing && refused != (expected != 0)) {
        stress_violation("callers that were told of a failure", refused, expected != 0);
    }
    if (failing && err != expected) {
        stress_violation("what a failed allocation returned", err, expected);
    }
    sum->reported += expected != 0;
    sum->absorbed += expected == 0 && report.which != FAILPOINTS;
    return report.asked;
}
