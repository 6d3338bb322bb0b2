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
#include "kernel/base/types.h"
#include "kernel/dispatch.h"
#include "kernel/processor.h"
#include "kernel/thread.h"
#include "kernel/waitq_type.h"

void waitq_init(struct waitq *wq, const char *name);

// The wait ended without a waker: leave the queue, if a late waker has not unlinked us already.
// For waitq_sleep_entered() only.
void waitq_leave(struct waitq *wq);

// waitq_sleep() in two steps, for what must be done after a waker can see the caller and before it
// sleeps. Between the two: interrupts stay off, the lock is released, and the caller does not wait.
static inline void waitq_enter(struct waitq *wq) REQUIRES(wq->lock)
{
    struct thread *t = current();

    spin_assert_held(&wq->lock);
    list_push_back(&wq->waiters, &t->wait_node);
    dispatch_prepare_wait(t);
}

NODISCARD static inline int waitq_sleep_entered(struct waitq *wq, enum wait_mode mode,
                                                uint64_t deadline_ticks) EXCLUDES(wq->lock)
{
    int result = dispatch_wait(mode, deadline_ticks);

    if (unlikely(result != 0)) {
        waitq_leave(wq);
    }
    return result;
}

// Sleep at the end of `wq` until woken or `deadline_ticks` has come. Gives up the lock.
// Returns: 0 if woken; -ETIMEDOUT; -EINTR if killed, at once if that was before.
// Context: thread; lock held and interrupts off, which they still are on return.
NODISCARD static inline int waitq_sleep(struct waitq *wq, enum wait_mode mode,
                                        uint64_t deadline_ticks) RELEASES(wq->lock)
{
    waitq_enter(wq);
    spin_unlock_irqoff(&wq->lock);
    return waitq_sleep_entered(wq, mode, deadline_ticks);
}

// Wake the first that still waits. Returns: it, NULL if none. It may be gone once the lock is
// released.
static inline struct thread *waitq_wake_one(struct waitq *wq) REQUIRES(wq->lock)
{
    struct list *node;

    spin_assert_held(&wq->lock);
    while ((node = list_pop_front(&wq->waiters)) != NULL) {
        struct thread *t = list_entry(node, struct thread, wait_node);

        if (likely(dispatch_wake(t, 0))) {
            return t;
        }
    }
    return NULL;
}

// Wake the first `n` that still wait. Returns: how many there were.
unsigned waitq_wake(struct waitq *wq, unsigned n) REQUIRES(wq->lock);
