// SPDX-License-Identifier: MIT
// kernel/realtime.c - real-time threads, above every policy.
#include "kernel/realtime.h"

#include "kernel/base/bits.h"
#include "kernel/base/heap.h"
#include "kernel/base/string.h"
#include "kernel/kick.h"
#include "kernel/processor.h"
#include "kernel/riscv/irq.h"
#include "kernel/runq.h"
#include "kernel/throttle.h"
#include "kernel/timer.h"
#include "sched/slice.h"

// The real-time threads of one queue. guarded by: the queue's lock.
struct realtime_queue {
    struct heap heap; // by key_of()
    uint64_t last;    // how many came in at the end, and at the front
    uint64_t front;
};

// In the area of a thread in the class.
struct realtime_entity {
    struct heap_node node;
    struct realtime_room *room;
};
_Static_assert(sizeof(struct realtime_entity) <= SCHED_ENTITY_BYTES, "fits in a thread");

enum { PRIORITY_SHIFT = 56 };
#define MIDDLE (UINT64_C(1) << (PRIORITY_SHIFT - 1)) // those in front are below, others above

static struct realtime_queue shared_queue;
static struct realtime_queue own_queues[MAX_HARTS];

static struct sched_policy plain; // the policy's own; constant once the class has started
static uint64_t slice_ticks;      // the same

static struct spinlock start_lock = SPINLOCK_INIT("real-time start", RANK_WAITQ);
static bool started GUARDED_BY(start_lock);

static struct realtime_queue *queue_of(const struct sched_queue *q)
{
    if (q == &runq_shared.queue) {
        return &shared_queue;
    }
    return &own_queues[container_of(q, const struct processor, own.queue)->hart.cpu];
}

static struct thread *thread_of(const struct sched_entity *e)
{
    return container_of((struct sched_entity *)e, struct thread, sched);
}

static unsigned priority_of(const struct sched_entity *e)
{
    return thread_of(e)->rt_priority;
}

static struct realtime_entity *entity_of(struct sched_entity *e)
{
    return (struct realtime_entity *)(void *)e->area;
}

static struct sched_entity *entity_at(const struct heap_node *node)
{
    return node != NULL ? (struct sched_entity *)(void *)(uintptr_t)node : NULL;
}
_Static_assert(offsetof(struct realtime_entity, node) == 0 &&
                   offsetof(struct sched_entity, area) == 0,
               "a node is the address of its entity");

// ---- When they had their share ------------------------------------------------------------------

// Does anything wait in `q` that the policy orders?
static bool ordinary_waits(struct sched_queue *q)
{
    return plain.next(q, NULL) != NULL;
}

// Do ordinary threads come first on this hart, as far as it knew when it last asked?
static bool is_throttled_here(void)
{
    return (throttle_harts() & bit(this_hart()->cpu)) != 0;
}

// The ordinary thread `e` has come into `q`: have a hart look that would run a real-time thread
// rather than this one, and has no right to.
static void interrupt_throttled(const struct sched_queue *q, const struct sched_entity *e)
{
    const struct thread *t = thread_of(e);
    uint64_t serving = q == &runq_shared.queue ? harts_present_mask : bit(t->state.cpu);

    for (uint64_t harts = throttle_harts() & serving & t->affinity; harts != 0;
         harts &= harts - 1) {
        unsigned cpu = bit_lowest(harts);

        if (processor_of(cpu)->current->rt_priority != 0) {
            ipi_send(cpu, IPI_RESCHEDULE);
            return;
        }
    }
}

// ---- The operations -----------------------------------------------------------------------------

