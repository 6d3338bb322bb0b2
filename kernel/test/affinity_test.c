// SPDX-License-Identifier: MIT
// kernel/test/affinity_test.c - threads run where they may, and nowhere else.
#include "kernel/abi/errno.h"
#include "kernel/dispatch.h"
#include "kernel/kick.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/irq.h"
#include "kernel/runq.h"

static int return_cpu(void *unused)
{
    (void)unused;
    thread_yield();
    return (int)test_cpu();
}

KTEST(affinity_spawn, "a thread spawned for one hart runs there; one for no online hart is -EINVAL")
{
    struct thread_attr nowhere = {.affinity = ~harts_online_mask()};

    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        if (harts_online_mask() & test_bit(cpu)) {
            test_join(test_spawn_on(test_bit(cpu), return_cpu, NULL), (int)cpu);
        }
    }
    if (nowhere.affinity != 0) {
        KT_CHECK(thread_spawn(&nowhere, return_cpu, NULL) == -EINVAL);
        KT_CHECK(thread_set_affinity(current()->tid, nowhere.affinity) == -EINVAL);
    }
    KT_CHECK(thread_set_affinity(current()->tid, 0) == -EINVAL);
}

KTEST(affinity_self, "a thread that forbids itself the hart it runs on leaves it")
{
    for (unsigned i = 0; i < 2 * harts_online(); i++) {
        unsigned cpu = test_next_cpu(test_cpu());

        test_pin(cpu);
        thread_yield();
        KT_CHECK(thread_sleep(1) == 0);
        KT_CHECK(test_cpu() == cpu);
    }
    test_unpin();
}

// A thread that is moved while it runs, and one that is moved while it sleeps.
struct moved {
    _Atomic unsigned target; // relaxed: a number by itself
    atomic_uint arrived;
    unsigned moves;
};

// Is this hart the one it says: reached through tp and sscratch alike, and running us?
static bool on_hart(unsigned cpu)
{
    unsigned long saved = irq_save();
    const struct processor *p = this_processor();
    bool right = p->hart.cpu == cpu && p == processor_of(cpu) && p->current == current() &&
                 csr_read(sscratch) == (uint64_t)p;

    irq_restore(saved);
    return right;
}

// Spin, interrupts on, until preempted here and resumed on the hart that main names; then the next.
static int arrive_each_time(void *arg)
{
    struct moved *m = arg;

    for (unsigned i = 0; i < m->moves; i++) {
        unsigned target = atomic_load_explicit(&m->target, memory_order_relaxed);

        while (!on_hart(target)) {
            target = atomic_load_explicit(&m->target, memory_order_relaxed);
        }
        test_raise(&m->arrived);
        ktest_wait_for(&m->arrived, 2 * i + 2);
    }
    return 0;
}

static void move(struct moved *m, tid_t tid, unsigned cpu)
{
    atomic_store_explicit(&m->target, cpu, memory_order_relaxed);
    KT_CHECK(thread_set_affinity(tid, test_bit(cpu)) == 0);
}

KTEST(d05_preempted_and_moved, "D-05: a thread preempted on one hart knows the hart it resumes on")
{
    struct moved m = {.moves = 30 * (harts_online() - 1)};
    unsigned cpu = test_cpu();
    tid_t tid = test_spawn_on(test_bit(cpu), arrive_each_time, &m);

    for (unsigned i = 0; i < m.moves; i++) {
        cpu = test_next_cpu(cpu);
        move(&m, tid, cpu);
        ktest_wait_for(&m.arrived, 2 * i + 1);
        test_raise(&m.arrived);
    }
    test_join(tid, 0);
}

static int return_on_hart(void *unused)
{
    (void)unused;
    return on_hart(test_cpu()) ? (int)test_cpu() : -1;
}

KTEST(d05_first_run, "D-05: a new thread knows the hart of its first instruction")
{
    for (unsigned i = 0; i < 3 * harts_online(); i++) {
        unsigned cpu = test_next_cpu(i % MAX_HARTS);

        test_join(test_spawn_on(test_bit(cpu), return_on_hart, NULL), (int)cpu);
    }
}

