// SPDX-License-Identifier: MIT
// kernel/test/timer_test.c - time, sleeps and timers.
#include "kernel/abi/errno.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"
#include "sync/block/semaphore.h"

KTEST(time_monotonic, "time does not go back, whatever hart it is read on")
{
    uint64_t last = time_now_ns();

    for (unsigned i = 0; i < 4 * harts_online(); i++) {
        test_pin(test_next_cpu(test_cpu()));
        uint64_t now = time_now_ns();
        KT_CHECK(now >= last);
        last = now;
    }
    test_unpin();
}

// Is a wait of `ns` long enough in ticks, and by less than two ticks?
static void check_conversion(uint64_t ns)
{
    uint64_t back = ticks_to_ns(ns_to_ticks(ns));

    KT_CHECK(ns == 0 || ns_to_ticks(ns) > 0);
    KT_CHECK(back >= ns && back - ns <= 2 * ticks_to_ns(1) + ns / 1000000);
}

KTEST(time_conversion, "nanoseconds become ticks rounded up, and for ever stays for ever")
{
    for (uint64_t ns = 1; ns < UINT64_C(1) << 60; ns = ns * 3 - 1 + (ns == 1)) {
        check_conversion(ns - 1);
        check_conversion(ns);
        check_conversion(ns + 1);
    }
    KT_CHECK(ns_to_ticks(0) == 0);
    KT_CHECK(ns_to_ticks(TIME_NEVER) != 0);
    KT_CHECK(deadline_after_ns(TIME_NEVER) == TIME_NEVER);
    KT_CHECK(deadline_after_ns(TIME_NEVER - 1) >= time_now_ticks());
}

KTEST(d04_short_sleep, "D-04: a sleep of less than a tick, or of 0, ends, and none is short")
{
    static const uint64_t lengths[] = {0, 1, 99, 100, 101, 5000, 300000, 9 * TEST_MS};

    for (unsigned i = 0; i < ARRAY_SIZE(lengths); i++) {
        uint64_t before = time_now_ns();

        KT_CHECK(thread_sleep(lengths[i]) == 0);
        KT_CHECK(time_now_ns() - before >= lengths[i]);
    }
}

// A timer that says when it went off.
struct probe {
    struct timer timer;
    atomic_uint *fired;
    unsigned order; // how many had fired before; 0xff: it has not
    uint64_t at;    // ticks
};

static void note(struct timer *timer)
{
    struct probe *probe = container_of(timer, struct probe, timer);

    probe->at = time_now_ticks();
    // relaxed: this hart's interrupts only.
    probe->order = atomic_load_explicit(probe->fired, memory_order_relaxed);
    test_raise(probe->fired);
}

static void start(struct probe *probe, atomic_uint *fired, uint64_t deadline_ticks)
{
    *probe = (struct probe){.timer.expired = note, .fired = fired, .order = 0xff};
    timer_start(&probe->timer, deadline_ticks);
}

KTEST(d09_missed_tick,
      "D-09: deadlines that passed unseen, and 0, fire, in order, and later ones too")
{
    enum { PROBES = 6 };
    // Ticks from now, and the place in the order of firing.
    static const struct {
        int64_t delta;
        unsigned order;
    } cases[PROBES] = {{500, 3}, {-400, 1}, {900, 4}, {INT64_MIN, 0}, {400000, 5}, {0, 2}};
    struct probe probe[PROBES];
    atomic_uint fired = 0;

    test_pin(test_cpu());
    unsigned long saved = irq_save();
    uint64_t now = time_now_ticks();
    for (unsigned i = 0; i < PROBES; i++) {
        uint64_t at = cases[i].delta == INT64_MIN ? 0 : now + (uint64_t)cases[i].delta;

        start(&probe[i], &fired, at);
    }
    while (time_now_ticks() < now + 1000) { // the timer's interrupt is missed for so long
    }
    irq_restore(saved);
    ktest_wait_for(&fired, PROBES);
    for (unsigned i = 0; i < PROBES; i++) {
        KT_CHECK(probe[i].order == cases[i].order);
        KT_CHECK(cases[i].delta < 0 || probe[i].at >= now + (uint64_t)cases[i].delta);
    }
    test_unpin();
}

KTEST(timer_cancelled, "a timer that is cancelled does not fire, one that has fired may be")
{
    struct probe probe[2];
    atomic_uint fired = 0;

    test_pin(test_cpu());
    unsigned long saved = irq_save();
    start(&probe[0], &fired, time_now_ticks());
    start(&probe[1], &fired, time_now_ticks());
    timer_cancel(&probe[0].timer);
    irq_restore(saved);
    ktest_wait_for(&fired, 1);
    timer_cancel(&probe[1].timer);
    KT_CHECK(probe[0].order == 0xff && probe[1].order == 0);
    test_unpin();
}

static int sleep_awhile(void *ms)
{
    uint64_t ns = (uint64_t)ms * TEST_MS;
    uint64_t before = time_now_ns();

    KT_CHECK(thread_sleep(ns) == 0);
    return time_now_ns() - before < ns;
}

KTEST(sleep_many, "many sleepers on every hart all wake, and none too early")
{
    enum { SLEEPERS = 60 };
    tid_t tid[SLEEPERS];

    for (unsigned i = 0; i < SLEEPERS; i++) {
        tid[i] = test_spawn(sleep_awhile, (void *)(uintptr_t)(i * 7 % 20));
    }
    for (unsigned i = 0; i < SLEEPERS; i++) {
        test_join(tid[i], 0);
    }
}

