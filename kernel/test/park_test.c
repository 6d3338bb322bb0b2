// SPDX-License-Identifier: MIT
// kernel/test/park_test.c - park and its token: an unpark is never lost, and counts once.
#include "kernel/abi/errno.h"
#include "kernel/dispatch.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"

enum { ROUNDS = 200 };

static int park_for_ever(void *unused)
{
    (void)unused;
    return thread_park(TIME_NEVER);
}

KTEST(park_token, "an unpark before the park counts, once; two of them count once too")
{
    KT_CHECK(thread_unpark(current()->tid) == 0);
    KT_CHECK(thread_unpark(current()->tid) == 0);
    KT_CHECK(thread_park(TIME_NEVER) == 0);
    KT_CHECK(thread_park(TEST_MS) == -ETIMEDOUT);
}

KTEST(park_timeout, "a park without an unpark ends at its timeout, not before; 0 ends at once")
{
    uint64_t before = time_now_ns();

    KT_CHECK(thread_park(3 * TEST_MS) == -ETIMEDOUT);
    KT_CHECK(time_now_ns() - before >= 3 * TEST_MS);
    KT_CHECK(thread_park(0) == -ETIMEDOUT);
}

KTEST(park_late_token, "an unpark after the timeout is kept for the next park")
{
    KT_CHECK(thread_park(1) == -ETIMEDOUT);
    KT_CHECK(thread_unpark(current()->tid) == 0);
    KT_CHECK(thread_park(TIME_NEVER) == 0);
}

KTEST(park_token_is_not_a_wake, "an unpark does not end a wait that is no park")
{
    KT_CHECK(thread_unpark(current()->tid) == 0);
    KT_CHECK(thread_sleep(TEST_MS) == 0);
    KT_CHECK(thread_park(TIME_NEVER) == 0);
}

KTEST(park_unparked, "an unpark lets a thread out that sleeps in a park")
{
    tid_t tid = test_spawn(park_for_ever, NULL);

    test_await_status(tid, THREAD_SLEEPING);
    KT_CHECK(thread_unpark(tid) == 0);
    test_join(tid, 0);
}

KTEST(d02_wake_before_sleep, "D-02: a wake-up between announcing a sleep and sleeping is not lost")
{
    unsigned long saved = irq_save();

    dispatch_prepare_wait(current());
    KT_CHECK(dispatch_wake(current(), 0));
    KT_CHECK(!dispatch_wake(current(), -ETIMEDOUT));
    KT_CHECK(dispatch_wait(WAIT_UNINTERRUPTIBLE, TIME_NEVER) == 0);
    irq_restore(saved);
}

// Two threads that pass a turn to and fro.
struct pair {
    atomic_uint ready;
    atomic_uint turn; // even: the first one's; release by whoever gives it, acquire to take it
    _Atomic(tid_t) peer[2]; // relaxed: published by `ready`
};

static int take_turns(struct pair *pair, unsigned self)
{
    ktest_wait_for(&pair->ready, 1);
    tid_t peer = atomic_load_explicit(&pair->peer[!self], memory_order_relaxed);
    for (unsigned i = 0; i < ROUNDS; i++) {
        while (atomic_load_explicit(&pair->turn, memory_order_acquire) % 2 != self) {
            KT_CHECK(thread_park(TIME_NEVER) == 0);
        }
        test_raise(&pair->turn);
        KT_CHECK(thread_unpark(peer) == 0);
    }
    return 0;
}

static int first(void *pair)
{
    return take_turns(pair, 0);
}

static int second(void *pair)
{
    return take_turns(pair, 1);
}

KTEST(d02_lost_wakeup, "D-02: an unpark that meets its park on the way to sleep is not lost")
{
    struct pair pair = {};
    unsigned cpu = test_cpu();
    tid_t tid[2] = {
        test_spawn_on(test_bit(cpu), first, &pair),
        test_spawn_on(test_bit(test_next_cpu(cpu)), second, &pair),
    };

    for (unsigned i = 0; i < 2; i++) {
        atomic_store_explicit(&pair.peer[i], tid[i], memory_order_relaxed);
    }
    test_raise(&pair.ready);
    test_join(tid[1], 0); // the one that unparks last; the other is still there for it
    test_join(tid[0], 0);
}
