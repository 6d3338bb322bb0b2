// SPDX-License-Identifier: MIT
// sync/test/condvar_test.c - condition variable: notify one, n, all; timeouts; kills; nothing lost.
#include "sync/block/condvar.h"

#include "kernel/abi/errno.h"
#include "kernel/ktest_support.h"
#include "kernel/riscv/irq.h"
#include "kernel/timer.h"
#include "kernel/waitq.h"
#include "kernel/waitq.h"

enum { THREADS = 6, ROUNDS = 100, KILLED = 9 };

// A mutex, its condition variable, and the threads that wait.
struct room {
    struct mutex m;
    struct condvar cv;
    unsigned entered; // guarded by: m
    unsigned woken;   // guarded by: m
};

static void room_init(struct room *r)
{
    *r = (struct room){};
    mutex_init(&r->m);
    condvar_init(&r->cv);
}

// Wait once. Returns: what the wait did.
static int wait_once(void *arg)
{
    struct room *r = arg;

    mutex_lock(&r->m);
    r->entered++;
    int result = condvar_wait(&r->cv, &r->m);
    KT_CHECK(mutex_is_held(&r->m));
    r->woken++;
    mutex_unlock(&r->m);
    return result;
}

static void fill(struct room *r, tid_t tid[THREADS])
{
    room_init(r);
    for (unsigned i = 0; i < THREADS; i++) {
        tid[i] = test_spawn(wait_once, r);
        test_await_waiters(&r->cv.wq, i + 1);
    }
}

static void join_all(const tid_t tid[THREADS])
{
    for (unsigned i = 0; i < THREADS; i++) {
        test_join(tid[i], 0);
    }
}

KTEST(d03_notify_twice, "D-03: two notifications in a row wake two waiters, in order of arrival")
{
    struct room r;
    tid_t tid[THREADS];

    fill(&r, tid);
    mutex_lock(&r.m); // nobody can run on before both have been sent
    condvar_notify_one(&r.cv);
    condvar_notify_one(&r.cv);
    KT_CHECK(test_waiters(&r.cv.wq) == THREADS - 2);
    mutex_unlock(&r.m);
    test_join(tid[0], 0);
    test_join(tid[1], 0);
    condvar_notify_all(&r.cv);
    for (unsigned i = 2; i < THREADS; i++) {
        test_join(tid[i], 0);
    }
}

KTEST(condvar_notify_n, "a notification of n wakes n, or as many as there are, and says how many")
{
    struct room r;
    tid_t tid[THREADS];

    fill(&r, tid);
    KT_CHECK(condvar_notify(&r.cv, 0) == 0);
    KT_CHECK(condvar_notify(&r.cv, 2) == 2);
    KT_CHECK(test_waiters(&r.cv.wq) == THREADS - 2);
    KT_CHECK(condvar_notify(&r.cv, 100) == THREADS - 2);
    KT_CHECK(condvar_notify(&r.cv, 100) == 0);
    join_all(tid);
    KT_CHECK(r.woken == THREADS);
}

KTEST(condvar_notify_all,
      "a notification of all wakes all, and is not kept for those who come later")
{
    struct room r;
    tid_t tid[THREADS];

    fill(&r, tid);
    condvar_notify_all(&r.cv);
    join_all(tid);
    condvar_notify_all(&r.cv);
    mutex_lock(&r.m);
    KT_CHECK(condvar_wait_until(&r.cv, &r.m, deadline_after_ns(1000)) == -ETIMEDOUT);
    mutex_unlock(&r.m);
}

KTEST(condvar_timeout,
      "a wait that times out was long enough, holds the mutex, and leaves no waiter")
{
    struct room r;

    room_init(&r);
    mutex_lock(&r.m);
    uint64_t deadline = deadline_after_ns(2 * TEST_MS);
    KT_CHECK(condvar_wait_until(&r.cv, &r.m, deadline) == -ETIMEDOUT);
    KT_CHECK(time_now_ticks() >= deadline);
    KT_CHECK(mutex_is_held(&r.m));
    KT_CHECK(condvar_wait_until(&r.cv, &r.m, 0) == -ETIMEDOUT);
    mutex_unlock(&r.m);
    KT_CHECK(condvar_notify(&r.cv, 1) == 0);
}

KTEST(condvar_killed, "a killed waiter returns with the mutex; a notification goes to another")
{
    struct room r;
    tid_t tid[THREADS];

    fill(&r, tid);
    KT_CHECK(thread_kill(tid[0], KILLED) == 0);
    KT_CHECK(condvar_notify(&r.cv, 1) == 1);
    test_join(tid[0], KILLED);
    test_join(tid[1], 0);
    KT_CHECK(condvar_notify(&r.cv, 100) == THREADS - 2);
    for (unsigned i = 2; i < THREADS; i++) {
        test_join(tid[i], 0);
    }
}

KTEST(d28_notify_before_sleep, "D-28: a notification between queueing and sleeping counts, once")
{
    struct condvar cv = CONDVAR_INIT(cv);
    unsigned long saved = spin_lock_irqsave(&cv.wq.lock);

    waitq_enter(&cv.wq);
    spin_unlock_irqoff(&cv.wq.lock);
    KT_CHECK(condvar_notify(&cv, 1) == 1);
    KT_CHECK(condvar_notify(&cv, 1) == 0); // in no queue twice, and no longer in this one
    KT_CHECK(waitq_sleep_entered(&cv.wq, WAIT_INTERRUPTIBLE, TIME_NEVER) == 0);
    irq_restore(saved);
    KT_CHECK(test_waiters(&cv.wq) == 0);
}

// One thread waits, round after round; the other notifies as soon as it gets the mutex.
static int wait_each_round(void *arg)
{
    struct room *r = arg;

    for (unsigned i = 1; i <= ROUNDS; i++) {
        mutex_lock(&r->m);
        r->entered = i;
        while (r->woken < i) {
            KT_CHECK(condvar_wait(&r->cv, &r->m) == 0);
        }
        mutex_unlock(&r->m);
    }
    return 0;
}

KTEST(d44_queued_before_unlock,
      "D-44: whoever gets the waiter's mutex finds the waiter in the queue")
{
    struct room r;

    room_init(&r);
    tid_t tid = test_spawn(wait_each_round, &r);
    for (unsigned i = 1; i <= ROUNDS;) {
        mutex_lock(&r.m);
        if (r.entered == i) { // it has released the mutex by waiting, and in no other way
            r.woken = i++;
            KT_CHECK(condvar_notify(&r.cv, 1) == 1);
        }
        mutex_unlock(&r.m);
        thread_yield();
    }
    test_join(tid, 0);
}
