// SPDX-License-Identifier: MIT
// kernel/test/stress_locks.c - counters under every kind of lock; none may lose an increment.
#include "kernel/test/stress.h"

#include "kernel/processor.h"
#include "sync/block/mutex.h"
#include "sync/block/semaphore.h"
#include "sync/spinlock.h"

static struct spinlock spin = SPINLOCK_INIT("stress", RANK_BENCH);
static struct mutex mutex = MUTEX_INIT(mutex);
static struct semaphore semaphore = SEMAPHORE_INIT(semaphore, 1);

static uint64_t spin_count;      // guarded by: spin
static uint64_t mutex_count;     // guarded by: mutex
static uint64_t semaphore_count; // guarded by: semaphore

// A lost update needs a window: give somebody who should not be here the time to come.
static void count_slowly(uint64_t *counter)
{
    uint64_t seen = *counter;

    thread_yield();
    *counter = seen + 1;
}

static void count_under_semaphore(void)
{
    enum { LOWEST = 2 };
    int result = semaphore_down(&semaphore);

    if (result != 0) {
        // Killed, so it cannot sleep: under `prio` it would wait for ever for one below it.
        (void)thread_set_priority(current()->tid, LOWEST);
    }
    while (result != 0) { // the count is owed all the same
        result = semaphore_trydown(&semaphore) ? 0 : -1;
        thread_yield();
    }
    count_slowly(&semaphore_count);
    semaphore_up(&semaphore);
}

void stress_count(void)
{
    spin_lock(&spin);
    spin_count++;
    spin_unlock(&spin);
    mutex_lock(&mutex);
    count_slowly(&mutex_count);
    mutex_unlock(&mutex);
    count_under_semaphore();
}

bool stress_counters_are(uint64_t expected)
{
    bool right = spin_count == expected && mutex_count == expected && semaphore_count == expected;

    if (spin_count != expected) {
        stress_violation("increments under the spinlock", (long)spin_count, (long)expected);
    }
    if (mutex_count != expected) {
        stress_violation("increments under the mutex", (long)mutex_count, (long)expected);
    }
    if (semaphore_count != expected) {
        stress_violation("increments under the semaphore", (long)semaphore_count, (long)expected);
    }
    spin_count = mutex_count = semaphore_count = 0;
    return right;
}
