// SPDX-License-Identifier: MIT
// kernel/test/plant_missed_wakeup.c - a sleeper that looks before it takes the lock, and not again.
//
//   hart 0                         hart 1
//   ready? no
//                                  ready = true
//                                  lock; wake whoever sleeps: nobody; unlock
//   lock; sleep, unlocking         for ever
//
// So that somebody is left to say it, the sleep has a deadline. That it comes is no proof, the
// waker may be slow: it is one if the only wake-up of the round was over before the sleep began.
#include <stdatomic.h>

#include "kernel/abi/errno.h"
#include "kernel/console.h"
#include "kernel/test/plant.h"
#include "kernel/timer.h"
#include "kernel/waitq.h"

static struct waitq wq = WAITQ_INIT(wq, "plant");
static atomic_bool ready; // relaxed: nothing else is read because of it
static bool woken;        // guarded by: wq.lock; the wake-up is over
static bool missed;       // written by hart 0 only

static void prepare(void)
{
    atomic_store_explicit(&ready, false, memory_order_relaxed);
    woken = false;
    missed = false;
}

static bool is_ready(void)
{
    return atomic_load_explicit(&ready, memory_order_relaxed);
}

// Sleep unless ready; `looks`: looks now, with the lock held.
static void sleep_unless_ready(bool looks, uint64_t deadline) NO_TSA
{
    unsigned long saved = spin_lock_irqsave(&wq.lock);

    if (looks && is_ready()) {
        spin_unlock_irqrestore(&wq.lock, saved);
        return;
    }
    bool too_late = woken;
    int result = waitq_sleep(&wq, WAIT_UNINTERRUPTIBLE, deadline);
    missed = too_late && result == -ETIMEDOUT;
    irq_restore(saved);
}

static void wake(void)
{
    atomic_store_explicit(&ready, true, memory_order_relaxed);
    unsigned long saved = spin_lock_irqsave(&wq.lock);
    woken = true;
    (void)waitq_wake_one(&wq);
    spin_unlock_irqrestore(&wq.lock, saved);
}

static void turn(unsigned who, bool fixed)
{
    uint64_t deadline = deadline_after_ns(PLANT_PATIENCE_NS);

    if (who != 0) {
        wake();
    } else if (fixed || !is_ready()) {
        sleep_unless_ready(fixed, deadline);
    }
}

static bool showed(void)
{
    if (missed) {
        printk("missed wake-up: hart 0 went to sleep after the wake-up that was meant for it\n");
    }
    return missed;
}

const struct plant plant_missed_wakeup = {"missed-wakeup", prepare, turn, showed};
