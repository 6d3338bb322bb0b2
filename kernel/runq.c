// SPDX-License-Identifier: MIT
// kernel/runq.c - the topology `global`: which queue a thread waits in.
#include "kernel/runq.h"

#include "kernel/abi/errno.h"
#include "kernel/base/string.h"
#include "kernel/dispatch.h"

struct runq runq = {.lock = SPINLOCK_INIT("run queue", RANK_RUNQ)};
const struct sched_policy *sched_policy;

extern const struct sched_policy *const __start_policies[];
extern const struct sched_policy *const __stop_policies[];

const struct sched_policy *sched_policy_at(unsigned i)
{
    return i < (unsigned)(__stop_policies - __start_policies) ? __start_policies[i] : NULL;
}

int runq_init(const char *policy, uint64_t quantum_ns)
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
    sched_policy = found;
    found->init(&runq.shared, quantum_ns);
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        found->init(&runq.pinned[cpu], quantum_ns);
    }
    return 0;
}

static unsigned lowest(uint64_t mask)
{
    return (unsigned)__builtin_ctzll(mask);
}

// The hart whose queue `t`, which not every hart may run, is to wait in: one that idles, else the
// last it ran on, else the allowed ones in turn. One of those allowed is online, or the affinity
// would have been refused.
static unsigned pinned_cpu(const struct thread *t)
{
    static unsigned turn; // guarded by: runq.lock
    uint64_t allowed = t->affinity & harts_online_mask();
    uint64_t idle = allowed & dispatch_idle_mask();

    if ((idle != 0 ? idle : allowed) >> t->cpu & 1) {
        return t->cpu;
    }
    if (idle != 0) {
        return lowest(idle);
    }
    turn = (turn + 1) % MAX_HARTS;
    uint64_t after = allowed >> turn;
    return after != 0 ? turn + lowest(after) : lowest(allowed);
}

bool runq_enqueue(struct thread *t, enum sched_reason why)
{
    struct sched_queue *q = &runq.shared;

    if (!runq_unrestricted(t)) {
        t->cpu = pinned_cpu(t);
        q = &runq.pinned[t->cpu];
    }
    t->queue = q;
    t->queued = true;
    sched_policy->enqueue(q, &t->sched, why);
    return q->waiting++ == 0;
}

void runq_dequeue(struct thread *t)
{
    sched_policy->dequeue(t->queue, &t->sched);
    t->queue->waiting--;
    t->queued = false;
}

struct thread *runq_pick(struct processor *p)
{
    struct sched_queue *pinned = &runq.pinned[p->hart.cpu];
    struct sched_queue *q = &runq.shared;

    if (pinned->waiting != 0 && (p->pinned_turn || q->waiting == 0)) {
        q = pinned;
    }
    if (q->waiting == 0) {
        return NULL;
    }
    p->pinned_turn = q != pinned;
    struct thread *t = container_of(sched_policy->pick(q), struct thread, sched);
    q->waiting--;
    t->queued = false;
    return t;
}
