// SPDX-License-Identifier: MIT
// sched/bench/among.c - what switching and waking cost while many other threads are there.
#include "sched/bench/among.h"

#include "kernel/bench.h"
#include "kernel/thread.h"
#include "sched/bench/crowd.h"
#include "sync/block/semaphore.h"

enum { WAKE_UPS = 1000 };

static void report(const char *metric, uint64_t value, unsigned threads)
{
    bench_report(&(struct bench_sample){
        .bench = "sched", .metric = metric, .value = value, .threads = threads});
}

int bench_pick_among(unsigned n, uint64_t affinity)
{
    enum { ROUNDS = 4 };
    int err = crowd_start(n, affinity, CROWD_YIELDS);

    if (err == 0) {
        thread_yield();
        uint64_t start = bench_now();
        for (unsigned i = 0; i < ROUNDS; i++) { // each goes through all of them
            thread_yield();
        }
        uint64_t elapsed = bench_now() - start;
        report("pick", bench_per_operation(elapsed, 0, (uint64_t)ROUNDS * (n + 1)), n);
    }
    crowd_stop();
    return err;
}

static struct semaphore ping = SEMAPHORE_INIT(ping, 0);
static struct semaphore pong = SEMAPHORE_INIT(pong, 0);
static uint64_t woken_at; // written by the sleeper, read by its waker once it sleeps again

static int sleeper(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < WAKE_UPS; i++) {
        (void)semaphore_down(&ping);
        woken_at = bench_now();
        semaphore_up(&pong);
    }
    return 0;
}

int bench_wake_among(unsigned n, uint64_t affinity)
{
    struct thread_attr attr = {.name = "sleeper", .affinity = affinity};
    uint64_t total = 0;
    int err = crowd_start(n, affinity, CROWD_SLEEPS);
    int tid = err != 0 ? err : thread_spawn(&attr, sleeper, NULL);

    if (tid > 0) {
        thread_yield(); // it sleeps
        for (unsigned i = 0; i < WAKE_UPS; i++) {
            uint64_t start = bench_now();

            semaphore_up(&ping);
            (void)semaphore_down(&pong);
            total += woken_at - start;
        }
        err = thread_join(tid, NULL);
        report("wakeup", bench_per_operation(total, 0, WAKE_UPS), n);
    }
    crowd_stop();
    return tid < 0 ? tid : err;
}
