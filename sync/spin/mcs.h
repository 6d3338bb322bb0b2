// SPDX-License-Identifier: MIT
// sync/spin/mcs.h - MCS queue lock: FIFO; each waiter spins on a line of its own.
//
// Invariant:  tail is NULL iff the lock is free, else the last node of the queue, whose first node
//             is the holder's. A node is in one queue from lock or trylock until unlock returns.
//
//   arriving hart                              holder, releasing
//   A1 me->next = NULL, me->wait = 1           R1 load-acquire me->next
//   A2 prev = exchange(tail, me), acq_rel      R2 NULL: compare-exchange-release tail, me -> NULL
//   A3 store-release prev->next = me           R3       failed: spin until me->next is set (R1)
//   A4 spin on me->wait; load-acquire          R4 store-release next->wait = 0
//
// Ordering:   A2 acquire - R2 release: a free lock's last critical section is seen.
//             A4 - R4: the same, handed over directly.
//             A2 release - the next arrival's A2 acquire: its A3 comes after our A1.
//             A3 - R1: R4 comes after the successor's A1, so it is not undone by it.
// Cost:       one line moves per handoff, however many wait.
// Limits:     needs a node per lock held; waits for a descheduled successor between A2 and A3 too.
// Reference:  Mellor-Crummey & Scott, ACM TOCS 9(1), 1991, section 2.4.
#pragma once

#include <stdbool.h>

#include "kernel/riscv/relax.h"
#include "sync/spin/node.h"

enum { mcs_uses_node = 1 };

struct mcs {
    _Atomic(struct spin_node *) tail;
};

static inline void mcs_lock(struct mcs *l, struct spin_node *me)
{
    // relaxed, relaxed: the exchange publishes `next`, the store into prev->next `wait` (A1).
    atomic_store_explicit(&me->next, NULL, memory_order_relaxed);
    atomic_store_explicit(&me->wait, 1, memory_order_relaxed);

    // acq_rel: pairs with R2 and with the exchanges before and after it (A2).
    struct spin_node *prev = atomic_exchange_explicit(&l->tail, me, memory_order_acq_rel);

    SPIN_ARRIVED(me);
    if (prev == NULL) {
        return;
    }
    // release: pairs with R1 (A3).
    atomic_store_explicit(&prev->next, me, memory_order_release);
    // relaxed: spin without a fence per iteration.
    while (atomic_load_explicit(&me->wait, memory_order_relaxed) != 0) {
        cpu_relax();
    }
    // acquire: pairs with R4 (A4).
    (void)atomic_load_explicit(&me->wait, memory_order_acquire);
}

static inline bool mcs_trylock(struct mcs *l, struct spin_node *me)
{
    struct spin_node *free = NULL;

    // relaxed: a hint that saves the exchange, which alone decides.
    if (atomic_load_explicit(&l->tail, memory_order_relaxed) != NULL) {
        return false;
    }
    // relaxed: published by the exchange. `wait` is not read by who never waits.
    atomic_store_explicit(&me->next, NULL, memory_order_relaxed);
    // acq_rel: as A2. relaxed: failure takes nothing.
    return atomic_compare_exchange_strong_explicit(&l->tail, &free, me, memory_order_acq_rel,
                                                   memory_order_relaxed);
}

// The successor, which has arrived (A2) but may not have linked itself yet (A3).
static inline struct spin_node *mcs_successor(struct spin_node *me)
{
    // relaxed: spin without a fence per iteration.
    while (atomic_load_explicit(&me->next, memory_order_relaxed) == NULL) {
        cpu_relax();
    }
    // acquire: pairs with A3 (R1).
    return atomic_load_explicit(&me->next, memory_order_acquire);
}

static inline void mcs_unlock(struct mcs *l, struct spin_node *me)
{
    struct spin_node *last = me;

    // relaxed: only asks whether to try R2; mcs_successor() reads it again, with acquire.
    if (atomic_load_explicit(&me->next, memory_order_relaxed) == NULL &&
        // release: pairs with A2 (R2). relaxed: failure means that there is a successor.
        atomic_compare_exchange_strong_explicit(&l->tail, &last, NULL, memory_order_release,
                                                memory_order_relaxed)) {
        return;
    }
    // release: pairs with A4 (R4).
    atomic_store_explicit(&mcs_successor(me)->wait, 0, memory_order_release);
}
