// SPDX-License-Identifier: MIT
// sched/stride.c - stride scheduling: time in proportion to priority.
//
// Priorities from 2, 16 by default. Each thread has a pass, which its time on a hart advances, the
// slower the higher its priority; the one with the least pass runs. Who is new, comes from another
// queue or was asleep joins at the queue's pass, that of the last one picked: so there is nothing
// to be made up for time in which it did not wait. Who yields is charged for the rest of its slice,
// and so gives way however short its turn was.
//
// Invariant:  a waiting thread's pass is its key in the heap; nobody is picked while another's is
//             less. The queue's pass never falls.
// Cost:       enqueue, dequeue and pick O(log n), the rest O(1).
// Limits:     a thread is charged when it stops, or a quantum is over; what it ran alone in
//             between counts for no more than two quanta, since nobody waited. Those who join
//             together run in that order; passes that are equal by chance, in an arbitrary but
//             repeatable one. A new priority applies to what is charged from then on. Passes last
//             for ten months of threads of priority 2 on 64 harts with a clock of 10 MHz.
// Reference:  Waldspurger & Weihl, "Stride Scheduling: Deterministic Proportional-Share Resource
//             Management", MIT/LCS/TM-528, 1995.
#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/compiler.h"
#include "kernel/base/heap.h"
#include "sched/policy.h"
#include "sched/slice.h"

enum {
    STRIDE_PRIORITY_MIN = 2,
    STRIDE_SHIFT = 16, // a tick at priority 1 is 1 << this of pass
    DEBT_QUANTA = 2,
};

struct stride_queue {
    struct heap heap; // of stride_entity.node
    uint64_t pass;
    uint64_t quantum_ticks;
};

struct stride_entity {
    struct heap_node node; // its key is the pass
    uint64_t pass;
};

_Static_assert(sizeof(struct stride_queue) <= SCHED_QUEUE_BYTES, "fits in a queue");
_Static_assert(sizeof(struct stride_entity) <= SCHED_ENTITY_BYTES, "fits in a thread");

static struct stride_queue *stride_queue(struct sched_queue *q)
{
    return (struct stride_queue *)(void *)q->area;
}

static struct stride_entity *stride_entity(struct sched_entity *e)
{
    return (struct stride_entity *)(void *)e->area;
}

static void stride_init(struct sched_queue *q, uint64_t quantum_ticks)
{
    *stride_queue(q) = (struct stride_queue){.quantum_ticks = quantum_ticks};
}

// By how much `ticks` on a hart advance the pass of `e`: rounded up, so that they do.
static uint64_t pass_of(const struct sched_entity *e, uint64_t ticks)
{
    uint64_t priority = (uint64_t)e->params.priority;

    return ((ticks << STRIDE_SHIFT) + priority - 1) / priority;
}

// Advance the pass of `e` by `ticks`, but not beyond what it may owe.
static void advance(struct stride_queue *sq, struct sched_entity *e, uint64_t ticks)
{
    struct stride_entity *se = stride_entity(e);
    uint64_t most = sq->pass + pass_of(e, DEBT_QUANTA * sq->quantum_ticks);

    se->pass = min_u64(se->pass + pass_of(e, ticks), max_u64(se->pass, most));
}

static void give_up_slice(struct stride_queue *sq, struct sched_entity *e)
{
    if (!slice_is_over(e)) {
        advance(sq, e, e->event_ticks - e->ran_ticks);
        e->event_ticks = e->ran_ticks;
    }
}

// A step of the queue's pass for each that joins keeps them in order. Returns: the pass of one that
// does, and whose own was `own`.
static uint64_t join(struct stride_queue *sq, uint64_t own, enum sched_reason why)
{
    sq->pass++;
    return why == SCHED_MIGRATED ? sq->pass : max_u64(own, sq->pass);
}

static void stride_enqueue(struct sched_queue *q, struct sched_entity *e, enum sched_reason why)
{
    struct stride_queue *sq = stride_queue(q);
    struct stride_entity *se = stride_entity(e);

    if (why == SCHED_YIELDED) {
        give_up_slice(sq, e);
    } else if (why != SCHED_PREEMPTED) {
        se->pass = join(sq, se->pass, why);
    }
    slice_refill(e, sq->quantum_ticks);
    se->node.key = se->pass;
    heap_insert(&sq->heap, &se->node);
}

static void stride_dequeue(struct sched_queue *q, struct sched_entity *e)
{
    heap_remove(&stride_queue(q)->heap, &stride_entity(e)->node);
}

static struct sched_entity *stride_pick(struct sched_queue *q)
{
    struct stride_queue *sq = stride_queue(q);
    struct heap_node *node = heap_min(&sq->heap);

    sq->pass = max_u64(sq->pass, node->key);
    heap_remove(&sq->heap, node);
    return (struct sched_entity *)(void *)node;
}

static struct sched_entity *stride_next(struct sched_queue *q, struct sched_entity *e)
{
    struct heap *heap = &stride_queue(q)->heap;

    return (struct sched_entity *)(void *)heap_next(heap,
                                                    e == NULL ? NULL : &stride_entity(e)->node);
}

static void stride_charge(struct sched_queue *q, struct sched_entity *e, uint64_t ticks)
{
    advance(stride_queue(q), e, ticks);
}

static bool stride_should_preempt(struct sched_queue *q, struct sched_entity *running)
{
    (void)q;
    return slice_is_over(running);
}

static int stride_set_params(struct sched_queue *q, struct sched_entity *e,
                             struct sched_params params, bool waits)
{
    (void)q;
    (void)waits; // its pass stays
    if (params.priority < STRIDE_PRIORITY_MIN) {
        return -EINVAL;
    }
    e->params = params;
    return 0;
}

static const struct sched_policy stride_policy = {
    .name = "stride",
    .init = stride_init,
    .enqueue = stride_enqueue,
    .dequeue = stride_dequeue,
    .pick = stride_pick,
    .next = stride_next,
    .charge = stride_charge,
    .should_preempt = stride_should_preempt,
    .set_params = stride_set_params,
};
SCHED_POLICY(stride_policy);
