// SPDX-License-Identifier: MIT
// sched/rr.c - round robin: first in, first out, and one quantum a turn.
//
// Invariant:  the list holds the waiting threads in the order in which they entered.
//             ran_ticks < event_ticks <= ran_ticks + quantum for every waiting thread.
// Cost:       every operation is O(1).
// Limits:     a thread that yields or sleeps keeps what is left of its slice for its next turn;
//             only a used-up slice is refilled.
#include "kernel/base/list.h"
#include "sched/policy.h"
#include "sched/slice.h"

struct rr_queue {
    struct list list; // of rr_entity.node
    uint64_t quantum_ticks;
};

struct rr_entity {
    struct list node;
};

_Static_assert(sizeof(struct rr_queue) <= SCHED_QUEUE_BYTES, "fits in a queue");
_Static_assert(sizeof(struct rr_entity) <= SCHED_ENTITY_BYTES, "fits in a thread");

static struct rr_queue *rr_queue(struct sched_queue *q)
{
    return (struct rr_queue *)(void *)q->area;
}

static struct rr_entity *rr_entity(struct sched_entity *e)
{
    return (struct rr_entity *)(void *)e->area;
}

static void rr_init(struct sched_queue *q, uint64_t quantum_ticks)
{
    list_init(&rr_queue(q)->list);
    rr_queue(q)->quantum_ticks = quantum_ticks;
}

static void rr_enqueue(struct sched_queue *q, struct sched_entity *e, enum sched_reason why)
{
    (void)why;
    slice_refill(e, rr_queue(q)->quantum_ticks);
    list_push_back(&rr_queue(q)->list, &rr_entity(e)->node);
}

static void rr_dequeue(struct sched_queue *q, struct sched_entity *e)
{
    (void)q;
    list_remove(&rr_entity(e)->node);
}

static struct sched_entity *rr_pick(struct sched_queue *q)
{
    return (struct sched_entity *)(void *)list_take_front(&rr_queue(q)->list);
}

static struct sched_entity *rr_next(struct sched_queue *q, struct sched_entity *e)
{
    struct list *list = &rr_queue(q)->list;

    return (struct sched_entity *)(void *)list_after(list, e == NULL ? list : &rr_entity(e)->node);
}

static struct sched_entity *rr_exchange(struct sched_queue *q, struct sched_entity *e,
                                        enum sched_reason why)
{
    rr_enqueue(q, e, why);
    return rr_pick(q);
}

static bool rr_should_preempt(struct sched_queue *q, struct sched_entity *running)
{
    (void)q;
    return slice_is_over(running);
}

static const struct sched_policy rr_policy = {
    .name = "rr",
    .init = rr_init,
    .enqueue = rr_enqueue,
    .dequeue = rr_dequeue,
    .pick = rr_pick,
    .next = rr_next,
    .exchange = rr_exchange,
    .should_preempt = rr_should_preempt,
};
SCHED_POLICY(rr_policy);
