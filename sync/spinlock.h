// SPDX-License-Identifier: MIT
// sync/spinlock.h - the kernel's own spinlock: any algorithm of sync/spin/, interrupts masked.
//
// The build chooses the algorithm (LOCK=), so nothing here is an indirect call. Three ways to take
// a lock, by who keeps the interrupt state:
//   spin_lock / spin_unlock                        the hart does, nesting; release in any order
//   spin_lock_irqsave / spin_unlock_irqrestore     the caller does; the hot paths
//   spin_lock_irqoff / spin_unlock_irqoff          nobody: interrupts are off already
// The fast path is one x_trylock(), inline. If it fails, spin_lock_slow() waits, either in the
// algorithm's queue or by trying again (`lockwait=`): the reasons are in docs/locking.md.
//
// A lock may be held across switch_to() and released by the thread that runs next on this hart, so
// nothing of it lives on the stack that took it: queue nodes come from the hart's pool, and the
// lock remembers which one its holder used.
//
// Debug builds know owner and rank: taking a held lock, releasing one that this hart does not hold,
// and taking one out of order (sync/lock_rank.h) panic with the names of the locks.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "kernel/base/annot.h"
#include "kernel/base/compiler.h"
#include "kernel/base/panic.h"
#include "kernel/riscv/hart.h"
#include "kernel/riscv/irq.h"
#include "sync/lock_rank.h"
#include "sync/spin/pool.h"
#include CONFIG_LOCK_HEADER

// The chosen algorithm's function or constant `what`: SPIN_OF(lock) is ticket_lock for LOCK=ticket.
#define SPIN_PASTE(algorithm, what)  algorithm##_##what
#define SPIN_EXPAND(algorithm, what) SPIN_PASTE(algorithm, what)
#define SPIN_OF(what)                SPIN_EXPAND(CONFIG_LOCK, what)

// Its name, "ticket" for LOCK=ticket.
#define SPIN_TEXT_(word) #word
#define SPIN_TEXT(word)  SPIN_TEXT_(word)
#define SPIN_NAME        SPIN_TEXT(CONFIG_LOCK)

struct CAPABILITY("spinlock") spinlock {
    struct CONFIG_LOCK impl;
    struct spin_node *node; // guarded by: the lock itself; the holder's queue node, if it uses one
    const char *name;       // constant after spin_init()
    enum lock_rank rank;    // constant after spin_init()
    atomic_uint holder;     // debug builds: 1 + the holder's cpu, 0 if free
};

// A lock that is ready before any code runs.
#define SPINLOCK_INIT(lock_name, lock_rank)                                                        \
    {                                                                                              \
        .name = (lock_name), .rank = (lock_rank)                                                   \
    }

// What a hart does when the fast path fails. Written once, at boot, before other harts start.
enum spin_wait {
    SPIN_WAIT_QUEUE, // wait in the algorithm's own order
    SPIN_WAIT_TRY    // try again: no hand-off to a virtual hart that the host has descheduled
};
extern enum spin_wait spin_wait_mode;

// Make `l` a free lock called `name`, a string that outlives it.
// Context: any; nobody else uses `l` yet.
void spin_init(struct spinlock *l, const char *name, enum lock_rank rank);

// Wait for `l` out of line. Only for spin_lock_irqoff(); `node` is NULL for algorithms without.
void spin_lock_slow(struct spinlock *l, struct spin_node *node);

// The checks of debug builds; only for the functions below.
void spin_check_lock(const struct spinlock *l);
void spin_check_locked(struct spinlock *l);
void spin_check_unlock(struct spinlock *l);
void spin_check_held(const struct spinlock *l);

// Does this hart hold `l`? Exact in debug builds; release builds do not know and answer true.
// Context: interrupts off, or held by the caller.
bool spin_is_held(const struct spinlock *l);

// Panic in debug builds unless this hart holds `l`: the first line of every *_locked() function.
static inline void spin_assert_held(const struct spinlock *l) ASSERT_CAPABILITY(*l)
{
    if (CONFIG_DEBUG) {
        spin_check_held(l);
    }
}

