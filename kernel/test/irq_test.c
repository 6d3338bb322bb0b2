// SPDX-License-Identifier: MIT
// kernel/test/irq_test.c - masking interrupts, and what interrupts may do meanwhile.
#include "kernel/riscv/irq.h"

#include "kernel/abi/errno.h"
#include "kernel/ktest_support.h"
#include "kernel/processor.h"
#include "kernel/riscv/csr.h"
#include "sync/block/mutex.h"
#include "sync/block/semaphore.h"
#include "sync/spinlock.h"

KTEST(d15_saved_state,
      "D-15: saving the interrupt state returns it, and restoring changes nothing else")
{
    uint64_t before = csr_read(sstatus);
    unsigned long outer = irq_save();
    KT_CHECK(outer == SSTATUS_SIE && !irq_enabled());
    unsigned long inner = irq_save();
    KT_CHECK(inner == 0 && !irq_enabled());
    irq_restore(inner);
    KT_CHECK(!irq_enabled());
    irq_restore(outer);
    KT_CHECK(irq_enabled());
    KT_CHECK(csr_read(sstatus) == before);
}

KTEST(irq_nesting,
      "interrupts stay off until the last of nested spinlocks is released, in any order")
{
    static struct spinlock outer = SPINLOCK_INIT("test outer", RANK_BENCH);
    static struct spinlock inner = SPINLOCK_INIT("test inner", RANK_CONSOLE);

    spin_lock(&outer);
    KT_CHECK(!irq_enabled());
    spin_lock(&inner);
    spin_unlock(&outer);
    KT_CHECK(!irq_enabled());
    spin_unlock(&inner);
    KT_CHECK(irq_enabled());
}

// Threads of one hart whose timers interrupt whatever this hart does, and all that they share.
struct storm {
    struct semaphore gate;
    struct mutex mutex;
    atomic_uint over;
    uint64_t mask;
};

enum { SLEEPERS = 6, SLEEPS = 80 };

static int sleep_often(void *arg)
{
    struct storm *storm = arg;

    for (unsigned i = 0; i < SLEEPS; i++) {
        (void)thread_sleep(1000 + i % 7 * 10000);
        (void)semaphore_down_until(&storm->gate, deadline_after_ns(i % 5 * 10000));
        (void)thread_park(i % 3 * 10000);
        mutex_lock(&storm->mutex);
        mutex_unlock(&storm->mutex);
    }
    test_raise(&storm->over);
    return 0;
}

// Take, with interrupts on, every lock that a timer's interrupt takes too.
static void take_locks(struct storm *storm, tid_t tid)
{
    KT_CHECK(thread_unpark(tid) == 0);
    KT_CHECK(thread_set_affinity(tid, storm->mask) == 0);
    KT_CHECK(thread_join_until(tid, NULL, 0) == -EDEADLK);
    semaphore_up(&storm->gate);
    (void)semaphore_trydown(&storm->gate);
    mutex_lock(&storm->mutex);
    mutex_unlock(&storm->mutex);
    (void)test_info(tid);
    (void)thread_sleep(0);
}

KTEST(d50_interrupted_calls,
      "D-50: a timer that interrupts a thread call on its hart deadlocks nothing")
{
    struct storm storm = {.gate = SEMAPHORE_INIT(storm.gate, 0), .mutex = MUTEX_INIT(storm.mutex)};
    tid_t tid[SLEEPERS];

    test_pin(test_cpu());
    storm.mask = test_bit(test_cpu());
    for (unsigned i = 0; i < SLEEPERS; i++) {
        tid[i] = test_spawn_on(storm.mask, sleep_often, &storm);
    }
    // acquire: pairs with the release in test_raise().
    while (atomic_load_explicit(&storm.over, memory_order_acquire) < SLEEPERS) {
        take_locks(&storm, current()->tid);
        for (unsigned i = 0; i < SLEEPERS; i++) {
            KT_CHECK(thread_unpark(tid[i]) == 0);
        }
    }
    for (unsigned i = 0; i < SLEEPERS; i++) {
        test_join(tid[i], 0);
    }
    (void)thread_park(0); // take the token of our own unparks
    test_unpin();
}
