// SPDX-License-Identifier: MIT
// kernel/waitq.c - wait queues.
#include "kernel/waitq.h"

#include "kernel/abi/errno.h"
#include "kernel/dispatch.h"
#include "kernel/processor.h"
#include "kernel/thread.h"

void waitq_init(struct waitq *wq, const char *name)
{
    spin_init(&wq->lock, name, RANK_WAITQ);
    list_init(&wq->waiters);
}

// The wait ended without a waker: leave the queue, if a late waker has not unlinked us already.
static void leave(struct waitq *wq, struct thread *t)
{
    spin_lock_irqoff(&wq->lock);
    if (list_is_linked(&t->wait_node)) {
        list_remove(&t->wait_node);
    }
    spin_unlock_irqoff(&wq->lock);
}

int waitq_sleep(struct waitq *wq, enum wait_mode mode, uint64_t deadline_ticks)
{
    struct thread *t = current();

    spin_assert_held(&wq->lock);
    list_push_back(&wq->waiters, &t->wait_node);
    dispatch_prepare_wait(t);
    spin_unlock_irqoff(&wq->lock);

    int result = dispatch_wait(t, mode, deadline_ticks);
    if (result != 0) {
        leave(wq, t);
    }
    return result;
}

struct thread *waitq_wake_one(struct waitq *wq)
{
    struct list *node;

    spin_assert_held(&wq->lock);
    while ((node = list_pop_front(&wq->waiters)) != NULL) {
        struct thread *t = list_entry(node, struct thread, wait_node);

        if (thread_wake(t, 0)) {
            return t;
        }
    }
    return NULL;
}

unsigned waitq_wake(struct waitq *wq, unsigned n)
{
    unsigned woken = 0;

    while (woken < n && waitq_wake_one(wq) != NULL) {
        woken++;
    }
    return woken;
}
