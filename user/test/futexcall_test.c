// SPDX-License-Identifier: MIT
// user/test/futexcall_test.c - futexes by themselves: every operation, and what is refused.
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/futexcall.h"
#include "user/test/utest.h"

enum { WAITERS = 8, SHORT_MS = 20 };

static _Atomic unsigned word;
static _Atomic unsigned other_word;
static _Atomic unsigned ready;
static _Atomic unsigned woken;

static long wait_private(_Atomic unsigned *at, unsigned value)
{
    return futex(at, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static long wake_private(_Atomic unsigned *at, unsigned count)
{
    return futex(at, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

// Wake until `count` threads have been: they may not all wait yet. Returns: how many calls said so.
static unsigned wake_all(_Atomic unsigned *at, unsigned count, unsigned bits)
{
    unsigned total = 0;
    while (total < count) {
        long n = futex(at, FUTEX_WAKE_BITSET_PRIVATE, count - total, NULL, NULL, bits);
        CHECK(n >= 0);
        total += (unsigned)n;
        sched_yield();
    }
    return total;
}

static void *wait_once(void *argument)
{
    (void)argument;
    atomic_fetch_add_explicit(&ready, 1, memory_order_acq_rel);
    CHECK_EQUAL(wait_private(&word, 0), 0);
    atomic_fetch_add_explicit(&woken, 1, memory_order_acq_rel);
    return NULL;
}

// ---- Waiting and waking ------------------------------------------------------------------------

void test_futexcall_errors(void)
{
    _Atomic unsigned *bad = (void *)8;
    _Atomic unsigned *crooked = (void *)((char *)&word + 1);
    struct timespec time = {.tv_nsec = NS_PER_S};

    CHECK_ERROR(wait_private(&word, 1), EAGAIN);
    CHECK_ERROR(wait_private(bad, 0), EFAULT);
    CHECK_ERROR(wait_private(crooked, 0), EINVAL);
    CHECK_ERROR(wake_private(crooked, 1), EINVAL);
    CHECK_ERROR(futex(bad, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
    CHECK_ERROR(futex(&word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0), EINVAL);
    CHECK_ERROR(futex(&word, FUTEX_WAIT_PRIVATE, 0, bad, NULL, 0), EFAULT);
    CHECK_ERROR(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 0), EINVAL);
    CHECK_ERROR(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 0), EINVAL);
    CHECK_ERROR(futex(&word, 77, 0, NULL, NULL, 0), ENOSYS);
    CHECK_ERROR(futex(&word, FUTEX_WAKE_PRIVATE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0), ENOSYS);
    CHECK_EQUAL(wake_private(&word, INT_MAX), 0);
    CHECK_EQUAL(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
}

void test_futexcall_wake(void)
{
    pthread_t threads[WAITERS];
    start_threads(threads, WAITERS, wait_once);
    AWAIT(ready, WAITERS);
    CHECK_EQUAL(wake_all(&word, 3, FUTEX_BITSET_MATCH_ANY), 3);
    AWAIT(woken, 3);
    sleep_ms(SHORT_MS);
    CHECK_EQUAL(woken, 3);
    wake_all(&word, WAITERS - 3, FUTEX_BITSET_MATCH_ANY);
    join_threads(threads, WAITERS);
    CHECK_EQUAL(wake_private(&word, INT_MAX), 0);
}

static void *wait_by_bit(void *argument)
{
    unsigned bit = 1u << (uintptr_t)argument;
    atomic_fetch_add_explicit(&ready, 1, memory_order_acq_rel);
    CHECK_EQUAL(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, bit), 0);
    atomic_fetch_or_explicit(&woken, bit, memory_order_acq_rel);
    return NULL;
}

void test_futexcall_bits(void)
{
    pthread_t threads[3];
    start_threads(threads, 3, wait_by_bit);
    AWAIT(ready, 3);
    wake_all(&word, 1, 2);
    (void)join_thread(threads[1]);
    CHECK_EQUAL(woken, 2);
    CHECK_EQUAL(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL, NULL, 8 | 2), 0);
    wake_all(&word, 2, 1 | 4);
    (void)join_thread(threads[0]);
    (void)join_thread(threads[2]);
    CHECK_EQUAL(woken, 7);
}

// ---- Timeouts ----------------------------------------------------------------------------------

static void check_timeout(int operation, clockid_t clock, bool absolute)
{
    uint64_t before = clock_ns();
    uint64_t base = absolute ? clock_ns_of(clock) : 0;
    struct timespec time = clock_timespec(base + SHORT_MS * NS_PER_MS);
    CHECK_ERROR(futex(&word, operation, 0, &time, NULL, FUTEX_BITSET_MATCH_ANY), ETIMEDOUT);
    uint64_t took = clock_ns() - before;
    CHECK(took >= SHORT_MS * NS_PER_MS);
}

void test_futexcall_timeout(void)
{
    struct timespec past = {0};
    check_timeout(FUTEX_WAIT_PRIVATE, CLOCK_MONOTONIC, false);
    check_timeout(FUTEX_WAIT, CLOCK_MONOTONIC, false);
    check_timeout(FUTEX_WAIT_BITSET_PRIVATE, CLOCK_MONOTONIC, true);
    check_timeout(FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, CLOCK_REALTIME, true);
    CHECK_ERROR(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &past, NULL, 1), ETIMEDOUT);
    CHECK_ERROR(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 1, &past, NULL, 1), EAGAIN);
}

static void note_signal(int signo)
{
    (void)signo;
    atomic_fetch_add_explicit(&woken, 1, memory_order_acq_rel);
}

static void catch_with(int flags)
{
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = flags};
    CHECK_EQUAL(sigaction(SIGUSR1, &action, NULL), 0);
}

