// SPDX-License-Identifier: MIT
// sched/bench/across.c - what it takes until a thread runs on another hart.
#include "sched/bench/across.h"

#include <stdatomic.h>

#include "kernel/base/bits.h"
#include "kernel/bench.h"
#include "kernel/console.h"
#include "kernel/processor.h"
#include "kernel/riscv/relax.h"
#include "kernel/thread.h"
#include "kernel/timer.h"

enum { ROUNDS = 100 };

static atomic_uint runs;     // of the woken thread; release: after woken_at; acquire in await_run()
static uint64_t woken_at;    // bench_now()
static atomic_bool finished; // relaxed: the wake-up that follows orders it

static int note_wakeups(void *unused)
{
    (void)unused;
    while (!atomic_load_explicit(&finished, memory_order_relaxed)) {
        (void)thread_park(TIME_NEVER);
        woken_at = bench_now();
        atomic_fetch_add_explicit(&runs, 1, memory_order_release);
    }
    return 0;
}

static bool has_run(unsigned times)
{
    return atomic_load_explicit(&runs, memory_order_acquire) >= times;
}

// Wake `tid` and keep this hart until it has run elsewhere. Returns: how long that took.
static uint64_t time_wakeup(tid_t tid)
{
    unsigned before = atomic_load_explicit(&runs, memory_order_relaxed);
    uint64_t start = bench_now();

    (void)thread_unpark(tid);
    while (!has_run(before + 1)) {
        cpu_relax();
    }
    return woken_at > start ? woken_at - start : 0; // the clock's grain may hide it
}

// Have `tid` sleep with this hart as the one it ran on last, then allow it every hart.
static int settle_here(tid_t tid, unsigned cpu)
{
    unsigned before = atomic_load_explicit(&runs, memory_order_relaxed);
    int err = thread_set_affinity(tid, bit(cpu));

    (void)thread_unpark(tid);
    while (err == 0 && !has_run(before + 1)) {
        thread_yield();
    }
    thread_yield(); // it parks
    return err != 0 ? err : thread_set_affinity(tid, ~UINT64_C(0));
}

static unsigned other_cpu(unsigned cpu)
{
    return bit_lowest(harts_online_mask() & ~bit(cpu));
}

static void end(tid_t tid)
{
    atomic_store_explicit(&finished, true, memory_order_relaxed);
    (void)thread_unpark(tid);
    (void)thread_join(tid, NULL);
}

// Time ROUNDS wake-ups of a thread of this affinity; if `settles`, each after settle_here().
static int measure(const char *metric, uint64_t affinity, unsigned cpu, bool settles)
{
    struct thread_attr attr = {.name = "woken", .affinity = affinity};
    uint64_t total = 0;
    int err = 0;

    atomic_store_explicit(&finished, false, memory_order_relaxed);
    int tid = thread_spawn(&attr, note_wakeups, NULL);
    if (tid < 0) {
        return tid;
    }
    (void)time_wakeup(tid); // warm up
    for (unsigned i = 0; i < ROUNDS && err == 0; i++) {
        err = settles ? settle_here(tid, cpu) : 0;
        total += err == 0 ? time_wakeup(tid) : 0;
    }
    end(tid);
    bench_report(&(struct bench_sample){.bench = "sched",
                                        .metric = metric,
                                        .value = bench_per_operation(total, 0, ROUNDS),
                                        .harts = 2,
                                        .threads = 2});
    return err;
}

static bool alone(const char *metric)
{
    if (harts_online() == 1) {
        printk("%s takes a second hart\n", metric);
    }
    return harts_online() == 1;
}

int bench_wakeup_other(void)
{
    unsigned cpu = this_processor()->hart.cpu; // pinned

    return alone("wakeup_other") ? 0 : measure("wakeup_other", bit(other_cpu(cpu)), cpu, false);
}

int bench_steal(void)
{
    unsigned cpu = this_processor()->hart.cpu; // pinned

    return alone("steal") ? 0 : measure("steal", ~UINT64_C(0), cpu, true);
}
