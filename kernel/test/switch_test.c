// SPDX-License-Identifier: MIT
// kernel/test/switch_test.c - switching: nobody is lost, run twice, or seen before off its stack.
#include "kernel/dispatch.h"
#include "kernel/invariants.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"
#include "kernel/runq.h"

// ---- Changes to threads that are being picked ---------------------------------------------------

enum { CHURNED = 6, CHANGES = 60, KILLED = 9 };

static int come_and_go(void *stop)
{
    // acquire: pairs with the release in test_raise().
    while (atomic_load_explicit((atomic_uint *)stop, memory_order_acquire) == 0) {
        thread_yield();
        (void)thread_sleep(TEST_MS);
    }
    return 0;
}

// Do the `i`th thing to one of the threads. Returns: whether it was killed.
static bool change(unsigned i, tid_t tid)
{
    uint64_t mask = (i * UINT64_C(0x9e3779b97f4a7c15) >> 7) & harts_online_mask();

    if (i % 20 == 19) {
        KT_CHECK(thread_kill(tid, KILLED) == 0);
        return true;
    }
    KT_CHECK(thread_set_affinity(tid, mask != 0 ? mask : ~UINT64_C(0)) == 0);
    return false;
}

KTEST(d01_change_while_picked, "D-01: kills and moves that meet a thread being picked lose nobody")
{
    atomic_uint stop = 0;
    tid_t tid[CHURNED];
    int code[CHURNED] = {};

    for (unsigned i = 0; i < CHURNED; i++) {
        tid[i] = test_spawn(come_and_go, &stop);
    }
    for (unsigned i = 0; i < CHANGES; i++) {
        if (change(i, tid[i * 7 % CHURNED])) {
            code[i * 7 % CHURNED] = KILLED;
        }
        if (i % 16 == 0) {
            KT_CHECK(invariants_check() == 0);
        }
        thread_yield();
    }
    test_raise(&stop);
    for (unsigned i = 0; i < CHURNED; i++) {
        test_join(tid[i], code[i]);
    }
}

// ---- Switching on one hart, interrupts off ------------------------------------------------------

struct turns {
    unsigned taken; // by the other thread; one hart and no interrupts: no atomics
    bool stop;
};

static int take_turns(void *arg)
{
    struct turns *turns = arg;
    unsigned long saved = irq_save();

    while (!turns->stop) {
        turns->taken++;
        test_give_way();
    }
    irq_restore(saved);
    return 0;
}

KTEST(d07_no_wait_between, "D-07: two threads of one hart take turns at once, no interrupt between")
{
    enum { TURNS = 100 };
    struct turns turns = {};
    unsigned cpu = test_cpu();

    test_pin(cpu);
    unsigned long saved = irq_save();
    tid_t tid = test_spawn_on(test_bit(cpu), take_turns, &turns);
    while (turns.taken == 0) {
        test_give_way(); // it starts, with interrupts on, and turns them off
    }
    const struct processor *p = this_processor();
    uint64_t interrupts = p->interrupts;
    uint64_t idled = p->idle->switches;
    for (unsigned i = 0; i < TURNS; i++) {
        unsigned taken = turns.taken;

        while (turns.taken == taken) {
            test_give_way(); // a policy that counts time may let the same go on for a while
        }
        KT_CHECK(turns.taken == taken + 1 || !test_takes_turns());
    }
    KT_CHECK(p->interrupts == interrupts);
    KT_CHECK(p->idle->switches == idled);
    turns.stop = true;
    irq_restore(saved);
    test_join(tid, 0);
    test_unpin();
}

static int do_nothing(void *unused)
{
    (void)unused;
    return 0;
}

KTEST(d27_running_is_not_queued, "D-27: the thread that runs is in no queue, for no hart to take")
{
    enum { WAITING = 3 };
    tid_t tid[WAITING];
    unsigned cpu = test_cpu();

    test_pin(cpu);
    unsigned long saved = irq_save();
    KT_CHECK(runq_waiting(this_processor()) == 0);
    for (unsigned i = 0; i < WAITING; i++) {
        tid[i] = test_spawn_on(test_bit(cpu), do_nothing, NULL);
        KT_CHECK(runq_waiting_count(this_processor()) == i + 1);
    }
    irq_restore(saved);
    for (unsigned i = 0; i < WAITING; i++) {
        test_join(tid[i], 0);
    }
    KT_CHECK(runq_waiting(this_processor()) == 0);
    test_unpin();
}

// ---- Who may see a thread when ------------------------------------------------------------------

// Whoever gets to see that `t` has exited finds it off every hart. Returns: whether it has.
static bool seen_exited(struct thread *t)
{
    unsigned long saved = spin_lock_irqsave(&t->exit.lock);
    bool exited = t->exited;
    struct thread_info info;

    dispatch_describe(t, &info);
    for (unsigned cpu = 0; exited && cpu < harts_present(); cpu++) {
        KT_CHECK(processor_of(cpu)->current != t);
    }
    KT_CHECK(!exited || info.status == THREAD_EXITED);
    spin_unlock_irqrestore(&t->exit.lock, saved);
    return exited;
}

KTEST(d40_exit_published_late, "D-40: a thread is seen as exited only when it is off its stack")
{
    enum { ROUNDS = 100 };

    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned cpu = test_next_cpu(test_cpu());
        tid_t tid = test_spawn_on(test_bit(cpu), do_nothing, NULL);
        struct thread *t = thread_get(tid);

        while (!seen_exited(t)) {
            thread_yield();
        }
        thread_put(t);
        test_join(tid, 0);
    }
}

enum { YIELDERS_MAX = 24, YIELDS = 100, WORDS = 16 };

struct yielder {
    atomic_uint started; // how often: a thread that is queued too early runs twice, or not as built
    uint64_t id;
};

// Keep a pattern on the stack, and in registers, over many switches to and from other harts.
static int keep_pattern(void *arg)
{
    struct yielder *y = arg;
    uint64_t pattern[WORDS];
    int wrong = 0;

    test_raise(&y->started);
    for (unsigned i = 0; i < YIELDS; i++) {
        for (unsigned w = 0; w < WORDS; w++) {
            pattern[w] = y->id * w + i;
        }
        thread_yield();
        for (unsigned w = 0; w < WORDS; w++) {
            wrong += pattern[w] != y->id * w + i;
        }
    }
    return wrong;
}

KTEST(d41_queued_when_saved, "D-41: a thread is queued only once all of it is saved, or built")
{
    struct yielder yielder[YIELDERS_MAX] = {};
    tid_t tid[YIELDERS_MAX];
    unsigned n = 2 * harts_online() + 2 < YIELDERS_MAX ? 2 * harts_online() + 2 : YIELDERS_MAX;

    for (unsigned i = 0; i < n; i++) {
        yielder[i].id = UINT64_C(0x1000193) * (i + 1);
        tid[i] = test_spawn(keep_pattern, &yielder[i]);
    }
    for (unsigned i = 0; i < n; i++) {
        test_join(tid[i], 0);
        // relaxed: the join has ordered it.
        KT_CHECK(atomic_load_explicit(&yielder[i].started, memory_order_relaxed) == 1);
    }
}
