// SPDX-License-Identifier: MIT
// kernel/test/stress.c - `stress`: random operations from SEED, every invariant checked throughout.
//
// A worker a hart and two more do random steps (stress_step.c) on threads of their own
// (stress_child.c). In the end nothing may be left: threads and free frames are as before.
#include "kernel/test/stress.h"

#include "kernel/abi/errno.h"
#include "kernel/base/options.h"
#include "kernel/base/string.h"
#include "kernel/bootargs.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/ktest.h"
#include "kernel/processor.h"

enum { EXTRA_WORKERS = 2, WORKERS_MAX = MAX_HARTS + EXTRA_WORKERS, DEFAULT_OPS = 5000 };

static struct stress_worker workers[WORKERS_MAX]; // one command runs at a time
static _Atomic int64_t steps_left;                // relaxed: a count
static atomic_uint violations;                    // the same
static uint64_t stop_ticks;                       // constant while workers run

void stress_violation(const char *what, long got, long expected)
{
    atomic_fetch_add_explicit(&violations, 1, memory_order_relaxed);
    printk("VIOLATION: %s: %ld, expected %ld\n", what, got, expected);
}

static int work(void *arg)
{
    struct stress_worker *w = arg;

    while (atomic_fetch_sub_explicit(&steps_left, 1, memory_order_relaxed) > 0 &&
           time_now_ticks() < stop_ticks) {
        stress_step(w);
    }
    stress_join_all(w);
    return 0;
}

// Start worker `i`. Returns: its tid or -errno.
static int start_worker(unsigned i)
{
    workers[i] = (struct stress_worker){};
    random_seed(&workers[i].random, bootargs.seed + (uint64_t)i * UINT32_MAX);
    return thread_spawn(&(struct thread_attr){.name = "stress worker"}, work, &workers[i]);
}

// Run `count` workers to the end. Returns: increments that must have been made.
static uint64_t run_workers(unsigned count)
{
    tid_t tids[WORKERS_MAX];
    uint64_t counted = 0;

    for (unsigned i = 0; i < count; i++) {
        tids[i] = start_worker(i);
    }
    for (unsigned i = 0; i < count; i++) {
        if (tids[i] < 0 || thread_join(tids[i], NULL) != 0) {
            stress_violation("a worker did not run", tids[i], 0);
        }
        counted += workers[i].counted;
    }
    return counted;
}

// Detached children end when they like; they are gone once the pool has shrunk to what it was.
static void wait_for_detached(unsigned threads)
{
    while (thread_count() > threads) {
        (void)thread_sleep(1000000);
    }
}

static int stress(void)
{
    struct ktest_balance before = ktest_balance_now();

    atomic_store_explicit(&violations, 0, memory_order_relaxed);
    atomic_store_explicit(&stress_counted_by_children, 0, memory_order_relaxed);
    uint64_t counted = run_workers(harts_online() + EXTRA_WORKERS);
    wait_for_detached(before.threads);
    counted += atomic_load_explicit(&stress_counted_by_children, memory_order_relaxed);
    (void)stress_counters_are(counted);
    struct ktest_balance after = ktest_balance_now();
    if (after.frames != before.frames) {
        stress_violation("free frames", (long)after.frames, (long)before.frames);
    }
    return atomic_load_explicit(&violations, memory_order_relaxed) != 0;
}

static int stress_run(int argc, char **argv)
{
    uint64_t ops = DEFAULT_OPS;
    uint64_t seconds = 0;

    for (int i = 1; i < argc; i++) {
        const char *ops_text = option_value(argv[i], "ops");
        const char *seconds_text = option_value(argv[i], "seconds");

        if (!(ops_text != NULL && parse_u64(ops_text, &ops) == 0 && ops > 0 && ops <= INT32_MAX) &&
            !(seconds_text != NULL && parse_u64(seconds_text, &seconds) == 0 && seconds > 0 &&
              seconds <= UINT32_MAX)) {
            return -EINVAL;
        }
    }
    if (seconds != 0 && bootargs.timing != TIMING_HOST) {
        printk("stress: seconds= is for TIMING=host only; use ops=\n");
        return -EINVAL;
    }
    stop_ticks = seconds != 0 ? deadline_after_ns(seconds * 1000000000) : TIME_NEVER;
    atomic_store_explicit(&steps_left, seconds != 0 ? INT64_MAX : (int64_t)ops,
                          memory_order_relaxed);
    int status = stress();
    printk("stress: %s\n", status == 0 ? "no violations" : "FAILED");
    return status;
}
COMMAND(stress, "stress", "[ops=N] [seconds=S]",
        "random spawn, join, park, kill, sleep, lock ...; every invariant checked", stress_run);
