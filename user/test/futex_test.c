// SPDX-License-Identifier: MIT
// user/test/futex_test.c - futexes, by the call itself.
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/utest.h"

static long futex(_Atomic unsigned *word, int operation, unsigned value, const void *timeout)
{
    return syscall(SYS_futex, word, operation, value, timeout, NULL, FUTEX_BITSET_MATCH_ANY);
}

void test_futex_wait_errors(void)
{
    _Atomic unsigned word = 1;
    struct timespec soon = {.tv_nsec = 20 * NS_PER_MS};
    struct timespec wrong = {.tv_nsec = -1};
    CHECK_ERROR(futex(&word, FUTEX_WAIT, 0, NULL), EAGAIN);
    uint64_t start = clock_ns();
    CHECK_ERROR(futex(&word, FUTEX_WAIT, 1, &soon), ETIMEDOUT);
    CHECK(clock_ns() - start >= 20 * NS_PER_MS);
    CHECK_ERROR(futex(&word, FUTEX_WAIT, 1, &wrong), EINVAL);
    CHECK_ERROR(futex((_Atomic unsigned *)((uintptr_t)&word + 1), FUTEX_WAIT, 1, &soon), EINVAL);
    CHECK_ERROR(futex((_Atomic unsigned *)8, FUTEX_WAIT, 1, &soon), EFAULT);
    CHECK_ERROR(futex(&word, 99, 1, NULL), ENOSYS);
    CHECK_EQUAL(futex(&word, FUTEX_WAKE, INT_MAX, NULL), 0);
}

void test_futex_absolute_timeout(void)
{
    _Atomic unsigned word = 1;
    uint64_t until = clock_ns() + 20 * NS_PER_MS;
    struct timespec time = clock_timespec(until);
    CHECK_ERROR(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 1, &time), ETIMEDOUT);
    CHECK(clock_ns() >= until);
    until = clock_ns_of(CLOCK_REALTIME) + 20 * NS_PER_MS;
    time = clock_timespec(until);
    int operation = FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME;
    CHECK_ERROR(futex(&word, operation, 1, &time), ETIMEDOUT);
    CHECK(clock_ns_of(CLOCK_REALTIME) >= until);
    CHECK_ERROR(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 1, NULL, NULL, 0), EINVAL);
}

enum { SLEEPERS = 6 };
static _Atomic unsigned words[2];
static _Atomic unsigned asleep;
static _Atomic unsigned awake;

static void *sleep_on_word(void *argument)
{
    atomic_fetch_add_explicit(&asleep, 1, memory_order_relaxed);
    long result = syscall(SYS_futex, &words[0], FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL,
                          1U << (uintptr_t)argument);
    CHECK_EQUAL(result, 0);
    atomic_fetch_add_explicit(&awake, 1, memory_order_release);
    return NULL;
}

static void start_sleepers(pthread_t *threads)
{
    for (uintptr_t i = 0; i < SLEEPERS; i++) {
        start_thread(&threads[i], sleep_on_word, (void *)i);
    }
    AWAIT(asleep, SLEEPERS);
    // Long enough for all of them to sleep.
    sleep_ms(50);
}

static void join_sleepers(const pthread_t *threads)
{
    for (int i = 0; i < SLEEPERS; i++) {
        join_thread(threads[i]);
    }
}

void test_futex_wake(void)
{
    pthread_t threads[SLEEPERS];
    start_sleepers(threads);
    CHECK_EQUAL(futex(&words[0], FUTEX_WAKE_PRIVATE, 2, NULL), 2);
    AWAIT(awake, 2);
    sleep_ms(10);
    CHECK_EQUAL(awake, 2);
    CHECK_EQUAL(futex(&words[0], FUTEX_WAKE_PRIVATE, INT_MAX, NULL), SLEEPERS - 2);
    join_sleepers(threads);
}

void test_futex_bits(void)
{
    pthread_t threads[SLEEPERS];
    start_sleepers(threads);
    CHECK_EQUAL(syscall(SYS_futex, &words[0], FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL, NULL,
                        1U << 3 | 1U << 4),
                2);
    AWAIT(awake, 2);
    CHECK_EQUAL(futex(&words[0], FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL), SLEEPERS - 2);
    join_sleepers(threads);
}

