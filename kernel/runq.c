// SPDX-License-Identifier: MIT
// kernel/runq.c - the topology `global`: which queue a thread waits in.
#include "kernel/runq.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/dispatch.h"

struct runq runq = {.lock = SPINLOCK_INIT("run queue", RANK_RUNQ)};

extern const struct sched_policy *const __start_policies[];
extern const struct sched_policy *const __stop_policies[];

const struct sched_policy *sched_policy_at(unsigned i)
{
    return i < (unsigned)(__stop_policies - __start_policies) ? __start_policies[i] : NULL;
}

void runq_charge(struct thread *t)
{
    struct sched_entity *e = &t->sched;
    uint64_t more = e->ran_ticks - e->charged_ticks;

    e->charged_ticks = e->ran_ticks;
    if (runq.policy.charge != NULL && t != this_processor()->idle) {
        runq.policy.charge(t->queue, e, more);
    }
}

// The exchange of a policy that has none, or wants to be told of the time before it.
static struct sched_entity *charge_enqueue_pick(struct sched_queue *q, struct sched_entity *e,
                                                enum sched_reason why) REQUIRES(runq.lock)
{
    runq_charge(container_of(e, struct thread, sched));
    runq.policy.enqueue(q, e, why);
    return runq.policy.pick(q);
}

int runq_init(const char *policy, uint64_t quantum_ticks)
{
    const struct sched_policy *found;

    for (unsigned i = 0; (found = sched_policy_at(i)) != NULL; i++) {
        if (strcmp(found->name, policy) == 0) {
            break;
        }
    }
    if (found == NULL) {
        return -ENOENT;
    }
    runq.policy = *found;
    if (found->exchange == NULL || found->charge != NULL) {
        runq.policy.exchange = charge_enqueue_pick;
    }
    found->init(&runq.shared, quantum_ticks);
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        found->init(&processor_of(cpu)->pinned, quantum_ticks);
    }
    return 0;
}

// The hart whose queue `t`, which not every hart may run, is to wait in: one that idles, else the
// last it ran on, else the allowed ones in turn. One of those allowed is online, or the affinity
// would have been refused.
static unsigned pinned_cpu(const struct thread *t)
{
    static unsigned turn; // guarded by: runq.lock
    uint64_t allowed = t->affinity & harts_online_mask();
    uint64_t idle = allowed & dispatch_idle_mask();

    if ((idle != 0 ? idle : allowed) >> t->state.cpu & 1) {
        return t->state.cpu;
    }
    if (idle != 0) {
        return bit_lowest(idle);
    }
    turn = (turn + 1) % MAX_HARTS;
    uint64_t after = allowed >> turn;
    return after != 0 ? turn + bit_lowest(after) : bit_lowest(allowed);
}

struct sched_queue *runq_choose_pinned(struct thread *t)
{
    t->state.cpu = pinned_cpu(t);
    t->queue = &processor_of(t->state.cpu)->pinned;
    return t->queue;
}

struct sched_queue *runq_choose_turn(struct processor *p)
{
    bool own = p->pinned_turn || runq.shared.waiting == 0;

    p->pinned_turn = !own;
    if (own && runq.shared.waiting != 0) {
        dispatch_pass_on();
    }
    return own ? &p->pinned : &runq.shared;
}

void runq_dequeue(struct thread *t)
{
    runq.policy.dequeue(t->queue, &t->sched);
    t->queue->waiting--;
}
