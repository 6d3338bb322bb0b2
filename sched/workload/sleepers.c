// SPDX-License-Identifier: MIT
// sched/workload/sleepers.c - `workload sleepers`: who slept gets its share from then on, not more.
//
// In the first half of the time every other thread sleeps, five times; in the second half all
// compute. No sleep may end early, and in the second half all must have got the same: what was
// slept through is not made up for. Needs 6 harts or fewer, or there is nothing to share.
#include "kernel/base/types.h"
#include "kernel/console.h"
#include "kernel/timer.h"
#include "sched/workload/workload.h"

enum { HALF_QUANTA = 60, SLEEPS = 5 };

// worker.result of who woke early, else its run time in the second half.
#define WOKE_EARLY UINT64_MAX

// Returns: whether each of the sleeps was as long as it had to be.
static bool sleep_half(struct worker *w)
{
    bool right = true;

    for (unsigned i = 1; i <= SLEEPS; i++) {
        uint64_t now = time_now_ns();
        uint64_t end = work_time_ns(w, i * HALF_QUANTA / SLEEPS);

        if (now < end) {
            (void)thread_sleep(end - now);
            right = right && time_now_ns() >= end;
            w->slept_ns += end - now;
        }
    }
    return right;
}

static void run_sleepers(struct worker *w)
{
    bool right = true;

    if (w->number % 2 == 0) {
        right = sleep_half(w);
    } else {
        work_until(work_time_ns(w, HALF_QUANTA));
    }
    uint64_t half_ns = work_run_ns();
    work_until(work_time_ns(w, 2 * HALF_QUANTA));
    w->result = right ? work_run_ns() - half_ns : WOKE_EARLY;
}

static bool sleepers_hold(const struct worker workers[], unsigned count)
{
    uint64_t shares[WORKERS_MAX];

    for (unsigned i = 0; i < count; i++) {
        shares[i] = workers[i].result;
        if (shares[i] == WOKE_EARLY) {
            printk("thread %u woke early\n", i);
            return false;
        }
    }
    return work_is_even("run time in the second half", shares, count);
}

const struct workload workload_sleepers = {
    .name = "sleepers",
    .threads = 6,
    .body = run_sleepers,
    .holds = sleepers_hold,
};
