// SPDX-License-Identifier: MIT
// kernel/proc/signal_action.h - dispositions: what a process does about each signal.
#pragma once

#include <stdatomic.h>

#include "kernel/abi/signal.h"
#include "kernel/base/annot.h"
#include "kernel/base/bits.h"
#include "kernel/proc/process.h"
#include "kernel/riscv/fence.h"
#include "sync/spinlock.h"

// Shared by the threads of a process, and with CLONE_SIGHAND by processes.
// Lock order: process.lock, then this one.
struct signal_actions {
    atomic_uint refs;
    struct spinlock lock; // rank RANK_ACTIONS
    // guarded by: lock.
    uint64_t set;                   // which of the next there are; the others are the default
    struct ksigaction of[SIGRTMAX]; // by signo - 1
};

// Signals as a set: bit signo - 1.
static inline uint64_t signal_bit(int signo)
{
    return bit((unsigned)signo - 1);
}

#define SIGNALS_UNBLOCKABLE (UINT64_C(1) << (SIGKILL - 1) | UINT64_C(1) << (SIGSTOP - 1))

// What happens where a program has said nothing.
enum signal_default { DEFAULT_END, DEFAULT_IGNORE };
enum signal_default signal_default_of(int signo);

extern const struct ksigaction signal_action_default;

// Returns: what is done about `signo`, as long as the lock is held.
static inline const struct ksigaction *signal_action_of(const struct signal_actions *actions,
                                                        int signo) REQUIRES(actions->lock)
{
    spin_assert_held(&actions->lock);
    return (actions->set & signal_bit(signo)) != 0 ? &actions->of[signo - 1]
                                                   : &signal_action_default;
}

void signal_action_set(struct signal_actions *actions, int signo, const struct ksigaction *action)
    REQUIRES(actions->lock);

// Has the calling thread, of `p`, the actions for itself? Then they change by its own hand only,
// and it may look at them without the lock.
static ALWAYS_INLINE bool signal_actions_are_own(const struct process *p)
{
    // racy: only this thread can make more of either; relaxed: see the fence.
    if (unlikely(p->nr_threads != 1) ||
        unlikely(atomic_load_explicit(&p->actions->refs, memory_order_relaxed) != 1)) {
        return false;
    }
    fence_full(); // after it comes what those did who have left
    return true;
}

// Is nothing done about it at all?
static inline bool signal_handler_ignores(uint64_t handler, int signo)
{
    return handler == SIG_IGN || (handler == SIG_DFL && signal_default_of(signo) == DEFAULT_IGNORE);
}
