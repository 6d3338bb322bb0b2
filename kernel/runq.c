// SPDX-License-Identifier: MIT
// kernel/runq.c - the run queues: what is not in the path of every switch.
#include "kernel/runq.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/kick.h"
#include "kernel/throttle.h"

struct runq runq_shared = {.lock = SPINLOCK_INIT("run queue", RANK_RUNQ)};
struct sched_policy runq_policy;

extern const struct sched_policy *const __start_policies[];
extern const struct sched_policy *const __stop_policies[];
extern const struct sched_policy *const __start_policy_controls[];
extern const struct sched_policy *const __stop_policy_controls[];

const struct sched_policy *sched_policy_at(unsigned i)
{
    return i < (unsigned)(__stop_policies - __start_policies) ? __start_policies[i] : NULL;
}

// The policy called `name` in the table from `first` to `end`. Returns: NULL if it is not there.
static const struct sched_policy *find_in(const char *name, const struct sched_policy *const *first,
                                          const struct sched_policy *const *end)
{
    while (first < end && strcmp((*first)->name, name) != 0) {
        first++;
    }
    return first < end ? *first : NULL;
}

static const struct sched_policy *find_policy(const char *name)
{
    const struct sched_policy *policy = find_in(name, __start_policies, __stop_policies);

    return policy != NULL ? policy : find_in(name, __start_policy_controls, __stop_policy_controls);
}

// ---- What stands in for operations of the policy -----------------------------------------------

void runq_charge(struct thread *t)
{
    struct sched_entity *e = &t->sched;
    uint64_t more = e->ran_ticks - e->charged_ticks;

    e->charged_ticks = e->ran_ticks;
    if (runq_policy.charge != NULL && t != this_processor()->idle) {
        runq_policy.charge(t->queue, e, more);
    }
}

// The exchange of a policy that has none, or wants to be told of the time before it.
static struct sched_entity *charge_enqueue_pick(struct sched_queue *q, struct sched_entity *e,
                                                enum sched_reason why)
{
    runq_charge(container_of(e, struct thread, sched));
    runq_policy.enqueue(q, e, why);
    return runq_policy.pick(q);
}

static void (*plain_enqueue)(struct sched_queue *, struct sched_entity *, enum sched_reason);

// The enqueue of a policy that wants more urgent threads to run at once. Who ran until now has been
// compared already.
static void enqueue_and_preempt(struct sched_queue *q, struct sched_entity *e,
                                enum sched_reason why)
{
    plain_enqueue(q, e, why);
    if (why != SCHED_PREEMPTED && why != SCHED_YIELDED) {
        kick_outranked(container_of(e, struct thread, sched));
    }
}

static void adopt_policy(const struct sched_policy *policy)
{
    runq_policy = *policy;
    if (policy->exchange == NULL || policy->charge != NULL) {
        runq_policy.exchange = charge_enqueue_pick;
    }
    if (policy->preempts != NULL) {
        plain_enqueue = policy->enqueue;
        runq_policy.enqueue = enqueue_and_preempt;
    }
}

int runq_init(const char *name, uint64_t quantum_ticks)
{
    const struct sched_policy *policy = find_policy(name);

    if (policy == NULL) {
        return -ENOENT;
    }
    adopt_policy(policy);
    policy->init(&runq_shared.queue, quantum_ticks);
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        policy->init(&processor_of(cpu)->own.queue, quantum_ticks);
    }
    return 0;
}

// ---- Belonging ---------------------------------------------------------------------------------

struct sched_queue *runq_enter_restricted(struct thread *t)
{
    struct processor *p = processor_of(t->state.cpu);

    p->restricted_waiting++;
    p->restricted_allowed |= t->affinity;
    t->queue = &p->own.queue;
    return t->queue;
}

// The restricted thread `t`, which waited for `p`, does so no longer.
static void leave_restricted(struct processor *p)
{
    p->restricted_waiting--;
    if (p->restricted_waiting == 0) {
        p->restricted_allowed = 0;
    }
}

void runq_dequeue(struct thread *t)
{
    if (CONFIG_TEST) {
        runq_check_all(t->queue); // before the policy unlinks one that it has lost
    }
    runq_policy.dequeue(t->queue, &t->sched);
    t->queue->waiting--;
    if (CONFIG_TEST) {
        runq_check_all(t->queue);
    }
    if (t->restricted) {
        leave_restricted(processor_of(t->state.cpu));
    }
}

// ---- Serving two queues ------------------------------------------------------------------------

static bool is_realtime(const struct sched_entity *e)
{
    return container_of((struct sched_entity *)e, struct thread, sched)->rt_priority != 0;
}

// Both queues of `p` hold something: is its own next? The policy says if one of the two is more
// urgent; else they take turns.
static bool own_is_next(struct processor *p)
{
    struct sched_queue *shared = &p->rq->queue;

    if (runq_policy.preempts != NULL) {
        const struct sched_entity *here = runq_policy.next(&p->own.queue, NULL);
        const struct sched_entity *there = runq_policy.next(shared, NULL);
        bool here_urgent = is_realtime(here);

        if (here_urgent != is_realtime(there) && throttle_is_spent()) {
            return !here_urgent; // who gave way may be one of the two, and Running still
        }
        if (runq_policy.preempts(here, there) || runq_policy.preempts(there, here)) {
            return runq_policy.preempts(here, there);
        }
    }
    p->own_turn = !p->own_turn;
    return p->own_turn;
}

struct thread *runq_pick_restricted(struct processor *p)
{
    struct sched_queue *q = &p->own.queue;

    if (p->rq != &p->own && p->rq->queue.waiting != 0 && !own_is_next(p)) {
        q = &p->rq->queue;
    }
    struct thread *t = runq_take(q);

    if (t->restricted) {
        leave_restricted(p);
    }
    return t;
}

bool runq_should_preempt(struct processor *p, struct thread *t)
{
    struct sched_queue *shared = &p->rq->queue;
    bool to_own = p->own.queue.waiting != 0 && runq_policy.should_preempt(&p->own.queue, &t->sched);

    return to_own || (shared != &p->own.queue && shared->waiting != 0 &&
                      runq_policy.should_preempt(shared, &t->sched));
}
