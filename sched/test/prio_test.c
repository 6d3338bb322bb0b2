// SPDX-License-Identifier: MIT
// sched/test/prio_test.c - prio takes the hart for who is better, at once, and never for who is
// not.
#include "kernel/base/string.h"
#include "kernel/bootargs.h"
#include "kernel/ktest_support.h"
#include "kernel/runq.h"

static int park_then_raise(void *flag)
{
    KT_CHECK(thread_park(TIME_NEVER) == 0);
    test_raise(flag);
    return 0;
}

static bool is_raised(atomic_uint *flag)
{
    // acquire: pairs with the release in test_raise().
    return atomic_load_explicit(flag, memory_order_acquire) != 0;
}

// A thread of this hart with priority `priority`, asleep until it is unparked.
static tid_t sleeper(int priority, atomic_uint *flag)
{
    struct thread_attr attr = {.priority = priority, .affinity = test_bit(test_cpu())};
    tid_t tid = thread_spawn(&attr, park_then_raise, flag);

    KT_CHECK(tid > 0);
    while (test_info(tid).status != THREAD_SLEEPING) {
        (void)thread_sleep(TEST_MS); // one that is worse needs the hart for it
    }
    return tid;
}

// Compute, without giving way, until `flag` is raised or `limit_ns` are over. Returns: for how
// long.
static uint64_t compute(atomic_uint *flag, uint64_t limit_ns)
{
    uint64_t start = time_now_ns();

    while (!is_raised(flag) && time_now_ns() - start < limit_ns) {
    }
    return time_now_ns() - start;
}

KTEST(prio_preempts, "prio: a better thread that wakes has the hart at once, a worse one waits")
{
    enum { PARTS = 4 };
    atomic_uint better = 0;
    atomic_uint worse = 0;

    if (strcmp(runq_policy.name, "prio") != 0) {
        return;
    }
    test_pin(test_cpu());
    tid_t good = sleeper(SCHED_PRIORITY_DEFAULT + 1, &better);
    tid_t bad = sleeper(SCHED_PRIORITY_DEFAULT - 1, &worse);
    KT_CHECK(thread_unpark(bad) == 0);
    (void)compute(&worse, PARTS * bootargs.quantum_ns);
    KT_CHECK(!is_raised(&worse));
    KT_CHECK(thread_unpark(good) == 0);
    uint64_t took = compute(&better, UINT64_MAX); // hangs if it is not preempted
    // At once is before the quantum is over; where time is the host's, any time may have passed.
    KT_CHECK(took < bootargs.quantum_ns / PARTS || bootargs.timing != TIMING_COUNT);
    KT_CHECK(!is_raised(&worse));
    KT_CHECK(thread_set_priority(bad, SCHED_PRIORITY_DEFAULT + 1) == 0);
    (void)compute(&worse, UINT64_MAX); // who has become better while it waits, too
    test_join(good, 0);
    test_join(bad, 0);
    test_unpin();
}
