// SPDX-License-Identifier: MIT
// kernel/test/state_test.c - threads killed in every state they can be in, and threads that are
// not there.
#include "kernel/abi/errno.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"
#include "sync/block/condvar.h"
#include "sync/block/mutex.h"
#include "sync/block/semaphore.h"

enum { KILLED = 9, OWN_CODE = 1 };

#define FOR_LONG (3600 * UINT64_C(1000000000))

// ---- Not asleep ---------------------------------------------------------------------------------

static int note_kill(void *was_killed)
{
    *(bool *)was_killed = thread_killed();
    return OWN_CODE;
}

KTEST(kill_new, "a thread killed before it ever ran runs, finds itself killed, and has that code")
{
    bool was_killed = false;

    test_pin(test_cpu());
    unsigned long saved = irq_save(); // so that it cannot run here yet
    tid_t tid = test_spawn_on(test_bit(test_cpu()), note_kill, &was_killed);
    KT_CHECK(test_info(tid).status == THREAD_READY && test_info(tid).switches == 0);
    KT_CHECK(thread_kill(tid, KILLED) == 0);
    irq_restore(saved);
    test_join(tid, KILLED);
    KT_CHECK(was_killed);
    test_unpin();
}

static int yield_until_killed(void *started)
{
    test_raise(started);
    while (!thread_killed()) {
        thread_yield();
    }
    return OWN_CODE;
}

KTEST(kill_ready, "a thread killed while it waits for a hart, having run before, dies when it runs")
{
    atomic_uint started = 0;

    test_pin(test_cpu());
    tid_t tid = test_spawn_on(test_bit(test_cpu()), yield_until_killed, &started);
    ktest_wait_for(&started, 1);
    unsigned long saved = irq_save();
    KT_CHECK(test_info(tid).status == THREAD_READY && test_info(tid).switches > 0);
    KT_CHECK(thread_kill(tid, KILLED) == 0);
    irq_restore(saved);
    test_join(tid, KILLED);
    test_unpin();
}

static int spin_until_killed(void *started)
{
    test_raise(started);
    while (!thread_killed()) {
    }
    return OWN_CODE;
}

KTEST(kill_elsewhere, "a thread killed while it runs on another hart sees it without giving way")
{
    unsigned other = test_next_cpu(test_cpu());

    test_pin(test_cpu());
    if (other != test_cpu()) { // alone, it would never give way to us under every policy
        atomic_uint started = 0;
        tid_t tid = test_spawn_on(test_bit(other), spin_until_killed, &started);

        ktest_wait_for(&started, 1);
        KT_CHECK(thread_kill(tid, KILLED) == 0);
        test_join(tid, KILLED);
    }
    test_unpin();
}

static int return_at_once(void *unused)
{
    (void)unused;
    return OWN_CODE;
}

KTEST(kill_exiting, "a kill that meets an exit either counts or is refused")
{
    enum { ROUNDS = 200 };

    for (unsigned i = 0; i < ROUNDS; i++) {
        tid_t tid = test_spawn(return_at_once, NULL);

        for (unsigned j = i % 8; j > 0; j--) {
            thread_yield();
        }
        int killed = thread_kill(tid, KILLED);
        KT_CHECK(killed == 0 || killed == -ESRCH);
        test_join(tid, killed == 0 ? KILLED : OWN_CODE);
    }
}

static int kill_self(void *unused)
{
    (void)unused;
    KT_CHECK(thread_kill(current()->tid, KILLED) == 0);
    thread_exit_if_killed();
    return OWN_CODE;
}

KTEST(kill_oneself, "a thread may kill itself")
{
    test_join(test_spawn(kill_self, NULL), KILLED);
}

// ---- Asleep -------------------------------------------------------------------------------------

// What the victims wait for; it never comes.
static struct {
    struct semaphore semaphore;
    struct mutex mutex;
    struct condvar condvar;
    tid_t joined;
} never;

