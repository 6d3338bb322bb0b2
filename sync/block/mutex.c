// SPDX-License-Identifier: MIT
// sync/block/mutex.c - sleeping mutual exclusion.
#include "sync/block/mutex_inline.h"

#include "kernel/base/panic.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"
#include "kernel/timer.h"
#include "kernel/waitq.h"

#define MUTEX_WAITERS ((uintptr_t)1)

static uintptr_t me(void)
{
    return (uintptr_t)current();
}

void mutex_init(struct mutex *m)
{
    atomic_init(&m->owner, 0);
    waitq_init(&m->wq, "mutex");
}

// Take `m` if it has become free, else say in it that somebody waits. Returns: whether it was
// taken.
static bool lock_or_mark(struct mutex *m) REQUIRES(m->wq.lock)
{
    // acquire: pairs with the release in mutex_unlock(), if that left it free.
    uintptr_t old = atomic_fetch_or_explicit(&m->owner, MUTEX_WAITERS, memory_order_acquire);

    if (old != 0) {
        return false;
    }
    // relaxed: with the mark set everybody else comes here first, for the lock that we hold.
    atomic_store_explicit(&m->owner, me() | MUTEX_WAITERS, memory_order_relaxed);
    return true;
}

static NOINLINE int lock_slow(struct mutex *m, uint64_t deadline_ticks)
{
    unsigned long saved = spin_lock_irqsave(&m->wq.lock);

    if (lock_or_mark(m)) {
        spin_unlock_irqrestore(&m->wq.lock, saved);
        return 0;
    }
    // Woken means that the mutex was handed to us; the run queue's lock ordered that.
    int result = waitq_sleep(&m->wq, WAIT_UNINTERRUPTIBLE, deadline_ticks);
    irq_restore(saved);
    return result;
}

void mutex_lock(struct mutex *m) NO_TSA
{
    if (!mutex_trylock_inline(m)) {
        (void)lock_slow(m, TIME_NEVER);
    }
}

int mutex_lock_until(struct mutex *m, uint64_t deadline_ticks)
{
    return mutex_trylock_inline(m) ? 0 : lock_slow(m, deadline_ticks);
}

bool mutex_trylock(struct mutex *m) NO_TSA
{
    return mutex_trylock_inline(m);
}

// Hand `m` to the first that still waits. Each is named before it is woken; until the mark goes it
// cannot change the word without the lock that we hold. Returns: whether there was one.
static bool hand_over(struct mutex *m) REQUIRES(m->wq.lock)
{
    struct list *node;

    while ((node = list_pop_front(&m->wq.waiters)) != NULL) {
        struct thread *t = list_entry(node, struct thread, wait_node);
        uintptr_t mark = list_is_empty(&m->wq.waiters) ? 0 : MUTEX_WAITERS;

        // relaxed: the run queue's lock takes it to the thread that is woken.
        atomic_store_explicit(&m->owner, (uintptr_t)t | MUTEX_WAITERS, memory_order_relaxed);
        if (dispatch_wake(t, 0)) {
            atomic_store_explicit(&m->owner, (uintptr_t)t | mark, memory_order_relaxed);
            return true;
        }
    }
    return false;
}

// Somebody waits, or did.
static NOINLINE void unlock_slow(struct mutex *m)
{
    unsigned long saved = spin_lock_irqsave(&m->wq.lock);

    if (!mutex_is_held(m)) {
        panic("mutex %p released by a thread that does not hold it", (void *)m);
    }
    if (!hand_over(m)) {
        // release: pairs with the acquire in mutex_trylock_inline().
        atomic_store_explicit(&m->owner, 0, memory_order_release);
    }
    spin_unlock_irqrestore(&m->wq.lock, saved);
}

void mutex_unlock(struct mutex *m) NO_TSA
{
    if (!mutex_unlock_inline(m)) {
        unlock_slow(m);
    }
}

bool mutex_is_held(const struct mutex *m)
{
    // relaxed: whether it is ours only we can change.
    return (atomic_load_explicit(&m->owner, memory_order_relaxed) & ~MUTEX_WAITERS) == me();
}
