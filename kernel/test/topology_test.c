// SPDX-License-Identifier: MIT
// kernel/test/topology_test.c - no hart sleeps while a thread waits that it may run; loads even
// out.
#include "kernel/topology.h"

#include "kernel/abi/errno.h"
#include "kernel/invariants.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"

enum { ROUNDS = 20, CROWD = 24 };

// ---- Idle harts --------------------------------------------------------------------------------

// What a thread that is woken again and again, and the one that wakes it, share.
struct woken {
    atomic_uint runs; // release and acquire: the test's only order
    atomic_bool stop; // relaxed: the wake-up orders it
    atomic_uint cpu;  // where it ran last
};

static int count_runs(void *arg)
{
    struct woken *w = arg;

    while (!atomic_load_explicit(&w->stop, memory_order_relaxed)) {
        KT_CHECK(thread_park(TIME_NEVER) == 0);
        atomic_store_explicit(&w->cpu, test_cpu(), memory_order_relaxed);
        test_raise(&w->runs);
    }
    return 0;
}

// Wake `tid` and see it run; without giving way, unless there is no other hart for it.
static void wake_and_wait(struct woken *w, tid_t tid, bool give_way)
{
    unsigned before = atomic_load_explicit(&w->runs, memory_order_acquire);

    KT_CHECK(thread_unpark(tid) == 0);
    while (atomic_load_explicit(&w->runs, memory_order_acquire) == before) {
        if (give_way) {
            thread_yield();
        }
    }
    if (give_way) {
        test_await_status(tid, THREAD_SLEEPING);
    }
}

// `tid` runs on this hart, sleeps, and is woken with `mask` as its affinity while this hart is busy
// and interrupts are off, so that it cannot be preempted: another one has to come for it.
static void leave_to_others(struct woken *w, tid_t tid, uint64_t mask)
{
    unsigned cpu = test_cpu();

    KT_CHECK(thread_set_affinity(tid, test_bit(cpu)) == 0);
    wake_and_wait(w, tid, true);
    KT_CHECK(atomic_load_explicit(&w->cpu, memory_order_relaxed) == cpu);
    KT_CHECK(thread_set_affinity(tid, mask) == 0);
    unsigned long saved = irq_save();
    wake_and_wait(w, tid, false); // hangs if no idle hart takes it
    irq_restore(saved);
    KT_CHECK(atomic_load_explicit(&w->cpu, memory_order_relaxed) != cpu);
    test_await_status(tid, THREAD_SLEEPING);
}

static void end(struct woken *w, tid_t tid)
{
    atomic_store_explicit(&w->stop, true, memory_order_relaxed);
    KT_CHECK(thread_unpark(tid) == 0);
    test_join(tid, 0);
}

KTEST(idle_hart_takes, "a thread that waits for a busy hart is taken by one that idles")
{
    struct woken w = {};

    if (harts_online() == 1) {
        return;
    }
    test_pin(test_cpu());
    tid_t tid = test_spawn(count_runs, &w);
    for (unsigned i = 0; i < ROUNDS; i++) {
        leave_to_others(&w, tid, ~UINT64_C(0));
    }
    end(&w, tid);
    test_unpin();
}

KTEST(idle_hart_takes_allowed, "an idle hart takes a restricted thread that it may run")
{
    struct woken w = {};

    if (harts_online() == 1) {
        return;
    }
    test_pin(test_cpu());
    unsigned other = test_next_cpu(test_cpu());
    tid_t tid = test_spawn(count_runs, &w);
    for (unsigned i = 0; i < ROUNDS; i++) {
        other =
            test_next_cpu(other) == test_cpu() ? test_next_cpu(test_cpu()) : test_next_cpu(other);
        leave_to_others(&w, tid, test_bit(test_cpu()) | test_bit(other));
        KT_CHECK(atomic_load_explicit(&w.cpu, memory_order_relaxed) == other);
    }
    end(&w, tid);
    test_unpin();
}

// ---- Busy harts --------------------------------------------------------------------------------

static int yield_until_stopped(void *arg)
{
    // acquire: pairs with the release in test_raise().
    while (atomic_load_explicit((atomic_uint *)arg, memory_order_acquire) == 0) {
        thread_yield();
    }
    return 0;
}

