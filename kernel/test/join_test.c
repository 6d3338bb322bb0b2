// SPDX-License-Identifier: MIT
// kernel/test/join_test.c - join by many, detach at any time, and what becomes of the tid.
#include "kernel/abi/errno.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"

enum { CODE = 42, ROUNDS = 100, JOINERS = 5 };

static int exit_with(void *code)
{
    return (int)(intptr_t)code;
}

static int exit_early(void *code)
{
    thread_exit((int)(intptr_t)code);
}

static void *code_of(int code)
{
    return (void *)(intptr_t)code;
}

// A thread that ends when `end` is raised, and others that join it.
struct joined {
    tid_t tid;
    atomic_uint end;
    atomic_uint done; // joiners that are back
};

static int exit_when_told(void *arg)
{
    struct joined *j = arg;

    ktest_wait_for(&j->end, 1);
    return CODE;
}

// Returns: the code joined, or -errno.
static int join_it(void *arg)
{
    struct joined *j = arg;
    int code = 0;
    int err = thread_join(j->tid, &code);

    test_raise(&j->done);
    return err != 0 ? err : code;
}

// Let JOINERS threads wait for j->tid. `t`: that thread, referenced.
static void start_joiners(struct joined *j, struct thread *t, tid_t joiner[JOINERS])
{
    for (unsigned i = 0; i < JOINERS; i++) {
        joiner[i] = test_spawn(join_it, j);
    }
    test_await_waiters(&t->exit, JOINERS);
}

static void join_all(const tid_t *tid, unsigned n, int code)
{
    for (unsigned i = 0; i < n; i++) {
        test_join(tid[i], code);
    }
}

KTEST(join_code, "the code of a thread that returned, and of one that called thread_exit")
{
    test_join(test_spawn(exit_with, code_of(0)), 0);
    test_join(test_spawn(exit_with, code_of(-7)), -7);
    test_join(test_spawn(exit_early, code_of(INT32_MAX)), INT32_MAX);
    KT_CHECK(thread_join(test_spawn(exit_with, NULL), NULL) == 0);
}

KTEST(join_no_thread, "joining nobody, or a thread that has been joined, is -ESRCH")
{
    tid_t tid = test_spawn(exit_with, code_of(CODE));

    test_join(tid, CODE);
    KT_CHECK(thread_join(tid, NULL) == -ESRCH);
    KT_CHECK(thread_detach(tid) == -ESRCH);
    KT_CHECK(thread_kill(tid, 1) == -ESRCH);
    KT_CHECK(thread_unpark(tid) == -ESRCH);
    KT_CHECK(thread_set_affinity(tid, 1) == -ESRCH);
    KT_CHECK(thread_set_priority(tid, 1) == -ESRCH);
    KT_CHECK(thread_join(0, NULL) == -ESRCH);
    KT_CHECK(thread_join(-1, NULL) == -ESRCH);
    KT_CHECK(thread_join(INT32_MAX, NULL) == -ESRCH);
}

KTEST(join_timeout, "a join that times out leaves the thread to be joined later")
{
    struct joined j = {};
    uint64_t deadline = deadline_after_ns(2 * TEST_MS);

    j.tid = test_spawn(exit_when_told, &j);
    KT_CHECK(thread_join_until(j.tid, NULL, deadline) == -ETIMEDOUT);
    KT_CHECK(time_now_ticks() >= deadline);
    KT_CHECK(thread_join_until(j.tid, NULL, 0) == -ETIMEDOUT);
    test_raise(&j.end);
    test_join(j.tid, CODE);
}

KTEST(join_many, "D-10: every one of many joiners gets the code")
{
    struct joined j = {};
    tid_t joiner[JOINERS];

    j.tid = test_spawn(exit_when_told, &j);
    struct thread *t = thread_get(j.tid);
    start_joiners(&j, t, joiner);
    test_raise(&j.end);
    join_all(joiner, JOINERS, CODE);
    thread_put(t);
    KT_CHECK(thread_join(j.tid, NULL) == -ESRCH);
}

KTEST(join_killed, "a killed joiner returns; the thread is left to the others")
{
    struct joined j = {};

    j.tid = test_spawn(exit_when_told, &j);
    struct thread *t = thread_get(j.tid);
    tid_t joiner = test_spawn(join_it, &j);
    test_await_waiters(&t->exit, 1);
    KT_CHECK(thread_kill(joiner, 5) == 0);
    test_join(joiner, 5);
    KT_CHECK(test_waiters(&t->exit) == 0);
    test_raise(&j.end);
    test_join(j.tid, CODE);
    thread_put(t);
}

