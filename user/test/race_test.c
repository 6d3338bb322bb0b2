// SPDX-License-Identifier: MIT
// user/test/race_test.c - ends, waits and wake-ups that meet: short, for `make explore`.
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/test/futexcall.h"
#include "user/test/utest.h"

enum { ROUNDS = 4, THREADS = 3 };

// ---- Children ----------------------------------------------------------------------------------

static void end_at_once(void)
{
}

static _Atomic unsigned reaped;

static void *reap_all(void *argument)
{
    (void)argument;
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, 0);
        if (pid < 0) {
            CHECK_EQUAL(errno, ECHILD);
            return NULL;
        }
        CHECK_EQUAL(status, 0);
        atomic_fetch_add_explicit(&reaped, 1, memory_order_acq_rel);
    }
}

// Threads wait for children that end meanwhile: each child is told of once.
void test_race_wait(void)
{
    enum { CHILDREN = 4 };
    for (unsigned round = 1; round <= ROUNDS / 2; round++) {
        for (unsigned i = 0; i < CHILDREN; i++) {
            (void)fork_child(end_at_once);
        }
        run_threads(2, reap_all);
        CHECK_EQUAL(atomic_load_explicit(&reaped, memory_order_acquire), round * CHILDREN);
    }
}

// A process's threads end it at once, each with another status, while its parent waits.
static void *end_process(void *argument)
{
    _exit(40 + (int)(uintptr_t)argument);
}

static void end_by_threads(void)
{
    unsigned long threads[THREADS];
    start_threads(threads, THREADS, end_process);
    pause_for_ever();
}

void test_race_exit_group(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        int status = wait_child(fork_child(end_by_threads));
        CHECK(status >= 40 && status < 40 + THREADS);
    }
}

// A child's child is init's when its parent ends, whichever of the two is first.
static void leave_a_child(void)
{
    (void)fork_child(end_at_once);
}

void test_race_orphan(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        CHECK_EQUAL(wait_child(fork_child(leave_a_child)), 0);
    }
    CHECK_ERROR(waitpid(-1, NULL, 0), ECHILD);
}

// ---- Futexes -----------------------------------------------------------------------------------

// Many to a boot, which takes far longer than they do.
enum { TURNS = 60 };

static _Atomic unsigned turn;

// Whose turn it is not sleeps: a wake-up that is lost stops both for good.
static void *take_turns(void *argument)
{
    unsigned own = (unsigned)(uintptr_t)argument;
    for (unsigned i = 0; i < TURNS; i++) {
        unsigned seen;
        while ((seen = atomic_load_explicit(&turn, memory_order_acquire)) % 2 != own) {
            (void)futex(&turn, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
        }
        atomic_fetch_add_explicit(&turn, 1, memory_order_acq_rel);
        (void)futex(&turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
    return NULL;
}

void test_race_wake(void)
{
    run_threads(2, take_turns);
    CHECK_EQUAL(atomic_load_explicit(&turn, memory_order_acquire), 2 * TURNS);
}

static _Atomic unsigned from, to;
static _Atomic unsigned arrived, left;

static void *wait_to_be_moved(void *argument)
{
    (void)argument;
    atomic_fetch_add_explicit(&arrived, 1, memory_order_acq_rel);
    long done = futex(&from, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    CHECK(done == 0 || errno == EAGAIN);
    atomic_fetch_add_explicit(&left, 1, memory_order_acq_rel);
    return NULL;
}

// Threads go to sleep while they are moved to another word: whoever slept is woken there.
void test_race_requeue(void)
{
    const void *all = (void *)(uintptr_t)INT_MAX; // are moved
    unsigned long threads[THREADS];
    start_threads(threads, THREADS, wait_to_be_moved);
    AWAIT(arrived, 1);
    for (unsigned i = 0; i < ROUNDS; i++) {
        CHECK(futex(&from, FUTEX_CMP_REQUEUE_PRIVATE, 0, all, &to, 0) >= 0);
    }
    atomic_store_explicit(&from, 1, memory_order_release); // who comes now does not sleep
    (void)futex(&from, FUTEX_CMP_REQUEUE_PRIVATE, 0, all, &to, 1);
    (void)futex(&to, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
    join_threads(threads, THREADS);
    CHECK_EQUAL(atomic_load_explicit(&left, memory_order_acquire), THREADS);
}

static pthread_mutex_t mutex;
static unsigned inherited;

// Each dies with the mutex: the next gets it all the same, and is told.
static void *die_with_it(void *argument)
{
    (void)argument;
    int err = pthread_mutex_lock(&mutex);
    CHECK(err == 0 || err == EOWNERDEAD);
    if (err == EOWNERDEAD) {
        CHECK_EQUAL(pthread_mutex_consistent(&mutex), 0);
        inherited++;
    }
    return NULL;
}

void test_race_robust(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&mutex, &attributes);
    run_threads(THREADS, die_with_it);
    CHECK_EQUAL(inherited, THREADS - 1);
}
