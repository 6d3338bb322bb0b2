// SPDX-License-Identifier: MIT
// sync/spin/ticket.h - ticket lock: FIFO, two words, all waiters spin on one shared line.
//
// Invariant:  next - owner == holders + waiters (mod 2^32); unlocked iff next == owner.
// Ordering:   the release store to `owner` in ticket_unlock() pairs with the acquire loads of
//             `owner` in ticket_lock() and ticket_trylock().
// Cost:       unlock invalidates the line in every waiter: O(harts) traffic per handoff.
// Reference:  Mellor-Crummey & Scott, ACM TOCS 9(1), 1991, section 2.2.
#pragma once

#include <stdbool.h>

#include "kernel/riscv/relax.h"
#include "sync/spin/node.h"

enum { ticket_uses_node = 0 };

struct ticket {
    atomic_uint next;  // number the next arrival will take
    atomic_uint owner; // number now being served; written by the holder only
};

static inline void ticket_lock(struct ticket *l, struct spin_node *me)
{
    // relaxed: taking a number orders nothing; the acquire load below does.
    unsigned mine = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed);

    SPIN_ARRIVED(me);
    // relaxed: spin without a fence per iteration.
    while (atomic_load_explicit(&l->owner, memory_order_relaxed) != mine) {
        cpu_relax();
    }
    // acquire: pairs with the release in ticket_unlock(). `owner` cannot move until we unlock.
    (void)atomic_load_explicit(&l->owner, memory_order_acquire);
}

static inline bool ticket_trylock(struct ticket *l, struct spin_node *me)
{
    (void)me;
    // acquire: pairs with the release in ticket_unlock(). It comes before the exchange because
    // `next` carries no hand-over; if `next` still equals what we read, nobody has held since.
    unsigned served = atomic_load_explicit(&l->owner, memory_order_acquire);

    // relaxed, relaxed: the load above has already synchronised; failure takes nothing. Between
    // the two, `next` could return to `served` only after 2^32 acquisitions.
    return atomic_compare_exchange_strong_explicit(&l->next, &served, served + 1,
                                                   memory_order_relaxed, memory_order_relaxed);
}

static inline void ticket_unlock(struct ticket *l, struct spin_node *me)
{
    (void)me;
    // relaxed: only the holder writes `owner`.
    unsigned served = atomic_load_explicit(&l->owner, memory_order_relaxed);

    // release: pairs with the acquires in ticket_lock() and ticket_trylock().
    atomic_store_explicit(&l->owner, served + 1, memory_order_release);
}
