// SPDX-License-Identifier: MIT
// sync/test/mutex_test.c - mutex: exclusion, order of arrival, timeouts, and no missed unlock.
#include "sync/block/mutex.h"

#include "kernel/abi/errno.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "kernel/riscv/delay.h"
#include "kernel/timer.h"

enum { THREADS = 6, ROUNDS = 60 };

// mutex_lock_until() takes the mutex in a way that the compiler's analysis does not follow.
static bool lock_until(struct mutex *m, uint64_t deadline_ticks) TRY_ACQUIRES(true, *m) NO_TSA
{
    int result = mutex_lock_until(m, deadline_ticks);

    KT_CHECK(result == 0 || result == -ETIMEDOUT);
    return result == 0;
}

// Can the caller, who does not hold it, have `m` at once?
static bool is_free(struct mutex *m)
{
    if (!lock_until(m, 0)) {
        return false;
    }
    mutex_unlock(m);
    return true;
}

// What one mutex guards.
struct guarded {
    struct mutex m;
    unsigned count; // guarded by: m
    unsigned next;  // guarded by: m; who is to come next
};

static int count_up(void *arg)
{
    struct guarded *g = arg;

    for (unsigned i = 0; i < ROUNDS; i++) {
        mutex_lock(&g->m);
        unsigned count = g->count;
        KT_CHECK(mutex_is_held(&g->m));
        if (i % 8 == 0) {
            thread_yield(); // hold it over a switch, so that others must wait
        }
        g->count = count + 1;
        mutex_unlock(&g->m);
    }
    return 0;
}

KTEST(mutex_excludes, "D-52: threads on every hart that want one mutex all get it, one at a time")
{
    struct guarded g = {.m = MUTEX_INIT(g.m)};
    tid_t tid[THREADS];

    for (unsigned i = 0; i < THREADS; i++) {
        tid[i] = test_spawn(count_up, &g);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        test_join(tid[i], 0);
    }
    KT_CHECK(g.count == THREADS * ROUNDS);
    KT_CHECK(!mutex_is_held(&g.m));
}

// A thread and its place in the order of arrival.
struct arrival {
    struct guarded *guarded;
    unsigned place;
};

static int come_in_order(void *arg)
{
    struct arrival *a = arg;

    mutex_lock(&a->guarded->m);
    bool in_order = a->guarded->next++ == a->place;
    mutex_unlock(&a->guarded->m);
    return in_order;
}

KTEST(mutex_order, "a mutex goes to those who wait in the order in which they came")
{
    struct guarded g = {.m = MUTEX_INIT(g.m)};
    struct arrival arrival[THREADS];
    tid_t tid[THREADS];

    mutex_lock(&g.m);
    for (unsigned i = 0; i < THREADS; i++) {
        arrival[i] = (struct arrival){&g, i};
        tid[i] = test_spawn(come_in_order, &arrival[i]);
        test_await_waiters(&g.m.wq, i + 1);
    }
    mutex_unlock(&g.m);
    for (unsigned i = 0; i < THREADS; i++) {
        test_join(tid[i], 1);
    }
}

// Try to take the mutex that main holds. Returns: 0 if that fails as it should.
static int fail_to_lock(void *arg)
{
    struct mutex *m = arg;
    uint64_t deadline = deadline_after_ns(2 * TEST_MS);

    if (mutex_trylock(m)) {
        mutex_unlock(m);
        return 1;
    }
    if (lock_until(m, deadline)) {
        mutex_unlock(m);
        return 2;
    }
    return time_now_ticks() >= deadline && !is_free(m) ? 0 : 3;
}

KTEST(mutex_timeout, "a lock that times out was tried until the deadline, and left no waiter")
{
    struct mutex m = MUTEX_INIT(m);

    mutex_lock(&m);
    test_join(test_spawn(fail_to_lock, &m), 0);
    KT_CHECK(test_waiters(&m.wq) == 0);
    mutex_unlock(&m);
    KT_CHECK(is_free(&m));
}

static int lock_with_timeout(void *arg)
{
    struct guarded *g = arg;

    for (unsigned i = 0; i < ROUNDS; i++) {
        if (lock_until(&g->m, deadline_after_ns(i % 4 * 5000))) {
            spin_iterations(100);
            mutex_unlock(&g->m);
        }
    }
    return 0;
}

KTEST(mutex_timeout_meets_unlock,
      "timeouts that meet a hand-over lose neither the mutex nor a waiter")
{
    struct guarded g = {.m = MUTEX_INIT(g.m)};
    tid_t tid[THREADS];

    for (unsigned i = 0; i < THREADS; i++) {
        tid[i] = test_spawn(i % 2 == 0 ? lock_with_timeout : count_up, &g);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        test_join(tid[i], 0);
    }
    KT_CHECK(g.count == THREADS / 2 * ROUNDS);
    KT_CHECK(is_free(&g.m));
}

// A thread that is caught between looking at the mutex and queueing.
struct caught {
    struct mutex m;
    atomic_uint go;
    atomic_uint started;
};

static int lock_once(void *arg)
{
    struct caught *c = arg;

    ktest_wait_for(&c->go, 1);
    test_raise(&c->started);
    mutex_lock(&c->m);
    mutex_unlock(&c->m);
    return 0;
}

// Hold the queue's lock while the other thread finds the mutex taken; release the mutex before it
// can queue. Context: `c->m` held; the other thread is on another hart.
static void unlock_between(struct caught *c) RELEASES(c->m)
{
    unsigned long saved = spin_lock_irqsave(&c->m.wq.lock);

    test_raise(&c->go);
    // acquire: pairs with the release in test_raise().
    while (atomic_load_explicit(&c->started, memory_order_acquire) == 0) {
    }
    spin_iterations(20000); // it has probably looked; if not, this round shows nothing
    mutex_unlock(&c->m);    // takes no lock, as nobody has queued
    spin_unlock_irqrestore(&c->m.wq.lock, saved);
}

KTEST(d52_unlock_while_queueing, "D-52: an unlock between a waiter's look and its queueing is seen")
{
    unsigned cpu = test_cpu();

    if (harts_online() == 1) {
        return; // with one hart nothing comes between the two
    }
    test_pin(cpu);
    for (unsigned i = 0; i < 20; i++) {
        struct caught c = {.m = MUTEX_INIT(c.m)};

        mutex_lock(&c.m);
        tid_t tid = test_spawn_on(test_bit(test_next_cpu(cpu)), lock_once, &c);
        unlock_between(&c);
        test_join(tid, 0);
    }
    test_unpin();
}