KTEST(detach_while_joined, "after a detach, those who wait get the code and nobody else may join")
{
    struct joined j = {};
    tid_t joiner[JOINERS];

    j.tid = test_spawn(exit_when_told, &j);
    struct thread *t = thread_get(j.tid);
    start_joiners(&j, t, joiner);
    KT_CHECK(thread_detach(j.tid) == 0);
    KT_CHECK(thread_detach(j.tid) == -EINVAL);
    KT_CHECK(thread_join(j.tid, NULL) == -EINVAL);
    test_raise(&j.end);
    join_all(joiner, JOINERS, CODE);
    thread_put(t);
}

// Join every thread that main names, one round each, as close to its exit as can be.
struct race {
    _Atomic(tid_t) tid; // release by main, acquire by the joiner: the thread of this round
    atomic_uint round;
    atomic_uint joined;
    int wrong;
};

static int join_each_round(void *arg)
{
    struct race *race = arg;

    for (unsigned round = 1; round <= ROUNDS; round++) {
        int code = 0;

        ktest_wait_for(&race->round, round);
        // relaxed: ktest_wait_for() has ordered it.
        tid_t tid = atomic_load_explicit(&race->tid, memory_order_relaxed);
        int err = thread_join(tid, &code);
        race->wrong += err != 0 || code != (int)round;
        test_raise(&race->joined);
    }
    return 0;
}

KTEST(d10_join_race, "D-10: a join that races with the exit returns; joining oneself is refused")
{
    struct race race = {};
    tid_t joiner = test_spawn(join_each_round, &race);

    for (unsigned round = 1; round <= ROUNDS; round++) {
        tid_t tid = test_spawn(exit_with, code_of((int)round));

        // relaxed: published by the raise.
        atomic_store_explicit(&race.tid, tid, memory_order_relaxed);
        test_raise(&race.round);
        ktest_wait_for(&race.joined, round);
    }
    test_join(joiner, 0);
    KT_CHECK(race.wrong == 0);
    KT_CHECK(thread_join(current()->tid, NULL) == -EDEADLK);
}

static void detach_after_exit(void)
{
    tid_t tid = test_spawn(exit_with, code_of(CODE));
    struct thread *t = thread_get(tid);

    test_await_status(tid, THREAD_EXITED);
    thread_put(t);
    KT_CHECK(thread_detach(tid) == 0);
}

KTEST(d11_detach_after_exit, "D-11: detaching a thread that has exited frees it at once")
{
    struct ktest_balance before = ktest_balance_now();

    for (unsigned i = 0; i < ROUNDS; i++) {
        detach_after_exit();
    }
    test_await_balance(before);
}

KTEST(d12_detach, "D-12: a thread that ends before, while or after it is detached is not leaked")
{
    enum { ALIVE = 10 }; // at a time, so that the pool need not grow
    struct thread_attr detached = {.name = "detached", .detached = true};
    struct ktest_balance before = ktest_balance_now();

    for (unsigned i = 0; i < ROUNDS; i++) {
        tid_t born = thread_spawn(&detached, exit_with, NULL);
        tid_t later = test_spawn(exit_with, NULL);

        KT_CHECK(born > 0);
        KT_CHECK(thread_detach(later) == 0);
        while (thread_count() > before.threads + ALIVE) {
            thread_yield();
        }
    }
    test_await_balance(before);
}

KTEST(join_detached, "a thread that was born detached can be neither joined nor detached")
{
    struct joined j = {};
    struct thread_attr attr = {.name = "detached", .detached = true};
    struct ktest_balance before = ktest_balance_now();
    tid_t tid = thread_spawn(&attr, exit_when_told, &j);

    KT_CHECK(tid > 0);
    KT_CHECK(thread_join(tid, NULL) == -EINVAL);
    KT_CHECK(thread_detach(tid) == -EINVAL);
    test_raise(&j.end);
    test_await_balance(before);
}

KTEST(d43_tid_kept, "D-43: a tid is not used again before it has been joined, nor soon after")
{
    enum { OTHERS = 300 }; // more than a page of slots, so that slots are used again
    tid_t joined = test_spawn(exit_with, NULL);
    tid_t tid = test_spawn(exit_with, code_of(CODE));

    test_join(joined, 0);
    test_await_status(tid, THREAD_EXITED);
    for (unsigned i = 0; i < OTHERS; i++) {
        tid_t other = test_spawn(exit_with, code_of((int)i));

        KT_CHECK(other != tid && other != joined);
        test_join(other, (int)i);
    }
    test_join(tid, CODE);
    KT_CHECK(thread_join(tid, NULL) == -ESRCH);
}

KTEST(detach_while_referenced, "a thread that others look up while it exits outlives their looking")
{
    struct thread_attr attr = {.name = "detached", .detached = true};
    struct ktest_balance before = ktest_balance_now();

    for (unsigned i = 0; i < 5 * ROUNDS; i++) {
        tid_t tid = thread_spawn(&attr, exit_with, NULL);

        KT_CHECK(tid > 0);
        while (thread_unpark(tid) == 0) {
            thread_yield();
        }
    }
    test_await_balance(before);
}
