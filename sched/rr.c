// SPDX-License-Identifier: MIT
// sched/rr.c - round robin: first in, first out, and one quantum a turn.
//
// Invariant:  the list holds the waiting threads in the order in which they entered.
//             0 < slice_left_ns <= quantum for every waiting thread.
// Cost:       every operation is O(1).
// Limits:     a thread that yields or sleeps keeps what is left of its slice for its next turn;
//             only a used-up slice is refilled.
#include "kernel/base/list.h"
#include "sched/policy.h"

struct rr_queue {
    struct list list; // of rr_entity.node
    uint64_t quantum_ns;
};

struct rr_entity {
    struct list node;
    uint64_t slice_left_ns; // 0: used up, or never had one
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

static void rr_init(struct sched_queue *q, uint64_t quantum_ns)
{
    list_init(&rr_queue(q)->list);
    rr_queue(q)->quantum_ns = quantum_ns;
}

static void rr_enqueue(struct sched_queue *q, struct sched_entity *e, enum sched_reason why)
{
    struct rr_entity *entity = rr_entity(e);

    (void)why;
    if (entity->slice_left_ns == 0) {
        entity->slice_left_ns = rr_queue(q)->quantum_ns;
    }
    list_push_back(&rr_queue(q)->list, &entity->node);
}

static void rr_dequeue(struct sched_queue *q, struct sched_entity *e)
{
    (void)q;
    list_remove(&rr_entity(e)->node);
}

static struct sched_entity *rr_pick(struct sched_queue *q)
{
    struct list *node = list_pop_front(&rr_queue(q)->list);

    return node == NULL ? NULL : (struct sched_entity *)(void *)node;
}

static void rr_charge(struct sched_queue *q, struct sched_entity *e, uint64_t ran_ns)
{
    uint64_t left = rr_entity(e)->slice_left_ns;

    (void)q;
    rr_entity(e)->slice_left_ns = ran_ns < left ? left - ran_ns : 0;
}

static bool rr_should_preempt(struct sched_queue *q, struct sched_entity *running)
{
    (void)q;
    return rr_entity(running)->slice_left_ns == 0;
}

static uint64_t rr_next_event(struct sched_queue *q, struct sched_entity *running)
{
    (void)q;
    return rr_entity(running)->slice_left_ns;
}

static const struct sched_policy rr_policy = {
    .name = "rr",
    .init = rr_init,
    .enqueue = rr_enqueue,
    .dequeue = rr_dequeue,
    .pick = rr_pick,
    .charge = rr_charge,
    .should_preempt = rr_should_preempt,
    .next_event = rr_next_event,
};
SCHED_POLICY(rr_policy);
