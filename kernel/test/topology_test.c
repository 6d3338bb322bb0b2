// SPDX-License-Identifier: MIT
// kernel/test/topology_test.c - no hart sleeps while a thread waits that it may run; loads even
// out.
#include "kernel/topology.h"

#include "kernel/abi/errno.h"
#include "kernel/dispatch.h"
#include "kernel/invariants.h"
#include "kernel/kick.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"
#include "kernel/runq.h"

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

// Wake `tid`, see it run, and sleep again.
static void wake_and_wait(struct woken *w, tid_t tid)
{
    unsigned before = atomic_load_explicit(&w->runs, memory_order_acquire);

    KT_CHECK(thread_unpark(tid) == 0);
    ktest_wait_for(&w->runs, before + 1);
    test_await_status(tid, THREAD_SLEEPING);
}

// How many interrupts each hart has taken.
struct calls {
    uint64_t interrupts[MAX_HARTS];
};

static struct calls calls_now(void)
{
    struct calls calls = {};

    for (unsigned cpu = 0; cpu < harts_online(); cpu++) {
        calls.interrupts[cpu] = processor_of(cpu)->interrupts;
    }
    return calls;
}

// Has another hart been called since? A watchdog's tick may be taken for a call, now and then.
static bool anyone_called(const struct calls *before)
{
    bool called = false;

    for (unsigned cpu = 0; cpu < harts_online(); cpu++) {
        const struct processor *p = processor_of(cpu);
        // acquire: the bits are taken after the interrupt has been counted.
        bool pending = atomic_load_explicit(&p->ipi, memory_order_acquire) != 0;
        bool taken = p->interrupts != before->interrupts[cpu];

        called = called || (cpu != test_cpu() && (pending || taken));
    }
    return called;
}

// Wait until every other hart idles. Interrupts are off when this returns. Returns: as irq_save().
static unsigned long await_idle_harts(void)
{
    for (;;) {
        unsigned long saved = irq_save();

        if ((kick_idle_mask() | test_bit(test_cpu())) == harts_online_mask()) {
            return saved;
        }
        irq_restore(saved);
        thread_yield();
    }
}

