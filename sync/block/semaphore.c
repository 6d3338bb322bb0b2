// SPDX-License-Identifier: MIT
// sync/block/semaphore.c - counting semaphore.
#include "sync/block/semaphore.h"

#include "kernel/riscv/irq.h"
#include "kernel/timer.h"
#include "kernel/waitq.h"

void semaphore_init(struct semaphore *s, uint64_t count)
{
    waitq_init(&s->wq, "semaphore");
    s->count = count;
}

static bool take_locked(struct semaphore *s) REQUIRES(s->wq.lock)
{
    if (s->count == 0) {
        return false;
    }
    s->count--;
    return true;
}

// One copy for each kind of wait: most have no deadline.
static ALWAYS_INLINE int down(struct semaphore *s, uint64_t deadline_ticks)
{
    unsigned long saved = spin_lock_irqsave(&s->wq.lock);

    if (take_locked(s)) {
        spin_unlock_irqrestore(&s->wq.lock, saved);
        return 0;
    }
    int result = waitq_sleep(&s->wq, WAIT_INTERRUPTIBLE, deadline_ticks);
    irq_restore(saved);
    return result;
}

int semaphore_down_until(struct semaphore *s, uint64_t deadline_ticks)
{
    return down(s, deadline_ticks);
}

int semaphore_down(struct semaphore *s)
{
    return down(s, TIME_NEVER);
}

bool semaphore_trydown(struct semaphore *s)
{
    unsigned long saved = spin_lock_irqsave(&s->wq.lock);
    bool taken = take_locked(s);

    spin_unlock_irqrestore(&s->wq.lock, saved);
    return taken;
}

void semaphore_up(struct semaphore *s)
{
    unsigned long saved = spin_lock_irqsave(&s->wq.lock);

    if (waitq_wake_one(&s->wq) == NULL) {
        s->count++;
    }
    spin_unlock_irqrestore(&s->wq.lock, saved);
}