void test_futex_requeue(void)
{
    pthread_t threads[SLEEPERS];
    start_sleepers(threads);
    CHECK_ERROR(syscall(SYS_futex, &words[0], FUTEX_CMP_REQUEUE_PRIVATE, 1, 3L, &words[1], 7),
                EAGAIN);
    // Wake one, and have three wait on the other word from now on.
    CHECK_EQUAL(syscall(SYS_futex, &words[0], FUTEX_CMP_REQUEUE_PRIVATE, 1, 3L, &words[1], 0), 4);
    CHECK_EQUAL(futex(&words[1], FUTEX_WAKE_PRIVATE, INT_MAX, NULL), 3);
    CHECK_EQUAL(
        syscall(SYS_futex, &words[0], FUTEX_REQUEUE_PRIVATE, 0, (long)INT_MAX, &words[1], 0),
        SLEEPERS - 4);
    CHECK_EQUAL(futex(&words[0], FUTEX_WAKE_PRIVATE, INT_MAX, NULL), 0);
    CHECK_EQUAL(futex(&words[1], FUTEX_WAKE_PRIVATE, INT_MAX, NULL), SLEEPERS - 4);
    join_sleepers(threads);
}

static _Atomic unsigned *shared;

static void sleep_on_shared(void)
{
    atomic_store_explicit(&shared[1], 1, memory_order_release);
    while (atomic_load_explicit(&shared[0], memory_order_acquire) == 0) {
        long result = futex(&shared[0], FUTEX_WAIT, 0, NULL);
        CHECK(result == 0 || errno == EAGAIN);
    }
}

// Without FUTEX_PRIVATE_FLAG it is the memory that counts, not the address.
void test_futex_across_processes(void)
{
    shared = shared_memory(2 * sizeof(*shared));
    pid_t child = fork_child(sleep_on_shared);
    AWAIT(shared[1], 1);
    sleep_ms(20);
    atomic_store_explicit(&shared[0], 1, memory_order_release);
    CHECK_EQUAL(futex(&shared[0], FUTEX_WAKE, 1, NULL), 1);
    CHECK_EQUAL(wait_child(child), 0);
}

// A private word of a child is another one after fork, at the same address.
static void wake_nobody(void)
{
    CHECK_EQUAL(futex(&words[0], FUTEX_WAKE, INT_MAX, NULL), 0);
    CHECK_EQUAL(futex(&words[0], FUTEX_WAKE_PRIVATE, INT_MAX, NULL), 0);
}

void test_futex_private_to_process(void)
{
    pthread_t threads[SLEEPERS];
    start_sleepers(threads);
    CHECK_EQUAL(run_child(wake_nobody), 0);
    CHECK_EQUAL(awake, 0);
    CHECK_EQUAL(futex(&words[0], FUTEX_WAKE_PRIVATE, INT_MAX, NULL), SLEEPERS);
    join_sleepers(threads);
}

static _Atomic unsigned tickets;

static void *hand_over(void *argument)
{
    unsigned self = (unsigned)(uintptr_t)argument;
    for (unsigned i = 0; i < scaled(500); i++) {
        unsigned now;
        while ((now = atomic_load_explicit(&tickets, memory_order_acquire)) % 4 != self) {
            futex(&tickets, FUTEX_WAIT_PRIVATE, now, NULL);
        }
        atomic_fetch_add_explicit(&tickets, 1, memory_order_release);
        futex(&tickets, FUTEX_WAKE_PRIVATE, INT_MAX, NULL);
    }
    return NULL;
}

void test_futex_storm(void)
{
    pthread_t threads[4];
    for (uintptr_t i = 0; i < 4; i++) {
        start_thread(&threads[i], hand_over, (void *)i);
    }
    for (int i = 0; i < 4; i++) {
        join_thread(threads[i]);
    }
    CHECK_EQUAL(tickets, 4 * scaled(500));
}
