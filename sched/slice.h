// SPDX-License-Identifier: MIT
// sched/slice.h - how long a turn may be: event_ticks as the end of a slice.
//
// Invariant:  ran_ticks < event_ticks for every thread that begins a turn: what is between the two
//             is left of its slice. A thread that gives way early keeps the rest for its next turn.
#pragma once

#include "sched/policy.h"

// Has `e` used up its slice? Also true of a thread that never had one.
static inline bool slice_is_over(const struct sched_entity *e)
{
    return e->ran_ticks >= e->event_ticks;
}

// Give `e` a slice of `ticks` > 0 if it has nothing left of its last.
static inline void slice_refill(struct sched_entity *e, uint64_t ticks)
{
    if (slice_is_over(e)) {
        e->event_ticks = e->ran_ticks + ticks;
    }
}
