// SPDX-License-Identifier: MIT
// kernel/test/block_test.c - whoever waits does not run, and a hart with nothing to do idles.
#include "kernel/dispatch.h"
#include "kernel/kick.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "sync/block/condvar.h"
#include "sync/block/mutex.h"
#include "sync/block/semaphore.h"

enum { KILLED = 9, WAYS = 6 };

// One of each thing that a thread can wait for.
struct things {
    struct mutex held;
    struct mutex room;
    struct semaphore empty;
    struct condvar quiet;
    tid_t main;
};

static int on_mutex(void *arg)
{
    struct things *t = arg;

    mutex_lock(&t->held);
    mutex_unlock(&t->held);
    return 0;
}

static int on_semaphore(void *arg)
{
    struct things *t = arg;

    return semaphore_down(&t->empty);
}

static int on_condvar(void *arg)
{
    struct things *t = arg;

    mutex_lock(&t->room);
    int result = condvar_wait(&t->quiet, &t->room);
    mutex_unlock(&t->room);
    return result;
}

static int on_park(void *unused)
{
    (void)unused;
    return thread_park(TIME_NEVER);
}

static int on_sleep(void *unused)
{
    (void)unused;
    return thread_sleep(TIME_NEVER);
}

static int on_join(void *arg)
{
    struct things *t = arg;

    return thread_join(t->main, NULL);
}

static void sum_switches(const tid_t tid[WAYS], uint64_t *sum)
{
    *sum = 0;
    for (unsigned i = 0; i < WAYS; i++) {
        test_await_status(tid[i], THREAD_SLEEPING);
        *sum += test_info(tid[i]).switches;
    }
}

KTEST(d48_waiting_does_not_run, "D-48: a thread that waits, for whatever, does not run")
{
    static thread_fn *const ways[WAYS] = {on_mutex, on_semaphore, on_condvar,
                                          on_park,  on_sleep,     on_join};
    struct things t = {.main = current()->tid};
    tid_t tid[WAYS];
    uint64_t before;
    uint64_t after;

    mutex_init(&t.held);
    mutex_init(&t.room);
    semaphore_init(&t.empty, 0);
    condvar_init(&t.quiet);
    mutex_lock(&t.held);
    for (unsigned i = 0; i < WAYS; i++) {
        tid[i] = test_spawn(ways[i], &t);
    }
    sum_switches(tid, &before);
    KT_CHECK(thread_sleep(20 * TEST_MS) == 0);
    sum_switches(tid, &after);
    KT_CHECK(after == before);
    mutex_unlock(&t.held);
    test_join(tid[0], 0);
    for (unsigned i = 1; i < WAYS; i++) {
        KT_CHECK(thread_kill(tid[i], KILLED) == 0);
        test_join(tid[i], KILLED);
    }
}

KTEST(d48_idle, "D-48: harts with nothing to do wait, all of them")
{
    // Hangs if one does not: there is nothing but this thread to run.
    while ((kick_idle_mask() | test_bit(test_cpu())) != harts_online_mask()) {
        thread_yield();
    }
    KT_CHECK(thread_sleep(TEST_MS) == 0);
}
