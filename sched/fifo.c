// SPDX-License-Identifier: MIT
// sched/fifo.c - first in, first out: a thread runs until it blocks, yields or exits.
//
// Invariant:  the list holds the waiting threads in the order in which they entered.
// Cost:       every operation is O(1); no timer is ever needed.
// Limits:     a thread that never gives way starves those behind it.
#include "kernel/base/list.h"
#include "sched/policy.h"

struct fifo_queue {
    struct list list; // of fifo_entity.node
};

struct fifo_entity {
    struct list node;
};

_Static_assert(sizeof(struct fifo_queue) <= SCHED_QUEUE_BYTES, "fits in a queue");
_Static_assert(sizeof(struct fifo_entity) <= SCHED_ENTITY_BYTES, "fits in a thread");

static struct fifo_queue *fifo_queue(struct sched_queue *q)
{
    return (struct fifo_queue *)(void *)q->area;
}

static struct fifo_entity *fifo_entity(struct sched_entity *e)
{
    return (struct fifo_entity *)(void *)e->area;
}

static void fifo_init(struct sched_queue *q, uint64_t quantum_ticks)
{
    (void)quantum_ticks;
    list_init(&fifo_queue(q)->list);
}

static void fifo_enqueue(struct sched_queue *q, struct sched_entity *e, enum sched_reason why)
{
    (void)why;
    e->event_ticks = SCHED_NO_EVENT;
    list_push_back(&fifo_queue(q)->list, &fifo_entity(e)->node);
}

static void fifo_dequeue(struct sched_queue *q, struct sched_entity *e)
{
    (void)q;
    list_remove(&fifo_entity(e)->node);
}

static struct sched_entity *fifo_pick(struct sched_queue *q)
{
    return (struct sched_entity *)(void *)list_take_front(&fifo_queue(q)->list);
}

static struct sched_entity *fifo_next(struct sched_queue *q, struct sched_entity *e)
{
    struct list *list = &fifo_queue(q)->list;

    return (struct sched_entity *)(void *)list_after(list,
                                                     e == NULL ? list : &fifo_entity(e)->node);
}

static struct sched_entity *fifo_exchange(struct sched_queue *q, struct sched_entity *e,
                                          enum sched_reason why)
{
    fifo_enqueue(q, e, why);
    return fifo_pick(q);
}

static const struct sched_policy fifo_policy = {
    .name = "fifo",
    .init = fifo_init,
    .enqueue = fifo_enqueue,
    .dequeue = fifo_dequeue,
    .pick = fifo_pick,
    .next = fifo_next,
    .exchange = fifo_exchange,
};
SCHED_POLICY(fifo_policy);
