// SPDX-License-Identifier: MIT
// sched/bench/crowd.c - many threads that are there while something else is measured.
#include "sched/bench/crowd.h"

#include <stdatomic.h>

#include "kernel/abi/errno.h"
#include "kernel/thread.h"
#include "mm/frame.h"
#include "mm/memory.h"

enum { TIDS_PER_FRAME = PAGE_SIZE / sizeof(tid_t), FAR_NS = 1000000000 };

static tid_t *frames[CROWD_MAX / TIDS_PER_FRAME + 1]; // this file's caller only
static unsigned started;
static atomic_bool stop;     // relaxed: to be seen late is harmless
static atomic_uint arrivals; // relaxed: a count

static tid_t *tid_at(unsigned i)
{
    return &frames[i / TIDS_PER_FRAME][i % TIDS_PER_FRAME];
}

static bool stopping(void)
{
    return atomic_load_explicit(&stop, memory_order_relaxed);
}

static int yields(void *unused)
{
    (void)unused;
    atomic_fetch_add_explicit(&arrivals, 1, memory_order_relaxed);
    while (!stopping()) {
        thread_yield();
    }
    return 0;
}

static int sleeps(void *unused)
{
    (void)unused;
    atomic_fetch_add_explicit(&arrivals, 1, memory_order_relaxed);
    while (!stopping()) {
        (void)thread_park(FAR_NS * UINT64_C(3600));
    }
    return 0;
}

static int start_one(uint64_t affinity, enum crowd kind)
{
    unsigned i = started;
    struct thread_attr attr = {.name = "crowd", .affinity = affinity};

    if (i == CROWD_MAX) {
        return -EINVAL;
    }
    if (i % TIDS_PER_FRAME == 0) {
        frames[i / TIDS_PER_FRAME] = frames_alloc_or_reclaim(0);
    }
    if (frames[i / TIDS_PER_FRAME] == NULL) {
        return -ENOMEM;
    }
    int tid = thread_spawn(&attr, kind == CROWD_YIELDS ? yields : sleeps, NULL);
    if (tid < 0) {
        return tid;
    }
    *tid_at(i) = tid;
    started++;
    return 0;
}

int crowd_start(unsigned n, uint64_t affinity, enum crowd kind)
{
    int err = 0;

    started = 0;
    atomic_store_explicit(&stop, false, memory_order_relaxed);
    atomic_store_explicit(&arrivals, 0, memory_order_relaxed);
    while (started < n && err == 0) {
        err = start_one(affinity, kind);
    }
    while (atomic_load_explicit(&arrivals, memory_order_relaxed) < started) {
        thread_yield();
    }
    return err;
}

void crowd_wake(void)
{
    atomic_store_explicit(&stop, true, memory_order_relaxed);
    for (unsigned i = 0; i < started; i++) {
        (void)thread_unpark(*tid_at(i));
    }
}

void crowd_stop(void)
{
    if (!stopping()) {
        crowd_wake();
    }
    for (unsigned i = 0; i < started; i++) {
        (void)thread_join(*tid_at(i), NULL);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(frames) && frames[i] != NULL; i++) {
        frames_free(frames[i], 0);
        frames[i] = NULL;
    }
}
