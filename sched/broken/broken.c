// SPDX-License-Identifier: MIT
// sched/broken/broken.c - policies that are wrong on purpose: controls, to see the checks convict.
//
// Each is first in, first out, with one fault. Only test and debug builds have them, SCHED= does
// not know them, and no list of policies names them; the boot word `sched=` does.
#include "kernel/base/list.h"
#include "sched/policy.h"

enum { PERIOD = 64 }; // every so many times, it goes wrong

struct broken_queue {
    struct list list; // of broken_entity.node
    unsigned times;   // what goes wrong now and then has been done
};

struct broken_entity {
    struct list node;
};

_Static_assert(sizeof(struct broken_queue) <= SCHED_QUEUE_BYTES, "fits in a queue");
_Static_assert(sizeof(struct broken_entity) <= SCHED_ENTITY_BYTES, "fits in a thread");

static struct broken_queue *broken_queue(struct sched_queue *q)
{
    return (struct broken_queue *)(void *)q->area;
}

static struct broken_entity *broken_entity(struct sched_entity *e)
{
    return (struct broken_entity *)(void *)e->area;
}

static bool goes_wrong(struct sched_queue *q)
{
    return ++broken_queue(q)->times % PERIOD == 0;
}

// ---- What is right ------------------------------------------------------------------------------

static void broken_init(struct sched_queue *q, uint64_t quantum_ticks)
{
    (void)quantum_ticks;
    list_init(&broken_queue(q)->list);
}

static void broken_enqueue(struct sched_queue *q, struct sched_entity *e, enum sched_reason why)
{
    (void)why;
    e->event_ticks = SCHED_NO_EVENT;
    list_push_back(&broken_queue(q)->list, &broken_entity(e)->node);
}

static void broken_dequeue(struct sched_queue *q, struct sched_entity *e)
{
    (void)q;
    list_remove(&broken_entity(e)->node);
}

static struct sched_entity *broken_pick(struct sched_queue *q)
{
    return (struct sched_entity *)(void *)list_pop_front(&broken_queue(q)->list);
}

static struct sched_entity *broken_next(struct sched_queue *q, struct sched_entity *e)
{
    struct list *list = &broken_queue(q)->list;

    return (struct sched_entity *)(void *)list_after(list,
                                                     e == NULL ? list : &broken_entity(e)->node);
}

// ---- What is wrong ------------------------------------------------------------------------------

static void lose_enqueue(struct sched_queue *q, struct sched_entity *e, enum sched_reason why)
{
    if (goes_wrong(q)) {
        e->event_ticks = SCHED_NO_EVENT;
    } else {
        broken_enqueue(q, e, why);
    }
}

static struct sched_entity *twice_pick(struct sched_queue *q)
{
    return goes_wrong(q) ? broken_next(q, NULL) : broken_pick(q);
}

static void forget_dequeue(struct sched_queue *q, struct sched_entity *e)
{
    (void)q;
    (void)e;
}

// A thread that is to wait is gone.
static const struct sched_policy lose_policy = {
    .name = "lose",
    .init = broken_init,
    .enqueue = lose_enqueue,
    .dequeue = broken_dequeue,
    .pick = broken_pick,
    .next = broken_next,
};
SCHED_CONTROL(lose_policy);

// A thread that is to run waits still, and another hart gets it too.
static const struct sched_policy twice_policy = {
    .name = "twice",
    .init = broken_init,
    .enqueue = broken_enqueue,
    .dequeue = broken_dequeue,
    .pick = twice_pick,
    .next = broken_next,
};
SCHED_CONTROL(twice_policy);

// A thread that leaves a queue for another waits in both.
static const struct sched_policy forget_policy = {
    .name = "forget",
    .init = broken_init,
    .enqueue = broken_enqueue,
    .dequeue = forget_dequeue,
    .pick = broken_pick,
    .next = broken_next,
};
SCHED_CONTROL(forget_policy);
