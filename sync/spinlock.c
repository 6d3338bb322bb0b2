// SPDX-License-Identifier: MIT
// sync/spinlock.c - the kernel's own spinlock: initialisation and the slow path.
//
// `lockwait=try` exists for machines whose harts are threads of a host with fewer cores: there a
// FIFO lock hands itself to a hart that is not running, and everybody waits until the host runs it.
// Trying again takes whoever runs now, at the price of fairness.
#include "sync/spinlock.h"

#include "kernel/riscv/relax.h"

enum spin_wait spin_wait_mode = SPIN_WAIT_QUEUE;

void spin_init(struct spinlock *l, const char *name, enum lock_rank rank)
{
    *l = (struct spinlock)SPINLOCK_INIT(name, rank);
}

static void wait_by_trying(struct spinlock *l, struct spin_node *node)
{
    do {
        cpu_relax();
    } while (!SPIN_OF(trylock)(&l->impl, node));
}

void spin_lock_slow(struct spinlock *l, struct spin_node *node)
{
    struct held_locks *held = &this_hart()->held;

    // relaxed, relaxed: read by this hart's watchdog, and by panic after this hart has stopped.
    atomic_store_explicit(&held->waiting, l, memory_order_relaxed);
    held->spins = 0;
    if (spin_wait_mode == SPIN_WAIT_TRY) {
        wait_by_trying(l, node);
    } else {
        SPIN_OF(lock)(&l->impl, node);
    }
    atomic_store_explicit(&held->waiting, NULL, memory_order_relaxed);
}

const struct spinlock *held_lock(const struct held_locks *held, unsigned i)
{
    return i < held->count && i < SPIN_DEPTH ? held->lock[i] : NULL;
}

int spin_holder(const struct spinlock *l)
{
    // relaxed: a hint, it may be another by now.
    return (int)atomic_load_explicit(&l->holder, memory_order_relaxed) - 1;
}

const struct spinlock *held_waiting(const struct held_locks *held)
{
    // relaxed: the caller has stopped that hart, or only wants a hint.
    return atomic_load_explicit(&held->waiting, memory_order_relaxed);
}

void spin_break(struct spinlock *l)
{
    l->impl = (struct CONFIG_LOCK){};
    // relaxed: no other hart is left to see it.
    atomic_store_explicit(&l->holder, 0, memory_order_relaxed);
}