static int in_sleep(void)
{
    return thread_sleep(FOR_LONG);
}

static int in_sleep_for_ever(void)
{
    return thread_sleep(TIME_NEVER);
}

static int in_park(void)
{
    return thread_park(TIME_NEVER);
}

static int in_park_with_timeout(void)
{
    return thread_park(FOR_LONG);
}

static int in_semaphore(void)
{
    return semaphore_down(&never.semaphore);
}

static int in_semaphore_with_timeout(void)
{
    return semaphore_down_until(&never.semaphore, deadline_after_ns(FOR_LONG));
}

static int in_condvar(void)
{
    mutex_lock(&never.mutex);
    int result = condvar_wait(&never.condvar, &never.mutex);
    mutex_unlock(&never.mutex);
    return result;
}

static int in_condvar_with_timeout(void)
{
    mutex_lock(&never.mutex);
    int result = condvar_wait_until(&never.condvar, &never.mutex, deadline_after_ns(FOR_LONG));
    mutex_unlock(&never.mutex);
    return result;
}

static int in_join(void)
{
    return thread_join(never.joined, NULL);
}

static int in_join_with_timeout(void)
{
    return thread_join_until(never.joined, NULL, deadline_after_ns(FOR_LONG));
}

static int (*const waits[])(void) = {
    in_sleep,     in_sleep_for_ever,         in_park,    in_park_with_timeout,
    in_semaphore, in_semaphore_with_timeout, in_condvar, in_condvar_with_timeout,
    in_join,      in_join_with_timeout,
};

static int wait_to_be_killed(void *which)
{
    KT_CHECK(waits[(uintptr_t)which]() == -EINTR);
    return OWN_CODE;
}

KTEST(kill_in_every_wait,
      "a kill ends every kind of wait that it may end, and leaves nobody queued")
{
    semaphore_init(&never.semaphore, 0);
    mutex_init(&never.mutex);
    condvar_init(&never.condvar);
    never.joined = test_spawn_on(0, wait_to_be_killed, (void *)2); // parks
    for (uintptr_t i = 0; i < ARRAY_SIZE(waits); i++) {
        tid_t tid = test_spawn(wait_to_be_killed, (void *)i);

        test_await_status(tid, THREAD_SLEEPING);
        KT_CHECK(thread_kill(tid, KILLED) == 0);
        test_join(tid, KILLED);
    }
    KT_CHECK(test_waiters(&never.semaphore.wq) == 0 && test_waiters(&never.condvar.wq) == 0);
    KT_CHECK(thread_kill(never.joined, KILLED) == 0);
    test_join(never.joined, KILLED);
}

// ---- Not there ----------------------------------------------------------------------------------

// Everything that takes a tid says that this is nobody's.
static void check_nobody(tid_t tid)
{
    KT_CHECK(thread_get(tid) == NULL);
    KT_CHECK(thread_kill(tid, KILLED) == -ESRCH);
    KT_CHECK(thread_unpark(tid) == -ESRCH);
    KT_CHECK(thread_join(tid, NULL) == -ESRCH);
    KT_CHECK(thread_detach(tid) == -ESRCH);
    KT_CHECK(thread_set_priority(tid, 1) == -ESRCH);
    KT_CHECK(thread_set_affinity(tid, ~UINT64_C(0)) == -ESRCH);
}

KTEST(nobodys_tid, "0, which idle threads have, negative, huge and bygone tids are nobody's")
{
    static const tid_t tids[] = {0, -1, -2, INT32_MIN, INT32_MAX, 1 << 17, 1 << 29, 131071};
    tid_t gone = test_spawn(return_at_once, NULL);

    for (unsigned i = 0; i < ARRAY_SIZE(tids); i++) {
        check_nobody(tids[i]);
    }
    test_join(gone, OWN_CODE);
    check_nobody(gone);
}