static int park_and_return_cpu(void *unused)
{
    (void)unused;
    KT_CHECK(thread_park(TIME_NEVER) == 0);
    return (int)test_cpu();
}

KTEST(affinity_asleep, "a thread whose affinity changes in its sleep wakes on a hart it may run on")
{
    unsigned cpu = test_cpu();

    for (unsigned i = 0; i < 2 * harts_online(); i++) {
        tid_t tid = test_spawn_on(test_bit(cpu), park_and_return_cpu, NULL);

        test_await_status(tid, THREAD_SLEEPING);
        cpu = test_next_cpu(cpu);
        KT_CHECK(thread_set_affinity(tid, test_bit(cpu)) == 0);
        KT_CHECK(thread_unpark(tid) == 0);
        test_join(tid, (int)cpu);
    }
}

KTEST(affinity_waiting, "a thread that waits for one hart can be moved to another's queue")
{
    unsigned cpu = test_cpu();
    unsigned other = test_next_cpu(cpu);

    test_pin(cpu);
    unsigned long saved = irq_save(); // so that it cannot run here before it is moved
    tid_t tid = test_spawn_on(test_bit(cpu), return_cpu, NULL);
    KT_CHECK(test_info(tid).status == THREAD_READY);
    KT_CHECK(thread_set_affinity(tid, test_bit(other)) == 0);
    irq_restore(saved);
    test_join(tid, (int)other);
    test_unpin();
}

// Two wake-ups at once: one for any hart, one for a hart that may have been chosen for the first.
struct two {
    atomic_uint free_ran; // release and acquire: the test's only order
};

static int park_then_raise(void *arg)
{
    struct two *two = arg;

    KT_CHECK(thread_park(TIME_NEVER) == 0);
    test_raise(&two->free_ran);
    return 0;
}

// Does not give way: only another hart can let the other thread run.
static int park_then_spin(void *arg)
{
    struct two *two = arg;

    KT_CHECK(thread_park(TIME_NEVER) == 0);
    while (atomic_load_explicit(&two->free_ran, memory_order_acquire) == 0) {
    }
    return 0;
}

static void await_idle(void)
{
    while ((kick_idle_mask() | test_bit(test_cpu())) != harts_online_mask()) {
        thread_yield();
    }
}

// Have `cpu`, which idles, serve its own queue first the next time that it serves two that both
// have something, as it would after it served the shared one.
static void favour_own(unsigned cpu)
{
    struct processor *p = processor_of(cpu);
    unsigned long saved = spin_lock_irqsave(&p->rq->lock);

    p->own_turn = false;
    spin_unlock_irqrestore(&p->rq->lock, saved);
}

// `cpu` is where both are woken first, and not ours.
static void wake_both(unsigned cpu)
{
    struct two two = {};
    tid_t bound_one = test_spawn_on(test_bit(cpu), park_then_spin, &two);
    test_await_status(bound_one, THREAD_SLEEPING);
    tid_t free_one = test_spawn(park_then_raise, &two);
    test_await_status(free_one, THREAD_SLEEPING);

    await_idle();
    favour_own(cpu);
    unsigned long saved = irq_save();
    (void)thread_unpark(free_one);
    (void)thread_unpark(bound_one);
    irq_restore(saved);
    while (atomic_load_explicit(&two.free_ran, memory_order_acquire) == 0) {
    } // not giving way either: a third hart has nothing to do
    test_join(free_one, 0);
    test_join(bound_one, 0);
}

KTEST(affinity_work_conserving, "no hart idles while a thread waits that it may run")
{
    if (harts_online() < 3) {
        return; // this one, the bound thread's, and one that is to take the free thread
    }
    for (unsigned i = 0; i < 4 * harts_online(); i++) {
        unsigned cpu = test_next_cpu(i % MAX_HARTS);

        test_pin(cpu);
        wake_both(test_next_cpu(cpu));
        test_unpin();
    }
}