// Have `e` begin to wait: before its equals if it was made to give way, else behind them.
static void insert(struct sched_queue *q, struct sched_entity *e, enum sched_reason why)
{
    struct realtime_queue *queue = queue_of(q);
    bool round_robin = thread_of(e)->rt_round_robin;
    bool front = why == SCHED_PREEMPTED && !(round_robin && slice_is_over(e));
    uint64_t place = front ? MIDDLE - ++queue->front : MIDDLE + ++queue->last;
    struct heap_node *node = &entity_of(e)->node;

    slice_refill(e, slice_ticks);
    node->key = (uint64_t)(REALTIME_PRIORITY_MAX - priority_of(e)) << PRIORITY_SHIFT | place;
    heap_insert(&queue->heap, node);
}

static void enqueue(struct sched_queue *q, struct sched_entity *e, enum sched_reason why)
{
    bool comes = why != SCHED_PREEMPTED && why != SCHED_YIELDED;

    if (priority_of(e) != 0) {
        insert(q, e, why);
        if (comes) {
            kick_outranked(thread_of(e));
        }
        return;
    }
    plain.enqueue(q, e, why);
    if (comes && unlikely(throttle_harts() != 0)) {
        interrupt_throttled(q, e);
    }
}

static void dequeue(struct sched_queue *q, struct sched_entity *e)
{
    if (priority_of(e) == 0) {
        plain.dequeue(q, e);
    } else {
        heap_remove(&queue_of(q)->heap, &entity_of(e)->node);
    }
}

static struct sched_entity *pick(struct sched_queue *q)
{
    struct heap *heap = &queue_of(q)->heap;
    struct heap_node *first = heap_min(heap);

    if (first == NULL || (throttle_is_spent() && ordinary_waits(q))) {
        return plain.pick(q);
    }
    heap_remove(heap, first);
    return entity_at(first);
}

static struct sched_entity *next_realtime(struct sched_queue *q, struct sched_entity *e)
{
    return entity_at(heap_next(&queue_of(q)->heap, e != NULL ? &entity_of(e)->node : NULL));
}

static struct sched_entity *next(struct sched_queue *q, struct sched_entity *e)
{
    bool ordinary_first = is_throttled_here();
    bool ordinary = e != NULL ? priority_of(e) == 0 : ordinary_first;
    struct sched_entity *after = ordinary ? plain.next(q, e) : next_realtime(q, e);

    if (after != NULL || ordinary != ordinary_first) {
        return after;
    }
    return ordinary ? next_realtime(q, NULL) : plain.next(q, NULL);
}

static void charge(struct sched_queue *q, struct sched_entity *e, uint64_t ticks)
{
    if (priority_of(e) != 0) {
        throttle_charge(ticks);
        (void)throttle_is_spent(); // so that next() and preempts() know
    } else if (plain.charge != NULL) {
        plain.charge(q, e, ticks);
    }
}

static struct sched_entity *exchange(struct sched_queue *q, struct sched_entity *e,
                                     enum sched_reason why)
{
    if (priority_of(e) == 0 && heap_min(&queue_of(q)->heap) == NULL) {
        return plain.exchange(q, e, why);
    }
    runq_charge(thread_of(e));
    enqueue(q, e, why);
    return pick(q);
}

// Does a round-robin thread's turn end? If it has no equal that waits, it has another; so have all
// others, whose turns are there for the hart to look at what they had.
static bool turn_is_over(struct sched_entity *running, unsigned waits)
{
    if (!slice_is_over(running)) {
        return false;
    }
    if (thread_of(running)->rt_round_robin && waits == priority_of(running)) {
        return true;
    }
    slice_refill(running, slice_ticks);
    return false;
}

// Does the ordinary thread `running` give way? If no other waits, it gives way to itself.
static bool policy_preempts(struct sched_queue *q, struct sched_entity *running)
{
    if (plain.should_preempt == NULL) {
        running->event_ticks = SCHED_NO_EVENT;
        return false;
    }
    return ordinary_waits(q) ? plain.should_preempt(q, running) : slice_is_over(running);
}