KTEST(exited_thread, "a thread that has exited can be told anything, and is still to be joined")
{
    tid_t tid = test_spawn(return_at_once, NULL);

    test_await_status(tid, THREAD_EXITED);
    KT_CHECK(thread_kill(tid, KILLED) == -ESRCH);
    KT_CHECK(thread_unpark(tid) == 0);
    int result = thread_set_priority(tid, SCHED_PRIORITY_DEFAULT);
    KT_CHECK(result == 0 || result == -ENOTSUP);
    KT_CHECK(thread_set_affinity(tid, test_bit(test_next_cpu(test_cpu()))) == 0);
    KT_CHECK(thread_set_affinity(tid, ~UINT64_C(0)) == 0);
    test_join(tid, OWN_CODE);
}

// ---- Extremes -----------------------------------------------------------------------------------

static const int priorities[] = {INT32_MIN, -1, 0, 1, 31, 32, 33, 63, 64, 255, 256, INT32_MAX};

static bool may_set(int result)
{
    return result == 0 || result == -EINVAL || result == -ENOTSUP;
}

static int park_once(void *unused)
{
    (void)unused;
    return thread_park(TIME_NEVER);
}

// Sleep until `tid` does: a less urgent thread may not run while others give way to one another.
static void await_asleep(tid_t tid)
{
    while (test_info(tid).status != THREAD_SLEEPING) {
        KT_CHECK(thread_sleep(TEST_MS / 10) == 0);
    }
}

KTEST(priority_extremes, "whatever priority a thread is given, in whatever state, it runs")
{
    test_pin(test_cpu());
    for (unsigned i = 0; i < ARRAY_SIZE(priorities); i++) {
        struct thread_attr attr = {.priority = priorities[i], .affinity = test_bit(test_cpu())};
        unsigned long saved = irq_save(); // so that the new one waits
        int tid = thread_spawn(&attr, park_once, NULL);

        KT_CHECK(tid > 0 || tid == -EINVAL);
        if (tid > 0) {
            KT_CHECK(may_set(thread_set_priority(tid, priorities[ARRAY_SIZE(priorities) - 1 - i])));
            irq_restore(saved);
            await_asleep(tid);
            KT_CHECK(may_set(thread_set_priority(tid, priorities[i])));
            KT_CHECK(thread_unpark(tid) == 0);
            test_join(tid, 0);
        } else {
            irq_restore(saved);
        }
        KT_CHECK(may_set(thread_set_priority(current()->tid, priorities[i])));
    }
    KT_CHECK(may_set(thread_set_priority(current()->tid, SCHED_PRIORITY_DEFAULT)));
    test_unpin();
}

// Does `tid`, in whatever state, refuse no harts, and harts that are not there, and stay as it is?
static void check_refuses(tid_t tid)
{
    uint64_t before = test_info(tid).affinity;

    KT_CHECK(thread_set_affinity(tid, 0) == -EINVAL);
    KT_CHECK(~harts_online_mask() == 0 ||
             thread_set_affinity(tid, ~harts_online_mask()) == -EINVAL);
    KT_CHECK(test_info(tid).affinity == before);
    KT_CHECK(thread_set_affinity(tid, ~harts_online_mask() | test_bit(test_cpu())) == 0);
    KT_CHECK(thread_set_affinity(tid, ~UINT64_C(0)) == 0);
}

KTEST(affinity_extremes, "a thread in any state refuses no harts and harts that are not there")
{
    test_pin(test_cpu());
    unsigned long saved = irq_save();
    tid_t tid = test_spawn_on(test_bit(test_cpu()), park_once, NULL);
    check_refuses(tid); // it waits, at first
    irq_restore(saved);
    test_await_status(tid, THREAD_SLEEPING);
    check_refuses(tid);
    KT_CHECK(thread_unpark(tid) == 0);
    test_await_status(tid, THREAD_EXITED);
    check_refuses(tid);
    test_join(tid, 0);
    check_refuses(current()->tid);
}