// The `i`th lock in `held`, oldest first; NULL past the last. For the panic screen.
const struct spinlock *held_lock(const struct held_locks *held, unsigned i);

// Where the hart `cpu` took the `i`th lock that it holds, i < SPIN_DEPTH. Debug builds only.
struct spin_place spin_taken(unsigned cpu, unsigned i);

// The cpu that holds `l`, -1 if none does; release builds do not know and answer -1.
int spin_holder(const struct spinlock *l);

// The lock `held`'s hart is spinning for; NULL if none. For the panic screen.
const struct spinlock *held_waiting(const struct held_locks *held);

// For panic alone, when every other hart has stopped: switch the checks off for good, and make `l`
// free whoever held it.
void spin_checks_off(void);
void spin_break(struct spinlock *l);

// Take `l`, spinning until it is free.
// Context: interrupts off until it is released. On success everything its last holder wrote is
// seen.
static ALWAYS_INLINE void spin_lock_irqoff(struct spinlock *l) ACQUIRES(*l) NO_TSA
{
    struct spin_node *node = NULL;

    if (CONFIG_DEBUG) {
        spin_check_lock(l);
    }
    if (SPIN_OF(uses_node)) {
        node = spin_pool_get(&this_hart()->nodes);
    }
    if (unlikely(!SPIN_OF(trylock)(&l->impl, node))) {
        spin_lock_slow(l, node);
    }
    if (SPIN_OF(uses_node)) {
        l->node = node;
    }
    if (CONFIG_DEBUG) {
        spin_check_locked(l);
    }
}

// Take `l` only if that needs no waiting. Returns: whether it did. Any rank may be tried, since
// what does not wait cannot deadlock.
// Context: interrupts off until it is released.
NODISCARD static ALWAYS_INLINE bool spin_trylock_irqoff(struct spinlock *l)
    TRY_ACQUIRES(true, *l) NO_TSA
{
    struct spin_node *node = NULL;

    if (SPIN_OF(uses_node)) {
        node = spin_pool_get(&this_hart()->nodes);
    }
    if (!SPIN_OF(trylock)(&l->impl, node)) {
        if (SPIN_OF(uses_node)) {
            spin_pool_put(&this_hart()->nodes, node);
        }
        return false;
    }
    if (SPIN_OF(uses_node)) {
        l->node = node;
    }
    if (CONFIG_DEBUG) {
        spin_check_locked(l);
    }
    return true;
}

// Release `l`, publishing everything written while it was held.
// Context: interrupts off; on the hart that took it.
static ALWAYS_INLINE void spin_unlock_irqoff(struct spinlock *l) RELEASES(*l) NO_TSA
{
    struct spin_node *node = NULL;

    if (CONFIG_DEBUG) {
        spin_check_unlock(l);
    }
    if (SPIN_OF(uses_node)) {
        node = l->node;
    }
    SPIN_OF(unlock)(&l->impl, node);
    if (SPIN_OF(uses_node)) {
        spin_pool_put(&this_hart()->nodes, node);
    }
}

// Mask interrupts and take `l`. Returns: the interrupt state for spin_unlock_irqrestore().
// Context: any.
NODISCARD static ALWAYS_INLINE unsigned long spin_lock_irqsave(struct spinlock *l)
    ACQUIRES(*l) NO_TSA
{
    unsigned long saved = irq_save();

    spin_lock_irqoff(l);
    return saved;
}

// Release `l` and restore what spin_lock_irqsave() returned.
static ALWAYS_INLINE void spin_unlock_irqrestore(struct spinlock *l, unsigned long saved)
    RELEASES(*l) NO_TSA
{
    spin_unlock_irqoff(l);
    irq_restore(saved);
}

// Mask interrupts for as long as this hart holds any lock taken so, and take `l`.
// Context: any.
static ALWAYS_INLINE void spin_lock(struct spinlock *l) ACQUIRES(*l) NO_TSA
{
    irq_push();
    spin_lock_irqoff(l);
}

// Release `l`; the last of the nested locks, in whatever order, restores interrupts.
static ALWAYS_INLINE void spin_unlock(struct spinlock *l) RELEASES(*l) NO_TSA
{
    spin_unlock_irqoff(l);
    irq_pop();
}