static bool should_preempt(struct sched_queue *q, struct sched_entity *running)
{
    const struct heap_node *first = heap_min(&queue_of(q)->heap);
    unsigned waits = first != NULL ? priority_of(entity_at(first)) : 0;
    unsigned runs = priority_of(running);

    if ((waits | runs) != 0 && throttle_is_spent()) {
        return runs == 0 ? policy_preempts(q, running)
                         : ordinary_waits(q) || waits > runs || turn_is_over(running, waits);
    }
    if (waits > runs) {
        return true;
    }
    return runs != 0 ? turn_is_over(running, waits) : policy_preempts(q, running);
}

static bool preempts(const struct sched_entity *waking, const struct sched_entity *running)
{
    unsigned wakes = priority_of(waking);
    unsigned runs = priority_of(running);

    if ((wakes | runs) != 0) {
        return wakes > runs;
    }
    return plain.preempts != NULL && plain.preempts(waking, running);
}

// What the policy would have kept is put back for it to see, and away again.
static int set_params(struct sched_queue *q, struct sched_entity *e, struct sched_params params,
                      bool waits)
{
    if (priority_of(e) == 0) {
        return plain.set_params(q, e, params, waits);
    }
    struct realtime_entity mine = *entity_of(e);
    uint64_t event_ticks = e->event_ticks;

    memcpy(e->area, mine.room->policy_area, SCHED_ENTITY_BYTES);
    e->event_ticks = mine.room->policy_event_ticks;
    int err = plain.set_params(q, e, params, false);
    memcpy(mine.room->policy_area, e->area, SCHED_ENTITY_BYTES);
    mine.room->policy_event_ticks = e->event_ticks;
    *entity_of(e) = mine;
    e->event_ticks = event_ticks;
    return err;
}

// ---- Starting -----------------------------------------------------------------------------------

// Wait until every hart sees what was stored before, whenever it next has a queue's lock.
static void pass_all_queues(void) NO_TSA
{
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        struct runq *rq = processor_of(cpu)->rq;

        spin_lock_irqoff(&rq->lock);
        spin_unlock_irqoff(&rq->lock);
    }
}

// One after another: as long as no real-time thread waits, each does what the policy's own does,
// whichever of the others are in place.
static void replace_operations(void)
{
    runq_policy.enqueue = enqueue;
    runq_policy.dequeue = dequeue;
    runq_policy.pick = pick;
    runq_policy.next = next;
    runq_policy.exchange = exchange;
    runq_policy.charge = charge;
    runq_policy.should_preempt = should_preempt;
    runq_policy.preempts = preempts;
    runq_policy.set_params = plain.set_params != NULL ? set_params : NULL;
}

void realtime_start(void)
{
    unsigned long saved = spin_lock_irqsave(&start_lock);

    if (!started) {
        slice_ticks = ns_to_ticks(REALTIME_SLICE_NS);
        plain = runq_policy;
        pass_all_queues(); // whoever finds an operation below finds `plain`
        replace_operations();
        pass_all_queues(); // nobody uses one of the policy's own any more
        started = true;
    }
    spin_unlock_irqrestore(&start_lock, saved);
}

void realtime_change_locked(struct thread *t, struct realtime_room *room, unsigned priority,
                            bool round_robin)
{
    struct sched_entity *e = &t->sched;

    if (t->rt_priority == 0 && priority != 0) {
        memcpy(room->policy_area, e->area, SCHED_ENTITY_BYTES);
        room->policy_event_ticks = e->event_ticks;
        *entity_of(e) = (struct realtime_entity){.room = room};
        e->charged_ticks = e->ran_ticks; // a policy without a charge has not kept count
    } else if (t->rt_priority != 0 && priority == 0) {
        e->event_ticks = room->policy_event_ticks;
        memcpy(e->area, room->policy_area, SCHED_ENTITY_BYTES);
    }
    t->rt_priority = (unsigned char)priority;
    t->rt_round_robin = round_robin;
    if (priority != 0) {
        e->event_ticks = e->ran_ticks + slice_ticks;
    }
}
