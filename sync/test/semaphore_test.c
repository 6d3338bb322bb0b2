// SPDX-License-Identifier: MIT
// sync/test/semaphore_test.c - semaphore: counts, order of arrival, timeouts, kills.
#include "sync/block/semaphore.h"

#include "kernel/abi/errno.h"
#include "kernel/ktest_support.h"
#include "kernel/timer.h"

enum { THREADS = 6, ROUNDS = 60, KILLED = 9 };

static int down(void *s)
{
    return semaphore_down(s);
}

KTEST(semaphore_count, "as many come in without waiting as the count says")
{
    struct semaphore s = SEMAPHORE_INIT(s, 2);

    KT_CHECK(semaphore_down(&s) == 0);
    KT_CHECK(semaphore_trydown(&s));
    KT_CHECK(!semaphore_trydown(&s));
    KT_CHECK(semaphore_down_until(&s, 0) == -ETIMEDOUT);
    semaphore_up(&s);
    KT_CHECK(semaphore_down_until(&s, 0) == 0);
    KT_CHECK(!semaphore_trydown(&s));
}

KTEST(semaphore_up_to_waiter, "an up goes to one waiter and is not counted as well")
{
    struct semaphore s = SEMAPHORE_INIT(s, 0);
    tid_t tid[2];

    for (unsigned i = 0; i < 2; i++) {
        tid[i] = test_spawn(down, &s);
        test_await_waiters(&s.wq, i + 1);
    }
    semaphore_up(&s);
    KT_CHECK(test_waiters(&s.wq) == 1);
    KT_CHECK(!semaphore_trydown(&s));
    test_join(tid[0], 0); // the first to come
    semaphore_up(&s);
    test_join(tid[1], 0);
}

KTEST(semaphore_timeout, "a down that times out waited for long enough and left no waiter")
{
    struct semaphore s = SEMAPHORE_INIT(s, 0);
    uint64_t deadline = deadline_after_ns(2 * TEST_MS);

    KT_CHECK(semaphore_down_until(&s, deadline) == -ETIMEDOUT);
    KT_CHECK(time_now_ticks() >= deadline);
    KT_CHECK(test_waiters(&s.wq) == 0);
    semaphore_up(&s);
    KT_CHECK(semaphore_trydown(&s));
}

KTEST(semaphore_killed, "a killed waiter leaves; the next up is another's")
{
    struct semaphore s = SEMAPHORE_INIT(s, 0);
    tid_t first = test_spawn(down, &s);
    test_await_waiters(&s.wq, 1);
    tid_t second = test_spawn(down, &s);
    test_await_waiters(&s.wq, 2);

    KT_CHECK(thread_kill(first, KILLED) == 0);
    semaphore_up(&s);
    test_join(first, KILLED);
    test_join(second, 0);
    KT_CHECK(test_waiters(&s.wq) == 0 && !semaphore_trydown(&s));
}

// Ups and downs that cross, of which every one counts.
struct traffic {
    struct semaphore s;
    atomic_uint taken; // relaxed: read after the joins
};

static int give(void *arg)
{
    struct traffic *t = arg;

    for (unsigned i = 0; i < ROUNDS; i++) {
        semaphore_up(&t->s);
        if (i % 16 == 0) {
            thread_yield();
        }
    }
    return 0;
}

static int take(void *arg)
{
    struct traffic *t = arg;

    for (unsigned taken = 0, i = 0; taken < ROUNDS; i++) {
        uint64_t deadline = i % 3 == 0 ? deadline_after_ns(i % 7 * 3000) : TIME_NEVER;

        if (semaphore_down_until(&t->s, deadline) == 0) {
            taken++;
            atomic_fetch_add_explicit(&t->taken, 1, memory_order_relaxed);
        }
    }
    return 0;
}

KTEST(semaphore_traffic, "ups that meet timeouts are neither lost nor counted twice")
{
    struct traffic t = {.s = SEMAPHORE_INIT(t.s, 0)};
    tid_t tid[THREADS];

    for (unsigned i = 0; i < THREADS; i++) {
        tid[i] = test_spawn(i % 2 == 0 ? give : take, &t);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        test_join(tid[i], 0);
    }
    KT_CHECK(atomic_load_explicit(&t.taken, memory_order_relaxed) == THREADS / 2 * ROUNDS);
    KT_CHECK(!semaphore_trydown(&t.s));
}
