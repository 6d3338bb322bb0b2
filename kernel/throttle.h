// SPDX-License-Identifier: MIT
// kernel/throttle.h - how much of a hart real-time threads may have while others wait for it.
//
// Of each period, a second, they have no more than the runtime, 950 ms: what is left is for threads
// that the policy orders, if any wait. A period begins when somebody asks and the last is over.
// What they were late to give up is taken off the next, if that follows at once.
// Limits:  what real-time threads had while nobody else waited counts too, in the next period up to
//          what others have of one, or all that it has for them.
#pragma once

#include <stdatomic.h>

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

#define THROTTLE_UNLIMITED INT64_C(-1) // as a runtime

// As /proc/sys/kernel/sched_rt_period_us and sched_rt_runtime_us have them.
struct throttle_settings {
    int64_t period_us;  // > 0
    int64_t runtime_us; // 0..period_us; THROTTLE_UNLIMITED
};

// Begin with Linux's settings. Context: boot; the timebase is known.
void throttle_init(void);

// Context: thread, no locks.
struct throttle_settings throttle_settings(void);

// Returns: 0; -EINVAL if out of range. It counts from the next time that a hart asks. Context: the
// same.
NODISCARD int throttle_set(struct throttle_settings settings);

// Real-time threads have run here for another `ticks`. Context: this hart, interrupts off.
void throttle_charge(uint64_t ticks);

// Have real-time threads had all of this hart that they may? Has its timer come when that changes.
// Context: this hart, interrupts off.
bool throttle_is_spent(void);

// The harts where the last answer was yes, as bits by cpu. relaxed: each hart writes its own; for
// others a hint.
extern _Atomic uint64_t throttled_harts;

static inline uint64_t throttle_harts(void)
{
    return atomic_load_explicit(&throttled_harts, memory_order_relaxed);
}