static bool timer_is_idle(void)
{
    return !heap_is_queued(&current()->timer.node) && current()->timer.queue == NULL;
}

// Wait twice, and be woken before the timeout comes; the second time, unless the host is slow.
static int wake_early(void *gate)
{
    KT_CHECK(semaphore_down_until(gate, deadline_after_ns(3600000 * (uint64_t)TEST_MS)) == 0);
    KT_CHECK(timer_is_idle());
    int result = thread_park(20 * TEST_MS);
    KT_CHECK(result == 0 || result == -ETIMEDOUT);
    KT_CHECK(timer_is_idle());
    return 0;
}

static int park_once(void *unused)
{
    (void)unused;
    return thread_park(TIME_NEVER);
}

// Wait until `tid` sleeps in its park, or that is over already.
static void await_stop(tid_t tid)
{
    enum thread_status status;

    do {
        thread_yield();
        status = test_info(tid).status;
    } while (status != THREAD_SLEEPING && status != THREAD_EXITED);
}

enum { REUSERS = 8 };

// Let time pass until a timer left behind would have gone off: none of `tid` may have run for it.
static void check_undisturbed(const tid_t tid[REUSERS])
{
    uint64_t switches[REUSERS];

    for (unsigned i = 0; i < REUSERS; i++) {
        test_await_status(tid[i], THREAD_SLEEPING);
        switches[i] = test_info(tid[i]).switches;
    }
    KT_CHECK(thread_sleep(25 * TEST_MS) == 0);
    for (unsigned i = 0; i < REUSERS; i++) {
        KT_CHECK(test_info(tid[i]).switches == switches[i]);
    }
}

KTEST(d11_timer_cancelled,
      "D-11: an early wake-up cancels the timer; its deadline wakes nobody else")
{
    struct semaphore gate = SEMAPHORE_INIT(gate, 0);
    tid_t tid = test_spawn(wake_early, &gate);
    tid_t reuser[REUSERS];

    test_await_waiters(&gate.wq, 1);
    semaphore_up(&gate);
    await_stop(tid);
    KT_CHECK(thread_unpark(tid) == 0);
    test_join(tid, 0);
    for (unsigned i = 0; i < REUSERS; i++) { // one of them has the memory of the first
        reuser[i] = test_spawn(park_once, NULL);
    }
    check_undisturbed(reuser);
    for (unsigned i = 0; i < REUSERS; i++) {
        KT_CHECK(thread_unpark(reuser[i]) == 0);
        test_join(reuser[i], 0);
    }
}

// ---- Far away -----------------------------------------------------------------------------------

KTEST(timer_far_away, "timers at 2^63 and 2^64-1 ticks do not fire, and keep none from firing")
{
    static const uint64_t far[] = {INT64_MAX, UINT64_C(1) << 63, TIME_NEVER - 1, TIME_NEVER};
    struct probe probe[ARRAY_SIZE(far)];
    struct probe near;
    atomic_uint fired = 0;

    test_pin(test_cpu());
    unsigned long saved = irq_save();
    for (unsigned i = 0; i < ARRAY_SIZE(far); i++) {
        start(&probe[i], &fired, far[i]);
    }
    start(&near, &fired, time_now_ticks() + 1);
    irq_restore(saved);
    ktest_wait_for(&fired, 1);
    KT_CHECK(thread_sleep(2 * TEST_MS) == 0);
    for (unsigned i = 0; i < ARRAY_SIZE(far); i++) {
        KT_CHECK(probe[i].order == 0xff);
        timer_cancel(&probe[i].timer);
    }
    KT_CHECK(near.order == 0);
    test_unpin();
}

static int park_for(void *ns)
{
    return thread_park((uint64_t)ns);
}

KTEST(wait_far_away, "waits of 2^63 ns and more last until they are ended, and can be")
{
    static const uint64_t far[] = {INT64_MAX, UINT64_C(1) << 63, TIME_NEVER - 1, TIME_NEVER};

    for (unsigned i = 0; i < ARRAY_SIZE(far); i++) {
        tid_t tid = test_spawn(park_for, (void *)far[i]);

        test_await_status(tid, THREAD_SLEEPING);
        KT_CHECK(thread_sleep(TEST_MS) == 0);
        KT_CHECK(test_info(tid).status == THREAD_SLEEPING);
        KT_CHECK(thread_unpark(tid) == 0);
        test_join(tid, 0);
    }
}

KTEST(wait_in_the_past, "a deadline of 0, or that has passed, ends every wait at once")
{
    struct semaphore gate = SEMAPHORE_INIT(gate, 0);
    tid_t tid = test_spawn(park_once, NULL);
    const uint64_t past[] = {0, 1, time_now_ticks() - 1, time_now_ticks()};

    for (unsigned i = 0; i < ARRAY_SIZE(past); i++) {
        KT_CHECK(semaphore_down_until(&gate, past[i]) == -ETIMEDOUT);
        KT_CHECK(thread_join_until(tid, NULL, past[i]) == -ETIMEDOUT);
    }
    KT_CHECK(thread_park(0) == -ETIMEDOUT);
    KT_CHECK(thread_unpark(tid) == 0);
    test_join(tid, 0);
    KT_CHECK(test_waiters(&gate.wq) == 0);
}
