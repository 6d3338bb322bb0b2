// SPDX-License-Identifier: MIT
// kernel/waitq.h - wait queues: threads that sleep until something happens, in order of arrival.
//
// A wait queue's lock guards whatever its owner waits for, so looking and going to sleep are one
// step. Exactly one of waker, timeout and kill ends a wait; a waker that comes second is told so
// and may wake another instead. Both sides:
//
//   sleeper                                    waker
//   lock(wq); look; wait_result = PENDING      lock(wq); change what is waited for
//   link into wq; unlock(wq)                   unlink t
//   lock(rq): still PENDING? status_after_     lock(rq): PENDING? result = 0; Sleeping? enqueue t
//     stop = Sleeping, switch; whoever runs    unlock(rq)
//     next publishes and does unlock(rq)       unlock(wq)
//
// A sleeper that was not woken by a waker takes lock(wq) again before it returns, so a waker that
// has unlinked it is done with it by then.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/list.h"
#include "kernel/base/types.h"
#include "sync/spinlock.h"

struct waitq {
    struct spinlock lock; // rank RANK_WAITQ
    struct list waiters;  // guarded by: lock; of thread.wait_node, first to arrive first
};

// How a wait may end other than by a waker.
enum wait_mode {
    WAIT_UNINTERRUPTIBLE,
    WAIT_INTERRUPTIBLE, // also by a kill
};

#define WAITQ_INIT(name, lock_name)                                                                \
    {                                                                                              \
        .lock = SPINLOCK_INIT(lock_name, RANK_WAITQ), .waiters = LIST_INIT((name).waiters)         \
    }

void waitq_init(struct waitq *wq, const char *name);

// Sleep at the end of `wq` until woken or `deadline_ticks` has come. Gives up the lock.
// Returns: 0 if woken; -ETIMEDOUT; -EINTR if killed, at once if that was before.
// Context: thread; lock held and interrupts off, which they still are on return.
NODISCARD int waitq_sleep(struct waitq *wq, enum wait_mode mode, uint64_t deadline_ticks)
    RELEASES(wq->lock);

// waitq_sleep() in two steps, for what must be done after a waker can see the caller and before it
// sleeps. Between the two: interrupts stay off, the lock is released, and the caller does not wait.
void waitq_enter(struct waitq *wq) REQUIRES(wq->lock);
NODISCARD int waitq_sleep_entered(struct waitq *wq, enum wait_mode mode, uint64_t deadline_ticks)
    EXCLUDES(wq->lock);

// Wake the first, or the first `n`, that still wait. Returns: the thread, NULL if none; how many.
// The thread may be gone once the lock is released.
struct thread;
struct thread *waitq_wake_one(struct waitq *wq) REQUIRES(wq->lock);
unsigned waitq_wake(struct waitq *wq, unsigned n) REQUIRES(wq->lock);
