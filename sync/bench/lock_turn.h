// SPDX-License-Identifier: MIT
// sync/bench/lock_turn.h - what is the same in every turn of `bench locks`, whatever the lock.
#pragma once

#include "kernel/riscv/delay.h"
#include "sync/bench/lock_loops.h"

// What one turn found out while it held the lock.
struct turn {
    unsigned found; // the owner word on the way in
    uint64_t total; // acquisitions so far, this one included
    bool alone;
};

// The work, and as little bookkeeping as will judge the lock.
static inline struct turn critical_section(struct lock_sample *s, unsigned who)
{
    struct turn t = {.found = exclusion_enter(&s->guarded, who)};

    t.total = exclusion_count(&s->guarded.in);
    spin_iterations(s->cs);
    exclusion_count(&s->guarded.out);
    t.alone = exclusion_leave(&s->guarded, who);
    return t;
}

// The rest of it, with the lock released. However many increments are lost, somebody counts to
// `target` before anybody counts past it.
static inline void account(struct lock_sample *s, struct lock_hart *me, struct turn t)
{
    if (unlikely(exclusion_was_broken(t.found) || !t.alone)) {
        me->overlaps++;
    }
    if (unlikely(t.total > s->target)) {
        me->late++;
        return;
    }
    me->acquired++;
    me->handoffs += exclusion_was_handoff(t.found, me->who);
    if (unlikely(t.total == s->target)) {
        lock_sample_stop(s);
    }
}
