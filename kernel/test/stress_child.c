// SPDX-License-Identifier: MIT
// kernel/test/stress_child.c - the threads that `stress` starts.
#include "kernel/abi/errno.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"
#include "kernel/test/stress.h"

enum { SLEEP_MAX_NS = 300000, CODES = 1000 };

_Atomic uint64_t stress_counted_by_children;

static void child_sleeps(struct random *random)
{
    uint64_t ns = random_below(random, SLEEP_MAX_NS);
    uint64_t before = time_now_ns();
    int result = thread_sleep(ns);

    if (result == 0 && time_now_ns() - before < ns) {
        stress_violation("a sleep was short by ns", (long)(time_now_ns() - before), (long)ns);
    }
    if (result != 0 && result != -EINTR) {
        stress_violation("thread_sleep()", result, 0);
    }
}

static void child_parks(struct random *random)
{
    int result = thread_park(random_below(random, SLEEP_MAX_NS));

    if (result != 0 && result != -ETIMEDOUT && result != -EINTR) {
        stress_violation("thread_park()", result, 0);
    }
}

static void child_yields(struct random *random)
{
    for (uint64_t i = random_below(random, 5); i > 0; i--) {
        thread_yield();
    }
}

static void child_counts(struct random *random)
{
    (void)random;
    stress_count();
    atomic_fetch_add_explicit(&stress_counted_by_children, 1, memory_order_relaxed);
}

static void (*const acts[])(struct random *random) = {
    child_sleeps,
    child_parks,
    child_yields,
    child_counts,
};

// The argument is the seed; the code returned is part of it.
static int child(void *seed)
{
    struct random random;

    random_seed(&random, (uint64_t)seed);
    for (uint64_t i = random_below(&random, 4); i > 0; i--) {
        acts[random_below(&random, ARRAY_SIZE(acts))](&random);
        thread_exit_if_killed();
    }
    return (int)((uint64_t)seed % CODES);
}

int stress_spawn_child(struct random *random, int *code)
{
    uint64_t seed = random_next(random);
    uint64_t harts = harts_online_mask();
    struct thread_attr attr = {
        .name = "stress child",
        .priority = 2 + (int)random_below(random, 31), // 2..32, which every policy has
        .affinity = random_below(random, 2) == 0 ? 0 : random_next(random) & harts,
    };

    *code = (int)(seed % CODES);
    return thread_spawn(&attr, child, (void *)seed);
}
