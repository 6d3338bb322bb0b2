// SPDX-License-Identifier: MIT
// sync/spinlock_debug.c - who holds which spinlock, and the three mistakes that panic.
//
// Compiled in every build, called in debug builds only. `holder` and the held lists are written by
// the holding hart alone, with interrupts off; another hart may read `holder`, but can only ever
// find its own number there if it wrote it itself, so relaxed order is enough.
#include "sync/spinlock.h"

static atomic_bool checks_off; // set by panic; relaxed: a late reader checks once too often

// Where each hart took the locks of its held list, by cpu. Not in the list: a Processor has what
// the hot paths reach with short offsets.
static struct spin_place places[MAX_HARTS][SPIN_DEPTH];

struct spin_place spin_taken(unsigned cpu, unsigned i)
{
    return places[cpu][i];
}

static bool checking(void)
{
    return !atomic_load_explicit(&checks_off, memory_order_relaxed);
}

void spin_checks_off(void)
{
    atomic_store_explicit(&checks_off, true, memory_order_relaxed);
}

static bool held_by_this_hart(const struct spinlock *l)
{
    // relaxed: see the top of the file.
    return atomic_load_explicit(&l->holder, memory_order_relaxed) == this_hart()->cpu + 1;
}

bool spin_is_held(const struct spinlock *l)
{
    return !CONFIG_DEBUG || !checking() || held_by_this_hart(l);
}

static void check_rank(const struct spinlock *l, const struct held_locks *held)
{
    for (unsigned i = 0; i < held->count; i++) {
        if (held->lock[i]->rank >= l->rank) {
            panic("rank inversion: cpu %u takes lock '%s' (rank %u) while it holds '%s' (rank %u)",
                  this_hart()->cpu, l->name, (unsigned)l->rank, held->lock[i]->name,
                  (unsigned)held->lock[i]->rank);
        }
    }
}

void spin_check_lock(const struct spinlock *l)
{
    if (!checking()) {
        return;
    }
    assert(!irq_enabled());
    if (held_by_this_hart(l)) {
        panic("self-deadlock: cpu %u already holds lock '%s'", this_hart()->cpu, l->name);
    }
    check_rank(l, &this_hart()->held);
}

// frame_address(1) is the caller's frame, which is there: a caller that locks is no leaf.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wframe-address"
void spin_check_locked(struct spinlock *l)
{
    struct spin_place taken = {(uint64_t)__builtin_return_address(0),
                               (uint64_t)__builtin_frame_address(1)};
    struct held_locks *held = &this_hart()->held;

    if (!checking()) {
        return;
    }
    assert(!irq_enabled());
    assert(held->count < SPIN_DEPTH);
    places[this_hart()->cpu][held->count] = taken;
    held->lock[held->count++] = l;
    // relaxed: see the top of the file.
    atomic_store_explicit(&l->holder, this_hart()->cpu + 1, memory_order_relaxed);
}
#pragma clang diagnostic pop

// Take `l` off the list; the order of the rest stays. Its holder is this hart, so it is there.
static void forget(struct held_locks *held, const struct spinlock *l)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < held->count; i++) {
        if (held->lock[i] != l) {
            places[this_hart()->cpu][kept] = places[this_hart()->cpu][i];
            held->lock[kept++] = held->lock[i];
        }
    }
    assert(kept + 1 == held->count);
    held->count = kept;
}

void spin_check_held(const struct spinlock *l)
{
    if (!spin_is_held(l)) {
        panic("cpu %u does not hold lock '%s', which it must here", this_hart()->cpu, l->name);
    }
}

void spin_check_unlock(struct spinlock *l)
{
    if (!checking()) {
        return;
    }
    assert(!irq_enabled());
    if (!held_by_this_hart(l)) {
        panic("wrong release: cpu %u releases lock '%s', which it does not hold (holder %d)",
              this_hart()->cpu, l->name, spin_holder(l));
    }
    forget(&this_hart()->held, l);
    // relaxed: see the top of the file.
    atomic_store_explicit(&l->holder, 0, memory_order_relaxed);
}