// `tid` runs on this hart, sleeps, and is woken with `mask` as its affinity while this hart is busy
// and interrupts are off, so that it cannot be preempted: another one has to come for it.
static void leave_to_others(struct woken *w, tid_t tid, uint64_t mask)
{
    unsigned cpu = test_cpu();

    KT_CHECK(thread_set_affinity(tid, test_bit(cpu)) == 0);
    wake_and_wait(w, tid);
    KT_CHECK(atomic_load_explicit(&w->cpu, memory_order_relaxed) == cpu);
    KT_CHECK(thread_set_affinity(tid, mask) == 0);
    unsigned long saved = await_idle_harts();
    struct calls before = calls_now();
    unsigned runs = atomic_load_explicit(&w->runs, memory_order_acquire);
    KT_CHECK(thread_unpark(tid) == 0);
    KT_CHECK(anyone_called(&before));
    while (atomic_load_explicit(&w->runs, memory_order_acquire) == runs) {
    } // for ever if no idle hart takes it
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

// What keeps another hart busy.
struct kept {
    atomic_uint started;
    atomic_uint stop;
};

static int keep_busy(void *arg)
{
    struct kept *kept = arg;

    test_raise(&kept->started);
    ktest_wait_for(&kept->stop, 1);
    return 0;
}

// `tid`, for this hart and `other`, waits here while both are busy; then only `other` comes free.
static void free_other(struct woken *w, tid_t tid, unsigned other)
{
    struct kept kept = {};

    KT_CHECK(thread_set_affinity(tid, test_bit(test_cpu())) == 0);
    wake_and_wait(w, tid);
    KT_CHECK(thread_set_affinity(tid, test_bit(test_cpu()) | test_bit(other)) == 0);
    tid_t busy = test_spawn_on(test_bit(other), keep_busy, &kept);
    ktest_wait_for(&kept.started, 1);
    unsigned long saved = irq_save();
    unsigned before = atomic_load_explicit(&w->runs, memory_order_acquire);
    KT_CHECK(thread_unpark(tid) == 0);
    test_raise(&kept.stop);
    while (atomic_load_explicit(&w->runs, memory_order_acquire) == before) {
    } // for ever if the other hart does not look
    irq_restore(saved);
    test_join(busy, 0);
    test_await_status(tid, THREAD_SLEEPING);
}

KTEST(hart_that_comes_free_looks, "a hart that comes free takes what waits for a busy one")
{
    struct woken w = {};

    if (harts_online() == 1) {
        return;
    }
    test_pin(test_cpu());
    tid_t tid = test_spawn(count_runs, &w);
    for (unsigned i = 0; i < ROUNDS; i++) {
        free_other(&w, tid, test_next_cpu(test_cpu()));
    }
    end(&w, tid);
    test_unpin();
}

// As if something that every hart may run waited here, beside what does, and its call had come when
// this hart was busy already.
static void get_call(struct processor *p)
{
    spin_lock_irqoff(&p->rq->lock);
    p->restricted_allowed |= harts_online_mask();
    spin_unlock_irqoff(&p->rq->lock);
    dispatch_kicked(p, true);
}

KTEST(call_is_passed_on, "a hart that is called while it is busy calls another that idles")
{
    struct woken w = {};

    if (harts_online() == 1) {
        return;
    }
    test_pin(test_cpu());
    tid_t tid = test_spawn_on(test_bit(test_cpu()), count_runs, &w);
    for (unsigned i = 0; i < ROUNDS; i++) {
        test_await_status(tid, THREAD_SLEEPING);
        unsigned long saved = await_idle_harts();
        KT_CHECK(thread_unpark(tid) == 0); // waits here, since it may not run elsewhere
        struct calls before = calls_now();
        get_call(this_processor());
        KT_CHECK(anyone_called(&before));
        irq_restore(saved);
    }
    end(&w, tid);
    test_unpin();
}

// ---- Busy harts --------------------------------------------------------------------------------

// Where all `n` threads are, as bits by cpu.
static uint64_t places(const tid_t *tids, unsigned n)
{
    uint64_t cpus = 0;

    for (unsigned i = 0; i < n; i++) {
        cpus |= test_bit(test_info(tids[i]).cpu);
    }
    return cpus;
}

// Start CROWD threads for this hart, and for each hart one that keeps it busy. All have run when
// this returns: one that has not may be placed where the fewest wait.
static void crowd_here(tid_t *crowd, tid_t *busy, struct kept *kept)
{
    for (unsigned cpu = 0; cpu < harts_online(); cpu++) {
        busy[cpu] = test_spawn_on(test_bit(cpu), keep_busy, kept);
    }
    for (unsigned i = 0; i < CROWD; i++) {
        crowd[i] = test_spawn_on(test_bit(test_cpu()), keep_busy, kept);
    }
    ktest_wait_for(&kept->started, harts_online() + CROWD);
}

KTEST(loads_even_out, "threads of which one busy hart has more than others spread over all of them")
{
    struct kept kept = {};
    tid_t crowd[CROWD];
    tid_t busy[MAX_HARTS];

    if (topology.queues == QUEUES_STEAL) {
        return; // there only idle harts take
    }
    test_pin(test_cpu());
    crowd_here(crowd, busy, &kept);
    for (unsigned i = 0; i < CROWD; i++) {
        KT_CHECK(thread_set_affinity(crowd[i], ~UINT64_C(0)) == 0);
    }
    while (harts_online() <= CROWD && places(crowd, CROWD) != harts_online_mask()) {
        thread_yield(); // for ever if they do not
    }
    KT_CHECK(invariants_check() == 0);
    test_raise(&kept.stop);
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

static int return_cpu(void *unused)
{
    (void)unused;
    return (int)test_cpu();
}

// Take `t`, which waits for this hart, out of its queue, on its way to the same one.
static void send_here(struct thread *t) NO_TSA
{
    struct runq *rq = runq_lock_of(t);

    KT_CHECK(t->state.status == THREAD_READY);
    runq_dequeue(t);
    dispatch_move_locked(t, this_processor());
    spin_unlock_irqoff(&rq->lock);
}

KTEST(changed_on_the_way, "a thread whose affinity changes between two queues arrives at a third")
{
    test_pin(test_cpu());
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned other = test_next_cpu(test_cpu());
        unsigned long saved = irq_save(); // so that it does not run here meanwhile
        tid_t tid = test_spawn_on(test_bit(test_cpu()), return_cpu, NULL);
        struct thread *t = thread_get(tid);

        if (other != test_cpu()) {
            send_here(t);
            KT_CHECK(thread_set_affinity(tid, test_bit(other)) == 0);
            dispatch_arrive(t, SCHED_MIGRATED);
        }
        irq_restore(saved);
        thread_put(t);
        test_join(tid, (int)other);
    }
    test_unpin();
}
