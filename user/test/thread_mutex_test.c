// SPDX-License-Identifier: MIT
// user/test/thread_mutex_test.c - threads: locks of every kind.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/test/utest.h"

enum { THREADS = 16, TURNS = 10000 };

static pthread_mutex_t mutex;
static pthread_spinlock_t spin;
static unsigned long sum; // guarded by: one of the two

static void *add_with_mutex(void *argument)
{
    (void)argument;
    for (int i = 0; i < TURNS; i++) {
        CHECK_EQUAL(pthread_mutex_lock(&mutex), 0);
        sum++;
        CHECK_EQUAL(pthread_mutex_unlock(&mutex), 0);
    }
    return NULL;
}

static void init_mutex(int type, int protocol, int robust)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    CHECK_EQUAL(pthread_mutexattr_settype(&attributes, type), 0);
    CHECK_EQUAL(pthread_mutexattr_setprotocol(&attributes, protocol), 0);
    CHECK_EQUAL(pthread_mutexattr_setrobust(&attributes, robust), 0);
    int error = pthread_mutex_init(&mutex, &attributes);
    if (error == ENOTSUP) {
        skip("there are no such mutexes");
    }
    CHECK_EQUAL(error, 0);
}

void test_thread_mutex(void)
{
    init_mutex(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    run_threads(THREADS, add_with_mutex);
    CHECK_EQUAL(sum, THREADS * TURNS);
}

void test_thread_mutex_inherits(void)
{
    init_mutex(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED);
    run_threads(4, add_with_mutex);
    CHECK_EQUAL(sum, 4 * TURNS);
}

static void *try_mutex(void *argument)
{
    (void)argument;
    struct timespec soon = clock_after_ms(CLOCK_REALTIME, 20);
    uint64_t start = clock_ns();
    CHECK_EQUAL(pthread_mutex_trylock(&mutex), EBUSY);
    CHECK_EQUAL(pthread_mutex_timedlock(&mutex, &soon), ETIMEDOUT);
    CHECK(clock_ns() - start >= 15 * NS_PER_MS);
    CHECK_EQUAL(pthread_mutex_unlock(&mutex), EPERM);
    return NULL;
}

void test_thread_mutex_errors(void)
{
    init_mutex(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    CHECK_EQUAL(pthread_mutex_lock(&mutex), 0);
    CHECK_EQUAL(pthread_mutex_lock(&mutex), EDEADLK);
    run_threads(1, try_mutex);
    CHECK_EQUAL(pthread_mutex_unlock(&mutex), 0);
    CHECK_EQUAL(pthread_mutex_unlock(&mutex), EPERM);
}

void test_thread_mutex_inherits_errors(void)
{
    init_mutex(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED);
    CHECK_EQUAL(pthread_mutex_lock(&mutex), 0);
    CHECK_EQUAL(pthread_mutex_lock(&mutex), EDEADLK);
    run_threads(1, try_mutex);
    CHECK_EQUAL(pthread_mutex_unlock(&mutex), 0);
}

void test_thread_mutex_recursive(void)
{
    init_mutex(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    for (int i = 0; i < 100; i++) {
        CHECK_EQUAL(pthread_mutex_lock(&mutex), 0);
    }
    run_threads(1, try_mutex);
    for (int i = 0; i < 100; i++) {
        CHECK_EQUAL(pthread_mutex_unlock(&mutex), 0);
    }
    CHECK_EQUAL(pthread_mutex_trylock(&mutex), 0);
}

static void *end_with_mutex(void *argument)
{
    (void)argument;
    CHECK_EQUAL(pthread_mutex_lock(&mutex), 0);
    return NULL;
}

static void check_robust(int protocol)
{
    init_mutex(PTHREAD_MUTEX_NORMAL, protocol, PTHREAD_MUTEX_ROBUST);
    run_threads(1, end_with_mutex);
    CHECK_EQUAL(pthread_mutex_lock(&mutex), EOWNERDEAD);
    CHECK_EQUAL(pthread_mutex_consistent(&mutex), 0);
    CHECK_EQUAL(pthread_mutex_unlock(&mutex), 0);
    run_threads(1, end_with_mutex);
    CHECK_EQUAL(pthread_mutex_lock(&mutex), EOWNERDEAD);
    CHECK_EQUAL(pthread_mutex_unlock(&mutex), 0);
    CHECK_EQUAL(pthread_mutex_lock(&mutex), ENOTRECOVERABLE);
}

void test_thread_mutex_robust(void)
{
    check_robust(PTHREAD_PRIO_NONE);
}

void test_thread_mutex_robust_inherits(void)
{
    skip_if_emulated("it knows no robust list");
    check_robust(PTHREAD_PRIO_INHERIT);
}

static _Atomic unsigned heirs;

// Take the mutex from one that has died with it, and die with it.
static void *inherit_and_end(void *argument)
{
    (void)argument;
    int result = pthread_mutex_lock(&mutex);
    CHECK(result == 0 || result == EOWNERDEAD);
    if (result == EOWNERDEAD) {
        CHECK_EQUAL(pthread_mutex_consistent(&mutex), 0);
    }
    CHECK_EQUAL(atomic_fetch_add_explicit(&heirs, 1, memory_order_relaxed), 0);
    sched_yield();
    CHECK_EQUAL(atomic_fetch_sub_explicit(&heirs, 1, memory_order_relaxed), 1);
    return NULL;
}

// Who is given the mutex by a thread that dies has it from then on, though it may not run yet.
void test_thread_mutex_robust_heirs(void)
{
    skip_if_emulated("it knows no robust list");
    init_mutex(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_ROBUST);
    for (unsigned i = 0; i < scaled(100); i++) {
        run_threads(3, inherit_and_end);
    }
}

static struct across {
    pthread_mutex_t mutex;
    _Atomic unsigned locked;
} *across;

static void die_with_mutex(void)
{
    CHECK_EQUAL(pthread_mutex_lock(&across->mutex), 0);
    atomic_store_explicit(&across->locked, 1, memory_order_release);
    sleep_ms(10000);
}

// Of a process that is killed, who waits in another process gets the mutex.
void test_thread_mutex_robust_kill(void)
{
    pthread_mutexattr_t attributes;
    skip_if_emulated("it knows no robust list");
    across = shared_memory(sizeof(*across));
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    CHECK_EQUAL(pthread_mutex_init(&across->mutex, &attributes), 0);
    pid_t child = fork_child(die_with_mutex);
    AWAIT(across->locked, 1);
    CHECK_EQUAL(pthread_mutex_trylock(&across->mutex), EBUSY);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(pthread_mutex_lock(&across->mutex), EOWNERDEAD);
    CHECK_EQUAL(wait_child(child), -SIGKILL);
}

static void *add_with_spin(void *argument)
{
    (void)argument;
    for (int i = 0; i < TURNS; i++) {
        pthread_spin_lock(&spin);
        sum++;
        pthread_spin_unlock(&spin);
    }
    return NULL;
}

void test_thread_spin(void)
{
    CHECK_EQUAL(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE), 0);
    run_threads(4, add_with_spin);
    CHECK_EQUAL(sum, 4 * TURNS);
}

static _Atomic unsigned long atomic_sum;

static void *add_atomically(void *argument)
{
    (void)argument;
    for (int i = 0; i < TURNS; i++) {
        unsigned long old = atomic_load_explicit(&atomic_sum, memory_order_relaxed);
        while (!atomic_compare_exchange_weak_explicit(&atomic_sum, &old, old + 1,
                                                      memory_order_relaxed, memory_order_relaxed)) {
        }
    }
    return NULL;
}

void test_thread_atomic(void)
{
    run_threads(THREADS, add_atomically);
    CHECK_EQUAL(atomic_sum, THREADS * TURNS);
}

// Peterson's algorithm: needs each store to be seen before the load that follows it.
static atomic_int wants[2];
static atomic_int turn;

static void *add_with_peterson(void *argument)
{
    int self = (int)(uintptr_t)argument;
    for (int i = 0; i < TURNS; i++) {
        atomic_store_explicit(&wants[self], 1, memory_order_seq_cst);
        atomic_store_explicit(&turn, 1 - self, memory_order_seq_cst);
        while (atomic_load_explicit(&wants[1 - self], memory_order_seq_cst) &&
               atomic_load_explicit(&turn, memory_order_seq_cst) == 1 - self) {
            sched_yield();
        }
        sum++;
        atomic_store_explicit(&wants[self], 0, memory_order_seq_cst);
    }
    return NULL;
}

void test_thread_peterson(void)
{
    run_threads(2, add_with_peterson);
    CHECK_EQUAL(sum, 2 * TURNS);
}

// Five philosophers take their two forks, the one with the smaller number first.
static pthread_mutex_t forks[5];

static void *dine(void *argument)
{
    unsigned left = (unsigned)(uintptr_t)argument;
    unsigned right = (left + 1) % 5;
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQUAL(pthread_mutex_lock(&forks[left < right ? left : right]), 0);
        CHECK_EQUAL(pthread_mutex_lock(&forks[left < right ? right : left]), 0);
        sleep_ms(1 + left);
        CHECK_EQUAL(pthread_mutex_unlock(&forks[left]), 0);
        CHECK_EQUAL(pthread_mutex_unlock(&forks[right]), 0);
    }
    return NULL;
}

void test_thread_philosophers(void)
{
    for (int i = 0; i < 5; i++) {
        pthread_mutex_init(&forks[i], NULL);
    }
    run_threads(5, dine);
}
