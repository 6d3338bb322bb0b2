// SPDX-License-Identifier: MIT
// user/test/futexcall_pi_test.c - futexes with priority inheritance.
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/futexcall.h"
#include "user/test/utest.h"

enum { WAITERS = 8, SHORT_MS = 20 };

static _Atomic unsigned word;
static _Atomic unsigned other_word;
static _Atomic unsigned ready;

static unsigned my_tid(void)
{
    return (unsigned)syscall(SYS_gettid);
}

void test_futexcall_pi_alone(void)
{
    word = 0;
    if (futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) < 0 && errno == ENOSYS) {
        skip("no futexes with priority inheritance here");
    }
    CHECK_EQUAL(word & FUTEX_TID_MASK, my_tid());
    CHECK_ERROR(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), EDEADLK);
    CHECK_ERROR(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EDEADLK);
    CHECK_EQUAL(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    CHECK_EQUAL(word, 0);
    CHECK_ERROR(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EPERM);
    CHECK_EQUAL(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    CHECK_EQUAL(word & FUTEX_TID_MASK, my_tid());
    word = 0x3ffffff; // nobody
    CHECK_ERROR(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), ESRCH);
}

static unsigned long inside; // guarded by: word, as a lock

static void *lock_in_turn(void *argument)
{
    (void)argument;
    for (int i = 0; i < 500; i++) {
        unsigned free = 0;
        if (!atomic_compare_exchange_strong_explicit(&word, &free, my_tid(), memory_order_acq_rel,
                                                     memory_order_relaxed)) {
            CHECK_EQUAL(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
        }
        CHECK_EQUAL(word & FUTEX_TID_MASK, my_tid());
        unsigned long before = inside;
        if (i % 50 == 0) {
            sched_yield();
        }
        inside = before + 1;
        unsigned mine = my_tid();
        if (!atomic_compare_exchange_strong_explicit(&word, &mine, 0, memory_order_acq_rel,
                                                     memory_order_relaxed)) {
            CHECK_EQUAL(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
        }
    }
    return NULL;
}

void test_futexcall_pi_handed_over(void)
{
    pthread_t threads[WAITERS];
    word = 0;
    start_threads(threads, WAITERS, lock_in_turn);
    join_threads(threads, WAITERS);
    CHECK_EQUAL(inside, WAITERS * 500);
    CHECK_EQUAL(word, 0);
}

static void *lock_and_leave(void *argument)
{
    (void)argument;
    CHECK_EQUAL(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    atomic_store_explicit(&ready, 1, memory_order_release);
    sleep_ms(SHORT_MS * 2);
    return NULL;
}

void test_futexcall_pi_owner_dies(void)
{
    pthread_t thread;
    struct timespec time = clock_timespec(clock_ns_of(CLOCK_REALTIME) + SHORT_MS / 4 * NS_PER_MS);
    word = 0;
    start_thread(&thread, lock_and_leave, NULL);
    AWAIT(ready, 1);
    CHECK_ERROR(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EAGAIN);
    CHECK_ERROR(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, &time, NULL, 0), ETIMEDOUT);
    CHECK_EQUAL(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    CHECK_EQUAL(word & FUTEX_TID_MASK, my_tid());
    CHECK((word & FUTEX_OWNER_DIED) != 0);
    (void)join_thread(thread);
}

static void *lock_other_way(void *argument)
{
    (void)argument;
    CHECK_EQUAL(futex(&other_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    atomic_store_explicit(&ready, 1, memory_order_release);
    CHECK_EQUAL(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    CHECK_EQUAL(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    CHECK_EQUAL(futex(&other_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    return NULL;
}

void test_futexcall_pi_deadlock(void)
{
    pthread_t thread;
    word = 0;
    CHECK_EQUAL(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    start_thread(&thread, lock_other_way, NULL);
    AWAIT(ready, 1);
    sleep_ms(SHORT_MS);
    CHECK_ERROR(futex(&other_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), EDEADLK);
    CHECK_EQUAL(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
    (void)join_thread(thread);
}
