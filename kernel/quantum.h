// SPDX-License-Identifier: MIT
// kernel/quantum.h - the running thread's time, and the timer that ends its turn.
//
// All of it: this hart, its run queue's lock held.
#pragma once

#include "kernel/base/bits.h"
#include "kernel/kick.h"
#include "kernel/processor.h"
#include "kernel/runq.h"

// The running thread `t` has run up to `now`; the policy has not been told.
static ALWAYS_INLINE void quantum_account(struct thread *t, uint64_t now)
{
    t->sched.ran_ticks = now - t->sched.base_ticks;
}

// The same, and the policy, if it wants to know, has.
static ALWAYS_INLINE void quantum_charge(struct thread *t, uint64_t now)
{
    quantum_account(t, now);
    if (unlikely(runq_policy.charge != NULL)) {
        runq_charge(t);
    }
}

// When the policy wants to be asked about the running thread `t`.
static inline uint64_t quantum_end(const struct thread *t)
{
    return t->sched.base_ticks + t->sched.event_ticks;
}

// Make sure that the hart's timer comes by the end of the turn of `t`, which runs.
void quantum_arm(struct processor *p, const struct thread *t);

// The timer comes too late for the end of `t`'s turn: program it, or say that whoever makes `t`
// share the hart has to see to that.
void quantum_arm_late(struct processor *p, const struct thread *t);

// Make sure that the timer comes in time, or that it is said that it does not.
static inline void quantum_check(struct processor *p, const struct thread *t)
{
    if (quantum_end(t) < p->timer_set) {
        quantum_arm_late(p, t);
    }
}
