// SPDX-License-Identifier: MIT
// sync/bench/exclusion.h - sees a second owner inside a critical section; knows nothing of the
// lock.
//
// Two independent witnesses. The owner word is marked on the way in and must be unmarked then, and
// ours on the way out. The two counters are incremented by load and store: two owners at once lose
// an increment, so at the end a counter differs from the sum of acquisitions.
// All accesses are relaxed atomics: a lock that works makes them ordered, and with one that does
// not the race is the finding, not undefined behaviour.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct exclusion {
    atomic_uint owner;    // 2 * who + 1 while `who` is inside, 2 * who after; 0 at first
    _Atomic uint64_t in;  // ways in
    _Atomic uint64_t out; // ways out
};

// One more, by load and store on purpose. Returns the new count.
static inline uint64_t exclusion_count(_Atomic uint64_t *counter)
{
    uint64_t n = atomic_load_explicit(counter, memory_order_relaxed) + 1;

    atomic_store_explicit(counter, n, memory_order_relaxed);
    return n;
}

// Inside now: `who` (from 1) got the lock. Returns the owner word it found, for the two questions
// below.
static inline unsigned exclusion_enter(struct exclusion *x, unsigned who)
{
    unsigned found = atomic_load_explicit(&x->owner, memory_order_relaxed);

    atomic_store_explicit(&x->owner, 2 * who + 1, memory_order_relaxed);
    return found;
}

// Was somebody inside already?
static inline bool exclusion_was_broken(unsigned found)
{
    return found & 1;
}

// Did the lock come from somebody else? The first owner has it from nobody.
static inline bool exclusion_was_handoff(unsigned found, unsigned who)
{
    return found != 0 && found >> 1 != who;
}

// About to release. Returns whether `who` was alone to the end.
static inline bool exclusion_leave(struct exclusion *x, unsigned who)
{
    bool alone = atomic_load_explicit(&x->owner, memory_order_relaxed) == 2 * who + 1;

    atomic_store_explicit(&x->owner, 2 * who, memory_order_relaxed);
    return alone;
}

// Were updates lost? `acquisitions` is the sum over all who took part; they have stopped.
static inline bool exclusion_lost_updates(const struct exclusion *x, uint64_t acquisitions)
{
    return atomic_load_explicit(&x->in, memory_order_relaxed) != acquisitions ||
           atomic_load_explicit(&x->out, memory_order_relaxed) != acquisitions;
}
