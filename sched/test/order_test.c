// SPDX-License-Identifier: MIT
// sched/test/order_test.c - the order within one queue. For equals that give way it is first in,
// first out, but where the policy goes by time.
#include "kernel/abi/errno.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/irq.h"
#include "kernel/runq.h"

enum { THREADS = 6, TURNS = 3 };

// Who ran when, on one hart: so no atomics.
struct record {
    unsigned ran[THREADS * TURNS];
    unsigned count;
};

struct runner {
    struct record *record;
    unsigned number;
    unsigned turns;
};

static int run_turns(void *arg)
{
    struct runner *r = arg;

    for (unsigned i = 0; i < r->turns; i++) {
        r->record->ran[r->record->count++] = r->number;
        thread_yield();
    }
    return 0;
}

// Let no quantum end on this hart until join_all(): a thread that the host has kept from running
// for that long would lose its turn before it could note it. Context: pinned.
static void stop_timer(void)
{
    csr_clear(sie, SIE_TIMER);
}

// Make THREADS runners wait in this hart's queue, in order. Context: pinned, interrupts off.
static void start(struct runner runner[THREADS], tid_t tid[THREADS], struct record *record,
                  unsigned turns)
{
    stop_timer();
    for (unsigned i = 0; i < THREADS; i++) {
        runner[i] = (struct runner){record, i, turns};
        tid[i] = test_spawn_on(test_bit(test_cpu()), run_turns, &runner[i]);
    }
}

static void join_all(const tid_t tid[THREADS])
{
    for (unsigned i = 0; i < THREADS; i++) {
        test_join(tid[i], 0);
    }
    csr_set(sie, SIE_TIMER);
}

KTEST(queue_order, "threads of one queue run in the order in which they entered it")
{
    struct record record = {};
    struct runner runner[THREADS];
    tid_t tid[THREADS];

    test_pin(test_cpu());
    unsigned long saved = irq_save();
    start(runner, tid, &record, 1);
    irq_restore(saved);
    join_all(tid);
    for (unsigned i = 0; i < THREADS; i++) {
        KT_CHECK(record.ran[i] == i);
    }
    test_unpin();
}

KTEST(queue_yield,
      "a thread that yields runs again after all that waited, and before who came later")
{
    struct record record = {};
    struct runner runner[THREADS];
    tid_t tid[THREADS];

    test_pin(test_cpu());
    unsigned long saved = irq_save();
    start(runner, tid, &record, TURNS);
    irq_restore(saved);
    join_all(tid);
    KT_CHECK(record.count == THREADS * TURNS);
    for (unsigned i = 0; i < record.count; i++) {
        KT_CHECK(record.ran[i] == i % THREADS || !test_takes_turns());
    }
    test_unpin();
}

KTEST(queue_moved, "a thread whose affinity changes while it waits goes to the end of its queue")
{
    struct record record = {};
    struct runner runner[THREADS];
    tid_t tid[THREADS];
    unsigned cpu = test_cpu();

    test_pin(cpu);
    unsigned long saved = irq_save();
    start(runner, tid, &record, 1);
    KT_CHECK(thread_set_affinity(tid[0], test_bit(cpu)) == 0);
    KT_CHECK(thread_set_affinity(tid[3], test_bit(cpu)) == 0);
    irq_restore(saved);
    join_all(tid);
    static const unsigned expected[THREADS] = {1, 2, 4, 5, 0, 3};
    for (unsigned i = 0; i < THREADS; i++) {
        KT_CHECK(record.ran[i] == expected[i] || !test_takes_turns());
    }
    test_unpin();
}

static int park_and_run(void *arg)
{
    struct runner *r = arg;

    KT_CHECK(thread_park(TIME_NEVER) == 0);
    r->record->ran[r->record->count++] = r->number;
    return 0;
}

KTEST(queue_wake_order, "threads of one queue run in the order in which they were woken")
{
    struct record record = {};
    struct runner runner[THREADS];
    tid_t tid[THREADS];
    unsigned cpu = test_cpu();

    test_pin(cpu);
    for (unsigned i = 0; i < THREADS; i++) {
        runner[i] = (struct runner){&record, i, 1};
        tid[i] = test_spawn_on(test_bit(cpu), park_and_run, &runner[i]);
        test_await_status(tid[i], THREAD_SLEEPING);
    }
    unsigned long saved = irq_save();
    stop_timer();
    for (unsigned i = THREADS; i-- > 0;) {
        KT_CHECK(thread_unpark(tid[i]) == 0);
    }
    irq_restore(saved);
    join_all(tid);
    for (unsigned i = 0; i < THREADS; i++) {
        KT_CHECK(record.ran[i] == THREADS - 1 - i);
    }
    test_unpin();
}

KTEST(priority_not_supported,
      "setting a priority says so where the policy has none; spawn keeps it")
{
    struct thread_attr attr = {.name = "priority", .priority = 7};
    struct runner runner = {.turns = 0};
    tid_t tid = thread_spawn(&attr, run_turns, &runner);
    int expected = runq_policy.set_params == NULL ? -ENOTSUP : 0;

    KT_CHECK(tid > 0 && test_info(tid).priority == 7);
    KT_CHECK(thread_set_priority(tid, 8) == expected);
    KT_CHECK(test_info(tid).priority == (expected == 0 ? 8 : 7));
    test_join(tid, 0);
}
