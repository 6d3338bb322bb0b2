// SPDX-License-Identifier: MIT
// kernel/proc/signal_mask.h - which signals a thread blocks.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/compiler.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal_action.h"

// What waits for `user`, which may be blocked, too.
static inline uint64_t signal_waiting(const struct user_thread *user) REQUIRES(user->process->lock)
{
    return user->signals.pending | user->process->signals.pending;
}

// The mask is set, `newly` being blocked now, and signals wait: for signal_mask_set_locked() only.
void signal_mask_changed(struct user_thread *user, uint64_t newly) REQUIRES(user->process->lock);

// The calling thread, `user`, blocks `mask` from now on, but for what cannot be blocked.
static inline void signal_mask_set_locked(struct user_thread *user, uint64_t mask)
    REQUIRES(user->process->lock)
{
    spin_assert_held(&user->process->lock);
    mask &= ~SIGNALS_UNBLOCKABLE;
    uint64_t newly = mask & ~user->blocked;
    user->blocked = mask;
    if (unlikely(signal_waiting(user) != 0)) {
        signal_mask_changed(user, newly);
    }
}
void signal_mask_set(uint64_t mask);

// For the time of one call the calling thread blocks `mask`. signal_mask_call_over() puts back what
// it blocked before, at once or, if a signal has interrupted the call, after that was delivered.
void signal_mask_for_call(uint64_t mask);
void signal_mask_call_over(bool interrupted);

// The signals of the set `which` wait for `p`, and nobody has looked who can: tell other threads
// than `except`.
void signal_retarget(struct process *p, uint64_t which, const struct user_thread *except)
    REQUIRES(p->lock);
