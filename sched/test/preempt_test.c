// SPDX-License-Identifier: MIT
// sched/test/preempt_test.c - rr takes the hart from a thread whose quantum is over, fifo never.
#include "kernel/base/string.h"
#include "kernel/bootargs.h"
#include "kernel/dispatch.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "kernel/runq.h"
#include "kernel/topology.h"

// A thread that never gives way, and one of the same hart that waits for it to.
struct duel {
    atomic_uint spinning;
    atomic_uint waiter_ran;
    bool preempted;     // the waiter ran while the spinner wanted to
    uint64_t length_ns; // how long the spinner insists
};

static bool has_run(const struct duel *d)
{
    // acquire: pairs with the release in test_raise().
    return atomic_load_explicit(&d->waiter_ran, memory_order_acquire) != 0;
}

static int insist(void *arg)
{
    struct duel *d = arg;
    uint64_t end = time_now_ns() + d->length_ns;

    test_raise(&d->spinning);
    while (time_now_ns() < end && !has_run(d)) {
    }
    d->preempted = has_run(d);
    return 0;
}

static int run_once(void *arg)
{
    struct duel *d = arg;

    test_raise(&d->waiter_ran);
    return 0;
}

// Both on one hart, the spinner first. Returns: whether the waiter got in between.
static bool fight(uint64_t length_ns)
{
    struct duel d = {.length_ns = length_ns};
    uint64_t mask = test_bit(test_cpu());

    test_pin(test_cpu());
    tid_t spinner = test_spawn_on(mask, insist, &d);
    ktest_wait_for(&d.spinning, 1);
    tid_t waiter = test_spawn_on(mask, run_once, &d);
    test_join(spinner, 0);
    test_join(waiter, 0);
    test_unpin();
    return d.preempted;
}

KTEST(rr_preempts, "rr: a thread that never gives way loses the hart when its quantum is over")
{
    if (runq_policy.should_preempt == NULL) {
        return;
    }
    KT_CHECK(fight(UINT64_MAX / 2)); // hangs if it does not
}

KTEST(fifo_does_not_preempt, "fifo: a thread keeps the hart until it gives way")
{
    enum { PARTS = 5 };

    if (strcmp(runq_policy.name, "fifo") == 0) {
        KT_CHECK(!fight(bootargs.quantum_ns * PARTS));
    }
}

enum { SPINNERS_MAX = 16 };

struct crowd {
    atomic_uint stop;
    atomic_uint running;
};

static int spin_until_stopped(void *arg)
{
    struct crowd *c = arg;

    test_raise(&c->running);
    // acquire: pairs with the release in test_raise().
    while (atomic_load_explicit(&c->stop, memory_order_acquire) == 0) {
    }
    return 0;
}

static int park_then_spin(void *arg)
{
    KT_CHECK(thread_park(TIME_NEVER) == 0);
    return spin_until_stopped(arg);
}

// Two threads wake at once where one hart idles and all others have been busy without a quantum
// timer, as nothing waited: all of those must notice. Context: pinned.
static void disturb(struct crowd *c, const tid_t *busy, unsigned n)
{
    tid_t late[2] = {test_spawn(park_then_spin, c), test_spawn(park_then_spin, c)};

    test_await_status(late[0], THREAD_SLEEPING);
    test_await_status(late[1], THREAD_SLEEPING);
    (void)thread_sleep(3 * bootargs.quantum_ns);
    for (unsigned i = 0; i < 2; i++) {
        KT_CHECK(thread_unpark(late[i]) == 0);
    }
    for (unsigned i = 0; i < n; i++) {
        uint64_t switches = test_info(busy[i]).switches;

        while (test_info(busy[i]).switches == switches) { // hangs if it keeps its hart
        }
    }
    test_raise(&c->stop);
    test_join(late[0], 0);
    test_join(late[1], 0);
}

KTEST(rr_every_hart_rotates, "rr: no thread keeps a hart while others wait, on whichever it runs")
{
    struct crowd c = {};
    tid_t busy[SPINNERS_MAX];
    unsigned n = harts_online() - 2;

    if (runq_policy.should_preempt == NULL || harts_online() < 3 || n > SPINNERS_MAX ||
        topology.queues != QUEUES_GLOBAL) {
        return; // threads of one queue rotate, and only with `global` do all share one
    }
    test_pin(test_cpu());
    for (unsigned i = 0; i < n; i++) {
        busy[i] = test_spawn(spin_until_stopped, &c);
    }
    ktest_wait_for(&c.running, n);
    disturb(&c, busy, n);
    for (unsigned i = 0; i < n; i++) {
        test_join(busy[i], 0);
    }
    test_unpin();
}
