// SPDX-License-Identifier: MIT
// sync/block/condvar.c - condition variable.
#include "sync/block/condvar.h"

#include "kernel/riscv/irq.h"
#include "kernel/timer.h"
#include "kernel/waitq.h"
#include "sync/block/mutex_inline.h"

void condvar_init(struct condvar *cv)
{
    waitq_init(&cv->wq, "condvar");
}

int condvar_wait_until(struct condvar *cv, struct mutex *m, uint64_t deadline_ticks) NO_TSA
{
    unsigned long saved = spin_lock_irqsave(&cv->wq.lock);

    waitq_enter(&cv->wq);
    spin_unlock_irqoff(&cv->wq.lock);
    if (!mutex_unlock_inline(m)) { // whoever takes it now finds us in the queue
        mutex_unlock(m);
    }
    int result = waitq_sleep_entered(&cv->wq, WAIT_INTERRUPTIBLE, deadline_ticks);
    irq_restore(saved);
    if (!mutex_trylock_inline(m)) {
        mutex_lock(m);
    }
    return result;
}

int condvar_wait(struct condvar *cv, struct mutex *m)
{
    return condvar_wait_until(cv, m, TIME_NEVER);
}

void condvar_notify_one(struct condvar *cv)
{
    unsigned long saved = spin_lock_irqsave(&cv->wq.lock);

    (void)waitq_wake_one(&cv->wq);
    spin_unlock_irqrestore(&cv->wq.lock, saved);
}

unsigned condvar_notify(struct condvar *cv, unsigned n)
{
    unsigned long saved = spin_lock_irqsave(&cv->wq.lock);
    unsigned woken = waitq_wake(&cv->wq, n);

    spin_unlock_irqrestore(&cv->wq.lock, saved);
    return woken;
}