// Where all `n` threads are, as bits by cpu.
static uint64_t places(const tid_t *tids, unsigned n)
{
    uint64_t cpus = 0;

    for (unsigned i = 0; i < n; i++) {
        cpus |= test_bit(test_info(tids[i]).cpu);
    }
    return cpus;
}

// Start CROWD threads for this hart, and one that keeps it busy for each other one.
static void crowd_here(tid_t *crowd, tid_t *busy, atomic_uint *stop)
{
    for (unsigned cpu = 0; cpu < harts_online(); cpu++) {
        busy[cpu] = test_spawn_on(test_bit(cpu), yield_until_stopped, stop);
    }
    for (unsigned i = 0; i < CROWD; i++) {
        crowd[i] = test_spawn_on(test_bit(test_cpu()), yield_until_stopped, stop);
    }
}

KTEST(loads_even_out, "threads of which one busy hart has more than others spread over all of them")
{
    atomic_uint stop = 0;
    tid_t crowd[CROWD];
    tid_t busy[MAX_HARTS];

    if (topology.queues == QUEUES_STEAL) {
        return; // there only idle harts take
    }
    test_pin(test_cpu());
    crowd_here(crowd, busy, &stop);
    for (unsigned i = 0; i < CROWD; i++) {
        KT_CHECK(thread_set_affinity(crowd[i], ~UINT64_C(0)) == 0);
    }
    while (harts_online() <= CROWD && places(crowd, CROWD) != harts_online_mask()) {
        thread_yield(); // for ever if they do not
    }
    KT_CHECK(invariants_check() == 0);
    test_raise(&stop);
    for (unsigned i = 0; i < CROWD; i++) {
        test_join(crowd[i], 0);
    }
    for (unsigned cpu = 0; cpu < harts_online(); cpu++) {
        test_join(busy[cpu], 0);
    }
    test_unpin();
}

// ---- Changes on the way ------------------------------------------------------------------------

// Wait in queues and asleep, in turn.
static int come_and_go(void *arg)
{
    // acquire: pairs with the release in test_raise().
    while (atomic_load_explicit((atomic_uint *)arg, memory_order_acquire) == 0) {
        thread_yield();
        thread_yield();
        KT_CHECK(thread_sleep(TEST_MS / 10) == 0);
    }
    return 0;
}

// The `i`th change to `tid`, which may be in any state.
static void change(tid_t tid, unsigned i)
{
    uint64_t mask = i % 3 == 0 ? ~UINT64_C(0) : test_bit(test_next_cpu(i % MAX_HARTS));
    int err = thread_set_priority(tid, 2 + (int)(i % 31));

    KT_CHECK(err == 0 || err == -ENOTSUP);
    KT_CHECK(thread_set_affinity(tid, mask) == 0);
}

// Bind each thread to one hart, and wait until it is there.
static void send_home(const tid_t *crowd)
{
    for (unsigned i = 0; i < CROWD; i++) {
        unsigned cpu = test_next_cpu(i % MAX_HARTS);

        KT_CHECK(thread_set_affinity(crowd[i], test_bit(cpu)) == 0);
        while (test_info(crowd[i]).cpu != cpu) { // hangs if it stays elsewhere
            (void)thread_sleep(TEST_MS / 10);
        }
    }
}

KTEST(changed_in_every_state,
      "affinity and priority changes that meet wake-ups and takers leave threads where they may be")
{
    atomic_uint stop = 0;
    tid_t crowd[CROWD];

    for (unsigned i = 0; i < CROWD; i++) {
        crowd[i] = test_spawn(come_and_go, &stop);
    }
    for (unsigned i = 0; i < ROUNDS * CROWD; i++) {
        change(crowd[i % CROWD], i);
        if (i % CROWD == 0) {
            KT_CHECK(invariants_check() == 0);
            (void)thread_sleep(TEST_MS / 10);
        }
    }
    send_home(crowd);
    KT_CHECK(invariants_check() == 0);
    test_raise(&stop);
    for (unsigned i = 0; i < CROWD; i++) {
        test_join(crowd[i], 0);
    }
}