static void *wait_interrupted(void *argument)
{
    (void)argument;
    atomic_store_explicit(&ready, 1, memory_order_release);
    long result = wait_private(&word, 0);
    return (void *)(result == 0 ? 0L : (long)errno);
}

static void signal_until_noted(pthread_t thread)
{
    AWAIT(ready, 1);
    sleep_ms(SHORT_MS);
    CHECK_EQUAL(pthread_kill(thread, SIGUSR1), 0);
    AWAIT(woken, 1);
}

void test_futexcall_interrupted(void)
{
    pthread_t thread;
    catch_with(0);
    start_thread(&thread, wait_interrupted, NULL);
    signal_until_noted(thread);
    CHECK_EQUAL((long)join_thread(thread), EINTR);
}

void test_futexcall_restarted(void)
{
    pthread_t thread;
    catch_with(SA_RESTART);
    start_thread(&thread, wait_interrupted, NULL);
    signal_until_noted(thread);
    wake_all(&word, 1, FUTEX_BITSET_MATCH_ANY);
    CHECK_EQUAL((long)join_thread(thread), 0);
}

// ---- Moving waiters ----------------------------------------------------------------------------

void test_futexcall_requeue(void)
{
    pthread_t threads[WAITERS];
    void *five = (void *)5;
    start_threads(threads, WAITERS, wait_once);
    AWAIT(ready, WAITERS);
    sleep_ms(SHORT_MS); // until all wait
    CHECK_ERROR(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, five, &other_word, 1), EAGAIN);
    CHECK_ERROR(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, (unsigned)-1, five, &other_word, 0),
                EINVAL);
    CHECK_EQUAL(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, five, &other_word, 0), 6);
    AWAIT(woken, 1);
    CHECK_EQUAL(wake_private(&other_word, 2), 2);
    CHECK_EQUAL(futex(&word, FUTEX_REQUEUE_PRIVATE, 0, five, &other_word, 0), 2);
    CHECK_EQUAL(wake_private(&word, INT_MAX), 0);
    CHECK_EQUAL(futex(&other_word, FUTEX_REQUEUE_PRIVATE, 0, five, &other_word, 0), 5);
    CHECK_EQUAL(wake_private(&other_word, INT_MAX), 5);
    join_threads(threads, WAITERS);
}

static void *wait_shortly(void *argument)
{
    struct timespec time = clock_timespec(SHORT_MS * NS_PER_MS);
    (void)argument;
    atomic_fetch_add_explicit(&ready, 1, memory_order_acq_rel);
    CHECK_ERROR(futex(&word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0), ETIMEDOUT);
    return NULL;
}

// A thread that has been moved gives up by itself where it waits now.
void test_futexcall_requeue_timeout(void)
{
    pthread_t threads[WAITERS];
    start_threads(threads, WAITERS, wait_shortly);
    while (ready < WAITERS) {
        (void)futex(&word, FUTEX_REQUEUE_PRIVATE, 0, (void *)(long)INT_MAX, &other_word, 0);
        sched_yield();
    }
    (void)futex(&word, FUTEX_REQUEUE_PRIVATE, 0, (void *)(long)INT_MAX, &other_word, 0);
    join_threads(threads, WAITERS);
    CHECK_EQUAL(wake_private(&word, INT_MAX) + wake_private(&other_word, INT_MAX), 0);
}

// ---- Changing a word, and waking ---------------------------------------------------------------

static void check_operation(unsigned operation, int operand, unsigned before, unsigned after)
{
    unsigned encoded = operation << 28 | FUTEX_OP_CMP_EQ << 24 | ((unsigned)operand & 0xfff) << 12;
    other_word = before;
    CHECK_EQUAL(futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &other_word, encoded), 0);
    CHECK_EQUAL(other_word, after);
}

void test_futexcall_wake_op(void)
{
    check_operation(FUTEX_OP_SET, 7, 1, 7);
    check_operation(FUTEX_OP_ADD, -1, 1, 0);
    check_operation(FUTEX_OP_OR, 6, 1, 7);
    check_operation(FUTEX_OP_ANDN, 2, 7, 5);
    check_operation(FUTEX_OP_XOR, 3, 1, 2);
    check_operation(FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT, 31, 0, 0x80000000);
    CHECK_ERROR(futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &other_word, 7u << 28), ENOSYS);
    CHECK_ERROR(futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, (void *)8, 0), EFAULT);
}

void test_futexcall_wake_op_both(void)
{
    pthread_t thread;
    unsigned never = FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_GT, 0);
    unsigned always = FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_LE, 0);
    start_thread(&thread, wait_once, NULL);
    AWAIT(ready, 1);
    sleep_ms(SHORT_MS);
    CHECK_EQUAL(futex(&other_word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &word, never), 0);
    CHECK_EQUAL(futex(&other_word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &word, always), 1);
    (void)join_thread(thread);
}

// ---- Many at once ------------------------------------------------------------------------------

static void *take_turns(void *argument)
{
    unsigned me = (unsigned)(uintptr_t)argument;
    unsigned turns = scaled(500);
    for (unsigned i = 0; i < turns;) {
        unsigned now = word;
        if (now % WAITERS == me) {
            word = now + 1;
            (void)wake_private(&word, INT_MAX);
            i++;
        } else {
            (void)wait_private(&word, now);
        }
    }
    return NULL;
}

void test_futexcall_storm(void)
{
    pthread_t threads[WAITERS];
    word = 0;
    start_threads(threads, WAITERS, take_turns);
    join_threads(threads, WAITERS);
    CHECK_EQUAL(word, WAITERS * scaled(500));
}
