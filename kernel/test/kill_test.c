// SPDX-License-Identifier: MIT
// kernel/test/kill_test.c - kill: sticky, first code wins, and nothing is unwound for the victim.
#include "kernel/abi/errno.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "sync/block/mutex.h"
#include "sync/block/semaphore.h"

enum { KILLED = 9, ROUNDS = 100 };

#define FOR_LONG (3600 * UINT64_C(1000000000))

static int sleep_long(void *unused)
{
    (void)unused;
    return thread_sleep(FOR_LONG) == -EINTR ? 0 : 1;
}

KTEST(kill_sleeper, "a killed sleeper wakes, and its code is the killer's")
{
    tid_t tid = test_spawn(sleep_long, NULL);

    test_await_status(tid, THREAD_SLEEPING);
    KT_CHECK(thread_kill(tid, KILLED) == 0);
    test_join(tid, KILLED);
}

// Every interruptible wait, one after the other. Returns: how many did not return -EINTR.
static int try_all_waits(void)
{
    struct semaphore s = SEMAPHORE_INIT(s, 0);
    struct mutex m = MUTEX_INIT(m);
    int wrong = 0;

    mutex_lock(&m);
    wrong += thread_sleep(FOR_LONG) != -EINTR;
    wrong += thread_sleep(FOR_LONG) != -EINTR;
    wrong += thread_park(TIME_NEVER) != -EINTR;
    wrong += semaphore_down(&s) != -EINTR;
    wrong += semaphore_down_until(&s, deadline_after_ns(FOR_LONG)) != -EINTR;
    mutex_unlock(&m);
    return wrong;
}

static int kill_self_and_wait(void *wrong)
{
    (void)thread_kill(current()->tid, KILLED);
    (void)thread_kill(current()->tid, KILLED + 1);
    thread_yield();
    *(int *)wrong = !thread_killed() + try_all_waits();
    return 1;
}

KTEST(d08_kill_is_sticky, "D-08: a kill outlasts the victim's own sleeps; the first code stays")
{
    int wrong = -1;

    test_join(test_spawn(kill_self_and_wait, &wrong), KILLED);
    KT_CHECK(wrong == 0);
}

static int exit_at_check(void *done)
{
    test_raise(done);
    while (true) {
        thread_exit_if_killed();
        thread_yield();
    }
}

KTEST(d08_kill_running, "D-08: a thread that runs when it is killed dies at its next check")
{
    atomic_uint started = 0;
    tid_t tid = test_spawn(exit_at_check, &started);

    ktest_wait_for(&started, 1);
    KT_CHECK(thread_kill(tid, KILLED) == 0);
    test_join(tid, KILLED);
}

static int sleep_short(void *unused)
{
    (void)unused;
    return thread_sleep(20000) == -EINTR ? 0 : 1;
}

KTEST(d08_kill_meets_timeout,
      "D-08, D-11: kills and timeouts of sleepers that meet do not deadlock")
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        tid_t tid = test_spawn(sleep_short, NULL);
        int code = -1;

        (void)thread_sleep(i * 400);
        int killed = thread_kill(tid, KILLED);
        KT_CHECK(killed == 0 || killed == -ESRCH);
        KT_CHECK(thread_join(tid, &code) == 0);
        KT_CHECK(code == (killed == 0 ? KILLED : 1));
    }
}

KTEST(kill_exited, "a thread that has exited cannot be killed, and keeps its code")
{
    tid_t tid = test_spawn(sleep_short, NULL);

    test_await_status(tid, THREAD_EXITED);
    KT_CHECK(thread_kill(tid, KILLED) == -ESRCH);
    test_join(tid, 1);
}

// A thread that waits for `gate` while it holds `held`.
struct holder {
    struct mutex held;
    struct semaphore gate;
    atomic_uint got; // the semaphore, and so the end of the wait
};

static bool is_free(struct mutex *m)
{
    if (!mutex_trylock(m)) {
        return false;
    }
    mutex_unlock(m);
    return true;
}

static int wait_with_mutex(void *arg)
{
    struct holder *h = arg;

    mutex_lock(&h->held);
    int result = semaphore_down(&h->gate);
    mutex_unlock(&h->held);
    return result == -EINTR ? 0 : 1;
}

KTEST(d51_kill_unwinds_nothing, "D-51: a thread killed while it holds a mutex lives to release it")
{
    struct holder h = {.held = MUTEX_INIT(h.held), .gate = SEMAPHORE_INIT(h.gate, 0)};
    tid_t tid = test_spawn(wait_with_mutex, &h);

    test_await_waiters(&h.gate.wq, 1);
    KT_CHECK(!is_free(&h.held));
    KT_CHECK(thread_kill(tid, KILLED) == 0);
    test_join(tid, KILLED);
    KT_CHECK(test_waiters(&h.gate.wq) == 0);
    semaphore_up(&h.gate);
    KT_CHECK(semaphore_trydown(&h.gate)); // the dead thread has not taken it
    KT_CHECK(is_free(&h.held));
}

static int lock_and_unlock(void *arg)
{
    struct holder *h = arg;

    mutex_lock(&h->held);
    test_raise(&h->got);
    bool killed = thread_killed();
    mutex_unlock(&h->held);
    return killed ? 0 : 1;
}

KTEST(d51_kill_waits_for_mutex, "D-51: a thread killed while it waits for a mutex still gets it")
{
    struct holder h = {.held = MUTEX_INIT(h.held)};

    mutex_lock(&h.held);
    tid_t tid = test_spawn(lock_and_unlock, &h);
    test_await_waiters(&h.held.wq, 1);
    KT_CHECK(thread_kill(tid, KILLED) == 0);
    test_await_status(tid, THREAD_SLEEPING);
    KT_CHECK(test_waiters(&h.held.wq) == 1);
    mutex_unlock(&h.held);
    test_join(tid, KILLED);
    // relaxed: the join has ordered it.
    KT_CHECK(atomic_load_explicit(&h.got, memory_order_relaxed) == 1);
}
